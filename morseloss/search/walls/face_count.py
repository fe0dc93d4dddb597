"""All critical points of a polynomial on a face of a box, by counting the complex ones.

The one idea: on a box no polynomial has to grow towards infinity. The gradient of any one has as
many complex zeros as the product of the degrees of its entries, those at infinity included, so when
every path of that homotopy has ended, at a zero or at infinity, no zero on the face is missing.
"""

import cmath
import math
from dataclasses import dataclass

import numpy as np
import torch

from morseloss._shapes import Indices, Points
from morseloss.landscapes.boxes.strata import Face, face_polynomial
from morseloss.landscapes.polynomial import Polynomial
from morseloss.search.complete.counted import GOLDEN_ANGLE, TRACKER_RTOLS, distinct_of
from morseloss.search.complete.homotopy import TotalDegree
from morseloss.search.complete.smale import ALPHA
from morseloss.search.complete.solutions import Solutions
from morseloss.search.complete.tracking import Ends, followed
from morseloss.search.iterate import Progress
from morseloss.search.shares import Shares
from morseloss.status import Status

__all__ = ["FaceCount", "count_on_face"]

MOST_STEPS = 4000  # of a path


@dataclass(frozen=True, eq=False)
class FaceCount:
    """The critical points of a polynomial inside a face, and the counts behind them.

    Attributes
    ----------
    points : Tensor, shape (n, free)
        In the variables of the face.
    several : Tensor of int, shape (n,)
        1 where a point is one of several in one place, or of a whole line: degenerate.
    expected, found, real : int
        Complex solutions: those that are not at infinity, those found, those found real.
    alpha : float
        The largest Smale alpha of the regular ones; `nan` where there is none.
    rounds : int
    """

    points: Points
    several: Indices
    expected: int = 0
    found: int = 0
    real: int = 0
    alpha: float = math.nan
    rounds: int = 0


def count_on_face(
    polynomial: Polynomial, face: Face, rounds: int, progress: Progress | None, shares: Shares
) -> FaceCount:
    """Return all critical points of the restriction of a polynomial to a face that lie inside it.

    Parameters
    ----------
    polynomial : Polynomial
    face : Face
        Of dimension 1 or more.
    rounds : int
        Most attempts with another gamma while paths are lost.
    progress : callable, optional
        Gets `(step, running, total)` every few steps.
    shares : Shares
        How many paths are followed together, and by whom.

    Returns
    -------
    FaceCount
    """
    return _counted(face_polynomial(polynomial, face), face, rounds, progress, shares)


def _counted(
    restricted: Polynomial, face: Face, rounds: int, progress: Progress | None, shares: Shares
) -> FaceCount:
    degrees = [_degree_of_slope(restricted, axis) for axis in range(face.dim)]
    low, high = face.box
    if 0 in degrees:  # a slope that is constant, and not zero
        return FaceCount(low[None][:0], torch.zeros(0, dtype=torch.long))
    level = [axis for axis, degree in enumerate(degrees) if degree < 0]
    if level:
        return _of_lines(restricted, face, level, rounds, progress, shares)
    expected, best, away, count = math.prod(degrees), None, 0, 0
    while best is None or (
        best.spread is None and best.count + away < expected and count < max(1, rounds)
    ):
        found = _solutions(restricted, degrees, count, progress, shares)
        if best is None or found.count + len(found.away) > best.count + away:
            best, away = found, len(found.away)
        count += 1
    rows = best.real().nonzero().flatten()
    alphas = best.alphas[best.alphas.isfinite()]
    units = best.points[rows].real.contiguous()
    inside = (units.abs() < 1).all(-1)
    points = (low + high) / 2 + (high - low) / 2 * _polished(restricted, units, best.alphas[rows])
    return FaceCount(
        points[inside],
        (best.multiplicities[rows] != 1).long()[inside],
        expected=expected - away,
        found=best.count,
        real=len(rows),
        alpha=float(alphas.max()) if len(alphas) else math.nan,
        rounds=count,
    )


def _of_lines(
    restricted: Polynomial,
    face: Face,
    level: list[int],
    rounds: int,
    progress: Progress | None,
    shares: Shares,
) -> FaceCount:
    """Critical points that fill lines: the restriction does not hang on some variables at all."""
    left = [axis for axis in range(face.dim) if axis not in level]
    middle = (face.box[0] + face.box[1]) / 2
    if not left:
        return FaceCount(middle[None], torch.ones(1, dtype=torch.long))
    sides = list(face.sides)
    for axis in level:
        sides[int(face.free[axis])] = 1
    terms = {tuple(e[axis] for axis in left): c for e, c in restricted.terms.items()}
    found = _counted(Polynomial(terms), Face(face.domain, tuple(sides)), rounds, progress, shares)
    points = middle.expand(len(found.points), -1).index_copy(1, torch.tensor(left), found.points)
    return FaceCount(
        points,
        torch.ones(len(points), dtype=torch.long),
        found.expected,
        found.found,
        found.real,
        found.alpha,
        found.rounds,
    )


def _degree_of_slope(polynomial: Polynomial, axis: int) -> int:
    """The degree of the derivative along an axis, -1 where it vanishes."""
    return max((sum(e) - 1 for e in polynomial.terms if e[axis]), default=-1)


def _solutions(
    restricted: Polynomial,
    degrees: list[int],
    attempt: int,
    progress: Progress | None,
    shares: Shares,
) -> Solutions:
    """The complex zeros of the gradient: roots in one variable, ends of paths in several."""
    radii = torch.ones(restricted.dim, dtype=torch.float64)
    if restricted.dim == 1:
        slopes = np.zeros(degrees[0] + 1)
        for (power,), coefficient in restricted.terms.items():
            if power:
                slopes[degrees[0] + 1 - power] = power * coefficient
        roots = torch.from_numpy(np.roots(slopes).astype(complex))[:, None]
        one = torch.ones(len(roots), dtype=torch.long)
        return distinct_of(restricted, Ends(roots, int(Status.CONVERGED) * one, one), radii)
    scales = [
        math.hypot(*(e[axis] * c for e, c in restricted.terms.items() if e[axis]))
        for axis in range(restricted.dim)
    ]
    homotopy = TotalDegree(
        tuple(degree + 1 for degree in degrees),
        radii,
        torch.tensor(scales, dtype=torch.float64),
        cmath.exp(1j * GOLDEN_ANGLE * (attempt + 1)),
        TRACKER_RTOLS[min(attempt, len(TRACKER_RTOLS) - 1)],
    )
    ends = followed(
        homotopy, restricted, homotopy.init(), max_steps=MOST_STEPS, shares=shares,
        progress=progress,
    )  # fmt: skip
    return distinct_of(restricted, ends, radii)


def _polished(restricted: Polynomial, units: Points, alphas: torch.Tensor) -> Points:
    """The regular zeros after two Newton steps in real arithmetic."""
    for _ in range(2 if len(units) else 0):
        _, gradients, hessians = restricted.jet(units)
        moves = torch.linalg.solve_ex(hessians, gradients).result
        units = torch.where((alphas < ALPHA)[:, None], units - moves, units)
    return units
