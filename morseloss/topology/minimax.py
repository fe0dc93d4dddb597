"""`minimax`: the height of the lowest path between every two vertices of a weighted graph.

The one idea: join components edge by edge from the lowest; the edge at which two components meet is
the minimax height between all of one and all of the other. The result is an ultrametric.
"""

import numpy as np
from jaxtyping import Float, Int

__all__ = ["minimax"]


def minimax(
    values: Float[np.ndarray, " n"],
    edges: Int[np.ndarray, "m 2"],
    weights: Float[np.ndarray, " m"],
) -> Float[np.ndarray, "n n"]:
    """Return the least height that a path between each two vertices must reach.

    Parameters
    ----------
    values, edges, weights : ndarray
        The filtered graph; see `Filtration`.

    Returns
    -------
    ndarray, shape (n, n)
        Symmetric; the values on the diagonal, `inf` between pieces. Needs n^2 memory.

    Examples
    --------
    >>> import numpy as np
    >>> from morseloss.topology.minimax import minimax
    >>> minimax(np.zeros(3), np.array([[0, 1], [1, 2]]), np.array([1.0, 2.0]))
    array([[0., 1., 2.],
           [1., 0., 2.],
           [2., 2., 0.]])
    """
    heights = np.full((len(values), len(values)), np.inf)
    np.fill_diagonal(heights, values)
    members = {vertex: [vertex] for vertex in range(len(values))}
    component = np.arange(len(values))
    for edge in np.argsort(weights, kind="stable"):
        a, b = component[edges[edge]].tolist()
        if a == b:
            continue
        left, right = members[a], members.pop(b)
        heights[np.ix_(left, right)] = weights[edge]
        heights[np.ix_(right, left)] = weights[edge]
        component[right] = a
        left += right
    return heights
