"""What all pictures share: the axes they draw on, their few colours, and the arrow of a half-line.

The one idea: dark blue is a minimum and its bar, red-brown a pass and its paths, grey an aid to the
eye. The two ramps have equal steps in CIELAB lightness, so they print in grey in the same order.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.colors

__all__ = [
    "AID",
    "DASHES",
    "DEGREES",
    "EMBER",
    "GROUPS",
    "INK",
    "LEAF",
    "MOST_NAMES",
    "PASS",
    "PLUM",
    "SEA",
    "SMALLEST",
    "TEAL",
    "arrow",
    "halo",
    "legend_above",
    "legible",
    "literal",
    "name_rows",
    "open_axes",
    "ramp",
    "say",
]

INK = "#17324d"
PASS = "#a63d17"
AID = "#8a8f98"
LEAF = "#5d7a3a"
PLUM = "#6a4c93"
TEAL = "#2a8c9a"
SEA = ("#307db0", "#6494bd", "#8cacc9", "#b1c4d5", "#d5dde1", "#f9f7ed")
EMBER = ("#782615", "#8c3f25", "#a05636", "#b46e48", "#c8875b", "#dca06f")

DEGREES = ((INK, "o"), (PASS, "s"), (LEAF, "^"), (AID, "D"))
"""Colour and marker of the bars of degree 0, 1, ..., in turn."""

GROUPS = tuple(zip((INK, PASS, LEAF, PLUM, TEAL, AID), "os^DvP", strict=True))
"""Colour and marker of what stands beside each other on one axes, in turn."""

DASHES = ("-", (0, (5, 2)), (0, (1, 1.3)), (0, (5, 1.5, 1, 1.5)))
"""Dashes of lines that differ in kind, in turn."""

MOST_NAMES = 30  # nodes beyond which a graph does not name them
MARK, LETTER = 0.5, 0.07  # inches that a mark with its margins and a letter take in a legend
LARGEST = 9.0  # size of a marker in a legend
SMALLEST = 5.0  # size of letters, in points, below which rows are not named


def open_axes(
    ax: "matplotlib.axes.Axes | None",
    width: float = 5.0,
    height: float = 4.0,
    projection: str | None = None,
) -> "matplotlib.axes.Axes":
    """Return the axes, or those of a new figure of this size in inches."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(
        figsize=(width, height), layout="constrained", subplot_kw={"projection": projection}
    )[1]


def ramp(colours: tuple[str, ...]) -> "matplotlib.colors.Colormap":
    """Return the colour map that runs through the colours."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("ramp", colours)


def arrow(
    ax: "matplotlib.axes.Axes",
    place: float,
    start: float,
    *,
    width: float = 2.0,
    upright: bool = True,
    colour: str = INK,
) -> None:
    """Draw a half-line from `start` to the end of the axes, whichever limits they get later."""
    from matplotlib.transforms import blended_transform_factory

    across, along = (ax.transData, ax.transAxes) if upright else (ax.transAxes, ax.transData)
    mixed = blended_transform_factory(across, along)
    end = (place, 1.0) if upright else (1.0, place)
    ax.annotate(
        "",
        xy=end,
        xytext=(place, start) if upright else (start, place),
        xycoords=mixed,
        textcoords="data",
        arrowprops={
            "arrowstyle": "-",
            "color": colour,
            "linewidth": width,
            "shrinkA": 0,
            "shrinkB": 0,
        },
        annotation_clip=False,
    )
    # the head is a marker, since a layout makes room for markers but not for an empty annotation
    head, size = "^" if upright else ">", 6 + width
    ax.plot(*end, head, color=colour, markersize=size, transform=mixed, clip_on=False, zorder=5)


def legend_above(
    ax: "matplotlib.axes.Axes",
    columns: int = 4,
    order: tuple[str, ...] = (),
    height: float = 1.02,
) -> None:
    """Explain each label once, those in `order` first, above the axes, where nothing is hidden.

    There are fewer columns than asked for where the figure is too narrow for them.
    """
    handles, labels = ax.get_legend_handles_labels()
    seen = dict(zip(labels, handles, strict=True))
    once = {label: seen[label] for label in dict.fromkeys((*order, *labels)) if label in seen}
    if once:
        widest = MARK + LETTER * max(map(len, once))
        room = ax.figure.get_figure(root=True).get_figwidth() / widest
        legend = ax.legend(
            once.values(),
            once.keys(),
            loc="lower center",
            bbox_to_anchor=(0.5, height),
            ncols=max(1, min(columns, len(once), int(room))),
            frameon=False,
            fontsize="small",
            handlelength=1.8,
            columnspacing=1.2,
            labelspacing=0.7,
            borderpad=0.8,
            handletextpad=1.0,
        )
        for handle in legend.legend_handles:
            if handle is not None and hasattr(handle, "get_markersize"):
                line: Any = handle  # a ring as large as on the map would touch the next one
                line.set_markersize(min(line.get_markersize(), LARGEST))
                line.set_markeredgewidth(min(line.get_markeredgewidth(), 1.6))


def halo(width: float, colour: str = "white") -> list[Any]:
    """Return the path effect that puts a broader stroke behind a line or a word."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width, foreground=colour)]


def name_rows(
    ax: "matplotlib.axes.Axes",
    rows: Sequence[int | str],
    places: list[float],
    *,
    upright: bool = True,
) -> float:
    """Write the rows, or names, at their places on one axis, as large as there is room.

    Names that are too long to stand side by side are turned upright.

    Returns
    -------
    float
        The size of the letters in points, 0 where they would be too small and nothing is written.
    """
    axis = ax.xaxis if upright else ax.yaxis
    axis.set_tick_params(length=0)
    axis.set_ticks([])
    if not rows:
        return 0.0
    box = ax.get_window_extent()
    room = (box.width if upright else box.height) / ax.figure.dpi * 72 / len(rows)
    letters = 0.65 * max(len(str(row)) for row in rows) + 0.3 if upright else 1.2
    size = min(10.0, room / letters)
    turned = upright and size < SMALLEST and isinstance(rows[0], str)
    size = min(10.0, room / 1.2) if turned else size
    if size < SMALLEST:
        return 0.0
    angle = 90 if turned else 0
    axis.set_ticks(places, [literal(str(row)) for row in rows], size=size, rotation=angle)
    return size


def literal(name: str) -> str:
    """Return a name so that its dollars are dollars: data are not written in formulas."""
    return re.sub(r"(?<!\\)\$", r"\\$", name)


def legible(label: str) -> str:
    """Return a label for a legend; what is between dollars is a formula, if it is one."""
    from matplotlib.cbook import is_math_text
    from matplotlib.mathtext import MathTextParser

    try:
        if is_math_text(label):
            MathTextParser("path").parse(label)
    except ValueError:
        return literal(label)
    return label


def say(ax: "matplotlib.axes.Axes", words: str) -> None:
    """Write a few words where there is nothing to draw."""
    ax.text(0.5, 0.75, words, transform=ax.transAxes, ha="center", va="center", color=AID)
