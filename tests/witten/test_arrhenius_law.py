"""Exponents of eigenvalues are lengths of bars."""

import numpy as np
import pytest

import morseloss as ml
from morseloss import witten
from morseloss.witten import Resolution
from morseloss.witten.arrhenius_law import _exponent
from validation.ensembles import random_wells

LINE = ml.analytic.EasyAndHard()
BARS = ml.morse_complex(LINE, LINE.critical_points)
PLANE = ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 2): -2.4, (1, 0): 0.4, (1, 2): 0.2})
WELLS = ml.morse_complex(PLANE, ml.critical_points(PLANE))


def test_on_a_line_the_exponents_are_the_lengths_of_all_bars():
    law = witten.arrhenius(LINE, BARS)
    np.testing.assert_allclose(law.lengths, [2.0, 0.5], rtol=1e-12)
    np.testing.assert_allclose(law.exponents, law.lengths, rtol=1e-3)
    assert (law.status == Resolution.RESOLVED).all()
    assert len(law) == 2
    assert repr(law).startswith("Arrhenius(2 bars of degree 0 at 8 temperatures; exponents within ")


@pytest.mark.parametrize("degree", [0, 1])
def test_in_the_plane_the_exponents_are_the_lengths_of_the_bars_of_both_degrees(degree):
    law = witten.arrhenius(PLANE, WELLS, np.geomspace(0.12, 0.03, 6), degree=degree, cells=80)
    assert len(law) == (3 if degree == 0 else 1)
    assert (law.deviations < 0.01).all()
    assert (np.abs(law.exponents - law.lengths) < 3 * law.errors).all()


def test_bars_of_one_length_have_that_many_eigenvalues():
    """A sum of two equal symmetric wells: three bars of length 1, and one of degree 1."""
    land = ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 2): -2})
    complex = ml.morse_complex(land, ml.critical_points(land))
    for degree, count in ((0, 3), (1, 1)):
        law = witten.arrhenius(land, complex, [0.16, 0.12, 0.1, 0.08], degree=degree, cells=80)
        assert len(law) == count
        assert np.ptp(law.lengths) < 1e-9
        assert (law.deviations < 0.01).all()


def test_random_wells_on_a_line_agree(generator):
    compared = 0
    for _ in range(3):
        numbers = random_wells(8, generator).tolist()
        land = ml.Polynomial(dict(enumerate(numbers)))
        complex = ml.morse_complex(land, ml.critical_points(land))
        law = witten.arrhenius(land, complex)
        tall = law.lengths > 0.05 * np.ptp(complex.values)
        assert (law.deviations[tall] < 0.01).all()
        compared += tall.sum()
    assert compared > 3


def test_the_exponents_know_nothing_of_the_lengths():
    """A complex with wrong values has other lengths, but the same exponents."""
    wrong = ml.MorseComplex(BARS.values * 3, BARS.indices, BARS.boundary, BARS.points)
    at = [0.1, 0.07, 0.05, 0.03]
    one, other = (witten.arrhenius(LINE, bars, at) for bars in (BARS, wrong))
    np.testing.assert_array_equal(one.exponents, other.exponents)
    np.testing.assert_allclose(other.deviations, 2 / 3, rtol=0.01)


def test_the_limit_is_exact_for_a_law_with_a_constant_prefactor():
    at = np.array([0.4, 0.3, 0.2, 0.1])
    logs = np.log(5.0 * at) - 2 * 0.7 / at
    limit, error = _exponent(at, logs, np.zeros(4))
    np.testing.assert_allclose(limit, 0.7, rtol=1e-12)
    assert error < 1e-12
    noisy = _exponent(at, logs, np.full(4, 0.01))
    assert noisy[1] > 0.001


def test_a_bar_that_is_too_short_for_the_ladder_is_left_open():
    law = witten.arrhenius(LINE, BARS, [1.6, 1.4, 1.2, 1.0])
    assert np.isnan(law.exponents).tolist() == [False, True]
    assert "1 unresolved" in repr(law)
    with pytest.raises(ValueError, match=r"at three of the temperatures .* lower the temperature"):
        witten.arrhenius(LINE, BARS, [8.0, 6.0, 5.0])
    with pytest.raises(ValueError, match=r"at three .* raise `cells`, or the temperature"):
        witten.arrhenius(LINE, BARS, [1e-8, 2e-8, 3e-8])


def test_the_ladder_reaches_down_to_what_floats_the_grid_or_sight_ask_for():
    found = witten.ladder(LINE, BARS)
    np.testing.assert_allclose(found[-1], 3 / 10_000)
    np.testing.assert_allclose(found[0] / found[-1], 4)
    fine = witten.ladder(PLANE, WELLS)
    np.testing.assert_allclose(fine[-1], np.ptp(WELLS.values) / 300)
    coarse = witten.ladder(PLANE, WELLS, cells=60)
    assert coarse[-1] > 1.2 * fine[-1]
    found = witten.spectrum(PLANE, ml.critical_points(PLANE), coarse[-1], cells=60)
    assert (found.status == Resolution.RESOLVED).all()


def test_progress_is_told_and_an_interrupt_loses_nothing():
    told = []

    def stop(done, total):
        told.append((done, total))
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(ml.Interrupted, match="Arrhenius") as caught:
        witten.arrhenius(LINE, BARS, [0.1, 0.08, 0.06, 0.05], progress=stop)
    assert told == [(1, 4), (2, 4), (3, 4)]
    np.testing.assert_array_equal(caught.value.found.temperatures, [0.1, 0.08, 0.06])
    np.testing.assert_allclose(caught.value.found.exponents, [2.0, 0.5], rtol=0.02)


def test_an_interrupt_before_the_first_temperature_is_one_all_the_same(monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("morseloss.witten.arrhenius_law.computed", interrupt)
    with pytest.raises(ml.Interrupted) as caught:
        witten.arrhenius(LINE, BARS)
    assert len(caught.value.found.temperatures) == 0
    assert np.isnan(caught.value.found.exponents).all()


@pytest.mark.parametrize("at", [[0.1, 0.2], [0.1, 0.1, 0.2], [0.1, -0.2, 0.3], [0.1, np.nan, 0.2]])
def test_a_ladder_that_is_none_is_refused(at):
    with pytest.raises(ValueError, match="`temperatures` must be at least three different positi"):
        witten.arrhenius(LINE, BARS, at)


def test_a_complex_without_bars_is_refused():
    bowl = ml.Polynomial({2: 1.0})
    complex = ml.MorseComplex([0.0], [0], np.zeros((1, 1), int), np.zeros((1, 1)))
    with pytest.raises(ValueError, match="must have a finite bar of degree 0"):
        witten.arrhenius(bowl, complex)
    with pytest.raises(ValueError, match="must have a finite bar of degree 0"):
        witten.ladder(bowl, complex)


def test_the_same_numbers_come_out_twice():
    one, other = (witten.arrhenius(LINE, BARS, np.array([0.1, 0.06, 0.04])) for _ in range(2))
    np.testing.assert_array_equal(one.eigenvalues, other.eigenvalues)
