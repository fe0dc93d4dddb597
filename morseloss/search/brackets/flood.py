"""What flows where below a level: cells that may be under it, linked where they touch.

The one idea: a path below a level stays in cells whose lower bound is below it, and goes from cell
to cell that touch. If no chain of such cells leads to the goal, no path does; the cells of a
shortest chain are those that have to be looked at more closely.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from morseloss.search.brackets.dyadic import Dyadic

__all__ = ["Chain", "chain", "least_level"]

SURE = 1e-7  # the weight of a cell that is known, beside 1 of one that is not
NEARLY = 0.5  # cells by which a chain may be longer than the shortest


@dataclass(frozen=True, eq=False)
class Chain:
    """What flows from a start, and what leads to a goal.

    Attributes
    ----------
    flooded : ndarray of int, shape (flooded,)
        Cells that chains lead to.
    leads : bool
        Whether a goal is among them.
    hazy : ndarray of int, shape (hazy,)
        Cells on a shortest chain to a goal, or nearly shortest, that are not sure.
    sure : bool
        Whether a chain of sure cells leads to a goal.
    """

    flooded: Int[np.ndarray, " flooded"]
    leads: bool
    hazy: Int[np.ndarray, " hazy"]
    sure: bool


def chain(
    cells: Dyadic,
    among: Bool[np.ndarray, " cells"],
    start: int,
    goals: Bool[np.ndarray, " cells"],
    unsure: Bool[np.ndarray, " cells"],
) -> Chain:
    """Return what flows through some cells, and how it comes to a goal."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    nothing = np.empty(0, dtype=np.int64)
    if not among[start]:
        return Chain(nothing, False, nothing, False)
    rows = np.flatnonzero(among)
    places = np.full(len(cells), -1)
    places[rows] = np.arange(len(rows))
    here, there = places[cells.touching(among)]
    weights = np.where(unsure[rows], 1.0, SURE)
    into = np.concatenate([weights[there], weights[here]])
    pairs = np.concatenate([here, there]), np.concatenate([there, here])
    links = coo_array((into, pairs), shape=(len(rows),) * 2).tocsr()
    out = dijkstra(links, indices=places[start]) + weights[places[start]]
    reached = np.isfinite(out)
    ends = np.flatnonzero(goals[rows] & reached)
    if not len(ends):
        return Chain(rows[reached], False, nothing, False)
    shortest = out[ends].min()
    through = out + dijkstra(links.T, indices=ends, min_only=True)
    near = (through <= shortest + NEARLY) & unsure[rows]
    return Chain(rows[reached], True, rows[near], bool(shortest < 0.5))


def least_level(
    cells: Dyadic,
    heights: Float[np.ndarray, " cells"],
    start: int,
    goals: Bool[np.ndarray, " cells"],
) -> float:
    """Return the least level at which cells of at most that height lead to a goal."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    here, there = cells.touching(np.ones(len(cells), dtype=bool))
    over = np.maximum(heights[here], heights[there])

    def leads(level: float) -> bool:
        kept = over <= level
        links = coo_array(
            (np.ones(np.count_nonzero(kept)), (here[kept], there[kept])), shape=(len(cells),) * 2
        )
        labels = connected_components(links, directed=False)[1]
        return bool((labels[goals & (heights <= level)] == labels[start]).any())

    levels = np.unique(heights[heights >= heights[start]])
    low, high = 0, len(levels) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if leads(levels[middle]) else (middle + 1, high)
    return float(levels[low])
