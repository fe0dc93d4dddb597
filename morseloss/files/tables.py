"""Tables in documents: lists of JSON objects, one a row, read column by column."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from morseloss.files.foreign import foreign
from morseloss.topology.door import listed, reals, shown

__all__ = ["column_of", "optional", "parsed", "polylines", "rows_of", "table_of", "texts"]

NUMBER = re.compile(
    r"[+-]?(?:\d{1,4000}(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan)",
    re.IGNORECASE | re.ASCII,
)


def table_of(path: Path, content: dict[str, Any], name: str, reader: str) -> list[dict]:
    """Return one table of a document.

    Raises
    ------
    ValueError
        If there is none of this name; the message refers to the help of the reader.
    """
    rows = content.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        came = type(rows).__name__ if name in content else f"the names {listed(sorted(content))}"
        raise ValueError(
            f"{path}: expected `{name}`, a list of objects, got {came}{foreign(content, reader)}"
        )
    return rows


def rows_of(table: list[dict], known: tuple[str, ...], owner: str) -> list[dict]:
    """Return a table whose rows hold known names only: another one may be a known one misspelt.

    Raises
    ------
    ValueError
        If one holds another name.
    """
    for row, entry in enumerate(table):
        if not entry.keys() <= set(known):
            unknown = [name for name in entry if name not in known]
            raise ValueError(
                f"expected only the names {', '.join(known)} of every {owner}, got "
                f"{listed(unknown)} in row {row}; rename or remove them"
            )
    return table


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
        row = missing[0]
        came, cure = listed(sorted(table[row])), "add it"
        if name in table[row]:
            came, cure = "null", "write what it is"
        raise ValueError(
            f"expected an attribute `{name}` of every {owner}, got {came} in row {row}; {cure}"
        )
    return [entry[name] for entry in table]


def optional(
    read: Callable[..., Any], table: list[dict], name: str, owner: str, **more: int
) -> Any:
    """Return an attribute as `read` reads it, None if no row has it.

    Raises
    ------
    ValueError
        If only some rows have it, or `read` refuses it.
    """
    entries = column_of(table, name, owner, needed=False)
    return None if entries is None else read(name, entries, **more)


def polylines(name: str, paths: list) -> tuple:
    """Return polylines, each an array of points.

    Raises
    ------
    ValueError
        If one is none.
    """
    return tuple(reals(f"{name} in row {row}", path, axes=2) for row, path in enumerate(paths))


def texts(name: str, column: list) -> list[str]:
    """Return texts as they are.

    Raises
    ------
    ValueError
        If one is something else.
    """
    for row, entry in enumerate(column):
        if not isinstance(entry, str):
            raise ValueError(f"`{name}` must hold text, got {shown(entry)} in row {row}; quote it")
    return column


def parsed(text: str) -> int | float:
    """Return the number that a text is: an int or a float, as JSON would have it, inf and nan too.

    Raises
    ------
    ValueError
        If it is none; "1_000" and digits of other scripts are none either.
    """
    text = text.strip()
    if not NUMBER.fullmatch(text):
        raise ValueError(f"expected a number, got {shown(text)}; write it as 1.5 or 2e-3")
    return int(text) if text.lstrip("+-").isdigit() else float(text)
