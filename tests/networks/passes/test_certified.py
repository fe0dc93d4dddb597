import pytest
import torch
from torch import nn

import morseloss as ml
from morseloss.networks import ModeNewton, NetworkLandscape, certify_passes, polish
from morseloss.status import Status
from tests.networks.passes.nets import near_minima, tanh_net


def test_minima_of_a_tanh_network_get_a_gradient_of_round_off():
    land = tanh_net()
    rough = near_minima(land, 3)
    found = polish(land, rough)
    assert found.indices.tolist() == [0, 0, 0]
    assert float(land.gradient(found.points).norm(dim=1).max()) < 1e-11
    assert bool((found.values <= land.value(rough) + 1e-15).all())
    assert bool((found.eigenvalues[:, 0] > 0).all())


def test_from_a_saddle_it_falls_to_a_minimum():
    land = ml.analytic.SixHumpCamel()
    saddle = land.critical_points.of_index(1).take(torch.tensor([0]))
    found = polish(land, saddle.points)
    assert found.indices.tolist() == [0]
    assert float(found.values) < float(saddle.values) - 0.1


def test_a_pass_is_certified_from_beside_it():
    land = ml.analytic.SixHumpCamel()
    known = land.critical_points.of_index(1)
    found = certify_passes(land, known.points + 0.03)
    assert found.indices.tolist() == [1] * len(known)
    assert torch.allclose(found.points, known.points, atol=1e-7)


def test_what_a_symmetry_moves_is_degenerate_and_gets_no_index():
    ring = ml.Function(lambda x: ((x**2).sum(-1) - 1) ** 2, dim=2)
    found = polish(ring, torch.tensor([[0.8, 0.5]], dtype=torch.float64))
    assert found.status.tolist() == [Status.DEGENERATE]
    assert found.indices.tolist() == [-1]


def test_linear_units_that_turn_into_each_other_leave_zero_modes_and_tanh_leaves_none():
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(30, 2, generator=draws, dtype=torch.float64)
    y = x @ torch.tensor([[1.0, 0.5], [-0.3, 0.8]], dtype=torch.float64)
    kinds = []
    for activation in (nn.Identity(), nn.Tanh()):
        module = nn.Sequential(nn.Linear(2, 2), activation, nn.Linear(2, 2))
        land = NetworkLandscape(module, nn.functional.mse_loss, x, y, weight_decay=1e-2)
        kinds.append(int(polish(land, near_minima(land, 1), max_steps=200).status))
    assert kinds == [Status.DEGENERATE, Status.CONVERGED]


def test_a_climb_without_steps_is_told_as_running_and_gets_no_index():
    land = ml.analytic.SixHumpCamel()
    found = certify_passes(land, torch.tensor([[0.5, 0.5]], dtype=torch.float64), max_steps=1)
    assert found.status.tolist() == [Status.RUNNING]
    assert found.indices.tolist() == [-1]


def test_a_method_of_the_other_index_is_refused():
    land = ml.analytic.SixHumpCamel()
    starts = torch.zeros(1, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="index=0"):
        polish(land, starts, ModeNewton(index=1))
    with pytest.raises(ValueError, match="index=1"):
        certify_passes(land, starts, method=ModeNewton(index=0))
    with pytest.raises(ValueError, match="`ways` must have the shape"):
        certify_passes(land, starts, torch.zeros(2, 2, dtype=torch.float64))
