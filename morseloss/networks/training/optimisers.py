"""Optimisers of many networks at once: `Adam` and `Momentum`.

The one idea: both work number by number, so one call on all rows is exactly each network trained
alone. Points and memory are changed in place and the gradients serve as scratch: nothing else is
allocated.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from morseloss._shapes import Gradients, Points
from morseloss.search.adam import Decays, move, remember

__all__ = ["Adam", "Memory", "Momentum", "Optimiser"]

Memory = dict[str, Tensor]
"""What an optimiser remembers from step to step: tensors of shape (batch, dim) by name."""


@runtime_checkable
class Optimiser(Protocol):
    """One step of many networks, in place."""

    def init(self, points: Points) -> Memory:
        """Return the memory before the first step."""
        ...

    def step(
        self, points: Points, gradients: Gradients, memory: Memory, rate: float, count: int
    ) -> None:
        """Move the points at a learning rate; memory is updated, gradients are used up.

        `count` is the number of steps before this one.
        """
        ...


@dataclass(frozen=True)
class Adam:
    """Adam, as torch has it.

    Parameters
    ----------
    mean_decay, square_decay : float
        Decay of the running means of the gradients and of their squares, in [0, 1).
    epsilon : float
        Added to the root of the squares, [value]/[point].

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    Kingma and Ba, "Adam: a method for stochastic optimization", 2015, Algorithm 1.

    Examples
    --------
    >>> import torch
    >>> from morseloss.networks.training.optimisers import Adam
    >>> points = torch.ones(3, 2)
    >>> memory = Adam().init(points)
    >>> Adam().step(points, torch.ones(3, 2), memory, rate=0.1, count=0)
    >>> points[0]
    tensor([0.9000, 0.9000])
    """

    mean_decay: float = 0.9
    square_decay: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        decays = (self.mean_decay, self.square_decay)
        if not (all(0 <= decay < 1 for decay in decays) and self.epsilon > 0):
            raise ValueError(
                "`mean_decay` and `square_decay` must be in [0, 1) and `epsilon` positive, got "
                f"{self}"
            )

    def init(self, points: Points) -> Memory:
        """Return running means of zero."""
        return {"means": torch.zeros_like(points), "squares": torch.zeros_like(points)}

    def step(
        self, points: Points, gradients: Gradients, memory: Memory, rate: float, count: int
    ) -> None:
        """Move the points by one step of Adam, in place; the gradients are used up."""
        means, squares = memory["means"], memory["squares"]
        decays = Decays(self.mean_decay, self.square_decay)
        remember(gradients, means, squares, decays)
        move(
            points, means, squares, gradients,
            rates=rate, counts=count + 1, decays=decays, floor=self.epsilon,
        )  # fmt: skip


@dataclass(frozen=True)
class Momentum:
    """Stochastic gradient descent with momentum, as torch has it.

    Parameters
    ----------
    momentum : float
        In [0, 1); 0 is plain descent.
    nesterov : bool
        Look ahead by one momentum step.

    Raises
    ------
    ValueError
        If the momentum is out of its range.

    References
    ----------
    Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.

    Examples
    --------
    >>> import torch
    >>> from morseloss.networks.training.optimisers import Momentum
    >>> points = torch.ones(3, 2)
    >>> memory = Momentum().init(points)
    >>> for count in range(2):
    ...     Momentum(0.5).step(points, torch.ones(3, 2), memory, 0.1, count)
    >>> points[0]
    tensor([0.7500, 0.7500])
    """

    momentum: float = 0.9
    nesterov: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.momentum < 1:
            raise ValueError(f"`momentum` must be in [0, 1), got {self.momentum}")

    def init(self, points: Points) -> Memory:
        """Return a velocity of zero."""
        return {"velocity": torch.zeros_like(points)}

    def step(
        self, points: Points, gradients: Gradients, memory: Memory, rate: float, count: int
    ) -> None:
        """Move the points by one step, in place; the gradients are used up."""
        velocity = memory["velocity"].mul_(self.momentum).add_(gradients)
        move = gradients.add_(velocity, alpha=self.momentum) if self.nesterov else velocity
        points.add_(move, alpha=-rate)
