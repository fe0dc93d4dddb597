"""`minimax`: the height of the lowest path between every two vertices of a weighted graph.

The one idea: join components edge by edge from the lowest; the edge at which two components meet is
the minimax height between all of one and all of the other. The result is an ultrametric.
"""

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.filtration import Filtration
from morseloss.topology.forest.order import total_order

__all__ = ["minimax", "pair_heights"]


def minimax(filtration: Filtration) -> Float[np.ndarray, "n n"]:
    """Return the least height that a path between each two minima must reach.

    Parameters
    ----------
    filtration : Filtration
        The graph of minima.

    Returns
    -------
    ndarray, shape (n, n)
        Symmetric; the values on the diagonal, `inf` between pieces. Needs n^2 memory.

    Examples
    --------
    >>> minimax(Filtration(values=[0.0, 0.0, 0.0], edges=[[0, 1], [1, 2]], weights=[1.0, 2.0]))
    array([[0., 1., 2.],
           [1., 0., 2.],
           [2., 2., 0.]])
    """
    count = len(filtration)
    heights = np.full((count, count), np.inf)
    np.fill_diagonal(heights, filtration.values)
    members = {vertex: [vertex] for vertex in range(count)}
    component = np.arange(count)
    for edge in total_order(filtration.weights):
        a, b = component[filtration.edges[edge]].tolist()
        if a == b:
            continue
        left, right = members[a], members.pop(b)
        heights[np.ix_(left, right)] = filtration.weights[edge]
        heights[np.ix_(right, left)] = filtration.weights[edge]
        component[right] = a
        left += right
    return heights


def pair_heights(
    filtration: Filtration, pairs: Int[np.ndarray, "pairs 2"]
) -> Float[np.ndarray, " pairs"]:
    """Return the least height that a path between the two minima of each pair must reach.

    The same numbers as `minimax`, of the pairs asked for alone, in memory for these.

    Parameters
    ----------
    filtration : Filtration
        The graph of minima.
    pairs : ndarray, shape (pairs, 2)
        Rows of minima.

    Examples
    --------
    >>> graph = Filtration(values=[0.0, 0.0, 0.0], edges=[[0, 1], [1, 2]], weights=[1.0, 2.0])
    >>> pair_heights(graph, np.array([[0, 1], [2, 0], [1, 1]]))
    array([1., 2., 0.])
    """
    above, heights = _shallow_forest(filtration)
    left, right = pairs[:, 0].copy(), pairs[:, 1].copy()
    top = filtration.values[pairs].max(axis=1)
    apart = np.flatnonzero(left != right)
    while len(apart):
        a, b = left[apart], right[apart]
        first = heights[a] <= heights[b]
        low = np.where(first, a, b)
        top[apart] = np.maximum(top[apart], heights[low])
        left[apart], right[apart] = np.where(first, above[a], a), np.where(first, b, above[b])
        apart = apart[(left[apart] != right[apart]) & np.isfinite(heights[low])]
    return top


def _shallow_forest(
    filtration: Filtration,
) -> tuple[Int[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Hang the smaller component below the larger one at each merge: above, and at what height.

    No vertex has more than log2 n others above it; heights grow on the way up, to `inf` at a root.
    """
    count = len(filtration)
    above, sizes = list(range(count)), [1] * count
    heights = np.full(count, np.inf)
    for edge in total_order(filtration.weights).tolist():
        a, b = filtration.edges[edge].tolist()
        while above[a] != a:
            a = above[a]
        while above[b] != b:
            b = above[b]
        if a == b:
            continue
        if sizes[a] > sizes[b]:
            a, b = b, a
        above[a], heights[a] = b, filtration.weights[edge]
        sizes[b] += sizes[a]
    return np.array(above), heights
