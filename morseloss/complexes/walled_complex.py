"""The Morse complex of a landscape on a box with walls: that of soft walls, put on the box.

The one idea: among soft walls the flow is an ordinary one, which slides along a wall in a thin layer
where the landscape falls outward, and its Morse complex is found as anywhere. Its boundary is that
of the box as long as softness changes the order of no two critical values.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from morseloss.complexes.flow_lines import FlowLines
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.soft_walls import DEPTH, SoftWalls
from morseloss.search.walls.hardening import softened
from morseloss.status import SearchError

__all__ = ["lines_on_box"]

DEPTHS = (DEPTH, DEPTH / 10, DEPTH / 100)
TIED = 1e-9  # of the range of the values: an order so close does not matter

Followed = Callable[[Landscape, CriticalPoints], FlowLines]


def lines_on_box(
    followed: Followed, landscape: Landscape, points: CriticalPoints
) -> FlowLines:
    """Return the flow lines of a landscape on a box, found among soft walls.

    Parameters
    ----------
    followed : callable
        Takes a landscape without walls and its critical points, and gives its flow lines.
    landscape : Landscape
        With a domain.
    points : CriticalPoints
        All of them, on walls, edges and corners as well.

    Raises
    ------
    SearchError
        If softness changes the order of two critical values, however hard the walls are.
    """
    soft, found = softened(landscape, points)
    for depth in DEPTHS:
        if depth < soft.depth:
            soft, found = softened(landscape, points, depth)
        if _in_order(points.values.numpy(force=True), found.values.numpy(force=True)):
            return _on_walls(soft, followed(soft, found), points)
    raise SearchError(
        f"two critical values of {landscape!r} on its box are so close that walls cannot be told "
        "apart from soft ones; use `perturb(landscape, size)`",
        points,
    )


def _in_order(values: Float[np.ndarray, " n"], soft: Float[np.ndarray, " n"]) -> bool:
    """Whether the soft values stand in the order of the others, ties apart."""
    order = np.lexsort((soft, values))
    sorted_values, highest = values[order], np.maximum.accumulate(soft[order])
    slack = TIED * (1 + np.ptp(values))
    swapped = soft[order] < highest
    if not swapped.any():
        return True
    first = np.searchsorted(sorted_values, sorted_values[swapped] - slack)
    before = np.where(first > 0, highest[np.maximum(first - 1, 0)], -np.inf)
    return bool((soft[order][swapped] >= before).all())


def _on_walls(soft: SoftWalls, lines: FlowLines, points: CriticalPoints) -> FlowLines:
    """The lines with their paths in the box, between the critical points there."""
    low, high = soft.walls.numpy(force=True)
    places = points.points.numpy(force=True)
    paths = []
    ends = zip(lines.sources, lines.targets, lines.paths or (), strict=True)
    for source, target, path in ends:
        inner = path[1:-1].clip(low, high)
        paths.append(np.concatenate([places[source][None], inner, places[target][None]]))
    return FlowLines(lines.sources, lines.targets, lines.signs, tuple(paths))
