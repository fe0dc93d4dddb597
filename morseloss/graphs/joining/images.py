"""`strung`: the strings between minima that have images, one for each way from one to the other.

The one idea: on a torus two minima are joined on either side of each circle, and a minimum with
itself around it. A pair stands once for each such way; on R^d there is one.
"""

import itertools
import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from morseloss._shapes import Points
from morseloss.landscapes.spaces.space import EUCLIDEAN, Space

__all__ = ["all_pairs", "strung"]

ONE = 1e-6  # of 1 and the size of points: images closer than this are one
EXACT = "donot_use_mm_for_euclid_dist"


def strung(
    space: Space, points: Points, pairs: Int[Tensor, "pairs 2"]
) -> tuple[Int[Tensor, "strings 2"], Float[Tensor, "strings dim"], Float[Tensor, "strings dim"]]:
    """Return the pair, the start and the end of each string between pairs of points.

    Parameters
    ----------
    space : Space
    points : Tensor, shape (n, dim)
    pairs : Tensor, shape (pairs, 2), int64
        Rows; those of one row twice are joined with images of themselves only.

    Returns
    -------
    pairs : Tensor, shape (strings, 2), int64
    starts, ends : Tensor, shape (strings, dim)
        Each end is an image of the second point of its pair.
    """
    starts, ends = points[pairs[:, 0]], points[pairs[:, 1]]
    images = space.images(starts, ends)
    if len(images) == 1:
        return pairs, starts, images[0]
    pairs, starts = pairs.repeat(len(images), 1), starts.repeat(len(images), 1)
    ends = images.flatten(0, 1)
    somewhere = (starts != ends).any(-1) & _distinct(images).flatten()
    return pairs[somewhere], starts[somewhere], ends[somewhere]


def _distinct(images: Float[Tensor, "images pairs dim"]) -> Bool[Tensor, "images pairs"]:
    """Tell which images are not where an earlier one of the same point is."""
    slack = ONE * (1 + float(images.abs().max())) if images.numel() else 0.0
    near = torch.cdist(images.movedim(1, 0), images.movedim(1, 0), compute_mode=EXACT) <= slack
    return ~near.tril(-1).any(-1).T


def all_pairs(count: int, space: Space = EUCLIDEAN) -> Int[Tensor, "pairs 2"]:
    """Return all pairs of rows below `count`.

    Where a way may lead from a point to an image of itself, it makes a pair with itself.
    """
    every = list(itertools.combinations(range(count), 2))
    if space.girth < math.inf:
        every += [(row, row) for row in range(count)]
    return torch.tensor(every, dtype=torch.long).reshape(-1, 2)
