"""The barcode of anything that is a weighted graph of minima: the shortest way from data to bars.

Each function reads its source through `as_graph`, then hands the filtration to `topology`. The one
idea: what it returns is new, so the arrays of a source are looked at in place of copied.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Float

from morseloss import topology
from morseloss.graphs.graph import as_graph
from morseloss.topology.diagram import Diagram, to_score
from morseloss.topology.door import borrowing
from morseloss.topology.filtration import Filtration
from morseloss.topology.merge_tree import MergeTree
from morseloss.topology.provenance import ours, sourced

__all__ = ["barcode", "barcode_of_blocks", "direct_barcode", "merge_tree", "minimax", "to_score"]


def barcode(source: Any) -> Diagram:
    """Return the loss barcode of a graph of minima, by union-find with the elder rule.

    The bar of a minimum `p` is `[L(p), h_p]`, where `h_p` is the least height over which a path in
    the graph leads from `p` to a lower minimum. The path may pass through other minima, higher ones
    too. This is Definition 1 on the graph, and what every tool for degree-0 persistence computes;
    `direct_barcode` is the paper's Algorithm 1 as printed, which looks at single edges only.

    Parameters
    ----------
    source : LandscapeGraph, Filtration, networkx.Graph, tuple or array
        Whatever `as_graph` reads: also `(values, edges, weights)`, a scipy sparse matrix or a
        dense one with the values of the minima on the diagonal.

    Returns
    -------
    Diagram
        One bar per minimum in degree 0. `birth_cells` holds rows of minima, `death_cells` rows of
        edges. The lowest minimum of each piece of the graph has an essential bar.

    Raises
    ------
    ValueError
        If the source is no filtered graph; see `Filtration`.

    References
    ----------
    Barannikov et al., Loss barcode, Definitions 1 and 2.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.array([0.0, 2.0, 1.0])
    >>> edges = np.array([[0, 1], [1, 2], [0, 2]])
    >>> weights = np.array([3.0, 4.0, 9.0])
    >>> barcode((values, edges, weights)).deaths
    array([inf,  4.,  3.])
    """
    return sourced(topology.elder_rule(_looked_at(source)), ours(None))


def barcode_of_blocks(values: Float[np.ndarray, " n"], blocks: Iterable[Any]) -> Diagram:
    """Return the loss barcode of a graph with more edges than memory holds.

    It is that of `barcode` to the bit, ties too, in memory of the minima and about one block.
    The forests of workers, `Filtration.from_blocks`, are blocks themselves.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values of the minima.
    blocks : iterable of (heads, tails, weights)
        Rows of the minima at both ends and the weights of some edges, three arrays of one length:
        of memory-mapped files, row groups of a table, or a generator. Each is read once.

    Returns
    -------
    Diagram
        One bar per minimum in degree 0. `death_cells` holds the rows of edges, counted through all
        blocks.

    Raises
    ------
    ValueError
        If there is no block, or one is no such tuple or holds no edges of a filtration; the message
        names it, the first being block 0.

    Examples
    --------
    >>> blocks = [([0, 1], [1, 2], [3.0, 4.0]), ([0], [2], [9.0])]
    >>> barcode_of_blocks([0.0, 2.0, 1.0], blocks).deaths
    array([inf,  4.,  3.])
    """
    return sourced(topology.elder_rule_of_blocks(values, blocks), ours(None))


def direct_barcode(source: Any) -> Diagram:
    """Return the barcode which Algorithm 1 of the paper prints, from direct edges alone.

    The bar of a minimum ends at the lowest of its edges to strictly lower minima; a path through a
    third minimum does not count. So no bar is shorter than in `barcode`, and all agree when no
    two values are equal and the weights are minimax already: the difference measures how unfinished
    the paths are. A minimum without an edge to a strictly lower one has an essential bar, also in a
    connected graph.

    Parameters
    ----------
    source : LandscapeGraph, Filtration, networkx.Graph, tuple or array
        Whatever `as_graph` reads.

    Returns
    -------
    Diagram
        One bar per minimum in degree 0, with cells as in `barcode`.

    Raises
    ------
    ValueError
        If the source is no filtered graph; see `Filtration`.

    References
    ----------
    Barannikov et al., Loss barcode, Algorithm 1.

    Examples
    --------
    The lowest way from minimum 2 to 0 leads through minimum 1, which Algorithm 1 does not see:

    >>> import numpy as np
    >>> values = np.array([0.0, 2.0, 1.0])
    >>> edges = np.array([[0, 1], [1, 2], [0, 2]])
    >>> weights = np.array([3.0, 4.0, 9.0])
    >>> direct_barcode((values, edges, weights)).deaths
    array([inf,  9.,  3.])
    """
    bars = topology.direct_rule(_looked_at(source))
    return sourced(bars, ours(None, "sublevel, direct edges"))


def merge_tree(source: Any) -> MergeTree:
    """Return the merge tree (disconnectivity graph) of a graph of minima.

    Parameters
    ----------
    source : LandscapeGraph, Filtration, networkx.Graph, tuple or array
        Whatever `as_graph` reads.

    Returns
    -------
    MergeTree
        The minima as leaves and one node per edge that merges two components.

    Raises
    ------
    ValueError
        If the source is no filtered graph; see `Filtration`.

    Examples
    --------
    >>> import numpy as np
    >>> merge_tree((np.array([0.0, 1.0]), np.array([[0, 1]]), np.array([3.0])))
    MergeTree(2 minima, 1 merge, 1 piece)
    """
    return topology.merge_tree(_looked_at(source))


def minimax(source: Any) -> Float[np.ndarray, "n n"]:
    """Return the least height that a path between each two minima must reach.

    Parameters
    ----------
    source : LandscapeGraph, Filtration, networkx.Graph, tuple or array
        Whatever `as_graph` reads.

    Returns
    -------
    ndarray, shape (n, n)
        Symmetric; the values of the minima on the diagonal, `inf` between pieces of the graph.

    Raises
    ------
    ValueError
        If the source is no filtered graph; see `Filtration`.

    Examples
    --------
    >>> minimax(([0.0, 2.0, 1.0], [[0, 1], [1, 2], [0, 2]], [3.0, 4.0, 9.0]))
    array([[0., 3., 4.],
           [3., 2., 4.],
           [4., 4., 1.]])
    """
    return topology.minimax(_looked_at(source))


def _looked_at(source: Any) -> Filtration:
    """Return the filtration of a source, whose arrays it shares: nobody keeps it."""
    with borrowing():
        return as_graph(source).filtration
