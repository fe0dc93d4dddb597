"""`budgets` and `prices`: how bars fall with what is spent on them, and what a tolerance costs.

The one idea: both axes are logarithms, so a law of the budget is a straight line, a limit is a
level that the line bends to, and a price is read off where a line meets a tolerance.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from morseloss.networks.paths.budget import least_tolerance
from morseloss.plot.style import AID, DASHES, DEGREES, legend_above, legible, open_axes, say

if TYPE_CHECKING:
    import matplotlib.axes

    from morseloss.networks.relays.budget_ladder import Ladder

__all__ = ["budgets", "prices"]

TOLERANCES = 60  # at which prices are drawn
ROUNDING = 1e-9  # a limit below that part of the mean is one of 0


def budgets(
    ladders: "Ladder | Mapping[str, Ladder]",
    ax: "matplotlib.axes.Axes | None" = None,
    nulls: "Mapping[str, Ladder | Mapping[str, Ladder]] | None" = None,
) -> "matplotlib.axes.Axes":
    """Draw the lengths of bars against the gradients that a path had cost.

    Parameters
    ----------
    ladders : Ladder or mapping of str to Ladder
        What `ladder` returned, by name: each in its own colour and marker.
    ax : Axes, optional
        Where to draw; by default a new figure.
    nulls : mapping of str to such, optional
        Ladders of a null or more, by its name, each in the form of `ladders` and under the same
        names. Their means are dashed, one kind of dashes a null: a bar below says nothing.

    Returns
    -------
    Axes
        Thin lines are single bars, the thick one with markers is their mean, and the level
        of dots and dashes its limit, where that is not 0, with a band of its error, cut off at a
        tenth of the limit. A length of 0 has no logarithm and is left out.

    Raises
    ------
    ValueError
        If there is something else than ladders.

    Examples
    --------
    >>> import morseloss as ml
    >>> from morseloss.networks import ladder_of
    >>> graphs = [ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [1 + 1 / n]) for n in (1, 2, 4, 8)]
    >>> found = ladder_of(graphs, [100.0, 200.0, 400.0, 800.0])
    >>> ml.plot.budgets({"2 layers": found}).get_xlabel()
    'gradients on all images, a path'
    """
    many = _named(ladders)
    colours = {name: DEGREES[place % 3] for place, name in enumerate(many)}
    ax = open_axes(ax, 5.6, 4.2)
    seen = False
    for name, found in many.items():
        colour, marker = colours[name]
        ax.plot(found.budgets, _positive(found.lengths), color=colour, linewidth=0.8, alpha=0.45)
        means = _positive(found.means)
        ax.plot(
            found.budgets, means, marker=marker, color=colour, markersize=4.5, linewidth=1.8,
            label=legible(name or "mean"),
        )  # fmt: skip
        seen = seen or bool(np.isfinite(means).any())
    if any([_draw_limit(ax, found, colours[name][0]) for name, found in many.items()]):
        ax.plot([], [], color=AID, linestyle=DASHES[3], linewidth=1.2, label="limit")
    for place, (kind, null) in enumerate((nulls or {}).items()):
        dashes = DASHES[1 + place % 2]
        for name, found in _named(null).items():
            colour = colours.get(name, (AID, ""))[0]
            ax.plot(found.budgets, _positive(found.means), color=colour, linestyle=dashes, lw=1.2)
        ax.plot([], [], color=AID, linestyle=dashes, linewidth=1.2, label=legible(kind))
    _scaled(ax, "gradients on all images, a path", "length of a bar", seen)
    return ax


def prices(
    ladders: "Ladder | Mapping[str, Ladder]", ax: "matplotlib.axes.Axes | None" = None
) -> "matplotlib.axes.Axes":
    """Draw what it costs until bars are within a tolerance, against the tolerance.

    Parameters
    ----------
    ladders : Ladder or mapping of str to Ladder
        What `ladder` returned, by name.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        The mean over the bars with a band of its standard error; dashed where some bars did not
        come so far: there it is no less than what is drawn.

    Raises
    ------
    ValueError
        If there is something else than ladders.

    Examples
    --------
    >>> import morseloss as ml
    >>> from morseloss.networks import ladder_of
    >>> graphs = [ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [1 + 1 / n]) for n in (1, 2, 4, 8)]
    >>> found = ladder_of(graphs, [100.0, 200.0, 400.0, 800.0])
    >>> ml.plot.prices({"2 layers": found}).get_xlabel()
    'tolerance of the bars'
    """
    many = _named(ladders)
    ax = open_axes(ax, 5.6, 4.2)
    seen = False
    for place, (name, found) in enumerate(many.items()):
        lengths = found.lengths[np.isfinite(found.lengths)]
        lengths = lengths[lengths > least_tolerance(found.births)]
        if not len(lengths):
            continue
        seen = True
        colour, marker = DEGREES[place % 3]
        tolerances = np.geomspace(lengths.max(), lengths.min(), TOLERANCES)
        told = [found.price(float(one)) for one in tolerances]
        means, least = np.array([(one.mean, one.least) for one in told]).T
        errors = np.nan_to_num(np.array([one.error for one in told]))
        known = np.isfinite(means)
        ax.plot(tolerances, np.where(known, means, np.nan), color=colour, linewidth=1.8,
                marker=marker, markevery=10, markersize=5,
                label=legible(name or "price"))  # fmt: skip
        low, high = (np.where(known, means + sign * errors, np.nan) for sign in (-1, 1))
        ax.fill_between(tolerances, low, high, color=colour, alpha=0.15, linewidth=0)
        ax.plot(tolerances, np.where(known, np.nan, least), color=colour, linestyle=DASHES[1])
    _scaled(ax, "tolerance of the bars", "gradients on all images, a path", seen)
    if seen:
        ax.invert_xaxis()
    return ax


def _named(ladders: "Ladder | Mapping[str, Ladder]") -> "dict[str, Ladder]":
    many = dict(ladders) if isinstance(ladders, Mapping) else {"": ladders}
    wrong = [type(part).__name__ for part in many.values() if not hasattr(part, "budgets")]
    if wrong:
        raise ValueError(
            f"`ladders` must be a Ladder, as `ladder(relayed)` gives it, or several by name, got "
            f"{wrong[0]}"
        )
    return many


def _positive(numbers: np.ndarray) -> np.ndarray:
    """What has a logarithm."""
    return np.where(np.isfinite(numbers) & (numbers > 0), numbers, np.nan)


def _draw_limit(ax: "matplotlib.axes.Axes", found: "Ladder", colour: str) -> bool:
    """Draw the level to which the mean falls, over the looks it was taken from, if there is one."""
    limit, error = found.limit()
    if not limit > ROUNDING * np.max(found.means) or not np.isfinite(error):
        return False
    late = found.budgets[len(found.budgets) // 2 :]
    ax.plot(late, np.full(len(late), limit), color=colour, linestyle=DASHES[3], linewidth=1.2)
    low = max(limit - error, limit / 10)
    ax.fill_between(late, low, limit + error, color=colour, alpha=0.12, linewidth=0)
    return True


def _scaled(ax: "matplotlib.axes.Axes", across: str, along: str, seen: bool) -> None:
    ax.set(xlabel=across, ylabel=along)
    if not seen:
        say(ax, "all bars are 0")
        return
    ax.set(xscale="log", yscale="log")
    legend_above(ax)
