"""`communication`: how high a path between two points must climb, from below and from above.

The one idea: a path that somebody found bounds the height from above; that no path is lower is
shown on a cover of the box by cells, through which nothing flows a little below.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from morseloss._shapes import Points, Values
from morseloss.kinds import check_count
from morseloss.landscapes.landscape import Box, Landscape, check_landscape, check_points
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.spaces.space import EUCLIDEAN
from morseloss.landscapes.wrappers import unwrapped
from morseloss.search.brackets.bracket import Cover, Question, answered, cover
from morseloss.search.brackets.flood import least_level
from morseloss.topology.door import number

__all__ = ["CELLS", "Communication", "check_tolerance", "communication", "studied"]

CELLS = 1 << 18
VARIABLES = 3


@dataclass(frozen=True, eq=False)
class Communication:
    """Heights between pairs of points, each between two ends.

    Attributes
    ----------
    lower : Tensor, shape (batch,)
        What every path between the two climbs to at least, [value].
    upper : Tensor, shape (batch,)
        What some path climbs to at most.
    cover : Cover
        The cells that show it.
    """

    lower: Values
    upper: Values
    cover: Cover = field(repr=False)

    def __len__(self) -> int:
        return len(self.lower)


def communication(
    landscape: Landscape,
    first: Points,
    second: Points,
    *,
    heights: Values | None = None,
    tolerance: float = 1e-6,
    cells: int = CELLS,
) -> Communication:
    """Bracket the communication height of pairs of points, in one to three variables.

    The communication height (minimax height) of two points is the least, over paths between them,
    of the highest value on the path. A cover of the box by cells, each with a lower bound of the
    landscape, shows that no path stays below a level: none of the cells that may lie below it link
    the two. Cells through which something may leak are halved.

    Parameters
    ----------
    landscape : Landscape
        Smooth. A coercive polynomial is studied on all of R^d: the box is widened until its walls
        are higher than what is asked. Any other landscape on its `domain` or `box`, and then the
        lower end speaks of paths inside.
    first, second : Tensor, shape (batch, dim)
        The points, a pair a row; minima, usually.
    heights : Tensor, shape (batch,), optional
        What a path needs at most, where that is known, as from `minimax` of a graph. Otherwise
        the upper end is found by cells that link the two for certain.
    tolerance : float
        Wanted gap between the ends, as part of the height above the lowest of all points.
    cells : int
        Most cells; when they are spent the gap is what it is by then.

    Returns
    -------
    Communication
        With the lower and the upper ends.

    Raises
    ------
    ValueError
        If there are more than three variables, no box is known, or a point lies outside.
    SearchError
        If the landscape is not smooth: no series converges somewhere.

    Notes
    -----
    For a polynomial the lower end is proved up to rounding, of which a bound is subtracted. For
    another function it is proved of its series; what they leave is measured, at finitely many
    places, and subtracted too.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.Himmelblau()
    >>> minima = land.critical_points.of_index(0).points
    >>> found = ml.communication(land, minima[:1], minima[1:2], tolerance=1e-4)
    >>> [round(float(x), 1) for x in (found.lower, found.upper)]
    [104.0, 104.0]
    """
    check_landscape(landscape)
    box, walled = studied(landscape)
    for name, points in (("first", first), ("second", second)):
        check_points(landscape, points, name)
        check_inside(landscape, points, box, name)
    if first.shape != second.shape:
        raise ValueError(
            f"`first` and `second` must hold one point each a pair, got {len(first)} and "
            f"{len(second)}"
        )
    check_tolerance(tolerance)
    check_count("cells", cells)
    first, second = first.double(), second.double()
    ends = torch.stack([landscape.value(first), landscape.value(second)]).detach().double()
    known = torch.full_like(ends[0], torch.inf) if heights is None else _checked(heights, ends)
    found = cover(landscape, box, first[:0])
    known = torch.minimum(known, _linked(found, first, second))
    if walled:
        found = cover(landscape, box, first[:0], above=float(known.max()))
    lowest, lower, upper = float(ends.min()), ends.amax(0), known.clone()
    starts, goals = found.whole.unit(first), found.whole.unit(second)
    for row in range(len(first)):
        question = Question(starts[row], goals[row : row + 1])
        found, low, high = answered(
            found, question, float(known[row]), tolerance, lowest, most=cells
        )
        lower[row], upper[row] = max(float(lower[row]), low), high
    return Communication(torch.minimum(lower, upper), upper, found)


def _linked(found: Cover, first: Points, second: Points) -> Values:
    """Heights at which the cells of a cover link two points for certain, whatever is in them."""
    starts, ends = (found.cells.holding(found.whole.unit(points)) for points in (first, second))
    heights = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        goal = np.arange(len(found)) == end
        heights.append(least_level(found.cells, found.upper, start, goal))
    return torch.tensor(heights, dtype=torch.float64)


def studied(landscape: Landscape) -> tuple[Box, bool]:
    """Return the box to be covered, and whether it stands for all of R^d.

    Raises
    ------
    ValueError
        If there are too many variables, there is no box, or space is not R^d.
    """
    if landscape.dim > VARIABLES:
        raise ValueError(
            f"lower ends are proved in one to {VARIABLES} variables, on a cover by cells, got "
            f"{landscape!r} in {landscape.dim}; in more there are upper ends only"
        )
    if landscape.space != EUCLIDEAN:
        raise ValueError(
            f"lower ends are proved on boxes of R^d, got {landscape!r}, whose space is "
            f"{landscape.space!r}: a path may come back through a wall of the box; there are upper "
            "ends only"
        )
    if landscape.domain is not None:
        return landscape.domain, False
    if landscape.box is None:
        raise ValueError(
            f"{landscape!r} knows no box to be covered by cells; give it a `box`, or study it on "
            "one (`OnBox`)"
        )
    polynomial = unwrapped(landscape)
    grows = isinstance(polynomial, Polynomial) and Polynomial(polynomial.terms).box is not None
    return landscape.box, grows


def check_inside(landscape: Landscape, points: Points, box: Box, name: str) -> None:
    """Pass points of a box.

    Raises
    ------
    ValueError
        If one lies outside.
    """
    out = ((points < box[0]) | (points > box[1])).any(1).nonzero().flatten().tolist()
    if out:
        raise ValueError(
            f"`{name}` must lie in the box of {landscape!r}, {box.tolist()}, got "
            f"{points[out[0]].tolist()} in row {out[0]}; take a larger box"
        )


def check_tolerance(tolerance: float) -> None:
    """Pass a part of a range.

    Raises
    ------
    ValueError
        If it is not above 0 and below 1.
    """
    if not 0 < number("tolerance", tolerance) < 1:
        raise ValueError(
            f"`tolerance` must be above 0 and below 1, a part of the range, got {tolerance}; 1e-6 "
            "say"
        )


def _checked(heights: Values, ends: Tensor) -> Values:
    """Return heights that are no lower than the points they lead between.

    Raises
    ------
    ValueError
        If they are none.
    """
    heights = torch.as_tensor(heights, dtype=torch.float64)
    if heights.shape != ends.shape[1:]:
        raise ValueError(
            f"`heights` must hold one height a pair, got shape {tuple(heights.shape)} for "
            f"{ends.shape[1]} pairs"
        )
    if not bool((heights >= ends.amax(0)).all()):
        raise ValueError(
            f"`heights` must be at or above the values at both points, got {heights.tolist()} for "
            f"{ends.amax(0).tolist()}; `inf` where none is known"
        )
    return heights
