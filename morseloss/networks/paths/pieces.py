"""Pieces of ways: short curves between low points, trained, looked at, and descended from.

The one idea: whatever is done to a piece says what it cost, in gradients on all images.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points
from morseloss.landscapes.wrappers import Counted
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.network_heights import network_heights
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.training.convergence import converge
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.search.paths.curve import Bezier, Paths
from morseloss.search.paths.find_paths import find_paths
from morseloss.search.paths.height import Heights

__all__ = ["CURVE", "Pieces", "along", "descended", "swept", "tops"]

CURVE = Bezier()
LOOKS = 33  # points on a piece at which its height is looked for, before closing in
CLOSING = 8  # steps of closing in

Pieces = Float[Tensor, "pieces controls dim"]


def along(pieces: Pieces) -> Paths:
    """Return pieces as paths."""
    return Paths(pieces, CURVE, torch.zeros(len(pieces), dtype=torch.long))


def swept(
    landscape: NetworkLandscape,
    starts: Points,
    ends: Points,
    *,
    bends: int,
    steps: int,
    size: int,
    generator: torch.Generator,
) -> tuple[Pieces, float]:
    """Return pieces between points, trained on mini-batches in single precision, and their cost."""
    size = min(size, len(landscape))
    paths = find_paths(
        landscape.batches(size, generator=generator),
        starts.float(), ends.float(), SweptCurve(bends=bends, steps=steps),
        generator=generator, max_steps=steps,
    )  # fmt: skip
    controls = paths.controls.to(starts)
    controls[:, 0], controls[:, -1] = starts, ends
    return controls, len(controls) * steps * size / len(landscape)


def descended(landscape: NetworkLandscape, points: Points, steps: int) -> tuple[Points, float]:
    """Return points descended on all images, so many gradients each, and what that cost."""
    found = converge(landscape, points, LBFGS(ftol=0.0), max_steps=steps)
    return found.points, float(found.steps.sum())


def tops(landscape: NetworkLandscape, pieces: Pieces) -> tuple[Heights, float]:
    """Return the highest points of pieces on all images, and what the looks cost."""
    counted = Counted(landscape)
    found = network_heights(counted, along(pieces), points=LOOKS, closing=CLOSING)
    return found, counted.values / 3
