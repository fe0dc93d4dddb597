"""Families of Appendix D: what is held, what moves, and the barcode of each member."""

import math

import numpy as np
import pytest

import morseloss as ml
from morseloss.escape import barcode_of, linear_law, one_point, two_point


def derivatives(land, at, upto):
    curve = np.polynomial.Polynomial([land.terms.get((k,), 0.0) for k in range(7)])
    return [curve(at), *(curve.deriv(k)(at) for k in range(1, upto + 1))]


@pytest.mark.parametrize("at", [0.0, 0.7])
def test_one_point_holds_five_derivatives_and_moves_the_sixth(at):
    given = [0.3, 0.0, 2.0, 1.0, -24.0, 5.0]
    family = one_point(given, [0.2, 0.25], at=at)
    for land, sixth in zip(family.polynomials, family.coefficients, strict=True):
        seen = derivatives(land, at, 6)
        np.testing.assert_allclose(seen[:6], given, atol=1e-9)
        assert seen[6] == pytest.approx(math.factorial(6) * sixth)


def test_two_points_hold_value_slope_and_curvature_of_both():
    family = two_point((0.5, 0.1, 2.0), (1.5, -0.1, 5.0), [1.0, 4.0])
    for land, sixth in zip(family.polynomials, family.coefficients, strict=True):
        np.testing.assert_allclose(derivatives(land, 0.5, 2), [0.1, 0.0, 2.0], atol=1e-9)
        np.testing.assert_allclose(derivatives(land, 1.5, 2), [-0.1, 0.0, 5.0], atol=1e-9)
        assert land.terms[(6,)] == pytest.approx(sixth)


def test_lengths_are_those_of_the_barcodes_and_of_the_basins():
    family = one_point([0, 0, 2, -6], np.linspace(0.01, 0.1, 5))
    np.testing.assert_allclose(family.lengths, family.basins.lengths, rtol=1e-12)
    assert (np.diff(family.lengths) > 0).all()
    points = ml.critical_points(family.polynomials[0])
    bars = ml.morse_complex(family.polynomials[0], points).diagram()
    ends = bars.finite & (bars.degrees == 0)
    assert family.lengths[0] == pytest.approx(float(bars.lifetimes[ends][0]), rel=1e-12)
    assert len(family) == 5 and repr(family) == "Family(5 members, bars 0.149 to 0.1591)"


def test_the_length_grows_by_the_sixth_power_of_the_saddle():
    """The saddle is critical, so only the coefficient moves its value: `dl/dc = s^6`."""
    step = 1e-6
    family = one_point([0, 0, 2, -6], [0.05 - step, 0.05, 0.05 + step])
    growth = (family.lengths[2] - family.lengths[0]) / (2 * step)
    assert growth == pytest.approx(family.basins.saddles[1] ** 6, rel=1e-7)


def test_the_barcode_on_the_line_has_a_bar_for_each_minimum():
    land = ml.Polynomial({6: 1.0, 4: -3.0, 2: 2.1, 1: 0.05})
    bars = barcode_of(land)
    assert len(bars) == 3 and bars.finite.sum() == 2


@pytest.mark.parametrize(
    ("given", "sixth", "words"),
    [
        ([0, 1, 2], [1.0], "`derivatives` must hold value, slope 0"),
        ([0, 0, -2], [1.0], "a positive curvature"),
        ([0, 0, 2, 0, 0, 0, 1], [1.0], "up to order five"),
        ([0, 0, 2], [1.0], "no lower one to escape to|has no lower minimum"),
        ([0, 0, 2, -6], [0.01, -1.0], "positive coefficients"),
        ([0, 0, 2, -6], [0.01, 0.3, 0.5], r"at the coefficients \[0.3, 0.5\]"),
    ],
)
def test_what_is_no_family_of_local_minima_is_refused(given, sixth, words):
    with pytest.raises(ValueError, match=words):
        one_point(given, sixth)


@pytest.mark.parametrize("lowest", [(0.0, -1.0, 2.0), (1.0, 1.0, 2.0), (1.0, -1.0, -2.0)])
def test_two_points_must_be_minima_the_second_lower(lowest):
    with pytest.raises(ValueError, match="must be two minima"):
        two_point((0.0, 0.0, 2.0), lowest, [1.0])


# the law


def test_the_line_is_that_of_least_squares(generator):
    lengths = np.linspace(0, 1, 9)
    rates = 2.0 - lengths + 0.1 * np.sin(9 * lengths)
    law = linear_law(lengths, rates)
    slope, intercept = np.polyfit(lengths, rates, 1)
    assert (law.slope, law.intercept) == pytest.approx((slope, intercept))
    assert law.r_squared == pytest.approx(np.corrcoef(lengths, rates)[0, 1] ** 2)
    assert repr(law).startswith("LinearLaw(slope -0.98")
    np.testing.assert_allclose(law.at(lengths), intercept + slope * lengths)


def test_the_band_is_student_s():
    from scipy import stats

    lengths, rates = np.array([0.0, 1.0, 2.0, 4.0]), np.array([1.0, 1.4, 2.1, 3.0])
    fit = stats.linregress(lengths, rates)
    law = linear_law(lengths, rates)
    at_zero = stats.t.ppf(0.975, 2) * fit.intercept_stderr
    assert law.band(np.array([0.0]))[0] == pytest.approx(at_zero)


def test_rates_that_fall_or_stay_are_monotone_others_not():
    lengths = np.array([2.0, 0.0, 1.0])
    assert linear_law(lengths, np.array([1.0, 3.0, 2.0])).monotone
    assert not linear_law(lengths, np.array([1.0, 1.0, 2.0])).monotone
    constant = linear_law(lengths, np.ones(3))
    assert constant.monotone and constant.r_squared == 1.0


@pytest.mark.parametrize(
    ("lengths", "rates"),
    [([1.0, 2.0], [1.0, 2.0]), ([1.0] * 3, [1.0, 2.0, 3.0]), ([1.0, 2.0, 3.0], [1.0, np.nan, 2.0])],
)
def test_a_line_needs_three_finite_points_with_lengths_that_vary(lengths, rates):
    with pytest.raises(ValueError, match="three or more finite numbers"):
        linear_law(np.array(lengths), np.array(rates))
