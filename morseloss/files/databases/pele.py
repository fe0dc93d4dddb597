"""Databases of pele, an SQLite file, read by its tables of minima and transition states.

The one idea: nothing but ids and energies is asked for. Positions lie there as pickles, which may
run any code, and stay unread.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from morseloss.caution import caution
from morseloss.files.databases.stationary_points import StationaryPoints
from morseloss.graphs.graph import LandscapeGraph
from morseloss.topology.door import listed

__all__ = ["load_pele"]

TABLES = {
    "tbl_minima": ("_id", "energy"),
    "tbl_transition_states": ("_minimum1_id", "_minimum2_id", "energy"),
}


def load_pele(path: Path) -> LandscapeGraph:
    """Return the graph of a database of pele; minima are named by their ids.

    Raises
    ------
    ValueError
        If it has no such tables, is damaged, or lists what is no graph.

    Warns
    -----
    UserWarning
        If pele marked some of its rows as invalid: they are read like the others.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
            _check_tables(base, path)
            minima = base.execute("SELECT _id, energy FROM tbl_minima ORDER BY _id").fetchall()
            states = base.execute(
                "SELECT _minimum1_id, _minimum2_id, energy FROM tbl_transition_states ORDER BY _id"
            ).fetchall()
            marked = [_marked(base, table) for table in TABLES]
    except (sqlite3.Error, OverflowError, UnicodeError) as error:
        raise ValueError(
            f"{path}: expected a database of pele, got a damaged one ({error}); copy it again"
        ) from None
    try:
        graph = StationaryPoints(
            [row[0] for row in minima],
            [row[1] for row in minima],
            [list(row[:2]) for row in states],
            [row[2] for row in states],
        ).graph()
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if any(marked):
        caution(
            f"{path}: pele marked {marked[0]} minima and {marked[1]} transition states as invalid; "
            "they are read like the others, remove them from the database to do without"
        )
    return graph


def _check_tables(base: sqlite3.Connection, path: Path) -> None:
    """Pass a database that has the tables and columns; views, which may compute, do not count.

    Raises
    ------
    ValueError
        If it has not.
    """
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    there = [name for (name,) in base.execute(query)]
    for table, columns in TABLES.items():
        came = f"the tables {listed(sorted(there))}"
        if table in there:
            found = [row[1] for row in base.execute(f"PRAGMA table_info({table})")]
            if {"_id", *columns} <= set(found):
                continue
            came = f"the columns {listed(found)} of {table}"
        raise ValueError(
            f"{path}: expected a database of pele, with {' and '.join(TABLES)}, got {came}; read "
            "it with sqlite3, and pass arrays to `as_graph`"
        )


def _marked(base: sqlite3.Connection, table: str) -> int:
    columns = [row[1] for row in base.execute(f"PRAGMA table_info({table})")]
    if "invalid" not in columns:
        return 0
    (count,) = base.execute(f"SELECT COUNT(*) FROM {table} WHERE invalid").fetchone()
    return count
