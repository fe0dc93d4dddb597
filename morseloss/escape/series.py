"""Rows of coefficients: many polynomials in one variable at a time, from the constant term up.

The one idea: a row is a polynomial, and every function works on all rows at once.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from morseloss.landscapes.polynomial import Polynomial

__all__ = [
    "critical_rows",
    "derivative",
    "evaluate",
    "real_roots",
    "rows_of",
    "shifted",
    "without_twins",
]

Rows = Float[np.ndarray, "n powers"]

REAL = 1e-7  # imaginary part, relative to the modulus, up to which a root counts as real
SAME_VALUE = 1e-9  # of the height of the walls around: two minima closer than this are level
TWINS = 1e-6  # of 1 and the size of a root: two that are closer are a double one


def rows_of(polynomials: Polynomial | Sequence[Polynomial] | Rows) -> Rows:
    """Return the coefficients of polynomials in one variable, one a row.

    Parameters
    ----------
    polynomials : Polynomial, sequence of Polynomial, or ndarray of shape (n, powers)
        An array already holds rows of coefficients, from the constant term up.

    Raises
    ------
    ValueError
        If there is none, one is in more than one variable, or the array is not finite or has
        another shape.
    """
    if isinstance(polynomials, Polynomial):
        polynomials = [polynomials]
    if not isinstance(polynomials, np.ndarray):
        wrong = [p for p in polynomials if not isinstance(p, Polynomial) or p.dim != 1]
        if wrong:
            raise ValueError(
                f"expected polynomials in one variable, got {wrong[0]!r}; for another landscape "
                "pass a `Gate`, which knows the minimum and the saddle"
            )
        powers = max((p.degree for p in polynomials), default=0) + 1
        rows = np.zeros((len(polynomials), powers))
        for row, polynomial in zip(rows, polynomials, strict=True):
            for (power,), coefficient in polynomial.terms.items():
                row[power] = coefficient
        polynomials = rows
    rows = np.asarray(polynomials, dtype=float)
    if rows.ndim != 2 or not len(rows) or rows.shape[1] < 3 or not np.isfinite(rows).all():
        raise ValueError(
            "coefficients must be finite, of shape (n, powers), from the constant term up, at "
            f"least to the square; got shape {rows.shape}"
        )
    return rows


def evaluate(rows: Rows, points: Float[np.ndarray, "n points"]) -> Float[np.ndarray, "n points"]:
    """Return the value of each row at its own points."""
    total = np.zeros_like(points) + rows[:, -1:]
    for power in range(rows.shape[1] - 2, -1, -1):
        total = total * points + rows[:, power, None]
    return total


def derivative(rows: Rows) -> Float[np.ndarray, "n lower"]:
    """Return the derivative of each row."""
    if rows.shape[1] < 2:
        return np.zeros_like(rows)
    return rows[:, 1:] * np.arange(1, rows.shape[1])


def shifted(rows: Rows, points: Float[np.ndarray, " n"]) -> Rows:
    """Return the coefficients in powers of `x - point`, by repeated division."""
    rows = rows.copy()
    last = rows.shape[1] - 1
    for power in range(last):
        for at in range(last - 1, power - 1, -1):
            rows[:, at] += points * rows[:, at + 1]
    return rows


def real_roots(rows: Rows) -> Float[np.ndarray, "n roots"]:
    """Return the real roots of each row, ascending, filled up with infinity.

    Eigenvalues of companion matrices, polished by two steps of Newton's method.
    """
    found = np.full((len(rows), max(rows.shape[1] - 1, 1)), np.inf)
    size = np.abs(rows).max(axis=1, keepdims=True)
    present = np.abs(rows) > 1e-14 * size
    powers = np.where(present.any(axis=1), rows.shape[1] - 1 - present[:, ::-1].argmax(axis=1), 0)
    for power in set(powers.tolist()) - {0}:
        at = np.flatnonzero(powers == power)
        companion = np.zeros((len(at), power, power))
        companion[:, 1:, :-1] = np.eye(power - 1)
        companion[:, :, -1] = -rows[at, :power] / rows[at, power, None]
        roots = np.linalg.eigvals(companion)
        real = np.where(np.abs(roots.imag) <= REAL * (1e-3 + np.abs(roots)), roots.real, np.inf)
        found[at, :power] = _polished(rows[at], real)
    return np.sort(found, axis=1)


def _polished(rows: Rows, roots: Float[np.ndarray, "n roots"]) -> Float[np.ndarray, "n roots"]:
    slopes = derivative(rows)
    finite = np.isfinite(roots)
    points = np.where(finite, roots, 0.0)
    for _ in range(2):
        slope = evaluate(slopes, points)
        steps = evaluate(rows, points) / np.where(slope == 0, 1.0, slope)
        points = np.where(np.abs(steps) < 1e-4 * (1 + np.abs(points)), points - steps, points)
    return np.where(finite, points, np.inf)


def critical_rows(
    rows: Rows,
) -> tuple[Float[np.ndarray, "n points"], Float[np.ndarray, "n points"]]:
    """Return the critical points of each row, ascending, and the curvature there.

    Both are filled up, with infinity and with 0. Points of inflection are none.
    """
    points = without_twins(real_roots(derivative(rows)))
    curvatures = evaluate(derivative(derivative(rows)), np.where(np.isfinite(points), points, 0.0))
    return points, np.where(np.isfinite(points), curvatures, 0.0)


def without_twins(roots: Float[np.ndarray, "n roots"]) -> Float[np.ndarray, "n roots"]:
    """Return ascending roots without double ones, filled up with infinity.

    Round-off parts a double root into two real ones or into two that are not, so it must count
    neither way: the sign does not change there. One of a triple root stays.
    """
    roots = roots.copy()
    for column in range(1, roots.shape[1]):
        before, here = roots[:, column - 1], roots[:, column]
        both = np.isfinite(before) & np.isfinite(here)
        gaps = np.subtract(here, before, out=np.full(len(roots), np.inf), where=both)
        twins = both & (gaps <= TWINS * (1 + np.abs(before)))
        roots[twins, column - 1 : column + 1] = np.inf
    return np.sort(roots, axis=1)
