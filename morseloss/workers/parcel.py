"""`Parcel`: what all pieces share, in a file that every worker reads once.

The one idea: the file is named by its content. What cannot be sent is named at the door, with the
way out.
"""

import hashlib
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Parcel", "packed"]

DEPTH = 8  # of attributes that are looked through
WAY = (
    "write it with `def` at the head of a module that workers can import, in place of a lambda or "
    "of a function within a function; or leave `executor` out"
)


@dataclass(frozen=True)
class Parcel:
    """A file, and the name of its content.

    Attributes
    ----------
    key : str
    file : Path
    """

    key: str
    file: Path

    @property
    def content(self) -> bytes:
        """The bytes themselves, for who does not see the file."""
        return self.file.read_bytes()


def packed(function: Callable[[Any, Any], Any], shared: Any, folder: Path) -> Parcel:
    """Write a function and what its pieces share into a file.

    Raises
    ------
    ValueError
        If something in it cannot be pickled; it is named.
    """
    try:
        content = pickle.dumps((function, shared), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # whatever the caller's own classes raise
        raise ValueError(_unsent({"function": function, "shared": shared}, error)) from None
    key = hashlib.sha256(content).hexdigest()[:32]
    file = folder / key
    if not file.exists():
        part = folder / f"{key}.part"
        part.write_bytes(content)
        part.rename(file)
    return Parcel(key, file)


def _unsent(parts: Mapping[str, Any], error: Exception) -> str:
    places = (_culprit(part, name, DEPTH) for name, part in parts.items())
    place, thing = next((found for found in places if found is not None), ("it", None))
    return (
        f"workers cannot be sent {place}, which is {thing!r:.120} and does not pickle "
        f"({type(error).__name__}: {error!s:.200}); {WAY}"
    )


def _culprit(thing: Any, place: str, depth: int) -> tuple[str, Any] | None:
    """Return the innermost thing that does not pickle, and where it is; None if all of it does."""
    try:
        pickle.dumps(thing, pickle.HIGHEST_PROTOCOL)
    except Exception:  # whatever the caller's own classes raise
        inner = _inside(thing, place) if depth else iter(())
        found = (_culprit(part, name, depth - 1) for name, part in inner)
        return next((one for one in found if one is not None), (f"`{place}`", thing))
    return None


def _inside(thing: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, Mapping):
        yield from ((f"{place}[{name!r}]", part) for name, part in thing.items())
    elif isinstance(thing, tuple | list):
        yield from ((f"{place}[{row}]", part) for row, part in enumerate(thing))
    elif not isinstance(thing, type) and hasattr(thing, "__dict__"):
        yield from ((f"{place}.{name}", part) for name, part in vars(thing).items())
