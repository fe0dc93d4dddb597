"""`vineyard`: how the bars of a family of landscapes grow, shrink and vanish.

The one idea: a vine is one bar along the family, and its curve ends on the axis where its two
critical points cancel.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from morseloss.complexes import families
from morseloss.plot.style import AID, DASHES, DEGREES, legend_above, open_axes, say
from morseloss.topology.vines import Vineyard

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["vineyard"]


def vineyard(
    parameters: Vineyard | Sequence[float] | Float[np.ndarray, " n"],
    diagrams: Sequence[Any] | None = None,
    ax: "matplotlib.axes.Axes | None" = None,
) -> "matplotlib.axes.Axes":
    """Draw the lengths of the bars of a one-parameter family against its parameter.

    Parameters
    ----------
    parameters : Vineyard, or sequence of float of length n
        The bars of the family, each followed along it, of `ml.vineyard`; or the parameter of each
        member, finite and all different, in any order.
    diagrams : sequence of Diagram, of graphs or of complexes, length n, optional
        The members, if there is no Vineyard yet: it is what `ml.vineyard` makes of them.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        One curve for each vine. Essential bars are left out, and so are those of length zero unless
        a longer bar of a neighbouring member shrinks to them. A hollow marker on the axis is where
        a bar has vanished.

    Raises
    ------
    ValueError
        If `ml.vineyard` refuses the family.

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
    vines = parameters
    if not isinstance(vines, Vineyard):
        vines = families.vineyard(vines, [] if diagrams is None else diagrams)
    ax = open_axes(ax, 5.6, 4.0)
    ax.axhline(0, color=AID, linewidth=1, zorder=1)
    firsts = np.unique(vines.vines, return_index=True)[1]
    for lengths, degree in zip(vines.lengths.T, vines.degrees[firsts].tolist(), strict=True):
        alive = np.where(np.isnan(lengths), 0.0, lengths)
        if np.isfinite(alive).all() and alive.any():
            _draw_curve(ax, vines.parameters, alive, degree)
    if not ax.lines[1:]:
        say(ax, "no bars")
    if len(vines.parameters):
        first, last = vines.parameters[[0, -1]]
        pad = 0.04 * (last - first) or 1.0
        ax.set_xlim(first - pad, last + pad)
    ax.set(xlabel="parameter", ylabel="length of the bar")
    legend_above(ax)
    return ax


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
