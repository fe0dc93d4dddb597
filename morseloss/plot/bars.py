"""Bars drawn one by one (`barcode`) and as points of the birth-death plane (`diagram`)."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from morseloss.plot.style import (
    AID,
    INK,
    LEAF,
    PASS,
    arrow,
    legend_above,
    name_rows,
    open_axes,
    say,
)
from morseloss.topology import Diagram

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["barcode", "diagram"]

DEGREES = ((INK, "o"), (PASS, "s"), (LEAF, "^"), (AID, "D"))
"""Colour and marker of the bars of degree 0, 1, ..., in turn."""


def barcode(
    diagram: Diagram,
    ax: "matplotlib.axes.Axes | None" = None,
    orientation: Literal["vertical", "horizontal"] = "vertical",
) -> "matplotlib.axes.Axes":
    """Draw one bar per minimum, from its value to the height at which it can be escaped.

    Parameters
    ----------
    diagram : Diagram
        The bars, drawn in its order: the lowest minimum first. The dot is the birth; a bar of
        length zero is a dot alone. Essential bars are arrows that leave the axes.
    ax : Axes, optional
        Where to draw; by default a new figure.
    orientation : {"vertical", "horizontal"}
        Vertical bars `[L(p), h_p]` as the paper draws them, or horizontal ones as is the custom in
        topological data analysis.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the orientation is neither of the two, or `diagram` no `Diagram`.

    References
    ----------
    Barannikov et al., Loss barcode, Figure 2.

    Examples
    --------
    >>> import numpy as np, morseloss as ml
    >>> bars = ml.Diagram(births=[0.0, 1.0], deaths=[np.inf, 3.0])
    >>> ml.plot.barcode(bars).get_ylabel()
    'value'
    """
    if orientation not in ("vertical", "horizontal"):
        raise ValueError(f'`orientation` must be "vertical" or "horizontal", got {orientation!r}')
    _check(diagram)
    upright, count = orientation == "vertical", len(diagram)
    length = min(9.0, max(3.0, 1.2 + 0.35 * count))
    ax = open_axes(ax, *((length, 4.0) if upright else (5.0, 0.8 * length)))
    places = np.arange(count)
    lines = ax.vlines if upright else ax.hlines
    width = float(np.clip(150 / max(count, 1), 0.6, 4.0))
    for degree in np.unique(diagram.degrees).tolist():
        colour, marker = DEGREES[degree % len(DEGREES)]
        of_degree = diagram.degrees == degree
        rows = of_degree & diagram.finite
        lines(places[rows], diagram.births[rows], diagram.deaths[rows], colour, linewidth=width)
        dots = (places, diagram.births) if upright else (diagram.births, places)
        size = min(7.0, 2.0 + width)
        ax.plot(
            *(part[of_degree] for part in dots),
            marker,
            color=colour,
            markersize=size,
            label=f"degree {degree}",
        )
    for place in np.flatnonzero(~diagram.finite).tolist():
        arrow(ax, place, float(diagram.births[place]), width=width, upright=upright)
    _name_bars(ax, diagram, upright)
    if len(np.unique(diagram.degrees)) > 1:
        legend_above(ax)
    return ax


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
    _check(diagram)
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


def _check(diagram: Diagram) -> None:
    if not isinstance(diagram, Diagram):
        raise ValueError(
            f"`diagram` must be a Diagram, got {type(diagram).__name__}; use `barcode(graph)` for "
            "a graph, `Diagram(births, deaths)` for two arrays"
        )


def _name_bars(ax: "matplotlib.axes.Axes", diagram: Diagram, upright: bool) -> None:
    """Label both axes; the bars carry the rows of their minima where these are known."""
    cells = np.asarray(diagram.birth_cells)
    minima = len(diagram) > 0 and bool((cells >= 0).all()) and not np.any(diagram.degrees)
    name_rows(ax, cells.tolist() if minima else [], upright=upright)
    across, along = (ax.set_xlabel, ax.set_ylabel) if upright else (ax.set_ylabel, ax.set_xlabel)
    across("minimum" if minima else "bar")
    along("value")
    if not len(diagram):
        say(ax, "no bars")
        return
    (ax.set_xlim if upright else ax.set_ylim)(-0.7, len(diagram) - 0.3)
    ends = np.concatenate([diagram.births, diagram.deaths[diagram.finite]])
    if ends.min() == ends.max():  # one half-line: leave room above its birth, not below
        size = max(abs(float(ends[0])), 1.0)
        (ax.set_ylim if upright else ax.set_xlim)(ends[0] - 0.1 * size, ends[0] + size)


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
