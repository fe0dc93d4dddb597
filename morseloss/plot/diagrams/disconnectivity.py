"""`disconnectivity_graph`: the merge tree as chemists draw it, in steps of energy.

The one idea: heights are looked at through a ladder of levels. All that merges between two rungs
merges at the upper one, so that hundreds of passes become a few dozen branchings.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from morseloss.plot.diagrams.branches import (
    Names,
    basins_of,
    layout,
    named,
    read_tree,
    write_names,
)
from morseloss.plot.style import AID, INK, MOST_NAMES, arrow, open_axes
from morseloss.topology import MergeTree

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["disconnectivity_graph"]

LEVELS = 20


def disconnectivity_graph(
    source: Any,
    ax: "matplotlib.axes.Axes | None" = None,
    *,
    levels: int | Float[np.ndarray, " k"] = LEVELS,
    names: Names | None = None,
    basins: float | None = None,
) -> "matplotlib.axes.Axes":
    """Draw the disconnectivity graph of a graph of minima.

    It is the merge tree with every merge lifted to the next level above it; `merge_tree` draws the
    exact heights, which are a muddle where there are hundreds.

    Parameters
    ----------
    source : MergeTree, or whatever `as_graph` reads
        The tree, or the graph to take it from.
    ax : Axes, optional
        Where to draw; by default a new figure.
    levels : int, or ndarray of shape (k,)
        How many levels there are, evenly from the lowest minimum to the highest merge; or the
        levels, increasing, the last one at or above the highest merge.
    names : sequence of str, or mapping of row to str, optional
        What the minima are called, all of them or a few. By default they are not named where there
        are more than 30.
    basins : float, optional
        A height: minima joined at or below the next level above it are of one colour, what lies
        above that is dark. The five basins with most minima have colours of their own.

    Returns
    -------
    Axes
        A line ends at the value of each minimum. The line of a branch stands over the middle of
        its minima; the line that leaves the axes is that of the whole.

    Raises
    ------
    ValueError
        If the source is neither a tree nor a graph, or levels or names do not fit.

    References
    ----------
    Becker and Karplus, The topology of multidimensional potential energy surfaces, 1997.

    Examples
    --------
    >>> import morseloss as ml
    >>> graph = [0.0, 1.0, 1.5], [[0, 1], [1, 2]], [3.0, 2.0]
    >>> ml.plot.disconnectivity_graph(graph, levels=3).get_ylabel()
    'value'
    """
    tree, known = read_tree(source)
    count = len(tree)
    names = named(names, known, count)
    rungs = _rungs(tree, levels)
    if basins is not None:
        basins = float(rungs[min(np.searchsorted(rungs, basins), len(rungs) - 1)])
    cut = basins_of(tree, basins)
    ax = open_axes(ax, float(np.clip(1.4 + 0.35 * count, 3.0, 6.4)), 4.6)
    order, _ = layout(tree)
    lines = _branches(tree, order, rungs)
    width = float(np.clip(60 / count, 0.6, 1.6))
    _draw(ax, lines, cut.colours(np.array([node for node, _ in lines], dtype=int)), width)
    for root in tree.roots.tolist():
        place = _middles(tree, order)[root]
        start = float(_lifted(tree, rungs)[root])
        arrow(ax, float(place), start, width=width, colour=INK if basins is None else AID)
    lowest = float(tree.heights.min())
    reach = float(rungs[-1]) - lowest or 1.0
    ax.set_ylim(lowest - 0.06 * reach, float(rungs[-1]) + 0.08 * reach)
    if names is None and count > MOST_NAMES:
        ax.set(xticks=[], xlabel=f"{count} minima")
    else:
        write_names(ax, order, tree.heights[:count], names)
        ax.set_xlabel(f"{count} minima" if isinstance(names, Mapping) else "minimum")
    ax.set(xlim=(-0.7, count - 0.3), ylabel="value")
    return ax


def _draw(ax: "matplotlib.axes.Axes", lines: list, colours: list[str], width: float) -> None:
    from matplotlib.collections import LineCollection

    paths = [path for _, path in lines]
    ax.add_collection(LineCollection(paths, colors=colours, linewidths=width, capstyle="round"))


def _rungs(tree: MergeTree, levels: int | Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    """Return the levels, increasing, the last one at or above every merge."""
    low, high = float(tree.heights.min()), float(tree.heights.max())
    if isinstance(levels, int | np.integer) and not isinstance(levels, bool):
        if levels < 1:
            raise ValueError(f"`levels` must be at least 1, got {levels}")
        return np.linspace(low, high, int(levels) + 1)[1:]
    rungs = np.asarray(levels, dtype=float)
    fine = (
        rungs.ndim == 1 and len(rungs) and np.isfinite(rungs).all() and (np.diff(rungs) > 0).all()
    )
    if not fine or rungs[-1] < high:
        raise ValueError(
            f"`levels` must be a number of levels, or increasing levels of which the last is at "
            f"least {high:g}, the highest merge, got {levels!r}"
        )
    return rungs


def _lifted(tree: MergeTree, rungs: Float[np.ndarray, " k"]) -> Float[np.ndarray, " nodes"]:
    """Return the height at which each node is drawn: minima at their own."""
    count = len(tree)
    bins = np.searchsorted(rungs, tree.heights[count:])
    return np.concatenate([tree.heights[:count], rungs[np.minimum(bins, len(rungs) - 1)]])


def _middles(tree: MergeTree, order: Int[np.ndarray, " n"]) -> Float[np.ndarray, " nodes"]:
    """Return where each node stands: over the middle of its minima, which are neighbours."""
    count = len(tree)
    first = np.empty(len(tree.heights))
    first[order] = np.arange(count)
    last = first.copy()
    for merge, below in enumerate(tree.children):
        first[count + merge], last[count + merge] = first[below].min(), last[below].max()
    return (first + last) / 2


def _branches(
    tree: MergeTree, order: Int[np.ndarray, " n"], rungs: Float[np.ndarray, " k"]
) -> list[tuple[int, Float[np.ndarray, "_ 2"]]]:
    """Return a line up from each minimum and each branching, with its node.

    It rises to the last level below its end, and leans over to the branching there.
    """
    count = len(tree)
    middles, heights = _middles(tree, order), _lifted(tree, rungs)
    tops = np.arange(len(heights))  # of all merges at one level that meet, the last one
    for node in range(len(heights) - 1, count - 1, -1):
        parent = tree.parents[node]
        if parent >= 0 and heights[parent] == heights[node]:
            tops[node] = tops[parent]
    found = []
    for node, parent in enumerate(tree.parents.tolist()):
        if parent < 0 or tops[node] != node:
            continue
        end = tops[parent]
        rung = int(np.searchsorted(rungs, heights[end]))
        knee = max(heights[node], rungs[rung - 1] if rung else -np.inf)
        x, over = middles[node], middles[end]
        path = [(x, heights[node]), (x, knee), (over, heights[end])]
        found.append((node, np.array(path)))
    return found
