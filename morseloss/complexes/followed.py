"""`Flow`: the flow of one landscape, seen from below and from above, and the lines found on it.

The one idea: orientations and branches are looked at once, here; a disc knows only these, so discs
are followed in groups, by workers or one group after the other, and nothing else tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import torch
from torch import Tensor

from morseloss._shapes import SomeRows
from morseloss.complexes.flow_lines import FlowLines
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.wrappers import Negated
from morseloss.search.discs.discs import DiscLines, descending_discs, gathered
from morseloss.search.iterate import Progress
from morseloss.search.trajectories.branches import Branches, branches
from morseloss.search.trajectories.frame import Frame, frame
from morseloss.status import SearchError
from morseloss.workers import Workers, done

__all__ = ["Fineness", "Flow"]


@dataclass(frozen=True)
class Fineness:
    """How closely discs are followed; see `morse_complex`.

    Attributes
    ----------
    directions : int
    closeness : float
    together : int, optional
        Discs that are followed together; by default all.
    """

    directions: int
    closeness: float
    together: int | None = None

    def doubled(self, times: int) -> "Fineness":
        """Return twice as many directions and half the gaps, so many times."""
        finer = 2**times
        return replace(self, directions=finer * self.directions, closeness=self.closeness / finer)


@dataclass(frozen=True)
class _Group:
    """Discs that are followed together.

    Attributes
    ----------
    upward : bool
        Whether on the landscape upside down.
    points : Tensor, shape (discs,), int64
    fineness : Fineness
    """

    upward: bool
    points: SomeRows
    fineness: Fineness


class Flow:
    """The flow of one landscape, seen from below and from above, each looked at once."""

    def __init__(self, landscape: Landscape, points: CriticalPoints) -> None:
        self.landscape, self.points, self.dim = landscape, points, landscape.dim
        self.values = points.values.detach().cpu().numpy()
        self.indices = points.indices.cpu().numpy()

    @cached_property
    def frame(self) -> Frame:
        """Orientation and trust radius of every point."""
        return frame(self.landscape, self.points)

    @cached_property
    def dual(self) -> Frame:
        """The same upside down."""
        return self.frame.dual()

    @cached_property
    def down(self) -> Branches:
        """Both ways down from the points of index 1."""
        found = branches(self.landscape, self.frame)
        lost = (found.targets < 0).nonzero().flatten()
        if len(lost):
            source = int(found.sources[lost[0] // 2])
            free = self.landscape.domain is None
            raise SearchError(
                f"a descent from point {source} (value {self.values[source]:.6g}) "
                + (
                    "fell below every minimum: one is missing from `points`, or the landscape is "
                    "not coercive"
                    if free
                    else f"left the domain of {self.landscape!r}: take a box on whose walls minus "
                    "the gradient points inward"
                )
            )
        return found

    @cached_property
    def up(self) -> Branches:
        """Both ways up from the points of index d - 1, to maxima, infinity or the walls."""
        return branches(Negated(self.landscape), self.dual)

    def side(self, upward: bool) -> tuple[Landscape, Frame, Branches]:
        """Return the landscape as it is, or upside down, with its frame and its branches."""
        if upward:
            return Negated(self.landscape), self.dual, self.up
        return self.landscape, self.frame, self.down

    def lines(
        self,
        wanted: Sequence[tuple[int, bool]],
        fineness: Fineness,
        executor: Workers | None = None,
        progress: Progress | None = None,
    ) -> list[FlowLines]:
        """Return the flow lines of boundaries, each from one index to the next lower one.

        Parameters
        ----------
        wanted : sequence of (int, bool)
            The upper index of each, and whether lines are followed from their lower ends up.
        fineness : Fineness
        executor : Executor or callable, optional
            Workers that groups of discs are handed to.
        progress : callable, optional
            Gets `(round, open gaps, trajectories)` of the discs at work; with workers, how many
            groups are done, running, and there in all.

        Raises
        ------
        SearchError
            If the flow is not Morse-Smale, or a descent is lost.
        WorkersError
            If workers could not follow all discs.
        """
        parts = [self._groups(index, upward, fineness) for index, upward in wanted]
        groups = [group for part in parts for group in part]
        for upward in {group.upward for group in groups}:
            self.side(upward)  # looked at here, not by each worker
        named = "group {} of discs".format
        work, told = (partial(_discs, progress=progress), None) if executor is None else (
            _discs, progress
        )  # fmt: skip
        results = done(work, groups, executor, shared=self, named=named, needed=True, progress=told)
        found, every, lines = dict(results), iter(range(len(groups))), []
        for (index, upward), part in zip(wanted, parts, strict=True):
            one = self._boundary(index, upward, [found[next(every)] for _ in part])
            lines.append(self.turned(one, index) if upward else one)
        return lines

    def _groups(self, index: int, upward: bool, fineness: Fineness) -> list[_Group]:
        """The discs of one boundary, in groups; none where there is nothing, or branches do."""
        if self._bare(index) or index == (self.dim if upward else 1):
            return []
        rows = (self.dual if upward else self.frame).of_index(2)
        groups = rows.split(fineness.together or len(rows))
        return [_Group(upward, group.clone(), fineness) for group in groups]

    def _boundary(self, index: int, upward: bool, discs: list[DiscLines]) -> FlowLines:
        if self._bare(index):
            none = np.zeros(0, dtype=np.int64)
            return FlowLines(none, none, none, ())
        _, frame, below = self.side(upward)
        return _from_discs(gathered(frame, discs)) if discs else _from_branches(below)

    def _bare(self, index: int) -> bool:
        """Whether there is nothing at one of the ends."""
        return not (self.indices == index).any() or not (self.indices == index - 1).any()

    def turned(self, lines: FlowLines, index: int) -> FlowLines:
        """Return flow lines that were found from above, from their upper end down.

        Orienting stable spaces so that stable before unstable space is the orientation of R^d, a
        line from index k has the sign `(-1)^(d-k+1)` times that of the same line of `-L`.
        """
        signs = self.frame.orientation().long().cpu().numpy()
        turn = (-1) ** (self.dim - index + 1)
        return FlowLines(
            lines.targets,
            lines.sources,
            turn * lines.signs * signs[lines.sources] * signs[lines.targets],
            tuple(path[::-1].copy() for path in lines.paths or ()),
        )


def _discs(flow: Flow, group: _Group, progress: Progress | None = None) -> DiscLines:
    landscape, frame, below = flow.side(group.upward)
    fineness = group.fineness
    return descending_discs(
        landscape, frame, below, group.points, directions=fineness.directions,
        closeness=fineness.closeness, progress=progress,
    )  # fmt: skip


def _from_branches(found: Branches) -> FlowLines:
    arrived = (found.targets >= 0).nonzero().flatten()
    sides = torch.tensor([-1, 1]).repeat(len(found.sources)).to(arrived.device)
    sources = found.sources.repeat_interleave(2)
    return _lines(sources, found.targets, sides, found.lines, arrived.tolist())


def _from_discs(found: DiscLines) -> FlowLines:
    rows = range(len(found.sources))
    return _lines(found.sources, found.targets, found.signs.long(), found.lines, list(rows))


def _lines(
    sources: Tensor, targets: Tensor, signs: Tensor, lines: tuple[Tensor, ...], rows: list[int]
) -> FlowLines:
    source, target, sign = (part[rows].cpu().numpy() for part in (sources, targets, signs))
    return FlowLines(source, target, sign, tuple(lines[row].detach().cpu().numpy() for row in rows))
