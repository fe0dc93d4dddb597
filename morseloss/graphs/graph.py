"""`LandscapeGraph`: minima and the barriers between them, from whatever form a user has.

The one idea: a graph whose nodes carry the values of minima and whose edges carry the highest
value on a path between two of them. Everything above (barcode, merge tree, pictures) reads this;
networkx, scipy sparse, dense matrices and plain arrays are turned into it at the door.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int

from morseloss.topology.filtration import Filtration

if TYPE_CHECKING:
    import networkx

__all__ = ["LandscapeGraph", "as_graph"]


@dataclass(frozen=True, eq=False)
class LandscapeGraph:
    """Minima with their values, and edges weighted by barriers.

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

    Raises
    ------
    ValueError
        If an array has the wrong shape, holds a value that is not finite, names an unknown
        minimum, or an edge lies below one of its ends: that is no filtration by sublevels.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.LandscapeGraph(values=[0.0, 1.0], edges=[[0, 1]], weights=[2.5])
    LandscapeGraph(2 minima, 1 edge)
    """

    values: Float[np.ndarray, " n"]
    edges: Int[np.ndarray, "m 2"]
    weights: Float[np.ndarray, " m"]
    points: Float[np.ndarray, "n dim"] | None = None
    peaks: Float[np.ndarray, "m dim"] | None = None
    exact: Bool[np.ndarray, " m"] | None = None
    paths: tuple[Float[np.ndarray, "_ dim"], ...] | None = None

    def __post_init__(self) -> None:
        filtration = Filtration(self.values, self.edges, self.weights)
        n, m = len(filtration.values), len(filtration.weights)
        for name in ("values", "edges", "weights"):
            object.__setattr__(self, name, getattr(filtration, name))
        self.__dict__["filtration"] = filtration
        for name, count in (("points", n), ("peaks", m)):
            rows = getattr(self, name)
            if rows is not None:
                object.__setattr__(self, name, positions(rows, count, name))
        if self.exact is not None:
            exact = np.asarray(self.exact, dtype=bool)
            if exact.shape != (m,):
                raise ValueError(f"`exact` must have shape ({m},), got {exact.shape}")
            object.__setattr__(self, "exact", exact)
        if self.paths is not None:
            if len(self.paths) != m:
                raise ValueError(f"`paths` must hold one path an edge, {m}, got {len(self.paths)}")
            paths = tuple(positions(path, len(path), "paths") for path in self.paths)
            object.__setattr__(self, "paths", paths)

    @cached_property
    def filtration(self) -> Filtration:
        """The graph without geometry: what persistence is computed from."""
        return Filtration(self.values, self.edges, self.weights)

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        m = len(self.weights)
        return f"LandscapeGraph({many(len(self), 'minimum', 'minima')}, {many(m, 'edge')})"

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
        matrix = np.asarray(matrix, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise ValueError(f"`matrix` must be square, got shape {matrix.shape}")
        if not np.array_equal(matrix, matrix.T, equal_nan=True):
            i, j = np.argwhere(~((matrix == matrix.T) | (np.isnan(matrix) & np.isnan(matrix.T))))[0]
            raise ValueError(
                f"`matrix` must be symmetric, got {matrix[i, j]} at ({i}, {j}) and "
                f"{matrix[j, i]} at ({j}, {i}); use `numpy.fmin(matrix, matrix.T)`"
            )
        present = ~(np.isnan(matrix) | np.isposinf(matrix))
        edges = np.argwhere(np.triu(present, 1))
        return cls(np.diag(matrix).copy(), edges, matrix[edges[:, 0], edges[:, 1]])

    @classmethod
    def from_sparse(cls, matrix: Any) -> "LandscapeGraph":
        """Return the graph of a scipy sparse matrix: births on the diagonal, barriers off it.

        Every explicit entry counts, a stored zero too; what is not stored is no edge. Entries
        (i, j) and (j, i) are the same edge, the lower one decides.

        Parameters
        ----------
        matrix : scipy sparse matrix or array, shape (n, n)
            The diagonal must be stored explicitly.

        Raises
        ------
        ValueError
            If the matrix is not square or lacks a diagonal entry, or is no filtration.

        Examples
        --------
        >>> import scipy.sparse, morseloss as ml
        >>> entries = ([0.0, 0.0, 1.0], ([0, 1, 0], [0, 1, 1]))
        >>> ml.LandscapeGraph.from_sparse(scipy.sparse.coo_array(entries))
        LandscapeGraph(2 minima, 1 edge)
        """
        entries = matrix.tocoo()
        row, column, data = entries.row, entries.col, np.asarray(entries.data, dtype=np.float64)
        if entries.shape[0] != entries.shape[1]:
            raise ValueError(f"`matrix` must be square, got shape {entries.shape}")
        on = row == column
        values = np.full(entries.shape[0], np.nan)
        np.fmin.at(values, row[on], data[on])
        missing = np.flatnonzero(np.isnan(values))
        if len(missing):
            raise ValueError(
                f"the diagonal of `matrix` must store the value of every minimum, rows "
                f"{missing[:5].tolist()} have none (or nan); store zeros explicitly"
            )
        edges = np.stack([row[~on], column[~on]], axis=1).astype(np.int64)
        return cls(values, *_lowest_parallel(edges, data[~on]))

    @classmethod
    def from_networkx(cls, graph: "networkx.Graph") -> "LandscapeGraph":
        """Return the graph of a networkx one.

        Parameters
        ----------
        graph : networkx.Graph or MultiGraph
            Node attribute `value`, optionally `point`; edge attribute `weight`, optionally
            `peak`, `exact`, `path`. Of parallel edges of a multigraph the lowest stays. Nodes
            become rows in the graph's own order.

        Raises
        ------
        ValueError
            If a node has no `value` or an edge has no `weight`.

        Examples
        --------
        >>> import networkx as nx, morseloss as ml
        >>> g = nx.Graph()
        >>> g.add_node("a", value=0.0); g.add_node("b", value=1.0)
        >>> g.add_edge("a", "b", weight=3.0)
        >>> ml.barcode(g)
        Diagram(2 bars: 2 of degree 0, 1 essential)
        """
        rows = {node: row for row, node in enumerate(graph.nodes)}
        values = [attribute(data, "value", f"node {node!r}") for node, data in graph.nodes.data()]
        lowest: dict[tuple[int, int], dict] = {}
        for u, v, data in graph.edges(data=True):
            weight = attribute(data, "weight", f"edge ({u!r}, {v!r})")
            key = (min(rows[u], rows[v]), max(rows[u], rows[v]))
            if key not in lowest or weight < lowest[key]["weight"]:
                path = data.get("path")
                if path is not None and (rows[u], rows[v]) != key:
                    path = path[::-1]
                lowest[key] = {**data, "weight": weight, "path": path}
        chosen = list(lowest.values())
        edges = np.array(list(lowest), dtype=np.int64).reshape(-1, 2)
        return cls(
            np.array(values, dtype=np.float64),
            edges,
            np.array([data["weight"] for data in chosen], dtype=np.float64),
            points=gathered([data for _, data in graph.nodes.data()], "point"),
            peaks=gathered(chosen, "peak"),
            exact=gathered(chosen, "exact"),
            paths=gathered_paths(chosen),
        )

    def to_networkx(self) -> "networkx.Graph":
        """Return a `networkx.Graph`, or a `MultiGraph` where there are parallel edges.

        Nodes are the rows, with `value` and, where known, `point`; edges carry `weight` and,
        where known, `peak`, `exact` and `path`.
        """
        import networkx

        pairs = {tuple(sorted(edge)) for edge in self.edges.tolist()}
        parallel = len(pairs) < len(self.edges)
        graph = networkx.MultiGraph() if parallel else networkx.Graph()
        for row, value in enumerate(self.values.tolist()):
            place = {} if self.points is None else {"point": self.points[row].tolist()}
            graph.add_node(row, value=value, **place)
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
                data["path"] = (path if parallel or u <= v else path[::-1]).tolist()
            graph.add_edge(u, v, **data)
        return graph


def as_graph(source: Any) -> LandscapeGraph:
    """Return a `LandscapeGraph` of whatever form a weighted graph comes in.

    Parameters
    ----------
    source : LandscapeGraph, Filtration, networkx graph, scipy sparse, ndarray, or tuple
        A tuple is `(values, edges, weights)`; matrices hold births on the diagonal.

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
    if isinstance(source, LandscapeGraph):
        return source
    if isinstance(source, Filtration):
        return LandscapeGraph(source.values, source.edges, source.weights)
    if isinstance(source, tuple) and len(source) == 3:
        values, edges, weights = source
        return LandscapeGraph(values, edges, weights)
    if isinstance(source, np.ndarray):
        return LandscapeGraph.from_dense(source)
    other: Any = source
    if hasattr(other, "nodes") and hasattr(other, "edges"):
        return LandscapeGraph.from_networkx(other)
    if hasattr(other, "tocoo"):
        return LandscapeGraph.from_sparse(other)
    raise ValueError(
        "expected a LandscapeGraph, a networkx graph, a scipy sparse or dense matrix with births "
        f"on the diagonal, or a tuple (values, edges, weights); got {type(source).__name__}"
    )


def many(count: int, one: str, more: str | None = None) -> str:
    """Return a count with its noun, in the plural where it is not 1."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def positions(rows: Any, count: int, name: str) -> Float[np.ndarray, "rows dim"]:
    """Return an array of points, one a row.

    Raises
    ------
    ValueError
        If it has another shape, or a point is not finite.
    """
    matrix = np.asarray(rows, dtype=np.float64)
    if matrix.ndim != 2 or len(matrix) != count:
        raise ValueError(f"`{name}` must have shape ({count}, dim), got {matrix.shape}")
    wrong = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if len(wrong):
        raise ValueError(f"`{name}` must be finite, got {matrix[wrong[0]]} in row {wrong[0]}")
    return matrix


def attribute(data: dict, name: str, owner: str, read: Callable[[Any], Any] = float) -> Any:
    """Return a number that belongs to a node or an edge.

    Raises
    ------
    ValueError
        If it is missing, or `read` finds no number in it.
    """
    if name not in data:
        raise ValueError(f"{owner} has no attribute `{name}`, got {sorted(data)}; set it")
    try:
        return read(data[name])
    except (TypeError, ValueError):
        kind = "a number" if read is float else "an integer"
        raise ValueError(f"`{name}` of {owner} must be {kind}, got {data[name]!r}") from None


def gathered(entries: list[dict], name: str) -> Any:
    """Return one attribute of all nodes or edges as an array, None unless all have it."""
    if not entries or any(entry.get(name) is None for entry in entries):
        return None
    return np.array([entry[name] for entry in entries])


def gathered_paths(entries: list[dict]) -> Any:
    """Return the paths of all edges, None unless all have one."""
    if not entries or any(entry.get("path") is None for entry in entries):
        return None
    return tuple(np.array(entry["path"], dtype=np.float64) for entry in entries)


def _lowest_parallel(
    edges: Int[np.ndarray, "m 2"], weights: Float[np.ndarray, " m"]
) -> tuple[Int[np.ndarray, "k 2"], Float[np.ndarray, " k"]]:
    """Of edges with the same ends, in either order, keep the lowest."""
    ends = np.sort(edges, axis=1)
    order = np.lexsort((weights, ends[:, 1], ends[:, 0]))
    ends, weights = ends[order], weights[order]
    first = np.ones(len(ends), dtype=bool)
    first[1:] = (ends[1:] != ends[:-1]).any(axis=1)
    return ends[first], weights[first]
