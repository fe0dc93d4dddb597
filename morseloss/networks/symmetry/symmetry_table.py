"""A symmetry as a table: what may be done to how many units, and where they stand.

The one idea: groups of one kind along the same parameters, as those of all heads, are one row.
"""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from morseloss.networks.symmetry.unit_groups import Group, Mixing, Scaling, axes_of
from morseloss.tables.table import Table

__all__ = ["rows_of_groups", "table_of", "text_of"]

MOST = 3  # names of parameters in a row

Rows = Counter[tuple[str, int, tuple[str, ...]]]


def kind_of(group: Group | Mixing | Scaling) -> str:
    """Return what may be done to the units of a group, in a word or two."""
    if isinstance(group, Scaling):
        return "scale"
    if isinstance(group, Mixing):
        kind = "rotate" if group.orthogonal else "mix"
        return f"{kind}, ones kept" if group.ones else kind
    flips = "flip" if group.flips else ""
    return " and ".join(word for word in ("exchange" * group.exchanged, flips) if word)


def rows_of_groups(sized: Iterable[tuple[Group | Mixing | Scaling, int]]) -> Rows:
    """Return how often there is each kind, number of units, and parameters."""
    return Counter(
        (kind_of(group), size, tuple(dict.fromkeys(axis.name for axis in axes_of(group))))
        for group, size in sized
    )


def table_of(caption: str, rows: Rows, pinned: Iterable[tuple[str, tuple[str, ...]]]) -> Table:
    """Return rows of groups, and below them what was pinned."""
    told = [(kind, times, size, _names(names)) for (kind, size, names), times in rows.items()]
    told += [(f"pinned: {why}", 0, 0, _names(names)) for why, names in pinned]
    columns = zip(*told, strict=True) if told else [()] * 4
    named = zip(("kind", "groups", "units", "parameters"), columns, strict=True)
    return Table(caption, {name: np.array(column) for name, column in named}, "Freedom")


def text_of(table: Table) -> str:
    """Return a table as lines, one a row."""
    columns = table.flat()
    cells = [[name, *map(str, column.tolist())] for name, column in columns.items()]
    widths = [max(map(len, column)) for column in cells]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in zip(*cells, strict=True)
    ]
    return "\n".join([table.caption, *lines])


def _names(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more
