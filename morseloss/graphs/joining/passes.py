"""`Passes`: saddles with the descents that say which minima they join; `Loose`: what none joins.

The one idea: a saddle belongs to the graph only by its two descents, so it enters by `extended`
alone, which follows them, and takes in the minima that they discover.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from morseloss._rows import put, take
from morseloss._shapes import Hessians, Rows
from morseloss.landscapes.boxes.walls import outside
from morseloss.landscapes.critical import CriticalPoints, classify, join, match, merge
from morseloss.landscapes.landscape import Landscape
from morseloss.search.flow import Descents, descend
from morseloss.search.paths.height import Heights
from morseloss.search.saddles import zero_scales
from morseloss.search.secant import Wells
from morseloss.status import SearchError, Status
from morseloss.topology import Filtration

__all__ = ["Joined", "Loose", "Pairs", "Passes", "extended"]

Pairs = Int[Tensor, "pairs 2"]


@dataclass(frozen=True, eq=False)
class Passes:
    """Minima, and saddles that join them.

    Attributes
    ----------
    minima, saddles : CriticalPoints
    ends : Tensor, shape (saddles, 2), int64
        Rows of the two minima below each saddle.
    lines : tuple of Tensor, each of shape (k, dim)
        Descents: lines 2 i and 2 i + 1 run from saddle i to its two minima.
    lost : CriticalPoints
        Saddles from which a descent did not arrive; `status` is that of the descent.
    hessians : Tensor, shape (minima, dim, dim)
        Of the minima.
    """

    minima: CriticalPoints
    saddles: CriticalPoints
    ends: Int[Tensor, "saddles 2"]
    lines: tuple[Float[Tensor, "_ dim"], ...]
    lost: CriticalPoints
    hessians: Hessians

    @classmethod
    def none(cls, landscape: Landscape, minima: CriticalPoints) -> "Passes":
        """Return the minima, joined by nothing yet."""
        no_rows = torch.zeros(0, dtype=torch.long, device=minima.points.device)
        nothing = minima.take(no_rows)
        hessians = landscape.hessian(minima.points)
        return cls(minima, nothing, no_rows.reshape(0, 2), (), nothing, hessians)

    def filtration(self) -> Filtration:
        """Return the weighted graph; rounding never puts a saddle below its minima."""
        values, weights, edges = (
            part.detach().cpu().numpy()
            for part in (self.minima.values, self.saddles.values, self.ends)
        )
        return Filtration(values, edges, np.maximum(weights, values[edges].max(axis=1)))


@dataclass(frozen=True, eq=False)
class Loose:
    """Pairs of minima that no passes connect as low as their strings.

    Attributes
    ----------
    pairs : Tensor, shape (n, 2), int64
        Rows of the minima.
    tops : Heights
        The tops of the strings.
    strings : tuple of Tensor, each of shape (k, dim)
        Their images.
    """

    pairs: Pairs
    tops: Heights
    strings: tuple[Float[Tensor, "_ dim"], ...]

    def take(self, rows: Rows) -> "Loose":
        """Return the given rows."""
        return replace(take(self, rows), strings=tuple(self.strings[i] for i in rows.tolist()))


class Joined:
    """Which pairs of minima have a pass of their own."""

    def __init__(self, known: Passes) -> None:
        self.count = len(known.minima)
        ends = np.sort(known.ends.detach().cpu().numpy(), axis=1)
        self.keys = np.unique(ends[:, 0] * self.count + ends[:, 1])

    def has(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Tell for rows left and right whether a pass joins them."""
        keys = np.minimum(left, right) * self.count + np.maximum(left, right)
        at = np.searchsorted(self.keys, keys)
        return np.append(self.keys, -1)[at] == keys

    def over(
        self, pairs: Int[np.ndarray, "pairs 2"], between: Int[np.ndarray, "pairs some"]
    ) -> Bool[np.ndarray, " pairs"]:
        """Tell which pairs are joined, directly or by a chain over the minima between them."""
        left, right = pairs[:, :1], pairs[:, 1:]
        there = between >= 0
        steps = (
            self.has(between[:, :, None], between[:, None, :]) & there[:, None] & there[:, :, None]
        )
        reached, last = self.has(left, between) & there, self.has(between, right) & there
        for _ in range(between.shape[1] - 1):
            more = reached | (steps & reached[:, :, None]).any(axis=1)
            if (more == reached).all():
                break
            reached = more
        return self.has(left, right)[:, 0] | (reached & last).any(axis=1)


def extended(landscape: Landscape, known: Passes, saddles: CriticalPoints) -> Passes:
    """Return what is known with more saddles: new ones descended, new minima at their feet.

    Raises
    ------
    SearchError
        If a descent leaves the domain.
    """
    met = torch.cat([known.saddles.points, known.lost.points])
    space = landscape.space
    new = (match(saddles.points, met, space) < 0) & ~outside(landscape, saddles.points)
    fresh = saddles.take(new.nonzero().flatten())
    if not len(fresh):
        return known
    fresh = merge(fresh)
    wells = Wells(known.minima.points, known.minima.values, known.hessians)
    descents = descend(landscape, fresh, wells=wells)
    feet, arrived, discovered = _feet(landscape, known, fresh, descents)
    both = arrived.reshape(-1, 2).all(1)
    rows = both.nonzero().flatten()
    status = torch.where(arrived, -1, descents.state.status)
    lost = replace(fresh, status=status.reshape(-1, 2).amax(1)).take((~both).nonzero().flatten())
    new = (feet < 0) & arrived & both.repeat_interleave(2)
    minima, hessians = known.minima, known.hessians
    ends = feet.clone()
    if bool(new.any()):
        found = merge(discovered.take(new.nonzero().flatten()))
        minima = join(minima, found)
        hessians = torch.cat([hessians, landscape.hessian(found.points)])
        ends[new] = match(discovered.points[new], minima.points, space)
    return Passes(
        minima,
        join(known.saddles, fresh.take(rows)),
        torch.cat([known.ends, ends.reshape(-1, 2)[rows]]),
        (*known.lines, *(descents.lines[2 * i + side] for i in rows.tolist() for side in (0, 1))),
        join(known.lost, lost),
        hessians,
    )


def _feet(
    landscape: Landscape, known: Passes, saddles: CriticalPoints, descents: Descents
) -> tuple[Rows, Tensor, CriticalPoints]:
    """Where descents ended: rows of known minima or -1, which arrived, and the points themselves.

    The points of descents that ended in wells are those minima.
    """
    elsewhere = (descents.wells < 0).nonzero().flatten()
    feet = descents.wells.clone()
    arrived = feet >= 0
    points = known.minima.take(feet.clamp_min(0))
    if len(elsewhere):
        state = take(descents.state, elsewhere)
        ends = classify(landscape, state.points, curvature=zero_scales(landscape, state))
        _refuse_leaving(landscape, known, saddles, elsewhere, ends)
        arrived[elsewhere] = (state.status == Status.CONVERGED) | (ends.indices < 0)
        feet[elsewhere] = match(ends.points, known.minima.points, landscape.space)
        points = put(points, elsewhere, ends)
    return feet, arrived, points


def _refuse_leaving(
    landscape: Landscape,
    known: Passes,
    saddles: CriticalPoints,
    descents: Rows,
    ends: CriticalPoints,
) -> None:
    """Refuse descents that end outside the domain: what they lead to is on a wall."""
    left = outside(landscape, ends.points).nonzero().flatten()
    if len(left):
        row = int(left[0])
        saddle = saddles.points[descents[row] // 2].tolist()
        raise SearchError(
            f"a descent from the saddle at {saddle} left the domain of "
            f"{landscape!r} and ended at {ends.points[row].tolist()}: the sublevel set on the box "
            "has a minimum on a wall, which is no critical point; move the wall to where the "
            "landscape rises outward, or drop the domain",
            known,
        )
