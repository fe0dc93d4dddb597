"""`uncertainty`: barcodes with error bars, one or several side by side.

The one idea: a pale bar from mean birth to mean death, and at both ends a dark whisker over the
band of all draws, so that a length can be judged against what another run would have given.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from morseloss.plot.style import DEGREES, legible, name_rows, open_axes, say

if TYPE_CHECKING:
    import matplotlib.axes

    from morseloss.networks.uncertainty import Uncertainty

__all__ = ["uncertainty"]

GAP = 0.8  # between two barcodes, in bars
ROOM = 0.08  # of the height, by which half-lines reach beyond the highest whisker
BROAD, BROADEST = 0.4, 7.0  # width of a bar: a part of its room, and most points
PALE = 0.38  # opacity of a bar


def uncertainty(
    barcodes: "Uncertainty | Sequence[Uncertainty]",
    ax: "matplotlib.axes.Axes | None" = None,
    labels: Sequence[str] | None = None,
) -> "matplotlib.axes.Axes":
    """Draw barcodes with the bands of their births and deaths.

    Parameters
    ----------
    barcodes : Uncertainty or sequence of Uncertainty
        What `repeated`, `resampled` or `uncertainty` returned. Each stands in its own place, with
        its own colour and marker.
    ax : Axes, optional
        Where to draw; by default a new figure.
    labels : sequence of str, optional
        One a barcode, written below it. Without labels the bars are numbered.

    Returns
    -------
    Axes
        A bar reaches from mean birth (marker) to mean death (stroke), in order of the minima,
        lowest first; whiskers hold the part `level` of the draws, or all of them where they are
        too few for that (`Uncertainty.band` tells). The bar of the lowest minimum
        has no end: it is dotted. So is one that had no end in any draw.

    Raises
    ------
    ValueError
        If there is something else than `Uncertainty`, or not one label for each.

    References
    ----------
    Barannikov et al., Loss barcode, Figures 11 and 18.

    Examples
    --------
    >>> import morseloss as ml
    >>> from morseloss.networks import repeated
    >>> graphs = [ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [height]) for height in (2.0, 3.0)]
    >>> ax = ml.plot.uncertainty([repeated(graphs), repeated(graphs)], labels=["one", "two"])
    >>> [tick.get_text() for tick in ax.get_xticklabels()]
    ['one', 'two']
    """
    many = list(barcodes) if isinstance(barcodes, Sequence) else [barcodes]
    _check(many, labels)
    counts = [part.births.draws.shape[1] for part in many]
    firsts = np.cumsum([0, *(count + GAP for count in counts)])
    total = max(firsts[-1] - GAP, 1.0)
    ax = open_axes(ax, float(np.clip(1.6 + 0.4 * total, 3.2, 9.0)), 4.0)
    if not many:
        say(ax, "no bars")
    else:
        bottom, top = _reach(many)
        room = ax.get_window_extent().width / ax.figure.dpi * 72 / total
        for group, (first, part) in enumerate(zip(firsts, many, strict=False)):
            _draw(ax, part, first, top + ROOM * (top - bottom), DEGREES[group % 4], room)
        ax.set_xlim(-0.8, total - 0.2)
    places = [first + np.arange(count) for first, count in zip(firsts, counts, strict=False)]
    if labels is None:
        rows = [row for count in counts for row in range(count)]
        name_rows(ax, rows, np.concatenate([[], *places]).tolist())
        ax.set_xlabel("minimum, by value")
    else:
        ax.set_xticks([float(place.mean()) for place in places], list(map(legible, labels)))
        ax.xaxis.set_tick_params(length=0)
    ax.set_ylabel("value")
    return ax


def _check(many: list, labels: Sequence[str] | None) -> None:
    wrong = [type(part).__name__ for part in many if not hasattr(part, "level")]
    if wrong:
        raise ValueError(
            f"`barcodes` must be Uncertainty, as `repeated(graphs)` gives it, got {wrong[0]}; "
            "a single barcode is drawn by `plot.barcode`"
        )
    if labels is not None and len(labels) != len(many):
        raise ValueError(
            f"`labels` must have one name a barcode, {len(many)}, got {len(labels)}: {labels!r}"
        )


def _reach(many: "list[Uncertainty]") -> tuple[float, float]:
    """Return the lowest and the highest end of all whiskers."""
    lows = np.concatenate([part.births.low for part in many])
    highs = np.concatenate([np.fmax(part.deaths.high, part.births.high) for part in many])
    bottom, top = float(lows.min()), float(highs.max())
    # one half-line alone has no height: as much room as its value, or 1
    return bottom, top if top > bottom else bottom + (abs(bottom) or 1.0)


def _draw(
    ax: "matplotlib.axes.Axes",
    part: "Uncertainty",
    first: float,
    top: float,
    style: tuple[str, str],
    room: float,
) -> None:
    """Draw one barcode from the place `first` on; half-lines end at `top`.

    `room` is the distance of two bars in points.
    """
    (colour, marker), width = style, min(BROADEST, BROAD * room)
    births, deaths = part.births, part.deaths
    places = first + np.arange(len(births.mean))
    ended = np.isfinite(deaths.mean)
    ax.vlines(
        places[ended], births.mean[ended], deaths.mean[ended],
        colour, linewidth=width, alpha=PALE, capstyle="butt",
    )  # fmt: skip
    ax.vlines(
        places[~ended], births.mean[~ended], top, colour, linewidth=1.6, linestyle=(0, (1, 1.6))
    )
    # where both ends vary, their whiskers could overlap: one to the left, one to the right
    aside = width / 2 / room if (births.high > births.low).any() else 0.0
    for side, ends, mark, size in (
        (-1, births, marker, min(4.5, width + 1.5)),
        (1, deaths, "_", width + 3),
    ):
        known = np.isfinite(ends.mean)
        # a whisker reaches from low to high, wherever the mean lies
        middle, half = (ends.low + ends.high)[known] / 2, (ends.high - ends.low)[known] / 2
        caps = np.where(half.any(), min(width, 3.5), 0.0)
        ax.errorbar(
            places[known] + side * aside, middle, half, fmt="none", color=colour, elinewidth=1.1,
            capsize=float(caps), capthick=1.1, zorder=3,
        )  # fmt: skip
        ax.plot(
            places[known], ends.mean[known], mark, color=colour, markersize=size, zorder=4,
            markeredgewidth=1.6 if mark == "_" else 0,
        )  # fmt: skip
