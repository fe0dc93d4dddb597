import numpy as np
import torch

import morseloss as ml
from morseloss.plot.window import places_of, window_around


def test_a_mark_on_a_wall_is_not_cut_and_a_window_inside_a_box_stays():
    land = ml.OnBox(ml.Polynomial({3: 1.0, 1: -3.0}), torch.tensor([[-2.2], [2.5]]))
    points = ml.critical_points(land)
    assert points.points.min() == land.box[0, 0]
    low, high = window_around(land, places_of(None, points), None)[:, 0]
    np.testing.assert_allclose(low, -2.2 - 0.03 * 4.7, atol=1e-6)
    assert 1.0 < high <= 2.5
    inside = points.take((points.points[:, 0] > -2).nonzero().flatten())
    assert window_around(land, places_of(None, inside), None).min() >= -2.2


def test_a_mark_beyond_the_box_is_not_cut():
    box = torch.tensor([[-2.0, -2.0], [2.0, 2.0]])
    land = ml.Function(lambda x: (x[:, 0] ** 2 - 9) ** 2 + x[:, 1] ** 2, 2, box)
    points = ml.find_minima(land, torch.tensor([[-2.0, 0.1], [2.0, 0.1]]))
    low, high = window_around(land, places_of(None, points), None)[:, 0]
    assert low < -3.1 and high > 3.1  # the minima are at -3 and 3
