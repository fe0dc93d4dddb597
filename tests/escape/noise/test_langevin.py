"""Exact mean times: the quadrature and the chain against plain integrals, equations and walks."""

import math

import numpy as np
import pytest
from scipy import integrate
from scipy.linalg import solve_banded

import morseloss as ml
from morseloss.escape.noise import langevin
from morseloss.escape.noise.kramers import log_kramers_steps
from morseloss.escape.noise.langevin import log_chain_steps, log_diffusion_steps
from morseloss.escape.noise.passage import escape_times
from morseloss.escape.noise.valley import valley
from tests.escape.noise.test_kramers import (
    AROUND,
    CUBIC,
    TILTED,
    TWO_WAYS,
    batches,
    gaussian,
    seeded,
)


@pytest.mark.parametrize("temperature", [0.3, 0.1])
def test_the_quadrature_is_the_double_integral(temperature):
    def value(x):
        return x**4 - 2 * x**2 + 0.3 * x

    def inner(y):
        return integrate.quad(
            lambda z: math.exp((value(y) - value(z)) / temperature), y, 3, epsrel=1e-11, limit=200
        )[0]

    outer, _ = integrate.quad(inner, AROUND.left, 0.9, epsrel=1e-10, limit=200)
    expected = math.log(outer / temperature / 0.01)
    assert log_diffusion_steps(gaussian(temperature), 0.9) == pytest.approx(expected, rel=1e-11)


def test_the_quadrature_solves_the_equation_between_two_ends():
    """Finite differences for `T u'' - p' u' = -1`, u = 0 at both ends."""
    around, heat = valley(TWO_WAYS, 0.0), 0.12
    grid = np.linspace(around.left, around.right, 4002)
    step = grid[1] - grid[0]
    x = grid[1:-1]
    slope = 6 * x**5 - 12 * x**3 + 4.2 * x + 0.05
    rows = np.zeros((3, len(x)))
    rows[0, 1:] = (heat / step**2 - slope / (2 * step))[:-1]
    rows[1] = -2 * heat / step**2
    rows[2, :-1] = (heat / step**2 + slope / (2 * step))[1:]
    u = solve_banded((1, 1), rows, -np.ones(len(x)))
    for start in (-0.3, 0.0, 0.2):
        descent = gaussian(heat, land=TWO_WAYS)
        expected = math.log(np.interp(start, x, u) / 0.01)
        assert log_diffusion_steps(descent, start) == pytest.approx(expected, rel=1e-5)


def test_the_mirror_image_takes_as_long():
    mirrored = ml.Polynomial({4: 1.0, 2: -2.0, 1: -0.3})
    for told in (log_diffusion_steps, log_chain_steps, log_kramers_steps):
        here, there = told(gaussian(0.15), 0.9), told(gaussian(0.15, land=mirrored), -0.9)
        assert here == pytest.approx(there, rel=1e-10)


def test_the_quadrature_tends_to_kramers_formula_and_never_overflows():
    descents = [gaussian(temperature) for temperature in (0.1, 0.03, 0.01, 0.0005)]
    gaps = [log_diffusion_steps(d, 0.96) - log_kramers_steps(d, 0.96) for d in descents]
    assert gaps[0] > 3 * gaps[1] > 8 * gaps[2] > 0
    assert gaps[3] < 3e-4
    assert log_diffusion_steps(descents[3], 0.96) > 1400


def test_the_chain_tends_to_the_diffusion_with_the_learning_rate():
    rates = (0.02, 0.01, 0.005, 0.0025)
    descents = [gaussian(0.18, lr) for lr in rates]
    gaps = [log_diffusion_steps(d, 0.96) - log_chain_steps(d, 0.96) for d in descents]
    ratios = np.array(gaps[:-1]) / gaps[1:]
    assert (ratios > 1.9).all()
    assert (ratios < 2.8).all()
    assert 0 < gaps[0] < 0.02


def test_finer_panels_do_not_change_the_chain(monkeypatch):
    expected = log_chain_steps(gaussian(0.12), 0.96)
    monkeypatch.setattr(langevin, "WIDTH", 3.0)
    assert log_chain_steps(gaussian(0.12), 0.96) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("land", [TILTED, CUBIC, TWO_WAYS], ids=repr)
def test_walks_take_as_long_as_the_chain(land):
    start = valley(land, 0.5 if land != TWO_WAYS else 0.0).minimum
    descent = gaussian(valley(land, start).length / 3, lr=0.02, land=land)
    times = escape_times(descent, start, 4000, generator=seeded(1))
    assert math.log(times.mean) == pytest.approx(log_chain_steps(descent, start), abs=4 / 4000**0.5)


def test_the_sides_are_left_as_often_as_the_scale_function_says():
    around, descent = valley(TWO_WAYS, 0.0), gaussian(0.15, lr=0.002, land=TWO_WAYS)
    times = escape_times(descent, around.minimum, 4000, generator=seeded())

    def scale(low, high):
        def density(x):
            return math.exp((x**6 - 3 * x**4 + 2.1 * x**2 + 0.05 * x) / 0.15)

        return integrate.quad(density, low, high)[0]

    chance = scale(around.left, around.minimum) / scale(around.left, around.right)
    right = (times.points >= around.right).mean()
    assert right == pytest.approx(chance, abs=4 * (chance * (1 - chance) / 4000) ** 0.5)


def test_the_chain_needs_gaussian_noise_and_an_escape_in_reach():
    with pytest.raises(ValueError, match="must be a GaussianDescent, got BatchDescent"):
        log_chain_steps(batches((-1.0, 1.0), (1.0,)), 0.96)
    with pytest.raises(ValueError, match=r"more than 1e\+12 steps"):
        log_chain_steps(gaussian(0.02), 0.96)


def test_noise_that_outgrows_the_gradient_is_refused():
    with pytest.raises(ValueError, match="nothing holds the diffusion"):
        log_diffusion_steps(batches((-1.0, 1.0), (4.0, 0.0, 0.0, 20.0)), 0.96)
