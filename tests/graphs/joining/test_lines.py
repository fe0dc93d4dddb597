import math

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.graphs.joining.lines import bows, line_tops


def row(*numbers):
    return torch.tensor([numbers], dtype=torch.float64)


def test_the_top_of_a_double_well_is_found_between_the_values():
    land = ml.analytic.DoubleWell(1, tilt=(0.1,))
    low, high = land.critical_points.of_index(0).points.sort(0).values
    top = line_tops(land, low[None], high[None])
    exact = land.critical_points.of_index(1).points
    assert top.points == pytest.approx(exact, abs=0.05)
    assert top.lines.tolist() == [0]
    assert float(top.highest) == pytest.approx(float(land.value(exact)), abs=0.02)


def test_a_line_over_several_wells_has_several_tops():
    land = ml.analytic.Rastrigin(dim=1, wells=1)
    tops = line_tops(land, row(-0.995), row(0.995))
    assert tops.points.flatten().tolist() == pytest.approx([-0.5, 0.5], abs=0.07)


def test_a_shallow_well_beside_a_deep_one_has_its_top_beside_it():
    land = ml.Function(lambda x: -torch.exp(-((x[:, 0] - 1) ** 2)) * 5, dim=1)
    tops = line_tops(land, row(-1.0), row(1.0))
    assert len(tops.points) == 1
    assert float(tops.points) < -0.8
    assert float(line_tops(land, row(1.0), row(-1.0)).points) < -0.8


def test_a_line_through_nan_has_no_top():
    land = ml.Function(lambda x: torch.where(x[:, 0].abs() < 0.1, math.nan, x[:, 0] ** 2), dim=1)
    assert len(line_tops(land, row(-1.0), row(1.0)).points) == 0


def test_a_line_bows_out_along_the_soft_mode_of_its_pass():
    land = ml.Function(lambda x: (x[:, 0] ** 2 - 1) ** 2 + x[:, 1] ** 2 + 9 * x[:, 2] ** 2, dim=3)
    saddle, way = torch.zeros(1, 3).double(), torch.tensor([[2.0, 0.0, 0.0]]).double()
    aside = bows(land, saddle, way, np.eye(3))
    assert aside.shape == (1, 8, 3)
    assert aside[0].abs().tolist() == pytest.approx(
        np.array([[0, 1, 0], [0, 0, 1], [0, 0.5, 0], [0, 0, 0.5]] * 2)[[0, 1, 2, 3, 2, 3, 0, 1]]
    )
    flat = line_tops(land, -way / 2, way / 2, torch.tensor([[0.0, 0.5, 0.0]]).double())
    assert flat.points.tolist() == [pytest.approx([0.0, 0.5, 0.0], abs=1e-12)]
    assert float(flat.highest) == pytest.approx(1.25)
