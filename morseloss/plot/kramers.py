"""`kramers`: measured escape times of many landscapes on one line of slope one.

The one idea: over Kramers' prefactor, the logarithm of a mean escape time is the rise of the
potential that the walk sees: with Gaussian noise the length of the bar over the temperature. So all
landscapes give points on the diagonal; what leaves it is not cold enough, or has other ways out.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from morseloss.escape.noise.kramers import barrier, log_kramers_steps
from morseloss.escape.noise.langevin import log_diffusion_steps
from morseloss.escape.noise.noisy_descent import Descent, GaussianDescent
from morseloss.escape.noise.passage import EscapeTimes
from morseloss.escape.noise.valley import valley
from morseloss.plot.style import AID, INK, LEAF, PASS, open_axes, say

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["kramers"]

COLOURS = (INK, PASS, LEAF, "#6a4c93", "#2a8c9a", AID)
MARKERS = "os^Dvp"
CURVE = 60  # temperatures on an exact curve


def kramers(
    descents: Sequence[Descent],
    starts: Sequence[float],
    times: Sequence[EscapeTimes],
    ax: "matplotlib.axes.Axes | None" = None,
) -> "matplotlib.axes.Axes":
    """Draw the logarithm of mean escape times against the length of the bar over the temperature.

    Parameters
    ----------
    descents : sequence of GaussianDescent or BatchDescent, length n
        How the steps were taken; those on one landscape share a colour.
    starts : sequence of float, length n
        Where each began.
    times : sequence of EscapeTimes, length n
        What `escape_times` returned. Without an escape there is no point.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        Points with 95 % intervals, over Kramers' prefactor; curves of the exact mean time of the
        diffusion, an open ring for a finite sum, whose temperature is no single number; the
        diagonal, dashed, is Kramers' law. For a finite sum the rise of the quasi-potential
        stands for length over temperature.

    Raises
    ------
    ValueError
        If the three differ in length.

    References
    ----------
    Barannikov et al., Loss barcode, Section 9.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.escape.noise.noisy_descent import GaussianDescent
    >>> from morseloss.escape.noise.passage import escape_times
    >>> from morseloss.plot.kramers import kramers
    >>> land = ml.Polynomial({4: 1.0, 2: -2.0, 1: 0.3})
    >>> descent = GaussianDescent(land, lr=0.01, sigma=7.0)
    >>> seen = escape_times(descent, 0.96, 100, generator=torch.Generator().manual_seed(0))
    >>> kramers([descent], [0.96], [seen]).get_xlabel()
    'length of the bar / temperature'
    """
    if not len(descents) == len(starts) == len(times):
        raise ValueError(
            "`descents`, `starts` and `times` must have one length, got "
            f"{len(descents)}, {len(starts)} and {len(times)}"
        )
    ax = open_axes(ax, 5.6, 4.6)
    places = [valley(d.landscape, x) for d, x in zip(descents, starts, strict=True)]
    groups: dict[tuple, list[int]] = {}
    for row, (descent, place) in enumerate(zip(descents, places, strict=True)):
        groups.setdefault((descent.landscape, place.minimum), []).append(row)
    ends = []
    for group, rows in enumerate(groups.values()):
        colour, marker = COLOURS[group % len(COLOURS)], MARKERS[group % len(MARKERS)]
        label: str | None = f"length {places[rows[0]].length:.3g}"
        for row in rows:
            descent, start, seen = descents[row], starts[row], times[row]
            at = barrier(descent, start)
            front = log_kramers_steps(descent, start) - at
            if np.isfinite(at) and seen.escaped.any():
                low, middle, high = np.log([seen.interval()[0], seen.mean, seen.interval()[1]])
                ax.errorbar(
                    at,
                    middle - front,
                    [[middle - low], [high - middle]],
                    fmt=marker,
                    color=colour,
                    markersize=5,
                    capsize=2,
                    label=label,
                    zorder=3,
                )
                ends.append(at)
                label = None
            if not isinstance(descent, GaussianDescent) and np.isfinite(at):
                exact = log_diffusion_steps(descent, start) - front
                ax.plot(at, exact, "o", markersize=10, markerfacecolor="none", color=colour)
        _exact_curve(ax, [descents[r] for r in rows], starts[rows[0]], colour)
    _finish(ax, ends)
    return ax


def _exact_curve(ax, descents: Sequence[Descent], start: float, colour: str) -> None:
    """Draw the exact times between the temperatures of the Gaussian ones, if there are two."""
    even = [d for d in descents if isinstance(d, GaussianDescent)]
    if len({d.temperature for d in even}) < 2:
        return
    heat = np.geomspace(min(d.temperature for d in even), max(d.temperature for d in even), CURVE)
    lr = even[0].lr
    points = []
    for temperature in heat.tolist():
        descent = GaussianDescent(even[0].landscape, lr, (2 * temperature / lr) ** 0.5)
        at = barrier(descent, start)
        front = log_kramers_steps(descent, start) - at
        points.append((at, log_diffusion_steps(descent, start) - front))
    ax.plot(*np.array(points).T, color=colour, linewidth=1.2, zorder=2)


def _finish(ax, ends: list[float]) -> None:
    if ends:
        span = np.array([min(ends) - 0.4, max(ends) + 0.4])
        ax.plot(span, span, "--", color=AID, linewidth=1, zorder=1, label="slope one")
        ax.legend(frameon=False, fontsize="small", loc="upper left")
    else:
        say(ax, "no escapes")
    ax.set(xlabel="length of the bar / temperature", ylabel="log (mean escape time / prefactor)")
