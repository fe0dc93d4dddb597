"""An errand: what a worker is sent, what it does with it, and what it answers.

The one idea: what goes to and fro is bytes and words, whatever the engine. What all pieces share is
a file that each worker reads once; a worker that does not see the file says so, and is sent it.
What happens in the function is an answer like any other, so only a worker's death is an error of
the engine.
"""

import os
import pickle
import socket
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["DONE", "LACKS", "OTHER", "RAISED", "STOPPED", "UNREAD", "answer", "here", "versions"]

DONE, RAISED, STOPPED, LACKS, UNREAD, OTHER = "done raised stopped lacks unread other".split()
"""Kinds of answers."""

PACKAGES = ("morseloss", "torch", "numpy")  # without the build, as `+cpu`
KEPT = 2  # parcels that a worker remembers

_own = threading.local()  # parcels by their key: of each thread, as a module is no two threads'


@cache
def versions() -> dict[str, str]:
    """Return what the bits of a result depend on, beside the machine."""
    return {name: version(name).split("+")[0] for name in PACKAGES}


def here() -> tuple[str, int]:
    """Return the name of this machine and the number of this process."""
    return socket.gethostname(), os.getpid()


def answer(
    key: str, file: str, home: tuple[str, int], theirs: dict[str, str], piece: bytes,
    parcel: bytes | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Do a piece, in a worker.

    Parameters
    ----------
    key, file : str
        Name of what is shared, and where it lies.
    home : tuple
        Machine and process that asks.
    theirs : dict
        Its versions.
    piece : bytes
        Pickled.
    parcel : bytes, optional
        What is shared, for a worker that does not see the file.

    Returns
    -------
    dict
        Its `kind`, and what belongs to that.
    """
    apart = {name: mine for name, mine in versions().items() if theirs.get(name) != mine}
    if apart:
        return {"kind": OTHER, "where": here(), "versions": apart}
    try:
        function, shared = _shared(key, file, parcel)
        given = pickle.loads(piece)
    except FileNotFoundError:
        return {"kind": LACKS, "where": here()}
    except Exception as error:  # whatever reading what the caller made raises
        return {"kind": UNREAD, "where": here(), "text": f"{type(error).__name__}: {error}"}
    return _outcome(function, shared, given, apart=home != here())


def _shared(key: str, file: str, parcel: bytes | None) -> Any:
    read = vars(_own)
    if key not in read:
        content = Path(file).read_bytes() if parcel is None else parcel
        while len(read) >= KEPT:
            read.pop(next(iter(read)))
        read[key] = pickle.loads(content)
    return read[key]


def _outcome(
    function: Callable[[Any, Any], Any], shared: Any, given: Any, *, apart: bool
) -> dict[str, Any]:
    with _heard(apart=apart) as words:
        try:
            found = pickle.dumps(function(shared, given), pickle.HIGHEST_PROTOCOL)
        except KeyboardInterrupt:
            return {"kind": STOPPED}
        except Exception as error:  # whatever the function raises is for who asked
            return {"kind": RAISED, "error": _sent(error), "text": traceback.format_exc()}
    return {"kind": DONE, "found": found, "warnings": sorted(words)}


@contextmanager
def _heard(*, apart: bool) -> Iterator[set[str]]:
    """Collect what is warned of; a thread of the process that asks warns for itself."""
    if not apart:
        yield set()
        return
    words: set[str] = set()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield words
        words |= {str(one.message) for one in caught if one.category is UserWarning}


def _sent(error: Exception) -> bytes:
    """Pickle an error, or one that says the same where it cannot be read again."""
    try:
        content = pickle.dumps(error)
        pickle.loads(content)
    except Exception:  # an error of the caller's own, with a constructor of its own
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
    return content
