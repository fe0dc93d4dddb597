"""Cohorts of networks, trained here or by workers.

The one idea: a cohort is rows of the starts and a seed named after them, so it learns the same
whoever trains it. The networks of a cohort see the same mini-batches; another one sees others.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from morseloss._shapes import Points
from morseloss.caution import caution
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.training.convergence import converge
from morseloss.networks.training.course import Descent
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.trained import Trained
from morseloss.networks.training.training import train
from morseloss.search.iterate import Progress
from morseloss.workers import Workers, done

__all__ = ["Arrived", "Cohort", "cohorts", "converged", "trained_apart"]


@dataclass(frozen=True)
class Cohort:
    """Networks that are trained together.

    Attributes
    ----------
    first, last : int
        Rows of the starts, without the last.
    seed : int
    """

    first: int
    last: int
    seed: int = 0

    def __str__(self) -> str:
        return f"{self.first}-{self.last - 1}"


Arrived = tuple[Cohort, Trained, float]
"""A cohort, what became of it, and the seconds that it took where it was computed."""


def cohorts(
    count: int, together: int | None, seed: Callable[..., int], *, first: int = 0
) -> list[Cohort]:
    """Return all cohorts of so many networks each; one without a size.

    Parameters
    ----------
    count : int
        Networks in all.
    together : int or None
        Networks in a cohort.
    seed : callable
        Gets the rows of a cohort, or nothing where there is one only, and gives its seed.
    first : int
        Row of the first network; those before it are there already.

    Raises
    ------
    ValueError
        If there is less than one network in a cohort.

    Examples
    --------
    >>> [str(cohort) for cohort in cohorts(5, 2, lambda *rows: 0)]
    ['0-1', '2-3', '4-4']
    """
    if together is None:
        return [Cohort(first, count, seed())]
    if together < 1:
        raise ValueError(f"`together` must be 1 network or more, got {together}")
    rows = [(row, min(row + together, count)) for row in range(first, count, together)]
    return [Cohort(row, last, seed(row, last)) for row, last in rows]


def trained_apart(
    landscape: NetworkLandscape,
    starts: Points,
    descent: Descent,
    parts: Sequence[Cohort],
    *,
    executor: Workers | None = None,
    progress: Progress | None = None,
) -> Generator[Arrived, None, None]:
    """Yield cohorts, trained as `train` does, as they end.

    Parameters
    ----------
    landscape, starts, descent
        As for `train`.
    parts : sequence of Cohort
    executor : Executor or callable, optional
        Workers, see `morseloss.workers.done`.
    progress : callable, optional
        Gets `(step, running, total)` of the cohort at work; with workers, how many cohorts are
        done, running, and there in all.

    Yields
    ------
    (Cohort, Trained, seconds)
        Without those that workers died over, of which is warned.
    """
    yield from _apart(_trained, (landscape, starts, descent), parts, executor, progress)


def converged(
    landscape: Landscape,
    points: Points,
    method: LBFGS,
    max_steps: int,
    parts: Sequence[Cohort],
    *,
    executor: Workers | None = None,
    progress: Progress | None = None,
) -> Generator[Arrived, None, None]:
    """Yield cohorts, descended as `converge` does, as they end.

    Parameters
    ----------
    landscape, points, method, max_steps
        As for `converge`.
    parts, executor, progress
        As for `trained_apart`.

    Yields
    ------
    (Cohort, Trained, seconds)
        Without those that workers died over, of which is warned.
    """
    shared = landscape, points, method, max_steps
    yield from _apart(_converged, shared, parts, executor, progress)


def _apart(
    function: Callable[..., tuple[Trained, float]],
    shared: Any,
    parts: Sequence[Cohort],
    executor: Workers | None,
    progress: Progress | None,
) -> Generator[Arrived, None, None]:
    if executor is None:
        function, progress = partial(function, progress=progress), None
    elif len(parts) == 1 and parts[0].last - parts[0].first > 1:
        caution(
            f"all {parts[0].last - parts[0].first} networks are one cohort, which one worker "
            "trains while the others wait; give `together`, networks in a cohort"
        )
    results = done(
        function, parts, executor, shared=shared, progress=progress,
        named=lambda index: f"networks {parts[index]}",
    )  # fmt: skip
    with closing(results):
        yield from ((parts[index], found, spent) for index, (found, spent) in results)


def _trained(
    shared: Any, cohort: Cohort, progress: Progress | None = None
) -> tuple[Trained, float]:
    landscape, starts, descent = shared
    begun, draws = time.monotonic(), torch.Generator().manual_seed(cohort.seed)
    rows = starts[cohort.first : cohort.last]
    found = train(landscape, rows, descent, generator=draws, progress=progress)
    return found, time.monotonic() - begun


def _converged(
    shared: Any, cohort: Cohort, progress: Progress | None = None
) -> tuple[Trained, float]:
    landscape, points, method, max_steps = shared
    begun, rows = time.monotonic(), points[cohort.first : cohort.last]
    found = converge(landscape, rows, method, max_steps=max_steps, progress=progress)
    return found, time.monotonic() - begun
