"""Files of weights as data: what they hold, or what they are instead.

The one idea: nothing in a file is run. Plain records that people put beside their weights are
known by name, and what a file is instead of weights is told with the way out.
"""

import argparse
import importlib
import re
import struct
import warnings
from pathlib import Path, PurePosixPath, PureWindowsPath
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch

__all__ = ["read_weights"]

ARRAYS = importlib.import_module("numpy._core.multiarray")
PLAIN = (np.bool_, np.int32, np.int64, np.uint8, np.uint32, np.float16, np.float32, np.float64)
RECORDS = [
    argparse.Namespace,
    np.dtype,
    np.ndarray,
    *(type(np.dtype(kind)) for kind in PLAIN),
    *((ARRAYS.scalar, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
    *((ARRAYS._reconstruct, f"numpy.{core}.multiarray._reconstruct") for core in ("core", "_core")),
    *((PurePosixPath, f"{home}.PosixPath") for home in ("pathlib", "pathlib._local")),
    *((PureWindowsPath, f"{home}.WindowsPath") for home in ("pathlib", "pathlib._local")),
]
"""Numbers, settings and paths, as training scripts store them: they hold no code."""

OTHERS = {
    b"version https://git-lfs": "is a pointer of Git LFS, not the file itself; `git lfs pull`",
    b"<!DOCTYPE": "is a web page; download the file itself",
    b"<html": "is a web page; download the file itself",
    b"\x1f\x8b": "is compressed by gzip; unpack it",
    b"\x89HDF": "is HDF5, as Keras writes it; save the weights by torch or safetensors",
    b"\x93NUMPY": "is an array of numpy; save `module.state_dict()` by torch.save",
}
TORCH = (b"PK\x03\x04", b"\x80")  # a zip file, or a pickle
# whatever torch's reader says of bytes that make no sense
DAMAGE = (
    UnpicklingError, RuntimeError, EOFError, LookupError, AttributeError, ValueError, TypeError,
    OSError, struct.error,
)  # fmt: skip
GLOBAL = re.compile(r"GLOBAL ([\w.]+)")
SAVE = "save `module.state_dict()` alone"


def read_weights(path: Path) -> Any:
    """Return what a file of torch or safetensors holds.

    Raises
    ------
    ValueError
        If it is missing, damaged, something else, or holds more than data.
    """
    if not path.is_file():
        told = "is a folder, not a file" if path.is_dir() else "there is no such file"
        raise ValueError(told)
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        raise ValueError("cannot be read as weights alone: it is empty; write it again")
    for begin, told in OTHERS.items():
        if head.startswith(begin):
            raise ValueError(f"the file {told}")
    named = path.suffix == ".safetensors" and not head.startswith(TORCH)
    if named or head[8:9] == b"{":  # after eight bytes of a length
        return _safetensors(path)
    if not head.startswith(TORCH):
        raise ValueError(
            f"cannot be read as weights alone: it is no file of torch, it begins with {head[:12]!r}"
        )
    return _torch(path)


def _safetensors(path: Path) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(f"cannot be read as safetensors ({error}); write it again") from None


def _torch(path: Path) -> Any:
    try:
        with torch.serialization.safe_globals(RECORDS), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about TorchScript, which is refused
            with path.open("rb") as file:  # the name of a file would have a say
                return torch.load(file, map_location="cpu", weights_only=True)
    except DAMAGE as error:
        raise ValueError(_refusal(error)) from None


def _refusal(error: Exception) -> str:
    """Say what torch found, and the way out."""
    text = str(error)
    found = GLOBAL.search(text)
    if found is not None:
        return (
            f"cannot be read as weights alone: it holds a `{found[1]}`, which is code and is not "
            f"run. {SAVE[0].upper()}{SAVE[1:]}, not the module; or, if you know what it is, read "
            f"inside `with torch.serialization.safe_globals([{found[1].rpartition('.')[2]}]):`"
        )
    if "TorchScript" in text:
        return (
            f"cannot be read as weights alone: it is a TorchScript archive, which is code; {SAVE}"
        )
    if isinstance(error, UnpicklingError) and "nsupported" in text:
        return (
            f"cannot be read as weights alone: it holds code, which is code and is not run; {SAVE}"
        )
    told = " ".join(text.split())[:100]
    return f"cannot be read as weights alone: the file is damaged ({told or 'it ends too early'})"
