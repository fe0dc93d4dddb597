"""`keep_heap`: the memory of one evaluation stays for the next.

The one idea: the C library of Linux hands large blocks back to the kernel at once, and asks for
them again at the next layer, each page cleared anew. On a CPU that costs convolutions more than
the arithmetic does, so the process is told to keep what it has.
"""

import ctypes
import os
import sys

__all__ = ["OFF", "keep_heap"]

OFF = "MORSELOSS_RETURN_MEMORY"
"""An environment variable: where it is set, memory goes back to the system at once, as usual."""

TRIM_THRESHOLD, MMAP_MAX = -1, -4  # as malloc.h of glibc numbers them
OWN = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_MAX_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")

_done: list[bool] = []


def keep_heap() -> bool:
    """Tell the C library to keep freed memory, once a process; return whether it was told.

    Nothing happens where it is not that of GNU, or where the environment says how memory is to be
    handled: by `OFF`, or by the variables of the library itself.
    """
    if not _done:
        _done.append(_told())
    return _done[0]


def _told() -> bool:
    if not sys.platform.startswith("linux") or any(name in os.environ for name in (OFF, *OWN)):
        return False
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018  (only that library has it)
        settings = ((MMAP_MAX, 0), (TRIM_THRESHOLD, 2**31 - 1))
        return all(library.mallopt(name, value) == 1 for name, value in settings)
    except (OSError, AttributeError):
        return False
