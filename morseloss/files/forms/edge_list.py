"""Edge lists: one edge a line, with what it joins and its weight; commas, tabs or spaces between.

The one idea: an edge list has no place for the values of the minima, so they come as loops,
`a,a,0`, as on the diagonal of a matrix, or in a table of nodes, as Gephi and spreadsheets have it.
"""

import csv
import io
from collections.abc import Sequence

import numpy as np

from morseloss.files.databases.stationary_points import check_above
from morseloss.files.tables import parsed
from morseloss.graphs.graph import LandscapeGraph
from morseloss.graphs.names import chosen
from morseloss.topology.door import listed, reals, shown

__all__ = ["read_edge_list", "rows_of_text"]

SOURCES = ("source", "from", "u", "node1", "min1", "minimum1", "start")
TARGETS = ("target", "to", "v", "node2", "min2", "minimum2", "end")
NODES = ("id", "node", "name", "minimum", "label")
CALLED = ("label", "name")
MARKS = ("\t", ";", ",")
BIRTHS = "add a loop `a,a,0.0` for each, or a table of the minima, `load_graph(path, nodes=...)`"


def rows_of_text(text: str) -> list[list[str]]:
    """Return the words of each line, comments and empty lines left out.

    Between words stands whichever of tab, semicolon and comma the first line has, or white space.

    Raises
    ------
    ValueError
        If quotes do not close.
    """
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    mark = next((mark for mark in MARKS if lines and mark in lines[0]), None)
    if mark is None:
        return [line.split() for line in lines]
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=mark, strict=True))
    except csv.Error as error:
        raise ValueError(f"no table ({error})") from None
    return [[word.strip() for word in row] for row in rows]


def read_edge_list(
    text: str, value: str = "value", weight: str = "weight", nodes: str | None = None
) -> LandscapeGraph:
    """Return the graph of an edge list, with or without a first line that names the columns.

    Parameters
    ----------
    text : str
        The edges: a source, a target and a weight each; loops hold the values of minima if there is
        no table of them.
    value, weight : str
        The columns of the values in `nodes`, and of the weights.
    nodes : str, optional
        The minima: a name and a value each, under a first line.

    Returns
    -------
    LandscapeGraph
        Minima in the order of `nodes`; else by number if all are whole numbers, else as they come.

    Raises
    ------
    ValueError
        If a column is missing, an entry is no number, or a minimum has no value or two.
    """
    rows = rows_of_text(text)
    start, places = _columns(rows, weight)
    ends = [(row[places[0]], row[places[1]]) for row in rows[start:]]
    if start == 0:
        _no_bars(ends)
    weights = _numbers([row[places[2]] for row in rows[start:]], "weight", start)
    labels: dict[str, str] = {}
    if nodes is None:
        births = _loops(ends, weights)
        edges = [row for row, (u, v) in enumerate(ends) if u != v]
    else:
        births, labels = _births(rows_of_text(nodes), value)
        edges = list(range(len(ends)))
    _known(births, ends, start, nodes)
    keys = list(births)
    if nodes is None and all(key.isdecimal() and len(key) < 19 for key in keys):
        keys.sort(key=int)
    place = {key: row for row, key in enumerate(keys)}
    joined = np.array([[place[end] for end in ends[row]] for row in edges], int).reshape(-1, 2)
    values = reals(value, [births[key] for key in keys])
    heights = reals(weight, [weights[row] for row in edges])
    check_above(keys, values, joined, heights, "edges lie")
    names = chosen([labels.get(key) for key in keys], keys)
    return LandscapeGraph(values, joined, heights, names=names)


def _columns(rows: list[list[str]], weight: str) -> tuple[int, tuple[int, int, int]]:
    """Return the first row of an edge, and in which columns its ends and its weight stand.

    Raises
    ------
    ValueError
        If that is not to be seen, or a row is shorter or longer.
    """
    head = [word.lower() for word in rows[0]] if rows else []
    ends = [next((k for k, w in enumerate(head) if w in side), -1) for side in (SOURCES, TARGETS)]
    if min(ends, default=-1) >= 0:
        found = [k for k, word in enumerate(rows[0]) if word == weight or head[k] == weight.lower()]
        if len(found) != 1:
            raise ValueError(
                f"the columns {listed(rows[0])}, without one `{weight}`; name the one of the "
                'weights, `load_graph(path, weight="energy")` say'
            )
        start, places = 1, (ends[0], ends[1], found[0])
    elif len(head) != 3 or not _is_number(head[2]):
        raise ValueError(
            f"{listed(rows[0] if rows else [])} as the first line; write source,target,weight"
        )
    else:
        start, places = 0, (0, 1, 2)
    for number, row in enumerate(rows):
        if len(row) != len(head):
            raise ValueError(
                f"{len(row)} entries in row {number}, {shown(','.join(row))}, where "
                f"the first has {len(head)}; complete it"
            )
    return start, places


def _loops(ends: Sequence[tuple[str, str]], weights: list[float]) -> dict[str, float]:
    """Return the values of the minima, which loops hold.

    Raises
    ------
    ValueError
        If one has two, or none has any.
    """
    births: dict[str, float] = {}
    for (u, v), number in zip(ends, weights, strict=True):
        if u == v and births.setdefault(u, number) != number:
            raise ValueError(
                f"two loops at {shown(u)}, with {births[u]} and {number}; a loop holds the value "
                "of its minimum, keep one"
            )
    if not births:
        raise ValueError(f"edges alone, and the values of the minima nowhere; {BIRTHS}")
    return births


def _births(rows: list[list[str]], value: str) -> tuple[dict[str, float], dict[str, str]]:
    """Return the values of the minima by their ids, and their labels.

    Raises
    ------
    ValueError
        If a column is missing, or an id comes twice.
    """
    head = [word.lower() for word in rows[0]] if rows else []
    ids = [head.index(name) for name in NODES if name in head]
    found = [k for k, word in enumerate(rows[0] if rows else []) if word.lower() == value.lower()]
    if not ids or len(found) != 1 or any(len(row) != len(head) for row in rows):
        raise ValueError(
            f"no table of the minima with the columns id and `{value}` in its first line, got "
            f"{listed(rows[0] if rows else [])}; name them, `load_graph(..., value=...)`"
        )
    keys = [row[ids[0]] for row in rows[1:]]
    if len(set(keys)) < len(keys):
        rows_by: dict[str, int] = {}
        twice = next(key for row, key in enumerate(keys) if rows_by.setdefault(key, row) != row)
        raise ValueError(f"the minimum {shown(twice)} twice in the table of minima; keep one")
    numbers = _numbers([row[found[0]] for row in rows[1:]], value, 1)
    labels = [head.index(name) for name in CALLED if name in head]
    called = (
        {key: row[labels[0]] for key, row in zip(keys, rows[1:], strict=True)} if labels else {}
    )
    return dict(zip(keys, numbers, strict=True)), called


def _no_bars(ends: Sequence[tuple[str, str]]) -> None:
    """Pass rows without a heading whose ends are words or whole numbers, as bars' are not.

    Raises
    ------
    ValueError
        If one is another number.
    """
    for row, pair in enumerate(ends):
        for end in pair:
            if _is_number(end) and not end.isdecimal():
                raise ValueError(
                    f"{shown(end)} as the end of an edge in row {row}, which is no id; of bars the "
                    "reader is `load_diagram`; of edges write source,target,weight in a first line"
                )


def _known(
    births: dict[str, float], ends: Sequence[tuple[str, str]], start: int, nodes: str | None
) -> None:
    """Pass edges whose ends all have a value.

    Raises
    ------
    ValueError
        If one has none.
    """
    unknown = dict.fromkeys(end for pair in ends for end in pair if end not in births)
    if unknown:
        first = next(iter(unknown))
        row = next(row for row, pair in enumerate(ends) if first in pair)
        raise ValueError(
            f"{len(unknown)} minima without a value, first {shown(first)} in row {row + start}; "
            f"{BIRTHS if nodes is None else 'add them to the table of minima'}"
        )


def _numbers(column: list[str], name: str, start: int) -> list[float]:
    found = []
    for row, entry in enumerate(column, start=start):
        try:
            found.append(parsed(entry))
        except ValueError as error:
            raise ValueError(f"no number as `{name}` in row {row} ({error})") from None
    return found


def _is_number(word: str) -> bool:
    try:
        parsed(word)
    except ValueError:
        return False
    return True
