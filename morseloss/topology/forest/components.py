"""`unite`: components that grow together edge by edge, each known by its lowest minimum.

The one idea: the lowest minimum of a component is also its root in the union-find forest, so where
two components meet, one comparison of their roots tells which of them dies.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.forest.kernels import run
from morseloss.topology.forest.order import narrow, total_order
from morseloss.topology.forest.team import stretches

__all__ = ["Edges", "unite"]


class Edges(NamedTuple):
    """Edges between minima, a column for each thing to know about them.

    Attributes
    ----------
    heads, tails : ndarray, shape (m,)
        Rows of the minima at both ends.
    weights : ndarray, shape (m,)
        Values at which the edges enter. Among equal weights the earlier edge comes first.
    names : ndarray, shape (m,), or range
        Numbers by which to call the edges.
    """

    heads: Int[np.ndarray, " m"]
    tails: Int[np.ndarray, " m"]
    weights: Float[np.ndarray, " m"]
    names: Int[np.ndarray, " m"] | range

    def stretch(self, low: int, high: int) -> "Edges":
        """Return the edges from one row up to another."""
        rows = slice(low, high)
        return Edges(self.heads[rows], self.tails[rows], self.weights[rows], self.names[rows])

    def named(self) -> "Edges":
        """Return the edges with the numbers of a range written out."""
        if not isinstance(self.names, range):
            return self
        names = np.arange(self.names.start, self.names.stop, dtype=narrow(self.names.stop))
        return self._replace(names=names)

    def pieces(self) -> list["Edges"]:
        """Return stretches of the edges, to be worked on one at a time."""
        return [self.stretch(*rows) for rows in stretches(len(self.weights))]


def unite(
    edges: Edges, values: Float[np.ndarray, " n"], call: Callable[..., Any] = run
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """Let edges join components in increasing order: union-find with the elder rule.

    Parameters
    ----------
    edges : Edges
        In any order.
    values : ndarray, shape (n,)
        Values of the minima.
    call : callable
        How to call the loop.

    Returns
    -------
    killers : ndarray, shape (n,)
        Name of the edge at which the component of each minimum dies, -1 if it does not.
    elders : ndarray, shape (n,)
        Lowest minimum of the component which it joins there, -1 if it joins none.

    Examples
    --------
    >>> edges = Edges(np.array([0]), np.array([1]), np.array([3.0]), np.array([7]))
    >>> unite(edges, np.array([0.0, 1.0]))
    (array([-1,  7]), array([-1,  0]))
    """
    n, names = len(values), edges.names
    kind = narrow(names.stop) if isinstance(names, range) else names.dtype
    root = np.arange(n, dtype=narrow(n))
    killers, elders = np.full(n, -1, kind), np.full(n, -1, narrow(n))
    order = total_order(edges.weights)
    for rows in stretches(len(order)):
        here = order[slice(*rows)]
        called = here.astype(kind) + names.start if isinstance(names, range) else names[here]
        ends = edges.heads[here], edges.tails[here]
        joined = call(_join, *ends, called, values, root, killers, elders)
        root, killers, elders = map(np.asarray, joined)
    return killers, elders


def _join(heads, tails, names, values, root, killers, elders):
    """Unite the components at the ends of each edge in turn; the elder minimum stays the root."""
    for i in range(len(names)):
        a = heads[i]
        b = tails[i]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        if a != b:
            if values[b] < values[a] or (values[b] == values[a] and b < a):
                a, b = b, a
            root[b] = a
            killers[b] = names[i]
            elders[b] = a
    return root, killers, elders
