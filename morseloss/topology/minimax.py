"""`minimax`: the height of the lowest path between every two vertices of a weighted graph.

The one idea: join components edge by edge from the lowest; the edge at which two components meet is
the minimax height between all of one and all of the other. The result is an ultrametric.
"""

import numpy as np
from jaxtyping import Float

from morseloss.topology.filtration import Filtration
from morseloss.topology.forest.order import total_order

__all__ = ["minimax"]


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
