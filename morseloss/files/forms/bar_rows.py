"""Bars as rows of numbers with white space between: `.pers` of gudhi, and the texts of Perseus.

The one idea: gudhi writes field, degree, birth and death, and may leave out the first one or two,
so a row has two, three or four numbers. Perseus has births and deaths, with -1 for inf. What else
is known of a diagram stands in comments, `# software: gudhi 3.13.0`.
"""

from typing import Any

import numpy as np

from morseloss.files.forms.edge_list import rows_of_text
from morseloss.files.tables import parsed
from morseloss.topology import Diagram
from morseloss.topology.door import reals, shown
from morseloss.topology.provenance import Provenance

__all__ = ["provenance_in", "read_bar_rows", "write_bar_rows"]

TOLD = ("field", "coefficients", "filtration", "software")


def read_bar_rows(text: str) -> dict[str, Any]:
    """Return the columns of a diagram.

    Raises
    ------
    ValueError
        If the rows are no bars, or of several fields.
    """
    rows = rows_of_text(text)
    wide = len(rows[0]) if rows else 2
    for number, row in enumerate(rows):
        if len(row) != wide or not 2 <= wide <= 4:
            raise ValueError(
                f"{len(row)} numbers in row {number}, {shown(' '.join(row))}; write birth and "
                "death, before them the degree, and before that the field"
            )
    table = [_numbers(row, number) for number, row in enumerate(rows)]
    births, deaths = reals("births", _column(table, -2)), reals("deaths", _column(table, -1))
    if (deaths == -1).any() and (births >= 0).all():
        deaths = np.where(deaths == -1, np.inf, deaths)  # of Perseus
    told = provenance_in(text)
    if wide == 4:
        fields = sorted(set(_column(table, 0)))
        if len(fields) > 1:
            raise ValueError(f"bars over several fields, {fields}; keep those over one")
        told = {**(told or {}), "field": fields[0] if fields else None}
    columns: dict[str, Any] = {"births": births, "deaths": deaths}
    if wide > 2:
        columns["degrees"] = _degrees(_column(table, -3))
    return columns if told is None else {**columns, "provenance": Provenance(**told)}


def write_bar_rows(diagram: Diagram) -> str:
    """Return the rows of a diagram, the field before them where it is a prime."""
    provenance = diagram.provenance or Provenance()
    told = provenance.told() if diagram.provenance else {}
    head = f"{provenance.field} " if provenance.field else ""
    lines = [f"# {'field ' if head else ''}degree birth death\n"]
    lines += [f"# {name}: {told[name]}\n" for name in TOLD if name in told]
    rows = zip(
        *(getattr(diagram, name).tolist() for name in ("degrees", "births", "deaths")), strict=True
    )
    lines += [f"{head}{degree} {birth!r} {death!r}\n" for degree, birth, death in rows]
    return "".join(lines)


def provenance_in(text: str) -> dict[str, Any] | None:
    """Return what the comments of a file tell of its diagram, None if nothing.

    Raises
    ------
    ValueError
        If the field is no whole number.
    """
    told: dict[str, Any] = {}
    for line in text.splitlines():
        name, mark, entry = line.strip().removeprefix("#").partition(":")
        if line.lstrip().startswith("#") and mark and name.strip() in TOLD:
            told[name.strip()] = entry.strip()
    if "field" in told:
        told["field"] = parsed(told["field"])
    return told or None


def _numbers(row: list[str], number: int) -> list[int | float]:
    try:
        return [parsed(word) for word in row]
    except ValueError as error:
        raise ValueError(f"row {number}: {error}") from None


def _column(table: list[list[int | float]], place: int) -> list[int | float]:
    return [row[place] for row in table]


def _degrees(column: list[int | float]) -> list[int | float]:
    """Pass degrees, which come before birth and death.

    Raises
    ------
    ValueError
        If one is no whole number.
    """
    wrong = [row for row, entry in enumerate(column) if not isinstance(entry, int) or entry < 0]
    if wrong:
        raise ValueError(
            f"{column[wrong[0]]} as the degree in row {wrong[0]}; the order is degree, birth, "
            "death. Rows of giotto-tda, birth, death and degree, are read by `interop.from_giotto`"
        )
    return column
