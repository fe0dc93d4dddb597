"""The two texts min.data and ts.data, of PATHSAMPLE and OPTIM or, with other columns, of topsearch.

The one idea: a row has no name but its place, and Fortran counts places from 1. PATHSAMPLE writes
energy, log product of frequencies, order of the point group and three moments of inertia of a
minimum; of a transition state the ids of its two minima before the moments. topsearch writes id and
energy, two ids and energy, from 0. Positions lie beside, in points.min or min.coords.
"""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from morseloss.files.databases.stationary_points import StationaryPoints
from morseloss.files.document import write_whole
from morseloss.files.foreign import HEAD
from morseloss.files.reading import check_cost, read_bytes, read_text
from morseloss.files.recognition import form_of
from morseloss.files.tables import parsed
from morseloss.graphs.graph import LandscapeGraph
from morseloss.topology.door import shown

__all__ = ["holds_min_data", "load_min_data", "save_min_data"]

FORTRAN = re.compile(r"(?<=[\d.])[dD](?=[+-]?\d)")
MINIMA, STATES = "min.data", "ts.data"


def holds_min_data(path: Path) -> bool:
    """Tell whether a path is a folder with both files, or one of the two by its name.

    A file of that name which is of another form, as `min.data.json`, is none.
    """
    if path.is_dir():
        return (path / MINIMA).is_file() and (path / STATES).is_file()
    if not path.name.startswith((MINIMA, STATES)) or not path.is_file():
        return False
    return form_of(read_bytes(path)[:HEAD]) in ("rows", "words", "")  # "": Fortran's 1.0D+00


def load_min_data(path: Path) -> LandscapeGraph:
    """Return the graph of a database of two texts.

    Parameters
    ----------
    path : Path
        The folder, or one of the two files; `min.data.x` belongs to `ts.data.x`.

    Raises
    ------
    ValueError
        If one of the two is missing or no table, or a transition state joins unknown minima or lies
        below one.
    OSError
        If one cannot be read.
    """
    minima, states = _pair(path)
    if not states.is_file() or not minima.is_file():
        there, missing = (minima, states) if minima.is_file() else (states, minima)
        raise ValueError(
            f"{there}: expected {missing.name} beside it, got none; a database is both files"
        )
    rows, wide = _table(minima, "min.data, with the minima")
    passes, width = _table(states, "ts.data, with the transition states")
    theirs = width in (0, 3) if wide == 2 else wide > 2 and (width == 0 or width > 4)
    if not theirs:
        raise ValueError(
            f"{minima}: expected the columns of PATHSAMPLE (energy, log product, order, inertia; "
            "in ts.data the two minima after the order) or of topsearch (id, energy; two ids, "
            f"energy), got {wide} columns, and {width} in {states.name}; name the right files"
        )
    try:
        found = _topsearch(rows, passes) if wide == 2 else _pathsample(rows, passes)
        ids, energies, ends, heights = found
        points, peaks = _positions(minima, len(rows)), _positions(states, len(passes))
        return StationaryPoints(ids, energies, ends, heights, points, peaks).graph()
    except ValueError as error:
        text = str(error)
        raise ValueError(text if text.startswith(str(path.parent)) else f"{path}: {text}") from None


def save_min_data(graph: LandscapeGraph, path: Path) -> None:
    """Write a graph as min.data and ts.data of PATHSAMPLE, with points.min and points.ts.

    What a graph does not know stands there as a placeholder: log products of frequencies as 0,
    orders of point groups and moments of inertia as 1. Each file is written whole or not at all; a
    disk that fills between two of them leaves one new and one old.

    Raises
    ------
    ValueError
        If positions of another database lie in the folder, to which these would not belong.
    """
    minima, states = _pair(path)
    for text, column in ((minima, graph.points), (states, graph.peaks)):
        for beside in (_beside(text, "points."), _beside(text, ".coords")):
            if column is None and beside.exists():
                raise ValueError(
                    f"{beside}: expected no positions beside a graph that has none; move them "
                    "away, or write to another folder"
                )
    ends = (graph.edges + 1).tolist()
    rows = [f"{value!r} 0.0 1 1.0 1.0 1.0\n" for value in graph.values.tolist()]
    passes = [
        f"{weight!r} 0.0 1 {u} {v} 1.0 1.0 1.0\n"
        for weight, (u, v) in zip(graph.weights.tolist(), ends, strict=True)
    ]
    parts = (
        (minima, "".join(rows).encode(), graph.points),
        (states, "".join(passes).encode(), graph.peaks),
    )
    for text, content, _ in parts:
        check_cost(text, content)  # what is written can be read; before anything is
    for text, content, column in parts:
        write_whole(text, _writer(content))
        if column is not None:
            write_whole(_beside(text, "points."), _writer(column.astype("<f8").tobytes()))


def _pair(path: Path) -> tuple[Path, Path]:
    if path.is_dir():
        return path / MINIMA, path / STATES
    rest = path.name.removeprefix(MINIMA if path.name.startswith(MINIMA) else STATES)
    return path.with_name(MINIMA + rest), path.with_name(STATES + rest)


def _beside(path: Path, form: str) -> Path:
    """Return where positions lie: points.min of PATHSAMPLE, min.coords of topsearch."""
    which = "min" if path.name.startswith(MINIMA) else "ts"
    rest = path.name.removeprefix(f"{which}.data")
    return path.with_name((f"points.{which}" if form == "points." else f"{which}.coords") + rest)


def _writer(content: bytes) -> Callable:
    return lambda file: file.write(content)


def _table(path: Path, what: str) -> tuple[list[list[int | float]], int]:
    """Return the numbers of a file, and how many stand in a row; no rows for an empty ts.data.

    Raises
    ------
    ValueError
        If an entry is no number, or a row is shorter or longer.
    """
    if path.name.startswith(STATES) and not read_bytes(path).strip():
        return [], 0
    rows = []
    lines = [line for line in read_text(path, what).splitlines() if line.strip()]
    for number, line in enumerate(lines, start=1):
        try:
            rows.append([parsed(word) for word in FORTRAN.sub("e", line).split()])
        except ValueError as error:
            raise ValueError(f"{path}: expected {what}, row {number}: {error}") from None
        if len(rows[-1]) != len(rows[0]):
            raise ValueError(
                f"{path}: expected {len(rows[0])} numbers in each row, got {len(rows[-1])} in row "
                f"{number}, {shown(line)}; complete it"
            )
    return rows, len(rows[0])


def _pathsample(rows: list, passes: list) -> tuple:
    ids = range(1, len(rows) + 1)
    ends = [row[3:5] for row in passes]
    return np.array(ids), [row[0] for row in rows], ends, [row[0] for row in passes]


def _topsearch(rows: list, passes: list) -> tuple:
    ends = [row[:2] for row in passes]
    return [row[0] for row in rows], [row[1] for row in rows], ends, [row[2] for row in passes]


def _positions(path: Path, count: int) -> np.ndarray | None:
    """Return the positions that lie beside a file, if any do; PATHSAMPLE leaves an empty file.

    Raises
    ------
    ValueError
        If they are not as many.
    """
    raw, text = _beside(path, "points."), _beside(path, ".coords")
    if raw.is_file():
        content = read_bytes(raw)
        if not content:
            return None
        if not count or len(content) % (8 * count):
            raise ValueError(
                f"{raw}: expected the positions of {count} points, 8 bytes a number, got "
                f"{len(content)} bytes; move it away to do without positions"
            )
        return np.frombuffer(content, "<f8").reshape(count, -1)
    if not text.is_file() or not count:
        return None
    rows, _ = _table(text, "positions")
    if len(rows) != count:
        raise ValueError(f"{text}: expected the positions of {count} points, got {len(rows)}")
    return np.array(rows, np.float64)
