"""What is drawn of a torus stays in one period, and no line runs across the picture."""

import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.plot.polylines import lengths_along
from morseloss.plot.seams import cut, moved_in

LAND = ml.TrigonometricPolynomial({(1, 0): 1.0, (0, 1): 0.7, (1, 1): 0.1}, [1.0, 2.0])
WINDOW = np.array([[0.0, -1.0], [1.0, 1.0]])


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def length(path):
    return np.linalg.norm(np.diff(path, axis=0), axis=1).sum()


def test_a_path_is_cut_where_it_leaves_and_loses_nothing():
    path = np.array([[0.2, 0.3], [2.7, -3.4], [2.7, -3.4], [0.9, 0.1]])
    parts = cut(LAND, WINDOW, path)
    assert len(parts) > 5
    for part in parts:
        assert (part >= WINDOW[0] - 1e-9).all()
        assert (part <= WINDOW[1] + 1e-9).all()
    assert sum(map(length, parts)) == pytest.approx(length(path))
    for one, other in itertools.pairwise(parts):
        jump = (other[0] - one[-1]) / LAND.periods
        np.testing.assert_allclose(jump, jump.round(), atol=1e-9)


def test_on_the_plane_a_path_stays_whole():
    path = np.array([[0.2, 0.3], [2.7, -3.4]])
    (whole,) = cut(ml.analytic.Himmelblau(), WINDOW, path)
    assert whole is path
    assert moved_in(ml.analytic.Himmelblau(), WINDOW, path) is path


def test_points_are_drawn_at_their_image_in_the_window():
    moved = moved_in(LAND, WINDOW, np.array([[1.25, 1.5], [-0.25, -1.0]]))
    np.testing.assert_allclose(moved, [[0.25, -0.5], [0.75, -1.0]])


@pytest.mark.parametrize("box", [None, torch.tensor([[-0.5, -1.0], [0.5, 1.0]])])
def test_pictures_show_one_period_and_no_line_runs_across(box):
    points = ml.critical_points(LAND)
    graph, complex_ = ml.build_graph(LAND, points.of_index(0)), ml.morse_complex(LAND, points)
    shown = ml.plot.landscape(LAND, graph, points, box=box)
    flows = ml.plot.morse_smale(LAND, complex_, box=box)
    low, high = (np.zeros(2), np.array([1.0, 2.0])) if box is None else box.numpy()
    for ax in (shown, flows):
        np.testing.assert_allclose([ax.get_xlim(), ax.get_ylim()], np.stack([low, high]).T)
        for line in (line for line in ax.lines if line.get_linestyle() != "None"):
            path = line.get_xydata()
            assert (path >= low - 1e-9).all()
            assert (path <= high + 1e-9).all()
            assert len(path) < 2 or np.abs(np.diff(path, axis=0)).max() < 0.6
            assert math.isfinite(lengths_along(path)[-1])


def test_a_curve_shows_one_period():
    land = ml.TrigonometricPolynomial({2: 1.0, 1: (0.2, 0.3)}, 3.0)
    points = ml.critical_points(land)
    ax = ml.plot.landscape(land, ml.build_graph(land, points.of_index(0)), points)
    assert ax.get_xlim() == (0.0, 3.0)
