"""`MorseComplex`: critical points of every index, and the gradient flow lines between them.

The one idea: a flow line leads from a critical point down to one of the next lower index; counted
with signs, the lines are a boundary whose square is zero, and the barcode in every degree can be
read off it. It is to all degrees what `LandscapeGraph` is to degree 0, and made of arrays alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from morseloss.complexes.critical_columns import check_count_of_lines, check_fits, critical_columns
from morseloss.complexes.flow_lines import FlowLines, matrix_of
from morseloss.graphs.attributes import (
    integer_column,
    paths_column,
    points_column,
    real_column,
)
from morseloss.graphs.graph import LandscapeGraph, check_networkx, many
from morseloss.graphs.places import positions
from morseloss.kinds import check_kind
from morseloss.tables import sketch
from morseloss.tables.contents import hash_of, same
from morseloss.tables.table import Table, frame_of, html_of, rows_of
from morseloss.topology.canonical import CanonicalForm, canonical_form
from morseloss.topology.chain_complex import ChainComplex
from morseloss.topology.diagram import Diagram
from morseloss.topology.door import rebuilt, shown

if TYPE_CHECKING:
    import networkx
    from scipy import sparse

__all__ = ["FlowLines", "MorseComplex"]

MADE = "make `FlowLines(sources, targets, signs)`"


@dataclass(frozen=True, eq=False)
class MorseComplex:
    """Hold the critical points of a landscape, and the boundary that its flow lines make of them.

    To loop over a complex is to loop over its critical points, named tuples of the columns of its
    table; `to_frame()` is this table in pandas. Two complexes are equal where all their parts are.

    Parameters
    ----------
    values : ndarray, shape (n,), float64
        Value of each critical point.
    indices : ndarray, shape (n,), int64
        Morse index of each: 0 for a minimum.
    boundary : scipy.sparse.csc_array, shape (n, n), int64
        Entry `[q, p]` is the number of flow lines from `p` down to `q`, counted with signs; a dense
        matrix and any other sparse one are converted.
    points : ndarray, shape (n, dim), optional
        Positions of the critical points.
    lines : FlowLines, optional
        The flow lines; two of opposite signs may cancel in the boundary.

    Raises
    ------
    ValueError
        If a shape or dtype is wrong, a value is not finite, a flow line does not lead down, or not
        to the next lower index, the boundary is not the count of the lines, or the boundary of a
        boundary is not zero, so that a line is missing or has a wrong sign; the message names the
        first such critical point or line. A critical point is a *cell* there, its index a *degree*.

    References
    ----------
    Barannikov et al., Loss barcode, Appendix A.

    Examples
    --------
    A double well: the saddle at height 1 ends the life of the higher well.

    >>> lines = FlowLines(sources=[2, 2], targets=[0, 1], signs=[-1, 1])
    >>> wells = MorseComplex.from_lines(values=[0.0, 0.5, 1.0], indices=[0, 0, 1], lines=lines)
    >>> wells
    MorseComplex(3 critical points: 2 minima, 1 of index 1; 2 flow lines)
    >>> wells.diagram().deaths
    array([inf,  1.])
    """

    values: Float[np.ndarray, " n"]
    indices: Int[np.ndarray, " n"]
    boundary: "sparse.csc_array"
    points: Float[np.ndarray, "n dim"] | None = None
    lines: FlowLines | None = None

    def __post_init__(self) -> None:
        values, indices = critical_columns(self.values, self.indices)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "indices", indices)
        object.__setattr__(self, "boundary", self.chain_complex.boundary)
        if self.lines is not None:
            check_kind("lines", self.lines, FlowLines, MADE)
            check_count_of_lines(self.boundary, self.lines.boundary(values, indices))
        if self.points is not None:
            points = positions(self.points, len(self), "points")
            check_fits(indices, points)
            object.__setattr__(self, "points", points)

    __reduce__ = rebuilt
    __eq__, __hash__ = same, hash_of
    __iter__, to_frame, _repr_html_ = rows_of, frame_of, html_of

    @cached_property
    def chain_complex(self) -> ChainComplex:
        """The complex without geometry: what the barcode is computed from."""
        return ChainComplex(self.values, self.indices, self.boundary)

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        indices, counts = np.unique(self.indices, return_counts=True)
        kinds = [
            f"{count} of index {k}" if k else many(count, "minimum", "minima")
            for k, count in zip(indices.tolist(), counts.tolist(), strict=True)
        ]
        points = f"{many(len(self), 'critical point')}{': ' if kinds else ''}{', '.join(kinds)}"
        lines = "" if self.lines is None else f"; {many(len(self.lines), 'flow line')}"
        return f"MorseComplex({points}{lines})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise TypeError(
            "a Morse complex is no single array; take its `values`, `indices` or `points`, "
            "`matrix(k)` for a boundary, or `to_frame()`"
        )

    def table(self) -> Table:
        """Return the critical points as a table: `to_frame` and notebooks show it."""
        places = {} if self.points is None else {"x": self.points}
        columns = places | {"value": self.values, "index": self.indices}
        arrows = [(source, target) for source, target, _ in self._arrows()]
        picture = sketch.of_levels(self.values, self.indices, arrows)
        return Table(repr(self), columns, "CriticalPoint", picture)

    @classmethod
    def from_lines(
        cls,
        values: Float[np.ndarray, " n"],
        indices: Int[np.ndarray, " n"],
        lines: FlowLines,
        points: Float[np.ndarray, "n dim"] | None = None,
    ) -> "MorseComplex":
        """Return the complex whose boundary counts these flow lines.

        Parameters
        ----------
        values, indices : ndarray, shape (n,)
            Value and Morse index of each critical point.
        lines : FlowLines
            All flow lines between critical points whose indices differ by one.
        points : ndarray, shape (n, dim), optional
            Positions of the critical points.

        Raises
        ------
        ValueError
            If a line does not lead down to the next lower index, or the lines make no complex.
        """
        check_kind("lines", lines, FlowLines, MADE)
        values, indices = critical_columns(values, indices)
        return cls(values, indices, lines.boundary(values, indices), points, lines)

    @classmethod
    def from_matrices(
        cls,
        values: Sequence[Float[np.ndarray, " _"]],
        matrices: Sequence[Any],
        points: Float[np.ndarray, "n dim"] | None = None,
    ) -> "MorseComplex":
        """Return the complex of one boundary matrix an index; points are numbered index by index.

        Parameters
        ----------
        values : sequence of ndarray, the entry `k` of shape (m_k,)
            Values of the critical points of index 0, 1, ..., d.
        matrices : sequence of d integer matrices, dense or sparse
            The boundaries of index 1, ..., d; that of index `k` has shape (m_{k-1}, m_k).
        points : ndarray, shape (m_0 + ... + m_d, dim), optional
            Positions of the critical points, those of index 0 first.

        Raises
        ------
        ValueError
            If a matrix is missing or has the wrong shape, or they make no complex.

        Examples
        --------
        >>> MorseComplex.from_matrices([[0.0, 0.5], [1.0]], [[[-1], [1]]])
        MorseComplex(3 critical points: 2 minima, 1 of index 1)
        """
        complex = ChainComplex.from_matrices(values, matrices)
        return cls(complex.values, complex.degrees, complex.boundary, points)

    @classmethod
    def from_networkx(cls, graph: "networkx.DiGraph") -> "MorseComplex":
        """Return the complex of a directed flow graph of networkx.

        Parameters
        ----------
        graph : networkx.DiGraph or MultiDiGraph
            Node attributes `value` and `index`, optionally `point`. Edges lead down; they are flow
            lines with the attribute `sign`, optionally `path`, or entries of the boundary with the
            attribute `incidence`. Nodes become rows in the graph's own order.

        Raises
        ------
        ValueError
            If the graph is not directed, an attribute is missing or no number, or the graph is no
            complex.
        """
        check_networkx(graph)
        if not graph.is_directed():
            raise ValueError(
                "a flow graph must be directed, from each critical point down, got a "
                f"{type(graph).__name__}; use `networkx.MultiDiGraph`"
            )
        rows = {node: row for row, node in enumerate(graph.nodes)}
        nodes = [(data, f"node {shown(node)}") for node, data in graph.nodes.data()]
        edges = [(data, f"edge ({shown(u)}, {shown(v)})") for u, v, data in graph.edges(data=True)]
        values, indices = real_column(nodes, "value"), integer_column(nodes, "index")
        points = points_column(nodes, "point")
        sources = np.array([rows[u] for u, _ in graph.edges()], np.int64)
        targets = np.array([rows[v] for _, v in graph.edges()], np.int64)
        if any("sign" in data for data, _ in edges):
            signs = integer_column(edges, "sign")
            lines = FlowLines(sources, targets, signs, paths_column(edges, "path"))
            return cls.from_lines(values, indices, lines, points)
        incidences = integer_column(edges, "incidence")
        return cls(values, indices, matrix_of(incidences, targets, sources, len(rows)), points)

    def to_networkx(self) -> "networkx.MultiDiGraph":
        """Return the flow graph: one edge a flow line, from its source down to its target.

        Nodes are the rows, with `value`, `index` and, where known, `point`; edges carry `sign` and,
        where known, `path`. Without lines there is one edge for each entry of the boundary, which
        carries it as `incidence`.
        """
        import networkx

        graph = networkx.MultiDiGraph()
        for row, value in enumerate(self.values.tolist()):
            place = {} if self.points is None else {"point": self.points[row].tolist()}
            graph.add_node(row, value=value, index=int(self.indices[row]), **place)
        for row, (source, target, count) in enumerate(self._arrows()):
            data: dict[str, Any] = {"incidence" if self.lines is None else "sign": count}
            if self.lines is not None and self.lines.paths is not None:
                data["path"] = self.lines.paths[row].tolist()
            graph.add_edge(source, target, **data)
        return graph

    def of_index(self, index: int) -> Int[np.ndarray, " m"]:
        """Return the rows of the critical points of one index.

        Parameters
        ----------
        index : int
            The Morse index to look for.
        """
        return self.chain_complex.of_degree(index)

    def matrix(self, index: int) -> Int[np.ndarray, "_ _"]:
        """Return the boundary of one index as a dense matrix.

        Parameters
        ----------
        index : int
            Index `k` of the critical points whose boundary is wanted.

        Returns
        -------
        ndarray, shape (m_{k-1}, m_k), int64
            Rows are the points of index `k - 1`, columns those of index `k`, as `of_index` lists
            them.
        """
        return self.chain_complex.matrix(index)

    def canonical_form(self, characteristic: int = 0) -> CanonicalForm:
        """Return Barannikov's canonical form over a field: pairs, and the basis behind them.

        Parameters
        ----------
        characteristic : int
            0 for the rationals, 2 to leave signs out, any other prime `p` for Z/p.

        Examples
        --------
        >>> wells = MorseComplex.from_matrices([[0.0, 0.5], [1.0]], [[[-1], [1]]])
        >>> wells.canonical_form().pairs
        array([[1, 2]])
        """
        return canonical_form(self.chain_complex, characteristic=characteristic)

    def diagram(self, characteristic: int = 0) -> Diagram:
        """Return the bars of every degree; their cells are rows of critical points.

        Parameters
        ----------
        characteristic : int
            0 for the rationals, 2 to leave signs out, any other prime `p` for Z/p.

        Examples
        --------
        >>> wells = MorseComplex.from_matrices([[0.0, 0.5], [1.0]], [[[-1], [1]]])
        >>> wells.diagram()
        Diagram(2 bars: 2 of degree 0, 1 essential)
        """
        return self.canonical_form(characteristic).diagram()

    def graph(self) -> LandscapeGraph:
        """Return the graph of the minima, with an edge over each critical point of index 1.

        An edge joins the ends of the two flow lines of its critical point, which is its peak and
        gives it its exact weight; it is a loop where both end at one minimum. Where fewer than two
        are known there is no edge: so too, if the complex has no `lines`, where the two cancel.

        Raises
        ------
        ValueError
            If more than two flow lines leave a critical point of index 1.

        Examples
        --------
        >>> MorseComplex.from_matrices([[0.0, 0.5], [1.0]], [[[-1], [1]]]).graph()
        LandscapeGraph(2 minima, 1 edge)
        """
        minima, arrows = self.of_index(0), np.array(self._arrows(), np.int64).reshape(-1, 3)
        leaving = {saddle: np.flatnonzero(arrows[:, 0] == saddle) for saddle in self.of_index(1)}
        for saddle, branches in leaving.items():
            if len(branches) > 2:
                raise ValueError(
                    f"an edge has two ends, got {len(branches)} ways down from the critical point "
                    f"{saddle} of index 1, to {arrows[branches, 1].tolist()}; merge equal lines"
                )
        saddles = np.array([p for p, branches in leaving.items() if len(branches) == 2], np.int64)
        branches = np.array([leaving[saddle] for saddle in saddles], np.int64).reshape(-1, 2)
        paths = None if self.lines is None else self.lines.paths
        return LandscapeGraph(
            self.values[minima],
            np.searchsorted(minima, arrows[branches, 1]),
            self.values[saddles],
            points=None if self.points is None else self.points[minima],
            peaks=None if self.points is None else self.points[saddles],
            exact=np.ones(len(saddles), bool),
            paths=paths and tuple(_joined(paths[a], paths[b]) for a, b in branches),
        )

    def _arrows(self) -> list[tuple[int, int, int]]:
        """Return source, target and sign of each line, or each entry of the boundary instead."""
        if self.lines is not None:
            columns = self.lines.sources, self.lines.targets, self.lines.signs
        else:
            entries = self.boundary.tocoo()
            columns = entries.col, entries.row, entries.data
        return list(zip(*(column.tolist() for column in columns), strict=True))


def _joined(one, other):
    """Return the path up the one line and down the other, through the common source once."""
    return np.concatenate([one[::-1], other[int(np.array_equal(one[:1], other[:1])) :]])
