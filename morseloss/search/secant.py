"""`SecantFlow`: descents that ask for one gradient a step, and `Wells`, where they may stop.

    x' = -g - B (x - x_0) followed exactly,  B <- B + Bofill's update of what the model missed

The one idea: the error of a step's quadratic model is measured by the gradient at its end anyway,
and the same number says how to mend the model. So the Hessian is asked for once, at the saddle, and
not at all where the gradient is that of a known minimum's own quadratic.

State: point, gradient and the model's Hessian of each descent.
Step: the formula, for a time in which the model holds.
It stops in a known well, or hands over what is about to rest elsewhere.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from morseloss._rows import chosen, finite
from morseloss._shapes import Gradients, Hessians, Indices, Points, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.search.modes import across, along, curvature, exponents, phi1
from morseloss.status import Status

__all__ = ["SecantFlow", "SecantState", "Wells"]

MOST_GROWTH = 40.0  # exponent by which a mode may grow in one step
ALIKE, THE_SAME = 0.4, 0.1  # part of a gradient that a well's quadratic misses: seen twice, once
RESTING = 1e-3  # of 1 and the size of a point: so near to rest the exact dynamics takes over
AWAY = 1e-2  # of the same: so far from its start a descent may be near to rest
WORTH = 3.0  # times `rtol`: a step that missed so much still mends the model
TOO_SHORT = 1e-6  # of the time scale at the start: steps so short say that the model is no model


@dataclass(frozen=True, eq=False)
class Wells:
    """Minima with their Hessians: where a descent that looks like one of their own has arrived.

    Attributes
    ----------
    points : Tensor, shape (n, dim)
    values : Tensor, shape (n,)
    hessians : Tensor, shape (n, dim, dim)
    """

    points: Points
    values: Values
    hessians: Hessians

    def holding(self, points: Points, gradients: Gradients) -> tuple[Indices, Values]:
        """Return the nearest minimum of each point, and what its quadratic misses of the gradient.

        A part of the gradient, in the norm in which the well is round; `inf` where the minimum is
        degenerate, and has no quadratic.
        """
        near = self._tree.query(points.detach().cpu().numpy())[1]
        rows = torch.from_numpy(near).to(points.device)
        offsets, hessians = points - self.points[rows], self.hessians[rows]
        expected = across(hessians, offsets)
        missed = gradients - expected
        off = (missed * across(self._inverses[rows], missed)).sum(-1).clamp_min(0)
        size = (offsets * expected).sum(-1)
        part = (off / size).sqrt()
        return rows, torch.where(self._round[rows] & (size > 0), part, torch.inf)

    @cached_property
    def _tree(self) -> Any:
        from scipy.spatial import KDTree

        return KDTree(self.points.detach().cpu().numpy())

    @cached_property
    def _round(self) -> Tensor:
        eigenvalues = torch.linalg.eigvalsh(self.hessians)
        return eigenvalues[:, 0] > 1e-7 * eigenvalues[:, -1].abs()

    @cached_property
    def _inverses(self) -> Hessians:
        unit = torch.eye(self.hessians.shape[-1]).to(self.hessians)
        return torch.linalg.inv(torch.where(self._round[:, None, None], self.hessians, unit))


@dataclass(frozen=True)
class SecantState:
    """Where each descent is, and its model there.

    Attributes
    ----------
    points, gradients : Tensor, shape (rows, dim)
    hessians : Tensor, shape (rows, dim, dim)
        The model's, not the landscape's.
    starts : Tensor, shape (rows, dim)
    times : Tensor, shape (rows,)
        Time for which the next step will follow the model, [point]^2/[value].
    least : Tensor, shape (rows,)
        A time so short that the model is given up.
    wells : Tensor, shape (rows,), int64
        The well that each point seems to be in, -1 for none.
    status : Tensor, shape (rows,), int64
        `CONVERGED` in a known well, `STALLED` where the exact dynamics has to go on.
    """

    points: Points
    gradients: Gradients
    hessians: Hessians
    starts: Points
    times: Values
    least: Values
    wells: Indices
    status: Indices


@dataclass(frozen=True, eq=False)
class SecantFlow:
    """The flow `x' = -grad L` by exact steps of a model whose Hessian is mended on the way.

    Parameters
    ----------
    wells : Wells
    rtol : float
        Largest error of the model in one step, as a part of that step.

    Notes
    -----
    With s the step, B the model's Hessian and r what the gradient at its end differs from the
    model's, the update is `phi r r^T / (r s) + (1 - phi) ((r s^T + s r^T) / s^2 - (r s) s s^T /
    s^4)` with `phi = (r s)^2 / (r^2 s^2)`: it has no small divisors and keeps negative modes.

    References
    ----------
    Bofill, "Updated Hessian matrix and the restricted step method for locating transition
    structures", J. Comput. Chem. 15, 1994, for the update.
    """

    wells: Wells
    rtol: float = 0.1

    def init(self, points: Points, gradients: Gradients, hessians: Hessians) -> SecantState:
        """Return the state of descents from the points, with the Hessians as models."""
        scales = curvature(hessians)
        none = torch.full((len(points),), -1, device=points.device)
        running = torch.full_like(none, int(Status.RUNNING))
        return SecantState(
            points, gradients, hessians, points, 3 / scales, TOO_SHORT / scales, none, running
        )

    def step(self, landscape: Landscape, state: SecantState) -> SecantState:
        """Return the state after one step of each descent; a refused one mends the model alone."""
        eigenvalues, modes = torch.linalg.eigh(state.hessians)
        slopes, times = along(modes, state.gradients), state.times[:, None]
        flow = -times * phi1(exponents(eigenvalues, times, limit=MOST_GROWTH))
        moved = flow * slopes
        way = across(modes, moved)
        points = state.points + way
        gradients = landscape.gradient(points)
        known = finite(gradients, points)
        seen = along(modes, torch.where(known[:, None], gradients, 0.0))
        missed = seen - (slopes + eigenvalues * moved)
        error = (flow * missed).norm(dim=-1) / moved.norm(dim=-1)
        running = state.status == Status.RUNNING
        fine = known & (error <= self.rtol) & ((seen * moved).sum(-1) <= 0) & running
        # a model mended by what is far away would have walls where there are none, and stand still
        near = known & (error <= WORTH * self.rtol) & running
        mended = _mended(state.hessians, way, across(modes, missed))
        model = torch.where(near[:, None, None], mended, state.hessians)
        there = replace(state, points=points, gradients=gradients)
        factor = (0.8 * self.rtol / error.nan_to_num(nan=torch.inf)).sqrt().clamp(0.1, 4.0)
        factor = torch.where(fine, factor, factor.clamp_max(0.5))
        after = replace(chosen(fine, there, state), hessians=model, times=state.times * factor)
        return self._ended(after, fine)

    def _ended(self, state: SecantState, fine: Tensor) -> SecantState:
        """Return the state with those marked that are in a well, or about to rest elsewhere."""
        rows, part = self.wells.holding(state.points, state.gradients)
        seen = torch.where(part <= ALIKE, rows, -1)
        arrived = fine & (part <= ALIKE) & ((seen == state.wells) | (part <= THE_SAME))
        wells = torch.where(fine, seen, state.wells)
        eigenvalues, modes = torch.linalg.eigh(state.hessians)
        newton = (along(modes, state.gradients) / eigenvalues).norm(dim=-1)
        size = 1 + state.points.abs().amax(-1)
        off = (state.points - state.starts).norm(dim=-1) > AWAY * size
        given_up = (off & ~(newton > RESTING * size)) | (state.times < state.least)
        given_up &= (state.status == Status.RUNNING) & ~arrived
        status = torch.where(given_up, int(Status.STALLED), state.status)
        status = torch.where(arrived, int(Status.CONVERGED), status)
        return replace(state, wells=wells, status=status)


def _mended(hessians: Hessians, way: Points, missed: Points) -> Hessians:
    """Bofill's update of models that missed so much of the gradient at the end of a way."""
    tiny = torch.finfo(way.dtype).tiny
    length, size = (way**2).sum(-1), (missed**2).sum(-1)
    both = (way * missed).sum(-1)
    unit = way / length.clamp_min(tiny)[:, None]
    rank_one = (both / (length * size).clamp_min(tiny))[:, None, None] * _outer(missed, missed)
    mixed = _outer(missed, unit) + _outer(unit, missed) - both[:, None, None] * _outer(unit, unit)
    phi = (both**2 / (length * size).clamp_min(tiny)).clamp_max(1.0)[:, None, None]
    return hessians + rank_one + (1 - phi) * mixed


def _outer(left: Points, right: Points) -> Hessians:
    return left[:, :, None] * right[:, None, :]
