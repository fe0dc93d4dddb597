"""`whole_hessian`: the exact Hessians of networks of up to some thousands of weights.

The one idea: the products with all axes are rows of one batch, so they are taken some at a time;
as many as keep the layers of that many networks in the cache.
"""

import torch

from morseloss._shapes import Hessians, Points
from morseloss.landscapes.landscape import Landscape, check_points

__all__ = ["LARGEST", "check_size", "whole_hessian"]

LARGEST = 4000  # weights: a Hessian of so many is 128 MB, and its eigenvalues take a minute
ROWS = 16  # products at a time


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
    axes = torch.eye(landscape.dim, dtype=points.dtype, device=points.device)
    found = [
        torch.cat([landscape.hvp(point.expand_as(part), part) for part in axes.split(ROWS)])
        for point in points
    ]
    hessians = torch.stack(found) if found else points.new_zeros(0, landscape.dim, landscape.dim)
    return (hessians + hessians.mT) / 2


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
