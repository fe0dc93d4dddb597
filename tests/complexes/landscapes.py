"""Landscapes whose complexes are known or hard, and what is compared of them."""

import itertools
from functools import cache

import numpy as np
import pytest
import torch

import morseloss as ml
from validation.ensembles import gaussian_polynomial, wavy_polynomial

RING = ml.Polynomial(
    {(4, 0): 1.0, (2, 2): 1.9, (0, 4): 1.0, (2, 0): -2.0, (0, 2): -2.0, (1, 0): 0.3, (0, 1): 0.1}
)
SHELL = ml.Polynomial(
    {tuple(2 * ((i == k) + (j == k)) for k in range(3)): 1.0 if i == j else 1.6
     for i, j in itertools.combinations_with_replacement(range(3), 2)}
    | {tuple(2 * (i == k) for k in range(3)): -2.0 for i in range(3)}
    | {(1, 0, 0): 0.3, (0, 1, 0): 0.1, (0, 0, 1): 0.05}
)  # fmt: skip


def seeded(seed):
    return torch.Generator().manual_seed(seed)


RANDOM = {
    "gaussian R^1": gaussian_polynomial(1, 8, seeded(0)),
    "wavy R^1": wavy_polynomial(1, 8, seeded(0)),
    "gaussian R^2": gaussian_polynomial(2, 4, seeded(1000)),
    "gaussian R^2, one line": gaussian_polynomial(2, 4, seeded(1003)),
    "wavy R^2": wavy_polynomial(2, 4, seeded(0)),
    "gaussian R^3": gaussian_polynomial(3, 4, seeded(1)),
    "gaussian R^4": gaussian_polynomial(4, 4, seeded(0)),
    "ring": RING,
    "shell": SHELL,
    "camel": ml.analytic.SixHumpCamel(),
}


def quick(cases, *slow):
    """The cases as parameters, some of them slow."""
    return [pytest.param(*c, marks=pytest.mark.slow) if c[0] in slow else c for c in cases]


@cache
def points_of(land):
    return ml.critical_points(land)


@cache
def complex_of(land):
    return ml.morse_complex(land, points_of(land))


def bars(complex):
    diagram = complex.diagram()
    rows = np.stack([diagram.degrees, diagram.births, diagram.deaths], axis=1)
    return rows[np.lexsort(rows.T[::-1])]


def assert_same_bars(one, other, atol=1e-9):
    np.testing.assert_array_equal(one[:, 0], other[:, 0])
    np.testing.assert_allclose(one[:, 1:], other[:, 1:], rtol=0, atol=atol)


def counted(lines, points):
    return lines.boundary(points.values.numpy(), points.indices.numpy()).toarray()


def assert_lines_fall(land, complex, points):
    for row, path in enumerate(complex.lines.paths):
        ends = points.points[[complex.lines.sources[row], complex.lines.targets[row]]].numpy()
        np.testing.assert_array_equal(path[[0, -1]], ends)
        values = land.value(torch.tensor(path))
        assert len(path) > 2
        assert (values.diff() < 0).all()
