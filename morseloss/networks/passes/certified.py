"""`certified`: critical points of networks, with all that speaks for them.

The one idea: believe only what the whole Hessian at the end says: a gradient of round-off, and
eigenvalues none of which is near zero. A symmetry that moves a point continuously leaves an
eigenvalue of zero behind, so such a point is told as degenerate, and its index is not guessed.
`polish` and `certify_passes` run Newton's method and certify what it arrives at.
"""

import torch

from morseloss._shapes import Points
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.passes.mode_newton import ModeNewton, ModeNewtonState
from morseloss.networks.passes.whole_hessian import check_size
from morseloss.search.iterate import Progress, iterate
from morseloss.status import Status

__all__ = ["certified", "certify_passes", "polish"]

FINISHING = ModeNewton(index=0)
CLIMBING = ModeNewton(index=1)


def polish(
    landscape: Landscape,
    points: Points,
    method: ModeNewton = FINISHING,
    *,
    max_steps: int = 50,
    progress: Progress | None = None,
) -> CriticalPoints:
    """Bring nearly converged networks to minima with a gradient of round-off.

    Parameters
    ----------
    landscape : Landscape
        Twice differentiable: no ReLU.
    points : Tensor, shape (n, dim)
        As `converge` leaves them, in float64; from a saddle it falls on, by negative curvature.
    method : ModeNewton
        Of index 0.
    max_steps : int
        Newton steps, each with a whole Hessian.
    progress : callable, optional
        Gets `(step, running, total)`.

    Returns
    -------
    CriticalPoints
        One row a point, in their order; a row that is no minimum says in `status` why.

    Raises
    ------
    ValueError
        If the landscape is too large, points do not fit, or the method is of another index.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.networks.passes.certified import polish
    >>> start = torch.tensor([[0.9, 0.1]], dtype=torch.float64)
    >>> polish(ml.analytic.DoubleWell(2), start)
    CriticalPoints(1 point in R^2: 1 minimum)
    """
    _check(landscape, points, method, 0)
    state = iterate(
        method, landscape, method.init(landscape, points), max_steps=max_steps, every=1,
        progress=progress,
    )  # fmt: skip
    return certified(state, method)


def certify_passes(
    landscape: Landscape,
    starts: Points,
    ways: Points | None = None,
    method: ModeNewton = CLIMBING,
    *,
    max_steps: int = 100,
    progress: Progress | None = None,
) -> CriticalPoints:
    """Climb from each start to a pass: a critical point with one negative eigenvalue.

    Parameters
    ----------
    landscape : Landscape
        Twice differentiable: no ReLU.
    starts : Tensor, shape (n, dim)
        Tops of paths, or points beside minima; in float64.
    ways : Tensor, shape (n, dim), optional
        Where to climb at first: the way of the path at its top, or a soft mode of the minimum. By
        default the lowest mode.
    method : ModeNewton
        Of index 1.
    max_steps : int
        Newton steps, each with a whole Hessian.
    progress : callable, optional
        Gets `(step, running, total)`.

    Returns
    -------
    CriticalPoints
        One row a start, in their order; a row that is no pass says in `status` why.

    Raises
    ------
    ValueError
        If the landscape is too large, starts do not fit, or the method is of another index.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.networks.passes.certified import certify_passes
    >>> start = torch.tensor([[0.2, 0.9]], dtype=torch.float64)
    >>> certify_passes(ml.analytic.DoubleWell(2), start)
    CriticalPoints(1 point in R^2: 1 of index 1)
    """
    _check(landscape, starts, method, 1)
    if ways is not None and (ways.shape != starts.shape or ways.dtype != starts.dtype):
        raise ValueError(
            f"`ways` must have the shape {tuple(starts.shape)} and the dtype of `starts`, got "
            f"{tuple(ways.shape)} in {ways.dtype}"
        )
    state = iterate(
        method, landscape, method.init(landscape, starts, ways), max_steps=max_steps, every=1,
        progress=progress,
    )  # fmt: skip
    return certified(state, method)


def certified(state: ModeNewtonState, method: ModeNewton) -> CriticalPoints:
    """Return where a search ended, as critical points of the status that they deserve."""
    there = state.gradients.norm(dim=1) <= method.gtol
    wrong = there & (state.status == Status.RUNNING)
    status = torch.where(wrong, int(Status.WRONG_INDEX), state.status)
    sure = (status == Status.CONVERGED) | wrong
    indices = torch.where(sure, (state.eigenvalues < 0).sum(1), -1)
    return CriticalPoints(
        state.points, state.values, indices, state.eigenvalues, state.gradients.norm(dim=1), status
    )


def _check(landscape: Landscape, points: Points, method: ModeNewton, index: int) -> None:
    check_size(landscape, points, "points" if index == 0 else "starts")
    if not isinstance(method, ModeNewton) or method.index != index:
        raise ValueError(f"`method` must be a `ModeNewton(index={index})`, got {method!r}")
