import math

import numpy as np
import pytest
import torch

import morseloss as ml
from tests.checks import CATALOGUE

COUNTS = {
    "EasyAndHard()": (3, 2),
    "DoubleWell(3)": (8, 12, 6, 1),
    "SixHumpCamel()": (6, 7, 2),
    "Himmelblau()": (4, 4, 1),
    "MuellerBrown()": (3, 2, 0),
    "Rastrigin(dim=2, wells=1)": (9, 12, 4),
    "Rastrigin(dim=3, wells=1)": (27, 54, 36, 8),
}


@pytest.mark.parametrize("landscape", CATALOGUE, ids=repr)
def test_catalogued_points_are_critical_and_alternate_to_one(landscape):
    known = landscape.critical_points
    assert known.residuals.max() < 1e-12
    assert int(((-1) ** known.indices).sum()) == 1
    low, high = landscape.box
    assert ((known.points > low) & (known.points < high)).all()
    if repr(landscape) in COUNTS:
        counts = COUNTS[repr(landscape)]
        assert tuple(len(known.of_index(k)) for k in range(len(counts))) == counts


@pytest.mark.parametrize("landscape", CATALOGUE, ids=repr)
def test_minus_the_gradient_points_into_the_box(landscape, generator):
    points = ml.sample_box(landscape, 200, generator=generator)
    for axis in range(landscape.dim):
        for side, sign in ((0, -1), (1, 1)):
            points_on_face = points.clone()
            points_on_face[:, axis] = landscape.box[side, axis]
            if repr(landscape) != "MuellerBrown()":
                assert (sign * landscape.gradient(points_on_face)[:, axis] > 0).all()


def test_known_values_of_the_literature():
    camel = ml.analytic.SixHumpCamel().critical_points
    assert math.isclose(float(camel.values[0]), -1.031628453489877, rel_tol=1e-14)
    passes = sorted(set(camel.of_index(1).values.numpy().round(9).tolist()))
    np.testing.assert_allclose(passes, [0.0, 0.543718601, 2.229357197, 2.229470818], atol=2e-9)
    brown = ml.analytic.MuellerBrown().critical_points
    np.testing.assert_allclose(
        brown.of_index(1).values, [-72.248940112325, -40.664843508657], rtol=1e-13
    )


def test_easy_and_hard_look_the_same_locally():
    land = ml.analytic.EasyAndHard()
    ends = torch.tensor([[-2.0], [2.0]], dtype=torch.float64)
    value, gradient, hessian = land.jet(ends)
    np.testing.assert_allclose(value, [0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(gradient, [[0.0], [0.0]], atol=1e-11)
    np.testing.assert_allclose(hessian.flatten(), [8.0, 8.0], rtol=1e-11)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ml.analytic.DoubleWell(0), "at least 1"),
        (lambda: ml.analytic.DoubleWell(2, tilt=(0.1,)), "2 slopes"),
        (lambda: ml.analytic.DoubleWell(1, tilt=(1.6,)), "disappears"),
        (lambda: ml.analytic.Rastrigin(dim=0), "at least 1"),
        (lambda: ml.analytic.Rastrigin(wells=100), "vanish"),
    ],
)
def test_impossible_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
