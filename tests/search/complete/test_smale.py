"""Alpha proves what it says: below its bound a solution lies within twice beta, and only there."""

import math

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.search.complete.homotopy import track, variable_scales
from morseloss.search.complete.smale import ALPHA, gradient_terms, smale
from validation.ensembles import gaussian_polynomial, wavy_polynomial

LANDS = [
    gaussian_polynomial(1, 8, torch.Generator().manual_seed(0)),
    gaussian_polynomial(2, 4, torch.Generator().manual_seed(0)),
    gaussian_polynomial(3, 4, torch.Generator().manual_seed(0)),
    wavy_polynomial(2, 6, torch.Generator().manual_seed(0)),
    ml.analytic.SixHumpCamel(),
]


def solutions_of(land):
    return track(land, gamma=1j, rtol=1e-4).points, variable_scales(land)


@pytest.mark.parametrize("land", LANDS, ids=lambda land: f"{land!r:.40}")
def test_alpha_is_at_round_off_at_solutions_and_beta_smaller_still(land):
    points, radii = solutions_of(land)
    alpha, beta = smale(land, points, radii)
    assert alpha.max() < 1e-8
    assert beta.max() < 1e-10
    assert math.isclose(ALPHA, 0.157671, abs_tol=1e-6)


@pytest.mark.parametrize("power", [-400, 500, 900])
def test_alpha_does_not_hang_on_the_unit_of_the_values(power):
    land = LANDS[0]
    points, radii = solutions_of(land)
    terms = {e: math.ldexp(c, power) for e, c in land.terms.items()}
    for ours, theirs in zip(
        smale(ml.Polynomial(terms), points, radii), smale(land, points, radii), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)


@pytest.mark.parametrize("land", LANDS, ids=lambda land: f"{land!r:.40}")
def test_nothing_is_certified_at_points_drawn_at_random(land, generator):
    _, radii = solutions_of(land)
    parts = torch.randn(2, 100, land.dim, generator=generator, dtype=torch.float64)
    alpha, _ = smale(land, torch.complex(*parts) * radii, radii)
    assert (alpha > ALPHA).all()


@pytest.mark.parametrize("land", LANDS, ids=lambda land: f"{land!r:.40}")
def test_where_alpha_is_small_a_solution_lies_within_twice_beta(land, generator):
    points, radii = solutions_of(land)
    sizes = torch.logspace(-12, 0, 40, dtype=torch.float64)
    ways = torch.randn(40, *points.shape, generator=generator, dtype=torch.float64)
    moved = (points + sizes[:, None, None] * ways * radii).flatten(0, 1)
    alpha, beta = smale(land, moved, radii)
    sure = alpha < ALPHA
    assert 0 < sure.sum() < len(sure)
    gaps = ((moved[sure][:, None] - points[None]) / radii).abs().norm(dim=-1)
    assert (gaps.amin(1) <= 2 * beta[sure] + 1e-15).all()


def test_newton_from_a_certified_point_doubles_the_digits():
    land, (roots, radii) = LANDS[0], solutions_of(LANDS[0])
    points = roots + 1e-2 * radii
    for _ in range(8):
        alpha, beta = smale(land, points, radii)
        _, gradient, hessian = land.jet(points)
        moved = points - torch.linalg.solve(hessian, gradient)
        later = smale(land, moved, radii)[1]
        sure = (alpha < ALPHA) & (beta > 1e-7)
        assert (later[sure] <= 0.51 * beta[sure]).all()
        points = moved


def test_a_landscape_in_other_units_has_the_same_alpha():
    land, (points, radii) = LANDS[1], solutions_of(LANDS[1])
    points = points + 1e-3
    units = torch.tensor([100.0, 0.01], dtype=torch.float64)
    scaled = ml.Polynomial(
        {e: 7.0 * c * float((units ** -torch.tensor(e)).prod()) for e, c in land.terms.items()}
    )
    for one, other in zip(
        smale(land, points, radii), smale(scaled, points * units, radii * units), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=0)


@pytest.mark.parametrize("seed", range(20))
def test_a_double_root_is_not_certified_even_where_its_equation_rounds_to_zero(seed):
    double, single = np.random.default_rng(seed).normal(size=2)
    coefficients = np.polyint(4 * np.poly([double, double, single]))[:-1].tolist()
    land = ml.Polynomial(dict(zip((4, 3, 2, 1), coefficients, strict=True)))
    offsets = torch.cat([torch.zeros(1), torch.logspace(-17, -7, 60)]).double()
    points = torch.complex(double + offsets, 0 * offsets)[:, None]
    assert (smale(land, points, variable_scales(land))[0] > ALPHA).all()


def test_a_singular_jacobian_is_certified_nowhere():
    land = ml.Polynomial({6: 1.0, 4: -3.0, 2: 3.0})  # the derivative is 6 x (x^2 - 1)^2
    points = torch.tensor([[-1.0], [1.0], [0.0]], dtype=torch.complex128)
    alpha, beta = smale(land, points, variable_scales(land))
    assert alpha.tolist() == [math.inf, math.inf, 0.0]
    assert beta.tolist() == [math.inf, math.inf, 0.0]


def test_the_terms_of_a_gradient_are_added_without_their_signs():
    land = ml.Polynomial({(3, 1): -2.0, (1, 0): 5.0, (0, 2): 4.0})
    sizes = torch.tensor([[2.0, 3.0]], dtype=torch.float64)
    # 6 x^2 y + 5, 2 x^3 + 8 y
    assert gradient_terms(land, sizes).tolist() == [[6 * 4 * 3 + 5, 2 * 8 + 8 * 3]]
