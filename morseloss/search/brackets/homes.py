"""Boxes around minima in which nothing is lower: the landscape is convex there.

The one idea: the series of the Hessian on a box says how much it varies there; where that is less
than its least eigenvalue in the middle, the landscape is convex on the box, and a point without
slope is the lowest of it.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morseloss._shapes import Points
from morseloss.landscapes.landscape import Box, Landscape
from morseloss.search.brackets.variation import variation

__all__ = ["homes"]

FIRST = 0.25  # of the box
HALVINGS = 30


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


def _convex(
    landscape: Landscape, low: Float[Tensor, "rows dim"], high: Float[Tensor, "rows dim"]
) -> Bool[Tensor, " rows"]:
    """Whether the Hessian is positive on each box."""
    middle, change, finite = variation(landscape, low, high)
    # no matrix is further from the middle than the norm of what may be added
    return finite & (torch.linalg.eigvalsh(middle)[:, 0] > torch.linalg.matrix_norm(change))
