"""Brackets of a height: how high a path must climb, from below and from above, on a cover of cells.

The one idea: ask whether anything flows to the goal a little below the height that is known from
above, and halve the cells of a shortest chain that may leak, until nothing does; only cells near
the pass become small.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from morseloss._shapes import Points
from morseloss.landscapes.landscape import Box, Landscape
from morseloss.search.brackets.bounded import Series, bounds, fitted
from morseloss.search.brackets.dyadic import BITS, Dyadic, children
from morseloss.search.brackets.flood import chain, least_level
from morseloss.search.brackets.homes import homes
from morseloss.status import SearchError

__all__ = ["Cover", "Question", "answered", "cover"]

WIDENED = 12  # boxes, until the walls are high
WIDER = 0.25  # of the box, on both sides
LEVEL = 1e-10  # of the rise over the box: what a minimum may still fall
ON_WALLS = 6  # halvings of the cells on its walls, before that


@dataclass(frozen=True, eq=False)
class Cover:
    """A box in cells, each with bounds of the landscape.

    Attributes
    ----------
    whole : Series
        What bounds are computed from.
    cells : Dyadic
    lower, upper : ndarray, shape (cells,)
        Bounds of the values on each cell.
    homes : ndarray, shape (2, minima, dim)
        Boxes, in units of the box, in which a minimum is lowest.
    floors : ndarray, shape (minima,)
        Its value, less rounding.
    """

    whole: Series
    cells: Dyadic
    lower: Float[np.ndarray, " cells"]
    upper: Float[np.ndarray, " cells"]
    homes: Float[np.ndarray, "2 minima dim"]
    floors: Float[np.ndarray, " minima"]

    def __len__(self) -> int:
        return len(self.cells)

    def closer(self, rows: Int[np.ndarray, " rows"]) -> "Cover":
        """Return the cover with some cells halved along every axis."""
        cells, parents, fresh = children(self.cells, rows)
        new = np.flatnonzero(fresh)
        lower, upper = self.lower[parents], self.upper[parents]
        below, above = self.bounds(cells, new)
        # what holds on a cell holds on its parts
        lower[new], upper[new] = np.maximum(lower[new], below), np.minimum(upper[new], above)
        return replace(self, cells=cells, lower=lower, upper=upper)

    def bounds(
        self, cells: Dyadic, rows: Int[np.ndarray, " rows"]
    ) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " rows"]]:
        """Return bounds on some cells: those of the series, and what is known at homes."""
        lower, upper = bounds(self.whole, cells, rows)
        low, high = cells.boxes()[:, rows]
        for (left, right), floor in zip(self.homes.swapaxes(0, 1), self.floors, strict=True):
            at_home = ((low >= left) & (high <= right)).all(1)
            lower[at_home] = np.maximum(lower[at_home], floor)
        return lower, upper


@dataclass(frozen=True, eq=False)
class Question:
    """Where a path begins, and where it may end.

    Attributes
    ----------
    start : ndarray, shape (dim,)
        In units of the box.
    ends : ndarray, shape (ends, dim)
        Points that it may end at, in the same units.
    below : float
        It may end wherever the landscape is lower than this; -inf where it may not.
    """

    start: Float[np.ndarray, " dim"]
    ends: Float[np.ndarray, "ends dim"]
    below: float = -np.inf


def cover(landscape: Landscape, box: Box, minima: Points, *, above: float | None = None) -> Cover:
    """Return a box in cells, as coarse as its series allow, and homes of some minima.

    Parameters
    ----------
    landscape : Landscape
    box : Tensor, shape (2, dim)
    minima : Tensor, shape (batch, dim)
        In the box; may be none.
    above : float, optional
        The box is widened until the landscape is at least that high on its walls, so that no path
        below leaves it.

    Raises
    ------
    ValueError
        If a minimum is none.
    SearchError
        If the landscape is not smooth, or not finite, somewhere in the box, or not as high on the
        walls of any.
    """
    found = _cells(landscape, box, minima)
    for _ in range(WIDENED if above is not None else 0):
        for _ in range(ON_WALLS):
            low = found.cells.on_walls() & (found.lower < above)
            if not low.any():
                return found
            if (found.upper[low] < above).any():
                break
            found = found.closer(np.flatnonzero(low))
        wide = WIDER * (box[1] - box[0])
        box = torch.stack([box[0] - wide, box[1] + wide])
        found = _cells(landscape, box, minima)
    if above is not None:
        raise SearchError(
            f"{landscape!r} is below {above:.6g} on the walls of every box up to "
            f"{box.tolist()}; study it on a box (`OnBox`)"
        )
    return found


def answered(
    found: Cover, question: Question, height: float, tolerance: float, lowest: float, *, most: int
) -> tuple[Cover, float, float]:
    """Refine a cover until no path to a goal stays a little below a height.

    Parameters
    ----------
    found : Cover
    question : Question
    height : float
        What a path needs at most.
    tolerance : float
        How far below it the lower end may lie, as part of the height above `lowest`.
    lowest : float
        The value from which heights are measured.
    most : int
        Cells, after which the lower end is what the cover has by then.

    Returns
    -------
    cover : Cover
    lower, upper : float
        Every path climbs to `lower` at least, some path to `upper` at most. The upper end is the
        height, unless cells lead to a goal that lie below it.
    """
    start = question.start[None]
    while True:
        first = int(found.cells.holding(start)[0])
        goals, sure = _goals(found, question)
        level = height - tolerance * (height - lowest)
        among = found.lower < level
        leak = chain(found.cells, among, first, sure, among & (found.upper >= level))
        if leak.sure:
            height = least_level(found.cells, found.upper, first, sure)
            continue
        rows = leak.hazy if leak.leads else leak.flooded[goals[leak.flooded]]
        if not len(rows):
            return found, level, height
        rows = rows[found.cells.levels[rows] < BITS[found.cells.corners.shape[1]]]
        if not len(rows) or len(found) > most:
            reached = least_level(found.cells, found.lower, first, goals)
            return found, min(level, reached), height
        found = found.closer(rows)


def _cells(landscape: Landscape, box: Box, minima: Points) -> Cover:
    whole, empty = fitted(landscape, box), np.empty(0)
    around, floors = np.empty((2, 0, landscape.dim)), empty
    if len(minima):
        values, gradients = landscape.value(minima).detach(), landscape.gradient(minima).detach()
        corners = homes(landscape, minima, box)
        slips = (gradients.abs() * (corners[1] - corners[0])).sum(1)
        steep = (slips > LEVEL * whole.rise()).nonzero().flatten().tolist()
        if steep:
            raise ValueError(
                f"{minima[steep[0]].tolist()} is no minimum of {landscape!r}, row {steep[0]}: the "
                f"gradient there is {gradients[steep[0]].tolist()}; pass minima that `find_minima` "
                "or `critical_points` found"
            )
        slack = slips + 2 * whole.errors[whole.cells.holding(whole.unit(minima))]
        around = np.stack([whole.unit(side) for side in corners])
        floors = (values - slack.max()).numpy()
    found = Cover(whole, whole.cells, empty, empty, around, floors)
    lower, upper = found.bounds(whole.cells, np.arange(len(whole.cells)))
    return replace(found, lower=lower, upper=upper)


def _goals(
    found: Cover, question: Question
) -> tuple[Bool[np.ndarray, " cells"], Bool[np.ndarray, " cells"]]:
    """Cells in which a path may end, and those of which that is sure."""
    sure = found.upper < question.below
    sure[found.cells.holding(question.ends)] = True
    return sure | (found.lower < question.below), sure
