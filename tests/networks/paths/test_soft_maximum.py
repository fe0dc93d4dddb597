"""The soft maximum: between the highest value and a little above, with the gradient of that."""

import math

import pytest
import torch

import morseloss as ml
from morseloss.networks.paths.soft_maximum import SHARPNESS, SoftMaximum, lowered
from tests.checks import close

LAND = ml.analytic.MuellerBrown()
TIMES = torch.linspace(0, 1, 9, dtype=torch.float64)


def curves(generator, rows=3, controls=5):
    points = ml.sample_box(LAND, rows * controls, generator=generator)
    return points.reshape(rows, controls, 2)


@pytest.mark.parametrize("curve", [ml.Bezier(), ml.Polyline()])
def test_it_lies_between_the_maximum_and_the_maximum_plus_log_count_over_sharpness(
    curve, generator
):
    soft, controls = SoftMaximum(LAND, curve, TIMES), curves(generator)
    sharpness = torch.tensor([0.1, 1.0, 10.0], dtype=torch.float64)
    values = LAND.value((curve.weights(TIMES, 5) @ controls).flatten(0, 1)).reshape(3, -1)
    found = soft.value(soft.rows(controls, sharpness))
    assert (found >= values.amax(1)).all()
    assert (found <= values.amax(1) + math.log(len(TIMES)) / sharpness).all()


def test_the_gradient_is_that_of_the_value_and_ends_and_sharpness_stay(generator, monkeypatch):
    monkeypatch.setattr("morseloss.networks.paths.soft_maximum.NEGLIGIBLE", 0.0)
    soft, controls = SoftMaximum(LAND, ml.Bezier(), TIMES), curves(generator)
    rows = soft.rows(controls, torch.full((3,), 0.05, dtype=torch.float64)).requires_grad_()
    inside = soft.controls(rows)
    values = LAND.value((ml.Bezier().weights(TIMES, 5) @ inside).flatten(0, 1)).reshape(3, -1)
    plain = torch.logsumexp(0.05 * values, 1) / 0.05
    (slope,) = torch.autograd.grad(plain.sum(), rows)
    value, gradient = soft.value_and_gradient(rows.detach())
    close(value, plain.detach())
    close(soft.controls(gradient)[:, 1:-1], soft.controls(slope)[:, 1:-1])
    assert not gradient[:, -1].any()
    assert not soft.controls(gradient)[:, [0, -1]].any()


def test_values_are_counted_as_thirds_and_only_points_that_weigh_cost_a_gradient(generator):
    soft, controls = SoftMaximum(LAND, ml.Bezier(), TIMES), curves(generator, rows=1)
    soft.value_and_gradient(soft.rows(controls, torch.tensor([1e6], dtype=torch.float64)))
    assert soft.gradients == 1 + len(TIMES) / 3


def test_tops_fall_to_the_pass_and_ends_do_not_move(generator):
    wells = LAND.critical_points.of_index(0).points
    straight = torch.stack([wells[0] * (1 - t) + wells[2] * t for t in torch.linspace(0, 1, 5)])
    (top,) = ml.heights(LAND, ml.Paths(straight[None], ml.Bezier(), torch.zeros(1).long())).values
    passes = LAND.critical_points.of_index(1).values
    times = torch.linspace(0, 1, 40, dtype=torch.float64)
    controls = straight[None]
    for _ in range(6):
        controls, spent = lowered(
            LAND, controls, ml.Bezier(), excess=(top - passes.max()).clamp_min(1e-3)[None],
            times=times, evaluations=40,
        )  # fmt: skip
        path = ml.Paths(controls, ml.Bezier(), torch.zeros(1).long())
        (top,) = ml.heights(LAND, path).values
        assert spent > 0
    assert torch.equal(controls[:, [0, -1]], straight[None][:, [0, -1]])
    assert passes.min() - 1e-9 <= top <= passes.max() + 0.02 * abs(passes.max())
    assert SHARPNESS > math.log(len(times))
