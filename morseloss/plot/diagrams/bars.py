"""`barcode`: bars drawn one by one, those of each degree and of each barcode side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Float

from morseloss.plot.diagrams.several import Member, drawn_on, members, tag
from morseloss.plot.style import arrow, legend_above, name_rows, open_axes, say
from morseloss.topology import Diagram

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["barcode"]

APART = 1.5  # between two barcodes, in bars, besides the usual one


def barcode(
    diagram: Diagram | Sequence[Diagram],
    ax: "matplotlib.axes.Axes | None" = None,
    orientation: Literal["vertical", "horizontal"] = "vertical",
    *,
    names: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
) -> "matplotlib.axes.Axes":
    """Draw one bar per minimum, from its value to the height at which it can be escaped.

    In a diagram of several degrees the bars of each stand together, in their own colour and
    marker; where it comes from a Morse complex, both ends of a bar are named. Several barcodes
    stand side by side, on one scale.

    Parameters
    ----------
    diagram : Diagram or sequence of Diagram
        The bars, drawn in its order: the lowest minimum first. The dot is the birth; a bar of
        length zero is a dot alone. Essential bars are arrows that leave the axes. A bar with a
        lower end is pale from there to its death.
    ax : Axes, optional
        Where to draw; by default a new figure. Beside barcodes that are there, if any.
    orientation : {"vertical", "horizontal"}
        Vertical bars `[L(p), h_p]` as the paper draws them, or horizontal ones as is the custom in
        topological data analysis.
    names : sequence of str, optional
        What the minima are called, `graph.names` say, in place of their rows.
    labels : sequence of str, optional
        One a barcode, written beside it; by default several are numbered.
    colours : sequence of str, optional
        One a barcode. By default a lone barcode is coloured by degree, others take turns.

    Returns
    -------
    Axes
        The ticks are the rows of the minima, or of the critical points at which bars of higher
        degree are born; these carry the row of the point at which they die at their other end.

    Raises
    ------
    ValueError
        If the orientation is neither of the two, `diagram` holds something else than diagrams, a
        bar is born at a row that has no name, or there is not one label or colour each.

    References
    ----------
    Barannikov et al., Loss barcode, Figure 2 and Appendix A.

    Examples
    --------
    >>> import numpy as np, morseloss as ml
    >>> bars = ml.Diagram(births=[0.0, 1.0], deaths=[np.inf, 3.0])
    >>> ml.plot.barcode(bars).get_ylabel()
    'value'
    >>> ax = ml.plot.barcode([bars, bars], labels=["before", "after"])
    """
    if orientation not in ("vertical", "horizontal"):
        raise ValueError(f'`orientation` must be "vertical" or "horizontal", got {orientation!r}')
    upright = orientation == "vertical"
    many = list(diagram) if isinstance(diagram, list | tuple) else [diagram]
    size = sum(len(bars) for bars in many if isinstance(bars, Diagram)) + APART * (len(many) - 1)
    length = min(9.0, max(3.0, 1.2 + 0.35 * size))
    ax = open_axes(ax, *((length, 4.0) if upright else (5.0, 0.8 * length)))
    start, width = _next_place(ax, upright), float(np.clip(150 / max(size, 1), 0.6, 4.0))
    together = members(ax, diagram, labels, colours)
    if together and together[0].place:
        _call_the_first(ax, upright)
    for member in together:
        places = start + _places(member.bars)
        for degree in member.degrees:
            _draw_degree(ax, member, places, degree, width, upright)
        _name_bars(ax, member, places, upright, names)
        start = places[-1] + 1 + APART if len(places) else start
    if len({degree for member in together for degree in member.degrees}) > 1:
        legend_above(ax, height=1.08 if len(together) > 1 else 1.02)
    return ax


def _next_place(ax: "matplotlib.axes.Axes", upright: bool) -> float:
    """Return where the next barcode begins: at 0, or beside what is drawn already."""
    ends = [np.max(line.get_data()[1 - upright], initial=-np.inf) for _, line in drawn_on(ax)]
    last = max(ends, default=-np.inf)
    return float(last) + 1 + APART if np.isfinite(last) else 0.0


def _places(diagram: Diagram) -> Float[np.ndarray, " k"]:
    """Return where the bars stand: side by side, with a gap between two degrees."""
    steps = np.diff(diagram.degrees, prepend=diagram.degrees[:1]) > 0
    return np.arange(len(diagram)) + np.cumsum(steps).astype(float)


def _draw_degree(
    ax: "matplotlib.axes.Axes",
    member: Member,
    places: Float[np.ndarray, " k"],
    degree: int,
    width: float,
    upright: bool,
) -> None:
    diagram, (colour, marker, label) = member.bars, member.style(degree)
    rows = diagram.degrees == degree
    ended = rows & diagram.finite
    lines = ax.vlines if upright else ax.hlines
    sure = _certain(diagram)
    lines(places[ended], diagram.births[ended], sure[ended], colour, linewidth=width)
    open_ = ended & (sure < diagram.deaths)
    if open_.any():  # between the two ends nothing is known
        lines(
            places[open_], sure[open_], diagram.deaths[open_], colour, linewidth=width, alpha=0.35
        )
    dots = places[rows], diagram.births[rows]
    (line,) = ax.plot(
        *(dots if upright else dots[::-1]),
        marker,
        color=colour,
        markersize=min(7.0, 2.0 + width),
        label=label,
    )
    tag(ax, line, member.place)
    for row in np.flatnonzero(rows & ~diagram.finite).tolist():
        start = float(diagram.births[row])
        arrow(ax, float(places[row]), start, width=width, upright=upright, colour=colour)


def _certain(diagram: Diagram) -> Float[np.ndarray, " k"]:
    """Up to where each bar lasts for certain: its lower end, or its death where none is known."""
    lower = diagram.deaths if diagram.lower is None else diagram.lower
    return np.clip(np.fmin(lower, diagram.deaths), diagram.births, None)


def _name_bars(
    ax: "matplotlib.axes.Axes",
    member: Member,
    places: Float[np.ndarray, " k"],
    upright: bool,
    names: Sequence[str] | None,
) -> None:
    """Label both axes; the bars carry the rows of their minima or points where these are known.

    Raises
    ------
    ValueError
        If there are names, but not of each of these rows.
    """
    diagram = member.bars
    cells = np.asarray(diagram.birth_cells)
    if names is not None and cells.max(initial=-1) >= len(names):
        raise ValueError(
            f"`names` must name each minimum, got {len(names)} names for row {cells.max()}"
        )
    known, higher = len(diagram) > 0 and bool((cells >= 0).all()), bool(np.any(diagram.degrees))
    rows = cells.tolist() if known else []
    called = rows if names is None else [str(names[row]) for row in rows]
    size = _name_beside(ax, called, places.tolist(), upright)
    if known and higher and size:
        _name_deaths(ax, member, places, size, upright)
    across, along = (ax.set_xlabel, ax.set_ylabel) if upright else (ax.set_ylabel, ax.set_xlabel)
    across(("critical point" if higher else "minimum") if known else "bar")
    along("value")
    if not len(diagram):
        say(ax, "no bars")
        return
    (ax.set_xlim if upright else ax.set_ylim)(-0.7, places[-1] + 0.7)
    if member.called:
        _call(ax, member.called, member.colour, float(places.mean()), upright)
    ends = np.concatenate([diagram.births, diagram.deaths[diagram.finite]])
    if ends.min() == ends.max() and not places[0]:
        # one half-line: leave room above its birth, not below
        size = max(abs(float(ends[0])), 1.0)
        (ax.set_ylim if upright else ax.set_xlim)(ends[0] - 0.1 * size, ends[0] + size)
    elif places[0]:
        ax.autoscale(axis="y" if upright else "x")  # an earlier half-line may have set its own


def _name_beside(
    ax: "matplotlib.axes.Axes", rows: list[int] | list[str], places: list[float], upright: bool
) -> float:
    """Write rows, or names, at their places, and keep those of the barcodes drawn before."""
    before = [(0.0, "")][:0]
    if places and places[0]:
        ticks, texts = (ax.get_xticks(), ax.get_xticklabels()) if upright else (
            ax.get_yticks(), ax.get_yticklabels()
        )  # fmt: skip
        before = [(float(at), text.get_text()) for at, text in zip(ticks, texts, strict=True)]
    every = [*(text for _, text in before), *rows]
    return name_rows(ax, every, [*(at for at, _ in before), *places], upright=upright)


def _call_the_first(ax: "matplotlib.axes.Axes", upright: bool) -> None:
    """Write the name that a lone barcode got when it ceased to be alone."""
    _, line = drawn_on(ax)[0]
    called = str(line.get_label())
    if called not in [text.get_text() for text in ax.texts] and not called.startswith("degree "):
        middle = float(np.mean(np.asarray(line.get_data()[1 - upright], float)))
        _call(ax, called, str(line.get_color()), middle, upright)


def _call(
    ax: "matplotlib.axes.Axes", called: str, colour: str, middle: float, upright: bool
) -> None:
    """Write what a barcode is called beside it, outside of the axes."""
    mixed = ax.get_xaxis_transform() if upright else ax.get_yaxis_transform()
    ax.annotate(
        called, (middle, 1.0) if upright else (1.0, middle), (0, 8) if upright else (9, 0),
        xycoords=mixed, textcoords="offset points", annotation_clip=False,
        ha="center" if upright else "left", va="bottom" if upright else "center",
        color=colour or "black", rotation=0 if upright else -90,
    )  # fmt: skip


def _name_deaths(
    ax: "matplotlib.axes.Axes",
    member: Member,
    places: Float[np.ndarray, " k"],
    size: float,
    upright: bool,
) -> None:
    """Write the row of the critical point at which each bar ends beyond its end."""
    diagram = member.bars
    (ax.set_ymargin if upright else ax.set_xmargin)(0.1)  # room for the words
    for row in np.flatnonzero(diagram.finite & (diagram.death_cells >= 0)).tolist():
        end = places[row], diagram.deaths[row]
        ax.annotate(
            str(diagram.death_cells[row]),
            end if upright else end[::-1],
            (0, 4) if upright else (5, 0),
            textcoords="offset points",
            ha="center" if upright else "left",
            va="bottom" if upright else "center",
            size=min(size, 8.0),
            color=member.style(int(diagram.degrees[row]))[0],
        )
