"""A small tilt makes a landscape Morse, and moves no bar by more than it says."""

import numpy as np
import pytest
import torch

import morseloss as ml
from tests.checks import check_landscape
from validation.ensembles import gaussian_polynomial

FLAT = ml.Polynomial({(4, 0): 1.0, (0, 4): 1.0, (0, 2): -1.0})
CONNECTED = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (0, 2): 1.0, (1, 2): -2.0, (0, 4): 1.0})


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def diagram_of(land):
    return ml.morse_complex(land, ml.critical_points(land)).diagram()


def test_a_degenerate_polynomial_becomes_morse():
    for seed in range(3):
        tilted = ml.perturb(FLAT, 1e-3, generator=seeded(seed))
        points = ml.critical_points(tilted)
        assert points.indices.tolist() == [0, 0, 1]
        assert points.certificate.consistent
        assert len(diagram_of(tilted)) == 2


@pytest.mark.parametrize(
    ("land", "size"),
    [
        (ml.analytic.SixHumpCamel(), 1e-2),
        (ml.analytic.SixHumpCamel(), 1e-4),
        pytest.param(ml.analytic.DoubleWell(3), 1e-2, marks=pytest.mark.slow),
    ],
)
def test_no_bar_moves_by_more_than_the_size(land, size):
    before, after = diagram_of(land), diagram_of(ml.perturb(land, size, generator=seeded()))
    for degree in range(land.dim):
        one, other = before.of_degree(degree), after.of_degree(degree)
        assert ml.bottleneck_distance(one, other) <= size * (1 + 1e-9)


@pytest.mark.parametrize(
    "land",
    [
        ml.analytic.SixHumpCamel(),
        ml.analytic.MuellerBrown(),
        ml.analytic.Rastrigin(2, 1),
        gaussian_polynomial(3, 4, seeded()),
    ],
    ids=repr,
)
def test_the_tilt_is_zero_in_the_middle_and_of_the_size_at_corners(land):
    tilted = ml.perturb(land, 0.01, generator=seeded())
    low, high = land.box
    corners = torch.cartesian_prod(*torch.stack([low, high], dim=1)).reshape(-1, land.dim)
    change = tilted.value(corners) - land.value(corners)
    torch.testing.assert_close(change.abs().max().item(), 0.01, rtol=1e-6, atol=0)
    middle = ((low + high) / 2)[None]
    torch.testing.assert_close(tilted.value(middle), land.value(middle), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(tilted.hessian(corners), land.hessian(corners))


def test_polynomials_stay_polynomials_and_boxes_stay_boxes():
    box = torch.tensor([[-1.0, -1.0], [1.0, 1.0]], dtype=torch.float64)
    tilted = ml.perturb(FLAT, 1e-3, generator=seeded())
    assert isinstance(tilted, ml.Polynomial)
    assert tilted.terms.keys() - FLAT.terms.keys() <= {(1, 0), (0, 1), (0, 0)}
    on_box = ml.perturb(ml.OnBox(FLAT, box), 1e-3, generator=seeded())
    assert isinstance(on_box, ml.OnBox)
    assert isinstance(on_box.base, ml.Polynomial)
    assert torch.equal(on_box.domain, box)
    other = ml.perturb(ml.OnBox(ml.analytic.MuellerBrown(), box), 1.0, generator=seeded())
    assert isinstance(other, ml.OnBox)
    assert isinstance(other.base, ml.Tilted)
    rastrigin = ml.analytic.Rastrigin(2, 1)
    kept = ml.perturb(rastrigin, 1e-3, generator=seeded())
    assert isinstance(kept, ml.Tilted)
    assert torch.equal(kept.domain, rastrigin.domain)


def test_the_same_seed_gives_the_same_tilt():
    one, other = (ml.perturb(FLAT, 1e-3, generator=seeded(4)) for _ in range(2))
    assert one == other
    assert one != ml.perturb(FLAT, 1e-3, generator=seeded(5))
    generator = seeded(4)
    assert ml.perturb(FLAT, 1e-3, generator=generator) == one
    assert ml.perturb(FLAT, 1e-3, generator=generator) != one


def test_a_tilted_landscape_passes_the_interface_check(generator):
    land = ml.analytic.MuellerBrown()
    tilted = ml.perturb(land, 1.0, generator=generator)
    assert isinstance(tilted, ml.Tilted)
    check_landscape(tilted, ml.sample_box(land, 5, generator=generator))
    assert repr(ml.Tilted(land, torch.tensor([1.0, 0.12345]), torch.zeros(2))) == (
        "Tilted(MuellerBrown(), [1.0, 0.123])"
    )


def test_a_tilted_landscape_has_the_gradient_of_its_base_plus_the_slope(generator):
    land = ml.analytic.MuellerBrown()
    slope = torch.tensor([3.0, -2.0], dtype=torch.float64)
    tilted = ml.Tilted(land, slope, torch.zeros(2, dtype=torch.float64))
    points = ml.sample_box(land, 5, generator=generator)
    torch.testing.assert_close(tilted.gradient(points), land.gradient(points) + slope)
    torch.testing.assert_close(tilted.value(points), land.value(points) + points @ slope)


@pytest.mark.parametrize("seed", range(2))
def test_a_saddle_connection_goes_away(seed):
    with pytest.raises(ml.SearchError, match="saddle connection"):
        diagram_of(CONNECTED)
    after = diagram_of(ml.perturb(CONNECTED, 1e-3, generator=seeded(seed)))
    values = np.sort(ml.critical_points(CONNECTED).values.numpy())
    np.testing.assert_allclose(np.sort(after.births), values[:3], atol=1e-3)
    np.testing.assert_allclose(np.sort(after.deaths)[:2], values[3:], atol=1e-3)


@pytest.mark.parametrize("size", [0.0, -1.0, float("nan")])
def test_a_size_that_is_not_positive_is_refused(size):
    with pytest.raises(ValueError, match="`size` must be positive, got"):
        ml.perturb(FLAT, size, generator=seeded())


@pytest.mark.parametrize(
    "land", [ml.Polynomial({3: 1.0}), ml.Function(lambda x: (x**2).sum(-1), dim=2)], ids=repr
)
def test_without_a_box_there_is_no_size(land):
    with pytest.raises(ValueError, match=r"knows no box .* `OnBox`, or use `Tilted` with a slope"):
        ml.perturb(land, 1e-3, generator=seeded())
