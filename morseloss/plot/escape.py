"""How gradient descent leaves a minimum: its law, its steps, its orbits and its attractors."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from morseloss.escape import Attractors, linear_law
from morseloss.landscapes.landscape import Landscape
from morseloss.plot.style import AID, INK, PASS, SEA, legend_above, open_axes, ramp

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["bifurcation", "escape_law", "escape_steps", "orbits"]

MOST = 200_000  # points of a bifurcation diagram beyond which only some are drawn


def escape_law(
    lengths: Float[np.ndarray, " n"],
    rates: Float[np.ndarray, " n"],
    ax: "matplotlib.axes.Axes | None" = None,
) -> "matplotlib.axes.Axes":
    """Draw escape rates against bar lengths, with the line through them and its band.

    Parameters
    ----------
    lengths, rates : ndarray, shape (n,)
        Of the members of a family; rows that are not finite are left out.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        The band is the 95 % confidence band of the line.

    References
    ----------
    Barannikov et al., Loss barcode, Figure 12, right.

    Examples
    --------
    >>> import numpy as np, morseloss as ml
    >>> from morseloss.plot.escape import escape_law
    >>> escape_law(np.array([0.1, 0.2, 0.3]), np.array([1.0, 1.1, 1.21])).get_xlabel()
    'length of the bar'
    """
    ax = open_axes(ax, 5.0, 4.0)
    fine = np.isfinite(lengths) & np.isfinite(rates)
    lengths, rates = lengths[fine], rates[fine]
    law = linear_law(lengths, rates)
    ways = np.linspace(lengths.min(), lengths.max(), 200)
    middle, half = law.at(ways), law.band(ways)
    ax.fill_between(ways, middle - half, middle + half, color=SEA[3], alpha=0.6, linewidth=0)
    ax.plot(ways, middle, color=INK, linewidth=1.4)
    ax.plot(lengths, rates, "o", color=PASS, markersize=5, markeredgecolor="white", zorder=3)
    ax.set(xlabel="length of the bar", ylabel="least escape rate")
    ax.set_title(f"R² = {law.r_squared:.4f}", fontsize="medium")
    ax.margins(x=0.04, y=0.08)
    return ax


def escape_steps(
    rates: Float[np.ndarray, " n"],
    steps: Int[np.ndarray, " n"],
    ax: "matplotlib.axes.Axes | None" = None,
    colour: str = PASS,
) -> "matplotlib.axes.Axes":
    """Draw the steps to leave against the learning rate.

    Parameters
    ----------
    rates : ndarray, shape (n,)
        Ascending.
    steps : ndarray of int, shape (n,)
        -1 where the trajectory never leaves.
    ax : Axes, optional
        Where to draw; by default a new figure.
    colour : str
        Of the dots.

    Returns
    -------
    Axes
        Rates at which the trajectory never leaves are shaded.

    References
    ----------
    Barannikov et al., Loss barcode, Figure 17 (where 0 steps stand for "cannot get out").

    Examples
    --------
    >>> import numpy as np
    >>> from morseloss.plot.escape import escape_steps
    >>> escape_steps(np.array([1.0, 2.0]), np.array([-1, 5])).get_yscale()
    'log'
    """
    ax = open_axes(ax, 6.4, 3.0)
    out = steps > 0
    ax.plot(rates[out], steps[out], ".", color=colour, markersize=2.5, rasterized=True)
    _shade(ax, rates, ~out, SEA[4], "never leaves")
    legend_above(ax)
    ax.set(yscale="log", xlabel="learning rate", ylabel="steps to leave", ylim=(0.8, None))
    return ax


def _shade(
    ax: "matplotlib.axes.Axes",
    rates: Float[np.ndarray, " n"],
    here: Bool[np.ndarray, " n"],
    colour: str,
    label: str,
) -> None:
    """Shade the axes over the rates that are marked; a lone one as wide as a step."""
    if not here.any():
        return
    middles = (rates[1:] + rates[:-1]) / 2
    edges = np.concatenate([rates[:1], middles, rates[-1:]])
    turns = np.flatnonzero(np.diff(here, prepend=False, append=False))
    for first, last in turns.reshape(-1, 2).tolist():
        ax.axvspan(edges[first], edges[last], color=colour, linewidth=0, zorder=0, label=label)


def orbits(
    landscape: Landscape,
    paths: Sequence[Float[np.ndarray, " points"]],
    ax: "matplotlib.axes.Axes | None" = None,
    window: tuple[float, float] | None = None,
) -> "matplotlib.axes.Axes":
    """Draw trajectories of descent on the curve of a landscape in one variable.

    Parameters
    ----------
    landscape : Landscape
        In one variable.
    paths : sequence of ndarray, each of shape (points,)
        As `orbit` gives them.
    ax : Axes, optional
        Where to draw; by default a new figure.
    window : tuple of float, optional
        From where to where; by default around all points.

    Returns
    -------
    Axes
        Points run from pale to dark, joined by straight strokes; a ring is the start.

    Raises
    ------
    ValueError
        If the landscape is in more than one variable.

    References
    ----------
    Barannikov et al., Loss barcode, Figures 14 and 16.

    Examples
    --------
    >>> import numpy as np, morseloss as ml
    >>> from morseloss.plot.escape import orbits
    >>> orbits(ml.Polynomial({2: 1.0}), [np.array([1.0, -0.5, 0.25])]).get_ylabel()
    'value'
    """
    if landscape.dim != 1:
        raise ValueError(
            f"`landscape` must be in one variable to draw orbits on its curve, got {landscape!r}"
        )
    ax = open_axes(ax, 5.0, 3.6)
    every = np.concatenate(list(paths))
    low, high = window or (every.min(), every.max())
    if window is None:
        low, high = low - 0.1 * (high - low), high + 0.1 * (high - low)
    x = np.linspace(low, high, 600)
    ax.plot(x, _values(landscape, x), color=AID, linewidth=1.5, zorder=1)
    colours = ramp((*SEA[::-1][1:], INK))
    for path in paths:
        heights = _values(landscape, path)
        shades = np.linspace(0, 1, len(path))
        ax.plot(path, heights, color=PASS, linewidth=0.6, alpha=0.45, zorder=2)
        ax.scatter(
            path, heights, c=shades, cmap=colours, s=18, edgecolors="white", linewidths=0.4,
            zorder=3,
        )  # fmt: skip
        ax.plot(
            path[0], heights[0], "o", markersize=9, markerfacecolor="none", markeredgecolor=PASS
        )
    ax.set(xlim=(low, high), xlabel=landscape.variables[0], ylabel="value")
    return ax


def _values(landscape: Landscape, points: np.ndarray) -> np.ndarray:
    return landscape.value(torch.from_numpy(np.ascontiguousarray(points))[:, None]).numpy()


def bifurcation(
    found: Attractors,
    ax: "matplotlib.axes.Axes | None" = None,
    threshold: float | None = None,
) -> "matplotlib.axes.Axes":
    """Draw where descent stays in the long run against the learning rate.

    Parameters
    ----------
    found : Attractors
        As `attractors` gives them.
    ax : Axes, optional
        Where to draw; by default a new figure.
    threshold : float, optional
        A rate to mark by a vertical line, that of `threshold`.

    Returns
    -------
    Axes
        Rates at which the trajectory has left are shaded.

    Examples
    --------
    >>> import numpy as np, morseloss as ml
    >>> from morseloss.plot.escape import bifurcation
    >>> land = ml.Polynomial({2: 1.0, 4: -1.0, 6: 0.2})
    >>> bifurcation(ml.escape.attractors(land, np.linspace(0.9, 2.2, 50), 0.1)).get_ylabel()
    'late points'
    """
    ax = open_axes(ax, 6.4, 4.0)
    x = np.repeat(found.rates[~found.left], found.points.shape[1])
    y = found.points[~found.left].ravel()
    some = slice(None, None, max(1, len(x) // MOST))
    ax.plot(x[some], y[some], ",", color=INK, alpha=0.25, rasterized=True)
    _shade(ax, found.rates, found.left, "#f3dcd2", "has left")
    if threshold is not None:
        ax.axvline(threshold, color=PASS, linewidth=1.2, label="threshold")
    legend_above(ax)
    ax.set(xlabel="learning rate", ylabel="late points")
    ax.set_xlim(found.rates.min(), found.rates.max())
    return ax
