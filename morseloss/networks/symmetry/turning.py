"""`turned`: copies of networks whose straight lines to a reference are low.

The one idea: near is not yet low. Rotations, invertible matrices and factors move smoothly, so the
loss on the line itself can be gone down; orders of units stay as they were matched.
"""

from dataclasses import dataclass
from math import cos, pi

import torch

from morseloss._shapes import Points, SomePoints, Values
from morseloss.landscapes.landscape import check_points
from morseloss.networks.loss.network_landscape import Batches, NetworkLandscape
from morseloss.networks.symmetry.matching.freedom import freedom
from morseloss.networks.symmetry.matching.turns import Turns, turns_of
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.search.adam import Decays, move, remember

__all__ = ["Turning", "turned"]

DECAYS, FLOOR = Decays(0.9, 0.999), 1e-10  # of Adam
LOOKS = (0.25, 0.5, 0.75)  # where on the line it is seen whether it became lower


@dataclass(frozen=True)
class Turning:
    """How long and how fast networks are turned.

    Parameters
    ----------
    steps : int
        Gradients on mini-batches, each at one random time of the line.
    rate : float
        Learning rate of Adam at the first step, in radians and in logarithms of factors; it falls
        to 0 along a cosine.
    size : int
        Images in a mini-batch.

    Raises
    ------
    ValueError
        If a number is not positive.
    """

    steps: int = 500
    rate: float = 3e-3
    size: int = 32

    def __post_init__(self) -> None:
        if min(self.steps, self.size) < 1 or not self.rate > 0:
            raise ValueError(f"`steps`, `rate` and `size` must be positive, got {self}")


def turned(
    landscape: NetworkLandscape,
    reference: SomePoints,
    points: Points,
    turning: Turning = Turning(),
    *,
    symmetry: Symmetry | None = None,
    generator: torch.Generator,
) -> Points:
    """Return copies of networks, of the same loss, whose lines to the reference are low.

    Parameters
    ----------
    landscape : NetworkLandscape
    reference : Tensor, shape (1, dim) or (batch, dim)
    points : Tensor, shape (batch, dim)
        Aligned before (`align`, `universe`): orders of units stay as they are.
    turning : Turning
    symmetry : Symmetry, optional
        By default what `symmetry_of` finds.
    generator : torch.Generator
        Draws mini-batches and times.

    Returns
    -------
    Tensor, shape (batch, dim)
        A row whose line did not become lower, in the mean of three times on all images, is returned
        as it was.

    Raises
    ------
    ValueError
        If shapes do not fit, or nothing can be turned: with weight decay, or where units can be
        exchanged only.

    References
    ----------
    Theus et al., "Generalized linear mode connectivity for transformers", 2025, section 4 (learned
    matching).

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape, Turning, turned
    >>> module = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> x, y = torch.randn(20, 4), torch.arange(20) % 2
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y)
    >>> generator = torch.Generator().manual_seed(0)
    >>> points = torch.randn(2, land.dim, generator=generator)
    >>> copy = turned(land, points[:1], points[1:], Turning(20, size=10), generator=generator)
    >>> bool(land.value((points[:1] + copy) / 2) <= land.value(points.mean(0, keepdim=True)))
    True
    """
    check_points(landscape, points, "points")
    check_points(landscape, reference, "reference")
    if len(reference) not in (1, len(points)) or reference.dtype != points.dtype:
        raise ValueError(
            f"`reference` must have 1 or {len(points)} rows of the dtype of `points`, "
            f"{points.dtype}; got {len(reference)} rows of {reference.dtype}"
        )
    found = freedom(landscape, symmetry)
    if not (found.mixings or found.scalings):
        raise ValueError(
            "nothing can be turned: units of this landscape can be exchanged only"
            f"{', as its weight decay tells other copies apart' * bool(landscape.weight_decay)}; "
            "keep the copies that `align` or `universe` found"
        )
    reference = reference.expand_as(points)
    batches = landscape.batches(turning.size, generator=generator)
    other = _descended(batches, reference, turns_of(found, points), turning, generator)
    lower = _on_lines(landscape, reference, other) < _on_lines(landscape, reference, points)
    return torch.where(lower[:, None], other, points)


def _descended(
    batches: Batches, reference: Points, turns: Turns, turning: Turning, generator: torch.Generator
) -> Points:
    """Go down by Adam in the turns, at random times of the lines."""
    means, squares = [], []
    for step in range(turning.steps):
        mixed = turns.mixed
        copies = turns.scaled(mixed)
        times = torch.rand(len(copies), 1, generator=generator).to(copies)
        _, gradients = batches.value_and_gradient(reference + times * (copies - reference))
        slopes = [s.contiguous() for s in turns.slopes(mixed, copies, times * gradients)]
        if not step:
            means, squares = ([torch.zeros_like(slope) for slope in slopes] for _ in range(2))
        rate = turning.rate * (1 + cos(pi * step / turning.steps)) / 2
        steps = [torch.zeros_like(slope) for slope in slopes]
        for one, mean, square, slope in zip(steps, means, squares, slopes, strict=True):
            remember(slope, mean, square, DECAYS)
            move(one, mean, square, slope, rates=rate, counts=step + 1, decays=DECAYS, floor=FLOOR)
        turns = turns.moved(steps)
    return turns.scaled(turns.mixed)


def _on_lines(landscape: NetworkLandscape, reference: Points, points: Points) -> Values:
    """Mean losses on the lines, on all images; of what is not finite, infinite."""
    values = [landscape.value(reference + time * (points - reference)) for time in LOOKS]
    return torch.stack(values).mean(0).nan_to_num(torch.inf)
