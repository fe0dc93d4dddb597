"""Losses in single precision, errors, and what claims are judged by."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from morseloss.networks import Constant, Descent, NetworkLandscape
from validation.convolutions.joined import Case, errors_of, landscape_of, read
from validation.convolutions.measures import apart, bars, left, resolved, tops, untrained
from validation.convolutions.permuted import higher, together
from validation.convolutions.residual import resnet, table_five
from validation.convolutions.single import SingleLandscape, off

DESCENT = Descent(Constant(1e-2), 2, 10)


@pytest.fixture(scope="module")
def noise(data):
    return read("cifar10", 30, 20, 16, data)


@pytest.mark.parametrize("module", [partial(table_five, 2), partial(resnet, 8, 2)])
def test_in_single_precision_a_loss_is_good_to_six_digits(noise, module):
    land = landscape_of(Case("some", module, DESCENT, 1e-3), noise)
    double = NetworkLandscape(
        module(), nn.functional.cross_entropy, noise.inputs, noise.targets, weight_decay=1e-3
    )
    points = 0.1 * torch.randn(
        3, land.dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    values, slopes = land.value_and_gradient(points)
    assert values.dtype == slopes.dtype == torch.float64
    wanted, rising = double.value_and_gradient(points)
    assert torch.allclose(values, wanted, rtol=1e-5)
    assert (slopes - rising).norm() <= 1e-3 * rising.norm()
    assert torch.equal(land.value(points), land.value(points.float()).double())
    assert 0 < off(land, points) <= 1e-5 * wanted.max()
    assert land.normalised_over == 30


def test_mini_batches_are_computed_as_their_points_come(noise):
    land = landscape_of(Case("some", partial(resnet, 8, 4), DESCENT, 1e-3), noise)
    assert isinstance(land, SingleLandscape)
    point = 0.1 * torch.ones(1, land.dim, dtype=torch.float64)
    every = land.batch(torch.arange(30))
    assert land.value(point) != every.value(point)
    assert torch.isclose(land.value(point), every.value(point), rtol=1e-5)


def test_errors_count_the_wrong_images(noise):
    land = landscape_of(Case("some", partial(resnet, 8, 4), DESCENT, 0.0), noise)
    point = torch.zeros(1, land.dim, dtype=torch.float64)
    point[0, -10] = 1.0  # the bias of the first class
    found = errors_of(land, point, noise)
    assert found["train_errors"] == pytest.approx([0.9])  # of ten classes, in turn
    expected = math.log(9 + math.e) - 0.1
    assert found["train_losses"] == pytest.approx([expected]) == found["test_losses"]


def row(lengths, births=(0.1, 0.2, 0.3), **others):
    part = {"lengths": [[9.0, 9.0], list(lengths)], "births": [0.2, 0.3], "budgets": [1.0, 2.0]}
    closed = {"lengths": [[5.0], [0.05]]}
    return {"births": births, "sample": part, "closed": closed, "falls": [0.01, 0.02], **others}


def test_bars_are_judged_at_the_last_look_and_beside_what_the_method_leaves():
    assert tops(row((1.0, 2.0))) == pytest.approx([1.2, 2.3])
    assert left(row((1.0, 2.0))) == {"closed": 0.05, "falls": 0.02}
    assert resolved(row((1.0, 1.1))) and not resolved(row((0.06, 0.2)))
    assert apart(bars(row((1.0, 1.2))), bars(row((0.5, 0.5)))) == pytest.approx(6.0)
    assert untrained(row((1.0, 1.0), train_errors=[0.05, 0.2, 0.9])) == 2


def test_permutations_tell_two_kinds_apart_and_two_alike_not():
    assert higher(np.arange(5) + 10.0, np.arange(5.0)) == pytest.approx(1 / 252)
    assert higher(np.arange(5.0), np.arange(5) + 10.0) == 1.0
    draws = np.random.default_rng(0)
    many = [higher(*draws.normal(size=(2, 5))) for _ in range(200)]
    assert np.mean(np.array(many) <= 0.1) == pytest.approx(0.1, abs=0.06)


def test_what_goes_together_only_because_of_the_kind_is_told_from_what_does_within():
    draws = np.random.default_rng(1)
    kinds = [tuple(draws.normal(size=(2, 8)) + shift) for shift in (0.0, 10.0)]
    rank, chance = together(kinds, within=False)
    own, own_chance = together(kinds, within=True)
    assert rank > 0.6 and chance < 0.01
    assert abs(own) < 0.5 and own_chance > 0.05
