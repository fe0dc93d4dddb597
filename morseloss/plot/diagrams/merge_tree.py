"""`merge_tree`: who merges into whom, and where, drawn so that no two lines cross.

The one idea: the line of each minimum is its bar. It ends where it meets that of an elder minimum,
and a level stroke leads there. The two sides of a merge occupy neighbouring intervals, and above
it only the elder's line goes on, so nothing is in the stroke's way.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from morseloss.plot.diagrams.branches import (
    Basins,
    Names,
    basins_of,
    layout,
    named,
    read_tree,
    write_names,
)
from morseloss.plot.style import AID, INK, arrow, open_axes

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["merge_tree"]


def merge_tree(
    source: Any,
    ax: "matplotlib.axes.Axes | None" = None,
    *,
    names: Names | None = None,
    basins: float | None = None,
) -> "matplotlib.axes.Axes":
    """Draw the merge tree of a graph of minima.

    Of hundreds of minima `disconnectivity_graph` makes the better picture.

    Parameters
    ----------
    source : MergeTree, or whatever `as_graph` reads
        The tree, or the graph to take it from.
    ax : Axes, optional
        Where to draw; by default a new figure.
    names : sequence of str, or mapping of row to str, optional
        What the minima are called, all of them or a few; by default by the names of the graph, or
        by their rows.
    basins : float, optional
        A height: minima joined at or below it are of one colour, what lies above it is grey. The
        five basins with most minima have colours of their own.

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
        If the source is neither a tree nor a graph, or names do not fit.

    References
    ----------
    Becker and Karplus, The topology of multidimensional potential energy surfaces, 1997.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.plot.merge_tree(([0.0, 1.0], [[0, 1]], [3.0])).get_ylabel()
    'value'
    """
    tree, known = read_tree(source)
    count = len(tree)
    names, cut = named(names, known, count), basins_of(tree, basins)
    ax = open_axes(ax, min(9.0, max(3.0, 1.4 + 0.35 * count)), 4.0)
    order, elders = layout(tree)
    places = np.empty(count)
    places[order] = np.arange(count)
    elder, younger = elders[tree.children].T
    width = float(np.clip(60 / count, 0.5, 1.8))
    merges = tree.heights[count:]
    _draw_upright(ax, places[younger], tree.heights[younger], merges, cut, younger, width)
    ends = cut.colours(np.arange(count, len(tree.heights)))
    ax.hlines(merges, places[elder], places[younger], ends, linewidth=width)
    size = min(6.0, 2 + 2 * width)
    leaves = cut.colours(np.arange(count))
    for colour in dict.fromkeys(leaves):
        rows = np.array([one == colour for one in leaves])
        dots = places[rows], tree.heights[:count][rows]
        ax.plot(*dots, "o", color=colour, markersize=size)
    roots = elders[tree.roots]
    starts, whole = tree.heights[roots], INK if basins is None else AID
    if np.isfinite(cut.height):
        ends = np.maximum(starts, cut.height)
        _draw_upright(ax, places[roots], starts, ends, cut, roots, width)
        starts = ends
    for root, start in zip(roots.tolist(), starts.tolist(), strict=True):
        arrow(ax, float(places[root]), start, width=width, colour=whole)
    if len(tree.heights) == 1:  # a lone half-line: leave room above it
        ax.set_ylim(tree.heights[0] - 0.1, tree.heights[0] + 1)
    write_names(ax, order, tree.heights[:count], names)
    ax.set(xlim=(-0.7, count - 0.3), xlabel="minimum", ylabel="value")
    return ax


def _draw_upright(
    ax: "matplotlib.axes.Axes",
    places: Float[np.ndarray, " k"],
    low: Float[np.ndarray, " k"],
    high: Float[np.ndarray, " k"],
    cut: Basins,
    leaves: Int[np.ndarray, " k"],
    width: float,
) -> None:
    """Draw lines up from minima, in the colours of their basins as far as these reach."""
    middle = np.clip(cut.height, low, high)
    ax.vlines(places, low, middle, cut.colours(leaves), linewidth=width)
    above = middle < high
    if above.any():
        ax.vlines(places[above], middle[above], high[above], AID, linewidth=width)
