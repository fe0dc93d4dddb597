"""`threshold`: below which learning rate no start near the minimum can leave, and by which orbit.

The one idea: let K be the interval between the minimum and the start. The images of K under the
step `x -> x - rate p'(x)` all hold the minimum, so their union is an interval, and it grows with
the rate: `x - t p'(x)` for t up to the rate fills the way from x to its image. Hence one rate
separates those at which all of K stays in the basin for ever from those at which some start in K
leaves. At this rate a turning point of the step, where `rate p'' = 1`, is sent onto a gate after
some steps.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from morseloss.escape.descents.basin import Basins, basins
from morseloss.escape.descents.descent import Where, faults_of, spread
from morseloss.escape.descents.gate import Gate
from morseloss.escape.fault import Fault, complain
from morseloss.escape.series import derivative, evaluate, real_roots

__all__ = ["Leap", "Thresholds", "threshold"]

MOST_IMAGES = 1000  # of the interval
FEW = 50  # images in which most intervals have left that leave at all
PATIENCE = 25  # images after which an interval that still grows is looked at ahead
MARKS = 512  # points at which that is done
STILL = 1e-13  # growth, in widths of the basin, that counts as none
LOWEST, HIGHEST = 1e-3, 1e3  # rate times curvature between which a threshold is looked for
LANDS = 1e-6  # distance to the gate, in widths of the basin, that counts as reaching it
LOST_WIDTHS = 1e3  # widths of the basin beyond which no orbit comes back
CHAIN = 8  # most steps from a turning point to the gate
APART = 1.5  # ratio of rates between which a threshold is looked for first
TOGETHER = 256  # intervals that take hardly longer than one


@dataclass(frozen=True, eq=False)
class Thresholds:
    """The threshold rate of each row, and the orbit that lands on the gate there.

    Attributes
    ----------
    rates : ndarray, shape (n,)
        No start between the minimum and the given one leaves at a rate below; `nan` with a fault.
    chains : ndarray of int, shape (n,)
        Steps from a turning point of the map to the gate: 1 is a direct leap, 2 a leap after a
        bounce off the other wall, and so on. 0 where no turning point is involved: the minimum, or
        a cycle around it, loses its stability and nothing beyond holds the trajectory.
    sides : ndarray of int, shape (n,)
        The gate that is reached: 1 right, -1 left, 0 where `chains` is 0.
    turns : ndarray, shape (n,)
        The turning point, `nan` where `chains` is 0.
    faults : ndarray of int, shape (n,)
        A `Fault` each.
    """

    rates: Float[np.ndarray, " n"]
    chains: Int[np.ndarray, " n"]
    sides: Int[np.ndarray, " n"]
    turns: Float[np.ndarray, " n"]
    faults: Int[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.rates)

    def __repr__(self) -> str:
        if len(self) == 1:
            return f"Thresholds({self.rates[0]:.8g}, chain {self.chains[0]})"
        return f"Thresholds({int((self.faults == 0).sum())} of {len(self)} found)"


def threshold(where: Where, starts: float | Float[np.ndarray, " n"]) -> Thresholds:
    """Return the learning rate below which no start between the minimum and this one leaves.

    It is a property of the landscape, free of step budgets and scans, and found to round-off by
    bisection, since leaving of the interval is monotone in the rate. The least escape rate of the
    single start is never below it, and mostly just above: the orbits that leave first are few.

    Parameters
    ----------
    where : Basins, Polynomial, sequence of Polynomial, or ndarray of coefficients
        The landscapes and the minimum to leave.
    starts : float or ndarray of shape (n,)
        The other end of the interval of starts.

    Returns
    -------
    Thresholds

    Raises
    ------
    ValueError
        If it is a `Gate`, or a single row with a fault.

    Examples
    --------
    >>> import morseloss as ml
    >>> threshold(ml.Polynomial({2: 1.0, 4: -1.0, 6: 0.2}), 0.1)
    Thresholds(2.1122404, chain 1)
    """
    if isinstance(where, Gate):
        raise ValueError("a threshold is known in one variable only; pass polynomials")
    found, ones, places = spread(basins(where), 1.0, np.asarray(starts, dtype=float))
    faults = faults_of(found, ones, places)
    complain(faults, f"the basin of {found.minima[0]:g} with start {places[0]:g}")
    count = len(found)
    result = Thresholds(
        np.full(count, np.nan),
        np.zeros(count, int),
        np.zeros(count, int),
        np.full(count, np.nan),
        faults.copy(),
    )
    rows = np.flatnonzero(faults == 0)
    if len(rows):
        _fill(result, rows, Leap(found.take(rows), (places - found.minima)[rows]))
    complain(result.faults, f"the basin of {found.minima[0]:g} with start {places[0]:g}")
    return result


def _fill(result: Thresholds, rows: np.ndarray, leap: "Leap") -> None:
    rates = leap.bisected()
    known = np.isfinite(rates)
    result.faults[rows[~known]] = Fault.NEVER
    rows, leap, rates = rows[known], leap.take(known), rates[known]
    result.rates[rows] = rates
    result.chains[rows], result.sides[rows], turns = leap.chains(rates)
    result.turns[rows] = turns + leap.basins.minima


class Leap:
    """The images of the interval between minimum and start, for all rows at once.

    Parameters
    ----------
    found : Basins
    offsets : ndarray, shape (n,)
        The starts, measured from the minima.
    """

    def __init__(self, found: Basins, offsets: np.ndarray) -> None:
        self.basins, self.offsets = found, offsets
        self.left, self.right = found.left - found.minima, found.right - found.minima
        self.slopes = derivative(found.coefficients)
        self.bends = derivative(self.slopes)

    def take(self, rows: np.ndarray) -> "Leap":
        """Return the given rows."""
        return Leap(self.basins.take(rows), self.offsets[rows])

    def step(self, points: np.ndarray, rates: np.ndarray) -> np.ndarray:
        """Return the points, some for each row, after one step."""
        return points - rates[:, None] * evaluate(self.slopes, points)

    def turns(self, rates: np.ndarray) -> np.ndarray:
        """Return where `rate p'' = 1`, filled up with infinity."""
        bends = self.bends.copy()
        bends[:, 0] -= 1 / rates
        return real_roots(bends)

    def leaves(self, rates: np.ndarray, most: int = MOST_IMAGES) -> np.ndarray:
        """Return in which rows a start of the interval is seen to leave at these rates."""
        out = np.zeros(len(rates), bool)
        rows = np.arange(len(rates))
        low, high = np.minimum(self.offsets, 0.0), np.maximum(self.offsets, 0.0)
        turns, leap, widths = self.turns(rates), self, self.basins.widths
        for number in range(1, most + 1):
            inner = (turns > low[:, None]) & (turns < high[:, None])
            marks = np.column_stack([low, high, np.where(inner, turns, low[:, None])])
            ends = leap.step(marks, rates[rows])
            lower, upper = np.minimum(low, ends.min(1)), np.maximum(high, ends.max(1))
            beyond = (lower < leap.left) | (upper > leap.right)
            out[rows[beyond]] = True
            grows = (low - lower + upper - high > STILL * widths[rows]) & ~beyond
            if number % PATIENCE == 0:
                slow = grows & ~inner.any(axis=1)
                upper = np.where(slow, leap.ahead(upper, turns, rates[rows], slow), upper)
                grows &= np.isfinite(upper)
            if not grows.any():
                break
            rows, turns, leap = rows[grows], turns[grows], leap.take(grows)
            low, high = lower[grows], upper[grows]
        return out

    def ahead(
        self, high: np.ndarray, turns: np.ndarray, rates: np.ndarray, slow: np.ndarray
    ) -> np.ndarray:
        """Return how far the upper end will have grown, infinity where it stops on the way.

        As long as the interval holds no turning point the step only falls on it, so the upper end
        moves by two steps, `high -> step(step(high))`, and stops where this has a fixed point.
        """
        found = high.copy()
        some = np.flatnonzero(slow)
        leap, start, rates, turns = self.take(some), high[some], rates[some], turns[some]
        above = np.where(turns > start[:, None], turns, np.inf).min(axis=1)
        last = np.minimum(above, leap.right)
        last = np.where(np.isfinite(last), last, start + leap.basins.widths)
        below = np.where(turns < 0, turns, -np.inf).max(axis=1)
        floor = np.maximum(below, leap.left)
        ways = start[:, None] + (last - start)[:, None] * np.linspace(0, 1, MARKS)
        other = leap.step(ways, rates)
        fine = other > floor[:, None]
        growth = leap.step(other, rates) - ways
        stops = np.where(fine & (growth <= 0), np.arange(MARKS), MARKS).min(axis=1)
        reach = np.where(fine, np.arange(MARKS), 0).max(axis=1)
        end = ways[np.arange(len(some)), reach]
        found[some] = np.where(stops <= reach, np.inf, end)
        return found

    def bisected(self) -> np.ndarray:
        """Return the threshold, `nan` where nothing leaves up to `HIGHEST` over the curvature."""
        low = LOWEST / self.basins.curvatures
        high = 2.5 / self.basins.curvatures
        inside = ~self.leaves(high)
        while inside.any() and high.max() < HIGHEST * (1 / self.basins.curvatures).max():
            low, high = np.where(inside, high, low), np.where(inside, 2 * high, high)
            inside = inside & ~self.leaves(high)
        for _ in range(48):
            middle = (low + high) / 2
            out = self.leaves(middle)
            low, high = np.where(out, low, middle), np.where(out, middle, high)
        return np.where(inside, np.nan, high)

    def floors(self, tops: np.ndarray, near: float, tolerance: float) -> np.ndarray:
        """Return rates just below the thresholds, or the given ones where these are near.

        A threshold that lies less than the part `near` below the given rate is not looked for. It
        may come out a little too high, where leaving takes more than `FEW` images.
        """
        floors, high = tops.copy(), tops / (1 + near)
        rows = np.flatnonzero(self.leaves(high, FEW))
        leap, high = self.take(rows), high[rows]
        low, least = high / APART, LOWEST / leap.basins.curvatures
        low = np.where(leap.leaves(low, FEW), np.minimum(least, low / APART), low)
        parts = max(2, TOGETHER // max(1, len(rows)))
        while len(rows) and (high / low).max() > 1 + tolerance:
            ways = np.arange(1, parts) / parts
            rates = low[:, None] * (high / low)[:, None] ** ways
            every = leap.take(np.repeat(np.arange(len(rows)), parts - 1))
            out = every.leaves(rates.ravel(), FEW).reshape(rates.shape)
            rates = np.column_stack([low, rates, high])
            first = np.where(out.any(axis=1), out.argmax(axis=1), parts - 1)
            at = np.arange(len(rows))
            low, high = rates[at, first], rates[at, first + 1]
        floors[rows] = low
        return floors

    def chains(self, rates: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return how many steps lead from a turning point to a gate or cycle, which, and whence."""
        turns = self.turns(rates)
        inner = (turns > self.left[:, None]) & (turns < self.right[:, None])
        chains, sides = np.zeros(len(rates), int), np.zeros(len(rates), int)
        turned, widths = np.full(len(rates), np.nan), self.basins.widths[:, None]
        for targets in (((self.right, 1), (self.left, -1)), ((None, 0),)):
            points = np.where(inner, turns, 0.0)
            for number in range(1, CHAIN + 1):
                points = self.step(points, rates)
                points = np.where(np.abs(points) < LOST_WIDTHS * widths, points, np.nan)
                for gate, side in targets:
                    lands = inner & self._lands(points, gate, rates)
                    new = lands.any(axis=1) & (chains == 0)
                    chains[new], sides[new] = number, side
                    turned[new] = turns[new, lands[new].argmax(axis=1)]
        return chains, sides, turned

    def _lands(self, points: np.ndarray, gate: np.ndarray | None, rates: np.ndarray) -> np.ndarray:
        """Return which points lie on the gate, or with `None` on a cycle of two steps."""
        widths = self.basins.widths[:, None]
        with np.errstate(invalid="ignore", over="ignore"):
            if gate is not None:
                return np.abs(points - gate[:, None]) < LANDS * widths
            other = self.step(points, rates)
            back = np.abs(self.step(other, rates) - points) < LANDS * widths
            return back & (np.abs(other - points) > LANDS**0.5 * widths)
