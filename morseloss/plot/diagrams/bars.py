"""`barcode`: bars drawn one by one, those of each degree side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Float

from morseloss.plot.style import DEGREES, arrow, legend_above, name_rows, open_axes, say
from morseloss.topology import Diagram
from morseloss.topology.diagram import check_diagram

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["barcode"]


def barcode(
    diagram: Diagram,
    ax: "matplotlib.axes.Axes | None" = None,
    orientation: Literal["vertical", "horizontal"] = "vertical",
    *,
    names: Sequence[str] | None = None,
) -> "matplotlib.axes.Axes":
    """Draw one bar per minimum, from its value to the height at which it can be escaped.

    In a diagram of several degrees the bars of each stand together, in their own colour and
    marker; where it comes from a Morse complex, both ends of a bar are named.

    Parameters
    ----------
    diagram : Diagram
        The bars, drawn in its order: the lowest minimum first. The dot is the birth; a bar of
        length zero is a dot alone. Essential bars are arrows that leave the axes. A bar with a
        lower end is pale from there to its death.
    ax : Axes, optional
        Where to draw; by default a new figure.
    orientation : {"vertical", "horizontal"}
        Vertical bars `[L(p), h_p]` as the paper draws them, or horizontal ones as is the custom in
        topological data analysis.
    names : sequence of str, optional
        What the minima are called, `graph.names` say, in place of their rows.

    Returns
    -------
    Axes
        The ticks are the rows of the minima, or of the critical points at which bars of higher
        degree are born; these carry the row of the point at which they die at their other end.

    Raises
    ------
    ValueError
        If the orientation is neither of the two, `diagram` no `Diagram`, or a bar is born at a row
        that has no name.

    References
    ----------
    Barannikov et al., Loss barcode, Figure 2 and Appendix A.

    Examples
    --------
    >>> import numpy as np, morseloss as ml
    >>> bars = ml.Diagram(births=[0.0, 1.0], deaths=[np.inf, 3.0])
    >>> ml.plot.barcode(bars).get_ylabel()
    'value'
    """
    if orientation not in ("vertical", "horizontal"):
        raise ValueError(f'`orientation` must be "vertical" or "horizontal", got {orientation!r}')
    check_diagram(diagram)
    upright, count = orientation == "vertical", len(diagram)
    length = min(9.0, max(3.0, 1.2 + 0.35 * count))
    ax = open_axes(ax, *((length, 4.0) if upright else (5.0, 0.8 * length)))
    places = _places(diagram)
    width = float(np.clip(150 / max(count, 1), 0.6, 4.0))
    for degree in np.unique(diagram.degrees).tolist():
        _draw_degree(ax, diagram, places, degree, width, upright)
    _name_bars(ax, diagram, places, upright, names)
    if len(np.unique(diagram.degrees)) > 1:
        legend_above(ax)
    return ax


def _places(diagram: Diagram) -> Float[np.ndarray, " k"]:
    """Return where the bars stand: side by side, with a gap between two degrees."""
    steps = np.diff(diagram.degrees, prepend=diagram.degrees[:1]) > 0
    return np.arange(len(diagram)) + np.cumsum(steps).astype(float)


def _draw_degree(
    ax: "matplotlib.axes.Axes",
    diagram: Diagram,
    places: Float[np.ndarray, " k"],
    degree: int,
    width: float,
    upright: bool,
) -> None:
    colour, marker = DEGREES[degree % len(DEGREES)]
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
    ax.plot(
        *(dots if upright else dots[::-1]),
        marker,
        color=colour,
        markersize=min(7.0, 2.0 + width),
        label=f"degree {degree}",
    )
    for row in np.flatnonzero(rows & ~diagram.finite).tolist():
        start = float(diagram.births[row])
        arrow(ax, float(places[row]), start, width=width, upright=upright, colour=colour)


def _certain(diagram: Diagram) -> Float[np.ndarray, " k"]:
    """Up to where each bar lasts for certain: its lower end, or its death where none is known."""
    lower = diagram.deaths if diagram.lower is None else diagram.lower
    return np.clip(np.fmin(lower, diagram.deaths), diagram.births, None)


def _name_bars(
    ax: "matplotlib.axes.Axes",
    diagram: Diagram,
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
    cells = np.asarray(diagram.birth_cells)
    if names is not None and cells.max(initial=-1) >= len(names):
        raise ValueError(
            f"`names` must name each minimum, got {len(names)} names for row {cells.max()}"
        )
    known, higher = len(diagram) > 0 and bool((cells >= 0).all()), bool(np.any(diagram.degrees))
    rows = cells.tolist() if known else []
    called = rows if names is None else [str(names[row]) for row in rows]
    size = name_rows(ax, called, places.tolist(), upright=upright)
    if known and higher and size:
        _name_deaths(ax, diagram, places, size, upright)
    across, along = (ax.set_xlabel, ax.set_ylabel) if upright else (ax.set_ylabel, ax.set_xlabel)
    across(("critical point" if higher else "minimum") if known else "bar")
    along("value")
    if not len(diagram):
        say(ax, "no bars")
        return
    (ax.set_xlim if upright else ax.set_ylim)(-0.7, places[-1] + 0.7)
    ends = np.concatenate([diagram.births, diagram.deaths[diagram.finite]])
    if ends.min() == ends.max():  # one half-line: leave room above its birth, not below
        size = max(abs(float(ends[0])), 1.0)
        (ax.set_ylim if upright else ax.set_xlim)(ends[0] - 0.1 * size, ends[0] + size)


def _name_deaths(
    ax: "matplotlib.axes.Axes",
    diagram: Diagram,
    places: Float[np.ndarray, " k"],
    size: float,
    upright: bool,
) -> None:
    """Write the row of the critical point at which each bar ends beyond its end."""
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
            color=DEGREES[diagram.degrees[row] % len(DEGREES)][0],
        )
