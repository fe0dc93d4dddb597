"""`save_graph` and `load_graph`: a `LandscapeGraph` in our own forms, and in those of others.

The one idea: what a file holds decides how it is read; its name decides how it is written.
"""

import errno
import io
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from morseloss.files.databases.grown import DATABASE, graph_in
from morseloss.files.databases.min_data import holds_min_data, load_min_data, save_min_data
from morseloss.files.databases.pele import load_pele
from morseloss.files.document import named, read_document, write_document, write_whole
from morseloss.files.foreign import HEAD, foreign, whose
from morseloss.files.forms.edge_list import read_edge_list
from morseloss.files.forms.graphml import read_graphml, write_graphml
from morseloss.files.forms.matrix_market import read_matrix_market
from morseloss.files.forms.node_link import node_link
from morseloss.files.graph_arrays import FORMAT, arrays_of, load_arrays
from morseloss.files.graph_tables import from_tables, tables_of
from morseloss.files.reading import check_cost, only, read_bytes, read_text
from morseloss.files.recognition import form_in
from morseloss.files.suffixes import path_of, suffix_of
from morseloss.files.tables import table_of
from morseloss.graphs.graph import LandscapeGraph, as_graph
from morseloss.kinds import check_kind
from morseloss.topology.door import shown

__all__ = ["load_graph", "save_graph"]

CURE = "use `as_graph`; the graph comes first, then the path"
SUFFIXES = (".npz", ".graphml", ".json", ".data")
GRAPHS = {
    "npz": (".npz",),
    "xml": (".graphml",),
    "json": (".json",),
    "mtx": (".mtx",),
    "csv": (".csv", ".tsv"),
    "words": (".edgelist", ".edges"),
    "rows": (),
    "sqlite": (".db", ".sqlite"),
}
EDGE_LIST = "an edge list"
NAMED = ("xml", "json", "csv", "words", "rows")  # forms in which attributes have names


def save_graph(graph: LandscapeGraph, path: str | os.PathLike) -> None:
    """Write a graph to a file, in the form that the suffix names.

    Parameters
    ----------
    graph : LandscapeGraph
        Values, edges and weights, and points, peaks, `exact`, paths and names where there are any.
        Parallel edges, loops, the order of rows and the direction of edges are kept.
    path : path-like
        Ends in `.npz` (numpy arrays; the smallest), `.graphml` (for networkx, Gephi, yEd; points,
        peaks and paths are JSON in strings there) or `.json`, see `load_graph`; or is called
        `min.data`, for a database of PATHSAMPLE and OPTIM: then `ts.data` is written beside, and
        positions in `points.min` and `points.ts`. Ids count from 1 there; `exact`, paths and names
        have no place, and what a graph does not know of molecules (frequencies, point groups,
        moments of inertia) stands as 0, 1 and 1.

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
        write_whole(path, lambda file: np.savez(file, **arrays_of(graph)))
        return
    if suffix == ".data":
        if path.name != "min.data":
            raise ValueError(f"{path}: expected the name min.data of a database; rename it")
        save_min_data(graph, path)
        return
    minima, edges = tables_of(graph)
    if suffix == ".json":
        write_document(path, FORMAT, {"minima": minima, "edges": edges})
    else:
        text = io.BytesIO()
        write_graphml(text, minima, edges)
        check_cost(path, text.getvalue())  # what is written can be read
        write_whole(path, lambda file: file.write(text.getvalue()))


def load_graph(
    path: str | os.PathLike,
    *,
    value: str = "value",
    weight: str = "weight",
    nodes: str | os.PathLike | None = None,
) -> LandscapeGraph:
    """Read a graph from a file, in whichever of the forms below it is, as its content shows.

    Parameters
    ----------
    path : path-like
        A file, or the folder of a database.
    value, weight : str
        What the values of minima and the weights of edges are called in GraphML, node-link JSON and
        edge lists, "energy" say.
    nodes : path-like, optional
        The table of the minima that belongs to an edge list: columns `id` and `value`, and a
        `label` perhaps, as Gephi exports it.

    Returns
    -------
    LandscapeGraph
        Equal to the saved one to the last bit. A graph without edges comes back without peaks,
        `exact` and paths from `.json` and `.graphml`, which write these edge by edge. Minima have
        names where the file has names or ids; ids that merely count rows from 0 are none.

    Raises
    ------
    ValueError
        If the file is no graph file, of a newer version, lacks an attribute or holds one of an
        unknown name, is damaged or too large for its form, or holds a graph that is no filtration;
        the message begins with its name.
    OSError
        If it cannot be read, or is a folder without a database.

    Notes
    -----
    What is read:

    - `.npz` and `.json` of `save_graph`;
    - GraphML of `save_graph`, networkx, igraph, Gephi and yEd, and the node-link JSON of networkx;
    - the Matrix Market file of a matrix with the values of the minima on its diagonal, as
      `LandscapeGraph.from_sparse` has it;
    - an edge list: source, target and weight between commas, tabs or spaces, with a first line that
      names the columns or without; the values of the minima stand in `nodes`, or in loops; lines
      that begin with `#` are comments, so an id that does stands in quotes, `"#1",b,3.0`;
    - `min.data` and `ts.data` of PATHSAMPLE and OPTIM, whose minima count from 1, or of topsearch,
      with the positions beside them; named by the folder or by one of the two;
    - the SQLite database of pele, its ids and energies;
    - the `.json` of `save_database`, as the graph of the database.

    Of databases frequencies, point groups and moments of inertia stay out.

    The JSON form is meant to be written by hand, too. Of a minimum only `value` is needed, of an
    edge only `ends` (rows of minima, from 0, or their names) and `weight`::

        {
          "format": "morseloss-graph",
          "version": 1,
          "minima": [
            {"value": 0.0, "point": [-1.0, 0.0], "name": "folded"},
            {"value": 1.0, "point": [1.0, 0.0], "name": "open"}
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
    if path.is_dir() and not holds_min_data(path):
        why = "a folder without min.data and ts.data"
        raise OSError(errno.EISDIR, why, str(path))
    form = "database" if holds_min_data(path) else form_in(path, GRAPHS, "graph")
    if (value, weight) != ("value", "weight") and form not in NAMED:
        raise ValueError(
            f"{path}: expected `value` and `weight` for GraphML, node-link JSON and edge lists, "
            "which name attributes, got a file that does not; leave them out"
        )
    if nodes is not None and form not in ("csv", "words", "rows"):
        raise ValueError(
            f"{path}: expected `nodes` beside an edge list, got a file that holds its minima; "
            "leave it out"
        )
    if form in ("csv", "words", "rows"):
        return _load_edges(path, value, weight, nodes)
    if form == "xml":
        return _load_xml(path, value, weight)
    if form == "json":
        return _load_json(path, value, weight)
    others = {"npz": load_arrays, "mtx": _load_matrix, "sqlite": load_pele}
    return {**others, "database": load_min_data}[form](path)


def _load_xml(path: Path, value: str, weight: str) -> LandscapeGraph:
    content = read_bytes(path)
    check_cost(path, content)
    read = partial(read_graphml, value=value, weight=weight)
    return named(path, from_tables, *_foreign(path, "GraphML", read, content))


def _load_matrix(path: Path) -> LandscapeGraph:
    content = read_bytes(path)
    check_cost(path, content)
    return named(path, as_graph, _foreign(path, "Matrix Market", read_matrix_market, content))


def _load_edges(
    path: Path, value: str, weight: str, nodes: str | os.PathLike | None
) -> LandscapeGraph:
    text = read_text(path, EDGE_LIST)
    table = None if nodes is None else read_text(path_of(nodes), "a table of minima")
    return _foreign(path, EDGE_LIST, read_edge_list, text, value, weight, table)


def _foreign(path: Path, form: str, read: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return read(*arguments)
    except ValueError as error:
        head = arguments[0][:HEAD]
        seems = whose(head if isinstance(head, bytes) else head.encode())
        mine = form in seems and form != EDGE_LIST
        seems = f"; it seems to be {seems}" if seems and not mine else ""
        raise ValueError(f"{path}: expected a graph in {form}, got {error}{seems}") from None


def _load_json(path: Path, value: str, weight: str) -> LandscapeGraph:
    content = read_document(path, FORMAT, DATABASE)
    if content.get("format") == DATABASE:
        return graph_in(path, content)
    if "nodes" in content and ("edges" in content or "links" in content):
        theirs = named(path, node_link, content)
        return named(path, as_graph, theirs, value=value, weight=weight)
    if (value, weight) != ("value", "weight"):
        raise ValueError(
            f"{path}: expected a node-link graph for `value` and `weight`, got the names "
            f"{shown(sorted(content))}{foreign(content, 'load_graph')}; leave them out"
        )
    tables = [table_of(path, content, name, "load_graph") for name in ("minima", "edges")]
    only(path, content, ("format", "version", "minima", "edges"), "a graph")
    return named(path, from_tables, *tables)
