"""Kramers' law: the mean escape time of noisy descent from the bar of its minimum.

The one idea: where noise has temperature T(x), walks see the potential `Phi' = p' / T`, and only
its rise over the pass counts. At one temperature that is the length of the bar over T. A finite sum
is not hot everywhere alike, and then the length alone does not tell. Logarithms throughout, since
escape times overflow.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from morseloss.escape.noise.noisy_descent import BatchDescent, Descent, GaussianDescent
from morseloss.escape.noise.valley import curve_of, turns, valley

__all__ = ["KramersLine", "action", "barrier", "kramers_line", "log_kramers_steps", "pull"]

PANELS, ORDER = 24, 16  # Gauss-Legendre nodes between two critical points
DOUBLINGS = 60  # of a root that is searched; and bisections, to the last digit

Numbers = Float[np.ndarray, " n"]
Slope = Callable[[Numbers], Numbers]


@dataclass(frozen=True)
class KramersLine:
    """A straight line through logarithms of escape times.

    Attributes
    ----------
    slope, error : float
        Its slope, which estimates the length of the bar, and the standard error of that, [value].
    prefactor : float
        Logarithm of the time where the line meets infinite temperature.
    """

    slope: float
    error: float
    prefactor: float


def kramers_line(inverse: Numbers, logs: Numbers, errors: Numbers) -> KramersLine:
    """Fit `log tau = slope / T + prefactor` by weighted least squares.

    Parameters
    ----------
    inverse : ndarray, shape (n,)
        Inverse temperatures, 1/[value], two at least that differ.
    logs, errors : ndarray, shape (n,)
        Logarithms of mean escape times and their standard errors: one over the square root of
        the number of escapes, for exponential times.

    Raises
    ------
    ValueError
        If the shapes differ, fewer than two temperatures differ, or an error is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> from morseloss.escape.noise.kramers import kramers_line
    >>> line = kramers_line(np.array([4.0, 6.0]), np.array([9.0, 12.0]), np.array([0.1, 0.1]))
    >>> print(f"{line.slope:.3f} ± {line.error:.3f}")
    1.500 ± 0.071
    """
    inverse, logs, errors = (np.asarray(a, dtype=float) for a in (inverse, logs, errors))
    if not inverse.shape == logs.shape == errors.shape or len(np.unique(inverse)) < 2:
        raise ValueError(
            "`inverse`, `logs` and `errors` must have one shape (n,) with two different "
            f"temperatures at least, got {inverse.shape}, {logs.shape} and {errors.shape}"
        )
    if not (errors > 0).all() or not np.isfinite(logs).all():
        raise ValueError("`errors` must be positive and `logs` finite; raise `max_steps`")
    weights = errors**-2
    centre = np.average(inverse, weights=weights)
    spread = (weights * (inverse - centre) ** 2).sum()
    slope = (weights * (inverse - centre) * logs).sum() / spread
    prefactor = np.average(logs, weights=weights) - slope * centre
    return KramersLine(float(slope), float(spread**-0.5), float(prefactor))


def barrier(descent: Descent, start: float) -> float:
    r"""Return the exponent of the escape time of the diffusion that descent approaches.

    Parameters
    ----------
    descent : GaussianDescent or BatchDescent
        How a step is taken.
    start : float
        In the basin of the minimum.

    Returns
    -------
    float
        The greatest rise of the quasi-potential `Phi' = p' / T`, with `T = lr V / 2`, on the way
        to a lower point, on the side where it is less. With Gaussian noise that is the length of
        the bar over the temperature. Infinite where the noise vanishes on both ways.

    Raises
    ------
    ValueError
        If the start is in no basin with a lower place outside.

    Notes
    -----
    The diffusion `dx = -p' dt + sqrt(2 T(x)) dW` (Itô, since a step's noise depends on where it
    begins) has the scale density `exp(Phi)`; the mean first passage grows like its maximum on
    the way over its minimum before.
    """
    return _exponent(descent, start, lambda points: pull(descent, points))


def action(descent: Descent, start: float) -> float:
    r"""Return the exponent of the escape time of descent itself as the learning rate goes to 0.

    As `barrier`, with the slope `theta / lr`, where theta is the non-zero root of
    `log E exp(-theta g(x)) = 0` and g the random gradient of a step. To second order in theta the
    root is `2 p' / V`: that of the diffusion, exact for Gaussian noise only. A batch
    cannot lead uphill where the gradients of all batches point downhill; there theta is infinite.

    Parameters
    ----------
    descent : GaussianDescent or BatchDescent
        How a step is taken.
    start : float
        In the basin of the minimum.

    Raises
    ------
    ValueError
        If the start is in no basin with a lower place outside.

    References
    ----------
    Freidlin and Wentzell, Random perturbations of dynamical systems, Chapter 5.
    """
    if isinstance(descent, GaussianDescent):
        return barrier(descent, start)
    return _exponent(descent, start, lambda points: _roots(descent, points) / descent.lr)


def log_kramers_steps(descent: Descent, start: float) -> float:
    """Return the logarithm of Kramers' formula for the mean number of steps over the saddle.

    `2 pi / sqrt(p''(a) |p''(s)|) sqrt(T(s) / T(a)) exp(barrier) / lr`, from a to a lower point
    beyond the saddle s: the limit of `log_diffusion_steps` for little noise and a single pass.

    Parameters
    ----------
    descent : GaussianDescent or BatchDescent
        How a step is taken.
    start : float
        In the basin of the minimum.

    Raises
    ------
    ValueError
        If the start is in no basin with a lower place outside.
    """
    around = valley(descent.landscape, start)
    ends = np.array([around.minimum, around.saddle])
    low, high = abs(curve_of(descent.landscape).deriv(2)(ends))
    cold, hot = descent.temperatures(ends)
    if not cold * hot > 0:
        return math.inf
    size = math.log(2 * math.pi / descent.lr) + math.log(hot / cold / (low * high)) / 2
    return size + barrier(descent, start)


def pull(descent: Descent, points: Numbers) -> Numbers:
    """Return `p' / T`, the slope of the quasi-potential, at points with noise, 1/[point]."""
    slope = curve_of(descent.landscape).deriv()(points)
    heat = descent.temperatures(points)
    return np.divide(slope, heat, out=np.copysign(np.full_like(slope, math.inf), slope),
                     where=heat > 0)  # fmt: skip


def _exponent(descent: Descent, start: float, slope: Slope) -> float:
    """The greatest rise of a potential with this slope on the way out, on the easier side."""
    around = valley(descent.landscape, start)
    curve = curve_of(descent.landscape)
    stops = turns(curve)
    stops = stops[around.holds(stops)]
    first = int(np.flatnonzero(stops == around.minimum)[0])
    least = math.inf
    for end, way in ((around.left, stops[: first + 1][::-1]), (around.right, stops[first:])):
        if np.isfinite(end):
            steps = itertools.pairwise(way.tolist())
            rises = [_rise(slope, a, b, curve, descent.silences) for a, b in steps]
            least = min(least, _greatest_rise(rises))
    return least


def _greatest_rise(rises: list[float]) -> float:
    """Largest sum of consecutive rises, as a walk over hills and through dales sees it."""
    greatest = going = 0.0
    for rise in rises:
        going = max(going + rise, 0.0)
        greatest = max(greatest, going)
    return greatest


def _rise(slope: Slope, start: float, end: float, curve, silences: Numbers) -> float:
    """Rise of the potential between two critical points, endless over a point without noise."""
    low, high = sorted((start, end))
    if ((low < silences) & (silences < high)).any():
        return math.copysign(math.inf, float(curve(end) - curve(start)))
    return _integral(slope, start, end)


def _integral(slope: Slope, low: float, high: float) -> float:
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    edges = np.linspace(low, high, PANELS + 1)
    half = np.diff(edges)[:, None] / 2
    points = edges[:-1, None] + half * (1 + nodes)
    return float((slope(points.ravel()).reshape(points.shape) * half * weights).sum())


def _roots(descent: BatchDescent, points: Numbers) -> Numbers:
    """The non-zero root theta of `log E exp(-theta g) = 0` at each point, by bisection."""
    gradients = descent.gradients(points)
    sign = np.sign(gradients.mean(0))
    gradients = gradients * sign
    downhill = np.sort(gradients, axis=0)[: descent.batch].mean(0)
    low, high = np.zeros_like(points), np.full_like(points, 1e-9)
    for _ in range(DOUBLINGS):
        short = _cumulant(gradients, descent.batch, high) < 0
        low, high = np.where(short, high, low), np.where(short, 2 * high, high)
    for _ in range(DOUBLINGS):
        middle = (low + high) / 2
        short = _cumulant(gradients, descent.batch, middle) < 0
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return sign * np.where(downhill < 0, high, math.inf)


def _cumulant(gradients: Float[np.ndarray, "parts n"], batch: int, theta: Numbers) -> Numbers:
    """`log E exp(-theta g)` for the mean g of a batch drawn without repeats.

    The expectation is an elementary symmetric polynomial of `exp(-theta g_i / batch)` over the
    number of batches.
    """
    exponents = -theta * gradients / batch
    shift = exponents.max(0)
    weights = np.exp(exponents - shift)
    sums = np.zeros((batch + 1, len(theta)))
    sums[0] = 1
    for weight in weights:
        sums[1:] += weight * sums[:-1]
    return np.log(sums[batch]) + batch * shift - math.log(math.comb(len(gradients), batch))
