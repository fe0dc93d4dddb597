"""Boxes hold all zeros: one each where that is said."""

import pytest
import torch

import morseloss as ml
from morseloss.search.complete.isolated import isolated
from morseloss.search.complete.proxies import proxies
from morseloss.status import SearchError


def box(low, high):
    return torch.tensor([low, high], dtype=torch.float64)


def zeros_of(function, low, high):
    land = ml.Function(function, dim=len(low))
    return isolated(proxies(land, box(low, high)).cells)


def test_each_zero_of_a_product_of_sines_has_a_box_of_its_own():
    zeros = zeros_of(lambda x: torch.cos(torch.pi * x).sum(-1), [-2.5, -2.5], [3.5, 1.5])
    assert bool(zeros.single.all())
    whole = zeros.middles().round().unique(dim=0)
    assert len(whole) == 6 * 4
    assert bool(
        ((zeros.low <= zeros.middles().round()) & (zeros.middles().round() <= zeros.high)).all()
    )


def test_two_zeros_that_are_close_are_two_and_none_that_nearly_are_is_none():
    def split(gap):
        fold = lambda x: x[:, 0] ** 3 / 3 - gap * x[:, 0] + x[:, 1] ** 2  # noqa: E731
        return zeros_of(fold, [-1.0, -1.0], [1.1, 1.2])

    two = split(1e-8)
    assert bool(two.single.all())
    for zero in (-1e-4, 1e-4):
        assert bool(((two.low[:, 0] <= zero) & (zero <= two.high[:, 0])).any())
    assert float(two.high[:, 0].min()) < float(two.low[:, 0].max())
    assert len(split(-1e-8)) == 0


def test_a_double_zero_is_not_said_to_be_one():
    zeros = zeros_of(lambda x: x[:, 0] ** 3 + x[:, 1] ** 2, [-1.0, -1.0], [1.1, 1.2])
    assert len(zeros) > 0
    assert not bool(zeros.single.any())
    assert float(zeros.middles().abs().max()) < 1e-4


def test_zeros_that_fill_a_curve_are_refused_with_a_point_of_it():
    with pytest.raises(SearchError, match=r"fill a curve or a surface through \(.*`perturb`"):
        zeros_of(lambda x: (x.square().sum(-1) - 0.3) ** 2, [-1.0, -1.0], [1.0, 1.2])
