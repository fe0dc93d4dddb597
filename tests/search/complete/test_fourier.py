"""Every complex critical point of a trigonometric polynomial is counted, found and certified."""

import math

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.search.complete.smale import ALPHA
from morseloss.search.complete.wave_starts import apart, start_system
from morseloss.search.complete.waves import Waves, amplitudes, volume, wave_alphas
from validation.landscapes.periodic_landscapes import random_waves


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


RANDOM = [
    random_waves(dim, order, seeded(dim), alike=False) for dim, order in ((1, 5), (2, 2), (3, 1))
]
LEANING = ml.TrigonometricPolynomial({(1, 0): 1.0, (0, 1): 0.7, (1, 1): 0.4, (1, -1): (0.1, 0.3)})


@pytest.mark.parametrize(
    ("terms", "count"),
    [
        ({(3,): 1.0}, 6),
        ({(1, 0): 1.0, (0, 1): 1.0}, 4),
        ({(1, 0): 1.0, (0, 1): 1.0, (1, 1): 1.0}, 6),
        ({(1, 1): 1.0, (1, -1): 1.0}, 8),
        ({(2, 0, 0): 1.0, (0, 1, 0): 1.0, (0, 0, 1): 1.0}, 16),
        ({(2, 1): 1.0}, 0),
        ({(0, 0): 1.0}, 0),
    ],
)
def test_the_count_is_the_volume_of_the_frequencies(terms, count):
    series = ml.TrigonometricPolynomial(terms)
    assert volume(amplitudes(series)[0], series.dim) == count


@pytest.mark.parametrize(
    "land", [*RANDOM, LEANING], ids=lambda land: f"{land.dim}-{len(land.terms)}"
)
def test_the_real_points_are_all_there_are(land):
    points = ml.critical_points(land)
    certificate = points.certificate
    assert certificate.complete
    assert certificate.consistent
    assert certificate.euler == 0 == certificate.characteristic
    assert certificate.alpha < 1e-6
    searched = ml.critical_points(land, ml.sample_box(land, 300, generator=seeded()))
    torch.testing.assert_close(points.points, searched.points, rtol=1e-9, atol=1e-9)
    assert torch.equal(points.indices, searched.indices)


def test_in_one_variable_they_are_the_roots_of_a_polynomial():
    land = RANDOM[0]
    highest = max(k for (k,) in land.terms)
    coefficients = np.zeros(2 * highest + 1, dtype=complex)
    for (k,), (a, b) in land.terms.items():
        coefficients[highest + k] += k * complex(a, -b) / 2
        coefficients[highest - k] -= k * complex(a, b) / 2
    roots = np.roots(coefficients[::-1])
    angles = np.sort(np.angle(roots[np.abs(np.abs(roots) - 1) < 1e-8]) % (2 * math.pi))
    found = np.sort(ml.critical_points(land).points[:, 0].numpy())
    np.testing.assert_allclose(found * 2 * math.pi / land.periods[0], angles, atol=1e-9)


def test_a_degenerate_point_counts_with_its_multiplicity():
    """The slope is `4 sin x (cos x - 1)`: three zeros in one place, one at pi."""
    points = ml.critical_points(ml.TrigonometricPolynomial({1: 4.0, 2: -1.0}))
    assert points.certificate.found == points.certificate.expected == 4
    assert sorted(points.indices.tolist()) == [-1, 0]
    top = points.points[points.indices < 0, 0]
    torch.testing.assert_close((top + 1) % (2 * math.pi), torch.ones_like(top), atol=1e-4, rtol=0)


def test_where_solutions_lie_at_infinity_those_that_do_not_are_found():
    """The outermost waves are a square, `(z + w)^2`: some solutions have left."""
    land = ml.TrigonometricPolynomial(
        {(2, 0): 1.0, (1, 1): 2.0, (0, 2): 1.0, (1, -1): 0.3, (1, 0): 0.2}
    )
    points = ml.critical_points(land)
    most = volume(amplitudes(land)[0], 2)
    assert points.certificate.expected < most
    searched = ml.critical_points(land, ml.sample_box(land, 200, generator=seeded()))
    assert len(points) == len(searched)


def test_a_series_that_is_constant_along_some_direction_is_refused():
    with pytest.raises(ValueError, match=r"constant along some direction"):
        ml.critical_points(ml.TrigonometricPolynomial({(1, 1): 1.0, (2, 2): 0.5}))


def test_loops_lead_to_every_solution_of_a_start_system():
    frequencies = amplitudes(LEANING)[0]
    base, points = start_system(frequencies)
    waves = Waves(torch.tensor(frequencies, dtype=torch.float64), base, base, 1e-3)
    assert len(points) == volume(frequencies, 2)
    assert (wave_alphas(waves, points)[0] < 1e-6).all()
    assert apart(points, points).fill_diagonal_(math.inf).min() > 1e-3


def test_newton_converges_within_twice_beta_where_alpha_says_so():
    frequencies, end = amplitudes(LEANING)
    waves = Waves(torch.tensor(frequencies, dtype=torch.float64), end, end, 1e-3)
    exact = ml.critical_points(LEANING).points.to(torch.complex128)
    for size in (1e-1, 3e-2, 1e-2, 1e-3):
        x = exact + size
        alphas, betas = wave_alphas(waves, x)
        certified = alphas < ALPHA
        assert certified.all() or size > 1e-3
        assert ((exact - x).norm(dim=-1) <= 2 * betas)[certified].all()


def test_the_certificate_survives_a_wrapper():
    assert ml.critical_points(ml.Counted(LEANING)).certificate.complete
