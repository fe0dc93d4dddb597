"""Saddle dynamics: the flow whose stable points are the critical points of one Morse index.

The one idea: near a point the landscape is its quadratic model, and the flow of a quadratic is
known in closed form. Each step follows that flow exactly, for a time chosen so that the model's
measured error stays small. Far out this is the (reflected) gradient flow; close in, where the time
may grow without bound, the same formula is Newton's step. Index 0 is gradient descent.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from morseloss._rows import chosen, finite
from morseloss._shapes import Gradients, Hessians, Indices, Points, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.search.modes import across, along, curvature, exponents, phi1
from morseloss.status import Status

__all__ = ["DynamicsState", "SaddleDynamics"]

MOST_GROWTH = 40.0  # exponent by which a mode may grow in one step
NEWTON_NEAR = 1e-7  # of 1 and the size of the point: a Newton step so short nearly arrives
FLAT = 1e-5  # of the same: how well round-off lets a fourfold zero of the slope be known
FAINT = (
    0.1  # change of the gradient, as a part of it, that no step of a smooth landscape gets wrong
)
AWAY = 1e6  # [point], beyond which a row has run away, where no box is known
AWAY_OF_BOX = 1e3  # half-widths of the box from its centre, where one is known
LEAP = 10.0  # longest step, in sizes of the point, or distances from the middle of the box


@dataclass(frozen=True)
class DynamicsState:
    """Where each row is and what the next step needs to know there.

    Attributes
    ----------
    points : Tensor, shape (rows, dim)
    values, gradients, hessians : Tensor
        The jet at the points.
    times : Tensor, shape (rows,)
        Time for which the next step will follow the model, [point]^2/[value].
    residuals : Tensor, shape (rows,)
        Gradient norm one accepted step earlier, [value]/[point].
    scales : Tensor, shape (rows,)
        Size of the curvature where the row started, [value]/[point]^2.
    status : Tensor, shape (rows,), int64
    """

    points: Points
    values: Values
    gradients: Gradients
    hessians: Hessians
    times: Values
    residuals: Values
    scales: Values
    status: Indices


@dataclass(frozen=True)
class SaddleDynamics:
    """Flow `x' = -(I - 2 P) grad L`, with P the projection on the `index` lowest Hessian modes.

    Parameters
    ----------
    index : int
        Morse index of the critical points sought; 0 is gradient descent.
    rtol : float
        Largest error of the quadratic model in one step, as a part of that step. Small values
        follow the flow closely (which basin?); large ones only want to arrive.
    max_time_growth : float
        Largest factor by which the time of a step may grow from one step to the next.

    Raises
    ------
    ValueError
        If `index` is negative or a number is out of its range.

    Notes
    -----
    With eigenpairs (lambda_i, v_i), c_i = v_i . grad L and s_i = -1 for the reflected modes, the
    model's flow after time t has moved by `-s_i c_i t phi(-s_i lambda_i t)` along v_i, where
    `phi(z) = (e^z - 1)/z`. What the gradient at the new point differs from the model's, put through
    the same formula, is the error of the step.

    References
    ----------
    Yin, Zhang, Zhang, "High-index optimization-based shrinking dimer method for finding high-index
    saddle points", SIAM J. Sci. Comput. 41, 2019, for the flow.
    """

    index: int = 0
    rtol: float = 0.3
    max_time_growth: float = 3.0

    def __post_init__(self) -> None:
        if self.index < 0 or not 0 < self.rtol < 1 or not self.max_time_growth > 1:
            raise ValueError(
                "`index` must be 0 or more, `rtol` between 0 and 1, `max_time_growth` above 1; "
                f"got {self}"
            )

    def init(self, landscape: Landscape, points: Points) -> DynamicsState:
        """Return the state of rows that start at the given points."""
        values, gradients, hessians = landscape.jet(points)
        known = finite(values, gradients, hessians)
        hessians = torch.where(known[:, None, None], hessians, 0.0)
        # where there is no curvature, a step is as long as the place is large
        steepness = gradients.norm(dim=-1) / _reach(landscape, points)
        scales = torch.maximum(curvature(hessians), steepness).nan_to_num(1.0, 1.0)
        scales = scales.clamp_min(torch.finfo(points.dtype).tiny)
        status = torch.where(known, int(Status.RUNNING), int(Status.NONFINITE))
        return DynamicsState(
            points,
            values,
            gradients,
            hessians,
            1.0 / scales,
            torch.full_like(values, torch.inf),
            scales,
            status,
        )

    def step(self, landscape: Landscape, state: DynamicsState) -> DynamicsState:
        """Return the state after following the quadratic model of each row for its time."""
        eigenvalues, modes = torch.linalg.eigh(state.hessians)
        slopes = along(modes, state.gradients)
        signs = torch.ones_like(slopes)
        signs[:, : self.index] = -1.0
        state = replace(state, status=self._arrived(state, eigenvalues, slopes, signs))
        state = replace(state, status=_unless_away(landscape, state))

        times = state.times[:, None]
        flow = -signs * times * phi1(exponents(signs * eigenvalues, times, limit=MOST_GROWTH))
        moved = flow * slopes
        points = state.points + across(modes, moved)
        values, gradients, hessians = landscape.jet(points)
        missed = along(modes, gradients) - (slopes + eigenvalues * moved)
        error = (flow * missed).norm(dim=-1) / moved.norm(dim=-1)
        leap = ~(moved.norm(dim=-1) <= _reach(landscape, state.points))
        error = torch.where(leap, torch.inf, error)
        known = finite(values, gradients, hessians)
        accepted = known & ~(error > self.rtol) & (state.status == Status.RUNNING)
        there = replace(
            state,
            points=points,
            values=values,
            gradients=gradients,
            hessians=hessians,
            residuals=state.gradients.norm(dim=-1),
        )
        faint = (times * eigenvalues.abs()).amax(-1) <= FAINT
        noise = known & (error > self.rtol) & faint & ~leap & (state.status == Status.RUNNING)
        noise &= state.gradients.norm(dim=-1) <= _round_off(state)
        state = replace(state, status=torch.where(noise, int(Status.WRONG_INDEX), state.status))
        return self._timed(chosen(accepted, there, state), known, error)

    def _arrived(
        self, state: DynamicsState, eigenvalues: Tensor, slopes: Tensor, signs: Tensor
    ) -> Tensor:
        """Status of each row before the step: at a critical point, lost, or still running."""
        eps = torch.finfo(state.points.dtype).eps
        size = 1.0 + state.points.abs().amax(-1)
        residuals, round_off = state.gradients.norm(dim=-1), _round_off(state)
        newton = (slopes / eigenvalues).norm(dim=-1)
        settled = residuals >= 0.5 * state.residuals
        near = newton <= NEWTON_NEAR * size
        done = (near & settled) | (newton <= 4 * eps * size) | (residuals == 0)
        slow = residuals > 0.05 * state.residuals
        # what is round-off where a search began may be a steep slope where it is now
        flat = slow & (residuals <= round_off) & ~(newton > FLAT * size)
        right = ((signs * eigenvalues) > 0).all(-1)
        status = state.status.clone()
        running = status == Status.RUNNING
        status[running & done & right] = Status.CONVERGED
        status[running & ((done & ~right) | (flat & ~near))] = Status.WRONG_INDEX
        stalled = state.times * state.scales < eps
        status[running & stalled & (status == Status.RUNNING)] = Status.STALLED
        return status

    def _timed(self, state: DynamicsState, known: Tensor, error: Tensor) -> DynamicsState:
        """Return the state with the times of the next step, after one of this error."""
        factor = (0.8 * self.rtol / error.nan_to_num(nan=0.0)).clamp(0.1, self.max_time_growth)
        factor = torch.where(known, factor, 0.1)
        blocked = ~known & (state.times * state.scales < 1e-12) & (state.status == Status.RUNNING)
        status = torch.where(blocked, int(Status.NONFINITE), state.status)
        return replace(state, times=state.times * factor, status=status)


def _round_off(state: DynamicsState) -> Values:
    """The most that is left of each gradient where terms as large as at the start cancel."""
    eps = torch.finfo(state.points.dtype).eps
    return 4 * eps * state.scales * (1.0 + state.points.abs().amax(-1))


def _reach(landscape: Landscape, points: Points) -> Values:
    """How far from each point a step may lead: what lies beyond was never seen."""
    if landscape.box is None:
        return LEAP * (1 + points.abs().amax(-1))
    low, high = landscape.box.to(points)
    offset = (points - (low + high) / 2) / ((high - low) / 2)
    return LEAP * (high - low).amax() / 2 * offset.abs().amax(-1).clamp_min(1.0)


def _unless_away(landscape: Landscape, state: DynamicsState) -> Tensor:
    """Status of each row, `DIVERGED` for those far outside the box."""
    if landscape.box is None:
        away = state.points.abs().amax(-1) > AWAY
    else:
        low, high = landscape.box.to(state.points)
        offset = (state.points - (low + high) / 2) / ((high - low) / 2)
        away = offset.abs().amax(-1) > AWAY_OF_BOX
    away &= state.status == Status.RUNNING
    return torch.where(away, int(Status.DIVERGED), state.status)
