"""All critical points of every index, and a certificate that says how sure that is."""

import math
import warnings

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss._rows import take
from morseloss.search.complete import counted, tracking
from tests.checks import CATALOGUE
from tests.landscapes.boxes.turned import in_axes, turned
from validation.ensembles import gaussian_polynomial, wavy_polynomial

CONE = ml.Polynomial({(4, 0): 1.0, (2, 2): 2.0, (0, 4): 1.0, (2, 0): -1.0, (0, 2): -2.0})
AT_INFINITY = ml.Polynomial(CONE.terms | {(1, 0): 0.3})  # the leading part is (x^2 + y^2)^2
CUBIC = ml.Polynomial({3: 1.0, 1: -3.0})


def box(*corners):
    return torch.tensor(corners, dtype=torch.float64)


def assert_same_points(found, exact, rtol=1e-9):
    assert len(found) == len(exact)
    rows = (found.points[:, None] - exact.points[None]).norm(dim=-1).argmin(0)
    found = found.take(rows)  # points of one value may come in another order
    for name in ("points", "values", "indices", "eigenvalues"):
        torch.testing.assert_close(getattr(found, name), getattr(exact, name), rtol=rtol, atol=rtol)


POLYNOMIALS = [land for land in CATALOGUE if isinstance(land, ml.Polynomial)]


@pytest.mark.parametrize("land", POLYNOMIALS, ids=repr)
def test_polynomials_of_the_catalogue_are_found_without_starts_and_proven(land):
    found = ml.critical_points(land)
    assert_same_points(found, land.critical_points)
    assert found.certificate.complete
    assert found.certificate.consistent
    assert found.certificate.real == len(found)
    assert found.certificate.alpha < 1e-6
    assert found.residuals.max() <= 1e-12 * (1 + found.eigenvalues.abs().max())
    assert found.origins is None


@pytest.mark.parametrize(
    ("land", "count"),
    [
        (ml.analytic.MuellerBrown(), 500),
        (ml.analytic.Rastrigin(dim=1, wells=3), 100),
        (ml.analytic.Rastrigin(dim=2, wells=1), 200),
        (ml.analytic.Himmelblau(), 100),
    ],
    ids=lambda item: repr(item),
)
def test_starts_lead_to_the_critical_points_of_the_catalogue(land, count, generator):
    starts = ml.sample_box(land, count, generator=generator)
    found = ml.critical_points(land, starts)
    assert_same_points(found, land.critical_points)
    assert found.certificate.consistent
    assert not found.certificate.complete  # nothing was counted beforehand
    assert found.certificate.expected == 0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("dim", "degree"), [(2, 4), (3, 4), (4, 4)])
def test_random_polynomials_are_complete_and_count_to_one(dim, degree, seed):
    land = gaussian_polynomial(dim, degree, torch.Generator().manual_seed(seed))
    found = ml.critical_points(land)
    assert found.certificate.complete
    assert found.certificate.euler == 1
    assert (found.values.diff() >= 0).all()
    starts = ml.sample_box(land, 64, generator=torch.Generator().manual_seed(seed))
    minima = ml.find_minima(land, starts).points  # whatever else finds is among them
    assert torch.cdist(minima, found.points).amin(1).max() < 1e-8


def test_a_search_goes_on_from_beside_what_it_found():
    """One start at a well leads to it alone; its saddle and the other well come in later rounds."""
    land, start = ml.analytic.DoubleWell(1), box([-1.0])
    with pytest.warns(UserWarning, match="incomplete: .* the alternating count .*, not 1"):
        few = ml.critical_points(land, torch.cat([start, 0 * start]), rounds=1)
    found = ml.critical_points(land, torch.cat([start, 0 * start]), rounds=6)
    assert len(few) == 2
    assert_same_points(found, land.critical_points)
    assert found.certificate.rounds > 1


def test_points_outside_the_domain_are_left_out():
    quadrant = ml.OnBox(ml.analytic.Himmelblau(), box([1.0, 1.0], [5.0, 5.0]))
    found = ml.critical_points(quadrant)
    inside = ((found.points > 1) & (found.points < 5)).all(-1)
    assert found.indices[inside].tolist() == [0]
    torch.testing.assert_close(found.points[inside], box([3.0, 2.0]))
    assert ((found.points >= 1) & (found.points <= 5)).all()
    assert found.certificate.complete  # 9 solutions inside, 3 on each edge, 4 corners
    assert found.certificate.expected == 9 + 4 * 3 + 4


def test_a_polynomial_that_falls_may_be_studied_on_a_box():
    found = ml.critical_points(ml.OnBox(CUBIC, box([0.0], [3.0])))
    assert found.points.tolist() == [[1.0]]
    found = ml.critical_points(ml.OnBox(CUBIC, box([-1.5], [3.0])))
    assert found.points.tolist() == [[1.0], [-1.5], [-1.0]]
    assert found.certificate.euler == 1


def test_wrappers_that_count_and_bound_are_seen_through():
    land = ml.Counted(ml.analytic.SixHumpCamel())
    assert_same_points(ml.critical_points(land), land.base.critical_points)
    assert land.gradients > 0


def test_the_same_call_gives_the_same_bits():
    land = gaussian_polynomial(3, 4, torch.Generator().manual_seed(0))
    one, other = ml.critical_points(land), ml.critical_points(land)
    for name in ("points", "values", "eigenvalues", "residuals"):
        assert torch.equal(getattr(one, name), getattr(other, name))
    assert one.certificate == other.certificate


def test_a_bowl_has_one_point():
    found = ml.critical_points(ml.Polynomial({(2, 0): 1.0, (0, 2): 3.0, (1, 0): -2.0}))
    assert found.points.tolist() == [[1.0, 0.0]]
    assert found.certificate.expected == 1


@pytest.mark.parametrize(
    ("terms", "points", "degenerate"),
    [
        ({4: 1.0}, 1, 1),
        ({6: 1.0, 4: -3.0, 2: 3.0}, 3, 2),
        pytest.param({(4, 0): 1.0, (0, 4): 1.0, (0, 2): -1.0}, 3, 3, marks=pytest.mark.slow),
        ({(4, 0): 1.0, (0, 4): 1.0, (2, 1): 1.0}, 3, 1),
        pytest.param({(6, 0): 1.0, (0, 4): 1.0, (1, 3): 1.0}, 3, 1, marks=pytest.mark.slow),
    ],
)
def test_degenerate_points_are_found_with_their_multiplicity_and_never_given_an_index(
    terms, points, degenerate
):
    found = ml.critical_points(ml.Polynomial(terms))
    assert len(found) == points
    assert len(found.of_index(-1)) == found.certificate.degenerate == degenerate
    assert (found.of_index(-1).status == ml.Status.DEGENERATE).all()
    assert found.certificate.complete
    assert not found.certificate.consistent


@pytest.mark.parametrize("seed", range(1))
def test_a_double_root_of_the_slope_is_one_degenerate_point(seed):
    double, single = np.random.default_rng(100 + seed).normal(size=2)
    coefficients = np.polyint(4 * np.poly([double, double, single]))[:-1].tolist()
    found = ml.critical_points(ml.Polynomial(dict(zip((4, 3, 2, 1), coefficients, strict=True))))
    assert sorted(found.indices.tolist()) == [-1, 0]
    assert abs(float(found.of_index(-1).points) - double) < 1e-7
    assert abs(float(found.of_index(0).points) - single) < 1e-7
    assert found.certificate.complete


@pytest.mark.slow
def test_roots_too_near_to_a_double_one_are_better_missed_than_made_up(monkeypatch):
    monkeypatch.setattr(tracking, "LOOP_RADII", tracking.LOOP_RADII[:1])  # quicker
    double, single = 0.5621166546881184, 0.5602005194734958
    coefficients = np.polyint(4 * np.poly([double, double, single]))[:-1].tolist()
    with pytest.warns(UserWarning, match="incomplete: 1 of 3"):
        found = ml.critical_points(
            ml.Polynomial(dict(zip((4, 3, 2, 1), coefficients, strict=True))), rounds=1
        )
    assert (found.points - single).abs().max() < 1e-7


def test_the_bottom_of_a_bent_valley_is_all_there_is_though_solutions_lie_at_infinity():
    valley = ml.Polynomial("(1 - x)^2 + 100 (y - x^2)^2")  # Rosenbrock's
    with pytest.warns(UserWarning, match=r"2 of 3 .* lie at infinity, where .* neither is certif"):
        found = ml.critical_points(valley)
    assert found.indices.tolist() == [0]
    assert found.points.tolist() == [[1.0, 1.0]]
    assert found.certificate.complete
    assert (found.certificate.expected, found.certificate.away) == (1, 2)


ROSENBROCK = {(4, 0): 100.0, (2, 1): -200.0, (0, 2): 100.0, (2, 0): 1.0, (1, 0): -2.0, (0, 0): 1.0}
CHAIN = {
    **{(4, 0, 0): 100.0, (2, 1, 0): -200.0, (0, 2, 0): 101.0, (2, 0, 0): 1.0, (1, 0, 0): -2.0},
    **{(0, 4, 0): 100.0, (0, 2, 1): -200.0, (0, 0, 2): 100.0, (0, 1, 0): -2.0, (0, 0, 0): 2.0},
}


@pytest.mark.parametrize(
    ("terms", "angle"), [(ROSENBROCK, math.pi / 2), (ROSENBROCK, 0.3), (CHAIN, 0.7)]
)
@pytest.mark.slow
def test_a_bent_valley_whose_coefficients_are_rounded_has_its_bottom(terms, angle):
    axes, origin = turned(len(next(iter(terms))), angle), np.array([0.3, -0.7, 0.4])
    valley = in_axes(terms, axes, origin[: len(axes)])
    assert np.abs(valley.box.numpy()).max() < 1000  # that of the chain as it stands is 820
    with pytest.warns(UserWarning, match="lie at infinity"):
        found = ml.critical_points(valley)
    assert found.indices.tolist() == [0]
    bottom = np.linalg.solve(axes, 1.0 - origin[: len(axes)])
    assert found.points[0].numpy() == pytest.approx(bottom, rel=1e-9)
    assert found.certificate.complete


@pytest.mark.parametrize(
    "terms",
    [
        {(2, 2): 1.0, (1, 1): -2.0, (2, 0): 1.0},  # (x y - 1)^2 + x^2: its floor is never reached
        {(4, 0): 100.0, (2, 1): -200.0, (0, 2): 100.0, (1, 0): -1.0},  # its valley falls
    ],
)
@pytest.mark.slow
def test_a_valley_that_does_not_rise_is_refused_in_turned_coordinates_too(terms):
    with pytest.raises(ml.SearchError, match=r"at infinity.* not rise without bound along a curve"):
        ml.critical_points(in_axes(terms, turned(2, 0.3), np.zeros(2)))


def test_wells_round_which_all_is_symmetric_far_out_are_complete_with_a_warning():
    with pytest.warns(UserWarning, match=r"4 of 9 .* at infinity, .* \(1, 0[+-]1j\)"):
        found = ml.critical_points(AT_INFINITY)
    assert len(found) == 5
    assert found.certificate.euler == 1
    assert (found.certificate.found, found.certificate.away) == (5, 4)
    starts = ml.sample_box(AT_INFINITY, 48, generator=torch.Generator().manual_seed(0))
    assert_same_points(ml.critical_points(AT_INFINITY, starts), found)
    mended = ml.Polynomial(AT_INFINITY.terms | {(4, 0): 1.001, (0, 4): 1.001})
    proven = ml.critical_points(mended).certificate
    assert (proven.complete, proven.away) == (True, 0)


def bowl(x):
    return x.square().sum(-1)


@pytest.mark.parametrize(
    ("land", "message"),
    [
        (ml.Function(bowl, 2), r"`starts` is required.*knows no box; give it a `box`, or pass `st"),
        (
            ml.Function(bowl, 4, box=box([0.0] * 4, [1.0] * 4)),
            "more than 3 variables; pass `starts",
        ),
        (CUBIC, r"is not coercive: it falls.*add a term that grows, or study it on a box.*OnBox"),
        (ml.Polynomial({0: 1.0}), "is not coercive: .* or stays level"),
        (ml.Polynomial({(2, 2): 1.0, (2, 0): 1.0, (0, 2): 1.0}), "pure powers .* must dominate"),
    ],
    ids=repr,
)
def test_what_cannot_be_counted_is_refused_with_a_remedy(land, message):
    with pytest.raises(ValueError, match=message):
        ml.critical_points(land)


def test_bad_starts_are_refused():
    with pytest.raises(ValueError, match=r"use `starts\[None\]`"):
        ml.critical_points(ml.analytic.Himmelblau(), torch.zeros(2, dtype=torch.float64))


def losing(monkeypatch, attempts):
    """Let the tracker lose a path in its first attempts."""
    real, count = counted.track, []

    def track(*args, **kwargs):
        ends = real(*args, **kwargs)
        count.append(kwargs["rtol"])
        lost = torch.arange(int(len(count) <= attempts), len(ends.points))
        return take(ends, lost)

    monkeypatch.setattr(counted, "track", track)
    return count


def test_a_lost_path_is_followed_again_more_closely(monkeypatch):
    tolerances = losing(monkeypatch, attempts=2)
    found = ml.critical_points(ml.analytic.Himmelblau())
    assert found.certificate.complete
    assert found.certificate.rounds == 3
    assert tolerances == sorted(tolerances, reverse=True)
    assert len(set(tolerances)) == 3


def test_a_path_that_stays_lost_is_said(monkeypatch):
    losing(monkeypatch, attempts=9)
    message = "incomplete: 8 of 9 .* were found in 2 rounds; raise `rounds`, or rescale"
    with pytest.warns(UserWarning, match=message):
        found = ml.critical_points(ml.analytic.Himmelblau(), rounds=2)
    assert not found.certificate.complete
    assert found.certificate.found == 8


def test_nothing_found_is_nothing_and_incomplete(monkeypatch):
    monkeypatch.setattr(
        counted, "track", lambda *_, **__: take(ENDS, torch.zeros(0, dtype=torch.long))
    )
    with pytest.warns(UserWarning, match="incomplete: 0 of 9"):
        found = ml.critical_points(ml.analytic.Himmelblau())
    assert len(found) == 0
    assert repr(found.certificate).startswith("Certificate(incomplete: 0 of 9")


ENDS = counted.track(ml.analytic.Himmelblau(), gamma=1j, rtol=1e-3)


def test_too_few_starts_are_said_with_what_is_missing():
    start = box([3.0, 2.0], [-2.8, 3.1])
    with pytest.warns(UserWarning, match=r"count \d, not 1; draw more `starts`") as heard:
        found = ml.critical_points(ml.analytic.Himmelblau(), start, rounds=1)
    assert "perturb" not in str(heard[0].message)
    assert not found.certificate.consistent
    with pytest.warns(UserWarning, match="perturb the degenerate ones away"):
        ml.critical_points(ml.Polynomial({(4, 0): 1.0, (0, 2): 1.0}), 0 * start + 0.1, rounds=1)


def test_a_complete_set_is_no_cause_for_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ml.critical_points(ml.analytic.SixHumpCamel())


def test_an_interrupt_keeps_the_solutions_that_arrived():
    def impatient(step, running, total):
        if running < total:
            raise KeyboardInterrupt

    land = wavy_polynomial(2, 6, torch.Generator().manual_seed(0))
    with pytest.raises(ml.Interrupted) as stop:
        ml.critical_points(land, progress=impatient)
    found = stop.value.found
    assert 0 < len(found) < 25
    assert found.residuals.max() < 1e-10
    assert not found.certificate.complete


def test_an_interrupt_of_a_search_keeps_the_indices_that_were_done(generator):
    heard = []

    def impatient(step, running, total):
        heard.append(step)
        if heard.count(0) == 2:  # the search for index 1 begins
            raise KeyboardInterrupt

    land = ml.analytic.Himmelblau()
    with pytest.raises(ml.Interrupted) as stop:
        ml.critical_points(land, ml.sample_box(land, 64, generator=generator), progress=impatient)
    assert stop.value.found.indices.tolist() == [0] * 4
    assert stop.value.found.certificate.euler == 4


def test_progress_hears_of_the_paths():
    heard = []
    ml.critical_points(ml.analytic.Himmelblau(), progress=lambda *counts: heard.append(counts))
    assert heard[0] == (0, 9, 9)
    assert heard[-1][1] == 0


SPREAD = {
    "two crossing lines of minima": "x^4 - 2 x^2 y^2 + y^4",
    "a valley along a parabola": "y^2 - 2 x^2 y + x^4",
    "lines beside an axis": "x^4 + y^4 + z^4 - 2 x^2 y^2",
}


@pytest.mark.parametrize("name", SPREAD)
def test_critical_points_that_fill_a_curve_are_never_counted_complete(name):
    with pytest.warns(UserWarning, match="not isolated, they fill a curve or a surface"):
        found = ml.critical_points(ml.Polynomial(SPREAD[name]))
    assert found.certificate.found < found.certificate.expected
    assert not found.certificate.complete
    assert found.indices.tolist() == [-1] * len(found)


def test_isolated_critical_points_count_however_many_paths_end_there():
    for formula, found in (("x^4 + y^4", 9), ("x^2 + y^6", 5), ("x^4 + y^4 - 2 x^3 - 2 y^3", 9)):
        counts = ml.critical_points(ml.Polynomial(formula)).certificate
        assert counts.found == counts.expected == found
