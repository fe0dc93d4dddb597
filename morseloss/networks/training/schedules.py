"""Schedules of the learning rate: `Constant`, `Cosine`, `Cyclical` and the paper's `Ramp`.

The one idea: a schedule is a small value that tells the rate of a step, counted in mini-batches,
from the number of mini-batches in an epoch. Lengths are given in epochs.
"""

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

__all__ = ["Constant", "Cosine", "Cyclical", "Ramp", "Schedule"]


@runtime_checkable
class Schedule(Protocol):
    """The learning rate as a function of the step."""

    def rate(self, step: int, per_epoch: int) -> float:
        """Return the rate of a step, counted from 0, with `per_epoch` steps in an epoch."""
        ...


@dataclass(frozen=True)
class Constant:
    """The same rate all the time.

    Parameters
    ----------
    highest : float

    Raises
    ------
    ValueError
        If the rate is not positive.
    """

    highest: float

    def __post_init__(self) -> None:
        _check_rates(self.highest, self.highest)

    def rate(self, step: int, per_epoch: int) -> float:
        """Return the rate."""
        return self.highest


@dataclass(frozen=True)
class Cosine:
    """From the highest rate down to the lowest along half a cosine, and there it stays.

    Parameters
    ----------
    highest : float
    epochs : float
        Length of the way down.
    lowest : float

    Raises
    ------
    ValueError
        If the rates are out of order, or the length is not positive.

    References
    ----------
    Loshchilov and Hutter, "SGDR: Stochastic gradient descent with warm restarts", 2017, equation 5.

    Examples
    --------
    >>> from morseloss.networks.training.schedules import Cosine
    >>> [round(Cosine(0.1, epochs=2).rate(step, 10), 3) for step in (0, 10, 20, 30)]
    [0.1, 0.05, 0.0, 0.0]
    """

    highest: float
    epochs: float
    lowest: float = 0.0

    def __post_init__(self) -> None:
        _check_rates(self.lowest, self.highest)
        _check_length("epochs", self.epochs)

    def rate(self, step: int, per_epoch: int) -> float:
        """Return the rate of a step, counted from 0."""
        done = min(step / (self.epochs * per_epoch), 1.0)
        return self.lowest + (self.highest - self.lowest) * (1 + math.cos(math.pi * done)) / 2


@dataclass(frozen=True)
class Cyclical:
    """Up from the lowest rate to the highest and down again, in straight lines, over and over.

    Parameters
    ----------
    lowest, highest : float
    half : float
        Length of the way up, and of the way down, in epochs; Smith advises 2 to 10.
    shrink : float
        Each cycle is so many times as high as the one before: 1 is Smith's `triangular`, 1/2 his
        `triangular2`.

    Raises
    ------
    ValueError
        If the rates are out of order, the length is not positive, or `shrink` is not in (0, 1].

    References
    ----------
    Smith, "Cyclical learning rates for training neural networks", 2017, section 3.

    Examples
    --------
    >>> from morseloss.networks.training.schedules import Cyclical
    >>> cycle = Cyclical(lowest=0.0, highest=0.1, half=2, shrink=0.5)
    >>> [round(cycle.rate(epoch * 10, 10), 3) for epoch in range(8)]
    [0.0, 0.05, 0.1, 0.05, 0.0, 0.025, 0.05, 0.025]
    """

    lowest: float
    highest: float
    half: float
    shrink: float = 1.0

    def __post_init__(self) -> None:
        _check_rates(self.lowest, self.highest)
        _check_length("half", self.half)
        if not 0 < self.shrink <= 1:
            raise ValueError(f"`shrink` must be above 0 and at most 1, got {self.shrink}")

    def rate(self, step: int, per_epoch: int) -> float:
        """Return the rate of a step, counted from 0."""
        cycle, place = divmod(step / (self.half * per_epoch), 2)
        height = (self.highest - self.lowest) * self.shrink**cycle
        return self.lowest + height * (1 - abs(place - 1))


@dataclass(frozen=True)
class Ramp:
    """The paper's S(m1, m2, lr_max, lr_min): the highest rate, a straight way down, the lowest.

    Parameters
    ----------
    first, last : float
        m1 and m2: the epochs at which the way down begins and ends.
    highest, lowest : float

    Raises
    ------
    ValueError
        If rates or epochs are out of order.

    References
    ----------
    Barannikov et al., Loss barcode, Appendix F; its CIFAR10 runs have S(10, 80, 1e-2, 1e-4).

    Examples
    --------
    >>> from morseloss.networks.training.schedules import Ramp
    >>> ramp = Ramp(1, 3, highest=0.3, lowest=0.1)
    >>> [round(ramp.rate(epoch * 10, 10), 3) for epoch in range(5)]
    [0.3, 0.3, 0.2, 0.1, 0.1]
    """

    first: float
    last: float
    highest: float
    lowest: float

    def __post_init__(self) -> None:
        _check_rates(self.lowest, self.highest)
        if not 0 <= self.first <= self.last < math.inf:
            raise ValueError(
                "`first` must be 0 or more and `last` no earlier, got "
                f"{self.first} and {self.last} epochs"
            )

    def rate(self, step: int, per_epoch: int) -> float:
        """Return the rate of a step, counted from 0."""
        begin, end = self.first * per_epoch, self.last * per_epoch
        if step <= begin:
            return self.highest
        if step >= end:
            return self.lowest
        done = (step - begin) / (end - begin)
        return (1 - done) * self.highest + done * self.lowest


def _check_rates(lowest: float, highest: float | int) -> None:
    if not (0 <= lowest <= highest < math.inf and highest > 0):
        raise ValueError(
            "learning rates must be finite, the highest positive and the lowest between 0 and it, "
            f"got {lowest} and {highest}"
        )


def _check_length(name: str, epochs: float) -> None:
    if not 0 < epochs < math.inf:
        raise ValueError(f"`{name}` must be a positive number of epochs, got {epochs}")
