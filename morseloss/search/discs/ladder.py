"""`ladder`: the levels on which the trajectories of a disc are compared, from its point down.

The one idea: the levels of the saddles are where things happen; between them stand rungs, placed so
that from one to the next the flow pulls neighbours apart by no more than a float can hold: close
below the point itself, and on the way into a saddle that attracts slowly and expels fast.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._shapes import SomeRows, SomeValues
from morseloss.search.trajectories.frame import START, Frame

__all__ = ["Ladder", "ladder"]

NEAR_RUNGS = 12  # between a point and the first saddle below
SLOW = 8.0  # ratio of expelling to attracting rates from which a saddle gets rungs
SLOW_RUNGS = 8  # each at half of the distance of the one before


@dataclass(frozen=True, eq=False)
class Ladder:
    """Levels of each disc, descending; nan where a disc has fewer.

    Attributes
    ----------
    levels : Tensor, shape (discs, levels)
    saddles : Tensor, shape (discs, levels), int64
        Row of the critical point at that level, -1 for a rung.
    places : Tensor, shape (discs, levels), int64
        Its place among the saddles, highest first, -1 for a rung.
    floors : Tensor, shape (discs,)
        The lowest level of a point of index 1: nothing below is of interest.
    """

    levels: Float[Tensor, "discs levels"]
    saddles: Int[Tensor, "discs levels"]
    places: Int[Tensor, "discs levels"]
    floors: SomeValues


def ladder(
    frame: Frame, points: SomeRows, saddles: SomeRows, rungs: Float[Tensor, "discs rungs"]
) -> Ladder:
    """Return the levels below each point down to the lowest one of index 1.

    Parameters
    ----------
    frame : Frame
    points : Tensor, shape (discs,), int64
        Of index 2.
    saddles : Tensor, shape (saddles,), int64
        Points of index 1 and more, highest first.
    rungs : Tensor, shape (discs, rungs)
        More rungs, nan where a disc has fewer.

    Returns
    -------
    Ladder
    """
    values = frame.values[saddles]
    top = frame.values[points]
    first = frame.indices[saddles] == 1
    below = values < top[:, None]
    floors = torch.where(below & first, values, torch.inf).amin(1)
    slow = _slow(frame, saddles).flatten().expand(len(points), -1)
    added = torch.cat([_near(frame, points, values, below), slow, rungs], dim=1)
    levels = torch.cat([values.expand(len(points), -1), added], dim=1)
    places = torch.cat([torch.arange(len(saddles)), torch.full((added.shape[1],), -1)])
    kept = (levels < top[:, None]) & (levels >= floors[:, None])
    levels = torch.where(kept, levels, -torch.inf)
    order = levels.argsort(dim=1, descending=True, stable=True)
    order = order[:, : int(kept.sum(1).max())] if len(points) else order
    levels = levels.gather(1, order)
    places = torch.where(levels.isfinite(), places[order], -1)
    rows = torch.where(places >= 0, saddles[places.clamp_min(0)], -1)
    return Ladder(torch.where(levels.isfinite(), levels, torch.nan), rows, places, floors)


def _near(frame: Frame, points: SomeRows, values: SomeValues, below: Tensor) -> Tensor:
    """Rungs in geometric progression from the first circle to the first saddle."""
    highest = torch.where(below, values, -torch.inf).amax(1)
    fall = frame.values[points] - highest
    drop = -0.5 * frame.eigenvalues[points, 1] * (START * frame.radii[points]) ** 2
    steps = torch.arange(1, NEAR_RUNGS + 1).to(drop) / (NEAR_RUNGS + 1)
    rungs = frame.values[points][:, None] - drop[:, None] * (fall / drop)[:, None] ** steps
    usable = (fall > 2 * drop) & fall.isfinite()
    return torch.where(usable[:, None], rungs, torch.nan)


def _slow(frame: Frame, saddles: SomeRows) -> Tensor:
    """Rungs above the saddles in whose slowest attracting direction one could be lost."""
    rates = frame.eigenvalues[saddles]
    attracting = torch.where(rates > 0, rates, torch.inf).amin(1)
    slow = -rates[:, 0] > SLOW * attracting
    away = frame.radii[saddles][:, None] / 4 * 2.0 ** torch.arange(SLOW_RUNGS)
    rungs = frame.values[saddles][:, None] + 0.5 * attracting[:, None] * away**2
    return rungs[slow & attracting.isfinite()]
