"""Total-degree homotopy: every complex critical point of a polynomial, by a path to each.

The one idea: deform a system whose solutions are known, `x_i^(m_i - 1) = r_i^(m_i - 1)`, into
`grad L = 0`, by a straight line made generic by a complex unit; follow all solutions at once. There
are exactly `prod (m_i - 1)` of them, counted with multiplicity, so the number that arrives says
whether any is missing.
"""

import cmath
import itertools
import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Complex, Float
from torch import Tensor

from morseloss._rows import chosen, take
from morseloss._shapes import Indices, Rows, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.polynomial import Polynomial
from morseloss.search.complete.smale import gradient_terms
from morseloss.search.iterate import Progress, iterate
from morseloss.status import Interrupted, Status

__all__ = ["Ends", "TotalDegree", "leading_powers", "track", "tracked", "variable_scales"]

AWAY_RADII = 1e5  # a path so many radii from 0 goes to infinity
LEAST_STEP = 1e-14  # of the time from 0 to 1
SETTLED = 1e-11  # of 1 and the size of the point: a Newton step below it has settled
LOOP_RADII = (1e-3, 1e-5, 1e-7)  # the next one where more than the end was inside
LOOP_SAMPLES, MOST_WINDINGS = 24, 6
SOLVED = 1e-12  # of the terms of an equation: what may be left of it at a solution
ESCAPE = 10.0  # growth between a loop and the end of a path that goes to infinity

ComplexPoints = Complex[Tensor, "batch dim"]


def leading_powers(polynomial: Polynomial) -> tuple[int, ...]:
    """Return the exponents m of the leading part, whose terms have `sum a_i / m_i = 1`.

    For `x^4 + y^4 + ...` they are (4, 4), for the six-hump camel, `x^6/3 + 4 y^4 + ...`, (6, 4):
    the degrees may differ, since coordinates may be weighted.

    Raises
    ------
    ValueError
        If a variable has no pure power, or a term reaches beyond the pure powers: then the
        leading part vanishes along some direction, and solutions lie at infinity.
    """
    axes = range(polynomial.dim)
    powers = tuple(max((e[i] for e in polynomial.terms if e[i] == sum(e)), default=0) for i in axes)
    for axis, power in enumerate(powers):
        if power < 2:
            raise ValueError(
                f"a leading power of at least 2 is needed in every variable, got x{axis}^{power} "
                f"in {polynomial!r}: its critical points run off to infinity; add a power of "
                f"x{axis} with a small coefficient, or pass `starts` to search instead"
            )
    for exponents in polynomial.terms:
        if sum(e / m for e, m in zip(exponents, powers, strict=True)) > 1 + 1e-12:
            pure = " + ".join(f"x{i}^{m}" for i, m in enumerate(powers))
            raise ValueError(
                f"the pure powers {pure} must dominate every term, got the exponents {exponents} "
                f"in {polynomial!r}: solutions may lie at infinity and cannot be counted; add pure "
                "powers of higher degree with small coefficients, or pass `starts` to search"
            )
    return powers


@dataclass(frozen=True)
class TrackState:
    """Where each path is.

    Attributes
    ----------
    points : Tensor, shape (paths, dim), complex
    times : Tensor, shape (paths,)
        From 0, the start system, to 1, the polynomial's.
    steps : Tensor, shape (paths,)
        Length of the next step.
    status : Tensor, shape (paths,), int64
    """

    points: ComplexPoints
    times: Values
    steps: Values
    status: Indices


@dataclass(frozen=True, eq=False)
class TotalDegree:
    """The homotopy `(1 - t) gamma G + t grad L`, followed by Runge-Kutta and Newton steps.

    Parameters
    ----------
    powers : tuple of int
        As `leading_powers` gives them.
    radii : Tensor, shape (dim,)
        Size of the solutions of the start system in each variable.
    scales : Tensor, shape (dim,)
        Factors of the start system's equations.
    gamma : complex
        Of absolute value 1; all but finitely many let no two paths meet before the end.
    rtol : float
        Largest Newton correction after a predicted step, in units of the size of the point.
    """

    powers: tuple[int, ...]
    radii: Float[Tensor, " dim"]
    scales: Float[Tensor, " dim"]
    gamma: complex
    rtol: float

    def init(self) -> TrackState:
        """Return the state at the solutions of the start system."""
        roots = [
            [radius * cmath.exp(2j * math.pi * k / (m - 1)) for k in range(m - 1)]
            for radius, m in zip(self.radii.tolist(), self.powers, strict=True)
        ]
        points = torch.tensor(list(itertools.product(*roots)), dtype=torch.complex128)
        times = torch.zeros(len(points), dtype=torch.float64)
        running = torch.full((len(points),), int(Status.RUNNING))
        return TrackState(points, times, torch.full_like(times, 0.05), running)

    def step(self, landscape: Landscape, state: TrackState) -> TrackState:
        """Return the state after one predicted and corrected step of each path."""
        h = torch.minimum(state.steps, 1 - state.times)
        goal = torch.where(h == 1 - state.times, 1.0, state.times + h)
        times = torch.complex(state.times, torch.zeros_like(h))
        moved = self.predicted(landscape, state.points, times, h.to(times))
        points, first, last = self.corrected(landscape, moved, goal.to(times))
        error = first / self.rtol
        good = (error <= 1) & (last <= SETTLED) & (state.status == Status.RUNNING)
        factor = (0.8 * error.nan_to_num(nan=1e9).clamp_min(1e-9) ** -0.2).clamp(0.2, 3.0)
        factor = torch.where(good, factor, factor.clamp_max(0.5))
        moved = chosen(good, replace(state, points=points, times=goal), state)
        status = state.status.clone()
        running = status == Status.RUNNING
        away = (moved.points.abs() / self.radii).amax(-1) > AWAY_RADII
        status[running & (h * factor < LEAST_STEP) & ~good] = Status.STALLED
        status[good & (goal == 1)] = Status.CONVERGED
        status[running & away] = Status.DIVERGED
        return replace(moved, steps=h * factor, status=status)

    def predicted(
        self, landscape: Landscape, x: ComplexPoints, t: Tensor, h: Tensor
    ) -> ComplexPoints:
        """Return the points after a Runge-Kutta step of order four along the paths."""
        k1 = self.slope(landscape, x, t)
        k2 = self.slope(landscape, x + (h / 2)[:, None] * k1, t + h / 2)
        k3 = self.slope(landscape, x + (h / 2)[:, None] * k2, t + h / 2)
        k4 = self.slope(landscape, x + h[:, None] * k3, t + h)
        return x + (h / 6)[:, None] * (k1 + 2 * k2 + 2 * k3 + k4)

    def corrected(
        self, landscape: Landscape, x: ComplexPoints, t: Tensor, rounds: int = 3
    ) -> tuple[ComplexPoints, Values, Values]:
        """Return the points after Newton steps, and the relative sizes of the first and last."""
        sizes = []
        for _ in range(rounds):
            equations, jacobian, _ = self.system(landscape, x, t)
            move = _solved(jacobian, equations)
            x = x - move
            sizes.append((move.abs() / self.radii).amax(-1) / (1 + (x.abs() / self.radii).amax(-1)))
        return x, sizes[0], sizes[-1]

    def carried(
        self, landscape: Landscape, x: ComplexPoints, here: Tensor, there: Tensor
    ) -> ComplexPoints:
        """Return the points carried along the paths from one time to another, without a check."""
        x = self.predicted(landscape, x, here, there - here)
        return self.corrected(landscape, x, there, rounds=4)[0]

    def slope(self, landscape: Landscape, x: ComplexPoints, t: Tensor) -> ComplexPoints:
        """Return the derivative of the solution by the time."""
        _, jacobian, change = self.system(landscape, x, t)
        return -_solved(jacobian, change)

    def system(
        self, landscape: Landscape, x: ComplexPoints, t: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the equations, their Jacobian and their derivative by the time."""
        _, target, jacobian = landscape.jet(x)
        n = torch.tensor([m - 1 for m in self.powers])
        below = torch.where(n == 1, 1.0, x ** (n - 1))  # torch's complex 0^0 is nan
        start = self.gamma * self.scales * (below * x - self.radii**n)
        start_slopes = self.gamma * self.scales * n * below
        t = t[:, None]
        mixed = t[..., None] * jacobian + torch.diag_embed((1 - t) * start_slopes)
        return (1 - t) * start + t * target, mixed, target - start


@dataclass(frozen=True, eq=False)
class Ends:
    """Where the paths of a homotopy ended.

    Attributes
    ----------
    points : Tensor, shape (paths, dim), complex
    status : Tensor, shape (paths,), int64
        `CONVERGED`, `DIVERGED` (to infinity), or `STALLED`.
    windings : Tensor, shape (paths,), int64
        1 for an end that Newton's method settles; for a singular one the number of turns after
        which a loop around the end of the path closes; 0 where that was not found out.
    """

    points: ComplexPoints
    status: Indices
    windings: Indices


def track(
    polynomial: Polynomial,
    *,
    gamma: complex,
    rtol: float,
    max_steps: int = 4000,
    progress: Progress | None = None,
) -> Ends:
    """Follow all paths from the start system to the critical points of a polynomial.

    Parameters
    ----------
    polynomial : Polynomial
        With a leading part as `leading_powers` asks for.
    gamma : complex
        Of absolute value 1.
    rtol : float
        How closely the paths are followed; small values let none jump to its neighbour.
    max_steps : int
        Steps after which a path is given up.
    progress : callable, optional
        Gets `(step, running, total)` every few steps.

    Returns
    -------
    Ends
        One row a path, `prod (m_i - 1)` rows.

    Raises
    ------
    Interrupted
        At an interrupt from the keyboard; `found` is the ends of the paths that had arrived.
    """
    powers = leading_powers(polynomial)
    homotopy = TotalDegree(powers, *_sizes(polynomial, powers), gamma, rtol)
    return tracked(polynomial, homotopy, max_steps=max_steps, progress=progress)


def tracked(
    polynomial: Polynomial,
    homotopy: TotalDegree,
    *,
    max_steps: int = 4000,
    progress: Progress | None = None,
) -> Ends:
    """Follow all paths of a given homotopy; see `track`, which makes the usual one.

    Raises
    ------
    Interrupted
        At an interrupt from the keyboard; `found` is the ends of the paths that had arrived.
    """
    try:
        state = iterate(
            homotopy, polynomial, homotopy.init(), max_steps=max_steps, progress=progress
        )
    except Interrupted as stop:
        raise Interrupted(_ends(stop.found)) from None
    ends = _ends(state)
    for radius in LOOP_RADII:
        stuck = ((ends.windings == 0) & (ends.status != Status.DIVERGED)).nonzero().flatten()
        if len(stuck):
            ends = _closed_in(polynomial, homotopy, state, ends, stuck, radius)
    return ends


def variable_scales(polynomial: Polynomial) -> Float[Tensor, " dim"]:
    """Return the size of the critical points in each variable, as the coefficients suggest it."""
    return _sizes(polynomial, leading_powers(polynomial))[0]


def _ends(state: TrackState) -> Ends:
    return Ends(state.points, state.status, (state.status == Status.CONVERGED).long())


def _closed_in(
    polynomial: Polynomial,
    homotopy: TotalDegree,
    state: TrackState,
    ends: Ends,
    rows: Rows,
    radius: float,
) -> Ends:
    """Return the ends with the given ones found by Cauchy's integral around the end of the path.

    Near a singular end the path is a power series in `(1 - t)^(1/w)`: it closes after w turns
    around `t = 1`, and the mean over the turns is the end; that of a wider loop is no solution.
    """
    back = take(state, rows)
    centre = torch.ones(len(rows), dtype=torch.complex128)
    x = _retreated(polynomial, homotopy, back, radius)
    start, total = x, torch.zeros_like(x)
    points, status = ends.points.clone(), ends.status.clone()
    windings = ends.windings.clone()
    for turn in range(1, MOST_WINDINGS + 1):
        for k in range(LOOP_SAMPLES):
            total = total + x
            here, there = (
                centre - radius * cmath.exp(1j * a)
                for a in (2 * math.pi * j / LOOP_SAMPLES for j in (k, k + 1))
            )
            x = homotopy.carried(polynomial, x, here, there)
        size = (1 + (start.abs() / homotopy.radii).amax(-1)) * homotopy.radii.amax()
        closed = ((x - start).abs().amax(-1) < 1e-7 * size) & (windings[rows] == 0)
        mean = total / (turn * LOOP_SAMPLES)
        # a path to infinity closes too, around a mean from which it moves away
        nearer = (back.points - mean).norm(dim=-1) < (start - mean).norm(dim=-1)
        ended = closed & nearer & _solves(polynomial, mean, homotopy.radii)
        before, after = ((x.abs() / homotopy.radii).amax(-1) for x in (start, back.points))
        away = closed & ~nearer & (after > ESCAPE * before)
        points[rows[ended]], points[rows[away]] = mean[ended], back.points[away]
        windings[rows[ended | away]] = turn
        status[rows[ended]], status[rows[away]] = int(Status.CONVERGED), int(Status.DIVERGED)
        if windings[rows].all():
            break
    return Ends(points, status, windings)


def _solves(polynomial: Polynomial, x: ComplexPoints, radii: Tensor) -> Bool[Tensor, " batch"]:
    terms = gradient_terms(polynomial, x.abs() + radii)
    return (polynomial.gradient(x).abs() <= SOLVED * terms).all(-1)


def _retreated(
    polynomial: Polynomial, homotopy: TotalDegree, state: TrackState, radius: float
) -> ComplexPoints:
    """Where the paths were at the time `1 - radius`: followed back from where they are."""
    x, steps = state.points, 64
    times = torch.complex(state.times, torch.zeros_like(state.times))
    # even in the logarithm of the distance from the end
    ladder = torch.linspace(0, 1, steps + 1, dtype=torch.float64)
    gaps = (1 - state.times).clamp_min(1e-12)
    for k in range(steps):
        nxt = 1 - gaps ** (1 - ladder[k + 1]) * radius ** ladder[k + 1]
        there = nxt.to(times)
        x, times = homotopy.carried(polynomial, x, times, there), there
    return x


def _sizes(polynomial: Polynomial, powers: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Radii and equation scales of a start system of the size of the polynomial's solutions."""
    dim = polynomial.dim
    leading = [
        abs(polynomial.terms[tuple(powers[i] * (i == j) for j in range(dim))]) for i in range(dim)
    ]
    spread = 0.0
    for exponents, coefficient in polynomial.terms.items():
        weight = sum(e / m for e, m in zip(exponents, powers, strict=True))
        if 0 < weight < 1 - 1e-12:
            pure = math.prod(
                c ** (e / m) for c, e, m in zip(leading, exponents, powers, strict=True)
            )
            spread = max(spread, (abs(coefficient) / pure) ** (1 / (1 - weight)))
    spread = spread or 1.0
    radii = [(spread / c) ** (1 / m) for c, m in zip(leading, powers, strict=True)]
    scales = [m * c for c, m in zip(leading, powers, strict=True)]
    return torch.tensor(radii, dtype=torch.float64), torch.tensor(scales, dtype=torch.float64)


def _solved(matrices: Tensor, vectors: Tensor) -> Tensor:
    """Solve each row's system; a singular one gives what is not finite, not an error."""
    return torch.linalg.solve_ex(matrices, vectors).result
