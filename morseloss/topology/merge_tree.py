"""The merge tree of a filtered graph, which chemists call its disconnectivity graph.

Every minimum is a leaf, every edge that merges two components a node at its weight. It says more
than the barcode: not only where each component ends, but into which other one it merges.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.diagram import representable
from morseloss.topology.door import integers, reals, rebuilt, sealed
from morseloss.topology.filtration import Filtration, columns
from morseloss.topology.forest.components import Edges, unite
from morseloss.topology.forest.growth import find_killers
from morseloss.topology.forest.order import total_order
from morseloss.topology.forest.team import Team

__all__ = ["MergeTree", "merge_tree"]


@dataclass(frozen=True, eq=False)
class MergeTree:
    """Hold a merge tree: `n` leaves, then one node per merging edge, in the order of the merges.

    Node `i < n` is the leaf of minimum `i`, node `n + j` the `j`-th merge. A connected graph has
    `n - 1` merges; every further piece has one fewer, and its own root.

    Parameters
    ----------
    heights : ndarray, shape (n + k,), float64
        Value of the minimum for a leaf, weight of the edge for a merge.
    children : ndarray, shape (k, 2), int64
        The two nodes below each merge; the first holds the elder minimum.
    parents : ndarray, shape (n + k,), int64
        The node above each node, -1 at the root of a piece.
    edges : ndarray, shape (k,), int64
        Row of the edge which makes each merge.

    Examples
    --------
    >>> tree = merge_tree(Filtration(values=[0.0, 1.0], edges=[[0, 1]], weights=[3.0]))
    >>> tree
    MergeTree(2 minima, 1 merge, 1 piece)
    >>> tree.heights, tree.parents
    (array([0., 1., 3.]), array([ 2,  2, -1]))
    """

    heights: Float[np.ndarray, " nodes"]
    children: Int[np.ndarray, "k 2"]
    parents: Int[np.ndarray, " nodes"]
    edges: Int[np.ndarray, " k"]

    def __post_init__(self):
        object.__setattr__(self, "heights", reals("heights", self.heights))
        for name, axes in (("children", 2), ("parents", 1), ("edges", 1)):
            object.__setattr__(self, name, integers(name, getattr(self, name), axes))

    __reduce__ = rebuilt

    def __len__(self):
        return len(self.heights) - len(self.children)

    def __repr__(self):
        counts = (len(self), "minimum", "minima"), (len(self.children), "merge", "merges")
        counts += ((len(self.roots), "piece", "pieces"),)
        return (
            f"MergeTree({', '.join(f'{k} {one if k == 1 else many}' for k, one, many in counts)})"
        )

    @property
    def roots(self) -> Int[np.ndarray, " pieces"]:
        """Nodes without a parent, one per piece of the graph."""
        return np.flatnonzero(self.parents < 0)

    def linkage(self) -> Float[np.ndarray, "k 4"]:
        """Return the tree as a linkage matrix of `scipy.cluster.hierarchy`, for its dendrograms.

        Returns
        -------
        ndarray, shape (n - 1, 4)
            Per merge: the two nodes, the height above the lowest minimum (scipy refuses negative
            ones), and the number of minima below.

        Raises
        ------
        ValueError
            If the graph is in several pieces: a linkage has one root. If a height above the lowest
            minimum is above 1.8e308, which no float can say.

        Examples
        --------
        >>> merge_tree(Filtration(values=[1.0, 2.0], edges=[[0, 1]], weights=[4.0])).linkage()
        array([[0., 1., 3., 2.]])
        """
        if len(self.roots) > 1:
            raise ValueError(
                f"a linkage needs a graph in one piece, got {len(self.roots)} pieces; "
                "take the merge tree of one of them"
            )
        n = len(self)
        sizes = np.ones(len(self.heights))
        for merge, below in enumerate(self.children):
            sizes[n + merge] = sizes[below].sum()
        with np.errstate(over="ignore"):
            heights = self.heights[n:] - self.heights[:n].min()
        representable(float(heights.max(initial=0.0)), "height of the highest merge")
        return np.column_stack([self.children, heights, sizes[n:]])


def merge_tree(filtration: Filtration) -> MergeTree:
    """Return the merge tree of a filtered graph.

    Parameters
    ----------
    filtration : Filtration
        The graph of minima.

    Returns
    -------
    MergeTree
        Its leaves are the minima, its other nodes the edges that kill the bars of `elder_rule`.

    References
    ----------
    Becker and Karplus, The topology of multidimensional potential energy surfaces, 1997.

    Examples
    --------
    Minimum 2 merges with 1 first, then both with 0:

    >>> filtration = Filtration(
    ...     values=[0.0, 1.0, 2.0], edges=[[0, 1], [1, 2]], weights=[5.0, 3.0]
    ... )
    >>> merge_tree(filtration).children
    array([[1, 2],
           [0, 3]])
    """
    n = len(filtration)
    every = columns(filtration.edges, filtration.weights)
    with Team(len(filtration.weights)) as team:
        killers = find_killers(
            every, filtration.values, lambda: total_order(filtration.values), team
        )
    edges = np.sort(killers[killers >= 0])
    edges = edges[total_order(filtration.weights[edges])]
    heads, tails = filtration.edges[edges].T
    merges = Edges(heads, tails, filtration.weights[edges], np.arange(len(edges)))
    killers, elders = unite(merges, filtration.values)
    died = np.argsort(killers)[n - len(edges) :]
    top = np.arange(n)  # highest node so far of the component whose minimum is this row
    children = np.empty((len(died), 2), np.int64)
    for merge, (elder, younger) in enumerate(zip(elders[died], died, strict=True)):
        children[merge] = top[elder], top[younger]
        top[elder] = n + merge
    parents = np.full(n + len(died), -1)
    parents[children] = n + np.arange(len(died))[:, None]
    heights = np.concatenate([filtration.values, filtration.weights[edges]])
    return MergeTree(*map(sealed, (heights, children, parents, edges)))
