"""Total-degree homotopy: every complex critical point of a polynomial, by a path to each.

The one idea: deform a system whose solutions are known, `x_i^(m_i - 1) = r_i^(m_i - 1)`, into
`grad L = 0`, by a straight line made generic by a complex unit; follow all solutions at once. There
are exactly `prod (m_i - 1)` of them, counted with multiplicity, so the number that arrives says
whether any is missing.
"""

import cmath
import itertools
import math
from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.polynomial import Polynomial
from morseloss.search.complete.smale import gradient_terms
from morseloss.search.complete.tracking import ComplexPoints, Ends, Homotopy, TrackState, followed
from morseloss.search.iterate import Progress
from morseloss.search.shares import ALONE, Shares
from morseloss.status import Status

__all__ = ["Ends", "TotalDegree", "leading_powers", "track", "variable_scales"]

SOLVED = 1e-12  # of the terms of an equation: what may be left of it at a solution


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
    axes, names = range(polynomial.dim), polynomial.variables
    powers = tuple(max((e[i] for e in polynomial.terms if e[i] == sum(e)), default=0) for i in axes)
    for axis, power in enumerate(powers):
        if power < 2:
            raise ValueError(
                f"a leading power of at least 2 is needed in every variable, got {names[axis]}^"
                f"{power} in {polynomial!r}: its critical points run off to infinity; add a power "
                f"of {names[axis]} with a small coefficient, or pass `starts` to search instead"
            )
    for exponents in polynomial.terms:
        if sum(e / m for e, m in zip(exponents, powers, strict=True)) > 1 + 1e-12:
            pure = " + ".join(f"{x}^{m}" for x, m in zip(names, powers, strict=True))
            raise ValueError(
                f"the pure powers {pure} must dominate every term, got the exponents {exponents} "
                f"in {polynomial!r}: solutions may lie at infinity and cannot be counted; add pure "
                "powers of higher degree with small coefficients, or pass `starts` to search"
            )
    return powers


@dataclass(frozen=True, eq=False)
class TotalDegree(Homotopy):
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

    def solves(self, landscape: Landscape, x: ComplexPoints) -> Bool[Tensor, " batch"]:
        """Return which points are critical up to rounding."""
        terms = gradient_terms(cast(Polynomial, landscape), x.abs() + self.radii)
        return (landscape.gradient(x).abs() <= SOLVED * terms).all(-1)


def track(
    polynomial: Polynomial,
    *,
    gamma: complex,
    rtol: float,
    max_steps: int = 4000,
    shares: Shares = ALONE,
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
    shares, progress
        As for `followed`.

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
    return followed(
        homotopy, polynomial, homotopy.init(), max_steps=max_steps, shares=shares,
        progress=progress,
    )  # fmt: skip


def variable_scales(polynomial: Polynomial) -> Float[Tensor, " dim"]:
    """Return the size of the critical points in each variable, as the coefficients suggest it."""
    return _sizes(polynomial, leading_powers(polynomial))[0]


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
