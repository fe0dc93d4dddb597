"""`dense`: the fully connected networks that claims and benchmarks train."""

from collections.abc import Callable
from itertools import pairwise

from torch import nn

__all__ = ["dense"]


def dense(
    inputs: int,
    depth: int = 2,
    width: int = 32,
    activation: Callable[[], nn.Module] = nn.ReLU,
    *,
    normalised: bool = False,
) -> nn.Sequential:
    """Return a network with so many hidden layers, for ten classes; batch-normalised or not."""
    sizes = [inputs, *([width] * depth)]
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), *[nn.BatchNorm1d(after)] * normalised, activation()]
    return nn.Sequential(*layers, nn.Linear(width, 10))
