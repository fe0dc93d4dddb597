"""`diagram`: bars as points of the plane of births and deaths.

The one idea: both axes have the same limits, so that the diagonal is that of the picture, and
half-lines stand in a strip at its upper edge, wherever the limits are.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from morseloss.plot.diagrams.several import Member, drawn_on, members, tag
from morseloss.plot.style import AID, legend_above, open_axes, say
from morseloss.topology import Diagram

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["INFINITY", "diagram"]

INFINITY = 0.93  # height of the line at infinity, in units of the axes
PAD = 0.06  # around the points, in units of their extent
MOST_INSIDE, LONGEST_INSIDE = 4, 14  # labels, and letters of one, that fit below the diagonal


def diagram(
    diagram: Diagram | Sequence[Diagram],
    ax: "matplotlib.axes.Axes | None" = None,
    *,
    labels: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
) -> "matplotlib.axes.Axes":
    """Draw persistence diagrams: every bar a point, its birth against its death.

    Parameters
    ----------
    diagram : Diagram or sequence of Diagram
        Essential bars stand on the line marked with the sign of infinity.
    ax : Axes, optional
        Where to draw; by default a new figure. Diagrams that are there stay in sight.
    labels : sequence of str, optional
        One a diagram; by default several are numbered.
    colours : sequence of str, optional
        One a diagram. By default a lone diagram is coloured by degree, others take turns.

    Returns
    -------
    Axes
        Of equal aspect: the distance to the diagonal is the lifetime over sqrt(2). Where several
        diagrams have bars of several degrees, colours tell the diagrams, markers the degrees.

    Raises
    ------
    ValueError
        If `diagram` holds something else than diagrams, or there is not one label or colour each.

    References
    ----------
    Barannikov et al., Loss barcode, section 3.4.

    Examples
    --------
    >>> import numpy as np, morseloss as ml
    >>> one = ml.Diagram(births=[0.0, 1.0], deaths=[np.inf, 3.0])
    >>> two = ml.Diagram(births=[0.5], deaths=[np.inf])
    >>> ax = ml.plot.diagram([one, two], labels=["wide", "narrow"])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['wide', 'narrow']
    """
    ax = open_axes(ax, 4.4, 4.2)
    for member in members(ax, diagram, labels, colours):
        _draw(ax, member)
    _frame(ax)
    _fit(ax)
    return ax


def _draw(ax: "matplotlib.axes.Axes", member: Member) -> None:
    """Draw the points of one diagram, those at infinity at their births on the line."""
    from matplotlib.transforms import blended_transform_factory

    bars, strip = member.bars, blended_transform_factory(ax.transData, ax.transAxes)
    for degree in member.degrees:
        colour, marker, label = member.style(degree)
        rows, look = bars.degrees == degree, {"color": colour, "linestyle": "", "zorder": 3}
        look |= {"marker": marker, "markeredgecolor": "white", "markeredgewidth": 0.5}
        ended, endless = rows & bars.finite, rows & ~bars.finite
        (line,) = ax.plot(bars.births[ended], bars.deaths[ended], label=label, **look)
        tag(ax, line, member.place)
        if endless.any():
            heights = np.full(int(endless.sum()), INFINITY)
            ax.plot(bars.births[endless], heights, transform=strip, clip_on=False, **look)
            _line_at_infinity(ax)


def _frame(ax: "matplotlib.axes.Axes") -> None:
    """Draw the diagonal and the half below it, once: both stay where they are for all limits."""
    if not any(line.get_label() == "_diagonal" for line in ax.lines):
        ax.fill([0, 1, 1], [0, 0, 1], "#f1f1ee", transform=ax.transAxes, linewidth=0, zorder=0)
        ax.plot(
            [0, 1], [0, 1], color=AID, linewidth=1, zorder=1, transform=ax.transAxes,
            label="_diagonal",
        )  # fmt: skip


def _line_at_infinity(ax: "matplotlib.axes.Axes") -> None:
    """Draw the line at infinity, once."""
    if _has_infinity(ax):
        return
    ax.plot(
        [0, 1], [INFINITY] * 2, color=AID, linewidth=1, linestyle="--", zorder=1,
        transform=ax.transAxes, label="_infinity",
    )  # fmt: skip
    ax.annotate(
        "∞", (0, INFINITY), (-4, 0), xycoords="axes fraction", textcoords="offset points",
        ha="right", va="center", size="large",
    )  # fmt: skip


def _has_infinity(ax: "matplotlib.axes.Axes") -> bool:
    return any(line.get_label() == "_infinity" for line in ax.lines)


def _fit(ax: "matplotlib.axes.Axes") -> None:
    """Choose limits, ticks and legend for all diagrams on the axes."""
    places = _places(ax)
    low, high = (float(places.min()), float(places.max())) if len(places) else (0.0, 1.0)
    high = high if high > low else low + max(abs(low), 1.0)
    bottom, top = low - PAD * (high - low), high + PAD * (high - low)
    if _has_infinity(ax):  # the points end well below the line
        top = bottom + (high - bottom) / (INFINITY - PAD)
    if not len(places):
        say(ax, "no bars")
    _ticks_up_to(ax, low, high)
    ax.set(xlim=(bottom, top), ylim=(bottom, top), aspect="equal", xlabel="birth", ylabel="death")
    called = list(dict.fromkeys(str(line.get_label()) for _, line in drawn_on(ax)))
    if len(called) > MOST_INSIDE or any(len(name) > LONGEST_INSIDE for name in called):
        legend_above(ax, columns=3)
    elif len(called) > 1 or (called and not called[0].startswith("degree ")):
        ax.legend(loc="lower right", frameon=False)  # below the diagonal there are no points


def _places(ax: "matplotlib.axes.Axes") -> np.ndarray:
    """Return all births and finite deaths on the axes."""
    upper = ax.transAxes
    found = [np.zeros(0)]
    for line in ax.lines:
        if line.get_transform() is not upper and not str(line.get_label()).startswith("_diag"):
            x, y = (np.asarray(part, float) for part in line.get_data())
            found += [x] if line.get_transform() != ax.transData else [x, y]
    return np.concatenate(found)


def _ticks_up_to(ax: "matplotlib.axes.Axes", low: float, high: float) -> None:
    """Put the same ticks on both axes, none at or above the line of infinity."""
    from matplotlib.ticker import MaxNLocator

    locator = MaxNLocator(nbins=5, steps=[1, 2, 5, 10])
    ticks = np.asarray(locator.tick_values(low, high))
    ticks = ticks[(ticks >= low - 0.05 * (high - low)) & (ticks <= high)]
    ax.set_xticks(ticks)
    ax.set_yticks(ticks)
