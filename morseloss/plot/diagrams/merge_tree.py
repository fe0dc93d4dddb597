"""`merge_tree`: the disconnectivity graph, drawn so that no two lines cross.

The one idea: the line of each minimum is its bar. It ends where it meets that of an elder minimum,
and a level stroke leads there. The two sides of a merge occupy neighbouring intervals, and above
it only the elder's line goes on, so nothing is in the stroke's way.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Int

from morseloss.graphs.graph import as_graph
from morseloss.graphs.persistence import merge_tree as tree_of
from morseloss.plot.style import INK, arrow, name_rows, open_axes
from morseloss.topology import MergeTree

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["merge_tree"]


def merge_tree(source: Any, ax: "matplotlib.axes.Axes | None" = None) -> "matplotlib.axes.Axes":
    """Draw the merge tree (disconnectivity graph) of a graph of minima.

    Parameters
    ----------
    source : MergeTree, or whatever `as_graph` reads
        The tree, or the graph to take it from.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        Each minimum is a dot at its value, with its name or row under it, and a line up to where it
        merges into an elder one;
        the line of a global minimum leaves the axes. The younger side of a merge stands on the
        side of the elder which has fewer minima so far.

    Raises
    ------
    ValueError
        If the source is neither a tree nor a graph.

    References
    ----------
    Becker and Karplus, The topology of multidimensional potential energy surfaces, 1997.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.plot.merge_tree(([0.0, 1.0], [[0, 1]], [3.0])).get_ylabel()
    'value'
    """
    graph = None if isinstance(source, MergeTree) else as_graph(source)
    tree = source if graph is None else tree_of(graph)
    count = len(tree)
    ax = open_axes(ax, min(9.0, max(3.0, 1.4 + 0.35 * count)), 4.0)
    order, elders = _layout(tree)
    places = np.empty(count)
    places[order] = np.arange(count)
    elder, younger = elders[tree.children].T
    width = float(np.clip(60 / count, 0.5, 1.8))
    merges = tree.heights[count:]
    ax.vlines(places[younger], tree.heights[younger], merges, INK, linewidth=width)
    ax.hlines(merges, places[elder], places[younger], INK, linewidth=width)
    ax.plot(places, tree.heights[:count], "o", color=INK, markersize=min(6.0, 2 + 2 * width))
    for root in elders[tree.roots].tolist():
        arrow(ax, float(places[root]), float(tree.heights[root]), width=width)
    rows = order.tolist()
    called = rows if graph is None or graph.names is None else list(map(graph.name_of, rows))
    name_rows(ax, called, list(range(count)))
    if len(tree.heights) == 1:  # a lone half-line: leave room above it
        ax.set_ylim(tree.heights[0] - 0.1, tree.heights[0] + 1)
    ax.set(xlim=(-0.7, count - 0.3), xlabel="minimum", ylabel="value")
    return ax


def _layout(tree: MergeTree) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " nodes"]]:
    """Return the minima from left to right, and the eldest minimum below each node."""
    count, nodes = len(tree), len(tree.heights)
    elders = np.arange(nodes)
    sizes = np.ones((nodes, 2))  # minima to the left and right of the eldest, itself in both
    sides = np.zeros(len(tree.children), dtype=int)
    for merge, (elder, younger) in enumerate(tree.children.tolist()):
        node = count + merge
        elders[node] = elders[elder]
        side = int(sizes[elder, 1] <= sizes[elder, 0])
        sizes[node] = sizes[elder]
        sizes[node, side] += sizes[younger].sum() - 1
        sides[merge] = side
    order, stack = [], tree.roots.tolist()[::-1]
    while stack:
        node = stack.pop()
        if node < count:
            order.append(node)
            continue
        elder, younger = tree.children[node - count].tolist()
        stack += [younger, elder] if sides[node - count] else [elder, younger]
    return np.array(order), elders
