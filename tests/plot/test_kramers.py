"""The picture of Kramers' law: what lies where, and what is refused."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.escape.noise.kramers import barrier, log_kramers_steps
from morseloss.escape.noise.noisy_descent import BatchDescent, GaussianDescent
from morseloss.escape.noise.passage import EscapeTimes, escape_times
from morseloss.plot.kramers import kramers

TILTED = ml.Polynomial({4: 1.0, 2: -2.0, 1: 0.3})
STEEPER = ml.Polynomial({4: 1.0, 2: -2.0, 1: 0.8})
NONE = EscapeTimes(np.full(3, 100), np.zeros(3, bool), np.zeros(3), np.zeros(3, np.uint64))


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def labels(ax):
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def test_points_lie_at_exponent_and_log_time_over_the_prefactor(generator):
    descents = [GaussianDescent(land, 0.02, s) for land in (TILTED, STEEPER) for s in (4.5, 6.0)]
    starts = [0.96, 0.96, 0.86, 0.86]
    pairs = list(zip(descents, starts, strict=True))
    times = [escape_times(d, x, 100, generator=generator) for d, x in pairs]
    ax = kramers(descents, starts, times)
    assert labels(ax) == ["slope one", "length 0.717", "length 0.327"]
    drawn = [c.lines[0].get_xydata()[0] for c in ax.containers]
    for place, (descent, start), seen in zip(drawn, pairs, times, strict=True):
        rise = barrier(descent, start)
        front = log_kramers_steps(descent, start) - rise
        assert place == pytest.approx((rise, math.log(seen.mean) - front))
    curves = [line for line in ax.lines if len(line.get_xdata()) == 60]
    assert len(curves) == 2
    assert {c.lines[0].get_color() for c in ax.containers[:2]} == {curves[0].get_color()}


def test_a_finite_sum_has_a_ring_at_its_exact_time_and_no_curve(generator):
    parts = [ml.Polynomial({4: 1.0, 2: -2.0, 1: 0.3 + tilt}) for tilt in (-6.0, 6.0)]
    descents = [BatchDescent(parts, lr, 1) for lr in (0.01, 0.02)]
    times = [escape_times(d, 0.96, 50, generator=generator) for d in descents]
    _, given = plt.subplots()
    ax = kramers(descents, [0.96, 0.96], times, ax=given)
    assert ax is given
    assert sum(line.get_markerfacecolor() == "none" for line in ax.lines) == 2
    assert max(len(line.get_xdata()) for line in ax.lines) == 2


def test_without_escapes_it_says_so():
    descent = GaussianDescent(TILTED, 0.02, 1.0)
    ax = kramers([descent], [0.96], [NONE])
    assert [text.get_text() for text in ax.texts] == ["no escapes"]
    assert not labels(ax)
    assert kramers([], [], []).get_ylabel() == "log (mean escape time / prefactor)"


def test_as_many_starts_and_times_as_descents(generator):
    with pytest.raises(ValueError, match="must have one length, got 1, 2 and 0"):
        kramers([GaussianDescent(TILTED, 0.02, 1.0)], [0.96, 0.96], [])


def test_drawing_takes_no_number_from_the_generator_of_all():
    state = torch.random.get_rng_state()
    kramers([GaussianDescent(TILTED, 0.02, 4.0)], [0.96], [NONE])
    assert torch.equal(state, torch.random.get_rng_state())
