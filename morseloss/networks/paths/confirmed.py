"""`confirmed`: tops of paths searched in single precision, and confirmed in double.

The one idea: on a CPU convolutions in double precision cost ten times as much, and most of a search
only says where the top is not. So it is made in single precision, whose error is known from the
ends, and double precision looks where the top can still be: at both ends, and once or twice a top.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.polynomial import Polynomial
from torch import Tensor

from morseloss._rows import put, take
from morseloss._shapes import Indices, Points, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.search.paths.curve import Paths, asked
from morseloss.search.paths.height import Heights, candidates, closed_in, heights, values_at

__all__ = ["confirmed"]

SAFETY = 4.0  # times the error that was seen, and another place may still be the top
ALLOWED = 8  # roundings of single precision that are allowed for, even where none was seen
FEW = 4  # golden sections that are enough where a top is smooth
REACHES = (0.5, 1.0, 2.0, 3.0)  # samples on each side of a top that may tell its place
DEGREE, LEAST = 4, 7  # of the polynomial through them; there must be more than so many
NEAR = 1e-10  # of a value, by which it may be lower than at the top of that polynomial
STRETCHES = (0.25, 0.125)  # samples on both sides of another top, at which double precision looks
ROUNDING = torch.finfo(torch.float32).eps


def confirmed(landscape: Landscape, paths: Paths, *, samples: int, closing: int) -> Heights:
    """Return the highest value on each path, ends included.

    Parameters
    ----------
    landscape : Landscape
        Of networks, which takes single and double precision.
    paths : Paths
        In double precision.
    samples, closing : int
        As for `heights`.

    Returns
    -------
    Heights
        Values in double precision, each that of the landscape at its time. Samples between the ends
        are in single precision, and none is above the top. A path on which single precision gives
        no number is searched in double.

    Notes
    -----
    A value is lower than that of a search in double precision by twice the error of single
    precision at most: where another place had seemed higher than that, it was looked at. The error
    is taken to be four times the largest that was seen on this path, at its ends and at the tops
    that were looked at, and eight roundings at least. A smooth top is looked at where a polynomial
    through all that was seen around it has its own, which tells its place better than any two
    values in single precision do.
    """
    count = paths.curve.pieces(paths.controls.shape[1]) * samples
    grid = torch.linspace(0, 1, count + 1, dtype=torch.float64, device=paths.controls.device)
    single = _Single(landscape)
    values = asked(single.value, paths.at(grid))
    ends = _ends(landscape, paths)
    fine = values.isfinite().all(1) & ends.isfinite().all(1)
    if not fine.all():
        whole = heights(landscape, take(paths, ~fine), samples=samples, closing=closing)
        if not fine.any():
            return whole
        return _both(
            fine, confirmed(landscape, take(paths, fine), samples=samples, closing=closing), whole
        )
    limits = _Limits.of(values, ends)
    trials = _trials(single, paths, grid, values, limits, closing)
    tops, times = _looked_at(landscape, paths, ends, trials, limits, 1.0 / count)
    values[:, 0], values[:, -1] = ends[:, 0], ends[:, 1]
    return Heights(tops, times, paths.at(times[:, None])[:, 0], values.minimum(tops[:, None]))


class _Single(Landscape):
    """A landscape in single precision, whatever the points are in."""

    def __init__(self, whole: Landscape) -> None:
        self.whole, self.dim = whole, whole.dim

    def value(self, points: Points) -> Values:
        """Return the values at the points."""
        return self.whole.value(points.float()).double()


@dataclass
class _Limits:
    """What single precision may be wrong by on each path; learns from what is seen.

    Attributes
    ----------
    errors : Tensor, shape (paths,)
        The largest that was seen.
    least : Tensor, shape (paths,)
        That is allowed for in any case.
    """

    errors: Values
    least: Values

    @classmethod
    def of(cls, values: Tensor, ends: Tensor) -> "_Limits":
        """Return what the ends tell, in single and in double precision."""
        errors = (values[:, [0, -1]] - ends).abs().amax(1)
        return cls(errors, ALLOWED * ROUNDING * values.abs().amax(1))

    @property
    def slack(self) -> Values:
        """By how much values may be wrong."""
        return torch.maximum(SAFETY * self.errors, self.least)

    def saw(self, paths: Indices, errors: Values) -> None:
        """Note errors that were seen on some of the paths."""
        self.errors = self.errors.scatter_reduce(0, paths, errors, "amax")


@dataclass(frozen=True)
class _Trials:
    """Where double precision may look.

    Attributes
    ----------
    paths : Tensor, shape (trials,), int64
    times : Tensor, shape (trials,)
    values : Tensor, shape (trials,)
        As single precision has them.
    sure : Tensor, shape (trials,), bool
        Where a polynomial tells the place.
    """

    paths: Indices
    times: Values
    values: Values
    sure: Tensor


def _ends(landscape: Landscape, paths: Paths) -> Tensor:
    """The values at both ends of each path, shape (paths, 2); what many share is computed once."""
    ends = paths.controls[:, [0, -1]].flatten(0, 1)
    different, places = torch.unique(ends, dim=0, return_inverse=True)
    return landscape.value(different)[places].reshape(-1, 2)


def _both(mask: Tensor, some: Heights, others: Heights) -> Heights:
    """The heights of paths in the mask, and of those outside."""
    order = torch.cat([mask.nonzero().flatten(), (~mask).nonzero().flatten()])
    parts = [
        torch.cat([getattr(found, name) for found in (some, others)])
        for name in ("values", "times", "points", "sampled")
    ]
    return Heights(*(put(part, order, part) for part in parts))


def _trials(
    single: Landscape, paths: Paths, grid: Tensor, values: Tensor, limits: _Limits, closing: int
) -> _Trials:
    """Close in on each sampled top that may be the highest, and name the places to be looked at."""
    path, at = candidates(values, 2 * limits.slack[:, None])
    tops = [
        _Top.of(grid, values[which], place, float(limits.slack[which]))
        for which, place in zip(path.tolist(), at.tolist(), strict=True)
    ]
    for steps in sorted({min(FEW, closing), closing}):
        left = [row for row, top in enumerate(tops) if top.peak is None]
        if left:
            _close_in(single, paths, path[left], [tops[row] for row in left], steps)
    rows = [
        (which, *place, top.peak is not None)
        for which, top in zip(path, tops, strict=True)
        for place in top.places
    ]
    which, times, found, sure = zip(*rows, strict=True)
    new = values.new_tensor
    return _Trials(torch.stack(which), new(times), new(found), new(sure, dtype=torch.bool))


def _close_in(
    single: Landscape, paths: Paths, path: Indices, tops: "list[_Top]", steps: int
) -> None:
    """Look for the tops by golden sections; they take in all that is seen."""
    value, seen = values_at(single, paths, path), []

    def watched(times: Tensor) -> Tensor:
        seen.append((times, value(times)))
        return seen[-1][1]

    low, high = paths.controls.new_tensor([top.bracket for top in tops]).T
    closed_in(watched, low, high, steps)
    times, found = (torch.stack(part, 1).cpu().numpy() for part in zip(*seen, strict=True))
    for row, top in enumerate(tops):
        top.take_in(times[row], found[row])


@dataclass
class _Top:
    """A top among samples, and what was seen around it in single precision.

    Attributes
    ----------
    times, values : array, shape (seen,)
    middle : float
        Time of the sample.
    width : float
        From sample to sample.
    slack : float
        By how much values may be wrong.
    peak : (float, float) or None
        Time and value of the top of a polynomial through what was seen, if it fits.
    """

    times: np.ndarray
    values: np.ndarray
    middle: float
    width: float
    slack: float
    peak: tuple[float, float] | None = None

    @classmethod
    def of(cls, grid: Tensor, values: Tensor, place: int, slack: float) -> "_Top":
        """Return a top among the samples of a path, of which the nearest are taken in."""
        around = slice(max(place - 3, 0), place + 4)
        times, found = (part[around].cpu().numpy() for part in (grid, values))
        return cls(times, found, float(grid[place]), float(grid[1]), slack)

    @property
    def bracket(self) -> tuple[float, float]:
        """The times between which the top is."""
        return max(self.middle - self.width, 0.0), min(self.middle + self.width, 1.0)

    @property
    def highest(self) -> tuple[float, float]:
        """Time and value of the highest that was seen in the bracket."""
        low, high = self.bracket
        inside = np.where((self.times >= low) & (self.times <= high), self.values, -np.inf)
        return float(self.times[inside.argmax()]), float(inside.max())

    @property
    def places(self) -> list[tuple[float, float]]:
        """Times to be looked at, with their values: the peak; or the highest, and the sample."""
        if self.peak is not None:
            return [self.peak]
        sample = self.values[self.times == self.middle][0]
        return [*{self.highest, (self.middle, float(sample))}]

    def take_in(self, times: np.ndarray, values: np.ndarray) -> None:
        """Take in what was seen, and look for a polynomial that fits it around the highest."""
        self.times = np.concatenate([self.times, times])
        self.values = np.concatenate([self.values, values])
        if self._falls_away():
            self.peak = self.highest
            return
        time, _ = self.highest
        away = (self.times - time) / self.width
        for reach in REACHES:
            near = np.abs(away) <= reach
            if near.sum() > LEAST and self._fit(time, away[near], self.values[near]):
                return

    def _falls_away(self) -> bool:
        """Whether an end of the path is the top, and all that was seen lies lower the farther."""
        if self.middle not in (0.0, 1.0):
            return False
        order = np.abs(self.times - self.middle).argsort(kind="stable")
        near = order[np.abs(self.times[order] - self.middle) <= self.width]
        drops = -np.diff(self.values[near])
        return bool((drops > 0).all() and drops[0] > self.slack)

    def _fit(self, time: float, away: np.ndarray, values: np.ndarray) -> bool:
        shape = Polynomial.fit(away, values, DEGREE)
        missed = np.abs(shape(away) - values).max()
        if missed > self.slack or missed**2 > NEAR * np.ptp(values) * np.abs(values).max():
            return False
        low, high = ((edge - time) / self.width for edge in self.bracket)
        flat = shape.deriv().roots()
        flat = flat.real[np.abs(flat.imag) < 1e-9]
        spots = np.concatenate([[low, 0.0, high], flat[(flat > low) & (flat < high)]])
        spots = spots[(spots >= away.min()) & (spots <= away.max())]
        best = spots[shape(spots).argmax()]
        self.peak = min(max(time + best * self.width, 0.0), 1.0), float(shape(best))
        return True


def _looked_at(
    landscape: Landscape,
    paths: Paths,
    ends: Tensor,
    trials: _Trials,
    limits: _Limits,
    width: float,
) -> tuple[Values, Values]:
    """Look in double precision wherever the top can still be: the highest values, and when."""
    tops, last = ends.max(1)
    times, sure = last.to(ends), torch.ones_like(last, dtype=torch.bool)
    left = (trials.times > 0) & (trials.times < 1)
    while True:
        reach = trials.values + limits.slack[trials.paths]
        hopes = torch.where(left & (reach > tops[trials.paths]), trials.values, -torch.inf)
        best = torch.full_like(tops, -torch.inf)
        best = best.scatter_reduce(0, trials.paths, hopes, "amax")
        rows = ((hopes == best[trials.paths]) & hopes.isfinite()).nonzero().flatten()
        if not len(rows):
            break
        left[rows] = False
        some = take(trials, rows)
        found = _finite(values_at(landscape, paths, some.paths)(some.times))
        limits.saw(some.paths, (found - some.values).abs().nan_to_num(posinf=0.0))
        for row, path in enumerate(some.paths.tolist()):
            if found[row] > tops[path]:
                tops[path], times[path], sure[path] = found[row], some.times[row], some.sure[row]
    return _raised(landscape, paths, tops, times, ~sure, width)


def _raised(
    landscape: Landscape, paths: Paths, tops: Values, times: Values, mask: Tensor, width: float
) -> tuple[Values, Values]:
    """The tops of parabolas through values in double precision, where those are higher."""
    rows = (mask & tops.isfinite()).nonzero().flatten()
    value = values_at(landscape, paths, rows)
    for step in [part * width for part in STRETCHES] if len(rows) else []:
        time, top = times[rows], tops[rows]
        low, high = (_finite(value((time + way).clamp(0, 1))) for way in (-step, step))
        bend = step / 2 * (high - low) / (2 * top - low - high)
        places = [time, time - step, time + step, time + bend.nan_to_num(0.0).clamp(-step, step)]
        when = torch.stack(places, 1).clamp(0, 1)
        seen = torch.stack([top, low, high, _finite(value(when[:, 3]))], 1)
        tops[rows], best = seen.max(1)
        times[rows] = when.gather(1, best[:, None])[:, 0]
    return tops, times


def _finite(values: Values) -> Values:
    return values.nan_to_num(nan=torch.inf, posinf=torch.inf, neginf=-torch.inf)
