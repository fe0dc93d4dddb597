"""`refilled`: a descent of many networks, so many at a time, in which none waits for another.

The one idea: where a network has arrived, the next of those that wait takes its place, so the batch
does not thin out over its stragglers. All rows have one clock, and they enter at full windows of
it: so each goes the way it goes alone.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from morseloss._rows import joined, put, take
from morseloss._shapes import Points
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.training.lbfgs import LBFGS, LBFGSState
from morseloss.networks.training.trained import History, Trained
from morseloss.search.iterate import Progress, iterate
from morseloss.status import Status

__all__ = ["refilled"]


@dataclass
class _Batch:
    """The networks that are under way.

    Attributes
    ----------
    state : LBFGSState
        Whose steps are counted by the clock.
    rows, entered : Tensor, shape (rows,), int64
        Which networks they are, and when they came.
    clock : int
        Steps of the batch.
    """

    state: LBFGSState
    rows: Tensor
    entered: Tensor
    clock: int

    @property
    def ages(self) -> Tensor:
        """Steps since each came."""
        return self.clock - self.entered

    @property
    def own(self) -> LBFGSState:
        """The state with steps that each counts from its own start."""
        return replace(self.state, steps=self.state.steps - self.entered)

    def kept(self, mask: Tensor) -> "_Batch":
        """Return the rows of the mask."""
        return _Batch(take(self.state, mask), self.rows[mask], self.entered[mask], self.clock)


def refilled(
    landscape: Landscape,
    points: Points,
    method: LBFGS,
    *,
    max_steps: int,
    together: int,
    stretch: int,
    progress: Progress | None = None,
) -> Trained:
    """Descend from all points, `together` at a time.

    Parameters
    ----------
    landscape, points, method, max_steps, progress
        As for `converge`.
    together : int
        Networks under way at once.
    stretch : int
        Steps between two looks.

    Returns
    -------
    Trained
        As `converge` gives it. A method whose rows go through stages together, as those of
        `Rounding`, takes the next networks when all of a batch have arrived.
    """
    waiting = torch.arange(len(points), device=points.device)
    batch, waiting = _begun(landscape, points, method, waiting, together)
    whole = method.init(landscape, points[:0])
    order, looks = batch.rows[:0], [_look(landscape, method, batch)]
    while len(batch.rows):
        left = int((max_steps - batch.ages).min())
        steps = min(stretch, method.window - batch.clock % method.window, left)
        state = iterate(method, landscape, batch.state, max_steps=steps, every=max(steps, 1))
        batch = replace(batch, state=state, clock=batch.clock + steps)
        looks.append(_look(landscape, method, batch))
        going = (batch.state.status == Status.RUNNING) & (batch.ages < max_steps)
        whole, order = joined(whole, batch.kept(~going).own), torch.cat([order, batch.rows[~going]])
        batch = batch.kept(going)
        if progress is not None:
            progress(batch.clock, len(batch.rows) + len(waiting), len(points))
        free = type(method) is LBFGS and batch.clock % method.window == 0
        if len(waiting) and (free or not len(batch.rows)):
            room = together - len(batch.rows)
            clock = batch.clock if len(batch.rows) else 0
            fresh, waiting = _begun(landscape, points, method, waiting, room, clock)
            looks.append(_look(landscape, method, fresh))
            batch = _both(batch, fresh)
    state = put(whole, order, whole)
    history = _history(looks, len(points), points)
    values = history.values[-1].to(points), history.gradient_norms[-1].to(points)
    return Trained(state.points, *values, state.falls, state.status, state.steps, history)


def _begun(
    landscape: Landscape,
    points: Points,
    method: LBFGS,
    waiting: Tensor,
    room: int,
    clock: int = 0,
) -> tuple[_Batch, Tensor]:
    """The first of those that wait, at their start, and the others."""
    rows = waiting[:room]
    state = method.init(landscape, points[rows])
    state = replace(state, steps=state.steps + clock)
    return _Batch(state, rows, torch.full_like(rows, clock), clock), waiting[room:]


def _both(batch: _Batch, fresh: _Batch) -> _Batch:
    if not len(batch.rows):
        return fresh
    rows = torch.cat([batch.rows, fresh.rows])
    entered = torch.cat([batch.entered, fresh.entered])
    return _Batch(joined(batch.state, fresh.state), rows, entered, batch.clock)


def _look(landscape: Landscape, method: LBFGS, batch: _Batch) -> tuple[Tensor, ...]:
    return (batch.rows, batch.ages, *method.seen(landscape, batch.state))


def _history(looks: list[tuple[Tensor, ...]], runs: int, points: Points) -> History:
    """What was seen of each network, by its own age; of those that have arrived, the last."""
    rows, ages, values, norms = (torch.cat(part).cpu() for part in zip(*looks, strict=True))
    steps, places = torch.unique(ages, return_inverse=True)

    there = torch.zeros(len(steps), runs, dtype=torch.bool)
    there[places, rows] = True

    def table(seen: Tensor) -> Tensor:
        found = seen.new_full(there.shape, torch.nan)
        found[places, rows] = seen
        for row in range(1, len(steps)):
            found[row] = torch.where(there[row], found[row], found[row - 1])
        return found

    return History(
        losses=points.new_zeros(0, runs), steps=steps, values=table(values),
        gradient_norms=table(norms),
    )  # fmt: skip
