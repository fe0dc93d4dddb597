"""Starts of a search in batches, stepped here or by workers.

The one idea: rows do not know each other, so batches are joined as if nothing had been cut. A batch
of another size may round otherwise, so its size is said, and how many workers there are is not.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from morseloss._rows import joined
from morseloss._shapes import Points
from morseloss.caution import caution
from morseloss.kinds import check_count
from morseloss.landscapes.landscape import Landscape
from morseloss.search.iterate import Progress, iterate
from morseloss.status import Interrupted
from morseloss.workers import Workers, done

__all__ = ["ALONE", "Shares", "batched", "stepped", "tell_of_idle"]


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


def tell_of_idle(shares: Shares, what: str, count: int) -> None:
    """Warn where workers are there and all is one batch, which one of them steps."""
    if shares.executor is not None and shares.together is None and count > 1:
        caution(
            f"all {count} {what} are one batch, which one worker steps while the others wait; give "
            f"`together`, {what} in a batch, or leave `executor` out"
        )


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
        Workers, see `morseloss.workers.done`; without `together` all but one of them wait, of which
        is warned. What a batch of a worker that died has not reached
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
    tell_of_idle(Shares(together, executor), "starts", len(starts))
    parts = [part.clone() for part in starts.split(together or max(len(starts), 1))]
    shared = solver, landscape, max_steps
    return batched(
        _stepped, parts, partial(solver.init, landscape), executor, shared=shared,
        named="batch {} of starts".format, progress=progress,
    )  # fmt: skip


def batched(
    work: Callable[..., Any],
    parts: Sequence[Any],
    begun: Callable[[Any], Any],
    executor: Workers | None,
    *,
    shared: Any,
    named: Callable[[int], str],
    needed: bool = False,
    progress: Progress | None = None,
) -> Any:
    """Return `work(shared, part)` of all batches, joined in their order.

    Parameters
    ----------
    work : callable
        Without workers it gets `progress=` too.
    parts : sequence
    begun : callable
        What stands for a part that was not reached.
    executor, shared, named, needed, progress
        As for `morseloss.workers.done`.

    Raises
    ------
    Interrupted
        At an interrupt from the keyboard; `found` is what all parts have come to.
    """
    if executor is None:
        work, progress = partial(work, progress=progress), None
    found: dict[int, Any] = {}

    def whole() -> Any:
        return joined(*(found[k] if k in found else begun(part) for k, part in enumerate(parts)))

    results = done(
        work, parts, executor, shared=shared, named=named, needed=needed, progress=progress
    )
    try:
        with closing(results):
            found.update(results)
    except KeyboardInterrupt as stop:
        if isinstance(stop, Interrupted):
            found[len(found)] = stop.found  # here they end in order
        raise Interrupted(whole()) from None
    return whole()


def _stepped(
    shared: tuple[Any, Landscape, int], starts: Points, progress: Progress | None = None
) -> Any:
    solver, landscape, max_steps = shared
    state = solver.init(landscape, starts)
    return iterate(solver, landscape, state, max_steps=max_steps, progress=progress)
