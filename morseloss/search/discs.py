"""`descending_discs`: the flow lines from points of index 2 to points of index 1, with their signs.

The one idea: the trajectories that leave a point of index 2 form a disc, a circle of them at the
start. Where they cross the level of a saddle they draw a curve, and a flow line to the saddle is a
place where the curve passes through it, from one half of the level's cone to the other. The circle
is refined until neighbours are close on every level, close compared with the way to the saddle of
that level, so that no passage can hide, whatever the trajectories end in.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from morseloss._shapes import Points, Rows, Values
from morseloss.landscape import Landscape
from morseloss.search.branches import Branches, basins, connection_message, levels_below
from morseloss.search.frame import START, Frame
from morseloss.search.samples import Samples
from morseloss.search.trajectory import GradientFlow, Trajectories, follow
from morseloss.status import SearchError

__all__ = ["DiscLines", "descending_discs"]

FIRST_ANGLE = 0.7390851332151607  # of no symmetry
INSIDE = 0.5  # of the trust radius: near enough to tell the halves of the cone apart
FINE_ANGLE = 1e-6  # neighbours closer than this are refined on a lower level
STRAIGHT = 1e-2  # of the way to the next critical point: near enough to go straight between
LEAST_GAP = 1e-13
MOST_ROUNDS = 80
FEW = 64  # open edges, below which rounds cost more than trajectories
NEAR_LEVELS = 12  # extra levels between a point of index 2 and the first one below it


@dataclass(frozen=True, eq=False)
class DiscLines:
    """Flow lines from points of index 2 to points of index 1.

    Attributes
    ----------
    sources, targets : Tensor, shape (lines,), int64
        Rows of critical points.
    signs : Tensor, shape (lines,)
        1 where the line, followed by the target's first mode, has the orientation of the source's
        first two modes; -1 where it has the other.
    lines : tuple of Tensor, each of shape (k, dim)
    """

    sources: Rows
    targets: Rows
    signs: Values
    lines: tuple[Float[Tensor, "_ dim"], ...]


@dataclass(frozen=True, eq=False)
class _Edges:
    """What lies between neighbouring samples: nothing, a flow line, or too much to tell.

    Attributes
    ----------
    open : Tensor of bool, shape (samples,)
        To be refined.
    columns : Tensor, shape (samples,), int64
        The level on which they part, or at whose saddle a flow line ends.
    lines : Tensor of bool, shape (samples,)
    signs : Tensor, shape (samples,)
    """

    open: Bool[Tensor, " samples"]
    columns: Int[Tensor, " samples"]
    lines: Bool[Tensor, " samples"]
    signs: Values


def descending_discs(
    landscape: Landscape,
    frame: Frame,
    below: Branches,
    *,
    directions: int = 48,
    closeness: float = 0.5,
) -> DiscLines:
    """Count the flow lines from points of index 2 to points of index 1.

    Parameters
    ----------
    landscape : Landscape
    frame : Frame
        All its critical points.
    below : Branches
        Of the points of index 1: the edges of the discs.
    directions : int
        Trajectories on each disc to begin with.
    closeness : float
        Largest gap between neighbours on the level of a saddle, as a part of their distance to it.

    Returns
    -------
    DiscLines

    Raises
    ------
    SearchError
        If two neighbouring trajectories stay apart however close they start: a saddle connection,
        or a critical point that is missing.
    """
    points = frame.of_index(2)
    discs = _Discs(landscape, frame, below, points, closeness)
    turns = torch.arange(directions).to(frame.points) / directions
    angles = (2 * math.pi * turns + FIRST_ANGLE / directions).repeat(len(points))
    samples = discs.on_circle(torch.arange(len(points)).repeat_interleave(directions), angles)
    edges = discs.compared(samples)
    for _ in range(MOST_ROUNDS):
        if not edges.open.any():
            break
        samples = discs.refined(samples, edges)
        edges = discs.compared(samples)
    discs.refuse_open(samples, edges)
    return discs.lines(samples, edges)


class _Discs:
    """The discs of one landscape: follows trajectories, compares neighbours, reads lines off."""

    def __init__(
        self, landscape: Landscape, frame: Frame, below: Branches, points: Rows, closeness: float
    ) -> None:
        self.landscape, self.frame, self.below, self.points = landscape, frame, below, points
        self.closeness = closeness
        self.flow = GradientFlow(basins(frame))
        self.saddles, levels = levels_below(frame, points)
        extra = _near_levels(frame, points, levels)
        self.extra = extra.shape[1]
        self.levels = torch.cat([extra, levels], dim=1)
        first = frame.indices[self.saddles] == 1
        wanted = torch.where(first, levels, torch.inf).nan_to_num(nan=torch.inf)
        self.floors = wanted.amin(1)
        # a trajectory is followed down to the lowest level of a point of index 1
        self.columns = int(first.nonzero().max()) + 1 if first.any() else 0
        self.reach = torch.where(first, frame.radii[self.saddles], 0.0)
        self.runs: list[tuple[Trajectories, Int[Tensor, "rows 2"]]] = []

    def on_circle(self, discs: Rows, angles: Values) -> Samples:
        """Follow the trajectories of the given angles on the first circle."""
        rows = self.points[discs]
        starts = self.frame.beside(rows, _leaving(self.frame, rows, angles))
        nowhere = torch.full((len(discs), 2), -1)
        return self.followed(discs, angles, torch.full_like(discs, -1), starts, nowhere)

    def followed(
        self, discs: Rows, angles: Values, stages: Rows, starts: Points, parents: Rows
    ) -> Samples:
        """Follow trajectories from the starts on the levels of their stages."""
        columns = torch.arange(self.levels.shape[1])
        later = columns > stages[:, None]
        levels = torch.where(later, self.levels[discs], torch.nan)
        run = follow(self.landscape, self.flow, starts, levels, self.floors[discs])
        crossings = run.crossings
        begun = (stages >= 0).nonzero().flatten()
        crossings[begun, stages[begun]] = starts[begun]
        origins = torch.stack([torch.full_like(discs, len(self.runs)), torch.arange(len(discs))], 1)
        self.runs.append((run, parents))
        return Samples(discs, angles, stages, crossings, run.basins, origins)

    def refined(self, samples: Samples, edges: _Edges) -> Samples:
        """Put new trajectories between neighbours that part: on the circle, or on a level."""
        rows = edges.open.nonzero().flatten()
        parts = 16 if len(rows) < FEW else 4
        a, b = samples.take(rows), samples.take(samples.next()[rows])
        gaps = (b.angles - a.angles) % (2 * math.pi)
        stages = self.stages(a, b, edges.columns[rows])
        on_level = ~(gaps > FINE_ANGLE) & (stages >= 0)
        weights = torch.arange(1, parts).to(gaps) / parts
        behind = rows.repeat_interleave(parts - 1)

        def spread(part: Tensor, chosen: Tensor) -> Tensor:
            return part[chosen].repeat_interleave(parts - 1, 0)

        angles = (a.angles[:, None] + gaps[:, None] * weights).flatten()
        many = on_level.repeat_interleave(parts - 1)
        if (~on_level).any():
            fresh = self.on_circle(spread(a.discs, ~on_level), angles[~many])
            samples_after = samples.inserted(fresh, behind[~many])
            if not on_level.any():
                return samples_after
        at = torch.arange(len(rows))
        start, end = a.crossings[at, stages][on_level], b.crossings[at, stages][on_level]
        points = (start[:, None] + (end - start)[:, None] * weights[:, None]).flatten(0, 1)
        lower = self.followed(
            spread(a.discs, on_level),
            torch.full_like(angles[many], torch.nan),
            spread(stages, on_level),
            points,
            spread(a.origins, on_level),
        )
        if (~on_level).any():
            order = torch.cat([behind[~many], behind[many]])
            both = {
                name: torch.cat([getattr(fresh, name), getattr(lower, name)])
                for name in Samples.__dataclass_fields__
            }
            return samples.inserted(Samples(**both), order)
        return samples.inserted(lower, behind[many])

    def stages(self, a: Samples, b: Samples, columns: Rows) -> Rows:
        """The last level above the given ones on which neighbours are very close; -1 for none."""
        gap = (a.crossings - b.crossings).norm(dim=-1)
        room = torch.cdist(a.crossings, self.frame.points).amin(-1)
        known = a.shared(b) & (torch.arange(gap.shape[1]) < columns[:, None])
        near = known & (gap < STRAIGHT * room) & (gap > LEAST_GAP * room)
        last = near.shape[1] - 1 - near.flip(1).long().argmax(1)
        return torch.where(near.any(1), last, -1)

    def compared(self, samples: Samples) -> _Edges:
        """Compare each sample with its neighbour, level by level from the top."""
        others = samples.take(samples.next())
        close, passed, signs = self.close(samples.crossings, others.crossings)
        known = samples.shared(others)[:, self.extra : self.extra + close.shape[1]]
        close, passed = close | ~known, passed & known
        event = torch.cat([~close | passed, torch.ones_like(close[:, :1])], dim=1)
        column = event.long().argmax(1)
        at = torch.arange(len(samples))
        inner = column < close.shape[1]
        within = column.clamp_max(max(close.shape[1] - 1, 0))
        line = inner & passed[at, within] if close.shape[1] else inner
        ends = samples.basins, others.basins
        apart = ~inner & (ends[0] >= 0) & (ends[1] >= 0) & (ends[0] != ends[1])
        unclear = (inner & ~line) | apart
        sign = signs[at, within] if close.shape[1] else torch.zeros_like(samples.angles)
        rows = line.nonzero().flatten()
        if len(rows):
            for side, crossings in ((-1, samples.crossings), (1, others.crossings)):
                off = self.off_branch(crossings[rows], column[rows], side * sign[rows])
                unclear[rows] |= off >= 0
        return _Edges(unclear, column + self.extra, line & ~unclear, sign)

    def close(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Which neighbours are close on which level, which pass its saddle, and on which side."""
        kept = slice(0, self.columns)
        a, b = (part[:, self.extra :][:, kept] for part in (a, b))
        saddles, reach = self.saddles[kept], self.reach[kept]
        places, axes = self.frame.points[saddles], self.frame.modes[saddles][:, :, 0]
        there, also = a.isfinite().all(-1), b.isfinite().all(-1)
        to_a, to_b = (a - places).norm(dim=-1), (b - places).norm(dim=-1)
        inside = (torch.maximum(to_a, to_b) < INSIDE * reach) & there & also
        side_a, side_b = (((part - places) * axes).sum(-1) for part in (a, b))
        passed = inside & (side_a * side_b < 0)
        allowed = torch.maximum(torch.minimum(to_a, to_b), INSIDE / 2 * reach)
        close = there & also & ((a - b).norm(dim=-1) <= self.closeness * allowed)
        close |= (inside & ~passed) | (~there & ~also)
        return close, passed, side_b.sign()

    def off_branch(self, crossings: Tensor, columns: Rows, sides: Values) -> Rows:
        """The level on which samples beside a flow line are off the branch it goes on in, or -1."""
        saddles = self.saddles[columns]
        branch = 2 * torch.searchsorted(self.below.sources, saddles) + (sides > 0)
        beside = self.below.crossings[branch]
        pad = beside.new_full((len(beside), self.extra, beside.shape[2]), torch.nan)
        close, passed, _ = self.close(crossings, torch.cat([pad, beside], dim=1))
        lower = self.frame.values[self.saddles[: self.columns]]
        off = (lower < self.frame.values[saddles][:, None]) & (~close | passed)
        return torch.where(off.any(1), off.long().argmax(1), -1)

    def refuse_open(self, samples: Samples, edges: _Edges) -> None:
        """Pass discs without open edges.

        Raises
        ------
        SearchError
            If there is one, with the critical points at which neighbours part.
        """
        if not edges.open.any():
            return
        rows = edges.open.nonzero().flatten()
        there = samples.crossings[rows][:, self.extra :]
        distance = (there - self.frame.points[self.saddles]).norm(dim=-1).nan_to_num(nan=torch.inf)
        nearest = self.saddles[distance.argmin(1)].tolist()
        sources = self.points[samples.discs[rows]].tolist()
        pairs = sorted(set(zip(sources, nearest, strict=True)))
        raise SearchError(connection_message(self.frame, pairs))

    def lines(self, samples: Samples, edges: _Edges) -> DiscLines:
        """Return the flow lines, each drawn by the trajectory that comes nearest to its end."""
        rows = edges.lines.nonzero().flatten()
        columns = edges.columns[rows]
        targets = self.saddles[columns - self.extra]
        sources = self.points[samples.discs[rows]]
        both = torch.stack([rows, samples.next()[rows]], dim=1)
        ends = samples.crossings[both, columns[:, None]]
        nearer = (ends - self.frame.points[targets][:, None]).norm(dim=-1).argmin(1)
        chosen = both.gather(1, nearer[:, None])[:, 0]
        lines = []
        for row, source, target in zip(
            chosen.tolist(), sources.tolist(), targets.tolist(), strict=True
        ):
            line = self.drawn(samples.origins[row])
            above = self.landscape.value(line) > self.frame.values[target]
            ends = self.frame.points[source][None], self.frame.points[target][None]
            lines.append(torch.cat([ends[0], line[above], ends[1]]))
        return DiscLines(sources, targets, edges.signs[rows], tuple(lines))

    def drawn(self, origin: Int[Tensor, " 2"]) -> Float[Tensor, "_ dim"]:
        """The polyline of a trajectory; above its first level, that of the neighbour it left."""
        run, row = origin.tolist()
        trajectories, parents = self.runs[run]
        line = trajectories.line(row)
        if parents[row, 0] < 0:
            return line
        before = self.drawn(parents[row])
        above = self.landscape.value(before) > self.landscape.value(line[:1])
        return torch.cat([before[above], line])


def _near_levels(frame: Frame, points: Rows, levels: Tensor) -> Float[Tensor, "points extra"]:
    """Levels in geometric progression from the first circle to the first level below."""
    if not levels.shape[1]:
        return levels
    highest = levels.nan_to_num(nan=-torch.inf).amax(1)
    drop = -0.5 * frame.eigenvalues[points, 1] * (START * frame.radii[points]) ** 2
    fall = frame.values[points] - highest
    steps = torch.arange(1, NEAR_LEVELS + 1).to(drop) / (NEAR_LEVELS + 1)
    near = drop[:, None] * (fall / drop)[:, None] ** steps
    usable = (fall > 2 * drop) & fall.isfinite()
    return torch.where(usable[:, None], frame.values[points][:, None] - near, torch.nan)


def _leaving(frame: Frame, rows: Rows, angles: Values) -> Float[Tensor, "batch 2"]:
    """Unstable coordinates of starts that leave the trust region evenly spread over the angles.

    The linear flow is followed back from the circle of the trust radius, so that a direction in
    which it is slow gets its share of trajectories.
    """
    rates, radii = -frame.eigenvalues[rows, :2], frame.radii[rows]
    exits = radii[:, None] * torch.stack([angles.cos(), angles.sin()], dim=1)
    low, high = torch.zeros_like(angles), math.log(1 / START) / rates.amin(1)
    for _ in range(60):
        middle = (low + high) / 2
        far = (exits * (-rates * middle[:, None]).exp()).norm(dim=-1) > START * radii
        low, high = torch.where(far, middle, low), torch.where(far, high, middle)
    return exits * (-rates * high[:, None]).exp()
