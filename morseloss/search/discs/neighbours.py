"""`Neighbours`: what lies between trajectories that leave a point of index 2 side by side.

The one idea: neighbours are looked at on every level, from the top, until something happens: they
are no longer close, compared with their way to the saddle of the level, or they pass it on its two
sides, one in each half of its cone. In the ball in which the Hessian decides, halves are facts.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool
from torch import Tensor

from morseloss._rows import put
from morseloss._shapes import SomeRows, SomeValues
from morseloss.search.discs.edges import Edges
from morseloss.search.discs.ladder import Ladder
from morseloss.search.discs.samples import Samples
from morseloss.search.trajectories.branches import Branches
from morseloss.search.trajectories.frame import Frame

__all__ = ["Neighbours"]

INSIDE = 0.5  # of the trust radius: near enough to tell the halves of the cone apart
FINE_ANGLE = 1e-6  # neighbours closer than this are refined on a lower level
STRAIGHT = 1e-2  # of the way to the next critical point: near enough to go straight between
LEAST_GAP = 1e-13  # of the same: no float fits between
SHRUNK = 0.8  # of the width of an edge: the most that a part may have
NARROW = 0.02  # of the way to the saddle: an edge so narrow hides nothing


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Compares neighbouring samples of the discs of one landscape.

    Attributes
    ----------
    frame : Frame
    ladder : Ladder
        The levels of each disc.
    below : Branches
        Of the points of index 1: where a flow line goes on.
    closeness : float
        Largest gap between neighbours on the level of a saddle, as a part of their distance to it.
    """

    frame: Frame
    ladder: Ladder
    below: Branches
    closeness: float

    def compared(self, samples: Samples, edges: Edges) -> Edges:
        """Compare the ends of open edges, level by level from the top."""
        rows = edges.open.nonzero().flatten()
        a, b = samples.pairs(rows)
        close, passed, signs = self.close(a.discs, a.crossings, b.crossings)
        known = a.shared(b)
        gaps = (a.crossings - b.crossings).norm(dim=-1).nan_to_num(nan=torch.inf)
        # a part as wide as the whole: between its ends the curve leaps, to a saddle and back maybe
        places = self.frame.images(self.ladder.saddles[a.discs], a.crossings)
        way = (a.crossings - places).norm(dim=-1)
        shrunk = (gaps <= SHRUNK * edges.before[rows]) | (gaps <= NARROW * way) | gaps.isinf()
        close &= shrunk | (self.ladder.saddles[a.discs] < 0)
        event = torch.cat([(~close | passed) & known, torch.ones_like(known[:, :1])], dim=1)
        columns = event.long().argmax(1)
        inner = columns < known.shape[1]
        apart = ~inner & (a.basins >= 0) & (b.basins >= 0) & (a.basins != b.basins)
        end = torch.zeros_like(a.angles)[:, None]  # behind the last level
        line = torch.cat([passed, end > 0], dim=1).gather(1, columns[:, None])[:, 0]
        sign = torch.cat([signs, end], dim=1).gather(1, columns[:, None])[:, 0]
        unclear = (inner & ~line) | apart
        at = line.nonzero().flatten()
        if len(at):
            for side, part in ((-1, a), (1, b)):
                crossings, sides = part.crossings[at], side * sign[at]
                unclear[at] |= self.off_branch(a.discs[at], crossings, columns[at], sides)
        found = Edges(unclear, columns, line & ~unclear, sign, gaps, edges.before[rows])
        return put(edges, rows, found)

    def close(self, discs: SomeRows, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Which neighbours are close on which level, which pass its saddle, and on which side."""
        saddles = self.ladder.saddles[discs]
        first = self.frame.indices[saddles] == 1
        reach = torch.where(first, INSIDE * self.frame.radii[saddles], 0.0)
        there, also = a.isfinite().all(-1), b.isfinite().all(-1)
        images = [self.frame.images(saddles, part) for part in (a, b)]
        own = self.frame.coordinates(saddles, b, images[1])  # from the image nearest to itself
        a, b = (self.frame.coordinates(saddles, part, images[0]) for part in (a, b))
        inside = (torch.maximum(a.norm(dim=-1), b.norm(dim=-1)) < reach) & there & also
        passed = inside & (a[..., 0] * b[..., 0] < 0)
        side = b[..., 0].sign()
        # in the saddle's own units the halves of its cone stand at right angles, however stiff it
        # is; far from it these units would hide what lies along its soft directions
        close = there & also
        units = self.frame.eigenvalues[saddles].abs().sqrt()
        for unit in (torch.ones_like(units), units):
            way = torch.minimum((a * unit).norm(dim=-1), (own * unit).norm(dim=-1))
            allowed = torch.maximum(way, reach / 2 * unit.amin(-1))
            close &= ((a - b) * unit).norm(dim=-1) <= self.closeness * allowed
        close |= (inside & ~passed) | (~there & ~also)
        rung = saddles < 0
        return close | rung, passed & ~rung, side

    def off_branch(
        self, discs: SomeRows, crossings: Tensor, columns: SomeRows, sides: SomeValues
    ) -> Bool[Tensor, " edges"]:
        """Whether samples beside a flow line are off the branch in which the line goes on."""
        saddles = self.ladder.saddles[discs, columns]
        branch = 2 * torch.searchsorted(self.below.sources, saddles) + (sides > 0)
        places = self.ladder.places[discs]
        here = crossings[torch.arange(len(columns)), columns]
        moved = self.frame.images(saddles, here) - self.frame.points[saddles]
        beside = self.below.crossings[branch[:, None], places] + moved[:, None]
        close, passed, _ = self.close(discs, crossings, beside)
        lower = self.ladder.levels[discs] < self.below.tops[branch][:, None]
        return (lower & (places >= 0) & (~close | passed)).any(1)

    def room(self, a: Samples, b: Samples, columns: SomeRows) -> tuple[SomeValues, SomeRows]:
        """Where trajectories fit between neighbours that part on the given levels.

        Returns the angles between them on the first circle, 0 where that is too fine, and the last
        levels above on which they are very close, -1 for none.
        """
        angles = (b.angles - a.angles) % (2 * math.pi)
        gap = (a.crossings - b.crossings).norm(dim=-1)
        way = self.frame.space.distances(a.crossings, self.frame.points).amin(-1)
        known = a.shared(b) & (torch.arange(gap.shape[1]) < columns[:, None])
        near = known & (gap < STRAIGHT * way) & (gap > LEAST_GAP * way)
        last = near.shape[1] - 1 - near.flip(1).long().argmax(1)
        stages = torch.where(near.any(1), last, -1)
        return torch.where(angles > FINE_ANGLE, angles, 0.0), stages

    def stuck(self, samples: Samples, edges: Edges) -> Bool[Tensor, " samples"]:
        """Open edges between whose ends no trajectory fits any more."""
        rows = edges.open.nonzero().flatten()
        a, b = samples.pairs(rows)
        angles, stages = self.room(a, b, edges.columns[rows])
        stuck = torch.zeros_like(edges.open)
        stuck[rows] = (angles == 0) & (stages < 0)
        return stuck
