"""`arrhenius`, `exponents`: small eigenvalues against the bars that foretell them.

The one idea: over 1/h the logarithm of `lambda / h` falls along a straight line, whose slope is
minus twice the length of a bar. The line is drawn with the bar's slope, not with a fitted one.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from morseloss.plot.style import AID, DEGREES, halo, open_axes
from morseloss.witten import Arrhenius, Resolution

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["arrhenius", "exponents"]

MOST_NAMES = 12  # bars beyond which the lines do not name their lengths
LETTERS = 8.0  # size of the names, in points
ROOM = 0.16  # of the width of the axes, for the names


def arrhenius(law: Arrhenius, ax: "matplotlib.axes.Axes | None" = None) -> "matplotlib.axes.Axes":
    """Draw the small eigenvalues over the inverse temperature, and the lines that bars foretell.

    Parameters
    ----------
    law : Arrhenius
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        A dot for each resolved eigenvalue, over its temperature. A line for each bar, named by its
        length: its slope is minus twice the length, its height is that of the eigenvalue at the
        lowest resolved temperature. Grey is where the rest of the spectrum lies.

    Raises
    ------
    ValueError
        If `law` is no `Arrhenius`.

    References
    ----------
    Barannikov et al., Loss barcode, section 9.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.EasyAndHard()
    >>> law = ml.witten.arrhenius(land, ml.morse_complex(land, land.critical_points))
    >>> from morseloss.plot.arrhenius import arrhenius
    >>> arrhenius(law).get_xlabel()
    '1 / temperature'
    """
    _check(law)
    ax = open_axes(ax, 5.6, 4.4)
    inverse = 1 / law.temperatures
    logs = law.log_eigenvalues - np.log(law.temperatures[:, None])
    seen = np.where(law.status == Resolution.RESOLVED, logs, np.nan) / np.log(10)
    colour, marker = DEGREES[law.degree % len(DEGREES)]
    ends = []
    for length, heights in zip(law.lengths, seen.T, strict=True):
        known = np.flatnonzero(np.isfinite(heights))
        if not len(known):
            continue
        last = known[-1]
        line = heights[last] - 2 * length * (inverse - inverse[last]) / np.log(10)
        ax.plot(inverse, line, color=colour, linewidth=1.0, alpha=0.55, zorder=2)
        ends.append((float(line[-1]), float(length)))
        ax.plot(inverse, heights, marker, color=colour, markersize=4.5, zorder=3,
                markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
    width = float(np.ptp(inverse))
    right = inverse.max() + (ROOM if len(ends) <= MOST_NAMES else 0.04) * width
    ax.set_xlim(inverse.min() - 0.04 * width, right)
    _draw_rest(ax, inverse, np.log10(law.rest / law.temperatures), right)
    if len(ends) <= MOST_NAMES:
        _name(ax, float(inverse.max()) + 0.02 * width, ends, colour)
    _write_powers(ax)
    ax.set(xlabel="1 / temperature", ylabel="eigenvalue / temperature")
    return ax


def exponents(
    laws: Arrhenius | Sequence[Arrhenius], ax: "matplotlib.axes.Axes | None" = None
) -> "matplotlib.axes.Axes":
    """Draw the exponents of the small eigenvalues against the lengths of the bars.

    Parameters
    ----------
    laws : Arrhenius, or a sequence of them
        Of one landscape or of several.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        Of equal aspect, with the diagonal on which both agree, and an error bar for each exponent.

    Raises
    ------
    ValueError
        If something else than an `Arrhenius` is among them, or there is none.

    References
    ----------
    Barannikov et al., Loss barcode, section 9.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.EasyAndHard()
    >>> law = ml.witten.arrhenius(land, ml.morse_complex(land, land.critical_points))
    >>> from morseloss.plot.arrhenius import exponents
    >>> exponents(law).get_ylabel()
    'exponent of the eigenvalue'
    """
    family = [laws] if isinstance(laws, Arrhenius) else list(laws)
    for law in family:
        _check(law)
    if not family:
        raise ValueError("`laws` must hold at least one Arrhenius, got none")
    ax = open_axes(ax, 4.6, 4.4)
    seen = [np.append(law.exponents + law.errors, law.lengths) for law in family]
    top = 1.08 * max(float(np.nanmax(part)) for part in seen)
    ax.plot([0, top], [0, top], color=AID, linewidth=1, zorder=1)
    degrees = sorted({law.degree for law in family})
    for degree in degrees:
        colour, marker = DEGREES[degree % len(DEGREES)]
        of_degree = [law for law in family if law.degree == degree]
        ax.errorbar(
            np.concatenate([law.lengths for law in of_degree]),
            np.concatenate([law.exponents for law in of_degree]),
            np.concatenate([law.errors for law in of_degree]),
            fmt=marker,
            color=colour,
            markersize=6.5 - 1.5 * degree,
            markeredgecolor="white",
            markeredgewidth=0.6,
            elinewidth=1,
            label=f"degree {degree}",
            zorder=3 + degree,
        )
    if len(degrees) > 1:
        ax.legend(loc="upper left", frameon=False)
    ax.set(xlim=(0, top), ylim=(0, top), aspect="equal")
    ax.set(xlabel="length of the bar", ylabel="exponent of the eigenvalue")
    return ax


def _check(law: object) -> None:
    if not isinstance(law, Arrhenius):
        raise ValueError(
            f"`law` must be an Arrhenius, got {type(law).__name__}; take it from `witten.arrhenius`"
        )


def _draw_rest(
    ax: "matplotlib.axes.Axes",
    inverse: Float[np.ndarray, " m"],
    bottom: Float[np.ndarray, " m"],
    right: float,
) -> None:
    """Shade where the other eigenvalues lie, up to the top of the axes."""
    at = np.concatenate([[ax.get_xlim()[0]], inverse, [right]])
    edge = np.concatenate([bottom[:1], bottom, bottom[-1:]])
    low = ax.get_ylim()[0]
    top = float(edge.max()) + 0.09 * (float(edge.max()) - low)
    ax.fill_between(at, edge, top, color="#ecebe6", linewidth=0, zorder=0)
    ax.plot(at, edge, color=AID, linewidth=0.8, zorder=1)
    ax.set_ylim(low, top)
    ax.text(
        0.985, 0.985, "the rest of the spectrum", transform=ax.transAxes, ha="right", va="top",
        color="#6b7078", size=LETTERS,
    )  # fmt: skip


def _name(
    ax: "matplotlib.axes.Axes", place: float, ends: list[tuple[float, float]], colour: str
) -> None:
    """Write each length beside the end of its line, no two on top of each other."""
    from scipy.optimize import isotonic_regression

    if not ends:
        return
    low, high = ax.get_ylim()
    points = ax.get_window_extent().height / ax.figure.dpi * 72
    gap = 1.25 * LETTERS * (high - low) / points
    ends = sorted(ends)
    steps = gap * np.arange(len(ends))
    # the nearest heights at least a gap apart
    heights = isotonic_regression(np.array([height for height, _ in ends]) - steps).x + steps
    ax.set_ylim(min(low, float(heights[0]) - 0.7 * gap), high)
    for height, (_, length) in zip(heights.tolist(), ends, strict=True):
        ax.text(
            place, height, f"{length:.3g}", color=colour, size=LETTERS, va="center",
            path_effects=halo(2), zorder=4,
        )  # fmt: skip


def _write_powers(ax: "matplotlib.axes.Axes") -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda power, _: rf"$10^{{{power:g}}}$"))
