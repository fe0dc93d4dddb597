"""`matching`: two diagrams on one axes, and who goes with whom.

The one idea: a matching is a set of strokes. A bar without a partner goes to the point of the
diagonal that is nearest to it, a half-line to a half-line.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from morseloss.plot.diagrams.diagram import INFINITY, diagram
from morseloss.plot.style import AID, INK, legend_above, open_axes
from morseloss.topology import Diagram, Matching, bottleneck_matching
from morseloss.topology.diagram import check_diagram

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["matching"]


def matching(
    a: Diagram,
    b: Diagram,
    found: Matching | None = None,
    ax: "matplotlib.axes.Axes | None" = None,
    *,
    degree: int = 0,
    labels: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
) -> "matplotlib.axes.Axes":
    """Draw two diagrams and the pairs of a matching between them.

    Parameters
    ----------
    a, b : Diagram
        Of which the bars of one degree are drawn.
    found : Matching, optional
        As `bottleneck_matching(a, b, degree=degree)` gives it, which is taken by default, or
        `wasserstein_matching`.
    ax : Axes, optional
        Where to draw; by default a new figure.
    degree : int
        Homological degree whose bars were matched.
    labels, colours : sequence of str, optional
        One for each of the two.

    Returns
    -------
    Axes
        One stroke a pair, the costliest one broad and named with its cost. Bars of length zero lie
        on the diagonal and have none.

    Raises
    ------
    ValueError
        If `a` or `b` is no Diagram, does not speak of the degree, or is not what was matched.

    References
    ----------
    Barannikov et al., Loss barcode, Equation 5.

    Examples
    --------
    >>> import numpy as np, morseloss as ml
    >>> a = ml.Diagram(births=[0.0, 1.0], deaths=[np.inf, 3.0])
    >>> b = ml.Diagram(births=[0.5], deaths=[np.inf])
    >>> ax = ml.plot.matching(a, b, labels=["two wells", "one well"])
    """
    for bars in (a, b):
        check_diagram(bars)
    kept = [bars.of_degree(degree) for bars in (a, b)]
    found = bottleneck_matching(a, b, degree=degree) if found is None else found
    _check(found, a, b, degree)
    ax = open_axes(ax, 4.8, 4.6)
    diagram(kept, ax, labels=["first", "second"] if labels is None else labels, colours=colours)
    costliest = int(found.costs.argmax()) if len(found) else -1
    for row, pair in enumerate(found.pairs.tolist()):
        _draw(ax, a, b, pair, row == costliest and found.costs[row] > 0, found.costs[row])
    legend_above(ax, columns=3)
    return ax


def _draw(
    ax: "matplotlib.axes.Axes",
    a: Diagram,
    b: Diagram,
    pair: Sequence[int],
    costliest: bool,
    cost: float,
) -> None:
    """Draw one pair: a stroke in the plane, or along the line at infinity."""
    ends = [(d.births[row], d.deaths[row]) for d, row in zip((a, b), pair, strict=True) if row >= 0]
    look = {"color": INK if costliest else AID, "linewidth": 2.6 if costliest else 1.0}
    look |= {"solid_capstyle": "round", "zorder": 2}
    if costliest:
        look["label"] = f"costliest pair: {cost:.3g}"
    if all(np.isfinite(end[1]) for end in ends):
        if len(ends) == 1:  # the nearest point of the diagonal, in both metrics of the plane
            middle = (ends[0][0] + ends[0][1]) / 2
            ends.append((middle, middle))
        ax.plot(*np.transpose(ends), **look)
    elif len(ends) == 2:
        births = [end[0] for end in ends]
        ax.plot(births, [INFINITY] * 2, transform=ax.get_xaxis_transform(), **look)


def _check(found: Matching, a: Diagram, b: Diagram, degree: int) -> None:
    """Refuse a matching of other bars."""
    for side, (name, bars) in enumerate((("a", a), ("b", b))):
        rows = found.pairs[:, side]
        rows = rows[rows >= 0]
        if not np.isin(rows, bars.rows_of_degree(degree)).all():
            raise ValueError(
                f"`found` must match bars of degree {degree}, got row {int(rows.max())} of "
                f"`{name}`, {bars!r}; take it from `bottleneck_matching(a, b, degree={degree})`"
            )
