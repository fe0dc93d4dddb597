"""Tables in documents: lists of JSON objects, one a row, read column by column."""

from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["column_of", "floats", "integers", "table_of"]


def table_of(path: Path, content: dict[str, Any], name: str, reader: str) -> list[dict]:
    """Return one table of a document.

    Raises
    ------
    ValueError
        If there is none of this name; the message refers to the help of the reader.
    """
    rows = content.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        came = type(rows).__name__ if name in content else f"the names {sorted(content)}"
        raise ValueError(
            f"{path}: expected `{name}`, a list of objects, got {came}; "
            f"see `help(morseloss.{reader})`"
        )
    return rows


def column_of(table: list[dict], name: str, owner: str, *, needed: bool = True) -> list | None:
    """Return one attribute of all rows; None where it is not needed and no row has it.

    Raises
    ------
    ValueError
        If only some rows have it.
    """
    missing = [row for row, entry in enumerate(table) if entry.get(name) is None]
    if not needed and len(missing) == len(table):
        return None
    if missing:
        raise ValueError(
            f"expected an attribute `{name}` of every {owner}, got {sorted(table[missing[0]])} in "
            f"row {missing[0]}; add it"
        )
    return [entry[name] for entry in table]


def floats(column: list | None, name: str) -> Any:
    """Return a column of numbers, or of lists of numbers, as an array; None stays None.

    Raises
    ------
    ValueError
        If it holds other things, or lists of different lengths.
    """
    try:
        return None if column is None else np.array(column, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"expected numbers as `{name}`, of one length, got other things") from None


def integers(column: list | None, name: str) -> Any:
    """Return a column of integers as an array; None stays None.

    Raises
    ------
    ValueError
        If it holds other things, such as 1.0 or true.
    """
    for row, entry in enumerate(column or []):
        if type(entry) is not int:
            raise ValueError(f"expected an integer as `{name}`, got {entry!r} in row {row}")
    return None if column is None else np.array(column, dtype=np.int64)
