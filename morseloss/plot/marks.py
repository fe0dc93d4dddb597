"""The marker of each kind of critical point, the same on maps and on curves."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from morseloss.critical import CriticalPoints
from morseloss.plot.style import AID, INK, PASS

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["kinds", "mark"]

KINDS = {
    # Morse index: marker, size, fill, edge, name; -1 is degenerate
    0: ("o", 8, INK, "white", "minimum"),
    1: ("X", 9, "white", PASS, "saddle"),
    2: ("^", 8, "white", INK, "maximum"),
    -1: ("s", 7, AID, "white", "degenerate"),
}


def mark(
    ax: "matplotlib.axes.Axes",
    points: Float[np.ndarray, "n dim"],
    values: Float[np.ndarray, " n"] | None,
    kind: Int[np.ndarray, " n"],
) -> None:
    """Draw markers at the points of a map, or above the points of a line."""
    for each in np.unique(kind).tolist():
        marker, size, fill, edge, name = KINDS[each]
        rows = kind == each
        ax.plot(
            points[rows, 0],
            points[rows, 1] if values is None else values[rows],
            marker,
            markersize=size,
            markerfacecolor=fill,
            markeredgecolor=edge,
            label=name,
            zorder=5 if each else 4,
        )


def kinds(points: CriticalPoints, dim: int) -> Int[np.ndarray, " n"]:
    """Return the rows of `KINDS`: a point of full index is a maximum, also in one variable."""
    indices = points.indices.cpu().numpy()
    return np.where(indices == dim, 2, indices)
