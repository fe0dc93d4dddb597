"""`least_rate`: the smallest learning rate at which gradient descent leaves, with its bracket.

The one idea: the rates that leave are no interval, so the answer is that of a scan: the lowest rate
of the scan that leaves within the steps. Bisection between it and its left neighbour then closes in
on a rate at which leaving begins.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss.escape.descents.basin import basins
from morseloss.escape.descents.descent import (
    STEPS,
    TOGETHER,
    Where,
    descend,
    faults_of,
    leave,
    spread,
)
from morseloss.escape.descents.drive import LEFT
from morseloss.escape.descents.gate import Gate
from morseloss.escape.fault import Fault, complain
from morseloss.search.iterate import Progress

__all__ = ["LeastRates", "least_rate"]

SCAN = np.geomspace(1.0, 32.0, 500)  # default rates, in units of one over the curvature

Leaves = Callable[[np.ndarray, np.ndarray], np.ndarray]


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
    trajectory is caught by a periodic orbit. What is returned is the lowest rate of the scan that
    leaves within `max_steps`, brought down by bisection towards its left neighbour in the scan. A
    window of escape that lies between two rates of the scan is not seen: a finer scan can find a
    lower rate, never a higher one. `threshold` is a bound from below that needs no scan.

    Parameters
    ----------
    where : Basins, Polynomial, sequence of Polynomial, ndarray of coefficients, or Gate
        The landscapes and the minimum to leave.
    starts : float or ndarray of shape (n,); for a `Gate` a Tensor of shape (dim,)
        Where descent begins.
    rates : ndarray of shape (scan,), optional
        The rates of the scan, ascending; by default 500 from 1 to 32 over the curvature at the
        minimum of the row, each 0.7 % above the last.
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
        minimum, the start is outside, no rate leaves, or the lowest one does.

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
    units = 1 / found.curvatures if scan is None else np.ones(len(found))
    unit = SCAN if scan is None else scan
    device = None if device is None else torch.device(device)

    def leaves(rows: np.ndarray, at: np.ndarray) -> np.ndarray:
        ends = leave(found.take(rows), at, places[rows], max_steps, device)
        return np.where((ends.reasons == LEFT).cpu().numpy(), ends.steps.cpu().numpy(), -1)

    return _searched(leaves, faults, units, unit, tolerance, progress)


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
    faults: np.ndarray,
    units: np.ndarray,
    scan: np.ndarray,
    tolerance: float,
    progress: Progress | None,
) -> LeastRates:
    """Scan all rows, then bisect those whose bracket has two ends."""
    faults = faults.copy()
    rows = np.flatnonzero(faults == 0)
    first = _first(leaves, rows, units, scan)
    faults[rows[first < 0]] = Fault.NEVER
    faults[rows[first == 0]] = Fault.ALWAYS
    span = f"(tried {scan[0] * units[0]:.4g} to {scan[-1] * units[0]:.4g}): the minimum"
    complain(faults, f"no bracket of the least escape rate {span}")
    kept = first > 0
    rows, first = rows[kept], first[kept]
    low, high = scan[first - 1] * units[rows], scan[first] * units[rows]
    rounds = _rounds(high / low, tolerance)
    for number in range(rounds):
        middle = np.sqrt(low * high)
        out = leaves(rows, middle) > 0
        low, high = np.where(out, low, middle), np.where(out, middle, high)
        if progress is not None:
            progress(number + 1, rounds - number - 1, rounds)
    least, below = np.full(len(faults), np.nan), np.full(len(faults), np.nan)
    steps = np.full(len(faults), -1)
    least[rows], below[rows], steps[rows] = high, low, leaves(rows, high)
    tried = float(scan[0] * units[0]), float(scan[-1] * units[0])
    return LeastRates(least, below, steps, tried, faults)


def _rounds(ratios: np.ndarray, tolerance: float) -> int:
    if not len(ratios):
        return 0
    return max(0, math.ceil(math.log2(math.log(float(ratios.max())) / math.log1p(tolerance))))


def _first(
    leaves: Leaves, rows: np.ndarray, units: np.ndarray, scan: np.ndarray
) -> Int[np.ndarray, " rows"]:
    """Return the place in the scan of the lowest rate that leaves, -1 where none does."""
    found = np.full(len(rows), -1)
    together = max(1, TOGETHER // len(scan))
    for at in range(0, len(rows), together):
        some = rows[at : at + together]
        pairs = np.repeat(some, len(scan)), (units[some, None] * scan).ravel()
        out = leaves(*pairs).reshape(len(some), len(scan)) > 0
        found[at : at + together] = np.where(out.any(axis=1), out.argmax(axis=1), -1)
    return found


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

    return _searched(leaves, np.zeros(1, int), np.ones(1), scan, tolerance, progress)
