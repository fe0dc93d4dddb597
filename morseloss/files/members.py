"""Arrays in `.npy` and `.npz` files, read only as far as their headers keep what they promise.

The one idea: a header of a hundred bytes may promise terabytes, and a member of an archive may
unpack to a thousand times its size; both are seen before anything is allocated.
"""

import lzma
import math
import tokenize
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from morseloss.files.reading import read_bytes, refuse, shorter
from morseloss.topology.door import listed

__all__ = ["array_in", "arrays_in"]

SMALL = 2**26  # bytes that a member may unpack to, whatever its packed size
RATIO = 100  # of a larger one to its packed size
FAULTS = (
    *(ValueError, RuntimeError, NotImplementedError, OSError, EOFError, KeyError, TypeError),
    *(ArithmeticError, MemoryError, RecursionError, SyntaxError, tokenize.TokenError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
"""What numpy and zipfile raise on damaged files."""


def array_in(path: Path, what: str) -> np.ndarray:
    """Return the array in a `.npy` file.

    Raises
    ------
    ValueError
        If there is none, one of objects, or less than its header promises.
    OSError
        If the file cannot be read.
    """
    _look(path)
    with path.open("rb") as file:
        try:
            _check_header(file, path.stat().st_size)
            file.seek(0)
            return _array(file)
        except FAULTS as error:
            file.seek(0)
            refuse(path, what, shorter(str(error) or type(error).__name__), file.read(4096))


def arrays_in(path: Path, known: tuple[str, ...], what: str) -> dict[str, Any]:
    """Return the arrays of these names in a `.npz` file; others are refused, for none is dropped.

    Raises
    ------
    ValueError
        If the file is no such archive, or holds other members, or damaged ones.
    OSError
        If the file cannot be read.
    """
    _look(path)
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            refuse(path, what, "no npz", file.read(4096))
    try:
        with zipfile.ZipFile(path) as archive:
            names = [member.filename.removesuffix(".npy") for member in archive.infolist()]
            if len(set(names)) < len(names) or not set(names) <= set(known):
                raise ValueError(f"the members {listed(names)}; keep {', '.join(known)}, each once")
            members = zip(names, archive.infolist(), strict=True)
            return {name: _member(archive, member) for name, member in members}
    except FAULTS as error:
        raise ValueError(
            f"{path}: expected {what}, got {shorter(str(error) or type(error).__name__, 400)}; "
            "save it again"
        ) from None


def _look(path: Path) -> None:
    """Refuse what is no file: a directory as the system does, a pipe as we do."""
    if not path.is_file():
        read_bytes(path)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    packed, size = member.compress_size, member.file_size
    if size > max(SMALL, RATIO * packed):
        raise ValueError(
            f"a member of {packed} bytes, {member.filename}, that unpacks to {size}; compress less"
        )
    with archive.open(member) as file:
        _check_header(file, size)
    with archive.open(member) as file:
        return _array(file)


def _array(file: Any) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that Python 2 wrote a header is no harm
        return np.lib.format.read_array(file, allow_pickle=False)


def _check_header(file: Any, size: int) -> None:
    """Refuse a header which promises other than `size` bytes.

    Raises
    ------
    ValueError
        If it does.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shape, dtype = _header(file)
    promised = math.prod(shape) * dtype.itemsize
    if not dtype.hasobject and file.tell() + promised > size:
        raise ValueError(
            f"a header that promises {promised} bytes in a file of {size}, which is cut short"
        )


def _header(file: BinaryIO) -> tuple[tuple[int, ...], np.dtype]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    else:
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    if any(length < 0 for length in shape):
        raise ValueError(f"a shape of {shape}")
    return shape, dtype
