"""Suffixes: the form of a file is what its name says."""

from pathlib import Path

__all__ = ["suffix_of"]


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
