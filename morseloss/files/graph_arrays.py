"""A graph as the arrays of an `.npz`, the smallest form.

The one idea: a column is an array under its own name; paths, which differ in length, are their
points one after the other, and how many each has.
"""

from pathlib import Path
from typing import Any

import numpy as np

from morseloss.files.document import VERSION, check_version, named
from morseloss.files.members import arrays_in
from morseloss.graphs.graph import LandscapeGraph
from morseloss.topology.door import integers, listed, reals, shown

__all__ = ["arrays_of", "load_arrays"]

FORMAT = "morseloss-graph"
COLUMNS = ("values", "edges", "weights", "points", "peaks", "exact")
CALLED = ("names", "edge_names")
MEMBERS = ("format", "version", *COLUMNS, "path_lengths", "path_points", *CALLED)


def arrays_of(graph: LandscapeGraph) -> dict[str, Any]:
    """Return the arrays by their names in the archive."""
    columns = {"format": np.array(FORMAT), "version": np.array(VERSION)}
    for name in COLUMNS:
        if getattr(graph, name) is not None:
            columns[name] = getattr(graph, name)
    for name in CALLED:
        if getattr(graph, name) is not None:
            columns[name] = np.array(getattr(graph, name), dtype=np.str_)
    if graph.paths is not None:
        # paths differ in length: their points one after the other, and how many each has
        columns["path_lengths"] = np.array([len(path) for path in graph.paths], dtype=np.int64)
        columns["path_points"] = np.concatenate([np.zeros((0, _dim(graph))), *graph.paths])
    return columns


def _dim(graph: LandscapeGraph) -> int:
    return graph.paths[0].shape[1] if graph.paths else 0


def load_arrays(path: Path) -> LandscapeGraph:
    """Return the graph in an `.npz`.

    Raises
    ------
    ValueError
        If it holds another format, lacks an array, or is no graph.
    """
    columns = arrays_in(path, MEMBERS, "a graph in npz")
    form = columns.get("format", np.array(FORMAT))
    if form.dtype.kind != "U" or form.tolist() != FORMAT:
        raise ValueError(f'{path}: expected the format "{FORMAT}", got {shown(form.tolist())}')
    check_version(path, columns.get("version", np.array(VERSION)).tolist())
    missing = {"values", "edges", "weights"} - columns.keys()
    if missing:
        raise ValueError(
            f"{path}: expected the arrays `values`, `edges` and `weights`, got "
            f"{listed(sorted(columns))}; save it with `save_graph`"
        )
    paths = named(path, _split_paths, columns.get("path_lengths"), columns.get("path_points"))
    names = (named(path, _texts, columns.get(name), name) for name in CALLED)
    return named(path, LandscapeGraph, *(columns.get(name) for name in COLUMNS), paths, *names)


def _texts(column: np.ndarray | None, name: str) -> list[str] | None:
    """Return names as a list.

    Raises
    ------
    ValueError
        If the array holds no texts.
    """
    if column is None:
        return None
    if column.dtype.kind != "U" or column.ndim != 1:
        raise ValueError(f"`{name}` must hold text, got dtype {column.dtype}; save it again")
    return column.tolist()


def _split_paths(lengths: Any, points: Any) -> tuple | None:
    """Return the paths whose points stand one after the other.

    Raises
    ------
    ValueError
        If only one of the two arrays is there, a length is negative, or they do not add up to the
        points.
    """
    if lengths is None and points is None:
        return None
    if lengths is None or points is None:
        raise ValueError("expected both `path_lengths` and `path_points`, got one; save it again")
    lengths, points = integers("path_lengths", lengths), reals("path_points", points, axes=2)
    if (lengths < 0).any():
        raise ValueError(
            f"`path_lengths` must be zero or more, got {listed(lengths.tolist())}; save it again"
        )
    stops = np.cumsum(lengths.astype(np.float64))  # which does not overflow
    if (stops[-1] if len(stops) else 0) != len(points):
        raise ValueError(
            f"`path_lengths` must add up to the {len(points)} rows of `path_points`, got "
            f"{listed(lengths.tolist())}; save it again"
        )
    return tuple(np.split(points, stops[:-1].astype(np.int64))) if len(stops) else ()
