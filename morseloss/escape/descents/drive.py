"""`drive`: the one loop of all descents; finished trajectories leave the batch.

The one idea: between two looks a field takes many steps of all rows in one fused call and counts
how many lie before the first one beyond a gate. What a look decides is the same for polynomials on
the CPU, on a GPU, and for general landscapes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from morseloss.search.iterate import Progress

__all__ = ["BUDGET", "LEFT", "REPEATS", "SETTLED", "Ends", "Field", "drive", "fused"]

FIRST, LONGEST = 64, 1024  # steps between two looks, doubled from one to the next
UNROLLED = 16  # steps that one compiled call takes on a GPU

RUNS, BUDGET, SETTLED, REPEATS, LEFT = range(-1, 4)
"""Why a trajectory ended: steps used up, at a fixed point, on an exact cycle, beyond a gate."""


@runtime_checkable
class Field(Protocol):
    """The maps of a batch: one gradient step for each row."""

    def advance(self, points: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """Return the points after so many steps, and how many came before leaving, (rows,)."""
        ...

    def settled(self, points: Tensor) -> Tensor:
        """Return which rows stand at an attracting fixed point, to the tolerance."""
        ...

    def take(self, rows: Tensor) -> "Field":
        """Return the field of the given rows."""
        ...


@dataclass(frozen=True, eq=False)
class Ends:
    """How each trajectory ended, where, and the step at which it left (-1: it did not)."""

    reasons: Tensor
    points: Tensor
    steps: Tensor

    def take(self, rows: Tensor | slice) -> "Ends":
        """Return how the given rows ended."""
        return Ends(self.reasons[rows], self.points[rows], self.steps[rows])


def drive(field: Field, points: Tensor, max_steps: int, progress: Progress | None = None) -> Ends:
    """Step until every row has left, settled, repeats itself or has used up its steps.

    An orbit that meets a point of its own again, bit for bit, will do so for ever: such rows leave
    the batch as well. Periods that divide the steps between two looks are noticed.
    """
    total = len(points)
    reasons = torch.full((total,), BUDGET, device=points.device)
    steps = torch.full((total,), -1, device=points.device)
    ends, rows, done, stride = points.clone(), torch.arange(total, device=points.device), 0, FIRST
    while done < max_steps and len(rows):
        count = min(stride, max_steps - done)
        after, inside = field.advance(points, count)
        reason = torch.full_like(rows, RUNS)
        reason[_same(after, points)] = REPEATS
        reason[field.settled(after)] = SETTLED
        reason[inside < count] = LEFT
        done, stride = done + count, min(2 * stride, LONGEST)
        over = (reason != RUNS).nonzero().flatten() if done < max_steps else _all(rows)
        where = rows[over]
        reasons[where], ends[where] = reason[over].clamp(min=BUDGET), after[over]
        steps[where] = torch.where(reason[over] == LEFT, done - count + inside[over].long() + 1, -1)
        points = after
        if len(over):
            runs = (reason == RUNS).nonzero().flatten() if done < max_steps else over[:0]
            field, points, rows = field.take(runs), after[runs], rows[runs]
        if progress is not None:
            progress(done, len(rows), total)
    return Ends(reasons, ends, steps)


def _all(rows: Tensor) -> Tensor:
    return torch.arange(len(rows), device=rows.device)


def _same(one: Tensor, other: Tensor) -> Tensor:
    equal = one == other
    return equal if equal.ndim == 1 else equal.all(-1)


def fused(step: Callable[..., Any], device: torch.device) -> Callable[..., Any]:
    """Return a function that takes many steps in one call, compiled into one kernel on a GPU.

    Parameters
    ----------
    step : callable
        `step(state, *constants) -> state`, on tuples of tensors.
    device : torch.device

    Returns
    -------
    callable
        `many(state, count, *constants) -> state`.
    """

    def unrolled(state: Any, *constants: Any) -> Any:
        for _ in range(UNROLLED):
            state = step(state, *constants)
        return state

    if device.type == "cuda":
        unrolled = torch.compile(unrolled, dynamic=True)

    def many(state: Any, count: int, *constants: Any) -> Any:
        for _ in range(count // UNROLLED):
            state = unrolled(state, *constants)
        for _ in range(count % UNROLLED):
            state = step(state, *constants)
        return state

    return many
