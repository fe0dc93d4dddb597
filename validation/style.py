"""How the figures of the claims look: the package's colours, light frames, words without boxes.

The one idea: a claim draws what it has measured; what is the same in all figures is said here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import log10
from typing import TYPE_CHECKING

from morseloss.plot.style import AID, GROUPS

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["below", "beside", "dots", "house", "zeros"]

SETTINGS = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": "medium",
    "legend.frameon": False,
    "legend.fontsize": "small",
}


@contextmanager
def house() -> Iterator[None]:
    """Draw in the package's colours and frames, within this block alone."""
    from cycler import cycler
    from matplotlib import rc_context

    colours = cycler(color=[colour for colour, _ in GROUPS])
    with rc_context({**SETTINGS, "axes.prop_cycle": colours}):
        yield


def below(ax: "matplotlib.axes.Axes", columns: int = 3, depth: float = 0.2) -> None:
    """Explain the labels under the axes, `depth` of their height below, where nothing is hidden."""
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -depth), ncols=columns)


def beside(ax: "matplotlib.axes.Axes") -> None:
    """Explain the labels to the right of the axes, where nothing is hidden."""
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))


def zeros(
    ax: "matplotlib.axes.Axes", floor: float, words: str = "0", *, upright: bool = True
) -> None:
    """Say on a logarithmic axis that what stands at `floor` is exactly zero.

    The tick of the floor says `words`, and a band sets it off.
    """
    span, limit = (ax.axhspan, ax.set_ylim) if upright else (ax.axvspan, ax.set_xlim)
    span(floor / 4, floor * 4, color="#f1f1ee", zorder=0)
    limit(floor / 4, None)
    high = (ax.get_ylim() if upright else ax.get_xlim())[1]
    seen = ax.get_yticks() if upright else ax.get_xticks()
    ticks = [tick for tick in seen if 20 * floor < tick <= high]
    named = [words, *(f"$10^{{{round(log10(tick))}}}$" for tick in ticks)]
    (ax.set_yticks if upright else ax.set_xticks)([floor, *ticks], named)
    ax.minorticks_off()


def dots(
    ax: "matplotlib.axes.Axes",
    groups: list[str],
    columns: dict[str, list[float | None]],
    form: str = "{:.3g}",
) -> None:
    """Draw one dot a number on a logarithmic axis, groups side by side, each with its number.

    Bars would have lengths, and on a logarithmic axis a length means nothing.

    Parameters
    ----------
    ax : Axes
        Gets a logarithmic upright axis.
    groups : list of str
        Written below the axis.
    columns : dict of str to list of float or None
        What is compared, each with a number a group; None where there is none.
    form : str
        Of the numbers.
    """
    ax.set_yscale("log")
    wide = 0.7 / max(len(columns), 1)
    for column, (name, numbers) in enumerate(columns.items()):
        colour, marker = GROUPS[column]
        places = [row + (column - (len(columns) - 1) / 2) * wide for row in range(len(groups))]
        there = [(x, y) for x, y in zip(places, numbers, strict=True) if y is not None]
        ax.plot(*zip(*there, strict=True), marker, color=colour, markersize=7, label=name)
        for place in there:
            ax.annotate(
                form.format(place[1]), place, (0, 7), textcoords="offset points", ha="center",
                fontsize="x-small", color=colour,
            )  # fmt: skip
    for row in range(1, len(groups)):
        ax.axvline(row - 0.5, color=AID, linewidth=0.5)
    ax.set_xticks(range(len(groups)), groups)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.5, len(groups) - 0.5)
    ax.margins(y=0.15)
