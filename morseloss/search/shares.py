"""Starts of a search in batches, stepped here or by workers.

The one idea: rows do not know each other, so batches are joined as if nothing had been cut. A batch
of another size may round otherwise, so its size is said, and how many workers there are is not.
"""

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from morseloss._rows import joined
from morseloss._shapes import Points
from morseloss.kinds import check_count
from morseloss.landscapes.landscape import Landscape
from morseloss.search.iterate import Progress, iterate
from morseloss.status import Interrupted
from morseloss.workers import Workers, done

__all__ = ["ALONE", "Shares", "stepped"]


@dataclass(frozen=True)
class Shares:
    """How rows are cut into batches, and who steps them; see `stepped`.

    Attributes
    ----------
    together : int, optional
        Rows in a batch; by default all.
    executor : Executor or callable, optional
        Workers.
    """

    together: int | None = None
    executor: Workers | None = None


ALONE = Shares()
"""All together, and here."""


def stepped(
    solver: Any,
    landscape: Landscape,
    starts: Points,
    *,
    max_steps: int,
    together: int | None = None,
    executor: Workers | None = None,
    progress: Progress | None = None,
) -> Any:
    """Return the state in which all starts end.

    Parameters
    ----------
    solver : Solver
        With `init`.
    landscape : Landscape
    starts : Tensor, shape (starts, dim)
    max_steps : int
        As for `iterate`.
    together : int, optional
        Starts in a batch; by default all.
    executor : Executor or callable, optional
        Workers, see `morseloss.workers.done`. What a batch of a worker that died has not reached
        stays as it began, and is `RUNNING`.
    progress : callable, optional
        Gets `(step, running, total)` of the batch at work; with workers, how many batches are done,
        running, and there in all.

    Raises
    ------
    Interrupted
        At an interrupt from the keyboard; `found` is the state so far.
    """
    check_count("together", together or 1)
    parts = [part.clone() for part in starts.split(together or max(len(starts), 1))]
    if executor is None:
        work, progress = partial(_stepped, progress=progress), None
    else:
        work = _stepped
    states: dict[int, Any] = {}
    shared = solver, landscape, max_steps

    def whole() -> Any:
        rows = (states[k] if k in states else solver.init(landscape, parts[k]) for k in every)
        return joined(*rows)

    every = range(len(parts))
    results = done(
        work, parts, executor, shared=shared, progress=progress, named="batch {} of starts".format
    )
    try:
        with closing(results):
            states.update(results)
    except KeyboardInterrupt as stop:
        if isinstance(stop, Interrupted):
            states[len(states)] = stop.found  # here they end in order
        raise Interrupted(whole()) from None
    return whole()


def _stepped(
    shared: tuple[Any, Landscape, int], starts: Points, progress: Progress | None = None
) -> Any:
    solver, landscape, max_steps = shared
    state = solver.init(landscape, starts)
    return iterate(solver, landscape, state, max_steps=max_steps, progress=progress)
