"""Degree-0 persistence: when two components meet, the younger one dies (the elder rule).

A component is known by its lowest minimum, which is also its root in the union-find forest. On a
large graph nearly all of the time would go into sorting edges that kill nothing. So two facts about
the rule, one behind `_settle` and one behind `_thin_out`, first leave few edges to sort.
"""

from math import isqrt

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.diagram import Diagram
from morseloss.topology.filtration import Filtration, total_order
from morseloss.topology.kernels import SMALL, compiled, run

__all__ = ["elder_rule", "find_killers", "to_diagram", "unite"]

_DENSE = 12  # edges per component from which thinning out pays more than settling


def elder_rule(filtration: Filtration) -> Diagram:
    """Return the barcode of a filtered graph, by union-find with the elder rule.

    Edges are taken in increasing order; where one joins two components, the one whose lowest
    minimum is higher ends there. Ties are decided by one total order, `(value, row)` for minima and
    `(weight, row)` for edges: the earlier row is the elder.

    Parameters
    ----------
    filtration : Filtration
        The graph of minima.

    Returns
    -------
    Diagram
        One bar per minimum, of length zero too; the death cell is the edge that ends it. The lowest
        minimum of each piece of the graph has an essential bar.

    References
    ----------
    Barannikov et al., Loss barcode, Definitions 1 and 2.

    Examples
    --------
    Minimum 2 gets down to 0 over minimum 1 at height 4, lower than by the direct edge:

    >>> filtration = Filtration(
    ...     values=[0.0, 2.0, 1.0], edges=[[0, 1], [1, 2], [0, 2]], weights=[3.0, 4.0, 9.0]
    ... )
    >>> bars = elder_rule(filtration)
    >>> bars.deaths, bars.death_cells
    (array([inf,  4.,  3.]), array([-1,  1,  0]))
    """
    minima = total_order(filtration.values)
    return to_diagram(filtration, find_killers(filtration, minima), minima)


def find_killers(filtration: Filtration, minima: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Return the row of the edge that ends the bar of each minimum, -1 if none does.

    Parameters
    ----------
    filtration : Filtration
        The graph of minima.
    minima : ndarray, shape (n,)
        Rows of the minima in their total order, the eldest first.

    Examples
    --------
    >>> filtration = Filtration(values=[0.0, 1.0], edges=[[0, 1]], weights=[3.0])
    >>> find_killers(filtration, np.array([0, 1]))
    array([-1,  0])
    """
    n, m = len(filtration), len(filtration.weights)
    edges = *filtration.edges.T, filtration.weights, np.arange(m, dtype=_narrow(m))
    killers = np.full(n, -1)
    if m > SMALL:
        edges = _reduce(edges, filtration.values, minima, killers)
    late_killers, _ = unite(edges, filtration.values)
    return np.maximum(killers, late_killers)


def to_diagram(
    filtration: Filtration, killers: Int[np.ndarray, " n"], minima: Int[np.ndarray, " n"]
) -> Diagram:
    """Return the bars of all minima, each of which ends at a given edge.

    Parameters
    ----------
    filtration : Filtration
        The graph of minima.
    killers : ndarray, shape (n,)
        Row of the edge at which the bar of each minimum ends, -1 for an essential bar.
    minima : ndarray, shape (n,)
        Rows of the minima in their total order.

    Examples
    --------
    >>> filtration = Filtration(values=[0.0, 1.0], edges=[[0, 1]], weights=[3.0])
    >>> to_diagram(filtration, np.array([-1, 0]), np.array([0, 1])).deaths
    array([inf,  3.])
    """
    edges = killers[minima]
    deaths = np.full(len(minima), np.inf)
    ends = np.flatnonzero(edges >= 0)
    deaths[ends] = filtration.weights[edges[ends]]
    births = filtration.values[minima]
    return Diagram(births=births, deaths=deaths, birth_cells=minima, death_cells=edges)


def unite(
    edges: tuple[np.ndarray, ...], values: Float[np.ndarray, " n"]
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """Let edges join components in increasing order: union-find with the elder rule.

    Parameters
    ----------
    edges : tuple of four ndarrays, each of shape (m,)
        Heads, tails, weights, and the numbers by which to call the edges. Among equal weights the
        earlier edge comes first.
    values : ndarray, shape (n,)
        Values of the minima.

    Returns
    -------
    killers : ndarray, shape (n,)
        Number of the edge at which the component of each minimum dies, -1 if it does not.
    elders : ndarray, shape (n,)
        Lowest minimum of the component which it joins there, -1 if it joins none.

    Examples
    --------
    >>> edges = np.array([0]), np.array([1]), np.array([3.0]), np.array([7])
    >>> unite(edges, np.array([0.0, 1.0]))
    (array([-1,  7]), array([-1,  0]))
    """
    heads, tails, weights, names = edges
    order, n = total_order(weights), len(values)
    root = np.arange(n, dtype=_narrow(n))
    killers, elders = np.full((2, n), -1)
    merged = run(_join, heads[order], tails[order], names[order], values, root, killers, elders)
    killers, elders = merged
    return np.asarray(killers), np.asarray(elders)


def _reduce(edges, values, minima, killers):
    """Return fewer edges which, with the bars that are closed on the way, have the same barcode."""
    n, m = len(values), len(edges[3])
    root = np.arange(n, dtype=_narrow(n))
    # settled edges move to the front of these; one more, for an edge written before it is dropped
    room = tuple(np.empty(m + 1, t) for t in (root.dtype, root.dtype, float, edges[3].dtype))
    alive = n
    for _ in range(2):
        if len(edges[3]) <= _DENSE * alive:
            exits = np.full(n, -1, edges[3].dtype)
            compiled(_find_exits)(*edges[:3], np.full(n, np.inf), exits)
            alive -= compiled(_settle)(*edges, values, exits, root, killers)
            edges = compiled(_move_ends)(*edges, root, *room)
    if len(edges[3]) > _DENSE * alive:
        level = _levels(_sample(edges[:3], alive), values, minima)
        kept = compiled(_thin_out)(*edges[:3], level, np.empty(len(edges[3]) + 1, root.dtype))
        edges = tuple(column[kept] for column in edges)
    return edges


def _sample(edges, alive):
    """Draw `sqrt(m n)` of `m` edges between `n` components, one at random from each stretch.

    Of all edges about as many will not be thinned out by them. The seed is fixed; what is drawn
    decides on the time alone.
    """
    m = len(edges[2])
    stretch = isqrt(m // alive)
    starts = np.arange(0, m - stretch + 1, stretch)
    rows = starts + np.random.default_rng(0).integers(0, stretch, len(starts))
    return tuple(column[rows] for column in edges)


def _levels(sample, values, minima):
    """Return how high one must climb over these edges to the lowest minimum of the largest piece.

    It is infinite where there is no way.
    """
    weights = sample[2]
    killers, elders = unite((*sample, np.arange(len(weights))), values)
    level = np.where(killers >= 0, weights[killers], -np.inf)
    level, piece = compiled(_climb)(elders, minima, level, np.arange(len(values)))
    level[piece != np.bincount(piece).argmax()] = np.inf
    return level


def _narrow(count):
    """Return the narrowest integer type that counts so far, for less memory traffic."""
    return np.int32 if count < 2**31 else np.int64


def _join(heads, tails, rows, values, root, killers, elders):
    """Unite the components at the ends of each edge in turn; the elder minimum stays the root."""
    for i in range(len(rows)):
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
            killers[b] = rows[i]
            elders[b] = a
    return killers, elders


def _find_exits(heads, tails, weights, lightest, exits):
    """Find the lightest edge of each component, the earlier one among equals."""
    for i in range(len(weights)):
        a = heads[i]
        b = tails[i]
        w = weights[i]
        if w < lightest[a]:
            lightest[a] = w
            exits[a] = i
        if w < lightest[b]:
            lightest[b] = w
            exits[b] = i


def _settle(heads, tails, weights, rows, values, exits, root, killers):
    """End the bar of each component whose lightest edge leads to an elder one: there it dies.

    Before that edge it meets nobody, and after it its other edges are as good as the elder's own.
    """
    settled = 0
    for b in range(len(exits)):
        i = exits[b]
        if i >= 0:
            a = heads[i] + tails[i] - b
            if values[a] < values[b] or (values[a] == values[b] and a < b):
                root[b] = a
                killers[b] = rows[i]
                settled += 1
    for b in range(len(root)):
        a = root[b]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        root[b] = a
    return settled


def _move_ends(heads, tails, weights, rows, root, new_heads, new_tails, new_weights, new_rows):
    """Move the ends of all edges to the components' roots, and drop those inside a component."""
    count = 0
    for i in range(len(weights)):
        a = root[heads[i]]
        b = root[tails[i]]
        new_heads[count] = a
        new_tails[count] = b
        new_weights[count] = weights[i]
        new_rows[count] = rows[i]
        count += a != b
    return new_heads[:count], new_tails[:count], new_weights[:count], new_rows[:count]


def _climb(elders, minima, level, piece):
    """Raise the level of each minimum to that of its elder, from where the way leads on."""
    for b in minima:
        a = elders[b]
        if a >= 0:
            level[b] = max(level[b], level[a])
            piece[b] = piece[a]
    return level, piece


def _thin_out(heads, tails, weights, level, kept):
    """Leave out each edge above the levels of both its ends: it is the heaviest of a cycle.

    The cycle leads from both ends down to one minimum. Such an edge kills nothing.
    """
    count = 0
    for i in range(len(weights)):
        kept[count] = i
        count += weights[i] <= max(level[heads[i]], level[tails[i]])
    return kept[:count]
