"""What it costs to match bars, right at any scale, and how costs add up to a distance.

The one idea: numbers are divided by a power of two before they are squared, or raised to a power,
and multiplied by it afterwards. That is exact, so nothing overflows or drowns on the way, and bars
scaled by a power of two have a distance scaled by it, to the bit.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.diagram import Metric, to_diagonal
from morseloss.topology.distances.sides import Side

__all__ = ["Costs", "Unit", "alone", "costs_of", "essential_costs", "norm", "paid", "unit_near"]

LEAST, MOST = 2.0**-480, 2.0**500  # costs whose squares neither drown nor overflow


class Costs(NamedTuple):
    """Costs of the bars that end; `inf` stands for a cost above 1.8e308.

    Attributes
    ----------
    between : ndarray, shape (n, m)
        Of each bar of the first barcode with each one of the second.
    a_down, b_down : ndarray, shape (n,) and (m,)
        Of each bar with the diagonal.
    """

    between: Float[np.ndarray, "n m"]
    a_down: Float[np.ndarray, " n"]
    b_down: Float[np.ndarray, " m"]


class Unit(NamedTuple):
    """A unit in which costs are of the size of 1: `mantissa * 2**exponent`, also above 1.8e308."""

    mantissa: float
    exponent: int

    def divide(self, costs: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return the costs in this unit."""
        if abs(self.exponent) < 1000:
            costs = costs * 2.0**-self.exponent  # the same as `ldexp`, and faster
        else:
            costs = np.ldexp(costs, -self.exponent)
        return costs if self.mantissa == 1 else costs / self.mantissa

    def multiply(self, number: float) -> float:
        """Return what so many units are; `inf` if that is above 1.8e308."""
        with np.errstate(over="ignore"):
            return float(np.ldexp(number * self.mantissa, self.exponent))


def costs_of(a: Side, b: Side, metric: Metric) -> Costs:
    """Return the costs of all pairs of bars that end.

    Parameters
    ----------
    a, b : Side
        The barcodes.
    metric : {"euclidean", "chebyshev"}
        Metric of the birth-death plane.

    Raises
    ------
    ValueError
        If the metric is neither of the two.
    """
    a_down, b_down = (to_diagonal(side.points[:, 0], side.points[:, 1], metric) for side in (a, b))
    from scipy.spatial.distance import cdist

    between = cdist(a.points, b.points, metric)
    if metric == "euclidean" and between.size:
        if not (LEAST <= between.min() and between.max() <= MOST):
            rows, columns = np.nonzero(~((between >= LEAST) & (between <= MOST)))
            between[rows, columns] = _lengths(a.points[rows], b.points[columns])
    return Costs(between, a_down, b_down)


def alone(costs: Costs, partners: Int[np.ndarray, " n"]) -> tuple[np.ndarray, np.ndarray]:
    """Return masks of the bars of `a` and of `b` that go to the diagonal.

    Parameters
    ----------
    costs : Costs
        Of the bars that end.
    partners : ndarray, shape (n,)
        For each bar of `a` the place of its partner in `b`, -1 for the diagonal.
    """
    a_alone, b_alone = partners < 0, np.ones(len(costs.b_down), bool)
    b_alone[partners[~a_alone]] = False
    return a_alone, b_alone


def paid(costs: Costs, partners: Int[np.ndarray, " n"]) -> Float[np.ndarray, " k"]:
    """Return what a matching costs: of its pairs, then of the bars of `a` and of `b` left alone.

    Examples
    --------
    >>> paid(Costs(np.array([[1.0]]), np.array([4.0]), np.array([3.0])), np.array([-1]))
    array([4., 3.])
    """
    a_alone, b_alone = alone(costs, partners)
    pairs = costs.between[~a_alone, partners[~a_alone]]
    return np.concatenate([pairs, costs.a_down[a_alone], costs.b_down[b_alone]])


def essential_costs(a: Side, b: Side) -> Float[np.ndarray, " e"]:
    """Return the costs of essential bars, matched by order of births; `inf` for those left over."""
    common = min(len(a.essential_births), len(b.essential_births))
    left_over = max(len(a.essential_births), len(b.essential_births)) - common
    with np.errstate(over="ignore"):
        costs = np.abs(a.essential_births[:common] - b.essential_births[:common])
    return np.append(costs, np.full(left_over, np.inf))


def unit_near(scale: float, order: float) -> Unit:
    """Return a unit in which to raise costs of this scale to a power.

    Up to squares it is the next power of two, which keeps whole numbers whole. Of higher powers it
    is the scale itself, or all of them would drown.

    Examples
    --------
    >>> unit_near(3.0, 1.0), unit_near(3.0, 50.0)
    (Unit(mantissa=1.0, exponent=2), Unit(mantissa=0.75, exponent=2))
    """
    mantissa, exponent = np.frexp(scale)
    return Unit(1.0 if order <= 2 else float(mantissa), int(exponent))


def norm(costs: Float[np.ndarray, " k"], order: float) -> float:
    """Return the norm of costs, `inf` if it is above 1.8e308; the largest of them if `order` is.

    Examples
    --------
    >>> norm(np.array([3e200, 4e200]), 1.0)
    7e+200
    """
    largest = float(costs.max(initial=0.0))
    if np.isinf(order) or largest == 0 or np.isinf(largest):
        return largest
    unit = unit_near(largest, order)
    return unit.multiply(float(np.linalg.norm(unit.divide(costs), order)))


def _lengths(starts, ends):
    """Return the Euclidean distances of points, by squares that neither drown nor overflow."""
    with np.errstate(over="ignore"):
        steps = np.abs(starts - ends)
        exponents = np.frexp(steps.max(axis=1, initial=0.0))[1]
        scaled = np.ldexp(steps, -exponents[:, None])
        return np.ldexp(np.sqrt((scaled**2).sum(axis=1)), exponents)
