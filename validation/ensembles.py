"""Random landscapes and graphs that the claims are tried on; every one from a seeded generator."""

import itertools
import math

import numpy as np
import torch
from numpy.polynomial import chebyshev

import morseloss as ml

__all__ = [
    "gaussian_polynomial",
    "random_graph",
    "random_wells",
    "sum_of_wells",
    "wavy_polynomial",
]


def gaussian_polynomial(dim: int, degree: int, generator: torch.Generator) -> ml.Polynomial:
    """Return `sum x_i^degree` plus Gaussian terms of every lower degree.

    The coefficient of x^a has the deviation `3 sqrt(multinomial(a) / |a|!)`: the lower part is a
    rotation-invariant random polynomial. Few minima, at irregular places.
    """
    terms = {}
    for exponents in itertools.product(range(degree), repeat=dim):
        total = sum(exponents)
        if 0 < total < degree:
            spread = 3.0 / math.sqrt(math.prod(math.factorial(e) for e in exponents))
            terms[exponents] = spread * _normal(generator)
    return ml.Polynomial(terms | _pure_powers(dim, degree))


def wavy_polynomial(
    dim: int, degree: int, generator: torch.Generator, strength: float = 1.5
) -> ml.Polynomial:
    """Return a sum of Chebyshev polynomials plus a random polynomial of lower degree.

    `sum T_degree(x_i)` has (degree/2)^dim minima, all of value -dim, between equal passes; the
    random part, in products of Chebyshev polynomials, makes all of them different and merges some.
    Many minima, of every rank.
    """
    lower = [e for e in itertools.product(range(degree), repeat=dim) if 0 < sum(e) < degree]
    terms: dict[tuple[int, ...], float] = {}
    waves = [(tuple(degree if i == a else 0 for i in range(dim)), 1.0) for a in range(dim)]
    scale = strength / math.sqrt(len(lower))
    waves += [(e, scale * _normal(generator)) for e in lower]
    for orders, amplitude in waves:
        factors = [chebyshev.cheb2poly([0] * order + [1]) for order in orders]
        for powers in itertools.product(*(range(len(f)) for f in factors)):
            product = amplitude * math.prod(
                float(f[p]) for f, p in zip(factors, powers, strict=True)
            )
            terms[powers] = terms.get(powers, 0.0) + product
    return ml.Polynomial(terms)


def random_wells(degree: int, generator: torch.Generator) -> np.ndarray:
    """Return a polynomial in one variable with degree/2 wells: coefficients, lowest first.

    Its derivative has the roots -1, ..., 1, evenly spaced, each moved by up to a third of the
    spacing.
    """
    roots = np.linspace(-1, 1, degree - 1)
    shift = torch.rand(degree - 1, generator=generator, dtype=torch.float64).numpy() - 0.5
    derivative = np.poly(roots + 2 / 3 * shift * (roots[1] - roots[0]))[::-1]
    return np.append(0.0, degree * derivative / np.arange(1, degree + 1))


def sum_of_wells(
    pieces: list[np.ndarray], generator: torch.Generator, skew: float = 0.5
) -> ml.Polynomial:
    """Return `sum_i f_i(a_i . x)`, the rows a_i those of a random matrix near an orthogonal one.

    A linear change of coordinates leaves the barcode alone, but not the gradient flow: in these
    coordinates it is no product.
    """
    dim = len(pieces)
    normal = torch.randn(dim, dim, generator=generator, dtype=torch.float64)
    noise = torch.randn(dim, dim, generator=generator, dtype=torch.float64)
    matrix = torch.linalg.qr(normal).Q + skew * noise / dim
    terms: dict[tuple[int, ...], float] = {}
    for row, piece in zip(matrix.tolist(), pieces, strict=True):
        for exponents in itertools.product(range(len(piece)), repeat=dim):
            power = sum(exponents)
            if power < len(piece):
                count = math.factorial(power) / math.prod(map(math.factorial, exponents))
                product = math.prod(a**e for a, e in zip(row, exponents, strict=True))
                terms[exponents] = terms.get(exponents, 0.0) + piece[power] * count * product
    return ml.Polynomial(terms)


def random_graph(
    minima: int, edges: int, rng: np.random.Generator, *, levels: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return values, edges and weights of a random graph, pieces and parallel edges included.

    `levels` above 0 rounds all values to so many levels, so that ties abound.
    """
    values = rng.uniform(-1, 1, minima)
    ends = rng.integers(0, minima, (edges, 2))
    weights = values[ends].max(axis=1) + rng.exponential(0.3, edges)
    if levels:
        values = np.round(values * levels) / levels
        weights = np.maximum(np.ceil(weights * levels) / levels, values[ends].max(axis=1))
    return values, ends, weights


def _pure_powers(dim: int, degree: int) -> dict[tuple[int, ...], float]:
    return {tuple(degree if i == axis else 0 for i in range(dim)): 1.0 for axis in range(dim)}


def _normal(generator: torch.Generator) -> float:
    return float(torch.randn((), generator=generator, dtype=torch.float64))
