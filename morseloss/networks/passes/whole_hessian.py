"""`whole_hessian`: the exact Hessians of networks of up to some thousands of weights.

The one idea: the gradient is derived once, and products with many axes go back through it at once.
A product by the landscape's own rule is held against the matrix; where they differ, or a module
cannot go back for many at once, all products are taken by that rule.
"""

import torch
from torch import Tensor

from morseloss._shapes import Hessians, Points
from morseloss.landscapes.landscape import Landscape, check_points
from morseloss.networks.loss.network_landscape import NetworkLandscape

__all__ = ["LARGEST", "check_size", "whole_hessian"]

LARGEST = 4000  # weights: a Hessian of so many is 128 MB, and its eigenvalues take a minute
ROWS = 8  # products at a time: their small layers stay in the cache
SLACK = 1e-11  # of the largest entry, times the dimension, by which round-off may tell them apart


def whole_hessian(landscape: Landscape, points: Points) -> Hessians:
    """Return the Hessian at each point, symmetric to the last bit, [value]/[point]^2.

    Parameters
    ----------
    landscape : Landscape
    points : Tensor, shape (n, dim)

    Raises
    ------
    ValueError
        If the landscape has more than 4000 dimensions.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.networks.passes.whole_hessian import whole_hessian
    >>> whole_hessian(ml.analytic.DoubleWell(1), torch.zeros(1, 1, dtype=torch.float64)).shape
    torch.Size([1, 1, 1])
    """
    check_size(landscape)
    found = [_one(landscape, point[None]) for point in points]
    hessians = torch.cat(found) if found else points.new_zeros(0, landscape.dim, landscape.dim)
    return (hessians + hessians.mT) / 2


def _one(landscape: Landscape, point: Points) -> Hessians:
    if not isinstance(landscape, NetworkLandscape):
        return landscape.hessian(point)
    probe = torch.linspace(-1, 1, landscape.dim).to(point)[None]
    product = landscape.hvp(point, probe)
    try:
        hessian = _at_once(landscape, point)
    except RuntimeError:  # an operation of the module's own that knows no batches
        return _by_products(landscape, point)
    gap = (probe @ hessian - product).abs().max()
    close = bool(gap <= SLACK * hessian.abs().amax() * landscape.dim)
    return hessian[None] if close else _by_products(landscape, point)


def _at_once(landscape: NetworkLandscape, point: Points) -> Tensor:
    axes = torch.eye(landscape.dim, dtype=point.dtype, device=point.device)
    hessian = landscape.weight_decay * axes
    for inputs, targets, share in landscape.chunks(point.dtype):
        leaf = point.detach().requires_grad_()
        total = landscape.engine.losses(leaf, inputs, targets).sum()
        (slope,) = torch.autograd.grad(total, leaf, create_graph=True)
        for rows in torch.arange(landscape.dim, device=point.device).split(ROWS):
            some = axes[rows, None]
            (part,) = torch.autograd.grad(
                slope, leaf, some, retain_graph=True, is_grads_batched=True
            )
            hessian[rows] += share * part[:, 0]
    return hessian


def _by_products(landscape: Landscape, point: Points) -> Hessians:
    axes = torch.eye(landscape.dim, dtype=point.dtype, device=point.device)
    return torch.cat([landscape.hvp(point, axis[None]) for axis in axes])[None]


def check_size(landscape: Landscape, points: Points | None = None, name: str = "points") -> None:
    """Pass a landscape whose Hessians fit in memory, and points of it, in float64.

    Raises
    ------
    ValueError
        If it is too large, or the points are not its points in float64.
    """
    if landscape.dim > LARGEST:
        raise ValueError(
            f"{landscape!r} has {landscape.dim} dimensions, and whole Hessians are for at most "
            f"{LARGEST}; certify passes of a smaller network, or lower paths by `relay`"
        )
    if points is None:
        return
    check_points(landscape, points, name)
    if points.dtype != torch.float64:
        raise ValueError(
            f"`{name}` must be in float64, in which signs of eigenvalues are decided, got "
            f"{points.dtype}; use `{name}.double()`"
        )
