"""How much the Hessian varies on a box: its middle, and a bound on what may be added to it.

The one idea: the Hessian of a smooth function is a short Chebyshev series on a small box; what is
not its constant term is at most the absolute sum of the other coefficients, entry by entry.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morseloss._shapes import Hessians
from morseloss.landscapes.landscape import Landscape
from morseloss.search.complete.chebyshev import coefficients, nodes

__all__ = ["variation"]

NODES = {1: 16, 2: 12, 3: 8}  # an axis, by dimension
LAST, SAFETY = 2, 4.0
ROUND_OFF = 1e-13  # of the size of an entry


def variation(
    landscape: Landscape, low: Float[Tensor, "batch dim"], high: Float[Tensor, "batch dim"]
) -> tuple[Hessians, Hessians, Bool[Tensor, " batch"]]:
    """Return the Hessian in the middle of boxes, and a bound on its change, entry by entry.

    Parameters
    ----------
    landscape : Landscape
        In one to three variables.
    low, high : Tensor, shape (batch, dim)
        Corners.

    Returns
    -------
    middle, change : Tensor, shape (batch, dim, dim)
        On the box each entry lies within `middle ± change`, as far as the last coefficients tell
        what the series leaves; polynomials of low degree are their own series.
    finite : Tensor, shape (batch,), bool
        Where not, the rest means nothing.
    """
    dim = landscape.dim
    count = NODES[dim]
    grid = torch.cartesian_prod(*[nodes(count, low)] * dim).reshape(-1, dim)
    points = (high + low)[:, None] / 2 + (high - low)[:, None] / 2 * grid
    hessians = landscape.hessian(points.flatten(0, 1)).detach()
    finite = hessians.isfinite().reshape(len(low), -1).all(1)
    values = hessians.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
    values = values.reshape(len(low), len(grid), dim * dim).mT
    series = coefficients(values.reshape(len(low), dim * dim, *[count] * dim))
    tails = torch.stack(
        [series.narrow(axis + 2, count - LAST, LAST).abs().flatten(2).sum(2) for axis in range(dim)]
    )
    flat = series.flatten(2)
    change = flat[..., 1:].abs().sum(2) + SAFETY * tails.sum(0) + ROUND_OFF * flat.abs().sum(2)
    shape = len(low), dim, dim
    return flat[..., 0].reshape(shape), change.reshape(shape), finite
