"""Noisy gradient descent on the line: what one step does, and how hot it is.

The one idea: a step of length `lr` with noise of variance V in the gradient is one of a diffusion
at temperature `lr V / 2`. Gaussian noise has one temperature; that of a mini-batch depends on how
much the parts of the sum disagree at a point.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from morseloss.escape.noise.valley import curve_of
from morseloss.landscapes.polynomial import Polynomial

__all__ = ["BatchDescent", "Descent", "GaussianDescent"]

Numbers = Float[np.ndarray, " n"]


@dataclass(frozen=True)
class GaussianDescent:
    """Gradient descent with Gaussian noise: `x <- x - lr (p'(x) + sigma xi)`.

    Parameters
    ----------
    landscape : Polynomial
        The p, in one variable.
    lr : float
        The learning rate, positive; times a curvature it has no unit.
    sigma : float
        Standard deviation of the noise in the gradient, positive, [value]/[point].

    Raises
    ------
    ValueError
        If the landscape has not one variable, or a number is not positive.

    Examples
    --------
    >>> import morseloss as ml
    >>> from morseloss.escape.noise.noisy_descent import GaussianDescent
    >>> GaussianDescent(ml.Polynomial({4: 1.0, 2: -2.0, 1: 0.3}), lr=0.01, sigma=4.0).temperature
    0.08
    """

    landscape: Polynomial
    lr: float
    sigma: float

    def __post_init__(self):
        curve_of(self.landscape)
        _check_positive("lr", self.lr)
        _check_positive("sigma", self.sigma)

    @property
    def temperature(self) -> float:
        """Temperature `lr sigma^2 / 2` of the diffusion that the descent approaches, [value]."""
        return self.lr * self.sigma**2 / 2

    @property
    def silences(self) -> Numbers:
        """Points without noise: none."""
        return np.empty(0)

    def temperatures(self, points: Numbers) -> Numbers:
        """Return the temperature at each point, here the same everywhere."""
        return np.full(np.shape(points), self.temperature)


@dataclass(frozen=True)
class BatchDescent:
    """Stochastic gradient descent on a finite sum: each step uses a batch of its terms.

    The landscape is the mean of the parts. The batch is drawn anew at each step, without repeats,
    all batches alike.

    Parameters
    ----------
    parts : sequence of Polynomial
        The terms of the sum, in one variable.
    lr : float
        The learning rate, positive.
    batch : int
        How many parts a step uses, from 1 to all.

    Raises
    ------
    ValueError
        If there are no parts, one has not one variable, `lr` is not positive, or the batch is
        empty or larger than the sum.

    Examples
    --------
    >>> import morseloss as ml
    >>> from morseloss.escape.noise.noisy_descent import BatchDescent
    >>> parts = [ml.Polynomial({4: 1.0, 2: -2.0, 1: 0.3 + tilt}) for tilt in (-4.0, 0.0, 4.0)]
    >>> BatchDescent(parts, lr=0.01, batch=1).landscape
    Polynomial(x0^4 - 2 x0^2 + 0.3 x0)
    """

    parts: tuple[Polynomial, ...]
    lr: float
    batch: int

    def __init__(self, parts: Sequence[Polynomial], lr: float, batch: int) -> None:
        for name, given in (("parts", tuple(parts)), ("lr", lr), ("batch", batch)):
            object.__setattr__(self, name, given)
        if not self.parts:
            raise ValueError("`parts` must hold at least one polynomial, got none")
        for part in self.parts:
            curve_of(part)
        _check_positive("lr", lr)
        if not 1 <= batch <= len(self.parts) or batch != int(batch):
            raise ValueError(
                f"`batch` must be an integer from 1 to the number of parts, {len(self.parts)}, "
                f"got {batch}"
            )

    @cached_property
    def landscape(self) -> Polynomial:
        """The mean of the parts."""
        terms: dict[int, float] = {}
        for part in self.parts:
            for (power,), number in part.terms.items():
                terms[power] = terms.get(power, 0.0) + number
        return Polynomial({power: total / len(self.parts) for power, total in terms.items()})

    @cached_property
    def slopes(self) -> Float[np.ndarray, "parts powers"]:
        """Coefficients of the derivative of each part, the highest power first."""
        rows = [curve_of(part).deriv().coef[::-1] for part in self.parts]
        width = max(map(len, rows))
        return np.array([np.pad(row, (width - len(row), 0)) for row in rows])

    def gradients(self, points: Numbers) -> Float[np.ndarray, "parts n"]:
        """Return the derivative of each part at each point, [value]/[point]."""
        return np.array([np.polyval(slope, points) for slope in self.slopes])

    @cached_property
    def silences(self) -> Numbers:
        """Points where all parts have the same gradient, so that there is no noise.

        With a batch of all parts, or parts that differ by constants, that is everywhere and no
        point is listed.
        """
        gaps = self.slopes - self.slopes.mean(axis=0)
        largest = gaps[np.abs(gaps).max(axis=1).argmax()]
        roots = np.roots(np.trim_zeros(largest, "f"))
        real = np.real(roots)[np.abs(np.imag(roots)) <= 1e-7 * (1 + np.abs(roots))]
        here = np.array([np.polyval(gap, real) for gap in gaps])
        size = np.abs(gaps).max() * (1 + np.abs(real)) ** gaps.shape[1]
        return np.sort(real[(np.abs(here) <= 1e-7 * size).all(axis=0)])

    def temperatures(self, points: Numbers) -> Numbers:
        """Return half the learning rate times the variance of the gradient at each point, [value].

        The variance is that of the mean of a batch drawn without repeats.
        """
        parts, batch = len(self.parts), self.batch
        if batch == parts:
            return np.zeros(np.shape(points))
        share = (parts - batch) / (batch * (parts - 1))
        return self.lr / 2 * share * self.gradients(points).var(axis=0)


Descent = GaussianDescent | BatchDescent
"""Either of the two: both have `landscape`, `lr`, `silences` and `temperatures(points)`."""


def _check_positive(name: str, number: float) -> None:
    if not 0 < number < math.inf:
        raise ValueError(f"`{name}` must be positive and finite, got {number}")
