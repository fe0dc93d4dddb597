"""Exact mean escape times: of the diffusion by quadrature, of descent by a linear system.

The one idea: neither draws a random number, so they judge the walks. What lies between the two is
what a finite learning rate does.
"""

import math
from functools import cache

import numpy as np
from jaxtyping import Float

from morseloss.escape.noise.kramers import barrier, pull
from morseloss.escape.noise.noisy_descent import Descent, GaussianDescent
from morseloss.escape.noise.valley import Valley, curve_of, valley

__all__ = ["log_chain_steps", "log_diffusion_steps"]

PANELS, ORDER = 512, 16  # of the quadrature
NEGLIGIBLE = 40.0  # nats: what is less likely than the pass by this is left out
LONGEST = 1e12  # steps that a linear system can tell from never
WIDTH = 6.0  # of a panel for the steps of descent, in standard deviations of one step

Numbers = Float[np.ndarray, " n"]
Table = Float[np.ndarray, "panels order"]
Column = Float[np.ndarray, "panels 1"]


def log_diffusion_steps(descent: Descent, start: float) -> float:
    """Return the logarithm of the exact mean first passage of the diffusion, in steps of descent.

    The mean time u solves `T u'' - p' u' = -1` with u = 0 at the lower points. Green's function
    makes it a double integral of `exp(Phi(y) - Phi(z)) / T(z)`, evaluated with Gauss-Legendre
    nodes panel by panel, in logarithms.

    Parameters
    ----------
    descent : GaussianDescent or BatchDescent
        How a step is taken.
    start : float
        Where the walk begins, in the basin of a minimum.

    Returns
    -------
    float
        `inf` where the noise vanishes on the way.

    Raises
    ------
    ValueError
        If the start is in no basin with a lower place outside, the noise grows so fast away from
        the valley that nothing holds the diffusion, or it vanishes on the way down.

    References
    ----------
    Gardiner, Handbook of stochastic methods, Section 5.2.
    """
    around = valley(descent.landscape, start)
    rise = barrier(descent, start)
    if math.isinf(rise):
        return math.inf
    low, high = (_reach(descent, around, rise, way) for way in (-1, 1))
    silent = descent.silences[(descent.silences > low) & (descent.silences < high)]
    if len(silent):
        raise ValueError(
            f"the noise vanishes at {silent.tolist()} on the way down, where a diffusion cannot "
            "be followed by quadrature; use `barrier`, or walk"
        )
    first = min(max(round(PANELS * (start - low) / (high - low)), 1), PANELS - 1)
    left, right = np.linspace(low, start, first + 1), np.linspace(start, high, PANELS - first + 1)
    edges = np.append(left, right[1:])
    nodes, weights, before = _rule()
    half = np.diff(edges)[:, None] / 2
    points = edges[:-1, None] + half * (1 + nodes)
    slope = pull(descent, points.ravel()).reshape(points.shape)
    rises = half[:, 0] * (slope @ weights)
    potential = half * (slope @ before.T) + (np.cumsum(rises) - rises)[:, None]
    heat = descent.temperatures(points.ravel()).reshape(points.shape)
    speed = np.log(half * weights / heat) - potential
    green = _log_green(around, potential, half, first)
    return float(np.logaddexp.reduce((green + speed).ravel())) - math.log(descent.lr)


def log_chain_steps(descent: GaussianDescent, start: float) -> float:
    """Return the logarithm of the exact mean number of steps of descent with Gaussian noise.

    The mean u solves `u(x) = 1 + E u(x - lr (p'(x) + sigma xi))` between the lower points and
    is 0 beyond: a linear system once the integral is a sum over Gauss-Legendre nodes (Nyström).

    Parameters
    ----------
    descent : GaussianDescent
        How a step is taken; a batch has no density and no such system.
    start : float
        Where the walk begins, in the basin of a minimum.

    Raises
    ------
    ValueError
        If the descent has no Gaussian noise, the start is in no basin with a lower place outside,
        or the escape takes so long (more than 1e12 steps) that rounding would hide it.

    Notes
    -----
    As `lr` goes to 0 at one temperature, `lr` times this number of steps goes to the time of
    the diffusion.
    """
    if not isinstance(descent, GaussianDescent):
        raise ValueError(f"`descent` must be a GaussianDescent, got {type(descent).__name__}")
    if log_diffusion_steps(descent, start) > math.log(LONGEST):
        raise ValueError(
            f"the escape takes more than {LONGEST:.0e} steps, too many for a linear system in "
            "floats; use `log_diffusion_steps`, or more noise"
        )
    around = valley(descent.landscape, start)
    rise = barrier(descent, start)
    low, high = (_reach(descent, around, rise, way) for way in (-1, 1))
    step = descent.lr * descent.sigma
    nodes, weights, _ = _rule()
    edges = np.linspace(low, high, 2 + int((high - low) / (WIDTH * step)))
    half = np.diff(edges)[:, None] / 2
    points, weights = (edges[:-1, None] + half * (1 + nodes)).ravel(), (half * weights).ravel()
    means = points - descent.lr * curve_of(descent.landscape).deriv()(points)

    def chances(mean: Numbers) -> Float[np.ndarray, "means points"]:
        far = (points - mean[:, None]) / step
        return np.exp(-(far**2) / 2) * weights / (step * math.sqrt(2 * math.pi))

    inside = np.linalg.solve(np.eye(len(points)) - chances(means), np.ones(len(points)))
    slope = float(curve_of(descent.landscape).deriv()(start))
    return math.log(1 + float((chances(np.array([start - descent.lr * slope])) @ inside)[0]))


def _log_green(around: Valley, potential: Table, half: Column, first: int) -> Table:
    """Logarithm of Green's function from the start, where panel `first` begins, to each node."""
    before = _rule()[2]
    behind, at_behind = _log_integrals(potential, half, before)
    ahead, at_ahead = (
        part[::-1] for part in _log_integrals(potential[::-1, ::-1], half[::-1], before)
    )
    ahead = ahead[:, ::-1]
    passed = np.arange(PANELS)[:, None] < first
    nearer = np.where(passed, behind, at_behind[first])
    farther = np.where(passed, at_ahead[first], ahead)
    if math.isinf(around.left):
        return farther
    if math.isinf(around.right):
        return nearer
    return nearer + farther - at_ahead[0]


def _log_integrals(potential: Table, half: Column, before: np.ndarray) -> tuple[Table, Numbers]:
    """Logarithm of the integral of exp(potential) up to each node, and up to each edge."""
    _, weights, _ = _rule()
    top = potential.max(1, keepdims=True)
    size = half * np.exp(potential - top)
    tiny = np.finfo(float).tiny
    inside = np.log(np.maximum(size @ before.T, tiny)) + top
    whole = np.log(size @ weights) + top[:, 0]
    edges = np.append(-math.inf, np.logaddexp.accumulate(whole))
    return np.logaddexp(edges[:-1, None], inside), edges


@cache
def _rule() -> tuple[Numbers, Numbers, Float[np.ndarray, "order order"]]:
    """Gauss-Legendre nodes and weights on [-1, 1], and the matrix that integrates up to each node.

    The integral of a Legendre polynomial is a difference of its neighbours.
    """
    from numpy.polynomial import legendre

    nodes, weights = legendre.leggauss(ORDER)
    values = legendre.legvander(nodes, ORDER)
    norms = np.arange(ORDER) + 0.5
    fit = norms[:, None] * values[:, :-1].T * weights  # coefficients from values at the nodes
    integrals = np.empty((ORDER, ORDER))
    integrals[:, 0] = nodes + 1
    integrals[:, 1:] = (values[:, 2:] - values[:, :-2]) / (2 * np.arange(1, ORDER) + 1)
    return nodes, weights, integrals @ fit


def _reach(descent: Descent, around: Valley, rise: float, way: int) -> float:
    """The lower point on one side, or where walks come so rarely that nothing is lost beyond."""
    end = around.left if way < 0 else around.right
    if np.isfinite(end):
        return end
    size = abs(around.saddle - around.minimum)
    for doubling in range(12):
        points = around.minimum + way * size * 2.0**doubling * np.linspace(0, 1, 4001)
        slope = way * pull(descent, points)
        rises = np.cumsum((slope[1:] + slope[:-1]) / 2) * abs(points[1] - points[0])
        beyond = np.flatnonzero(rises > rise + NEGLIGIBLE)
        if len(beyond):
            return float(points[1 + beyond[0]])
    raise ValueError(
        f"the noise grows so fast away from {around!r} that nothing holds the diffusion; take "
        "parts that differ by polynomials of lower degree"
    )
