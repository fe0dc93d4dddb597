"""Suffixes: the form of a file is what its name says."""

import os
from pathlib import Path

from morseloss.kinds import kind_of

__all__ = ["path_of", "suffix_of"]


def path_of(path: str | os.PathLike) -> Path:
    """Return the path of a file from its name.

    Raises
    ------
    ValueError
        If it is no name of a file.
    """
    if not isinstance(path, str | os.PathLike):
        raise ValueError(
            f"`path` must be the name of a file, got {kind_of(path)}; use a str or a pathlib.Path"
        )
    return Path(path)


def suffix_of(path: Path, known: tuple[str, ...], what: str) -> str:
    """Return the suffix of a path in lower case.

    Raises
    ------
    ValueError
        If it is not among the known ones.
    """
    suffix = path.suffix.lower()
    if suffix not in known:
        raise ValueError(
            f"{path}: expected a file name that ends in {', '.join(known)} for a {what}, got "
            f"{path.suffix or 'no suffix'!r}; rename it"
        )
    return suffix
