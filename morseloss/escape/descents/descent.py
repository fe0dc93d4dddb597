"""`descend`: gradient descent from many starts at many learning rates, and what becomes of each.

The one idea: a first run sees whether and when a trajectory leaves the basin; those that left run
again, behind gates so far away that beyond them everything diverges, to see where they end.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss.escape.descents.basin import Basins, basins
from morseloss.escape.descents.drive import LEFT, SETTLED, Ends, drive
from morseloss.escape.descents.gate import Gate, cross
from morseloss.escape.descents.maps import maps_of
from morseloss.escape.descents.regime import STILL_WIDTHS, Descents, Regime, not_run
from morseloss.escape.fault import Fault, complain
from morseloss.escape.series import derivative, evaluate
from morseloss.landscapes.polynomial import Polynomial
from morseloss.search.iterate import Progress

__all__ = ["STEPS", "TOGETHER", "Where", "descend", "faults_of", "leave", "orbit", "spread"]

STEPS = 10_000
TOGETHER = 1 << 17  # rows in memory at a time

Where = Basins | Gate | Polynomial | Sequence[Polynomial] | Float[np.ndarray, "n powers"]


def descend(
    where: Where,
    rates: float | Float[np.ndarray, " rows"],
    starts: float | Float[np.ndarray, " rows"] | Float[Tensor, "rows dim"],
    *,
    max_steps: int = STEPS,
    device: torch.device | str | None = None,
    progress: Progress | None = None,
) -> Descents:
    """Run gradient descent for a batch of (landscape, learning rate, start).

    Parameters
    ----------
    where : Basins, Polynomial, sequence of Polynomial, ndarray of coefficients, or Gate
        The landscapes and the minimum to leave: one for all rows, or one a row. Polynomials go
        through `basins`. A general landscape comes as a `Gate`.
    rates : float or ndarray of shape (rows,)
        Learning rates, positive, [point]^2/[value].
    starts : float or ndarray of shape (rows,); for a `Gate` a Tensor of shape (rows, dim)
        Where the trajectories begin, in the basin.
    max_steps : int
        Steps after which a trajectory that does nothing else is called bounded.
    device : torch.device or str, optional
        Run polynomials by torch on this device; by default by numba on the CPU. A `Gate` runs
        where its starts are.
    progress : callable, optional
        Gets `(step, running, total)` at every look.

    Returns
    -------
    Descents
        Polynomials leave through either gate, the maxima beside the minimum.

    Raises
    ------
    ValueError
        If the batch is a single row with a fault, or the shapes do not fit.

    References
    ----------
    Barannikov et al., Loss barcode, Section 9 and Appendix D, Figure 14.

    Examples
    --------
    >>> import morseloss as ml
    >>> from morseloss.escape import Regime
    >>> land = ml.Polynomial({2: 1.0, 4: -1.0, 6: 0.2})
    >>> runs = descend(land, [0.5, 1.2, 2.5], 0.1)
    >>> [Regime(regime).name for regime in runs.regimes]
    ['CONVERGES', 'BOUNDED', 'DIVERGES']
    """
    if max_steps < 1:
        raise ValueError(f"`max_steps` must be at least 1, got {max_steps}")
    if isinstance(where, Gate):
        return cross(where, rates, torch.as_tensor(starts), max_steps, progress)
    found, rates, starts = spread(basins(where), rates, np.asarray(starts))
    faults = faults_of(found, rates, starts)
    complain(faults, _named(found, rates, starts))
    device = None if device is None else torch.device(device)
    result = not_run(faults, (len(found),))
    for rows in np.array_split(np.flatnonzero(faults == 0), 1 + len(found) // TOGETHER):
        part = found.take(rows)
        _first_run(result, rows, part, rates[rows], starts[rows], max_steps, device, progress)
        out = rows[result.regimes[rows] == Regime.LEAVES]
        _second_run(result, out, found.take(out), rates[out], starts[out], max_steps, device)
    return result


def spread(
    found: Basins, rates: float | np.ndarray, starts: float | np.ndarray
) -> tuple[Basins, np.ndarray, np.ndarray]:
    """Repeat basins, rates and starts until there is one a row.

    Raises
    ------
    ValueError
        If their lengths do not fit.
    """
    rates, starts = np.asarray(rates, dtype=float), np.asarray(starts, dtype=float)
    try:
        (count,) = np.broadcast_shapes((len(found),), rates.shape, starts.shape)
    except ValueError:
        raise ValueError(
            f"landscapes, `rates` and `starts` must have one row each or one for all, got "
            f"{len(found)} landscapes, rates of shape {rates.shape}, starts of shape "
            f"{starts.shape}"
        ) from None
    if len(found) != count:
        found = found.take(np.zeros(count, dtype=int))
    return found, np.broadcast_to(rates, count), np.broadcast_to(starts, count)


def faults_of(
    found: Basins, rates: Float[np.ndarray, " rows"], starts: Float[np.ndarray, " rows"]
) -> Int[np.ndarray, " rows"]:
    """Return the `Fault` of each row: that of its basin first, then of start and rate."""
    inside = (starts > found.left) & (starts < found.right)
    faults = np.where(inside, Fault.NONE, Fault.OUTSIDE)
    faults = np.where((rates > 0) & np.isfinite(rates), faults, Fault.BAD_RATE)
    return np.where(found.faults > 0, found.faults, faults)


def _named(found: Basins, rates: np.ndarray, starts: np.ndarray) -> str:
    return (
        f"the row with minimum {found.minima[0]:g}, gates {found.left[0]:g} and "
        f"{found.right[0]:g}, start {starts[0]:g} and rate {rates[0]:g}"
    )


def leave(
    found: Basins,
    rates: Float[np.ndarray, " rows"],
    starts: Float[np.ndarray, " rows"],
    max_steps: int,
    device: torch.device | None = None,
    progress: Progress | None = None,
) -> Ends:
    """Run rows without a fault until they leave, settle, repeat themselves or are out of steps."""
    gates = found.left - found.minima, found.right - found.minima
    tolerances = STILL_WIDTHS * found.widths
    maps = maps_of(found.coefficients, rates, *gates, tolerances, device)
    return drive(maps, torch.tensor(starts - found.minima, device=device), max_steps, progress)


def _first_run(
    result: Descents,
    rows: np.ndarray,
    found: Basins,
    rates: np.ndarray,
    starts: np.ndarray,
    max_steps: int,
    device: torch.device | None,
    progress: Progress | None,
) -> None:
    ends = leave(found, rates, starts, max_steps, device, progress)
    reasons = ends.reasons.cpu().numpy()
    regimes = np.where(reasons == SETTLED, Regime.CONVERGES, Regime.BOUNDED)
    result.regimes[rows] = np.where(reasons == LEFT, Regime.LEAVES, regimes)
    result.steps[rows] = ends.steps.cpu().numpy()
    result.points[rows] = ends.points.cpu().numpy() + found.minima
    wells = _nearest(found.wells, found.minima)
    result.wells[rows] = np.where(reasons == SETTLED, wells, -1)


def _second_run(
    result: Descents,
    rows: np.ndarray,
    found: Basins,
    rates: np.ndarray,
    starts: np.ndarray,
    max_steps: int,
    device: torch.device | None,
) -> None:
    far = _far(found.coefficients, rates)
    maps = maps_of(found.coefficients, rates, -far, far, STILL_WIDTHS * found.widths, device)
    ends = drive(maps, torch.tensor(starts - found.minima, device=device), max_steps)
    reasons, points = ends.reasons.cpu().numpy(), ends.points.cpu().numpy() + found.minima
    result.regimes[rows[reasons == LEFT]] = Regime.DIVERGES
    result.points[rows] = np.where(reasons == LEFT, np.inf, points)
    settled = reasons == SETTLED
    result.wells[rows[settled]] = _nearest(found.wells[settled], points[settled])


def _nearest(wells: Float[np.ndarray, "n minima"], points: Float[np.ndarray, " n"]) -> np.ndarray:
    return np.abs(wells - points[:, None]).argmin(axis=1)


def _far(coefficients: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Distance beyond which a step at least doubles the distance: Cauchy's bound on the map."""
    steps = np.abs(rates[:, None] * derivative(coefficients))
    steps[:, 1] += 3.0
    powers = steps.shape[1] - 1 - (steps > 0)[:, ::-1].argmax(axis=1)
    leading = np.take_along_axis(steps, powers[:, None], axis=1)
    below = np.arange(steps.shape[1]) < powers[:, None]
    return 1 + np.where(below, steps / leading, 0.0).max(axis=1)


def orbit(
    where: Basins | Polynomial, rate: float, start: float, steps: int
) -> Float[np.ndarray, " points"]:
    """Return the points of gradient descent on one polynomial, the start first.

    Parameters
    ----------
    where : Basins or Polynomial
        One landscape.
    rate : float
        Learning rate.
    start : float
        Anywhere.
    steps : int
        Most steps; the orbit ends early where it overflows.

    Returns
    -------
    ndarray, shape (points,)

    Examples
    --------
    >>> import morseloss as ml
    >>> orbit(ml.Polynomial({2: 1.0, 4: -1.0, 6: 0.2}), 0.25, 0.1, 2).round(6)
    array([0.1     , 0.050997, 0.025631])
    """
    found = basins(where)
    slopes = derivative(found.coefficients)
    points = np.array([[start - found.minima[0]]])
    path = [start]
    for _ in range(steps):
        with np.errstate(over="ignore", invalid="ignore"):
            points = points - rate * evaluate(slopes, points)
        if not np.isfinite(points).all():
            break
        path.append(float(points[0, 0] + found.minima[0]))
    return np.array(path)
