"""Boxes around minima in which nothing is lower: the landscape is convex there.

The one idea: the series of the Hessian on a box says how much it varies there; where that is less
than its least eigenvalue in the middle, the landscape is convex on the box, and a point without
slope is the lowest of it.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points
from morseloss.landscapes.landscape import Box, Landscape
from morseloss.search.complete.chebyshev import coefficients, nodes

__all__ = ["homes"]

NODES = {1: 16, 2: 12, 3: 8}  # an axis, by dimension
FIRST = 0.25  # of the box
HALVINGS = 30
LAST, SAFETY = 2, 4.0


def homes(landscape: Landscape, minima: Points, box: Box) -> Float[Tensor, "2 batch dim"]:
    """Return the corners of a box around each minimum on which the landscape is convex.

    Raises
    ------
    ValueError
        If there is none: the Hessian has an eigenvalue that is not positive.
    """
    reach = FIRST * (box[1] - box[0])
    factors = torch.zeros(len(minima), dtype=torch.float64)
    factor = 1.0
    for _ in range(HALVINGS):
        rows = (factors == 0).nonzero().flatten()
        if not len(rows):
            break
        low = torch.maximum(minima[rows] - factor * reach, box[0])
        high = torch.minimum(minima[rows] + factor * reach, box[1])
        factors[rows[_convex(landscape, low, high)]] = factor
        factor /= 2
    bad = (factors == 0).nonzero().flatten()
    if len(bad):
        raise ValueError(
            f"{tuple(float(f'{x:.6g}') for x in minima[bad[0]])} is no minimum of {landscape!r} "
            "with a positive Hessian, row "
            f"{int(bad[0])}; pass the minima that `find_minima` or `critical_points` found, and "
            "`perturb` degenerate ones"
        )
    wide = factors[:, None] * reach
    return torch.stack([torch.maximum(minima - wide, box[0]), torch.minimum(minima + wide, box[1])])


def _convex(landscape: Landscape, low: Tensor, high: Tensor) -> Tensor:
    """Whether the Hessian is positive on each box."""
    dim = landscape.dim
    count = NODES[dim]
    grid = torch.cartesian_prod(*[nodes(count, low)] * dim).reshape(-1, dim)
    points = (high + low)[:, None] / 2 + (high - low)[:, None] / 2 * grid
    hessians = landscape.hessian(points.flatten(0, 1)).detach()
    finite = hessians.isfinite().reshape(len(low), -1).all(1)
    values = hessians.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
    values = values.reshape(len(low), len(grid), dim * dim).mT
    series = coefficients(values.reshape(len(low), dim * dim, *[count] * dim))
    middle = series.flatten(2)[..., 0].reshape(-1, dim, dim)
    tails = sum(
        series.narrow(axis + 2, count - LAST, LAST).abs().flatten(2).sum(2) for axis in range(dim)
    )
    varies = series.flatten(2).abs()[..., 1:].sum(2) + SAFETY * tails
    # no matrix is further from the middle than the norm of what varies
    most = torch.linalg.matrix_norm(varies.reshape(-1, dim, dim))
    return finite & (torch.linalg.eigvalsh(middle)[:, 0] > most)
