"""Degree-0 persistence: when two components meet, the younger one dies (the elder rule).

A component is known by its lowest minimum, which is also its root in the union-find forest. On a
large graph nearly all of the time would go into sorting edges that kill nothing, so two facts
about the elder rule first leave few edges to sort: `_settle` and `_thin_out` state one each.
"""

from math import isqrt

import numpy as np
from jaxtyping import Int

from morseloss.topology.diagram import Diagram
from morseloss.topology.filtration import Filtration, total_order
from morseloss.topology.kernels import SMALL, compiled, run

__all__ = ["elder_rule", "find_merges", "to_diagram"]

_ROUNDS = 3  # of reduction before the sort; each reads the edges once or twice
_DENSE = 16  # edges per component from which a sample of them lets most others be dropped


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
    return to_diagram(filtration, find_merges(filtration)[0])


def find_merges(
    filtration: Filtration,
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """Return for each minimum the edge at which its component dies, and the component it joins.

    Parameters
    ----------
    filtration : Filtration
        The graph of minima.

    Returns
    -------
    killers : ndarray, shape (n,)
        Row of the edge at which the bar of each minimum ends, -1 for an essential bar.
    elders : ndarray, shape (n,)
        Row of the lowest minimum of the component on the other side, -1 for an essential bar.

    Examples
    --------
    >>> find_merges(Filtration(values=[0.0, 1.0], edges=[[0, 1]], weights=[3.0]))
    (array([-1,  0]), array([-1,  0]))
    """
    values, weights = filtration.values, filtration.weights
    rows = np.arange(len(weights), dtype=_narrow(len(weights)))
    edges = *filtration.edges.T, weights, rows
    killers, elders = np.full((2, len(values)), -1)
    if len(rows) > SMALL:
        edges = _reduce(edges, values, killers, elders)
    return _unite(edges, values, killers, elders)


def to_diagram(filtration: Filtration, killers: Int[np.ndarray, " n"]) -> Diagram:
    """Return the bars that end at the given edges.

    Parameters
    ----------
    filtration : Filtration
        The graph of minima.
    killers : ndarray, shape (n,)
        Row of the edge at which the bar of each minimum ends, -1 for an essential bar.

    Examples
    --------
    >>> filtration = Filtration(values=[0.0, 1.0], edges=[[0, 1]], weights=[3.0])
    >>> to_diagram(filtration, np.array([-1, 0])).deaths
    array([inf,  3.])
    """
    minima = total_order(filtration.values)
    edges = killers[minima]
    deaths = np.full(len(minima), np.inf)
    ends = edges >= 0
    deaths[ends] = filtration.weights[edges[ends]]
    births = filtration.values[minima]
    return Diagram(births=births, deaths=deaths, birth_cells=minima, death_cells=edges)


def _unite(edges, values, killers, elders):
    """Sort the edges, earlier row first among equals, and let them join components in turn."""
    heads, tails, weights, rows = edges
    order = total_order(weights)
    root = np.arange(len(values), dtype=_narrow(len(values)))
    merged = run(
        _join, heads[order], tails[order], rows[order], values, root, killers, elders
    )
    return tuple(np.asarray(column) for column in merged)


def _reduce(edges, values, killers, elders):
    """Drop edges that kill nothing and close bars whose end is plain, in a few passes."""
    n, m = len(values), len(edges[3])
    order = total_order(values)
    root = np.arange(n, dtype=_narrow(n))
    alive = n
    # every round writes what it keeps to the front of these; one more, for an edge not kept
    room = tuple(np.empty(m + 1, t) for t in (root.dtype, root.dtype, float, edges[3].dtype))
    for _ in range(_ROUNDS):
        if len(edges[3]) > _DENSE * alive:
            count = _thin_out(edges, room, values, order, alive)
        else:
            exits = np.full(n, -1, edges[3].dtype)
            compiled(_find_exits)(*edges[:3], np.full(n, np.inf), exits)
            alive -= compiled(_settle)(*edges, values, exits, order, root, killers, elders)
            count = compiled(_move_ends)(*edges, *room, root)
        edges = tuple(column[:count] for column in room)
    return edges


def _thin_out(edges, room, values, order, alive):
    """Drop most edges that are the heaviest of a cycle, for they kill nothing.

    A sample of the edges is joined first. Over it every minimum gets down to the lowest one of its
    piece, climbing no higher than some level: an edge above the levels of both its ends closes a
    cycle and is its heaviest. Of `m` edges a sample of `sqrt(m n)` leaves about as many.
    """
    sample = tuple(column[:: isqrt(len(edges[3]) // alive)] for column in edges)
    positions = np.arange(len(sample[3]))
    killers, elders = _unite((*sample[:3], positions), values, *np.full((2, len(values)), -1))
    deaths = sample[2][killers]
    piece, level = np.arange(len(values), dtype=room[0].dtype), np.full(len(values), -np.inf)
    compiled(_climb)(deaths, elders, order, piece, level)
    return compiled(_drop_heaviest)(*edges, *room, piece, level)


def _narrow(count):
    """Return the integer type that is wide enough to count so far: half the width, half the time."""
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
        w = weights[i]
        lightest[heads[i]] = min(lightest[heads[i]], w)
        lightest[tails[i]] = min(lightest[tails[i]], w)
    for i in range(len(weights) - 1, -1, -1):
        w = weights[i]
        if w == lightest[heads[i]]:
            exits[heads[i]] = i
        if w == lightest[tails[i]]:
            exits[tails[i]] = i


def _settle(heads, tails, weights, rows, values, exits, order, root, killers, elders):
    """End the bar of each component whose lightest edge leads to an elder one, for it dies there.

    Until that edge it is alone, whatever else happens; from then on its other edges are as good as
    the elder's own.
    """
    settled = 0
    for b in order:
        if exits[b] >= 0:
            i = exits[b]
            a = heads[i] + tails[i] - b
            if values[a] < values[b] or (values[a] == values[b] and a < b):
                root[b] = a
                killers[b] = rows[i]
                elders[b] = a
                settled += 1
        root[b] = root[root[b]]  # elders come first in `order`, so theirs is final
    return settled


def _move_ends(heads, tails, weights, rows, new_heads, new_tails, new_weights, new_rows, root):
    """Move the ends of all edges to the components' roots, and drop those inside a component."""
    kept = 0
    for i in range(len(weights)):
        a = root[heads[i]]
        b = root[tails[i]]
        new_heads[kept] = a
        new_tails[kept] = b
        new_weights[kept] = weights[i]
        new_rows[kept] = rows[i]
        kept += a != b
    return kept


def _climb(deaths, elders, order, piece, level):
    """Find the lowest minimum of each one's piece, and the level from which they are connected."""
    for b in order:
        a = elders[b]
        if a >= 0:
            piece[b] = piece[a]
            level[b] = max(deaths[b], level[a])


def _drop_heaviest(
    heads, tails, weights, rows, new_heads, new_tails, new_weights, new_rows, piece, level
):
    """Keep the edges between two pieces and those no higher than the level of one of their ends."""
    kept = 0
    for i in range(len(weights)):
        a = heads[i]
        b = tails[i]
        w = weights[i]
        new_heads[kept] = a
        new_tails[kept] = b
        new_weights[kept] = w
        new_rows[kept] = rows[i]
        kept += (piece[a] != piece[b]) | (w <= level[a]) | (w <= level[b])
    return kept
