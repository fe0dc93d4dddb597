"""The one loop of all searches: step the rows that still run, drop the finished ones.

The one idea: a solver is an immutable value with `init` and `step`; its state is a dataclass of
tensors with one row per point or path and a `status`. Stopping, compacting, counting, progress and
interruption stand here and nowhere else.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor

from morseloss._rows import put, take
from morseloss.kinds import check_count
from morseloss.landscapes.landscape import Landscape
from morseloss.status import Interrupted, Status

__all__ = ["Progress", "Solver", "State", "Trace", "iterate"]

Progress = Callable[[int, int, int], None]
"""Called as `progress(step, running, total)` after every look at the rows."""

Trace = Callable[[Any, Tensor], None]
"""Called as `trace(state, rows)` after every step: the running rows, and which ones they are."""


@runtime_checkable
class State(Protocol):
    """What a solver carries from step to step: tensors with one row each, and a status."""

    @property
    def status(self) -> Tensor:
        """`Status` of each row, shape (rows,)."""
        ...


S = TypeVar("S", bound=Any)


@runtime_checkable
class Solver(Protocol[S]):
    """One step of a search for all rows at once."""

    def step(self, landscape: Landscape, state: S) -> S:
        """Return the next state; rows that are not `RUNNING` stay. May reuse the old tensors."""
        ...


def iterate(
    solver: Solver[S],
    landscape: Landscape,
    state: S,
    *,
    max_steps: int,
    every: int = 4,
    progress: Progress | None = None,
    trace: Trace | None = None,
) -> S:
    """Step until no row runs any more, or `max_steps` are done.

    Parameters
    ----------
    solver : Solver
    landscape : Landscape
    state : State
        As `solver.init` gives it.
    max_steps : int
        Rows that still run after so many steps keep the status `RUNNING`.
    every : int
        Look for finished rows, and drop them from the batch, every so many steps.
    progress : callable, optional
        Gets `(step, running, total)` at every look.
    trace : callable, optional
        Gets the running state and its rows in the whole batch after every step.

    Returns
    -------
    State
        All rows, in the order of the input.

    Raises
    ------
    ValueError
        If the steps are no count.
    Interrupted
        At an interrupt from the keyboard; `found` is the state, rows where they are.
    """
    check_count("max_steps", max_steps, least=0)
    whole, rows = state, torch.arange(len(state.status), device=state.status.device)
    try:
        for count in range(max_steps + 1):
            if count % every == 0 or count == max_steps:
                whole = _put(whole, rows, state)
                going = (state.status == Status.RUNNING).nonzero().flatten()
                if progress is not None:
                    progress(count, len(going), len(whole.status))
                if not len(going) or count == max_steps:
                    return whole
                if len(going) < len(rows):
                    rows, state = rows[going], take(state, going)
            state = solver.step(landscape, state)
            if trace is not None:
                trace(state, rows)
    except KeyboardInterrupt:
        raise Interrupted(_put(whole, rows, state)) from None
    return whole


def _put(whole: S, rows: Tensor, state: S) -> S:
    return state if len(rows) == len(whole.status) else put(whole, rows, state)
