"""Polynomials in any dimension: value, gradient and Hessian of a batch in one fused pass.

The one idea: all monomials that occur in L or in any of its first and second derivatives are
evaluated once; one matrix product turns them into value, gradient and Hessian.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from numbers import Real
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._shapes import AnyGradients, AnyHessians, AnyPoints, AnyValues, Points
from morseloss.kinds import check_kind
from morseloss.landscapes.boxes.reach import reach
from morseloss.landscapes.formulas.formula import common_names, formula, latex, terms_of
from morseloss.landscapes.landscape import Box, Landscape, check_number_of
from morseloss.topology.door import number, reals

__all__ = ["Polynomial"]

ROWS_TOGETHER = 4096  # whose monomials stay in the cache

Exponents = tuple[int, ...]
Terms = dict[Exponents, float]


class Polynomial(Landscape):
    """A polynomial given by its terms.

    Parameters
    ----------
    terms : mapping from exponents to coefficient, or str, or a polynomial of sympy or numpy
        `{(2, 1): 3.0}` is `3 x^2 y`, and so is the string `"3 x^2 y"`, where a space is a product
        and `^` or `**` a power; LaTeX is read as far as polynomials go. In one variable an integer
        may stand for the exponent.
    names : sequence of str, optional
        Of the variables, in their order; by default those of a string in the order of the alphabet,
        and none of a mapping.

    Attributes
    ----------
    terms : dict
        The non-zero terms, highest degree first.
    degree : int
        Largest sum of exponents.

    Raises
    ------
    ValueError
        If there is no term, an exponent is negative or not an integer, the exponents differ in
        length, or a coefficient is not finite; if a string or an expression is no polynomial.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.Polynomial({(4, 0): 1.0, (0, 4): 1.0, (2, 0): -2.0, (1, 1): 0.3})
    >>> land
    Polynomial(x0^4 + x1^4 - 2 x0^2 + 0.3 x0 x1)
    >>> ml.Polynomial("x^4 + y^4 - 2 x^2 + 0.3 x y") == land
    True
    """

    def __init__(
        self,
        terms: Mapping[Exponents, float] | Mapping[int, float] | str | Any,
        *,
        names: Sequence[str] | None = None,
    ) -> None:
        terms, self.names = terms_of(terms, names)
        self.terms = _checked_terms(terms)
        self.dim = len(next(iter(self.terms)))
        check_number_of(self.names, self.dim)
        self.degree = max(sum(exponents) for exponents in self.terms)
        exponents, columns = _jet_table(self.terms, self.dim)
        self._exponents = torch.tensor(exponents)
        self._columns = torch.tensor(columns, dtype=torch.float64)
        upper = torch.triu_indices(self.dim, self.dim)
        square = torch.zeros(self.dim, self.dim, dtype=torch.long)
        square[upper[0], upper[1]] = torch.arange(upper.shape[1])
        self._square = torch.maximum(square, square.T)

    @classmethod
    def from_roots(cls, roots: Sequence[float], leading: float = 1.0) -> "Polynomial":
        """Return the polynomial in one variable with the given roots, as `numpy.poly` does.

        Parameters
        ----------
        roots : sequence of float
            The roots, repeated for multiplicity.
        leading : float
            Coefficient of the highest power.

        Examples
        --------
        >>> import morseloss as ml
        >>> ml.Polynomial.from_roots([-1, -1, 1, 1])
        Polynomial(x0^4 - 2 x0^2 + 1)
        """
        coefficients = number("leading", leading) * np.atleast_1d(np.poly(reals("roots", roots)))
        return cls._in_one_variable(coefficients[::-1])

    @classmethod
    def from_derivatives(cls, data: Mapping[float, Sequence[float]]) -> "Polynomial":
        """Return the polynomial in one variable of least degree with given derivatives at points.

        Parameters
        ----------
        data : mapping from point to derivatives
            `{a: (v, s, k)}` asks for value v, slope s and curvature k at a (Hermite data; the
            paper's Appendix D takes two such points). N numbers in all give degree N - 1 or less.

        Raises
        ------
        ValueError
            If there is no data, or the linear system is too ill-conditioned to be met.

        Examples
        --------
        >>> import morseloss as ml
        >>> ml.Polynomial.from_derivatives({0.0: (1.0, 0.0), 1.0: (0.0, 0.0)})
        Polynomial(2 x0^3 - 3 x0^2 + 1)
        """
        size = sum(len(derivatives) for derivatives in data.values())
        if not size:
            raise ValueError("`data` must give at least one derivative at one point, got none")
        rows = [
            [math.perm(power, order) * point ** (power - order) if power >= order else 0.0
             for power in range(size)]
            for point, derivatives in data.items()
            for order in range(len(derivatives))
        ]  # fmt: skip
        wanted = np.concatenate([np.asarray(d, dtype=float) for d in data.values()])
        matrix = np.array(rows)
        coefficients = np.linalg.solve(matrix, wanted)
        coefficients -= np.linalg.solve(matrix, matrix @ coefficients - wanted)
        missed = np.abs(matrix @ coefficients - wanted).max()
        if not missed <= 1e-8 * (1 + np.abs(wanted).max()):
            raise ValueError(
                f"the derivatives in `data` could only be met to {missed:.1e}; points too close "
                "together or too far from 0: rescale the variable"
            )
        coefficients[np.abs(coefficients) < 1e-14 * np.abs(coefficients).max()] = 0.0
        return cls._in_one_variable(coefficients)

    @classmethod
    def _in_one_variable(cls, coefficients: np.ndarray) -> "Polynomial":
        return cls({(power,): float(c) for power, c in enumerate(coefficients)})

    def value(self, points: AnyPoints) -> AnyValues:
        """Return the values at the points, one a row."""
        return self._derivatives(points, 0, 1)[:, 0]

    def gradient(self, points: AnyPoints) -> AnyGradients:
        """Return the gradients at the points, exact up to rounding."""
        return self._derivatives(points, 1, 1 + self.dim)

    def hessian(self, points: AnyPoints) -> AnyHessians:
        """Return the Hessians at the points, exact up to rounding."""
        return self._derivatives(points, 1 + self.dim, None)[:, self._square.to(points.device)]

    def hvp(self, points: AnyPoints, vectors: AnyPoints) -> AnyPoints:
        """Return the product of the Hessian at each point with the vector of the same row."""
        return (self.hessian(points) @ vectors[..., None])[..., 0]

    def jet(self, points: AnyPoints) -> tuple[AnyValues, AnyGradients, AnyHessians]:
        """Return value, gradient and Hessian from one evaluation of the monomials."""
        table = self._derivatives(points, 0, None)
        second = table[:, 1 + self.dim :][:, self._square.to(points.device)]
        return table[:, 0], table[:, 1 : 1 + self.dim], second

    def taylor(
        self, points: Points
    ) -> tuple[Int[Tensor, "terms dim"], Float[Tensor, "batch terms"]]:
        """Return the Taylor expansion at each point: `L(x + y) = sum_a coefficients[a] y^a`.

        Returns
        -------
        exponents : Tensor of int, shape (terms, dim)
            All exponents below those of a term, the constant one first.
        coefficients : Tensor, shape (batch, terms)
        """
        above = np.array(list(self.terms))
        below = np.array(sorted({b for e in self.terms for b in _up_to(e)}))
        left = above[:, None] - below[None]
        factors = np.array(list(self.terms.values()))[:, None] * _binomials(above[:, None], below)
        powers = torch.stack([points**k for k in range(self.degree + 1)])
        axes = torch.arange(self.dim)
        monomials = powers[torch.from_numpy(left.clip(0)), :, axes].prod(2)
        weighted = torch.from_numpy(factors).to(points)[..., None] * monomials
        return torch.from_numpy(below), weighted.sum(0).T

    def _derivatives(self, points: Tensor, first: int, last: int | None) -> Tensor:
        columns = self._columns[:, first:last].to(points)
        if len(points) <= ROWS_TOGETHER:
            return self._monomials(points) @ columns
        return torch.cat([self._monomials(rows) @ columns for rows in points.split(ROWS_TOGETHER)])

    def _monomials(self, points: Tensor) -> Tensor:
        exponents = self._exponents.to(points.device)
        powers = [torch.ones_like(points)]
        for _ in range(self.degree):
            powers.append(powers[-1] * points)
        table = torch.stack(powers).movedim(2, 0).contiguous()  # axis, power, row
        monomials = table[0].index_select(0, exponents[:, 0])
        for axis in range(1, self.dim):
            monomials *= table[axis].index_select(0, exponents[:, axis])
        return monomials.T

    @cached_property
    def box(self) -> Box | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        """A box that holds the critical points, as far as many directions can tell.

        Along a direction u, `d/dr L(r u)` is a polynomial in r, and no critical point lies beyond
        its largest root. The box holds these roots for a thousand directions and for those to
        which the largest of them lead, with a margin of a tenth (of 1 where all roots are 0).
        `None` where the polynomial falls along one of the directions: it is not coercive.
        """
        box = reach(self.terms)
        return None if box is None else torch.from_numpy(box)

    def rescaled(self, units: Float[Tensor, " dim"]) -> Landscape:
        """Return the polynomial in `y`, where `units * y` is the point."""
        powers = (units ** torch.tensor(list(self.terms))).prod(1).tolist()
        terms = {e: c * u for (e, c), u in zip(self.terms.items(), powers, strict=True)}
        return Polynomial(terms, names=self.names)

    def __add__(self, other: object) -> Landscape:
        """Return the sum: a polynomial where the other is one, or a number."""
        return self._with(other, 1.0) or super().__add__(other)

    __radd__ = __add__

    def __sub__(self, other: object) -> Landscape:
        """Return the difference: a polynomial where the other is one, or a number."""
        return self._with(other, -1.0) or super().__sub__(other)

    def __mul__(self, other: object) -> Landscape:
        """Return the product: a polynomial where the other is one, or a number."""
        if isinstance(other, Real):
            other = Polynomial({(0,) * self.dim: float(other)})
        if not isinstance(other, Polynomial) or other.dim != self.dim:
            return super().__mul__(other)
        terms: dict[tuple[int, ...], float] = {}
        for (ours, a), (theirs, b) in itertools.product(self.terms.items(), other.terms.items()):
            powers = tuple(i + j for i, j in zip(ours, theirs, strict=True))
            terms[powers] = terms.get(powers, 0.0) + a * b
        return Polynomial(terms, names=common_names(self.names, other.names))

    __rmul__ = __mul__

    def _with(self, other: object, factor: float) -> "Polynomial | None":
        """The polynomial with a multiple of another added; None where the other is none."""
        if isinstance(other, Real):
            other = Polynomial({(0,) * self.dim: float(other)})
        if not isinstance(other, Polynomial) or other.dim != self.dim:
            return None
        terms = dict(self.terms)
        for powers, coefficient in other.terms.items():
            terms[powers] = terms.get(powers, 0.0) + factor * coefficient
        return Polynomial(terms, names=common_names(self.names, other.names))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(tuple(self.terms.items()))

    def _repr_latex_(self) -> str:
        """Return the formula as a notebook typesets it."""
        return f"${latex(self.terms, self.variables)}$"

    def __repr__(self) -> str:
        return f"Polynomial({formula(self.terms, self.names)})"


def _checked_terms(terms: Mapping) -> Terms:
    plain: Terms = {}
    check_kind("terms", terms, Mapping, "`{(2, 1): 3.0}` is `3 x^2 y`")
    for key, given in terms.items():
        coefficient = number(f"terms[{key!r}]", given)
        exponents = (key,) if isinstance(key, int) else tuple(key)
        if not exponents or any(not isinstance(e, int | np.integer) or e < 0 for e in exponents):
            raise ValueError(f"exponents must be integers, zero or more, got {key!r}")
        if not math.isfinite(coefficient):
            raise ValueError(f"the coefficient of {key!r} must be finite, got {coefficient}")
        plain[tuple(int(e) for e in exponents)] = coefficient
    if not plain:
        raise ValueError("`terms` must hold at least one term, got none; use {(4,): 1.0}, say")
    lengths = {len(exponents) for exponents in plain}
    if len(lengths) > 1:
        raise ValueError(f"all exponents must have one length, got lengths {sorted(lengths)}")
    kept = {e: c for e, c in plain.items() if c} or {(0,) * lengths.pop(): 0.0}
    return dict(sorted(kept.items(), key=lambda item: (-sum(item[0]), tuple(-e for e in item[0]))))


def _derivative(terms: Terms, axis: int) -> Terms:
    return {
        (*e[:axis], e[axis] - 1, *e[axis + 1 :]): e[axis] * c for e, c in terms.items() if e[axis]
    }


def _jet_table(terms: Terms, dim: int) -> tuple[list[Exponents], np.ndarray]:
    """Monomials of L and its derivatives; their coefficients in L, dL, d2L (upper triangle)."""
    first = [_derivative(terms, axis) for axis in range(dim)]
    second = [_derivative(first[i], j) for i in range(dim) for j in range(i, dim)]
    parts = [terms, *first, *second]
    monomials = sorted(set().union(*parts))
    columns = [[part.get(exponents, 0.0) for part in parts] for exponents in monomials]
    return monomials, np.array(columns)


def _up_to(exponents: Exponents) -> Iterator[Exponents]:
    return itertools.product(*(range(e + 1) for e in exponents))


def _binomials(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Products of binomial coefficients over the last axis; zero where `below` exceeds `above`."""
    from scipy.special import comb

    return comb(above, below).prod(-1)
