"""Schedules against torch's and the paper's formula."""

import math
import warnings

import pytest
import torch

from morseloss.networks.training.schedules import Constant, Cosine, Cyclical, Ramp, Schedule


def torch_rates(make, steps):
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = make(optimiser)
        rates = []
        for _ in range(steps):
            rates.append(optimiser.param_groups[0]["lr"])
            scheduler.step()
    return rates


@pytest.mark.parametrize(("shrink", "mode"), [(1.0, "triangular"), (0.5, "triangular2")])
def test_cyclical_is_that_of_torch(shrink, mode):
    ours = Cyclical(0.01, 0.2, half=2, shrink=shrink)
    wanted = torch_rates(
        lambda o: torch.optim.lr_scheduler.CyclicLR(o, 0.01, 0.2, step_size_up=14, mode=mode), 100
    )
    assert [ours.rate(step, 7) for step in range(100)] == pytest.approx(wanted, rel=1e-12)


def test_cosine_is_that_of_torch_and_stays_down():
    wanted = torch_rates(
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 21, eta_min=0.01), 21
    )
    ours = Cosine(0.1, epochs=3, lowest=0.01)
    assert [ours.rate(step, 7) for step in range(21)] == pytest.approx(wanted, rel=1e-9)
    assert ours.rate(21, 7) == ours.rate(1000, 7) == pytest.approx(0.01)


def test_ramp_is_the_formula_of_the_paper():
    m1, m2, top, low, batches = 10, 80, 1e-2, 1e-4, 196
    ramp = Ramp(m1, m2, top, low)
    for step in (0, batches * m1 - 1, batches * m1, batches * m1 + 1, 9000, batches * m2, 10**6):
        delta = (step - batches * m1) / (batches * (m2 - m1))
        wanted = (1 - delta) * top + delta * low
        if step <= batches * m1:
            wanted = top
        if step >= batches * m2:
            wanted = low
        assert ramp.rate(step, batches) == pytest.approx(wanted, rel=1e-12)
    fixed = Ramp(0, 0, 1e-4, 1e-4)  # S(lr) for short
    assert [fixed.rate(step, 5) for step in (0, 1, 99)] == [1e-4] * 3


def test_a_fraction_of_an_epoch_is_a_length_too():
    assert Cosine(0.1, epochs=0.5).rate(10, 20) == pytest.approx(0.0)
    assert Cyclical(0.0, 1.0, half=0.5).rate(5, 10) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Constant(0.0), "the highest positive"),
        (lambda: Constant(math.nan), "must be finite"),
        (lambda: Cosine(0.1, 0), "`epochs` must be a positive number"),
        (lambda: Cosine(0.1, 5, lowest=0.2), "the lowest between 0 and it"),
        (lambda: Cyclical(0.0, 0.1, -1), "`half` must be a positive number"),
        (lambda: Cyclical(0.0, 0.1, 1, shrink=0), "`shrink` must be above 0"),
        (lambda: Ramp(5, 4, 0.1, 0.01), "`last` no earlier, got 5 and 4"),
        (lambda: Ramp(0, 1, 0.01, 0.1), "got 0.1 and 0.01"),
    ],
)
def test_rates_and_lengths_out_of_order_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_all_are_schedules():
    values = Constant(0.1), Cosine(0.1, 3), Cyclical(0.0, 0.1, 2), Ramp(1, 2, 0.1, 0.0)
    assert all(isinstance(value, Schedule) for value in values)
