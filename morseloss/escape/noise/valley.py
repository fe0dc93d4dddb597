"""`valley`: what surrounds a minimum of a polynomial in one variable until a lower place is met.

The one idea: Definition 1 of the paper asks for a path from the minimum to a point of lower value.
On the line there are two such paths, one to each side, so the interval between the first lower
points holds all that an escape can depend on.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from morseloss.escape.series import SAME_VALUE, without_twins
from morseloss.landscapes.polynomial import Polynomial

__all__ = ["Valley", "curve_of", "turns", "valley"]

SAME_PLACE = 1e-12  # of 1 and the size of a point: what is closer to a maximum starts on it


@dataclass(frozen=True)
class Valley:
    """A local minimum on the line, the pass out of it, and the first lower points on both sides.

    Attributes
    ----------
    minimum, value : float
        Where the minimum is, and the value there: the birth of its bar.
    saddle, height : float
        Where the lowest way to a lower point is highest, and the value there: the death of the bar.
    left, right : float
        Between them no point is lower than the minimum; `-inf` or `inf` where no lower point
        lies on that side.
    """

    minimum: float
    value: float
    saddle: float
    height: float
    left: float
    right: float

    @property
    def length(self) -> float:
        """Length of the bar, [value]: what any path to a lower point has to climb."""
        return self.height - self.value

    def holds(self, points: Float[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
        """Return which points lie between the first lower points."""
        return (self.left < points) & (points < self.right)

    def __repr__(self) -> str:
        return (
            f"Valley(minimum {self.minimum:.4g} and saddle {self.saddle:.4g} in "
            f"({self.left:.4g}, {self.right:.4g}), length {self.length:.4g})"
        )


def valley(landscape: Polynomial, start: float) -> Valley:
    """Return the valley of the minimum to which gradient flow leads from a point.

    Parameters
    ----------
    landscape : Polynomial
        In one variable.
    start : float
        A point in the basin of the minimum.

    Raises
    ------
    ValueError
        If the landscape has not one variable, the start is not in the basin of a minimum, or
        no point is lower than that minimum.

    References
    ----------
    Barannikov et al., Loss barcode, Definition 1.

    Examples
    --------
    >>> import morseloss as ml
    >>> from morseloss.escape.noise.valley import valley
    >>> valley(ml.Polynomial({4: 1.0, 2: -2.0, 1: 0.3}), 0.9)
    Valley(minimum 0.9601 and saddle 0.07543 in (-0.5649, inf), length 0.7171)
    """
    curve = curve_of(landscape)
    if not math.isfinite(start):
        raise ValueError(f"`start` must be finite, got {start}")
    stops = turns(curve)
    curvature = curve.deriv(2)(stops)
    inside = int(np.searchsorted(stops, start))
    near = [k for k in (inside - 1, inside) if 0 <= k < len(stops) and curvature[k] > 0]
    there = np.abs(stops - start) <= SAME_PLACE * (1 + abs(start))
    level = bool((there & (curvature <= 0)).any())
    if not near or level:
        raise ValueError(
            f"`start` must lie in the basin of a minimum of {landscape!r}, got {start:g}; "
            f"its critical points are {np.round(stops, 4).tolist()}"
        )
    minimum = float(stops[min(near, key=lambda k: abs(stops[k] - start))])
    sides = [_lower(curve, stops, minimum, way) for way in (-1, 1)]
    (left, first), (right, second) = sides
    tops = np.nan_to_num(curve(np.array([first, second])), nan=math.inf)
    slack = SAME_VALUE * (tops.min() - curve(minimum)) if np.isfinite(tops).any() else 0.0
    saddle = first if tops[0] <= tops[1] + slack and np.isfinite(tops[0]) else second
    if math.isnan(saddle):
        raise ValueError(
            f"no point of {landscape!r} is lower than the minimum at {minimum:.4g}, so nothing "
            "can be escaped to; start in the basin of another minimum"
        )
    value, height = float(curve(minimum)), float(curve(saddle))
    return Valley(minimum, value, saddle, height, left, right)


def curve_of(landscape: Polynomial) -> np.polynomial.Polynomial:
    """Return a polynomial in one variable as numpy's, which knows its roots.

    Raises
    ------
    ValueError
        If it is not a `Polynomial`, or not in one variable.
    """
    if not isinstance(landscape, Polynomial) or landscape.dim != 1:
        raise ValueError(
            f"expected a `Polynomial` in one variable, got {landscape!r}; restrict it to a line"
        )
    coefficients = np.zeros(landscape.degree + 1)
    for (power,), number in landscape.terms.items():
        coefficients[power] = number
    return np.polynomial.Polynomial(coefficients)


def turns(curve: np.polynomial.Polynomial) -> Float[np.ndarray, " turns"]:
    """Return the minima and maxima in order, after one step of Newton's method."""
    slope, curvature = curve.deriv(), curve.deriv(2)
    if not slope.trim().degree():
        return np.empty(0)
    roots = np.polynomial.polynomial.polyroots(slope.trim().coef)
    real = np.sort(np.real(roots)[np.abs(np.imag(roots)) <= 1e-9 * (1 + np.abs(roots))])
    real = without_twins(real[None])[0]
    real = real[np.isfinite(real)]
    bend = curvature(real)
    return real - np.divide(slope(real), bend, out=np.zeros_like(real), where=bend != 0)


def _lower(
    curve: np.polynomial.Polynomial, stops: np.ndarray, minimum: float, way: int
) -> tuple[float, float]:
    """First point on one side that is lower than the minimum, and the highest on the way there."""
    ahead = stops[stops * way > minimum * way][::way]
    value = curve(minimum)
    scale = SAME_VALUE * np.abs(curve(stops) - value).max(initial=1e-300)
    lower = np.flatnonzero(curve(ahead) < value - scale)
    end = ahead[lower[0]] if len(lower) else _falling_end(curve, ahead, value, way)
    if math.isnan(end):
        return way * math.inf, math.nan
    passed = ahead[ahead * way < end * way]
    heights = curve(passed)
    top = float(passed[np.argmax(heights >= heights.max() - scale)])  # the first of equal ones
    above, below = float(passed[-1]), float(end)
    while above != (middle := (above + below) / 2) != below:
        above, below = (middle, below) if curve(middle) >= value else (above, middle)
    return below, top


def _falling_end(
    curve: np.polynomial.Polynomial, ahead: np.ndarray, value: float, way: int
) -> float:
    """A lower point beyond the last critical point, `nan` where the curve rises there."""
    if not len(ahead) or curve.deriv(2)(ahead[-1]) >= 0:
        return math.nan
    reach = 1.0
    while curve(ahead[-1] + way * reach) >= value:
        reach *= 2
    return float(ahead[-1] + way * reach)
