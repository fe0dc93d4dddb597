"""Functions of symmetric matrices in their eigenbasis, against many digits and whole matrices."""

import math

import mpmath
import pytest
import torch

from morseloss.search.modes import NEAR_ZERO, across, along, curvature, exponents, phi1, phi34
from tests.checks import close

BESIDE = [side * NEAR_ZERO * part for side in (-1, 1) for part in (1 - 1e-12, 1, 1 + 1e-12)]
PLACES = [-700.0, -60.0, -3.0, -0.3, *BESIDE, -1e-3, -1e-9, 0.0, 1e-9, 1e-3, 0.3, 3.0, 40.0, 60.0]


def exact(order, z):
    """The function phi_order by its definition, with digits to spare for what cancels."""
    if z == 0:
        return 1 / math.factorial(order)
    with mpmath.workdps(100):
        z = mpmath.mpf(z)
        head = sum(z**k / mpmath.factorial(k) for k in range(order))
        return float((mpmath.exp(z) - head) / z**order)


def symmetric(generator, count=7, dim=4):
    matrices = torch.randn(count, dim, dim, generator=generator, dtype=torch.float64)
    return matrices + matrices.mT


@pytest.mark.parametrize("z", PLACES)
def test_phi_1_is_right_to_round_off(z):
    found = float(phi1(torch.tensor([z], dtype=torch.float64)))
    assert found == pytest.approx(exact(1, z), rel=5e-16)


@pytest.mark.parametrize("z", PLACES)
def test_phi_3_and_phi_4_are_right_to_the_first_term_left_out(z):
    found = phi34(torch.tensor([z], dtype=torch.float64))
    for order, one in zip((3, 4), found, strict=True):
        assert float(one) == pytest.approx(exact(order, z), rel=4e-9)


def test_the_series_near_zero_meets_the_formula_beside_it():
    beside = torch.tensor([NEAR_ZERO * (1 - 1e-9), NEAR_ZERO * (1 + 1e-9)], dtype=torch.float64)
    for z in (beside, -beside):
        for one in phi34(z):
            assert float((one[0] - one[1]).abs() / one[1]) < 5e-9


def test_phi_functions_follow_their_recurrence():
    z = torch.tensor([-30.0, -2.0, -0.4, 0.7, 5.0], dtype=torch.float64)
    phi3, phi4 = phi34(z)
    phi2 = z * phi3 + 1 / 2
    close(phi1(z), z * phi2 + 1, 1e-8)
    close(phi3, z * phi4 + 1 / 6, 1e-15)


def test_phi_1_of_modes_is_phi_1_of_the_matrix(generator):
    matrices = symmetric(generator)
    vectors = torch.randn(7, 4, generator=generator, dtype=torch.float64)
    eigenvalues, modes = torch.linalg.eigh(matrices)
    found = across(modes, phi1(eigenvalues) * along(modes, vectors))
    whole = torch.linalg.matrix_exp(matrices) @ vectors[..., None] - vectors[..., None]
    close(found, torch.linalg.solve(matrices, whole)[..., 0], 1e-10)


def test_along_and_across_undo_each_other(generator):
    modes = torch.linalg.eigh(symmetric(generator)).eigenvectors
    vectors = torch.randn(7, 4, generator=generator, dtype=torch.float64)
    close(across(modes, along(modes, vectors)), vectors, 1e-13)
    close(along(modes, modes[..., 2]), torch.eye(4).double()[2].expand(7, -1), 1e-13)


def test_the_curvature_bounds_every_eigenvalue_and_is_positive(generator):
    matrices = symmetric(generator)
    sizes = torch.linalg.eigvalsh(matrices).abs().amax(-1)
    found = curvature(matrices)
    assert (found >= sizes).all()
    assert (found <= 4**0.5 * sizes).all()
    assert (curvature(torch.zeros(2, 3, 3)) > 0).all()
    assert curvature(matrices[:0]).shape == (0,)


def test_exponents_grow_to_their_limit_and_fall_without_one():
    rates = torch.tensor([[-3.0, 0.0, 2.0]], dtype=torch.float64)
    times = torch.tensor([[100.0]], dtype=torch.float64)
    assert exponents(rates, times, limit=40.0).tolist() == [[40.0, 0.0, -200.0]]
