"""`cross`: descents of a general landscape, through the gate at a saddle.

The one idea: as for polynomials, a first run sees who leaves and when; those run again, up to a
distance at which they have diverged.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morseloss.escape.drive import LEFT, SETTLED, drive
from morseloss.escape.fault import Fault, complain
from morseloss.escape.gate import Gate, GateMaps
from morseloss.escape.regime import TOLERANCE, Descents, Regime, not_run
from morseloss.search.iterate import Progress

__all__ = ["cross"]

FAR = 1e3  # distances to the saddle beyond which a trajectory has diverged


def cross(
    gate: Gate,
    rates: float | Float[np.ndarray, " rows"],
    starts: Float[Tensor, "rows dim"],
    max_steps: int,
    progress: Progress | None = None,
) -> Descents:
    """Run gradient descent for a batch of (learning rate, start); see `descend`.

    Raises
    ------
    ValueError
        If the batch is a single row with a fault, or the shapes do not fit.
    """
    starts, steps = _rows(gate, rates, starts)
    distance = float((gate.saddle - gate.minimum).norm())
    maps = GateMaps(gate, steps, None, TOLERANCE * distance)
    faults = _faults(maps, starts)
    complain(faults, f"the row with start {starts[0].tolist()} and rate {float(steps[0]):g}")
    result = not_run(faults, tuple(starts.shape))
    rows = np.flatnonzero(faults == 0)
    some = torch.from_numpy(rows).to(starts.device)
    ends = drive(maps.take(some), starts[some], max_steps, progress)
    reasons = ends.reasons.cpu().numpy()
    regimes = np.where(reasons == SETTLED, Regime.CONVERGES, Regime.BOUNDED)
    result.regimes[rows] = np.where(reasons == LEFT, Regime.LEAVES, regimes)
    result.steps[rows] = ends.steps.cpu().numpy()
    result.points[rows] = ends.points.cpu().numpy()
    result.wells[rows[reasons == SETTLED]] = 0
    out = rows[reasons == LEFT]
    some = torch.from_numpy(out).to(starts.device)
    wide = GateMaps(gate, steps[some], FAR * distance, TOLERANCE * distance)
    ends = drive(wide, starts[some], max_steps, progress)
    result.points[out] = ends.points.cpu().numpy()
    result.regimes[out[ends.reasons.cpu().numpy() == LEFT]] = Regime.DIVERGES
    return result


def _faults(maps: GateMaps, starts: Tensor) -> np.ndarray:
    fine = (maps.rates[:, 0] > 0) & maps.rates[:, 0].isfinite()
    faults = torch.where(maps.before(starts), Fault.NONE, Fault.OUTSIDE)
    return torch.where(fine, faults, Fault.BAD_RATE).cpu().numpy()


def _rows(gate: Gate, rates: float | np.ndarray, starts: Tensor) -> tuple[Tensor, Tensor]:
    """Return starts, and rates of shape (rows, 1), on the device of the starts."""
    starts = torch.atleast_2d(torch.as_tensor(starts))
    steps = torch.atleast_1d(torch.as_tensor(rates, dtype=starts.dtype, device=starts.device))
    count, dim = max(len(starts), len(steps)), gate.landscape.dim
    if starts.shape[1:] != (dim,) or {len(starts), len(steps)} - {1, count}:
        raise ValueError(
            f"`starts` must have shape (rows, {dim}) and `rates` (rows,), or one row for all; got "
            f"{tuple(starts.shape)} and {tuple(steps.shape)}"
        )
    return starts.expand(count, dim).clone(), steps.expand(count)[:, None].clone()
