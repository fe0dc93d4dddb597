"""`gpu` and `watched`: the device of a whole experiment, and how busy it was.

The one idea: without a GPU a whole experiment does not begin; it says what it would need, and the
name of the small one, which a CPU can do.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
def watched(device: torch.device) -> Iterator[dict[str, Any]]:
    """Note the seconds of the block, and what it asked of the device; convolve to seven digits.

    A GPU rounds what convolutions take in to three digits unless it is told not to, and tops are
    looked for in single precision.

    Yields
    ------
    dict
        Filled after the block. `busy` is the mean share of time in which the GPU computed, as its
        driver tells it once a second, and `gib` the most memory at once; both are None on a CPU,
        and `busy` where the driver cannot be asked.
    """
    found: dict[str, Any] = {"device": str(device), "busy": None, "gib": None}
    shares: list[float] = []
    ended = threading.Event()
    thread = threading.Thread(target=_look, args=(device, shares, ended), daemon=True)
    start, rounded = time.perf_counter(), torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()
        torch.backends.cudnn.allow_tf32 = rounded
        found["seconds"] = round(time.perf_counter() - start, 1)
        if device.type == "cuda":
            found["gib"] = round(torch.cuda.max_memory_allocated(device) / 2**30, 2)
        if shares:
            found["busy"] = round(sum(shares) / len(shares), 3)


def _look(device: torch.device, shares: list[float], ended: threading.Event) -> None:
    """Ask the driver now and then."""
    while device.type == "cuda" and not ended.wait(EVERY):
        try:
            shares.append(torch.cuda.utilization(device) / 100)
        except (ModuleNotFoundError, RuntimeError):
            return  # its library is not installed, or refuses
