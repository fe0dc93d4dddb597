"""The marker of each kind of critical point, the same on maps, on curves and in space."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int, Shaped

from morseloss.plot.style import AID, INK, PASS

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["KINDS", "MAXIMUM", "MINIMUM", "SADDLE", "kinds", "mark"]

MINIMUM, SADDLE, MAXIMUM = "minimum", "saddle", "maximum"

KINDS = {
    # name: marker, size, fill, edge
    MINIMUM: ("o", 8, INK, "white"),
    SADDLE: ("X", 9, "white", PASS),
    "saddle of index 1": ("X", 9, "white", PASS),
    "saddle of index 2": ("P", 9, PASS, "white"),
    MAXIMUM: ("^", 8, "white", INK),
    "degenerate": ("s", 7, AID, "white"),
}


def mark(
    ax: "matplotlib.axes.Axes",
    places: Float[np.ndarray, "n axes"],
    kind: Shaped[np.ndarray, " n"],
    *,
    scale: float = 1.0,
    zorder: float = 4.0,
) -> None:
    """Draw a marker at each place, minima below the others.

    Parameters
    ----------
    ax : Axes
    places : ndarray, shape (n, 2) or (n, 3)
        Where on the picture.
    kind : ndarray of str, shape (n,)
        Names of `KINDS`.
    scale : float
        Size of the markers, in units of their usual one.
    zorder : float
        That of the minima; the other markers are drawn one higher.
    """
    for name, (marker, size, fill, edge) in KINDS.items():
        rows = kind == name
        if rows.any():
            ax.plot(
                *places[rows].T,
                marker,
                markersize=scale * size,
                markerfacecolor=fill,
                markeredgecolor=edge,
                label=name,
                zorder=zorder + (name != MINIMUM),
            )


def kinds(indices: Int[np.ndarray, " n"], dim: int) -> Shaped[np.ndarray, " n"]:
    """Return the names of points of these Morse indices (-1: degenerate) in R^dim."""
    names = {-1: "degenerate", 0: MINIMUM, 1: SADDLE}
    if dim > 2:
        names |= {index: f"saddle of index {index}" for index in range(1, dim)}
    names[dim] = MAXIMUM
    return np.array([names[index] for index in indices.tolist()], dtype=object)
