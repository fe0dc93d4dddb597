"""Degree-0 persistence: when two components meet, the younger one dies (the elder rule).

The one idea: an edge that ends a bar is one at which two components meet, taken in increasing
order. The room `forest` finds these edges, of a large graph without sorting most of the others.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Int

from morseloss.topology.diagram import Diagram
from morseloss.topology.door import sealed
from morseloss.topology.filtration import Filtration, columns
from morseloss.topology.forest.components import unite
from morseloss.topology.forest.exits import is_sparse
from morseloss.topology.forest.growth import grow
from morseloss.topology.forest.kernels import SMALL
from morseloss.topology.forest.order import total_order
from morseloss.topology.forest.sieve import thin_out
from morseloss.topology.forest.team import Team, stretches

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
    with Team(len(filtration.weights)) as team:
        minima = team.start(total_order, filtration.values)
        killers = find_killers(filtration, minima, team)
        return to_diagram(filtration, killers, sealed(minima()))


def find_killers(
    filtration: Filtration, minima: Callable[[], Int[np.ndarray, " n"]], team: Team
) -> Int[np.ndarray, " n"]:
    """Return the row of the edge that ends the bar of each minimum, -1 if none does.

    Parameters
    ----------
    filtration : Filtration
        The graph of minima.
    minima : callable
        Returns the rows of the minima in their total order, the eldest first.
    team : Team
        Who works.

    Examples
    --------
    >>> filtration = Filtration(values=[0.0, 1.0], edges=[[0, 1]], weights=[3.0])
    >>> with Team(1) as team:
    ...     find_killers(filtration, lambda: np.array([0, 1]), team)
    array([-1,  0])
    """
    edges, values = columns(filtration.edges, filtration.weights), filtration.values
    if len(edges.weights) <= SMALL:
        return unite(edges, values)[0]
    if is_sparse(len(values), len(edges.weights)):
        killers, _ = grow(edges.pieces(), values, team, filtration.exits)
    else:
        killers, _ = grow(thin_out(edges, values, minima(), team), values, team)
    return killers


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
    births, deaths = np.empty(len(minima)), np.full(len(minima), np.inf)
    cells = np.empty(len(minima), np.int64)

    def read(rows):
        here = slice(*rows)
        births[here] = filtration.values[minima[here]]
        cells[here] = killers[minima[here]]
        ends = np.flatnonzero(cells[here] >= 0)
        deaths[here][ends] = filtration.weights[cells[here][ends]]

    with Team(len(minima)) as team:
        team.share(read, stretches(len(minima)))
    return Diagram(
        births=sealed(births),
        deaths=sealed(deaths),
        birth_cells=minima,
        death_cells=sealed(cells),
        highest=0,
    )
