"""How a merge tree stands on the page: who is beside whom, what is called how, colours of basins.

The one idea: both sides of a merge occupy neighbouring intervals, so no two lines cross. A basin is
all that hangs together below a height.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from morseloss.graphs.graph import as_graph
from morseloss.graphs.persistence import merge_tree as tree_of
from morseloss.plot.style import AID, GROUPS, INK, halo, literal, name_rows
from morseloss.topology import MergeTree
from morseloss.topology.door import number

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["Basins", "Names", "basins_of", "layout", "named", "read_tree", "write_names"]

Names = Sequence[str] | Mapping[int, str]


@dataclass(frozen=True, eq=False)
class Basins:
    """Which nodes of a tree hang together below a height, and their colours.

    Attributes
    ----------
    height : float
        `inf` where the whole tree has one colour.
    groups : ndarray, shape (nodes,)
        Basin of each node, counted from the one with most minima on; above the height it is -1.
    """

    height: float
    groups: Int[np.ndarray, " nodes"]

    def colours(self, nodes: Int[np.ndarray, " k"]) -> list[str]:
        """Return the colours of nodes: grey above the height, and in all but the largest basins."""
        if not np.isfinite(self.height):
            return [INK] * len(nodes)
        ramp = [*(colour for colour, _ in GROUPS[:-1]), AID]
        picked = np.minimum(self.groups[nodes], len(ramp) - 1).tolist()
        return [ramp[group] for group in picked]


def read_tree(source: Any) -> tuple[MergeTree, tuple[str, ...] | None]:
    """Return the merge tree of a source, and the names that its graph has for the minima.

    Raises
    ------
    ValueError
        If the source is neither a tree nor a graph.
    """
    if isinstance(source, MergeTree):
        return source, None
    graph = as_graph(source)
    return tree_of(graph), graph.names


def basins_of(tree: MergeTree, height: float | None) -> Basins:
    """Return the basins below a height; None makes one of everything.

    Raises
    ------
    ValueError
        If the height is no number.
    """
    count, nodes = len(tree), len(tree.heights)
    if height is None:
        return Basins(np.inf, np.zeros(nodes, dtype=int))
    height = number("basins", height)
    tops = np.arange(nodes)
    for node in range(nodes - 1, -1, -1):  # from above: a parent has a higher number
        parent = tree.parents[node]
        if parent >= 0 and tree.heights[parent] <= height:
            tops[node] = tops[parent]
    below = tree.heights <= height
    heads, sizes = np.unique(tops[:count][below[:count]], return_counts=True)
    rank = np.full(nodes, -1)
    rank[heads[np.argsort(-sizes, kind="stable")]] = np.arange(len(heads))
    return Basins(float(height), np.where(below, rank[tops], -1))


def layout(tree: MergeTree) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " nodes"]]:
    """Return the minima from left to right, and the eldest minimum below each node.

    The younger side of a merge stands on the side of the elder which has fewer minima so far.
    """
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


def named(names: Names | None, known: tuple[str, ...] | None, count: int) -> Names | None:
    """Return the names to write: those given, or those of the graph.

    Raises
    ------
    ValueError
        If there is not one for each minimum, or one for a row that is none.
    """
    if names is None:
        return known
    if isinstance(names, Mapping):
        wrong = [row for row in names if not 0 <= row < count]
        if wrong:
            raise ValueError(f"`names` must name rows from 0 to {count - 1}, got row {wrong[0]!r}")
    elif isinstance(names, str) or len(names) != count:
        came = repr(names) if isinstance(names, str) else len(names)
        raise ValueError(
            f"`names` must hold one text a minimum, {count}, got {came}; to name a few, give "
            "{row: text}"
        )
    return names


def write_names(
    ax: "matplotlib.axes.Axes",
    order: Int[np.ndarray, " n"],
    values: Float[np.ndarray, " n"],
    names: Names | None,
) -> None:
    """Write names below the axes, or, of a few minima, beside these."""
    if not isinstance(names, Mapping):
        every: Any = range(len(order)) if names is None else names
        rows = [every[row] for row in order.tolist()]
        name_rows(ax, rows, list(range(len(rows))))
        return
    ax.set_xticks([])
    places = np.argsort(order)
    for row, text in names.items():
        inward = -1 if places[row] > 0.7 * len(order) else 1
        ax.annotate(
            literal(text), (float(places[row]), float(values[row])), (6 * inward, 0), size="small",
            textcoords="offset points", ha="left" if inward > 0 else "right", va="center",
            path_effects=halo(3),
        )  # fmt: skip
