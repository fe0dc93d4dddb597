"""`diagram`: bars as points of the plane of births and deaths."""

from typing import TYPE_CHECKING

import numpy as np

from morseloss.plot.style import AID, DEGREES, open_axes, say
from morseloss.topology import Diagram
from morseloss.topology.diagram import check_diagram

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["diagram"]


def diagram(diagram: Diagram, ax: "matplotlib.axes.Axes | None" = None) -> "matplotlib.axes.Axes":
    """Draw the persistence diagram: every bar a point, its birth against its death.

    Parameters
    ----------
    diagram : Diagram
        Essential bars stand on the line marked with the sign of infinity.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        Of equal aspect: the distance to the diagonal is the lifetime over sqrt(2).

    Raises
    ------
    ValueError
        If `diagram` is no `Diagram`.

    References
    ----------
    Barannikov et al., Loss barcode, section 3.4.

    Examples
    --------
    >>> import numpy as np, morseloss as ml
    >>> bars = ml.Diagram(births=[0.0, 1.0], deaths=[np.inf, 3.0])
    >>> ml.plot.diagram(bars).get_ylabel()
    'death'
    """
    check_diagram(diagram)
    ax = open_axes(ax, 4.4, 4.2)
    low, high = _extent(diagram)
    pad = 0.06 * (high - low)
    top = high + 2 * pad
    limits = low - pad, top + pad
    corner = [limits[0], limits[1], limits[1]], [limits[0], limits[0], limits[1]]
    ax.fill(*corner, color="#f1f1ee", linewidth=0, zorder=0)
    ax.plot(limits, limits, color=AID, linewidth=1, zorder=1)
    if not diagram.finite.all():
        ax.axhline(top, color=AID, linewidth=1, linestyle="--", zorder=1)
        _mark_infinity(ax, top)
    deaths = np.where(diagram.finite, diagram.deaths, top)
    for degree in np.unique(diagram.degrees).tolist():
        colour, marker = DEGREES[degree % len(DEGREES)]
        rows = diagram.degrees == degree
        ax.plot(
            diagram.births[rows],
            deaths[rows],
            marker,
            color=colour,
            markersize=6,
            markeredgecolor="white",
            markeredgewidth=0.5,
            label=f"degree {degree}",
            zorder=3,
        )
    if len(np.unique(diagram.degrees)) > 1:
        ax.legend(loc="lower right", frameon=False)
    if not len(diagram):
        say(ax, "no bars")
    _ticks_up_to(ax, low, high)
    ax.set(xlim=limits, ylim=limits, aspect="equal", xlabel="birth", ylabel="death")
    return ax


def _extent(diagram: Diagram) -> tuple[float, float]:
    ends = np.concatenate([diagram.births, diagram.deaths[diagram.finite]])
    if not len(ends):
        return 0.0, 1.0
    low, high = float(ends.min()), float(ends.max())
    return (low, high) if high > low else (low, low + max(abs(low), 1.0))


def _mark_infinity(ax: "matplotlib.axes.Axes", height: float) -> None:
    ax.annotate(
        "∞",
        xy=(0, height),
        xycoords=("axes fraction", "data"),
        xytext=(-4, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        size="large",
    )


def _ticks_up_to(ax: "matplotlib.axes.Axes", low: float, high: float) -> None:
    """Put the same ticks on both axes, none at or above the line of infinity."""
    from matplotlib.ticker import MaxNLocator

    locator = MaxNLocator(nbins=5, steps=[1, 2, 5, 10])
    ticks = np.asarray(locator.tick_values(low, high))
    ticks = ticks[(ticks >= low - 0.05 * (high - low)) & (ticks <= high)]
    ax.set_xticks(ticks)
    ax.set_yticks(ticks)
