"""The Morse complex of a landscape on a box with walls: that of soft walls, put on the box.

The one idea: among soft walls the flow is an ordinary one, which slides along a wall in a thin
layer where the landscape falls outward, and its Morse complex is found as anywhere. Its boundary
is that of the box if the pairs that it makes are those of the exact values: else walls are made
harder.
"""

from collections.abc import Callable

import numpy as np

from morseloss.complexes.flow_lines import FlowLines
from morseloss.complexes.morse import MorseComplex
from morseloss.landscapes.boxes.soft_walls import SoftWalls
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.search.walls.hardening import softened
from morseloss.status import SearchError

__all__ = ["complex_on_box", "lines_on_box"]

MOST_VARIABLES = 3
DEPTHS = (0.03, 0.01, 0.003, 0.001, 1e-4)
"""Of soft walls, in widths of the box: the softer, the quicker they are followed."""


def complex_on_box(
    made: Callable[[Landscape, CriticalPoints], MorseComplex],
    landscape: Landscape,
    points: CriticalPoints,
) -> MorseComplex:
    """Return the Morse complex of a landscape on a box, made among soft walls.

    Parameters
    ----------
    made : callable
        Takes a landscape without walls and its critical points, and gives its complex.
    landscape : Landscape
        With a domain.
    points : CriticalPoints
        All of them, on walls, edges and corners as well.

    Raises
    ------
    ValueError
        If the box has more than three dimensions.
    SearchError
        If the complex cannot be made, or pairs others than the exact values do, however hard the
        walls are.
    """
    if landscape.dim > MOST_VARIABLES:
        raise ValueError(
            f"the Morse complex of a box with walls is computed in at most {MOST_VARIABLES} "
            f"variables, got {landscape!r} of dimension {landscape.dim}; `build_graph` works there "
            "for degree 0, or take a box on whose boundary minus the gradient points inward"
        )
    values, indices, places = (
        part.numpy(force=True) for part in (points.values, points.indices, points.points)
    )
    problem: Exception | None = None
    for depth in DEPTHS:
        try:
            soft, found = softened(landscape, points, depth)
            near = made(soft, found)
            lines = _on_walls(soft, near.lines, points)
            exact = MorseComplex.from_lines(values, indices, lines, places)
        except (SearchError, ValueError) as error:
            problem = error
            continue
        if np.array_equal(_pairs(near), _pairs(exact)):
            return exact
        problem = SearchError(
            f"critical values of {landscape!r} on its box lie so close that soft walls pair others "
            "than hard ones; use `perturb(landscape, size)`",
            lines,
        )
    raise SearchError(str(problem), getattr(problem, "found", None)) from problem


def lines_on_box(
    followed: Callable[[Landscape, CriticalPoints], FlowLines],
    landscape: Landscape,
    points: CriticalPoints,
) -> FlowLines:
    """Return flow lines of a landscape on a box, found among soft walls.

    Parameters
    ----------
    followed : callable
        Takes a landscape without walls and its critical points, and gives its flow lines.
    landscape, points
        As for `complex_on_box`.

    Raises
    ------
    SearchError
        If they cannot be followed, however hard the walls are.
    """
    problem: SearchError | None = None
    for depth in DEPTHS:
        try:
            soft, found = softened(landscape, points, depth)
            return _on_walls(soft, followed(soft, found), points)
        except SearchError as error:
            problem = error
    raise SearchError(str(problem), getattr(problem, "found", None)) from problem


def _pairs(complex: MorseComplex) -> np.ndarray:
    pairs = complex.canonical_form().pairs
    return pairs[np.lexsort(pairs.T)]


def _on_walls(soft: SoftWalls, lines: FlowLines | None, points: CriticalPoints) -> FlowLines:
    """The lines with their paths in the box, between the critical points there."""
    if lines is None:
        raise ValueError("a complex on a box is made of flow lines, got one without")
    low, high = soft.walls.numpy(force=True)
    places = points.points.numpy(force=True)
    paths = []
    ends = zip(lines.sources, lines.targets, lines.paths or (), strict=True)
    for source, target, path in ends:
        inner = path[1:-1].clip(low, high)
        paths.append(np.concatenate([places[source][None], inner, places[target][None]]))
    return FlowLines(lines.sources, lines.targets, lines.signs, tuple(paths))
