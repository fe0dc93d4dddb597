"""`save_graph` and `load_graph`: a `LandscapeGraph` as `.npz`, `.graphml` or `.json`."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from morseloss.files.document import (
    VERSION,
    check_version,
    named,
    read_document,
    write_document,
    write_whole,
)
from morseloss.files.foreign import node_link
from morseloss.files.graphml import EDGE_NAMES, NODE_NAMES, read_graphml, write_graphml
from morseloss.files.matrix_market import read_matrix_market
from morseloss.files.members import arrays_in
from morseloss.files.reading import check_cost, only, read_bytes, suffix_to_read
from morseloss.files.suffixes import path_of, suffix_of
from morseloss.files.tables import column_of, optional, polylines, rows_of, table_of
from morseloss.graphs.graph import LandscapeGraph, as_graph
from morseloss.kinds import check_kind
from morseloss.topology.door import flags, integers, listed, reals, shown

__all__ = ["load_graph", "save_graph"]

FORMAT = "morseloss-graph"
CURE = "use `as_graph`; the graph comes first, then the path"
SUFFIXES = (".npz", ".graphml", ".json")
MEMBERS = (
    *("format", "version", "values", "edges", "weights", "points", "peaks", "exact"),
    *("path_lengths", "path_points"),
)


def save_graph(graph: LandscapeGraph, path: str | os.PathLike) -> None:
    """Write a graph to a file, in the form that the suffix names.

    Parameters
    ----------
    graph : LandscapeGraph
        Values, edges and weights, and points, peaks, `exact` and paths where there are any.
        Parallel edges, loops, the order of rows and the direction of edges are kept.
    path : path-like
        Ends in `.npz` (numpy arrays; the smallest), `.graphml` (for networkx, Gephi, yEd; points,
        peaks and paths are JSON in strings there) or `.json`, see `load_graph`.

    Raises
    ------
    ValueError
        If it is no LandscapeGraph, the suffix is another one, or the graph is too large for a text
        (millions of edges).

    Examples
    --------
    >>> import pathlib, tempfile, morseloss as ml
    >>> graph = ml.LandscapeGraph(values=[0.0, 1.0], edges=[[0, 1]], weights=[2.5])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ml.save_graph(graph, pathlib.Path(folder, "graph.json"))
    ...     ml.load_graph(pathlib.Path(folder, "graph.json"))
    LandscapeGraph(2 minima, 1 edge)
    """
    check_kind("graph", graph, LandscapeGraph, CURE)
    path = path_of(path)
    suffix = suffix_of(path, SUFFIXES, "graph")
    if suffix == ".npz":
        write_whole(path, lambda file: np.savez(file, **_arrays(graph)))
        return
    minima, edges = _tables(graph)
    if suffix == ".json":
        write_document(path, FORMAT, {"minima": minima, "edges": edges})
    else:
        text = io.BytesIO()
        write_graphml(text, minima, edges)
        check_cost(path, text.getvalue())  # what is written can be read
        write_whole(path, lambda file: file.write(text.getvalue()))


def load_graph(path: str | os.PathLike) -> LandscapeGraph:
    """Read a graph from a file.

    Parameters
    ----------
    path : path-like
        A `.npz` or `.json` from `save_graph`, or a GraphML file from there or from elsewhere,
        networkx say, with the node attribute `value` and the edge attribute `weight`. With the same
        attributes also the node-link JSON of networkx; and the Matrix Market file (`.mtx`) of a
        matrix with the values of the minima on its diagonal, as `LandscapeGraph.from_sparse`
        has it.

    Returns
    -------
    LandscapeGraph
        Equal to the saved one to the last bit. A graph without edges comes back without peaks,
        `exact` and paths from `.json` and `.graphml`, which write these edge by edge.

    Raises
    ------
    ValueError
        If the file is no graph file, of a newer version, lacks an attribute or holds one of an
        unknown name, is damaged or too large for its form, or holds a graph that is no filtration;
        the message begins with its name.
    OSError
        If it cannot be read.

    Notes
    -----
    The JSON form is meant to be written by hand, too. Of a minimum only `value` is needed, of an
    edge only `ends` (rows of minima, from 0) and `weight`::

        {
          "format": "morseloss-graph",
          "version": 1,
          "minima": [
            {"value": 0.0, "point": [-1.0, 0.0]},
            {"value": 1.0, "point": [1.0, 0.0]}
          ],
          "edges": [
            {"ends": [0, 1], "weight": 2.5, "peak": [0.0, 0.1], "exact": true,
             "path": [[-1.0, 0.0], [0.0, 0.1], [1.0, 0.0]]}
          ]
        }

    Examples
    --------
    >>> import pathlib, tempfile, morseloss as ml
    >>> text = '{"minima": [{"value": 0}, {"value": 1}], "edges": [{"ends": [0, 1], "weight": 3}]}'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "by-hand.json")
    ...     _ = path.write_text(text)
    ...     ml.load_graph(path).weights
    array([3.])
    """
    path = path_of(path)
    suffix = suffix_to_read(path, (*SUFFIXES, ".mtx"), "graph")
    if suffix == ".npz":
        return _load_arrays(path)
    if suffix == ".json":
        return _load_json(path)
    content = read_bytes(path)
    check_cost(path, content)
    if suffix == ".mtx":
        return named(path, as_graph, _foreign(path, "Matrix Market", read_matrix_market, content))
    return named(path, _from_tables, *_foreign(path, "GraphML", read_graphml, content))


def _foreign(path: Path, form: str, read: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return read(*arguments)
    except ValueError as error:
        raise ValueError(f"{path}: expected a graph in {form}, got {error}") from None


def _load_json(path: Path) -> LandscapeGraph:
    content = read_document(path, FORMAT)
    if "nodes" in content and ("edges" in content or "links" in content):
        return named(path, as_graph, named(path, node_link, content))
    tables = [table_of(path, content, name, "load_graph") for name in ("minima", "edges")]
    only(path, content, ("format", "version", "minima", "edges"), "a graph")
    return named(path, _from_tables, *tables)


def _arrays(graph: LandscapeGraph) -> dict[str, Any]:
    columns = {"format": np.array(FORMAT), "version": np.array(VERSION)}
    for name in ("values", "edges", "weights", "points", "peaks", "exact"):
        if getattr(graph, name) is not None:
            columns[name] = getattr(graph, name)
    if graph.paths is not None:
        # paths differ in length: their points one after the other, and how many each has
        columns["path_lengths"] = np.array([len(path) for path in graph.paths], dtype=np.int64)
        columns["path_points"] = np.concatenate([np.zeros((0, _dim(graph))), *graph.paths])
    return columns


def _dim(graph: LandscapeGraph) -> int:
    return graph.paths[0].shape[1] if graph.paths else 0


def _load_arrays(path: Path) -> LandscapeGraph:
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
    names = ("values", "edges", "weights", "points", "peaks", "exact")
    return named(path, LandscapeGraph, *(columns.get(name) for name in names), paths)


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


def _tables(graph: LandscapeGraph) -> tuple[list[dict], list[dict]]:
    """Return one dict a minimum and one an edge, of plain numbers and lists."""
    minima = [{"value": value} for value in graph.values.tolist()]
    edges: list[dict] = [
        {"ends": ends, "weight": weight}
        for ends, weight in zip(graph.edges.tolist(), graph.weights.tolist(), strict=True)
    ]
    columns = [
        (minima, "point", graph.points),
        (edges, "peak", graph.peaks),
        (edges, "exact", graph.exact),
        (edges, "path", graph.paths),
    ]
    for table, name, column in columns:
        if column is not None:
            for row, entry in zip(table, column, strict=True):
                row[name] = entry.tolist()
    return minima, edges


def _from_tables(minima: list[dict], edges: list[dict]) -> LandscapeGraph:
    """Return the graph of what `_tables` gives."""
    rows_of(minima, NODE_NAMES, "minimum")
    rows_of(edges, ("ends", *EDGE_NAMES), "edge")
    values = column_of(minima, "value", "minimum")
    ends = [_ends(edge, row) for row, edge in enumerate(edges)]
    weights = column_of(edges, "weight", "edge")
    return LandscapeGraph(
        reals("value", values),
        integers("ends", ends, axes=2),
        reals("weight", weights),
        points=optional(reals, minima, "point", "minimum", axes=2),
        peaks=optional(reals, edges, "peak", "edge", axes=2),
        exact=optional(flags, edges, "exact", "edge"),
        paths=optional(polylines, edges, "path", "edge"),
    )


def _ends(edge: dict, row: int) -> list[int]:
    ends = edge.get("ends")
    if not isinstance(ends, list) or len(ends) != 2 or not all(type(end) is int for end in ends):
        raise ValueError(
            f"expected the rows of two minima as `ends` of every edge, [0, 1] say, got "
            f"{shown(ends)} in row {row}"
        )
    return ends
