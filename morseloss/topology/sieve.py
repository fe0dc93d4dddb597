"""`sift`: leave out, before any sorting, most edges of a large graph that kill nothing.

On a large graph nearly all of the time would go into sorting such edges. Two facts about the elder
rule, one behind `_settle` and one behind `_thin_out`, leave few to sort.
"""

from math import isqrt

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.components import Edges, narrow, unite
from morseloss.topology.kernels import compiled

__all__ = ["sift"]

DENSE = 12  # edges per component from which thinning out pays more than settling


def sift(
    edges: Edges,
    values: Float[np.ndarray, " n"],
    minima: Int[np.ndarray, " n"],
    killers: Int[np.ndarray, " n"],
) -> Edges:
    """Return fewer edges which, with the bars that are closed on the way, have the same barcode.

    Parameters
    ----------
    edges : Edges
        All edges of the graph.
    values : ndarray, shape (n,)
        Values of the minima.
    minima : ndarray, shape (n,)
        Rows of the minima in their total order.
    killers : ndarray, shape (n,)
        Filled in, in place, for the bars that are closed.

    Examples
    --------
    The bar of minimum 1 ends at its lightest edge, which leads to an elder minimum:

    >>> edges = Edges(
    ...     np.array([0, 0], np.int32), np.array([1, 1], np.int32), np.array([3.0, 4.0]),
    ...     np.array([0, 1], np.int32),
    ... )
    >>> killers = np.full(2, -1)
    >>> len(sift(edges, np.array([0.0, 1.0]), np.array([0, 1]), killers).names), killers
    (0, array([-1,  0]))
    """
    n, m = len(values), len(edges.names)
    root = np.arange(n, dtype=narrow(n))
    # settled edges move to the front; one more, for an edge written before it is dropped
    columns = root.dtype, root.dtype, edges.weights.dtype, edges.names.dtype
    room = Edges(*(np.empty(m + 1, column) for column in columns))
    alive = n
    for _ in range(2):
        if len(edges.names) <= DENSE * alive:
            exits = np.full(n, -1, edges.names.dtype)
            compiled(_find_exits)(edges, np.full(n, np.inf), exits)
            alive -= compiled(_settle)(edges, values, exits, root, killers)
            edges = room.take(slice(compiled(_move_ends)(edges, root, room)))
    if len(edges.names) > DENSE * alive:
        level = _levels(_sample(edges, alive), values, minima)
        kept = np.empty(len(edges.names) + 1, root.dtype)
        edges = edges.take(kept[: compiled(_thin_out)(edges, level, kept)])
    return edges


def _sample(edges, alive):
    """Draw `sqrt(m n)` of `m` edges between `n` components, one at random from each stretch.

    Of all edges about as many will not be thinned out by them. The seed is fixed; what is drawn
    decides on the time alone.
    """
    m = len(edges.names)
    stretch = isqrt(m // alive)
    starts = np.arange(0, m - stretch + 1, stretch)
    rows = starts + np.random.default_rng(0).integers(0, stretch, len(starts))
    return edges.take(rows)._replace(names=np.arange(len(rows)))


def _levels(sample, values, minima):
    """Return how high one must climb over these edges to the lowest minimum of the largest piece.

    It is infinite where there is no way.
    """
    killers, elders = unite(sample, values)
    level = np.where(killers >= 0, sample.weights[killers], -np.inf)
    level, piece = compiled(_climb)(elders, minima, level, np.arange(len(values)))
    level[piece != np.bincount(piece).argmax()] = np.inf
    return level


def _find_exits(edges, lightest, exits):
    """Find the lightest edge of each component, the earlier one among equals."""
    for i in range(len(edges.weights)):
        a = edges.heads[i]
        b = edges.tails[i]
        w = edges.weights[i]
        if w < lightest[a]:
            lightest[a] = w
            exits[a] = i
        if w < lightest[b]:
            lightest[b] = w
            exits[b] = i


def _settle(edges, values, exits, root, killers):
    """End the bar of each component whose lightest edge leads to an elder one: there it dies.

    Before that edge it meets nobody, and after it its other edges are as good as the elder's own.
    """
    settled = 0
    for b in range(len(exits)):
        i = exits[b]
        if i >= 0:
            a = edges.heads[i] + edges.tails[i] - b
            if values[a] < values[b] or (values[a] == values[b] and a < b):
                root[b] = a
                killers[b] = edges.names[i]
                settled += 1
    for b in range(len(root)):
        a = root[b]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        root[b] = a
    return settled


def _move_ends(edges, root, room):
    """Move the ends of all edges to the components' roots, and drop those inside a component.

    What is left stands at the front of `room`; the count of it is returned.
    """
    count = 0
    for i in range(len(edges.weights)):
        a = root[edges.heads[i]]
        b = root[edges.tails[i]]
        room.heads[count] = a
        room.tails[count] = b
        room.weights[count] = edges.weights[i]
        room.names[count] = edges.names[i]
        count += a != b
    return count


def _climb(elders, minima, level, piece):
    """Raise the level of each minimum to that of its elder, from where the way leads on."""
    for b in minima:
        a = elders[b]
        if a >= 0:
            level[b] = max(level[b], level[a])
            piece[b] = piece[a]
    return level, piece


def _thin_out(edges, level, kept):
    """Leave out each edge above the levels of both its ends: it is the heaviest of a cycle.

    The cycle leads from both ends down to one minimum. Such an edge kills nothing. The rows of the
    others stand at the front of `kept`; the count of them is returned.
    """
    count = 0
    for i in range(len(edges.weights)):
        kept[count] = i
        count += edges.weights[i] <= max(level[edges.heads[i]], level[edges.tails[i]])
    return count
