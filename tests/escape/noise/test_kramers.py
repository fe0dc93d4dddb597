"""Kramers' law: exponents against closed forms and sums over all batches, times against walks."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import integrate

import morseloss as ml
from morseloss.escape.noise.kramers import (
    _cumulant,
    action,
    barrier,
    kramers_line,
    log_kramers_steps,
    pull,
)
from morseloss.escape.noise.langevin import log_diffusion_steps
from morseloss.escape.noise.noisy_descent import BatchDescent, GaussianDescent
from morseloss.escape.noise.passage import escape_times
from morseloss.escape.noise.valley import valley

TILTED = ml.Polynomial({4: 1.0, 2: -2.0, 1: 0.3})
CUBIC = ml.Polynomial({3: 1.0, 1: -1.0})
TWO_WAYS = ml.Polynomial({6: 1.0, 4: -3.0, 2: 2.1, 1: 0.05})
AROUND = valley(TILTED, 0.96)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def gaussian(temperature, lr=0.01, land=TILTED):
    return GaussianDescent(land, lr, math.sqrt(2 * temperature / lr))


def batches(shares, profile, lr=0.01, batch=1):
    """Parts that differ from the tilted well by shares of one polynomial, given by its slope."""
    tilt = np.pad(np.polynomial.Polynomial(profile).integ().coef, (0, 5))[:5]
    base = {k: TILTED.terms.get((k,), 0.0) for k in range(5)}
    parts = [ml.Polynomial({k: base[k] + c * tilt[k] for k in base}) for c in shares]
    return BatchDescent(parts, lr, batch)


# exponents


@pytest.mark.parametrize(("land", "start"), [(TILTED, 0.96), (CUBIC, 0.5), (TWO_WAYS, 0.0)])
def test_with_gaussian_noise_the_exponent_is_the_bar_over_the_temperature(land, start):
    descent = gaussian(0.07, land=land)
    assert barrier(descent, start) == pytest.approx(valley(land, start).length / 0.07, rel=1e-12)
    assert action(descent, start) == barrier(descent, start)


def test_the_exponent_of_a_bar_over_two_passes_is_that_of_the_bar():
    slope = 8.0 * np.polynomial.Polynomial.fromroots((0.0, 0.5, 0.7, 1.6, 2.3))
    land = ml.Polynomial({k: float(c) for k, c in enumerate(slope.integ().coef)})
    assert barrier(gaussian(0.1, land=land), 0.0) == pytest.approx(valley(land, 0).length / 0.1)


def test_the_quasi_potential_is_an_integral_of_slope_over_temperature():
    descent = batches((-3.0, 1.0, 2.0), (0.8, 1.0))
    direct, _ = integrate.quad(
        lambda x: float(pull(descent, np.array([x]))[0]), AROUND.minimum, AROUND.saddle
    )
    assert barrier(descent, 0.96) == pytest.approx(direct, rel=1e-9)


def test_even_batch_noise_has_the_exponent_of_its_temperature():
    descent = batches((-4.0, 4.0), (1.0,))
    heat = 0.01 * 16 / 2
    assert barrier(descent, 0.96) == pytest.approx(AROUND.length / heat)


def test_the_action_of_a_coin_has_a_closed_form():
    size = 6.0
    descent = batches((-size, size), (1.0,))

    def root(x):  # log(exp(-theta g) cosh(theta size)) = 0 by a plain search
        slope = abs(4 * x**3 - 4 * x + 0.3)
        low, high = 1e-9, 10.0
        for _ in range(80):
            middle = (low + high) / 2
            short = math.log(math.cosh(middle * size)) < middle * slope
            low, high = (middle, high) if short else (low, middle)
        return high

    direct, _ = integrate.quad(root, AROUND.saddle, AROUND.minimum)
    assert action(descent, 0.96) == pytest.approx(direct / 0.01, rel=1e-7)
    assert action(descent, 0.96) > barrier(descent, 0.96)


def test_the_cumulant_of_a_batch_is_that_of_all_batches_drawn():
    gradients = np.random.default_rng(0).normal(size=(6, 4))
    theta = np.array([0.1, 1.0, 5.0, 40.0])
    for batch in (1, 2, 5):
        means = np.array([np.mean(g, axis=0) for g in itertools.combinations(gradients, batch)])
        direct = np.log(np.exp(-theta * means).mean(0))
        np.testing.assert_allclose(_cumulant(gradients, batch, theta), direct, atol=1e-12)


def test_the_action_tends_to_the_barrier_as_the_parts_disagree_more():
    gaps = []
    for size in (4.0, 8.0, 16.0):
        descent = batches((-size, size), (1.0,))
        gaps.append(action(descent, 0.96) / barrier(descent, 0.96) - 1)
    assert gaps[0] > 3 * gaps[1] > 9 * gaps[2] > 0


def test_where_all_batches_point_downhill_there_is_no_way_out():
    steep = batches((-0.5, 0.5), (1.0,))
    assert math.isinf(action(steep, 0.96))
    assert math.isfinite(barrier(steep, 0.96))
    times = escape_times(steep, 0.96, 20, generator=seeded(), max_steps=20_000)
    assert not times.escaped.any()
    whole = batches((-4.0, 4.0), (1.0,), batch=2)
    assert math.isinf(barrier(whole, 0.96))
    assert math.isinf(log_kramers_steps(whole, 0.96))
    assert math.isinf(log_diffusion_steps(whole, 0.96))


def test_a_point_without_noise_is_a_wall_on_the_way_up_and_none_on_the_way_down():
    way_up, way_down = batches((-6.0, 6.0), (-0.5, 1.0)), batches((-6.0, 6.0), (0.2, 1.0))
    assert way_up.silences == pytest.approx([0.5])
    assert math.isinf(barrier(way_up, 0.96))
    assert math.isinf(action(way_up, 0.96))
    assert math.isinf(log_diffusion_steps(way_up, 0.96))
    assert way_down.silences == pytest.approx([-0.2])
    assert math.isfinite(barrier(way_down, 0.96))
    with pytest.raises(ValueError, match=r"vanishes at \[-0.2.*\] on the way down"):
        log_diffusion_steps(way_down, 0.96)
    assert not len(batches((-3.0, 1.0, 2.0), (0.8, 0.0, 1.0)).silences)


# times


def test_kramers_formula_holds_for_noise_that_is_hotter_at_the_pass():
    cold = batches((-2.0, 0.5, 1.5), (2.0, -1.0), lr=0.002)
    gap = log_diffusion_steps(cold, 0.96) - log_kramers_steps(cold, AROUND.minimum)
    assert abs(gap) < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("profile", [(1.0,), (0.8, 1.0), (2.0, -1.0)])
def test_batches_take_as_long_as_the_cumulants_say(profile):
    shares = np.repeat([1.0, -2.0], [8, 4]) * 4.0
    for sign in (1, -1):
        descent = batches(sign * shares, profile)
        start = AROUND.minimum
        told = log_diffusion_steps(descent, start) + action(descent, start)
        told -= barrier(descent, start)
        seen = escape_times(descent, start, 1000, generator=seeded(), max_steps=1_000_000)
        assert math.log(seen.mean) == pytest.approx(told, abs=0.2)


def test_the_logarithm_of_the_time_times_the_rate_tends_to_the_action():
    """Slope of the log time over one over the learning rate, in walks."""
    rates = np.array([0.03, 0.02, 0.015])
    shares = np.repeat([1.0, -2.0], [8, 4]) * 3.0
    descents = [batches(shares, (1.0,), lr) for lr in rates.tolist()]
    seen = [escape_times(d, AROUND.minimum, 1000, generator=seeded()) for d in descents]
    logs = np.log([t.mean for t in seen]) + np.log(rates)
    line = kramers_line(1 / rates, logs, np.full(3, 1000**-0.5))
    cumulants = descents[0].lr * action(descents[0], AROUND.minimum)
    diffusion = descents[0].lr * barrier(descents[0], AROUND.minimum)
    assert line.slope == pytest.approx(cumulants, rel=0.06)
    assert abs(line.slope / diffusion - 1) > 0.12


# the fit


def test_the_fit_is_that_of_weighted_least_squares(generator):
    inverse = np.array([3.0, 5.0, 6.0, 9.0])
    logs = 2.0 + 0.7 * inverse + torch.randn(4, generator=generator).numpy()
    errors = np.array([0.1, 0.2, 0.4, 0.3])
    line = kramers_line(inverse, logs, errors)
    expected, covariance = np.polyfit(inverse, logs, 1, w=1 / errors, cov="unscaled")
    assert (line.slope, line.prefactor) == pytest.approx(tuple(expected))
    assert line.error == pytest.approx(covariance[0, 0] ** 0.5)


@pytest.mark.parametrize(
    ("inverse", "logs", "errors", "words"),
    [
        ([1.0, 2.0], [1.0], [1.0, 1.0], "must have one shape"),
        ([1.0, 1.0], [1.0, 2.0], [1.0, 1.0], "two different temperatures"),
        ([1.0, 2.0], [1.0, 2.0], [1.0, 0.0], "`errors` must be positive"),
        ([1.0, 2.0], [1.0, math.inf], [1.0, 1.0], "raise `max_steps`"),
    ],
)
def test_a_line_needs_two_temperatures_and_finite_times(inverse, logs, errors, words):
    with pytest.raises(ValueError, match=words):
        kramers_line(np.array(inverse), np.array(logs), np.array(errors))


@pytest.mark.parametrize("shift", [0.0, 0.3, -0.7, 1.1, 0.123456])
def test_of_two_passes_at_one_height_a_valley_has_the_left_one(shift):
    slope = np.polynomial.Polynomial.fromroots(shift + np.array([-1.5, -0.6, 0.0, 0.6, 1.5]))
    land = ml.Polynomial({k: float(number) for k, number in enumerate(slope.integ().coef)})
    around = valley(land, shift + 0.1)
    assert around.minimum == pytest.approx(shift, abs=1e-12)
    assert around.saddle == pytest.approx(shift - 0.6)
    with pytest.raises(ValueError, match="must lie in the basin of a minimum"):
        valley(land, shift + 0.6)


@pytest.mark.parametrize("shift", [0.0, 0.3, -0.7, 1.1, 0.123456])
def test_a_valley_reaches_across_a_point_of_inflection(shift):
    slope = np.polynomial.Polynomial.fromroots(shift + np.array([-1.0, -0.5, 0.0, 0.7, 0.7]))
    land = ml.Polynomial({k: float(number) for k, number in enumerate(slope.integ().coef)})
    around = valley(land, shift + 1.0)
    assert around.minimum == pytest.approx(shift, abs=1e-12)
    assert around.right == np.inf
