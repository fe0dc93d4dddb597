"""`gpu` and `watched`: the device of a whole experiment, and how busy it was.

The one idea: without a GPU a whole experiment does not begin; it says what it would need, and the
name of the small one, which a CPU can do.
"""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from validation.claims import ROOMS, claim_module

__all__ = ["gpu", "watched", "without_gpu"]

EVERY = 1.0  # seconds between two looks at the device


def gpu(needs: str, small: str) -> torch.device:
    """Return the GPU.

    Parameters
    ----------
    needs : str
        What the experiment would take, in words.
    small : str
        The claim that does the same in small, on a CPU.

    Raises
    ------
    RuntimeError
        If there is none.
    """
    if not torch.cuda.is_available():
        raise RuntimeError(
            f"there is no GPU, and this experiment needs one: {needs}. In small, on a CPU: "
            f"`python -m validation {small} --data FOLDER`"
        )
    return torch.device("cuda")


def without_gpu(names: Sequence[str]) -> str:
    """Return what of these claims would need where there is no GPU; nothing where there is one.

    The others are not begun either: they belong to one order.
    """
    whole = [name for name in names if name in ROOMS["whole"]]
    if not whole or torch.cuda.is_available():
        return ""
    parts = []
    for name in whole:
        needs, small = claim_module(name).NEEDS, name.replace("whole", "images")
        parts.append(f"{name}: {needs}; in small: `python -m validation {small} --data FOLDER`")
    return "\n".join(["there is no GPU, and nothing was begun. It would take:", *parts])


@contextmanager
def watched(device: torch.device, folder: Path) -> Iterator[list[dict[str, Any]]]:
    """Note in a folder what each go takes of the device; convolve to seven digits meanwhile.

    A GPU rounds what convolutions take in to three digits unless it is told not to, and tops are
    looked for in single precision.

    Yields
    ------
    list of dict
        One a go, this one after the block: its seconds; `busy`, the mean share of time in which
        the GPU computed, as its driver tells it once a second; `gib`, the most memory at once. Both
        are None on a CPU, and `busy` where the driver cannot be asked.
    """
    file = folder / "usage.json"
    goes: list[dict[str, Any]] = json.loads(file.read_text()) if file.exists() else []
    shares: list[float] = []
    ended = threading.Event()
    thread = threading.Thread(target=_look, args=(device, shares, ended), daemon=True)
    start, rounded = time.perf_counter(), torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    thread.start()
    try:
        yield goes
    finally:
        ended.set()
        thread.join()
        torch.backends.cudnn.allow_tf32 = rounded
        most = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
        goes.append({
            "device": str(device),
            "seconds": round(time.perf_counter() - start, 1),
            "busy": round(sum(shares) / len(shares), 3) if shares else None,
            "gib": None if most is None else round(most / 2**30, 2),
        })  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(goes))


def _look(device: torch.device, shares: list[float], ended: threading.Event) -> None:
    """Ask the driver now and then."""
    while device.type == "cuda" and not ended.wait(EVERY):
        try:
            shares.append(torch.cuda.utilization(device) / 100)
        except (ModuleNotFoundError, RuntimeError):
            return  # its library is not installed, or refuses
