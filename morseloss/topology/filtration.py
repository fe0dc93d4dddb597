"""A graph filtered by sublevels: what degree-0 persistence is computed from.

Vertex `i` enters at `values[i]` and edge `e` at `weights[e]`, never below its two ends. Everything
is checked once, here, so that the algorithms above need no checks. What the check of a large graph
finds on its way, the exit of each minimum, the elder rule starts from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.door import integers, owned, reals, rebuilt, sealed
from morseloss.topology.forest.blocks import forest_of_blocks
from morseloss.topology.forest.components import Edges
from morseloss.topology.forest.exits import Exits, find_exits, is_sparse
from morseloss.topology.forest.faults import check_edges
from morseloss.topology.forest.team import Team

__all__ = ["Filtration", "columns", "minima_values"]


@dataclass(frozen=True, eq=False)
class Filtration:
    """Hold a graph of minima, filtered by sublevels, as three read-only arrays.

    Parallel edges and self-loops are natural (only the lowest of parallel edges can matter, a
    self-loop never does), so are negative values, zeros and a graph in several pieces. What it
    holds is its own: an array of the caller's is copied, unless it is read-only
    (`array.setflags(write=False)` hands a large one over).

    Parameters
    ----------
    values : ndarray, shape (n,), float64
        Values of the minima; vertex `i` enters the filtration at `values[i]`. At least one.
    edges : ndarray, shape (m, 2), int64 or int32
        Rows of the two minima which each edge joins; `m` may be 0.
    weights : ndarray, shape (m,), float64
        Barriers: edge `e` enters at `weights[e]`, at or above the values of both its ends.

    Raises
    ------
    ValueError
        If a shape or dtype is wrong, a number is not finite, an edge names an unknown vertex or
        lies below one of its ends; the message names the first such row.

    Examples
    --------
    >>> Filtration(values=[0.0, 1.0], edges=[[0, 1]], weights=[3.0])
    Filtration(2 minima, 1 edge)
    """

    values: Float[np.ndarray, " n"]
    edges: Int[np.ndarray, "m 2"]
    weights: Float[np.ndarray, " m"]

    def __post_init__(self):
        values = minima_values(self.values)
        weights = reals("weights", self.weights)
        edges = _rows(self.edges)
        if len(edges) != len(weights):
            raise ValueError(
                "`weights` must have one entry per row of `edges`, "
                f"got {len(weights)} for {len(edges)} edges"
            )
        self._check_edges(values, edges, weights)
        for name, array in (("values", values), ("edges", edges), ("weights", weights)):
            object.__setattr__(self, name, owned(array))

    __reduce__ = rebuilt

    @cached_property
    def exits(self) -> Exits:
        """The lightest edge at each minimum, which the check of a large sparse graph finds."""
        with Team(len(self.weights)) as team:
            return find_exits(columns(self.edges, self.weights).pieces(), self.values, team)[0]

    @classmethod
    def from_blocks(cls, values: Float[np.ndarray, " n"], blocks: Iterable[Any]) -> "Filtration":
        """Return the graph of those edges alone that its barcode needs: a spanning forest.

        The edges may be more than memory holds: of all blocks at most one edge a minimum is kept,
        in the order in which they came. So workers may each read a part of the blocks and hand over
        their forests, which are blocks themselves.

        Parameters
        ----------
        values : ndarray, shape (n,)
            Values of the minima.
        blocks : iterable of (heads, tails, weights)
            Three arrays of one length each, from memory-mapped files, a table or a generator.

        Raises
        ------
        ValueError
            If there is no block, or one holds no edges of a filtration; the message names it, the
            first being block 0.

        Examples
        --------
        >>> blocks = [([0, 1], [1, 2], [3.0, 5.0]), ([0], [2], [4.0])]
        >>> forest = Filtration.from_blocks([0.0, 1.0, 2.0], blocks)
        >>> forest.edges.tolist(), forest.weights
        ([[0, 1], [0, 2]], array([3., 4.]))
        """
        values = minima_values(values)
        heads, tails, weights, _ = forest_of_blocks(values, blocks).edges
        return cls(values, sealed(np.stack([heads, tails], axis=1)), sealed(weights))

    def _check_edges(self, values, edges, weights):
        """Pass edges that are edges of a filtration; the exits tell of all of them at once."""
        if is_sparse(len(values), len(weights)):
            with Team(len(weights)) as team:
                exits, sound = find_exits(columns(edges, weights).pieces(), values, team)
            if sound:
                self.__dict__["exits"] = exits
                return
        check_edges(columns(edges, weights), values)

    def __len__(self):
        return len(self.values)

    def __repr__(self):
        n, m = len(self.values), len(self.weights)
        return f"Filtration({n} minim{'um' if n == 1 else 'a'}, {m} edge{'' if m == 1 else 's'})"


def minima_values(given: Any) -> Float[np.ndarray, " n"]:
    """Return the values of minima: at least one, and finite.

    Raises
    ------
    ValueError
        If they are not.

    Examples
    --------
    >>> minima_values([1, 0])
    array([1., 0.])
    """
    values = reals("values", given)
    if len(values) == 0:
        raise ValueError("`values` must hold at least one minimum, got none; add the minima first")
    infinite = np.flatnonzero(~np.isfinite(values))
    if len(infinite):
        row = infinite[0]
        raise ValueError(
            f"`values` must be finite, got {values[row]} in row {row}; drop that minimum"
        )
    return values


def columns(edges: Int[np.ndarray, "m 2"], weights: Float[np.ndarray, " m"]) -> Edges:
    """Return edges as columns, called by their rows.

    Examples
    --------
    >>> columns(np.array([[0, 1], [2, 3]]), np.array([4.0, 5.0])).tails
    array([1, 3])
    """
    heads, tails = edges.T
    return Edges(heads, tails, weights, range(len(weights)))


def _rows(edges):
    """Return an integer array of shape (m, 2)."""
    edges = integers("edges", edges, axes=2)
    if edges.size == 0 and edges.shape in [(0,), (0, 2)]:
        return edges.reshape(0, 2)
    if edges.shape[1] != 2:
        raise ValueError(
            f"`edges` must have shape (m, 2), one pair of rows per edge, got {edges.shape}"
        )
    return edges
