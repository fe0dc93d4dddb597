"""All critical points of smooth functions on boxes: known counts, and those of polynomials."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.status import SearchError


def on(function, low, high):
    box = torch.tensor([low, high], dtype=torch.float64)
    return ml.Function(function, dim=len(low), box=box)


def trefethen(x):
    """The function of the fourth of the hundred digits."""
    x, y = x[:, 0], x[:, 1]
    waves = (50 * x).sin().exp() + (60 * y.exp()).sin() + (70 * x.sin()).sin()
    return waves + (80 * y).sin().sin() - (10 * (x + y)).sin() + (x**2 + y**2) / 4


@pytest.mark.parametrize(
    "land",
    [ml.analytic.MuellerBrown(), ml.analytic.Rastrigin(2), ml.analytic.Rastrigin(1)],
    ids=repr,
)
def test_the_catalogue_comes_out_complete(land):
    found = ml.critical_points(land)
    assert found.certificate.complete
    known = land.critical_points
    assert torch.allclose(found.points, known.points, atol=1e-10)
    assert found.indices.equal(known.indices)
    assert found.certificate.fit_rise < 1e-6


def test_the_function_of_the_hundred_digits_has_2720_critical_points():
    with pytest.warns(UserWarning, match="alternating count 0"):
        found = ml.critical_points(on(trefethen, [-1.0, -1.0], [1.0, 1.0]))
    assert found.certificate.complete
    assert len(found) == 2720
    assert float(found.residuals.max()) < 1e-11
    assert float(found.values[0]) == pytest.approx(-3.306868647475237, abs=1e-14)  # published


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_random_polynomials_have_the_points_that_the_homotopy_counts(dim):
    draws = np.random.default_rng(dim)
    for _ in range(8 // dim):
        terms = {tuple((4 * np.eye(dim, dtype=int)[k]).tolist()): 1.0 for k in range(dim)}
        for powers in np.ndindex(*[4] * dim):
            if 0 < sum(powers) < 4:
                terms[powers] = draws.normal()
        land = ml.Polynomial(terms)
        counted = ml.critical_points(land)
        found = ml.critical_points(on(land.value, *land.box.tolist()))
        assert counted.certificate.complete
        assert found.certificate.complete
        assert torch.allclose(found.points, counted.points, atol=1e-9)


def test_points_on_the_wall_and_in_the_middle_of_a_box_are_found_once():
    found = ml.critical_points(on(lambda x: torch.cos(torch.pi * x[:, 0]), [-1.0], [1.0]))
    assert found.points.flatten().tolist() == pytest.approx([-1.0, 1.0, 0.0], abs=1e-12)
    assert found.certificate.complete


def test_units_do_not_matter():
    for unit in (1e-7, 1.0, 1e7):
        land = on(lambda x, u=unit: torch.cos(x / u).sum(-1), [-6 * unit] * 2, [6.5 * unit] * 2)
        with pytest.warns(UserWarning, match="alternating count"):
            found = ml.critical_points(land)
        assert len(found) == 16
        assert found.certificate.complete


def test_gaussian_wells_in_a_plain_that_is_flat_to_round_off():
    def wells(x):
        near = (-50 * (x - 0.3).square().sum(-1)).exp()
        return -near - (-80 * (x + 0.4).square().sum(-1)).exp()

    found = ml.critical_points(on(wells, [-2.0, -2.0], [2.0, 2.0]))
    assert found.indices.tolist() == [0, 0, 1]
    assert found.certificate.complete
    assert found.certificate.flat > 0
    assert found.certificate.fit_rise < 1e-9


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x[:, 0] ** 4 + x[:, 1] ** 2,
        lambda x: x[:, 0] ** 3 - 3 * x[:, 0] * x[:, 1] ** 2,
    ],
    ids=["quartic", "monkey saddle"],
)
def test_a_degenerate_point_is_found_and_undecided(function):
    with pytest.warns(UserWarning, match=r"incomplete: of 1 place of .*`perturb`"):
        found = ml.critical_points(on(function, [-1.0, -1.0], [1.0, 1.2]))
    assert found.indices.tolist() == [-1]
    assert float(found.points.abs().max()) < 1e-4
    assert not found.certificate.complete
    assert found.certificate.undecided == 1


def test_a_constant_is_refused():
    with pytest.raises(SearchError, match="constant on its box"):
        ml.critical_points(on(lambda x: 0 * x[:, 0], [0.0, 0.0], [1.0, 1.0]))


def test_a_whole_complex_of_no_polynomial_needs_no_starts():
    land = ml.analytic.MuellerBrown()
    bars = ml.morse_complex(land, ml.critical_points(land)).diagram()
    assert bars.of_degree(0).births.tolist() == pytest.approx(
        [-146.6995, -108.1667, -80.7678], abs=1e-4
    )


def test_a_kink_of_the_gradient_in_the_bottom_of_a_well_is_told_and_not_flat():
    with pytest.raises(SearchError, match="no series that converges on the cell"):
        ml.critical_points(on(lambda x: (x**2 + x * x.abs() / 2)[:, 0], [-2.0], [3.1]))


@pytest.mark.parametrize("low", [0.05, 0.1, 0.2])
def test_a_pole_nearby_hides_no_wells(low):
    def pair(x):
        return 4 * (x[:, 0] ** -12 - x[:, 0] ** -6) - torch.exp(-30 * (x[:, 0] - 2) ** 2)

    found = ml.critical_points(on(pair, [low], [3.0]))
    assert found.indices.tolist() == [0, 0, 1]
    assert found.certificate.complete


def test_the_cover_of_a_circle_goes_all_round():
    waves = on(lambda x: torch.cos(3 * x[:, 0]) + 0.1 * torch.cos(x[:, 0]), [-0.5], [1.6])
    found = ml.critical_points(ml.Periodic(waves, 2 * np.pi))
    assert found.indices.tolist().count(0) == found.indices.tolist().count(1) == 3


def test_far_from_the_origin_round_off_is_no_kink():
    found = ml.critical_points(
        on(lambda x: ((x[:, 0] - 1e6) ** 2 - 1) ** 2, [1e6 - 2], [1e6 + 2.1])
    )
    assert found.indices.tolist() == [0, 0, 1]
