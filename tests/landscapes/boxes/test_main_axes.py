"""Turned coordinates are seen through, and their rounding is left out; what is meant is not."""

import math

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.landscapes.boxes.main_axes import main_axes
from tests.landscapes.boxes.turned import in_axes, turned
from validation.ensembles import gaussian_polynomial

ROSENBROCK = {(4, 0): 100.0, (2, 1): -200.0, (0, 2): 100.0, (2, 0): 1.0, (1, 0): -2.0, (0, 0): 1.0}


@pytest.mark.parametrize("sizes", [(1.0, 1.0), (0.1, 30.0), (1e-5, 1e-4)], ids=str)
@pytest.mark.parametrize("angle", [0.3, math.pi / 4, math.pi / 2, 2.8], ids=str)
def test_a_turned_bent_valley_is_one_of_fourth_powers_of_one_variable_again(angle, sizes):
    land = in_axes(ROSENBROCK, np.diag(sizes) @ turned(2, angle), np.array([0.7, -2.0]))
    found = main_axes(land.terms)
    assert {e for e in found.terms if e[0] + 2 * e[1] >= 4} == {(4, 0), (2, 1), (0, 2)}
    assert found.terms[2, 0] > 0
    unit = torch.randn(8, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    points = unit @ torch.from_numpy(found.axes).T + torch.from_numpy(found.origin)
    values = land.value(points)
    torch.testing.assert_close(
        ml.Polynomial(found.terms).value(unit), values, rtol=0, atol=1e-11 * float(values.max())
    )


@pytest.mark.parametrize("angle", [0.3, 0.7, math.pi / 2, 1.1], ids=str)
def test_the_box_of_a_turned_bent_valley_is_turned_with_it(angle):
    straight = np.abs(ml.Polynomial(ROSENBROCK).box.numpy()).max()
    box = in_axes(ROSENBROCK, turned(2, angle), np.zeros(2)).box.numpy()
    assert np.abs(box).max() < 2 * straight
    bottom = np.linalg.solve(turned(2, angle), np.ones(2))
    assert ((box[0] < bottom) & (bottom < box[1])).all()


@pytest.mark.parametrize("shift", [0.5, 3.0, 40.0])
def test_a_bent_valley_may_be_anywhere(shift):
    box = in_axes(ROSENBROCK, np.eye(2), np.array([-shift, shift])).box.numpy()
    assert ((box[0] < [1 + shift, 1 - shift]) & ([1 + shift, 1 - shift] < box[1])).all()
    assert np.abs(box).max() < 4 * (1 + shift) ** 2


@pytest.mark.parametrize(
    "terms",
    [
        gaussian_polynomial(2, 4, torch.Generator().manual_seed(0)).terms,
        gaussian_polynomial(3, 4, torch.Generator().manual_seed(0)).terms,
        ROSENBROCK,
        {(6, 0): 1.0, (0, 4): 2.0, (3, 1): 1.0, (0, 3): 1.0, (2, 0): -4.0, (1, 1): 0.7},
        {(4, 0): 1.0, (0, 4): 1e-14, (0, 2): -2.0, (2, 0): -1.0},  # wells at y = 1e7
        {(4, 0): 1e40, (2, 2): 1e20, (0, 4): 1.0, (2, 0): -1e20, (0, 2): -1.0},
        {(4, 0): 1.0, (3, 1): 4e-8, (2, 2): 7e-16, (0, 4): 1e-31, (2, 0): -1.0, (0, 2): -1e-16},
        {(4,): 1.0, (2,): -1.0},
        {(0, 0): 0.0},
    ],
    ids=str,
)
def test_coordinates_that_are_meant_stay(terms):
    assert main_axes(terms) is None


@pytest.mark.parametrize(
    "terms",
    [
        {(0, 4): 1.0, (1, 1): 3.5088e-206, (1, 0): 1.0},
        {(0, 3): 1.0, (2, 0): 1.0, (1, 1): 3.5088e-206},
        {(4,): 5e-324, (3,): 3.25, (1,): 2.96},
        {(4, 0): 5e-324, (0, 4): 1.0, (3, 0): 1.0},
    ],
    ids=str,
)
def test_what_lies_beyond_all_floats_has_no_box(terms):
    assert ml.Polynomial(terms).box is None
