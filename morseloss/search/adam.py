"""Adam, number by number and in place: what networks and the bends of curves are trained by.

The one idea: two running means decide the move of a number, whatever it belongs to, so rows need
not have one rate nor the same number of steps. Gradients serve as scratch: nothing is allocated.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Decays", "move", "remember"]


@dataclass(frozen=True)
class Decays:
    """What is left of the running means after a step, in [0, 1): of gradients, of their squares."""

    means: float
    squares: float


def remember(gradients: Tensor, means: Tensor, squares: Tensor, decays: Decays) -> None:
    """Take the gradients into the running means of themselves and of their squares."""
    means.lerp_(gradients, 1 - decays.means)
    squares.mul_(decays.squares).addcmul_(gradients, gradients, value=1 - decays.squares)


def move(
    points: Tensor,
    means: Tensor,
    squares: Tensor,
    scratch: Tensor,
    *,
    rates: float | Tensor,
    counts: int | Tensor,
    decays: Decays,
    floor: float | Tensor,
) -> None:
    """Move the points by one step.

    Parameters
    ----------
    points, means, squares : Tensor, of one shape
    scratch : Tensor, of that shape
        Overwritten; the gradients, as a rule.
    rates, counts, floor : number or Tensor that broadcasts to the points
        Learning rates; steps with this one; what is added to the root of the squares, positive. A
        rate of 0 moves nothing, whatever the squares.
    decays : Decays
        As `remember` had them.

    References
    ----------
    Kingma and Ba, "Adam: a method for stochastic optimization", 2015, Algorithm 1.
    """
    steps = torch.as_tensor(counts, dtype=torch.float64)
    bias = (1 - decays.squares**steps).sqrt()
    scale = torch.as_tensor(rates, dtype=steps.dtype) * bias / (1 - decays.means**steps)
    root = torch.sqrt(squares, out=scratch)
    root.add_((floor * bias).to(root.dtype)).div_(scale.to(root.dtype))
    points.addcdiv_(means, root, value=-1)
