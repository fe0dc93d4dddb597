"""`derived_jet`: value, gradient and Hessian of a function of few variables, by backward passes.

The one idea: rows do not talk, so the sum of a component of the gradient over all rows has the rows
of the Hessian as its gradient: one backward pass an axis. Forward over reverse under `vmap` does
the same in Python, which takes six times as long for up to some hundred rows.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from morseloss._shapes import Points
from morseloss.landscapes.formulas.conventions import may_be_convention

__all__ = ["concrete", "derived_gradient", "derived_jet", "in_reverse"]

MOST_VARIABLES = 8  # beyond, many passes cost more than one under `vmap`


def in_reverse(points: Points) -> bool:
    """Return whether derivatives at the points may be taken so: of numbers, and of few variables.

    Inside a transform of torch, or where derivatives of the derivatives are wanted, they are not.
    """
    return points.shape[-1] <= MOST_VARIABLES and concrete(points)


def concrete(points: Points) -> bool:
    """Return whether the points are numbers, of which no derivative is to be taken further."""
    inside = torch._C._are_functorch_transforms_active()  # pyright: ignore[reportAttributeAccessIssue] of no stub
    return not (inside or points.requires_grad or torch.is_inference_mode_enabled())


def derived_jet(
    value: Callable[[Tensor], Tensor], points: Points
) -> tuple[Tensor, Tensor, Tensor, bool]:
    """Return values, gradients and Hessians of a function of rows, and whether to look again.

    Parameters
    ----------
    value : callable
        Takes points of shape (batch, dim), gives values of shape (batch,), twice differentiable.
    points : Tensor, shape (batch, dim)

    Returns
    -------
    values : Tensor, shape (batch,)
    gradients : Tensor, shape (batch, dim)
    hessians : Tensor, shape (batch, dim, dim)
    doubtful : bool
        Whether a derivative may be one by convention, see `conventions`.
    """
    with torch.enable_grad():
        x = points.detach().clone().requires_grad_()
        values = value(x)
        doubtful = may_be_convention(values)
        gradients = _slopes(values, x, create_graph=True)
        rows = [_slopes(gradients[:, axis], x) for axis in range(x.shape[-1])]
    hessians = torch.stack(rows, 1) if rows else points.new_zeros(len(points), 0, 0)
    return values.detach(), gradients.detach(), hessians.detach(), doubtful


def derived_gradient(value: Callable[[Tensor], Tensor], points: Points) -> Tensor:
    """Return the gradients of a function of rows, of numbers as `concrete` tells them."""
    with torch.enable_grad():
        x = points.detach().clone().requires_grad_()
        return _slopes(value(x), x)


def _slopes(of: Tensor, x: Tensor, *, create_graph: bool = False) -> Tensor:
    """The gradient of the sum; 0 where it does not depend on the points."""
    if not of.requires_grad:
        return torch.zeros_like(x)
    return torch.autograd.grad(
        of.sum(), x, retain_graph=True, create_graph=create_graph, materialize_grads=True
    )[0]
