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
from morseloss.escape.descents.descent import (
    STEPS,
    Where,
    descend,
    faults_of,
    leave,
    spread,
)
from morseloss.escape.descents.drive import LEFT
from morseloss.escape.descents.gate import Gate
from morseloss.escape.descents.lower import Bracket, Leaves, bisected, first_of, lowered
from morseloss.escape.descents.threshold import Leap
from morseloss.escape.fault import Fault, complain
from morseloss.search.iterate import Progress

__all__ = ["LeastRates", "least_rate"]

SCAN = np.geomspace(1.0, 32.0, 500)  # default rates, in units of one over the curvature

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
        Gets `(round, running, total)`: the scan is the first round, then those of the bisection.

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

    def leaves(rows: np.ndarray, at: np.ndarray) -> np.ndarray:
        ends = leave(found.take(rows), at, places[rows], max_steps, device)
        return np.where((ends.reasons == LEFT).cpu().numpy(), ends.steps.cpu().numpy(), -1)

    if scan is not None:
        scans = np.broadcast_to(scan, (len(found), len(scan)))
        return _searched(leaves, faults, scans, tolerance, progress)

    def lower(rows: np.ndarray, tops: np.ndarray) -> Bracket:
        leap = Leap(found.take(rows), (places - found.minima)[rows])
        return lowered(leaves, leap, rows, tops, tolerance)

    scans = SCAN / found.curvatures[:, None]
    return _searched(leaves, faults, scans, tolerance, progress, lower)


def _checked(rates: Float[np.ndarray, " scan"]) -> np.ndarray:
    scan = np.asarray(rates, dtype=float)
    fine = scan.ndim == 1 and len(scan) > 1 and np.isfinite(scan).all()
    if not fine or scan[0] <= 0 or (np.diff(scan) <= 0).any():
        raise ValueError(
            "`rates` must be at least two positive learning rates in ascending order, got "
            f"{np.array2string(scan, threshold=6)}; use `numpy.linspace` or `numpy.geomspace`"
        )
    return scan


def _searched(
    leaves: Leaves,
    faults: Int[np.ndarray, " n"],
    scan: Float[np.ndarray, "n scan"],
    tolerance: float,
    progress: Progress | None,
    lower: Lower | None = None,
) -> LeastRates:
    """Scan all rows, bisect those whose bracket has two ends, go lower where that is possible."""
    rows = np.flatnonzero(faults == 0)
    low, high, rows_faults = _scanned(leaves, rows, scan[rows], tolerance, progress)
    if lower is not None:
        below, above = lower(rows, high)
        less = above < high
        low, high = np.where(less, below, low), np.where(less, above, high)
        rows_faults = np.where(less, Fault.NONE, rows_faults)
    faults = faults.copy()
    faults[rows] = rows_faults
    complain(
        faults,
        "no bracket of the least escape rate "
        f"(tried {scan[0, 0]:.4g} to {scan[0, -1]:.4g}): the minimum",
    )
    kept = rows_faults == Fault.NONE
    rows, low, high = rows[kept], low[kept], high[kept]
    least, below = np.full(len(faults), np.nan), np.full(len(faults), np.nan)
    steps = np.full(len(faults), -1)
    least[rows], below[rows], steps[rows] = high, low, leaves(rows, high)
    return LeastRates(least, below, steps, (float(scan[0, 0]), float(scan[0, -1])), faults)


def _scanned(
    leaves: Leaves,
    rows: Int[np.ndarray, " rows"],
    scan: Float[np.ndarray, "rows scan"],
    tolerance: float,
    progress: Progress | None,
) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " rows"], Int[np.ndarray, " rows"]]:
    """Return the bracket of each row, and a `Fault`; then both ends are the end of the scan."""
    first, at = first_of(leaves, rows, scan), np.arange(len(rows))
    faults = np.where(first < 0, Fault.NEVER, np.where(first == 0, Fault.ALWAYS, Fault.NONE))
    high = scan[at, first]  # the last one where none leaves
    low = np.where(first > 0, scan[at, np.maximum(first - 1, 0)], high)
    kept = np.flatnonzero(first > 0)
    low[kept], high[kept] = bisected(leaves, rows[kept], low[kept], high[kept], tolerance, progress)
    return low, high, faults


def _of_gate(
    gate: Gate,
    start: Tensor,
    scan: np.ndarray,
    tolerance: float,
    max_steps: int,
    progress: Progress | None,
) -> LeastRates:
    def leaves(_: np.ndarray, at: np.ndarray) -> np.ndarray:
        return descend(gate, at, start[None], max_steps=max_steps).steps

    return _searched(leaves, np.zeros(1, int), scan[None], tolerance, progress)
