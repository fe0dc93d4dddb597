"""`vineyard`: how the bars of a family of landscapes grow, shrink and vanish.

The one idea: the k-th longest bar of a degree changes no faster than the landscape does (twice its
change in the supremum norm), so the k-th longest bars of all members are one unbroken curve, and it
ends on the axis where two critical points cancel.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from morseloss.plot.style import AID, DASHES, DEGREES, legend_above, open_axes, say
from morseloss.topology import Diagram
from morseloss.topology.diagram import check_diagram

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["vineyard"]


def vineyard(
    parameters: Sequence[float] | Float[np.ndarray, " n"],
    diagrams: Sequence[Diagram],
    ax: "matplotlib.axes.Axes | None" = None,
) -> "matplotlib.axes.Axes":
    """Draw the lengths of the bars of a one-parameter family against its parameter.

    Parameters
    ----------
    parameters : sequence of float, length n
        The parameter of each member, finite and all different, in any order.
    diagrams : sequence of Diagram, length n
        Its bars. Essential ones are left out, and so are those of length zero unless a longer bar
        of a neighbouring member shrinks to them.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        One curve for the longest bars of each degree, one for the second longest, and so on. A
        hollow marker on the axis is where a bar has vanished.

    Raises
    ------
    ValueError
        If the numbers of parameters and diagrams differ, a parameter is not finite or comes
        twice, or what should be a diagram is none.

    References
    ----------
    Cohen-Steiner, Edelsbrunner and Morozov, Vines and vineyards by updating persistence in linear
    time, 2006.

    Examples
    --------
    >>> import morseloss as ml
    >>> family = [ml.Diagram(births=[0.0], deaths=[length]) for length in (2.0, 1.0)]
    >>> ml.plot.vineyard([0.0, 0.5], family).get_ylabel()
    'length of the bar'
    """
    at = _checked(parameters, diagrams)
    order = np.argsort(at)
    at, family = at[order], [diagrams[row] for row in order.tolist()]
    ax = open_axes(ax, 5.6, 4.0)
    ax.axhline(0, color=AID, linewidth=1, zorder=1)
    degrees = np.unique(np.concatenate([[], *(bars.degrees for bars in family)])).astype(int)
    for degree in degrees.tolist():
        for lengths in _curves(family, degree).T:
            _draw_curve(ax, at, lengths, degree)
    if not ax.lines[1:]:
        say(ax, "no bars")
    if len(at):
        pad = 0.04 * np.ptp(at) or 1.0
        ax.set_xlim(at[0] - pad, at[-1] + pad)
    ax.set(xlabel="parameter", ylabel="length of the bar")
    legend_above(ax)
    return ax


def _checked(parameters, diagrams: Sequence[Diagram]) -> Float[np.ndarray, " n"]:
    """Return the parameters as an array, one for each diagram."""
    at = np.asarray(parameters, dtype=np.float64)
    if at.shape != (len(diagrams),):
        raise ValueError(
            f"`parameters` must hold one number for each of the {len(diagrams)} diagrams, got "
            f"shape {at.shape}; pass as many of the one as of the other"
        )
    if not np.isfinite(at).all() or len(np.unique(at)) < len(at):
        raise ValueError(
            f"`parameters` must be finite and all different, got {at.tolist()}; leave out the "
            "member whose parameter is unknown or comes twice"
        )
    for diagram in diagrams:
        check_diagram(diagram)
    return at


def _curves(family: Sequence[Diagram], degree: int) -> Float[np.ndarray, "n curves"]:
    """Return the lengths of the bars of one degree, the longest first; zero where there is none."""
    lengths = [bars.lifetimes[bars.finite & (bars.degrees == degree)] for bars in family]
    table = np.zeros((len(family), max(map(len, lengths))))
    for row, found in zip(table, lengths, strict=True):
        row[: len(found)] = np.sort(found)[::-1]
    return table[:, table.any(axis=0)]


def _draw_curve(
    ax: "matplotlib.axes.Axes",
    at: Float[np.ndarray, " n"],
    lengths: Float[np.ndarray, " n"],
    degree: int,
) -> None:
    """Draw one curve where it is above zero, and one step further on either side."""
    colour, marker = DEGREES[degree % len(DEGREES)]
    alive = lengths > 0
    near = alive | np.append(alive[1:], False) | np.append(False, alive[:-1])
    line = {"color": colour, "linestyle": DASHES[degree % len(DASHES)], "linewidth": 1.4}
    ax.plot(at, np.where(near, lengths, np.nan), zorder=2, **line)
    # a higher degree is drawn smaller, so that equal lengths are seen to be several
    size = float(np.clip(160 / len(at), 4.0, 8.0)) / (1 + 0.35 * degree)
    dots = {"color": colour, "markersize": size, "clip_on": False, "zorder": 3 + degree}
    ax.plot(at[alive], lengths[alive], marker, label=f"degree {degree}", **dots)
    gone = near & ~alive
    ax.plot(at[gone], lengths[gone], marker, markerfacecolor="white", **dots)
