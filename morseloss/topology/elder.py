"""Degree-0 persistence: when two components meet, the younger one dies (the elder rule).

The one idea: an edge that ends a bar is one at which two components meet, taken in increasing
order. `components` holds the union-find, `sieve` what spares a large graph most of the sorting.
"""

import numpy as np
from jaxtyping import Int

from morseloss.topology.components import Edges, narrow, unite
from morseloss.topology.diagram import Diagram
from morseloss.topology.door import sealed
from morseloss.topology.filtration import Filtration, total_order
from morseloss.topology.kernels import SMALL
from morseloss.topology.sieve import sift

__all__ = ["elder_rule", "find_killers", "to_diagram"]


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
    minima = sealed(total_order(filtration.values))
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
    heads, tails = filtration.edges.T
    edges = Edges(heads, tails, filtration.weights, np.arange(m, dtype=narrow(m)))
    killers = np.full(n, -1)
    if m > SMALL:
        edges = sift(edges, filtration.values, minima, killers)
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
    return Diagram(
        births=sealed(filtration.values[minima]),
        deaths=sealed(deaths),
        birth_cells=minima,
        death_cells=sealed(edges),
        highest=0,
    )
