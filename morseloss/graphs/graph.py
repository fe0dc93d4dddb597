"""`LandscapeGraph`: minima and the barriers between them, from whatever form a user has.

The one idea: a graph whose nodes carry the values of minima and whose edges carry the highest
value on a path between two of them. Everything above (barcode, merge tree, pictures) reads this;
networkx, scipy sparse, dense matrices and plain arrays are turned into it at the door.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int

from morseloss.graphs.attributes import flag_column, paths_column, points_column, real_column
from morseloss.graphs.matrices import (
    dense_columns,
    lowest_edges,
    matrix_of_graph,
    sparse_columns,
)
from morseloss.graphs.names import chosen, edge_labels, label_column, names_of
from morseloss.graphs.places import polylines, positions
from morseloss.kinds import kind_of
from morseloss.tables import sketch
from morseloss.tables.contents import as_array, hash_of, same
from morseloss.tables.table import Table, frame_of, html_of, rows_of
from morseloss.topology.diagram import Diagram
from morseloss.topology.door import flags, integers, reals, rebuilt, shown
from morseloss.topology.filtration import Filtration

if TYPE_CHECKING:
    import networkx

__all__ = ["LandscapeGraph", "as_graph"]


@dataclass(frozen=True, eq=False)
class LandscapeGraph:
    """Minima with their values, and edges weighted by barriers.

    To loop over a graph is to loop over its minima, named tuples of the columns of its table;
    `to_frame()` is this table in pandas. `np.asarray(graph)` is the matrix that `from_dense` reads,
    with the lowest of parallel edges. Two graphs are equal where all of their arrays are.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Value of each minimum.
    edges : ndarray of int, shape (m, 2)
        Rows of the two minima that an edge joins. Parallel edges and loops are allowed.
    weights : ndarray, shape (m,)
        Barrier of each edge: the highest value on its path, at least the values of both ends.
    points : ndarray, shape (n, dim), optional
        Positions of the minima.
    peaks : ndarray, shape (m, dim), optional
        Where each edge reaches its weight.
    exact : ndarray of bool, shape (m,), optional
        True where the weight is the value of a certified saddle, False where it is an upper
        bound read off a path.
    paths : sequence of ndarray, each of shape (k, dim), optional
        One polyline an edge, from `edges[e, 0]` to `edges[e, 1]`.
    names : sequence of str, optional
        What the minima are called, each by a name of its own; tables, pictures and files show it.
    edge_names : sequence of str, optional
        What the edges are called; the empty text where one has no name.

    Raises
    ------
    ValueError
        If an array has the wrong shape, holds a value that is not finite, names an unknown
        minimum, or an edge lies below one of its ends: that is no filtration by sublevels. If
        there are more or fewer names, or two minima have the same.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.LandscapeGraph(values=[0.0, 1.0], edges=[[0, 1]], weights=[2.5])
    LandscapeGraph(2 minima, 1 edge)
    >>> [minimum.value for minimum in ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [2.5])]
    [0.0, 1.0]
    """

    values: Float[np.ndarray, " n"]
    edges: Int[np.ndarray, "m 2"]
    weights: Float[np.ndarray, " m"]
    points: Float[np.ndarray, "n dim"] | None = None
    peaks: Float[np.ndarray, "m dim"] | None = None
    exact: Bool[np.ndarray, " m"] | None = None
    paths: tuple[Float[np.ndarray, "_ dim"], ...] | None = None
    names: tuple[str, ...] | None = None
    edge_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        values, weights = reals("values", self.values), reals("weights", self.weights)
        filtration = Filtration(values, integers("edges", self.edges, axes=2), weights)
        n, m = len(filtration.values), len(filtration.weights)
        for name in ("values", "edges", "weights"):
            object.__setattr__(self, name, getattr(filtration, name))
        self.__dict__["filtration"] = filtration
        for name, count in (("points", n), ("peaks", m)):
            rows = getattr(self, name)
            if rows is not None:
                object.__setattr__(self, name, positions(rows, count, name))
        if self.exact is not None:
            exact = flags("exact", self.exact)
            if exact.shape != (m,):
                raise ValueError(f"`exact` must have shape ({m},), got {exact.shape}")
            object.__setattr__(self, "exact", exact)
        if self.paths is not None:
            object.__setattr__(self, "paths", polylines(self.paths, m, "edge"))
        if self.names is not None:
            object.__setattr__(self, "names", names_of(self.names, n, "names", once=True))
        if self.edge_names is not None:
            found = names_of(self.edge_names, m, "edge_names")
            object.__setattr__(self, "edge_names", found if any(found) else None)

    __reduce__ = rebuilt
    __eq__, __hash__ = same, hash_of
    __iter__, to_frame, _repr_html_ = rows_of, frame_of, html_of

    @cached_property
    def filtration(self) -> Filtration:
        """The graph without geometry: what persistence is computed from."""
        return Filtration(self.values, self.edges, self.weights)

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        m = len(self.weights)
        return f"LandscapeGraph({many(len(self), 'minimum', 'minima')}, {many(m, 'edge')})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return as_array(matrix_of_graph(self.values, self.edges, self.weights), dtype, copy)

    def table(self) -> Table:
        """Return the minima as a table: `to_frame` and notebooks show it."""
        called = {} if self.names is None else {"name": np.array(self.names)}
        places = {} if self.points is None else {"x": self.points}
        lowest = lowest_edges(len(self), self.edges, self.weights)
        columns = called | places | {"value": self.values, "lowest_edge": lowest}
        picture = sketch.of_barriers(self.values, self.edges, self.weights)
        return Table(repr(self), columns, "Minimum", picture)

    def name_of(self, row: int) -> str:
        """Return what a minimum is called: its name, or its row where it has none.

        Examples
        --------
        >>> LandscapeGraph([0.0, 1.0], [[0, 1]], [2.5], names=["folded", "open"]).name_of(1)
        'open'
        """
        return str(row) if self.names is None else self.names[row]

    @classmethod
    def from_arrays(
        cls,
        values: Float[np.ndarray, " n"],
        edges: Int[np.ndarray, "m 2"],
        weights: Float[np.ndarray, " m"],
    ) -> "LandscapeGraph":
        """Return the graph of three arrays; the same as calling the class with them."""
        return cls(values, edges, weights)

    @classmethod
    def from_dense(cls, matrix: Float[np.ndarray, "n n"]) -> "LandscapeGraph":
        """Return the graph of a symmetric matrix: births on the diagonal, barriers off it.

        Parameters
        ----------
        matrix : ndarray, shape (n, n)
            `nan` or `inf` off the diagonal means no edge; zero is a value like any other.

        Raises
        ------
        ValueError
            If the matrix is not square or not symmetric, or is no filtration.

        Examples
        --------
        >>> import numpy as np, morseloss as ml
        >>> ml.LandscapeGraph.from_dense(np.array([[0.0, 2.0], [2.0, 1.0]])).weights
        array([2.])
        """
        return cls(*dense_columns(matrix))

    @classmethod
    def from_sparse(cls, matrix: Any) -> "LandscapeGraph":
        """Return the graph of a scipy sparse matrix: births on the diagonal, barriers off it.

        Every explicit entry counts, a stored zero too; what is not stored is no edge. Entries
        (i, j) and (j, i) are the same edge, the lower one decides. Two entries at one place are
        refused, for scipy adds them up elsewhere.

        Parameters
        ----------
        matrix : scipy sparse matrix or array, shape (n, n)
            The diagonal must be stored explicitly. In any format but DIA and BSR, which fill up
            bands and blocks with zeros, so that they cannot tell zero from nothing.

        Raises
        ------
        ValueError
            If the matrix is not square, in another format, lacks a diagonal entry, or holds two
            entries at one place, or is no filtration.

        Examples
        --------
        >>> import scipy.sparse, morseloss as ml
        >>> entries = ([0.0, 0.0, 1.0], ([0, 1, 0], [0, 1, 1]))
        >>> ml.LandscapeGraph.from_sparse(scipy.sparse.coo_array(entries))
        LandscapeGraph(2 minima, 1 edge)
        """
        return cls(*sparse_columns(matrix))

    @classmethod
    def from_networkx(
        cls, graph: "networkx.Graph", *, value: str = "value", weight: str = "weight"
    ) -> "LandscapeGraph":
        """Return the graph of a networkx one.

        Parameters
        ----------
        graph : networkx.Graph, DiGraph or MultiGraph
            Node attribute `value`, optionally `point`; edge attribute `weight`, optionally
            `peak`, `exact`, `path`: of all nodes or edges, or of none. Nodes and edges become rows
            in the graph's own order, that of `graph.nodes` and `graph.edges`: parallel edges stay,
            and so do those in both directions. A node is called as its `name` or `label` says, or
            else as it is; an edge as its `name`, `label` or textual key says.
        value, weight : str
            Other names of these two attributes.

        Raises
        ------
        ValueError
            If a node has no `value` or an edge has no `weight`, or only some have an optional
            attribute, or one has no number there.

        Examples
        --------
        >>> import networkx as nx, morseloss as ml
        >>> g = nx.Graph()
        >>> g.add_node("a", value=0.0); g.add_node("b", value=1.0)
        >>> g.add_edge("a", "b", weight=3.0)
        >>> ml.barcode(g)
        Diagram(2 bars: 2 of degree 0, 1 essential)
        """
        check_networkx(graph)
        rows = {node: row for row, node in enumerate(graph.nodes)}
        nodes = [(data, f"node {shown(node)}") for node, data in graph.nodes.data()]
        ends = [(rows[u], rows[v]) for u, v in graph.edges()]
        edges = [(data, f"edge ({shown(u)}, {shown(v)})") for u, v, data in graph.edges(data=True)]
        remedy = 'set it, or name another one, `as_graph(graph, {}="energy")` say'
        values = real_column(nodes, value, remedy.format("value"))
        weights = real_column(edges, weight, remedy.format("weight"))
        theirs: Any = graph
        keys = [key for *_, key in theirs.edges(keys=True)] if graph.is_multigraph() else ()
        return cls(
            values,
            np.array(ends, dtype=np.int64).reshape(-1, 2),
            weights,
            points=points_column(nodes, "point"),
            peaks=points_column(edges, "peak"),
            exact=flag_column(edges, "exact"),
            paths=paths_column(edges, "path"),
            names=chosen(label_column(nodes), list(graph.nodes)),
            edge_names=edge_labels(edges, keys),
        )

    def to_networkx(self) -> "networkx.Graph":
        """Return a `networkx.Graph`, or a `MultiGraph` where there are parallel edges.

        Nodes are the rows, with `value` and, where known, `point` and `name`; edges carry `weight`
        and, where known, `peak`, `exact`, `path` and `name`.
        """
        import networkx

        pairs = {tuple(sorted(edge)) for edge in self.edges.tolist()}
        parallel = len(pairs) < len(self.edges)
        graph = networkx.MultiGraph() if parallel else networkx.Graph()
        for row, value in enumerate(self.values.tolist()):
            place = {} if self.points is None else {"point": self.points[row].tolist()}
            called = {} if self.names is None else {"name": self.names[row]}
            graph.add_node(row, value=value, **place, **called)
        for row, ((u, v), weight) in enumerate(
            zip(self.edges.tolist(), self.weights.tolist(), strict=True)
        ):
            data: dict[str, Any] = {"weight": weight}
            if self.peaks is not None:
                data["peak"] = self.peaks[row].tolist()
            if self.exact is not None:
                data["exact"] = bool(self.exact[row])
            if self.paths is not None:
                path = self.paths[row]
                data["path"] = (path if u <= v else path[::-1]).tolist()  # as networkx lists ends
            if self.edge_names is not None:
                data["name"] = self.edge_names[row]
            graph.add_edge(u, v, **data)
        return graph


def as_graph(source: Any, *, value: str = "value", weight: str = "weight") -> LandscapeGraph:
    """Return a `LandscapeGraph` of whatever form a weighted graph comes in.

    Parameters
    ----------
    source : LandscapeGraph, Filtration, networkx graph, scipy sparse, ndarray, list, or tuple
        A tuple is `(values, edges, weights)`; matrices, also as lists of rows, hold births on
        the diagonal.
    value, weight : str
        Attributes of the nodes and edges of a networkx graph, if they have other names there.

    Raises
    ------
    ValueError
        If the form is none of these, or the graph is no filtration.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.as_graph(([0.0, 1.0, 0.5], [[0, 1], [1, 2]], [2.0, 3.0]))
    LandscapeGraph(3 minima, 2 edges)
    """
    other: Any = source
    if _is_networkx(other):
        return LandscapeGraph.from_networkx(other, value=value, weight=weight)
    if (value, weight) != ("value", "weight"):
        raise ValueError(
            "`value` and `weight` name attributes of a networkx graph, got a "
            f"{type(source).__name__}; leave them out"
        )
    if isinstance(source, LandscapeGraph):
        return source
    if isinstance(source, Filtration):
        return LandscapeGraph(source.values, source.edges, source.weights)
    if isinstance(source, tuple) and len(source) == 3:
        values, edges, weights = source
        return LandscapeGraph(values, edges, weights)
    if isinstance(source, np.ndarray) or _is_matrix(source):
        return LandscapeGraph.from_dense(np.asarray(source))
    if hasattr(other, "tocoo"):
        return LandscapeGraph.from_sparse(other)
    raise ValueError(
        "expected a LandscapeGraph, a networkx graph, a scipy sparse or dense matrix with births "
        f"on the diagonal, or a tuple (values, edges, weights); got {kind_of(source)}"
        f"{_way_from(source)}"
    )


def check_networkx(graph: Any) -> None:
    """Pass a graph of networkx, by what it can do.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if not _is_networkx(graph):
        raise ValueError(f"`graph` must be a graph of networkx, got {kind_of(graph)}")


def _is_networkx(graph: Any) -> bool:
    return hasattr(graph, "nodes") and hasattr(graph, "edges") and not isinstance(graph, type)


def _is_matrix(source: Any) -> bool:
    """Whether a list has rows of numbers, as many as each of them is long."""
    rows = source if isinstance(source, list) else []
    lists = all(isinstance(row, list | tuple | np.ndarray) for row in rows)
    return bool(rows) and lists and all(np.shape(row) == (len(rows),) for row in rows)


def _way_from(source: Any) -> str:
    """Say how what is no graph comes to a barcode, "" where nothing is known of it."""
    if isinstance(source, str | os.PathLike):
        return "; read a file by `load_graph`"
    if hasattr(source, "eigenvalues") or callable(getattr(source, "value", None)):
        return "; `build_graph` makes one of a landscape and its minima"
    if isinstance(source, Diagram):
        return "; it is a barcode already"
    if callable(getattr(source, "diagram", None)) and not isinstance(source, type):
        return "; its barcode, in every degree, is its own `.diagram()`"
    if callable(getattr(source, "graph", None)) and not isinstance(source, type):
        return "; take its graph, its own `.graph()`"
    if callable(getattr(source, "get_skeleton", None)):
        return "; of a simplex tree take that tuple, from its `get_skeleton(1)`"
    if isinstance(source, list | tuple) or hasattr(source, "__array__"):
        return "; make that tuple, or a numpy array of a matrix"
    return ""


def many(count: int, one: str, more: str | None = None) -> str:
    """Return a count with its noun, in the plural where it is not 1."""
    return f"{count} {one if count == 1 else more or one + 's'}"
