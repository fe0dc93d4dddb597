"""The small eigenvalues: how many, how good, and when there is nothing to see."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss import witten
from morseloss.witten import Resolution
from morseloss.witten.cells import cells_of, window_level
from morseloss.witten.conductances import network_of
from morseloss.witten.eyring_kramers import bars_of
from morseloss.witten.spectrum import computed
from tests.witten.test_differentials import laplacian

LINE = ml.analytic.EasyAndHard()
PLANE = ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 2): -1.4, (1, 1): 0.3, (1, 0): 0.1})
POINTS = ml.critical_points(PLANE)


def raised(line, stiffness=3.0):
    """A polynomial on a line with a parabola across it, which has the same bars."""
    terms = {(power, 0): number for (power,), number in line.terms.items()}
    land = ml.Polynomial({**terms, (0, 2): stiffness})
    points = ml.critical_points(line).points
    return land, ml.classify(land, torch.hstack([points, torch.zeros_like(points)]))


def without(points, place):
    """All points of a line but the one at a place."""
    return points.take((points.points[:, 0] - place).abs().argsort(stable=True)[1:].sort().values)


@pytest.mark.parametrize("degree", [0, 1])
def test_eigenvalues_are_those_of_the_dense_matrix_for_a_step_of_zero(degree):
    """At a temperature so high that ordinary arithmetic sees them."""
    box = np.array([[-2.1, -2.0], [2.1, 2.0]])
    found = witten.spectrum(PLANE, POINTS, 0.15, degree=degree, cells=32, box=torch.from_numpy(box))
    dense = []
    for cells in (16, 32):
        network = network_of(cells_of(PLANE, box, cells, 0.15), degree, window_level(POINTS, 0.15))
        there = network.masses.ravel() > 0
        network.masses[network.masses == 0] = 1.0
        matrix = laplacian(network)[there][:, there]
        dense.append(np.linalg.eigvalsh(matrix)[1 - degree :][: len(found)])
    wanted = dense[1] * (dense[1] / dense[0]) ** (1 / 3)
    good = found.status == Resolution.RESOLVED
    assert good.sum() == (3 if degree == 0 else 1)
    np.testing.assert_allclose(found.eigenvalues[good], wanted[good], rtol=1e-6)


def test_there_is_one_eigenvalue_a_minimum_but_for_the_lowest_and_one_a_maximum():
    camel = ml.analytic.SixHumpCamel()
    assert len(witten.spectrum(camel, camel.critical_points, 0.05, cells=60)) == 5
    assert len(witten.spectrum(camel, camel.critical_points, 0.05, cells=60, degree=1)) == 2


def test_a_lone_well_has_no_small_eigenvalue_and_a_gap_that_is_known():
    """The spectrum of `x^2/2` is `2 h n`; with its one well grounded it begins above `2 h`."""
    bowl = ml.Polynomial({2: 0.5})
    found = witten.spectrum(bowl, ml.critical_points(bowl), 0.1)
    assert len(found) == 0
    assert repr(found) == "Spectrum(0 of degree 0 at 0.1)"
    assert 0.1 < found.rest < 0.4


def test_the_error_falls_with_the_square_of_the_step_and_covers_the_truth():
    best = witten.spectrum(PLANE, POINTS, 0.08, cells=160)
    assert (best.errors < 2e-3).all()
    errors = []
    for cells in (40, 80):
        found = witten.spectrum(PLANE, POINTS, 0.08, cells=cells)
        assert (np.abs(found.eigenvalues / best.eigenvalues - 1) < 1.5 * found.errors).all()
        errors.append(found.errors)
    assert (errors[0] / errors[1] > 3).all()


def test_eigenvalues_next_to_nothing_are_still_resolved():
    found = witten.spectrum(LINE, LINE.critical_points, 0.0115)
    assert (found.status == Resolution.RESOLVED).all()
    assert found.eigenvalues[0] < 1e-150
    assert (found.errors < 1e-6).all()
    assert repr(found) == "Spectrum(2 of degree 0 at 0.0115: 2 resolved)"


def test_on_a_line_a_temperature_is_too_low_only_for_the_grid():
    prefactors = witten.eyring_kramers(LINE, ml.morse_complex(LINE, LINE.critical_points))
    found = witten.spectrum(LINE, LINE.critical_points, 1e-4)
    wanted = np.log(1e-4 * prefactors) - 2 * np.array([2.0, 0.5]) / 1e-4
    np.testing.assert_allclose(found.log_eigenvalues, wanted, atol=1e-3)
    assert not found.eigenvalues.any()
    with pytest.raises(ValueError, match=r"none of the 2 .* raise `cells`, or the temperature"):
        witten.spectrum(LINE, LINE.critical_points, 1e-8)


def test_a_temperature_that_drowns_the_taller_bar_says_so():
    found = witten.spectrum(*raised(LINE), 0.006)
    assert found.status.tolist() == [Resolution.DROWNED, Resolution.RESOLVED]
    assert found.eigenvalues[0] == 0.0
    assert found.log_eigenvalues[0] == -np.inf
    assert found.errors[0] == np.inf
    assert "raise the temperature" in Resolution(int(found.status[0])).message
    assert 0 < found.eigenvalues[1] < 1e-70


def test_a_temperature_that_drowns_all_is_refused():
    with pytest.raises(ValueError, match=r"none of the 2 .* drowned in round-off: .* raise the te"):
        witten.spectrum(*raised(LINE), 1e-3)


def test_every_temperature_on_the_way_down_is_right_or_called_drowned():
    """Near the end of floats an eigenvalue must not be wrong without a word."""
    complex = ml.morse_complex(LINE, LINE.critical_points)
    prefactors = np.sort(witten.eyring_kramers(LINE, complex))[::-1]
    seen = set()
    for h in np.geomspace(0.012, 0.0046, 25).tolist():
        found = witten.spectrum(*raised(LINE), h)
        wanted = np.log(h * prefactors) - 2 * np.array([2.0, 0.5]) / h
        good = found.status == Resolution.RESOLVED
        off = np.abs(found.log_eigenvalues[good] - wanted[good])
        assert (off < 0.06 + found.errors[good]).all()  # the formula is short of terms in h
        seen |= set(found.status.tolist())
    assert seen == {Resolution.RESOLVED, Resolution.DROWNED}


def test_where_a_high_well_drowns_no_eigenvalue_takes_the_place_of_its_own():
    """The shorter bar belongs to the higher well, whose weights leave floats first."""
    curve = 3 * np.polynomial.Polynomial.fromroots([-1.8, -1.5, -0.4, 0.3, 0.9]).integ()
    line = ml.Polynomial({power: float(c) for power, c in enumerate(curve.coef)})
    lengths = bars_of(ml.morse_complex(line, ml.critical_points(line)), 0)[0]
    land, points = raised(line)
    np.testing.assert_allclose(lengths, [0.404, 0.0843], rtol=1e-3)
    for h in (0.0042, 0.004, 0.0038, 0.0034, 0.003, 0.0023):
        found = computed(land, points, h, degree=0, cells=None, box=None)
        if h > 0.004:
            seen = -h / 2 * (found.log_eigenvalues - np.log(h))
            np.testing.assert_allclose(seen, lengths, rtol=0.02)
        else:
            assert (found.status == Resolution.DROWNED).all()
            assert not found.eigenvalues.any()


def test_a_temperature_above_the_shorter_bar_says_so():
    found = witten.spectrum(LINE, LINE.critical_points, 1.2)
    assert found.status.tolist() == [Resolution.RESOLVED, Resolution.WARM]
    assert np.isnan(found.eigenvalues[1])
    assert found.eigenvalues[0] < found.rest / 8
    with pytest.raises(ValueError, match=r"none of the 2 .* lower the temperature"):
        witten.spectrum(LINE, LINE.critical_points, 5.0)


def test_a_grid_too_coarse_says_so():
    found = witten.spectrum(PLANE, POINTS, 0.02, cells=44)
    assert (found.status == Resolution.COARSE).any()
    better = witten.spectrum(PLANE, POINTS, 0.02, cells=140)
    assert (better.status == Resolution.RESOLVED).all()
    with pytest.raises(ValueError, match=r"two wells .* lie in one cell .* raise it"):
        witten.spectrum(PLANE, ml.classify(PLANE, POINTS.points.repeat(2, 1)), 0.1, cells=40)


def test_a_missing_minimum_shows_in_the_rest_of_the_spectrum():
    """Without the hard well, the easy one's eigenvalue lies above where the rest begins."""
    whole = witten.spectrum(LINE, LINE.critical_points, 0.1)
    lacking = without(LINE.critical_points, -2.0)
    seen = computed(LINE, lacking, 0.1, degree=0, cells=None, box=None)
    assert seen.rest < 1e-4 * whole.rest
    assert seen.status.tolist() == [Resolution.WARM]
    with pytest.raises(ValueError, match=r"or a critical point is missing.*complete `points`"):
        witten.spectrum(LINE, lacking, 0.1)


@pytest.mark.parametrize("missing", [0.0, 2.0])
def test_an_eigenvalue_below_that_of_the_missing_minimum_is_still_the_right_one(missing):
    """The rest then begins at what is missing, and the lowest eigenvalue lies far below."""
    whole = witten.spectrum(LINE, LINE.critical_points, 0.1)
    seen = witten.spectrum(LINE, without(LINE.critical_points, missing), 0.1)
    assert seen.status.tolist() == [Resolution.RESOLVED]
    np.testing.assert_allclose(seen.log_eigenvalues, whole.log_eigenvalues[:1], atol=1e-5)
    assert seen.eigenvalues[0] < 1e-4 * seen.rest < 1e-4 * whole.rest


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": 0.0}, "`temperature` must be positive and finite, got 0.0"),
        ({"temperature": np.nan}, "`temperature` must be positive"),
        ({"degree": 2}, "`degree` must be 0 or 1 in R"),
        ({"cells": 4}, "`cells` must be at least 8, got 4"),
        ({"points": POINTS.of_index(1)}, "`points` must be all critical points, with a minimum"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(options, message):
    given = {"points": POINTS, "temperature": 0.1, **options}
    with pytest.raises(ValueError, match=message):
        witten.spectrum(PLANE, **given)


def test_degenerate_points_and_spaces_are_refused():
    flat = ml.Polynomial({4: 1.0})
    points = ml.classify(flat, torch.zeros(1, 1, dtype=torch.float64), curvature=1.0)
    with pytest.raises(ValueError, match=r"degenerate in rows \[0\]; .* `perturb`"):
        witten.spectrum(flat, points, 0.1)
    space = ml.analytic.DoubleWell(3)
    with pytest.raises(ValueError, match=r"on a line and in the plane, got .*; restrict it"):
        witten.spectrum(space, space.critical_points, 0.1)
    with pytest.raises(ValueError, match="`degree` must be 0 in R"):
        witten.spectrum(LINE, LINE.critical_points, 0.1, degree=1)


def test_on_a_domain_the_box_is_the_domain():
    """The same wells cut off at a wall: bars inside are not moved."""
    box = torch.tensor([[-2.4], [2.4]], dtype=torch.float64)
    inside = ml.OnBox(LINE, box)
    one = witten.spectrum(LINE, LINE.critical_points, 0.05)
    other = witten.spectrum(inside, LINE.critical_points, 0.05)
    np.testing.assert_allclose(one.eigenvalues, other.eigenvalues, rtol=1e-6)
