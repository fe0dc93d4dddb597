"""How the gradient flow lines of a Morse complex look, on the plane and in space."""

from typing import Any

import numpy as np
from jaxtyping import Float

from morseloss.complexes.morse import MorseComplex
from morseloss.landscapes.landscape import Landscape
from morseloss.plot.style import INK, LEAF, PASS

__all__ = ["FLOWS", "flow_lines", "points_of"]

DOWN, BETWEEN, UP = "flow to a minimum", "flow between saddles", "flow from a maximum"

FLOWS: dict[str, dict[str, Any]] = {
    DOWN: {"color": PASS, "linewidth": 1.6, "linestyle": "-"},
    BETWEEN: {"color": LEAF, "linewidth": 1.6, "linestyle": (0, (1, 1))},
    UP: {"color": INK, "linewidth": 1.6, "linestyle": (0, (4, 2))},
}
"""Name and style of the flow lines, the lowest first."""


def flow_lines(
    complex: MorseComplex, landscape: Landscape
) -> list[tuple[str, Float[np.ndarray, "_ dim"]]]:
    """Return name and path of each flow line, straight where no path is known."""
    points, lines = points_of(complex, landscape), complex.lines
    if lines is None:
        return []
    names = np.select(
        [complex.indices[lines.sources] == 1, complex.indices[lines.sources] == landscape.dim],
        [DOWN, UP],
        BETWEEN,
    )
    straight = points[np.column_stack([lines.sources, lines.targets])]
    paths = straight if lines.paths is None else lines.paths
    return list(zip(names.tolist(), paths, strict=True))


def points_of(complex: MorseComplex, landscape: Landscape) -> Float[np.ndarray, "n dim"]:
    """Return where the critical points of the complex are.

    Raises
    ------
    ValueError
        If it does not know, or is the complex of a landscape of another dimension.
    """
    if complex.points is None:
        raise ValueError(
            "`complex` must know its points to be drawn, got one without; pass `points` when it "
            "is made, or draw its bars with `plot.barcode(complex.diagram())`"
        )
    if complex.points.shape[1] != landscape.dim:
        raise ValueError(
            f"`complex` must hold points of dimension {landscape.dim} for {landscape!r}, got "
            f"{complex.points.shape[1]}; pass what was found on this landscape"
        )
    return complex.points
