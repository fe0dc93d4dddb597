"""Whether a valley rises is decided far out, along its bends."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.search.complete.growth import rises_beyond
from tests.landscapes.boxes.turned import in_axes, turned

VALLEY = {(4, 0): 100.0, (2, 1): -200.0, (0, 2): 100.0}  # 100 (y - x^2)^2, along whose floor


@pytest.mark.parametrize("floor", [{(2, 0): 0.01}, {(2, 0): 1.0, (1, 0): -2.0}, {(0, 2): 1e-6}])
def test_a_valley_whose_floor_rises_is_one(floor):
    terms = {e: VALLEY.get(e, 0.0) + floor.get(e, 0.0) for e in VALLEY | floor}
    assert rises_beyond(ml.Polynomial(terms), torch.ones(1, 2).double(), (4, 2)) is None


@pytest.mark.parametrize("floor", [{}, {(1, 0): -1.0}, {(2, 0): -0.01}, {(3, 0): 1e-3}])
def test_one_whose_floor_is_level_or_falls_is_not_and_the_place_is_on_it(floor):
    land = ml.Polynomial(VALLEY | floor)
    x, y = rises_beyond(land, torch.zeros(1, 2).double(), (4, 2))
    assert y == pytest.approx(x * x, rel=1e-2)


def test_a_floor_that_is_never_reached_is_none_either():
    land = in_axes({(2, 2): 1.0, (1, 1): -2.0, (2, 0): 1.0}, turned(2, 0.3), np.zeros(2))
    assert rises_beyond(land, torch.zeros(1, 2).double(), (4, 4)) is not None
