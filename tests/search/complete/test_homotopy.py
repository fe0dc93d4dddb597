"""Every complex critical point is found, once; singular ones with their multiplicity."""

import cmath
import math

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss._rows import take
from morseloss.search.complete import tracking
from morseloss.search.complete.homotopy import Ends, leading_powers, track, variable_scales
from validation.ensembles import gaussian_polynomial, wavy_polynomial

GAMMA = cmath.exp(2.4j)


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def ends_of(land, gamma=GAMMA, **changes) -> Ends:
    return track(land, gamma=gamma, **({"rtol": 1e-3} | changes))


def from_slope_roots(*roots):
    """The polynomial in one variable whose derivative has these roots."""
    coefficients = np.polyint((len(roots) + 1) * np.poly(roots))
    powers = range(len(roots) + 1, 0, -1)
    return ml.Polynomial(dict(zip(powers, coefficients[:-1].tolist(), strict=True)))


def assert_same_sets(found, expected, atol):
    distances = np.abs(found[:, None] - expected[None])
    assert distances.min(0).max() < atol
    assert distances.min(1).max() < atol


RANDOM = [
    *(gaussian_polynomial(dim, degree, seeded(dim)) for dim, degree in [(1, 8), (2, 4), (3, 4)]),
    gaussian_polynomial(4, 4, seeded(4)),
    wavy_polynomial(2, 6, seeded(0)),
    ml.analytic.Himmelblau(),
    ml.analytic.SixHumpCamel(),
    ml.Polynomial({(2, 0): 1.0, (0, 2): 3.0}),
    ml.Polynomial({(4, 0): 1.0, (0, 2): 3.0, (2, 0): -1.0}),
    ml.Polynomial({(6, 0): 1.0, (0, 4): 2.0, (3, 1): 1.0, (0, 3): 1.0, (2, 0): -4.0, (1, 1): 0.7}),
]


@pytest.mark.parametrize("land", RANDOM, ids=lambda land: f"{land!r:.40}")
def test_there_are_as_many_distinct_solutions_as_the_powers_say(land):
    ends = ends_of(land)
    assert len(ends.points) == math.prod(m - 1 for m in leading_powers(land))
    assert (ends.status == ml.Status.CONVERGED).all()
    assert (ends.windings == 1).all()
    gaps = (ends.points[:, None] - ends.points[None]).abs().amax(-1)
    assert gaps.fill_diagonal_(torch.inf).min() > 1e-3
    terms = ml.Polynomial({e: abs(c) for e, c in land.terms.items()})
    rounding = 1e-14 * terms.gradient(ends.points.abs() + variable_scales(land))
    assert (land.gradient(ends.points).abs() <= rounding).all()


@pytest.mark.parametrize("land", RANDOM[:3], ids=lambda land: f"{land!r:.40}")
def test_another_gamma_leads_to_the_same_solutions_and_so_does_conjugation(land):
    first, second = ends_of(land).points, ends_of(land, gamma=1j).points
    for other in (second, first.conj()):
        gaps = (first[:, None] - other[None]).abs().amax(-1)
        assert gaps.amin(0).max() < 1e-9
        assert gaps.amin(1).max() < 1e-9


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("make", [gaussian_polynomial, wavy_polynomial])
def test_in_one_variable_the_solutions_are_those_of_numpy(make, seed):
    land = make(1, 8, seeded(seed))
    slope = np.polyder([land.terms.get((k,), 0.0) for k in range(land.degree, -1, -1)])
    assert_same_sets(ends_of(land).points[:, 0].numpy(), np.roots(slope), 1e-7)


def test_the_hermite_polynomial_of_figure_one_has_eleven_complex_solutions():
    land = ml.analytic.EasyAndHard()
    slope = np.polyder([land.terms.get((k,), 0.0) for k in range(land.degree, -1, -1)])
    ends = ends_of(land)
    assert len(ends.points) == 11
    assert_same_sets(ends.points[:, 0].numpy(), np.roots(slope), 1e-6)


@pytest.mark.parametrize(
    ("terms", "powers"),
    [
        ({4: 1.0, 3: 5.0}, (4,)),
        ({(6, 0): 1.0, (0, 4): 1.0, (3, 2): 1.0}, (6, 4)),
        (ml.analytic.SixHumpCamel().terms, (6, 4)),
        ({(2, 0): 1.0, (0, 2): 1.0, (1, 1): 0.1}, (2, 2)),
    ],
)
def test_leading_powers_are_those_of_the_pure_terms(terms, powers):
    assert leading_powers(ml.Polynomial(terms)) == powers


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({(4, 0): 1.0, (2, 1): 1.0}, r"at least 2 is needed in every variable, got x1\^0 .*infini"),
        ({(4, 0): 1.0, (0, 1): 1.0}, r"got x1\^1 in .*small coefficient, or pass `starts`"),
        ({(4, 0): 1.0, (0, 4): 1.0, (3, 2): 1.0}, r"x0\^4 \+ x1\^4 must dom.*exponents \(3, 2\)"),
        ({(4, 0): 1.0, (0, 2): 1.0, (2, 2): 1.0}, r"x0\^4 \+ x1\^2 must .* \(2, 2\).*higher"),
    ],
)
def test_what_has_no_dominating_pure_powers_is_refused(terms, message):
    with pytest.raises(ValueError, match=message):
        leading_powers(ml.Polynomial(terms))


def test_scales_follow_the_units_of_the_variables():
    land = gaussian_polynomial(2, 4, seeded(0))
    stretched = ml.Polynomial({e: c * 10.0 ** -e[0] * 0.1 ** -e[1] for e, c in land.terms.items()})
    wanted = variable_scales(land) * torch.tensor([10.0, 0.1], dtype=torch.float64)
    torch.testing.assert_close(variable_scales(stretched), wanted)


def test_units_a_million_apart_cost_no_solution():
    land = gaussian_polynomial(2, 4, seeded(0))
    units = torch.tensor([1e3, 1e-3], dtype=torch.float64)
    stretched = ml.Polynomial(
        {e: c * float((units ** -torch.tensor(e)).prod()) for e, c in land.terms.items()}
    )
    ends = ends_of(stretched)
    assert (ends.windings == 1).all()
    gaps = (ends.points[:, None] / units - ends_of(land).points[None]).abs().amax(-1)
    assert gaps.amin(0).max() < 1e-9


@pytest.mark.parametrize("seed", [0, 3])
def test_double_roots_at_random_places_are_double(seed):
    """Also where the loop around the end at first holds the third root as well."""
    double, single = np.random.default_rng(seed).normal(size=2)
    ends = ends_of(from_slope_roots(double, double, single))
    assert (ends.status == ml.Status.CONVERGED).all()
    assert sorted(ends.windings.tolist()) == [1, 2, 2]
    for winding, root in ((1, single), (2, double)):
        assert (ends.points[ends.windings == winding] - root).abs().max() < 1e-7


@pytest.mark.slow
def test_a_triple_root_is_the_end_of_three_paths():
    ends = ends_of(from_slope_roots(0.7, 0.7, 0.7))
    assert ends.windings.tolist() == [3, 3, 3]
    assert (ends.points - 0.7).abs().max() < 1e-7


@pytest.mark.slow
def test_a_flat_valley_floor_is_nine_fold():
    """x^4 + y^4: three times three paths, each of which closes after three turns."""
    ends = ends_of(ml.Polynomial({(4, 0): 1.0, (0, 4): 1.0}))
    assert ends.windings.tolist() == [3] * 9
    assert ends.points.abs().max() < 1e-12


def test_paths_to_infinity_are_told_from_those_that_arrive():
    land = ml.Polynomial({(4, 0): 1.0, (2, 2): 2.0, (0, 4): 1.0, (2, 0): -1.0, (0, 2): -2.0})
    tilted = ml.Polynomial(land.terms | {(1, 0): 0.3})
    ends = ends_of(tilted)
    away = ends.status == ml.Status.DIVERGED
    assert int(away.sum()) == 4
    assert (ends.status[~away] == ml.Status.CONVERGED).all()
    ratios = ends.points[away][:, 1] / ends.points[away][:, 0]  # where x^2 + y^2 = 0
    assert (ratios**2 + 1).abs().max() < 1e-2
    assert land.gradient(ends.points[~away]).abs().max() < 1


def test_what_has_not_arrived_is_not_passed_off_as_a_solution(monkeypatch):
    monkeypatch.setattr(tracking, "LOOP_RADII", tracking.LOOP_RADII[:1])  # quicker
    land = gaussian_polynomial(2, 4, seeded(0))
    exact = ends_of(land).points
    ends = ends_of(land, max_steps=3)
    claimed = ends.points[ends.status == ml.Status.CONVERGED]
    assert len(claimed) < len(exact)
    for point in claimed:
        assert (exact - point).abs().amax(-1).min() < 1e-6


def test_an_interrupt_keeps_the_paths_that_have_arrived():
    land = gaussian_polynomial(2, 4, seeded(0))

    def impatient(step, running, total):
        if running < total:
            raise KeyboardInterrupt

    with pytest.raises(ml.Interrupted) as stop:
        ends_of(land, progress=impatient)
    ends = stop.value.found
    arrived = take(ends, ends.status == ml.Status.CONVERGED)
    assert 0 < len(arrived.points) < 9
    assert land.gradient(arrived.points).abs().max() < 1e-10
    assert (ends.windings == (ends.status == ml.Status.CONVERGED)).all()
