"""`least_rate`: the smallest learning rate at which gradient descent leaves, with its bracket.

The one idea: the rates that leave are no interval, so the answer is that of a scan: the lowest rate
of the scan that leaves within the steps. Bisection between it and its left neighbour then closes in
on a rate at which leaving begins, and between that one and the threshold, below which nothing
leaves, a denser scan looks for more.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss.escape.descents.basin import basins
from morseloss.escape.descents.descent import STEPS, Where, faults_of, leave, spread
from morseloss.escape.descents.drive import LEFT
from morseloss.escape.descents.gate import FEW, Gate, passed
from morseloss.escape.descents.lower import (
    PIECE,
    Bracket,
    Leaves,
    bisected,
    first_of,
    lowered,
    rounds_of,
)
from morseloss.escape.descents.meter import Meter
from morseloss.escape.descents.threshold import Leap
from morseloss.escape.fault import Fault, complain
from morseloss.search.iterate import Progress

__all__ = ["LeastRates", "least_rate"]

SCAN = np.geomspace(1.0, 32.0, 500)  # default rates, in units of one over the curvature

DEEPEST = 7  # bisections at a time, from 127 middles

Lower = Callable[[np.ndarray, np.ndarray], Bracket]


@dataclass(frozen=True, eq=False)
class LeastRates:
    """The least escape learning rate of each row.

    Attributes
    ----------
    rates : ndarray, shape (n,)
        The upper end of the bracket: a rate that leaves within the steps; `nan` with a fault.
    below : ndarray, shape (n,)
        The lower end: a rate that does not.
    steps : ndarray of int, shape (n,)
        Steps to leave at `rates`.
    tried : tuple of float
        Lowest and highest rate of the scan (of the first row, where they differ).
    faults : ndarray of int, shape (n,)
        A `Fault` each.
    """

    rates: Float[np.ndarray, " n"]
    below: Float[np.ndarray, " n"]
    steps: Int[np.ndarray, " n"]
    tried: tuple[float, float]
    faults: Int[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.rates)

    def __repr__(self) -> str:
        found = self.faults == 0
        if len(self) == 1 and found[0]:
            return f"LeastRates({self.rates[0]:.8g}, in {self.steps[0]} steps)"
        return f"LeastRates({int(found.sum())} of {len(self)} found)"


def least_rate(
    where: Where,
    starts: float | Float[np.ndarray, " n"] | Float[Tensor, " dim"],
    *,
    rates: Float[np.ndarray, " scan"] | None = None,
    tolerance: float = 1e-6,
    max_steps: int = STEPS,
    device: torch.device | str | None = None,
    progress: Progress | None = None,
) -> LeastRates:
    """Find the least learning rate at which gradient descent leaves the basin.

    The learning rates that leave are not an interval: between them lie windows in which the
    trajectory is caught by a periodic orbit. What is returned is the lowest rate of a scan that
    leaves within `max_steps`, brought down by bisection towards its left neighbour in the scan.
    For polynomials `threshold` is a bound from below, and where there is room between it and that
    rate, more are tried, their distance to the threshold growing geometrically, until they find
    no lower one. A window of escape narrower than their gaps is still not seen: other rates can
    find a lower one. For a `Gate` no bound is known, and the scan is all.

    Parameters
    ----------
    where : Basins, Polynomial, sequence of Polynomial, ndarray of coefficients, or Gate
        The landscapes and the minimum to leave.
    starts : float or ndarray of shape (n,); for a `Gate` a Tensor of shape (dim,)
        Where descent begins.
    rates : ndarray of shape (scan,), optional
        The rates to try, ascending, and no others; by default 500 from 1 to 32 over the curvature
        at the minimum of the row, each 0.7 % above the last, and those between the threshold and
        the lowest of them that leaves.
    tolerance : float
        Relative width of the bracket at the end.
    max_steps : int
        Steps in which a trajectory has to leave.
    device : torch.device or str, optional
        As in `descend`.
    progress : callable, optional
        Gets `(step, left, total)`: the steps that all batches of rates have taken, and the most
        that may be left; the total rises where a scan is followed by more than was foreseen.

    Returns
    -------
    LeastRates
        Rows of a batch in which nothing is found are marked in `faults`.

    Raises
    ------
    ValueError
        If the scan is not ascending and positive, or a single row has a fault: there is no lower
        minimum, the start is outside, no rate leaves, or the lowest given one does.

    References
    ----------
    Barannikov et al., Loss barcode, Section 9, Figure 12.

    Examples
    --------
    >>> import morseloss as ml
    >>> least_rate(ml.Polynomial({2: 1.0, 4: -1.0, 6: 0.2}), 0.1).rates.round(5)
    array([2.11224])
    """
    if not 0 < tolerance < 1:
        raise ValueError(f"`tolerance` must lie between 0 and 1, got {tolerance}")
    scan = None if rates is None else _checked(rates)
    if isinstance(where, Gate):
        scan = SCAN / where.curvature if scan is None else scan
        return _of_gate(where, torch.as_tensor(starts), scan, tolerance, max_steps, progress)
    found = basins(where)
    places = np.asarray(starts, dtype=float)
    found, ones, places = spread(found, 1.0, places)
    faults = faults_of(found, ones, places)
    complain(faults, f"the basin of {found.minima[0]:g} with start {places[0]:g}")
    device = None if device is None else torch.device(device)
    scans = SCAN / found.curvatures[:, None] if scan is None else scan
    search = Search(np.broadcast_to(scans, (len(found), scans.shape[-1])), tolerance)
    meter = Meter(progress, search.batches(), max_steps)

    def leaves(rows: np.ndarray, at: np.ndarray) -> np.ndarray:
        ends = leave(found.take(rows), at, places[rows], max_steps, device, meter.look)
        meter.ended()
        return np.where((ends.reasons == LEFT).cpu().numpy(), ends.steps.cpu().numpy(), -1)

    def lower(rows: np.ndarray, tops: np.ndarray) -> Bracket:
        leap = Leap(found.take(rows), (places - found.minima)[rows])
        return lowered(leaves, leap, rows, tops, tolerance)

    least = search.run(leaves, faults, lower if rates is None else None)
    meter.finish()
    return least


def _checked(rates: Float[np.ndarray, " scan"]) -> np.ndarray:
    scan = np.asarray(rates, dtype=float)
    fine = scan.ndim == 1 and len(scan) > 1 and np.isfinite(scan).all()
    if not fine or scan[0] <= 0 or (np.diff(scan) <= 0).any():
        raise ValueError(
            "`rates` must be at least two positive learning rates in ascending order, got "
            f"{np.array2string(scan, threshold=6)}; use `numpy.linspace` or `numpy.geomspace`"
        )
    return scan


@dataclass(frozen=True, eq=False)
class Search:
    """A scan of each row, and the bisection that follows.

    Attributes
    ----------
    scan : ndarray, shape (n, scan)
        Rates, ascending in each row.
    tolerance : float
        Relative width of a bracket at the end.
    piece : int
        Rates of a scan that are tried together.
    levels : int
        Bisections that are done together.
    """

    scan: Float[np.ndarray, "n scan"]
    tolerance: float
    piece: int = PIECE
    levels: int = 1

    def batches(self) -> int:
        """Return how many batches of rates one row takes at most, nothing being found below."""
        rounds = rounds_of((self.scan[:, 1:] / self.scan[:, :-1]).ravel(), self.tolerance)
        return -(-self.scan.shape[1] // self.piece) - (-rounds // self.levels)

    def run(
        self, leaves: Leaves, faults: Int[np.ndarray, " n"], lower: Lower | None = None
    ) -> LeastRates:
        """Scan all rows, bisect those whose bracket has two ends, go lower where possible.

        Raises
        ------
        ValueError
            If there is one row, and it has a fault.
        """
        rows = np.flatnonzero(faults == 0)
        low, high, rows_faults = self._scanned(leaves, rows)
        if lower is not None:
            below, above = lower(rows, high)
            less = above < high
            low, high = np.where(less, below, low), np.where(less, above, high)
            rows_faults = np.where(less, Fault.NONE, rows_faults)
        faults = faults.copy()
        faults[rows] = rows_faults
        tried = float(self.scan[0, 0]), float(self.scan[0, -1])
        complain(
            faults,
            "no bracket of the least escape rate "
            f"(tried {tried[0]:.4g} to {tried[1]:.4g}): the minimum",
        )
        kept = rows_faults == Fault.NONE
        rows, low, high = rows[kept], low[kept], high[kept]
        least, below = np.full(len(faults), np.nan), np.full(len(faults), np.nan)
        steps = np.full(len(faults), -1)
        least[rows], below[rows], steps[rows] = high, low, leaves(rows, high)
        return LeastRates(least, below, steps, tried, faults)

    def _scanned(
        self, leaves: Leaves, rows: Int[np.ndarray, " rows"]
    ) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " rows"], Int[np.ndarray, " rows"]]:
        """Return the bracket of each row, and a `Fault`; then both ends are that of the scan."""
        scan, at = self.scan[rows], np.arange(len(rows))
        first = first_of(leaves, rows, scan, self.piece)
        faults = np.where(first < 0, Fault.NEVER, np.where(first == 0, Fault.ALWAYS, Fault.NONE))
        high = scan[at, first]  # the last one where none leaves
        low = np.where(first > 0, scan[at, np.maximum(first - 1, 0)], high)
        kept = np.flatnonzero(first > 0)
        low[kept], high[kept] = bisected(
            leaves, rows[kept], low[kept], high[kept], self.tolerance, self.levels
        )
        return low, high, faults


def _of_gate(
    gate: Gate,
    start: Tensor,
    scan: np.ndarray,
    tolerance: float,
    max_steps: int,
    progress: Progress | None,
) -> LeastRates:
    room = max(1, FEW // gate.landscape.dim)
    levels = min(DEEPEST, max(1, (room // 4).bit_length()))
    search = Search(scan[None], tolerance, max(PIECE, room), levels)
    meter = Meter(progress, search.batches(), max_steps)
    known: dict[float, int] = {}

    def leaves(_: np.ndarray, at: np.ndarray) -> np.ndarray:
        new = np.array([rate for rate in at.tolist() if rate not in known])
        if len(new):
            steps = passed(gate, new, start[None], max_steps, meter.look)
            known.update(zip(new.tolist(), steps.tolist(), strict=True))
            meter.ended()
        return np.array([known[rate] for rate in at.tolist()])

    least = search.run(leaves, np.zeros(1, int))
    meter.finish()
    return least
