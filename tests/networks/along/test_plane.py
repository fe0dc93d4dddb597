"""The plane through three networks: its axes, its values, what is off it."""

import numpy as np
import pytest
import torch
from torch import nn

import morseloss as ml
from morseloss import networks

SEED = torch.Generator().manual_seed(0)
CORNERS = torch.randn(3, 20, dtype=torch.float64, generator=SEED)
BOWL = ml.Function(lambda x: (x**2).sum(-1), dim=20)


def test_distances_on_the_plane_are_those_of_the_points():
    found = networks.plane(BOWL, CORNERS, steps=3)
    places = found.project(CORNERS)
    torch.testing.assert_close(torch.cdist(places, places), torch.cdist(CORNERS, CORNERS))
    torch.testing.assert_close(found.at(places), CORNERS)
    torch.testing.assert_close(found.axes @ found.axes.T, torch.eye(2, dtype=torch.float64))
    assert places[0].abs().max() == 0 and abs(places[1, 1]) < 1e-12


def test_values_are_those_of_the_grid_columns_first_axis_rows_second():
    found = networks.plane(BOWL, CORNERS, steps=4, margin=0.5, rows=3)
    x, y = (np.linspace(*found.box[:, axis].tolist(), 4) for axis in range(2))
    spot = found.at(torch.tensor([[x[3], y[1]]], dtype=torch.float64))
    assert found.values[1, 3].item() == pytest.approx(BOWL.value(spot).item(), rel=1e-12)
    extent = found.project(CORNERS)
    low, high = extent.min(0).values, extent.max(0).values
    torch.testing.assert_close(found.box[0], low - 0.5 * (high - low))


def test_a_point_is_as_far_from_the_plane_as_it_was_moved_off_it():
    found = networks.plane(BOWL, CORNERS, steps=3)
    off = torch.randn(1, 20, dtype=torch.float64, generator=SEED)
    off = off - (off @ found.axes.T) @ found.axes
    moved = found.at(torch.tensor([[0.3, -2.0]])) + 5 * off / off.norm()
    assert found.distances(moved).item() == pytest.approx(5.0)
    torch.testing.assert_close(found.project(moved), torch.tensor([[0.3, -2.0]]).double())


def test_the_landscape_on_the_plane_is_one_of_two_variables():
    found = networks.plane(BOWL, CORNERS, steps=3)
    lowest = ml.find_minima(found.slice(BOWL), torch.zeros(1, 2, dtype=torch.float64))
    expected = found.project(torch.zeros(1, 20, dtype=torch.float64))
    torch.testing.assert_close(lowest.points, expected, atol=1e-6, rtol=0)


def test_networks_are_evaluated_in_rows_with_progress_in_their_precision():
    x = torch.randn(30, 3, generator=SEED)
    land = networks.NetworkLandscape(
        nn.Linear(3, 2), nn.functional.cross_entropy, x, (x[:, 0] > 0).long()
    )
    told = []
    corners = torch.randn(3, land.dim, generator=SEED)
    found = networks.plane(
        land, corners, steps=5, rows=10, progress=lambda *counts: told.append(counts)
    )
    assert found.values.dtype == torch.float32
    assert told == [(0, 25, 25), (10, 15, 25), (20, 5, 25)]


@pytest.mark.parametrize(
    ("corners", "more", "message"),
    [
        (CORNERS[:2], {}, "must hold 3 points"),
        (CORNERS[[0, 1, 1]], {}, None),
        (torch.stack([CORNERS[0], CORNERS[1], 3 * CORNERS[1] - 2 * CORNERS[0]]), {}, "on a line"),
        (CORNERS[[0, 0, 1]], {}, "on a line"),
        (CORNERS, {"steps": 1}, "`steps` be 2 or more"),
        (CORNERS, {"margin": -1.0}, "`margin` 0 or more"),
        (CORNERS[:, :4], {}, "corners"),
    ],
)
def test_what_makes_no_plane_is_refused(corners, more, message):
    with pytest.raises(ValueError, match=message or "on a line"):
        networks.plane(BOWL, corners, **more)
