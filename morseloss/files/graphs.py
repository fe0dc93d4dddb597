"""`save_graph` and `load_graph`: a `LandscapeGraph` as `.npz`, `.graphml` or `.json`."""

import json
import os
import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from morseloss.files.document import (
    VERSION,
    check_version,
    named,
    read_document,
    suffix_of,
    write_document,
    write_whole,
)
from morseloss.files.graphml import read_graphml, write_graphml
from morseloss.files.tables import column_of, floats, table_of
from morseloss.graphs.graph import LandscapeGraph

__all__ = ["load_graph", "save_graph"]

FORMAT = "morseloss-graph"
SUFFIXES = (".npz", ".graphml", ".json")
NODE_NAMES = ("value", "point")
EDGE_NAMES = ("weight", "peak", "exact", "path")


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
        If the suffix is another one.

    Examples
    --------
    >>> import pathlib, tempfile, morseloss as ml
    >>> graph = ml.LandscapeGraph(values=[0.0, 1.0], edges=[[0, 1]], weights=[2.5])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ml.save_graph(graph, pathlib.Path(folder, "graph.json"))
    ...     ml.load_graph(pathlib.Path(folder, "graph.json"))
    LandscapeGraph(2 minima, 1 edge)
    """
    path = Path(path)
    suffix = suffix_of(path, SUFFIXES, "graph")
    if suffix == ".npz":
        write_whole(path, lambda file: np.savez(file, **_arrays(graph)))
        return
    minima, edges = _tables(graph)
    if suffix == ".json":
        write_document(path, FORMAT, {"minima": minima, "edges": edges})
    else:
        write_whole(path, lambda file: write_graphml(file, minima, edges))


def load_graph(path: str | os.PathLike) -> LandscapeGraph:
    """Read a graph from a file.

    Parameters
    ----------
    path : path-like
        A `.npz` or `.json` from `save_graph`, or a GraphML file from there or from elsewhere,
        networkx say, with the node attribute `value` and the edge attribute `weight`.

    Returns
    -------
    LandscapeGraph
        Equal to the saved one to the last bit. A graph without edges comes back without peaks,
        `exact` and paths from `.json` and `.graphml`, which write these edge by edge.

    Raises
    ------
    ValueError
        If the file is no graph file, of a newer version, lacks an attribute, or holds a graph
        that is no filtration; the message begins with its name.
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
    path = Path(path)
    suffix = suffix_of(path, SUFFIXES, "graph")
    if suffix == ".npz":
        return _load_arrays(path)
    if suffix == ".json":
        content = read_document(path, FORMAT)
        tables = [table_of(path, content, name, "load_graph") for name in ("minima", "edges")]
        return named(path, _from_tables, *tables)
    with path.open("rb") as file:
        try:
            tables = read_graphml(file)
        except (ValueError, ElementTree.ParseError) as error:
            raise ValueError(f"{path}: expected a graph in GraphML, got {error}") from None
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
    path.stat()  # a missing file is an OSError, not a bad one
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path}: expected a graph in npz, got no npz; save it with `save_graph`")
    try:
        with np.load(path, allow_pickle=False) as archive:
            columns = dict(archive)
    except (ValueError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{path}: expected a graph in npz, got {error}") from None
    if "format" in columns and columns["format"] != FORMAT:
        raise ValueError(f'{path}: expected the format "{FORMAT}", got {columns["format"]}')
    check_version(path, columns.get("version", np.array(VERSION)).tolist())
    missing = {"values", "edges", "weights"} - columns.keys()
    if missing:
        raise ValueError(
            f"{path}: expected the arrays `values`, `edges` and `weights`, got {sorted(columns)}; "
            "save it with `save_graph`"
        )
    paths = None
    if "path_lengths" in columns:
        stops = np.cumsum(columns["path_lengths"])[:-1]
        paths = tuple(np.split(columns["path_points"], stops)) if len(columns["edges"]) else ()
    names = ("values", "edges", "weights", "points", "peaks", "exact")
    return named(path, LandscapeGraph, *(columns.get(name) for name in names), paths)


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
    values = column_of(minima, "value", "minimum")
    ends = [_ends(edge, row) for row, edge in enumerate(edges)]
    paths = column_of(edges, "path", "edge", needed=False)
    return LandscapeGraph(
        floats(values, "value"),
        np.array(ends, dtype=np.int64).reshape(-1, 2),
        floats(column_of(edges, "weight", "edge"), "weight"),
        points=floats(column_of(minima, "point", "minimum", needed=False), "point"),
        peaks=floats(column_of(edges, "peak", "edge", needed=False), "peak"),
        exact=_flags(column_of(edges, "exact", "edge", needed=False)),
        paths=None if paths is None else tuple(floats(path, "path") for path in paths),
    )


def _flags(column: list | None) -> Any:
    if column is not None and not all(isinstance(entry, bool) for entry in column):
        raise ValueError("expected true or false as `exact` of every edge, got other things")
    return None if column is None else np.array(column, dtype=bool)


def _ends(edge: dict, row: int) -> list[int]:
    ends = edge.get("ends")
    if not isinstance(ends, list) or len(ends) != 2 or not all(type(end) is int for end in ends):
        raise ValueError(
            f"expected the rows of two minima as `ends` of every edge, [0, 1] say, got "
            f"{json.dumps(ends)} in row {row}"
        )
    return ends
