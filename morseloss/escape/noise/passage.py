"""`escape_times`: how many steps noisy descent takes from a minimum to a point lower than it.

The one idea: a walk has escaped when it stands lower than the minimum it started from, which is
what Definition 1 of the paper asks of a path. Each walk has its own random stream; those that have
not escaped in time are counted as censored, not dropped.
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt

from morseloss.escape.noise.noisy_descent import Descent, GaussianDescent
from morseloss.escape.noise.valley import Valley, curve_of, valley
from morseloss.search.iterate import Progress
from morseloss.status import Interrupted, SearchError

__all__ = ["EscapeTimes", "escape_times"]

TOGETHER = 20_000_000  # steps of all walks between two looks: some tenths of a second
LOST_VALLEYS = 1e3  # sizes of the valley from its minimum: a walk this far has run away

Rows = Int[np.ndarray, " rows"]


@dataclass(frozen=True, eq=False)
class EscapeTimes:
    """First passages of independent walks, and the rate that they tell.

    Attributes
    ----------
    steps : ndarray of int, shape (n,)
        Steps taken until the escape, or until the walk was given up.
    escaped : ndarray of bool, shape (n,)
        Where false, the walk is censored: it had not escaped by then.
    points : ndarray, shape (n,)
        Where each walk ended.
    seeds : ndarray of uint64, shape (n,)
        Where the random stream of each walk began.
    """

    steps: Int[np.ndarray, " n"]
    escaped: Bool[np.ndarray, " n"]
    points: Float[np.ndarray, " n"]
    seeds: UInt[np.ndarray, " n"] = field(repr=False)

    @property
    def rate(self) -> float:
        """Escapes per step: the number of escapes over all steps of all walks.

        The maximum-likelihood estimate for exponential times, with censored walks in it. Without
        censored walks it is one over the sample mean, whatever the law of the times. A walk
        escapes at a constant rate only once it has forgotten its start: where walks are censored,
        `max_steps` must be many times the lr-th part of the relaxation time in the valley.
        """
        return float(self.escaped.sum() / max(int(self.steps.sum()), 1))

    @property
    def mean(self) -> float:
        """Mean steps until the escape, one over the rate; `inf` without an escape."""
        return 1 / self.rate if self.rate else math.inf

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return a confidence interval of the mean, for exponential times.

        Twice the total time over the mean is chi-square with two degrees of freedom an escape.
        With censored walks the number of escapes is random and the upper end of the rate takes two
        degrees more, so the interval errs on the side of being too long.

        Parameters
        ----------
        level : float
            Probability that the interval holds the mean, between 0 and 1.

        Raises
        ------
        ValueError
            If the level is not between 0 and 1.
        """
        from scipy.special import chdtri

        if not 0 < level < 1:
            raise ValueError(f"`level` must lie between 0 and 1, got {level}")
        twice, escapes = 2.0 * float(self.steps.sum()), int(self.escaped.sum())
        tail = (1 - level) / 2
        more = 0 if self.escaped.all() else 2
        low = twice / chdtri(2 * escapes + more, tail)
        return float(low), float(twice / chdtri(2 * escapes, 1 - tail)) if escapes else math.inf

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        low, high = self.interval()
        return (
            f"EscapeTimes({self.escaped.sum()} of {len(self)} walks escaped, mean {self.mean:.4g} "
            f"steps, 95 % between {low:.4g} and {high:.4g})"
        )


def escape_times(
    descent: Descent,
    start: float,
    n: int,
    *,
    generator: torch.Generator,
    max_steps: int = 10_000_000,
    progress: Progress | None = None,
) -> EscapeTimes:
    """Walk from a point until each walk is lower than the minimum in whose basin the point lies.

    Parameters
    ----------
    descent : GaussianDescent or BatchDescent
        How a step is taken.
    start : float
        Where all walks begin, in the basin of a minimum that is not global.
    n : int
        How many walks.
    generator : torch.Generator
        Draws the seed of each walk; the same seeds give the same bits on any number of threads.
        There are `torch.get_num_threads()` of these.
    max_steps : int
        A walk that has not escaped by then is censored.
    progress : callable, optional
        Called as `progress(steps, running, n)` every now and then.

    Returns
    -------
    EscapeTimes

    Raises
    ------
    ValueError
        If a number is not positive, or the start is in no basin with a lower place outside.
    SearchError
        If a walk ran away to infinity; what there is is in `found`.
    Interrupted
        On Ctrl-C; the walks so far are in `found`, those under way as censored ones.

    References
    ----------
    Barannikov et al., Loss barcode, Definition 1 and Section 9.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.escape.noise.noisy_descent import GaussianDescent
    >>> from morseloss.escape.noise.passage import escape_times
    >>> land = ml.Polynomial({4: 1.0, 2: -2.0, 1: 0.3})
    >>> descent = GaussianDescent(land, lr=0.01, sigma=6.0)
    >>> escape_times(descent, 0.96, 1000, generator=torch.Generator().manual_seed(0))
    EscapeTimes(1000 of 1000 walks escaped, mean 7256 steps, 95 % between 6827 and 7728)
    """
    for name, number in (("n", n), ("max_steps", max_steps)):
        if number < 1:
            raise ValueError(f"`{name}` must be at least 1, got {number}")
    around = valley(descent.landscape, start)
    seeds = torch.randint(-(2**63), 2**63 - 1, (n,), generator=generator).numpy().view(np.uint64)
    points, steps = np.full(n, float(start)), np.zeros(n, np.int64)
    take = _taker(descent, around, points, seeds.copy(), steps)
    rows, taken = np.arange(n), 0
    try:
        while len(rows) and taken < max_steps:
            more = min(max(TOGETHER // len(rows), 1), max_steps - taken)
            _in_threads(partial(take, more), rows)
            taken += more
            rows = rows[around.holds(points[rows])]
            if progress is not None:
                progress(taken, len(rows), n)
    except KeyboardInterrupt:
        raise Interrupted(EscapeTimes(steps, ~around.holds(points), points, seeds)) from None
    times = EscapeTimes(steps, ~around.holds(points), points, seeds)
    far = LOST_VALLEYS * abs(around.saddle - around.minimum)
    lost = int((~(abs(points - around.minimum) <= far)).sum())
    if lost:
        raise SearchError(
            f"{lost} of {n} walks ran away, since steps overshoot where the landscape is steep; "
            "lower `lr`, or the noise",
            times,
        )
    return times


def _taker(
    descent: Descent, around: Valley, points: np.ndarray, counters: np.ndarray, steps: np.ndarray
) -> Callable[[int, Rows], None]:
    """Return a function that takes up to so many steps with the walks in the given rows."""
    from morseloss.escape.noise import walks

    under_way = walks.Walks(points, counters, steps)
    ends = around.left, around.right
    if isinstance(descent, GaussianDescent):
        slope = curve_of(descent.landscape).deriv().coef[::-1].copy()
        gaussian = walks.Gaussian(slope, float(descent.lr), float(descent.lr * descent.sigma))
        return lambda more, rows: walks.gaussian_walks(rows, under_way, more, gaussian, *ends)
    orders = np.tile(np.arange(len(descent.slopes)), (len(points), 1))
    batches = walks.Batches(descent.slopes, orders, int(descent.batch), float(descent.lr))
    return lambda more, rows: walks.batch_walks(rows, under_way, more, batches, *ends)


def _in_threads(take: Callable[[Rows], None], rows: Rows) -> None:
    """Share the rows among as many threads as torch may use; the kernels let go of the lock."""
    threads = min(torch.get_num_threads(), len(rows))
    if threads == 1:
        return take(rows)
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(take, np.array_split(rows, threads)):
            pass
