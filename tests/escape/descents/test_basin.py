"""Basins: gates, bars and curvatures of one minimum of each polynomial, and what has none."""

import numpy as np
import pytest

import morseloss as ml
from morseloss.escape import Fault, barcode_of, basins
from morseloss.escape.series import (
    derivative,
    evaluate,
    real_roots,
    rows_of,
    shifted,
    without_twins,
)
from tests.escape.descents.plain import CUBIC, QUARTIC, drawn

TWO_WAYS = ml.Polynomial({6: 1.0, 4: -3.0, 2: 2.1, 1: 0.05})
BOWL = ml.Polynomial({2: 1.0})


def test_gates_lengths_and_curvatures_are_those_of_the_exact_points():
    found = basins(QUARTIC, near=0.1)
    gate = np.sqrt((4 - np.sqrt(6.4)) / 2.4)
    assert (found.left[0], found.right[0]) == pytest.approx((-gate, gate))
    assert found.lengths[0] == pytest.approx(gate**2 - gate**4 + 0.2 * gate**6)
    assert found.curvatures[0] == pytest.approx(2.0)
    assert found.widths[0] == pytest.approx(gate)
    assert repr(found) == "Basins(1 of polynomials)"


def test_the_bar_is_that_of_the_barcode_for_random_polynomials(generator):
    found = basins(drawn(60, generator), near=0.0)
    checked = 0
    for row in np.flatnonzero(found.faults == 0):
        one = found.take([row])
        land = ml.Polynomial({k: float(c) for k, c in enumerate(one.coefficients[0])})
        bars = barcode_of(land)
        well = int(np.abs(one.wells[0] - one.minima[0]).argmin())
        bar = bars.birth_cells.tolist().index(well)
        assert one.lengths[0] == pytest.approx(bars.lifetimes[bar], rel=1e-9, abs=1e-12)
        checked += 1
    assert checked > 20


def test_by_default_the_minimum_with_the_longest_bar_that_ends_is_taken():
    bars = barcode_of(TWO_WAYS)
    assert basins(TWO_WAYS).lengths[0] == pytest.approx(bars.lifetimes[bars.finite].max())


def test_coefficients_around_the_minimum_describe_the_same_polynomial():
    found = basins(TWO_WAYS)
    places = np.linspace(-1.5, 1.5, 7)
    around = evaluate(found.coefficients, places[None] - found.minima[:, None])
    np.testing.assert_allclose(around, evaluate(rows_of(TWO_WAYS), places[None]), atol=1e-12)
    assert found.coefficients[0, 1] == 0


def test_basins_of_basins_are_themselves():
    found = basins(CUBIC)
    assert basins(found) is found


def test_rows_without_a_way_out_are_marked_and_single_ones_are_refused():
    rows = np.array([
        [0.0, 0.0, 1.0, -1.0, 0.1],  # has one
        [0.0, 0.0, 1.0, 0.0, 0.1],  # a bowl
        [0.0, 1.0, 0.0, 1.0, 0.0],  # no critical point
        [0.0, 0.0, 1.0, -1.0, 0.0],  # falls for ever
        [0.0, 0.0, 0.0, 0.0, 1.0],  # a flat minimum
    ])  # fmt: skip
    wrong = [Fault.NONE, Fault.NO_LOWER, Fault.NO_MINIMUM, Fault.NO_LOWER, Fault.NO_MINIMUM]
    found = basins(rows, near=0.0)
    assert found.faults.tolist() == wrong
    assert repr(found) == "Basins(5 of polynomials, 4 with a fault)"
    for row, fault in zip(rows[1:], wrong[1:], strict=True):
        with pytest.raises(ValueError, match=fault.message.split(";")[0].split(",")[0][:25]):
            basins(row[None], near=0.0)


def test_a_global_minimum_has_nothing_lower():
    with pytest.raises(ValueError, match="essential bar"):
        basins(CUBIC, near=1.4)
    with pytest.raises(ValueError, match="has no minimum that is not the global one"):
        basins(BOWL)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (ml.Polynomial({(2, 0): 1.0, (0, 2): 1.0}), "expected polynomials in one variable"),
        ([CUBIC, 3.0], "expected polynomials in one variable, got 3.0"),
        ([], "at least to the square; got shape"),
        (np.array([1.0, 2.0, 3.0]), r"got shape \(3,\)"),
        (np.array([[0.0, 0.0, np.nan]]), "must be finite"),
    ],
)
def test_what_holds_no_polynomials_in_one_variable_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        basins(given)


def test_real_roots_are_those_of_the_factors_and_none_else():
    rows = np.zeros((3, 5))
    rows[0] = np.polynomial.polynomial.polyfromroots([-1.0, 0.5, 2.0, 3.0])
    rows[1, :3] = [1.0, 0.0, 1.0]
    rows[2, 0] = 4.0
    found = real_roots(rows)
    np.testing.assert_allclose(found[0], [-1.0, 0.5, 2.0, 3.0], atol=1e-13)
    assert np.isinf(found[1:]).all()
    assert derivative(np.ones((2, 1))).tolist() == [[0.0], [0.0]]


def test_shifting_there_and_back_changes_nothing(generator):
    rows = drawn(5, generator)
    back = shifted(shifted(rows, np.full(5, 0.7)), np.full(5, -0.7))
    np.testing.assert_allclose(back, rows, atol=1e-11)


def integral(*roots):
    """The polynomial whose derivative has these roots."""
    curve = np.polynomial.Polynomial.fromroots(roots).integ()
    return ml.Polynomial({power: float(number) for power, number in enumerate(curve.coef)})


@pytest.mark.parametrize("shift", [0.0, 0.3, -0.7, 1.1, 0.123456])
def test_level_minima_are_no_way_out_of_each_other_whatever_round_off_does(shift):
    """Three wells, the outer ones level: the inner one alone has a bar that ends."""
    land = integral(*(shift + np.array([-1.5, -0.6, 0.0, 0.6, 1.5])))
    found = basins(land)
    assert found.minima[0] == pytest.approx(shift)
    assert found.saddles[0] == pytest.approx(shift + 0.6)  # of two level ones, that on the right
    for side in (-1.5, 1.5):
        with pytest.raises(ValueError, match="has no lower minimum to escape to"):
            basins(land, near=shift + side)
    assert basins([land, land], near=np.array([shift + 0.75, shift - 0.75])).minima == (
        pytest.approx([shift, shift - 1.5])
    )


@pytest.mark.parametrize("shift", [0.0, 0.3, -0.7, 1.1, 0.123456])
def test_a_point_of_inflection_is_neither_a_gate_nor_a_well(shift):
    """A double root of the slope, which round-off parts into two real ones or into none."""
    found = basins(integral(*(shift + np.array([-1.0, -0.5, 0.0, 0.7, 0.7]))), near=shift)
    assert found.wells[0, :2] == pytest.approx([shift - 1, shift])
    assert np.isinf(found.wells[0, 2:]).all()
    assert np.isinf(found.right[0])


def test_of_a_double_root_nothing_stays_and_of_a_triple_one_a_single_one():
    rows = np.array([[1.0, 1.0 + 1e-8, 2.0], [1.0, 1.0 + 1e-8, 1.0 + 2e-8], [1.0, 1.1, np.inf]])
    alone = without_twins(rows)
    assert alone[:, 0] == pytest.approx([2.0, 1.0, 1.0])
    assert np.isfinite(alone).sum(axis=1).tolist() == [1, 1, 2]
