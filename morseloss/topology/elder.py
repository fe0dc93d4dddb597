"""Degree-0 persistence: when two components meet, the younger one dies (the elder rule).

The one idea: an edge that ends a bar is one at which two components meet, taken in increasing
order. The room `forest` finds these edges, of a large graph without sorting most of the others.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.diagram import Diagram
from morseloss.topology.door import sealed
from morseloss.topology.filtration import Filtration, columns, minima_values
from morseloss.topology.forest.blocks import forest_of_blocks
from morseloss.topology.forest.components import Edges
from morseloss.topology.forest.exits import is_sparse
from morseloss.topology.forest.growth import find_killers
from morseloss.topology.forest.order import total_order
from morseloss.topology.forest.team import Team, stretches

__all__ = ["elder_rule", "elder_rule_of_blocks", "to_diagram"]


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
    edges, values = columns(filtration.edges, filtration.weights), filtration.values
    with Team(len(edges.weights)) as team:
        minima = team.start(total_order, values)
        known = filtration.exits if is_sparse(len(values), len(edges.weights)) else None
        killers = find_killers(edges, values, minima, team, known)
        return to_diagram(edges, values, killers, minima())


def elder_rule_of_blocks(values: Float[np.ndarray, " n"], blocks: Iterable[Any]) -> Diagram:
    """Return the barcode of a filtered graph whose edges come in blocks.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values of the minima.
    blocks : iterable of (heads, tails, weights)
        Three arrays of one length each.

    Returns
    -------
    Diagram
        That of `elder_rule`; an edge is called by its row in all blocks together.

    Raises
    ------
    ValueError
        If there is no block, or one holds no edges of a filtration; the message names it.

    Examples
    --------
    >>> blocks = [([0, 1], [1, 2], [3.0, 4.0]), ([0], [2], [9.0])]
    >>> elder_rule_of_blocks([0.0, 2.0, 1.0], blocks).death_cells
    array([-1,  1,  0])
    """
    values = minima_values(values)
    forest = forest_of_blocks(values, blocks)
    return to_diagram(forest.edges, values, forest.killers, total_order(values))


def to_diagram(
    edges: Edges,
    values: Float[np.ndarray, " n"],
    killers: Int[np.ndarray, " n"],
    minima: Int[np.ndarray, " n"],
) -> Diagram:
    """Return the bars of all minima, each of which ends at a given edge.

    Parameters
    ----------
    edges : Edges
        Whose names are the death cells.
    values : ndarray, shape (n,)
        Values of the minima.
    killers : ndarray, shape (n,)
        Row in `edges` of the edge at which the bar of each minimum ends, -1 for an essential bar.
    minima : ndarray, shape (n,)
        Rows of the minima in their total order.

    Examples
    --------
    >>> edges = Edges(np.array([0]), np.array([1]), np.array([3.0]), range(1))
    >>> to_diagram(edges, np.array([0.0, 1.0]), np.array([-1, 0]), np.array([0, 1])).deaths
    array([inf,  3.])
    """
    births, deaths = np.empty(len(minima)), np.full(len(minima), np.inf)
    cells = np.full(len(minima), -1)

    def read(rows):
        here = slice(*rows)
        births[here] = values[minima[here]]
        dying = killers[minima[here]]
        ends = np.flatnonzero(dying >= 0)
        dying = dying[ends]
        deaths[here][ends] = edges.weights[dying]
        cells[here][ends] = dying if isinstance(edges.names, range) else edges.names[dying]

    with Team(len(minima)) as team:
        team.share(read, stretches(len(minima)))
    return Diagram(
        births=sealed(births),
        deaths=sealed(deaths),
        birth_cells=sealed(minima),
        death_cells=sealed(cells),
        highest=0,
    )
