"""`descending_discs`: the flow lines from points of index 2 to points of index 1, with their signs.

The one idea: the trajectories that leave a point of index 2 form a disc, a circle of them at the
start. Where they cross the level of a saddle they draw a curve, and a flow line to the saddle is a
place where the curve passes through it, from one half of the level's cone to the other. The circle
is refined until neighbours are close on every level, compared with the way to the saddle of that
level, and until the parts of every edge are shorter than the whole, so that neither a passage nor a
spike of the curve that reaches it can hide, whatever the trajectories end in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from morseloss._rows import joined, take
from morseloss._shapes import SomePoints, SomeRows, SomeValues
from morseloss.landscapes.landscape import Landscape
from morseloss.search.discs.edges import Edges
from morseloss.search.discs.ladder import ladder
from morseloss.search.discs.neighbours import Neighbours
from morseloss.search.discs.samples import Samples
from morseloss.search.iterate import Progress
from morseloss.search.trajectories.branches import (
    Branches,
    basins,
    connection_message,
    levels_below,
)
from morseloss.search.trajectories.frame import Frame
from morseloss.search.trajectories.trajectory import GradientFlow, Trajectories, follow
from morseloss.status import SearchError, Status

__all__ = ["DiscLines", "descending_discs", "gathered"]

FIRST_ANGLE = 0.7390851332151607  # of no symmetry
MOST_ROUNDS = 300  # of refinement, after which what is open counts as parted
MOST_RUNGS = 1200  # of a disc; what needs more takes hours
SUBSTEPS = 4  # levels a step of a trajectory, where neighbours part
ATTEMPTS = 3  # at the discs on which neighbours part, each with more levels
FEW = 64  # open edges, below which rounds cost more than trajectories


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
    parted : tuple of (int, int, float)
        Rows of the points of index 2 on whose discs neighbouring trajectories stay apart however
        close they start, each with the critical point between them, and how near they pass it, in
        units of its trust radius: no lines of theirs are here.
    """

    sources: SomeRows
    targets: SomeRows
    signs: SomeValues
    lines: tuple[Float[Tensor, "_ dim"], ...]
    parted: tuple[tuple[int, int, float], ...] = ()


def descending_discs(
    landscape: Landscape,
    frame: Frame,
    below: Branches,
    points: SomeRows,
    *,
    directions: int = 48,
    closeness: float = 0.5,
    progress: Progress | None = None,
) -> DiscLines:
    """Count the flow lines from points of index 2 to points of index 1.

    Parameters
    ----------
    landscape : Landscape
    frame : Frame
        All its critical points.
    below : Branches
        Of the points of index 1: the edges of the discs.
    points : Tensor, shape (discs,), int64
        Rows of those of index 2 whose discs are followed, all together. Discs do not know each
        other, but how finely one is refined depends on how many are open.
    directions : int
        Trajectories on each disc to begin with.
    closeness : float
        Largest gap between neighbours on the level of a saddle, as a part of their distance to it.
    progress : callable, optional
        Gets `(round, open gaps, trajectories)` after every round of refinement.

    Returns
    -------
    DiscLines

    Raises
    ------
    SearchError
        If a trajectory leaves the domain.
    """
    found, parted = [], []
    rungs = {point: frame.values[:0] for point in points.tolist()}
    for _ in range(ATTEMPTS):
        steps = pad_sequence([rungs[point] for point in points.tolist()], True, torch.nan)
        discs = _Discs(landscape, frame, below, points, closeness, steps)
        lines, parted = discs.counted(directions, progress)
        found.append(lines)
        if not parted:
            break
        sources = sorted({place.source for place in parted})
        for source in sources:
            added = [place.steps for place in parted if place.source == source]
            every = torch.cat([rungs[source], *added]).unique()
            # places of one disc may lie on nearly the same trajectory, and so their steps
            some = torch.cat([rungs[source], added[0]]).unique()
            rungs[source] = every if len(every) <= MOST_RUNGS else some
        if max(len(levels) for levels in rungs.values()) > MOST_RUNGS:
            break
        points = torch.tensor(sources, device=points.device)
    nearest = {}
    for place in sorted(parted, key=lambda place: -place.distance):
        nearest[place.source, place.nearest] = place.distance
    return _joined(found, tuple((*pair, way) for pair, way in sorted(nearest.items())))


def gathered(frame: Frame, parts: Sequence[DiscLines]) -> DiscLines:
    """Return the lines of all discs, those of one part after those of the other.

    Raises
    ------
    SearchError
        If two neighbouring trajectories stay apart however close they start: a saddle connection,
        or a critical point that is missing.
    """
    places = sorted({place for part in parts for place in part.parted})
    if places:
        # between indices 2 and 1 a flow line is allowed: it only keeps others company
        connected = [place for place in places if int(frame.indices[place[1]]) > 1]
        nearest = min(way for *_, way in connected or places)
        near = f"; trajectories pass {nearest:.0e} trust radii from it"
        if connected:
            pairs = [(p, q) for p, q, _ in connected]
            raise SearchError(connection_message(frame, pairs) + near)
        shown = ", ".join(
            f"below {frame.named(p)} beside {frame.named(q)}" for p, q, _ in places[:3]
        )
        raise SearchError(
            f"neighbouring trajectories {shown}, of index 1, part however close they start{near}: "
            "no saddle connection, but curvatures too unlike for floats there, or a critical point "
            "that is missing from `points`; raise `directions`, or use `perturb(landscape, size)`"
        )
    return _joined(parts)


def _joined(
    parts: Sequence[DiscLines], parted: tuple[tuple[int, int, float], ...] = ()
) -> DiscLines:
    lines = tuple(line for part in parts for line in part.lines)
    return replace(joined(*parts), lines=lines, parted=parted)


@dataclass(frozen=True, eq=False)
class _Parting:
    """Where neighbours part faster than floats can follow from one level to the next.

    Attributes
    ----------
    source, nearest : int
        Rows of the disc's point, and of the critical point that the trajectory passes most closely.
    distance : float
        How near it passes, in trust radii.
    steps : Tensor, shape (steps,)
        Values at the steps of the trajectory: levels on which to look again.
    """

    source: int
    nearest: int
    distance: float
    steps: SomeValues


class _Discs:
    """The discs of one landscape: follows trajectories, refines them, reads lines off."""

    def __init__(
        self,
        landscape: Landscape,
        frame: Frame,
        below: Branches,
        points: SomeRows,
        closeness: float,
        rungs: Float[Tensor, "discs rungs"],
    ) -> None:
        self.landscape, self.frame, self.points = landscape, frame, points
        self.flow = GradientFlow(basins(frame))
        self.ladder = ladder(frame, points, levels_below(frame, points)[0], rungs)
        self.neighbours = Neighbours(frame, self.ladder, below, closeness)
        self.runs: list[tuple[Trajectories, Int[Tensor, "rows 2"]]] = []

    def counted(
        self, directions: int, progress: Progress | None
    ) -> tuple[DiscLines, list[_Parting]]:
        """Refine until nothing is open; return the lines, and where neighbours part for good.

        A disc on which two neighbours part although no float fits between them on any level is left
        out.
        """
        count = len(self.points)
        turns = torch.arange(directions).to(self.frame.points) / directions
        angles = (2 * math.pi * turns + FIRST_ANGLE / directions).repeat(count)
        samples = self.on_circle(torch.arange(count).repeat_interleave(directions), angles)
        width = self.ladder.levels.shape[1]
        edges, parted, turns_left = Edges.unknown(len(samples), width), [], MOST_ROUNDS
        halved = False
        while edges.open.any():
            edges = self.neighbours.compared(samples, edges)
            stuck = self.neighbours.stuck(samples, edges) if turns_left else edges.open
            if stuck.any():
                parted += self.partings(samples, stuck)
                kept = ~torch.isin(samples.discs, samples.discs[stuck])
                samples, edges = take(samples, kept), take(edges, kept)
            turns_left -= 1
            rows = edges.open.nonzero().flatten()
            if progress is not None:
                progress(MOST_ROUNDS - turns_left, len(rows), len(samples))
            parts = 16 if len(rows) < FEW else 4
            if not len(rows) and not halved:  # once, each edge has to show that its parts shrink
                rows, parts, halved = torch.arange(len(samples)), 2, True
            if len(rows):
                fresh, behind = self.between(samples, rows, edges.columns[rows], parts)
                samples, edges = samples.inserted(fresh, behind), edges.divided(behind)
        return self.lines(samples, edges), parted

    def on_circle(self, discs: SomeRows, angles: SomeValues) -> Samples:
        """Follow the trajectories of the given angles on the first circle."""
        rows = self.points[discs]
        starts = self.frame.beside(rows, self.frame.circle(rows, angles))
        nowhere = torch.full((len(discs), 2), -1)
        return self.followed(discs, angles, torch.full_like(discs, -1), starts, nowhere)

    def followed(
        self,
        discs: SomeRows,
        angles: SomeValues,
        stages: SomeRows,
        starts: SomePoints,
        parents: Int[Tensor, "_ 2"],
    ) -> Samples:
        """Follow trajectories from the starts on the levels of their stages."""
        levels = self.ladder.levels[discs]
        later = torch.arange(levels.shape[1]) > stages[:, None]
        levels = torch.where(later, levels, torch.nan)
        run = follow(self.landscape, self.flow, starts, levels, self.ladder.floors[discs])
        left = discs[run.status == Status.OUTSIDE]
        if len(left) and not self.frame.turned:
            raise SearchError(
                f"a descent from {self.frame.named(int(self.points[left[0]]))} left the domain of "
                f"{self.landscape!r}: take a box on whose walls minus the gradient points inward"
            )
        crossings = run.crossings
        begun = (stages >= 0).nonzero().flatten()
        crossings[begun, stages[begun]] = starts[begun]
        origins = torch.stack([torch.full_like(discs, len(self.runs)), torch.arange(len(discs))], 1)
        self.runs.append((run, parents))
        return Samples(discs, angles, stages, crossings, run.basins, origins)

    def between(
        self, samples: Samples, rows: SomeRows, columns: SomeRows, parts: int
    ) -> tuple[Samples, SomeRows]:
        """Follow trajectories between samples and their neighbours, from the circle or a level.

        Returns them with the rows behind which they belong.
        """
        a, b = samples.pairs(rows)
        gaps, stages = self.neighbours.room(a, b, columns)
        roomy = (gaps > 0) | (stages >= 0)
        a, b = take(a, roomy), take(b, roomy)
        rows, gaps, stages = rows[roomy], gaps[roomy], stages[roomy]
        if not len(rows):
            return a, rows
        coarse = gaps > 0
        weights = torch.arange(1, parts).to(gaps) / parts

        def repeated(part: Tensor, chosen: Tensor) -> Tensor:
            return part[chosen].repeat_interleave(parts - 1, 0)

        fresh, behind = [], []
        if coarse.any():
            angles = a.angles[coarse][:, None] + gaps[coarse][:, None] * weights
            fresh.append(self.on_circle(repeated(a.discs, coarse), angles.flatten()))
            behind.append(repeated(rows, coarse))
        if not coarse.all():
            fine = (~coarse).nonzero().flatten()
            start, end = (part.crossings[fine, stages[fine]] for part in (a, b))
            points = start[:, None] + (end - start)[:, None] * weights[:, None]
            discs, below, parents = (repeated(p, fine) for p in (a.discs, stages, a.origins))
            none = torch.full_like(points[..., 0], torch.nan).flatten()
            fresh.append(self.followed(discs, none, below, points.flatten(0, 1), parents))
            behind.append(repeated(rows, fine))
        return joined(*fresh), torch.cat(behind)

    def partings(self, samples: Samples, rows: Bool[Tensor, " samples"]) -> list[_Parting]:
        """Where the given samples part from their neighbours."""
        some = take(samples, rows)
        saddles = self.ladder.saddles[some.discs]
        distance = (some.crossings - self.frame.images(saddles, some.crossings)).norm(dim=-1)
        distance = torch.where(saddles >= 0, distance, torch.inf).nan_to_num(nan=torch.inf)
        closest = distance.argmin(1, keepdim=True)
        nearest = saddles.gather(1, closest)[:, 0]
        ways = distance.gather(1, closest)[:, 0] / self.frame.radii[nearest]
        sources = self.points[some.discs].tolist()
        told = zip(sources, nearest.tolist(), ways.tolist(), some.origins, strict=True)
        return [
            _Parting(source, saddle, way, self.steps(source, origin))
            for source, saddle, way, origin in told
        ]

    def steps(self, source: int, origin: Int[Tensor, " 2"]) -> SomeValues:
        """Levels at the steps of a trajectory, and between them: a step may be very long."""
        falls = self.frame.values[source] - self.landscape.value(self.drawn(origin))
        falls = falls[falls > 0].log()
        parts = torch.arange(SUBSTEPS).to(falls) / SUBSTEPS
        between = falls[:-1, None] + (falls[1:] - falls[:-1])[:, None] * parts
        return self.frame.values[source] - between.flatten().exp()

    def lines(self, samples: Samples, edges: Edges) -> DiscLines:
        """Return the flow lines, each drawn by the trajectory that comes nearest to its end."""
        rows = edges.lines.nonzero().flatten()
        columns = edges.columns[rows]
        targets = self.ladder.saddles[samples.discs[rows], columns]
        sources = self.points[samples.discs[rows]]
        both = torch.stack([rows, samples.next()[rows]], dim=1)
        ends = samples.crossings[both, columns[:, None]]
        places = self.frame.images(targets[:, None], ends)
        nearer = (ends - places).norm(dim=-1).argmin(1)
        chosen = both.gather(1, nearer[:, None])[:, 0]
        lines = []
        for row, source, target in zip(
            chosen.tolist(), sources.tolist(), targets.tolist(), strict=True
        ):
            line = self.drawn(samples.origins[row])
            above = self.landscape.value(line) > self.frame.values[target]
            begun, line = self.frame.points[source], line[above]
            end = self.frame.image(target, line[-1] if len(line) else begun)
            lines.append(torch.cat([begun[None], line, end[None]]))
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
