"""What a network may still fall: told from a descent, with the climb between, and its verdict."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from morseloss.networks import (
    LBFGS,
    Birth,
    Births,
    NetworkLandscape,
    Rounded,
    Rounding,
    births,
    converge,
)
from tests.networks.models import cross_entropy, labelled, mlp, vectors


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def land_of(activation, decay=1e-2):
    x, y = labelled(seeded(), 6, images=30)
    module = mlp(activation, width=3)
    return NetworkLandscape(module, cross_entropy, x, y, weight_decay=decay)


@pytest.fixture(scope="module")
def smooth():
    land = land_of(nn.Tanh)
    return land, converge(land, vectors(land, seeded(1), 3), LBFGS(gtol=1e-8, ftol=0.0)).points


@pytest.fixture(scope="module")
def kinked():
    land = land_of(nn.ReLU)
    return land, converge(land, vectors(land, seeded(1), 2), LBFGS(ftol=0.0), max_steps=100).points


def test_minima_of_a_smooth_network_are_minima_to_a_gradient_of_1e_9(smooth):
    land, minima = smooth
    found = births(land, minima, gradients=400, lanczos=20)
    assert found.status.tolist() == [Birth.MINIMUM] * 3
    assert (found.gradient_norms < 1e-9).all()
    assert (found.may_fall < 1e-9).all()
    least = torch.linalg.eigvalsh(land.hessian(found.points))[:, 0]
    assert ((found.curvatures - least).abs() <= found.curvature_errors + 1e-6).all()
    assert repr(found) == "Births(3 networks after 400 more gradients: 3 minimum)"


def test_a_network_beside_its_minimum_descends_without_a_climb_by_what_it_lies_above(smooth):
    land, minima = smooth
    beside = minima + 0.02 * torch.randn(minima.shape, generator=seeded(2), dtype=minima.dtype)
    found = births(land, beside, gradients=200)
    assert found.status.tolist() == [Birth.DESCENDING] * 3
    torch.testing.assert_close(found.falls, land.value(beside) - land.value(minima))
    assert (found.climbs < 1e-12).all()
    assert "let it descend" in found.notes[0]


@pytest.mark.slow
def test_ends_on_kinks_are_minima_after_rounding_and_none_after_as_many_gradients_of_l_bfgs():
    land = land_of(nn.ReLU)
    starts = vectors(land, seeded(1), 2)
    crawled = converge(land, starts, LBFGS(ftol=0.0), max_steps=400).points
    rounded = converge(land, starts, Rounding(ftol=0.0, stage=60), max_steps=400).points
    before, after = births(land, crawled, gradients=200), births(land, rounded, gradients=200)
    assert set(before.status.tolist()) <= {Birth.DESCENDING, Birth.SHALLOW}
    assert (before.falls > 1e-3).all()
    assert after.status.tolist() == [Birth.MINIMUM] * 2
    assert (after.may_fall >= births(land, rounded, gradients=400).falls).all()


def test_a_short_descent_tells_no_more_rest_than_its_later_half_fell(kinked):
    land, points = kinked
    found = births(land, points, gradients=50)
    looks = [births(land, points, gradients=number).falls for number in (25, 50)]
    assert (found.rests <= looks[1] + looks[0]).all()
    assert (found.rests < 0.1 * found.values).all()


def test_gradient_norms_on_kinks_are_those_of_the_rounded_loss(kinked):
    land, points = kinked
    found = births(land, points, Rounding(widths=(0.05,), ftol=0.0), gradients=50)
    norms = Rounded(land, 0.05).gradient(found.points).norm(dim=1)
    torch.testing.assert_close(found.gradient_norms, norms)
    torch.testing.assert_close(found.models, norms**2 / 2e-2)


def test_a_lower_point_beyond_a_climb_makes_a_minimum_shallow():
    class Ripple(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, x):
            w = self.weight * x
            return (w**2 - 1) ** 2 + 0.01 * w + 1

    data = torch.ones(2, 1)
    land = NetworkLandscape(Ripple(), lambda out, _: out.mean(), data, data)
    higher = converge(land, torch.ones(1, 1).double(), LBFGS(gtol=1e-9, ftol=0.0)).points

    class Leap(LBFGS):
        """Begins on the other side, as a descent over wide roundings may."""

        def init(self, landscape, points):
            return super().init(landscape, -points)

    found = births(land, higher, Leap(ftol=0.0), gradients=20)
    assert found.status.tolist() == [Birth.SHALLOW]
    assert float(found.falls) == pytest.approx(0.02, rel=0.01)
    assert float(found.climbs) == pytest.approx(0.99, abs=0.01)


def test_a_path_that_dips_makes_no_minimum_of_its_end(smooth):
    land, minima = smooth
    found = births(land, minima, gradients=50, dips={1: 0.1})
    assert found.status.tolist() == [Birth.MINIMUM, Birth.DESCENDING, Birth.MINIMUM]
    assert float(found.may_fall[1]) == pytest.approx(0.1)


def test_a_saddle_is_told_by_its_curvature():
    class Saddle(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(2))

        def forward(self, x):
            return x * 0 + self.weight[0] ** 2 - self.weight[1] ** 2 + self.weight[1] ** 4 + 1

    data = torch.ones(2, 1)
    land = NetworkLandscape(Saddle(), lambda out, _: out.mean(), data, data)
    at = torch.zeros(1, 2, dtype=torch.float64)
    assert births(land, at, gradients=8).status.tolist() == [Birth.MINIMUM]
    found = births(land, at, gradients=8, lanczos=2)
    assert found.status.tolist() == [Birth.SADDLE]
    assert float(found.curvatures) == pytest.approx(-2.0)


def test_a_loss_that_is_not_finite_costs_the_others_nothing(kinked):
    land, points = kinked
    found = births(land, torch.cat([points[:1], torch.full_like(points[:1], 1e200)]), gradients=8)
    assert found.status[1] == Birth.NONFINITE
    alone = births(land, points[:1], gradients=8)
    torch.testing.assert_close(found.may_fall[:1], alone.may_fall)


def test_what_may_follow_has_a_margin_over_what_is_expected_to():
    one = torch.ones(2, dtype=torch.float64)
    rests, dips = torch.tensor([[0.1, 0.3], [0.0, 9.0]], dtype=torch.float64)
    found = Births(
        points=one[:, None], values=one, falls=one, climbs=0 * one, rests=rests, dips=dips,
        gradient_norms=one, models=torch.tensor([0.2, torch.inf], dtype=torch.float64),
        curvatures=one, curvature_errors=one, gradients=8, tolerance=1e-5,
    )  # fmt: skip
    torch.testing.assert_close(found.may_fall, torch.tensor([1 + 8 * 0.2, 9.0]).double())
    without = replace(found, dips=0 * one)
    torch.testing.assert_close(without.may_fall[1], torch.tensor(1 + 8 * 0.3).double())


def test_without_decay_the_model_knows_no_bound():
    land = land_of(nn.ReLU, decay=0.0)
    found = births(land, vectors(land, seeded(1), 1), gradients=8)
    assert found.models.isinf().all()


def test_single_precision_is_taken_to_double(kinked):
    land, points = kinked
    assert births(land, points.float(), gradients=8).points.dtype == torch.float64


def test_what_does_not_fit_is_refused(kinked):
    land, points = kinked
    with pytest.raises(ValueError, match="`gradients` must be 8 or more"):
        births(land, points, gradients=7)
    with pytest.raises(ValueError, match="`tolerance` positive"):
        births(land, points, tolerance=0.0)
    with pytest.raises(ValueError, match="`dips` must be by rows of 2"):
        births(land, points, dips={2: 0.1})
    with pytest.raises(ValueError, match="must be a NetworkLandscape"):
        births(Rounded(land, 0.1), points)


@pytest.mark.parametrize("gradients", [8, 24])
def test_a_descent_of_few_looks_may_go_on_by_as_much_as_it_fell(generator, gradients):
    land = NetworkLandscape(mlp(), cross_entropy, *labelled(generator, 6))
    found = births(land, vectors(land, generator), gradients=gradients)
    assert (found.falls > 0).all()
    assert (found.rests >= 0.99 * found.falls).all()
    assert (found.status != Birth.MINIMUM).all()


def test_a_lax_descent_certifies_nothing(generator):
    land = NetworkLandscape(mlp(), cross_entropy, *labelled(generator, 6))
    found = births(land, vectors(land, generator), method=LBFGS(gtol=10.0))
    assert (found.gradient_norms > 1e-3).all()
    assert (found.status != Birth.MINIMUM).all()
