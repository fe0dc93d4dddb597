"""`descending_discs`: the flow lines from points of index 2 to points of index 1, with their signs.

The one idea: the trajectories that leave a point of index 2 form a disc, a circle of them at the
start. Where they cross the level of a saddle they draw a curve, and a flow line to the saddle is a
place where the curve passes through it, from one half of the level's cone to the other. The circle
is refined until neighbouring trajectories are close on every level, close compared with the way to
the saddle of that level, so that no passage can hide, whatever the trajectories end in.
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
from morseloss.search.trajectory import GradientFlow, Trajectories, follow
from morseloss.status import SearchError

__all__ = ["DiscLines", "descending_discs"]

FIRST_ANGLE = 0.7390851332151607  # of no symmetry
INSIDE = 0.5  # of the trust radius: near enough to tell the halves of the cone apart
SETTLED = 0.02  # of the trust radius: near enough to draw
LEAST_GAP = 1e-13
MOST_ROUNDS = 60


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
class _Samples:
    """Trajectories on the discs, ordered by disc and angle; no trajectory stands twice."""

    discs: Int[Tensor, " samples"]
    angles: Values
    crossings: Float[Tensor, "samples levels dim"]
    basins: Int[Tensor, " samples"]
    origin: Int[Tensor, "samples 2"]

    def joined(self, more: "_Samples") -> "_Samples":
        """Return both, in order."""
        names = self.__dataclass_fields__
        both = {n: torch.cat([getattr(self, n), getattr(more, n)]) for n in names}
        order = both["angles"].argsort(stable=True)
        order = order[both["discs"][order].argsort(stable=True)]
        return _Samples(**{name: part[order] for name, part in both.items()})

    def next(self) -> Rows:
        """Return for each sample the next one on its circle."""
        count = len(self.discs)
        rows = torch.arange(count)
        last = torch.ones(count, dtype=torch.bool)
        last[:-1] = self.discs[1:] != self.discs[:-1]
        first = torch.zeros(int(self.discs.max()) + 1, dtype=torch.long)
        first[self.discs.flip(0)] = rows.flip(0)
        return torch.where(last, first[self.discs], rows + 1)


@dataclass(frozen=True, eq=False)
class _Edges:
    """What lies between neighbouring samples: nothing, a flow line, or too much to tell.

    Attributes
    ----------
    open : Tensor of bool, shape (samples,)
        To be refined.
    saddles : Tensor, shape (samples,), int64
        Column of the level at whose saddle a flow line ends, -1 for none.
    signs : Tensor, shape (samples,)
    """

    open: Bool[Tensor, " samples"]
    saddles: Int[Tensor, " samples"]
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
    disc = _Discs(landscape, frame, below, points, closeness)
    turns = torch.arange(directions).to(frame.points) / directions
    angles = (2 * math.pi * turns + FIRST_ANGLE / directions).repeat(len(points))
    samples = disc.sampled(torch.arange(len(points)).repeat_interleave(directions), angles)
    for _ in range(MOST_ROUNDS):
        edges = disc.compared(samples)
        if not edges.open.any():
            break
        samples = samples.joined(disc.between(samples, edges.open))
    disc.refuse_open(samples, edges)
    return disc.lines(samples, edges)


class _Discs:
    """The discs of one landscape: samples them, compares neighbours, reads the flow lines off."""

    def __init__(
        self,
        landscape: Landscape,
        frame: Frame,
        below: Branches,
        points: Rows,
        closeness: float,
    ) -> None:
        self.landscape, self.frame, self.below, self.points = landscape, frame, below, points
        self.closeness = closeness
        self.flow = GradientFlow(basins(frame))
        self.saddles, self.levels = levels_below(frame, points)
        self.first = frame.indices[self.saddles] == 1
        wanted = torch.where(self.first, self.levels, torch.inf).nan_to_num(nan=torch.inf)
        self.floors = wanted.amin(1) if len(self.saddles) else wanted.sum(1) + torch.inf
        self.runs: list[Trajectories] = []

    def sampled(self, discs: Rows, angles: Values) -> _Samples:
        """Follow the trajectories of the given angles."""
        rows = self.points[discs]
        starts = self.frame.beside(rows, _on_circle(self.frame, rows, angles))
        run = follow(self.landscape, self.flow, starts, self.levels[discs], self.floors[discs])
        origin = torch.stack([torch.full_like(discs, len(self.runs)), torch.arange(len(discs))], 1)
        self.runs.append(run)
        return _Samples(discs, angles, run.crossings, run.basins, origin)

    def between(self, samples: _Samples, rows: Bool[Tensor, " samples"], parts: int = 4) -> _Samples:
        """Follow new trajectories between the given samples and their neighbours."""
        gaps = self.gaps(samples)[rows]
        at = torch.arange(1, parts).to(gaps) / parts
        angles = (samples.angles[rows][:, None] + gaps[:, None] * at).flatten()
        return self.sampled(samples.discs[rows].repeat_interleave(parts - 1), angles)

    def gaps(self, samples: _Samples) -> Values:
        """Return the angle from each sample to its neighbour."""
        return (samples.angles[samples.next()] - samples.angles) % (2 * math.pi)

    def compared(self, samples: _Samples) -> _Edges:
        """Compare each sample with its neighbour, level by level from the top."""
        a, b = samples.crossings, samples.crossings[samples.next()]
        close, passed, signs = self.close(a, b)
        event = ~close | passed
        count = event.shape[1]
        first = torch.where(event.any(1), event.long().argmax(1), count) if count else event.sum(1)
        column = first.clamp_max(max(count - 1, 0))
        if not count:
            apart = samples.basins != samples.basins[samples.next()]
            return _Edges(apart, torch.full_like(first, -1), torch.zeros_like(samples.angles))
        at = torch.arange(len(first))
        line = (first < count) & passed[at, column]
        apart = (first == count) & (samples.basins != samples.basins[samples.next()])
        unclear = ((first < count) & ~line) | apart
        sign = signs[at, column]
        rows = line.nonzero().flatten()
        if len(rows):
            unclear[rows] |= self.off_branch(a[rows], column[rows], -sign[rows])
            unclear[rows] |= self.off_branch(b[rows], column[rows], sign[rows])
        return _Edges(unclear, torch.where(line & ~unclear, column, -1), sign)

    def close(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Which neighbours are close on which level, which pass its saddle, and on which side."""
        places, radii = self.frame.points[self.saddles], self.frame.radii[self.saddles]
        there, also = a.isfinite().all(-1), b.isfinite().all(-1)
        to_a, to_b = (a - places).norm(dim=-1), (b - places).norm(dim=-1)
        reach = torch.where(self.first, radii, 0.0)
        inside = (torch.maximum(to_a, to_b) < INSIDE * reach) & there & also
        axis = self.frame.modes[self.saddles][:, :, 0]
        side_a, side_b = (((y - places) * axis).sum(-1) for y in (a, b))
        passed = inside & (side_a * side_b < 0)
        allowed = torch.maximum(torch.minimum(to_a, to_b), INSIDE / 2 * reach)
        close = there & also & ((a - b).norm(dim=-1) <= self.closeness * allowed)
        close |= (inside & ~passed) | (~there & ~also)
        return close, passed, side_b.sign()

    def off_branch(self, crossings: Tensor, columns: Rows, sides: Values) -> Bool[Tensor, " edges"]:
        """Whether samples beside a flow line are not yet close to the branch it continues in."""
        saddles = self.saddles[columns]
        place = torch.searchsorted(self.below.sources, saddles)
        branch = 2 * place + (sides > 0)
        close, passed, _ = self.close(crossings, self.below.crossings[branch])
        later = torch.arange(crossings.shape[1]) > columns[:, None]
        later &= self.frame.values[self.saddles] < self.frame.values[saddles][:, None]
        # below its floor a trajectory was not followed
        followed = self.first.flip(0).long().argmax()
        later &= torch.arange(crossings.shape[1]) < len(self.first) - followed
        return (later & (~close | passed)).any(1)

    def refuse_open(self, samples: _Samples, edges: _Edges) -> None:
        """Pass discs without open edges.

        Raises
        ------
        SearchError
            If there is one, with the critical points at which neighbours part.
        """
        if not edges.open.any():
            return
        rows = edges.open.nonzero().flatten()
        a = samples.crossings[rows]
        distance = (a - self.frame.points[self.saddles]).norm(dim=-1).nan_to_num(nan=torch.inf)
        nearest = self.saddles[distance.argmin(1)].tolist()
        sources = self.points[samples.discs[rows]].tolist()
        raise SearchError(connection_message(self.frame, sorted(set(zip(sources, nearest)))))

    def lines(self, samples: _Samples, edges: _Edges) -> DiscLines:
        """Return the flow lines, each drawn by the trajectory that comes nearest to its end."""
        rows = (edges.saddles >= 0).nonzero().flatten()
        columns = edges.saddles[rows]
        targets = self.saddles[columns]
        sources = self.points[samples.discs[rows]]
        both = torch.stack([rows, samples.next()[rows]], dim=1)
        ends = samples.crossings[both, columns[:, None]]
        nearer = (ends - self.frame.points[targets][:, None]).norm(dim=-1).argmin(1)
        chosen = both.gather(1, nearer[:, None])[:, 0]
        lines = []
        for k, row in enumerate(chosen.tolist()):
            run, place = samples.origin[row].tolist()
            line = self.runs[run].line(place)
            above = self.landscape.value(line) > self.frame.values[targets[k]]
            start, end = self.frame.points[sources[k]], self.frame.points[targets[k]]
            lines.append(torch.cat([start[None], line[above], end[None]]))
        return DiscLines(sources, targets, edges.signs[rows], tuple(lines))


def _on_circle(frame: Frame, rows: Rows, angles: Values) -> Float[Tensor, "batch 2"]:
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
