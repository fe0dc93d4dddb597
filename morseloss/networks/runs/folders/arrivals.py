"""Networks that come into a folder: trained there, or descended from where they were found.

The one idea: those that are due are computed here as one batch, whose state is kept, or as cohorts,
by workers or not, each of which is kept as soon as it is there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from morseloss._shapes import Points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.runs import stages
from morseloss.networks.runs.folders.generations import Due, keep
from morseloss.networks.runs.folders.outstanding import note_time
from morseloss.networks.runs.kinds import STATE
from morseloss.networks.runs.steepness import measured
from morseloss.networks.runs.store import Record, StateWriter, Store, StoreError
from morseloss.networks.training.cohorts import cohorts, converged, trained_apart
from morseloss.networks.training.convergence import converge
from morseloss.networks.training.course import Descent
from morseloss.networks.training.initial import initial
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.training import train
from morseloss.search.iterate import Progress
from morseloss.workers import Workers

__all__ = ["Ways", "bring_trained", "descended", "state_of"]

SECONDS = 20.0  # between two states that are written

Seed = Callable[..., int]


@dataclass(frozen=True)
class Ways:
    """How networks are computed: how many in a cohort, by whom, and who is told.

    Attributes
    ----------
    together : int or None
    executor : Executor, callable or None
    progress : callable or None
    """

    together: int | None = None
    executor: Workers | None = None
    progress: Progress | None = None

    @property
    def alone(self) -> bool:
        """Whether all are one batch, here."""
        return self.together is None and self.executor is None

    @property
    def apart(self) -> dict[str, Any]:
        """By whom cohorts are computed, and who is told."""
        return {"executor": self.executor, "progress": self.progress}


def bring_trained(
    store: Store, landscape: NetworkLandscape, due: Due, descent: Descent, seed: Seed, ways: Ways
) -> None:
    """Train the networks that are due, and write them and their stage."""
    count, draws = due.rows[-1] + 1, torch.Generator().manual_seed(seed("starts"))
    starts = initial(landscape, count, generator=draws, dtype=descent.dtype)
    stage = stages.trained(count, descent, ways.together)
    _check_under_way(store, due, stage, ways)
    if ways.alone:
        writer = StateWriter(store, due.state, SECONDS)
        found = train(
            landscape, starts[due.rows], descent, progress=ways.progress, checkpoint=writer,
            generator=torch.Generator().manual_seed(seed(stages.TRAIN)),
            resume=state_of(store, due.state),
        )  # fmt: skip
        records, points, spent = measured(landscape, found), found.points, writer.spent
    else:
        parts = cohorts(count, ways.together, partial(seed, stages.TRAIN), first=due.rows[0])
        work = partial(trained_apart, landscape, starts, descent, **ways.apart)
        records, points, spent = stages.in_cohorts(store, due.state, stage, landscape, parts, work)
    if spent > 0:  # versions before did not note it
        note_time(store, stages.TRAIN, len(records), spent)
    keep(store, due, records, points)
    stages.finish_stage(store, due.stage, stage, **due.size)
    stages.drop_states(store, due.state)


def descended(
    store: Store,
    landscape: NetworkLandscape,
    points: Points,
    method: LBFGS,
    stage: dict[str, Any],
    state: str,
    seed: Seed,
    ways: Ways,
) -> tuple[list[Record], Points]:
    """Return networks from elsewhere after their descent; what is done is kept as states."""
    points = points.double()
    if ways.alone:
        found = converge(
            landscape, points, method, max_steps=stage["steps"], progress=ways.progress,
            checkpoint=StateWriter(store, state, SECONDS), resume=state_of(store, state),
        )  # fmt: skip
        return measured(landscape, found), found.points
    parts = cohorts(len(points), ways.together, partial(seed, stages.FINISH))
    work = partial(converged, landscape, points, method, stage["steps"], **ways.apart)
    return stages.in_cohorts(store, state, stage, landscape, parts, work)[:2]


def _check_under_way(store: Store, due: Due, stage: dict[str, Any], ways: Ways) -> None:
    """See that what is asked for can go on from what is under way, which would be lost else."""
    state = state_of(store, due.state)
    if state is not None and not (ways.alone and len(state["points"]) == len(due.rows)):
        count = due.rows[0] + len(state["points"])
        raise StoreError(
            f"{store.folder} holds the training of {len(state['points'])} networks under way, all "
            f"together; go on with it first, by `train({count}, ...)` without `together` and "
            "`executor`, or take another folder"
        )
    if ways.alone:
        stages.check_cohorts(store, due.state, stage)


def state_of(store: Store, name: str) -> dict[str, Any] | None:
    """Return what a training that is under way left, None if there is none."""
    if name not in store.names(STATE):
        return None
    return {**store.record(STATE, name), **store.tensors(STATE, name)}
