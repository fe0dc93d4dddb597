"""Polynomials in turned coordinates: the same landscape, whose bars must be the same."""

import math
from collections import defaultdict

import torch

import morseloss as ml


def turned(land: ml.Polynomial, matrix: torch.Tensor) -> ml.Polynomial:
    """Return L(A x), expanded."""
    forms = [
        {tuple(int(k == j) for k in range(land.dim)): float(a) for j, a in enumerate(row)}
        for row in matrix
    ]
    terms: dict[tuple[int, ...], float] = defaultdict(float)
    for exponents, coefficient in land.terms.items():
        part = {(0,) * land.dim: coefficient}
        for form, power in zip(forms, exponents, strict=True):
            for _ in range(power):
                part = _product(part, form)
        for exponent, factor in part.items():
            terms[exponent] += factor
    return ml.Polynomial(terms)


def rotation(dim: int, seed: int) -> torch.Tensor:
    """Return a rotation matrix, or in one variable the reflection."""
    if dim == 1:
        return -torch.ones(1, 1, dtype=torch.float64)
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(dim, dim, generator=generator, dtype=torch.float64)
    basis, _ = torch.linalg.qr(drawn)
    basis[:, 0] *= math.copysign(1.0, float(torch.linalg.det(basis)))
    return basis


def _product(one, other):
    terms = defaultdict(float)
    for e, a in one.items():
        for f, b in other.items():
            terms[tuple(map(sum, zip(e, f, strict=True)))] += a * b
    return terms
