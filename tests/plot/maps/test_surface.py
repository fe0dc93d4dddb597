"""Surfaces in space: what lies on them, what is hidden, where they are cut."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss import plot
from morseloss.plot.maps.relief import Relief, below
from morseloss.plot.maps.scene import Camera
from tests.plot.drawn import labelled
from tests.plot.products import ON_PLANE, PLANE

WINDOW = np.array([[-2.0, -2.0], [2.0, 2.0]])


def places(line):
    return np.column_stack(line.get_data_3d())


def test_points_and_lines_lie_on_the_surface():
    ax = plot.surface(PLANE, ON_PLANE)
    drawn = [line for line in ax.lines if not line.get_label().startswith("_")]
    assert {"minimum", "saddle", "maximum", "flow to a minimum"} <= {
        line.get_label() for line in drawn
    }
    for line in drawn:
        spots = places(line)
        spots = spots[np.isfinite(spots).all(axis=1)]
        values = PLANE.value(torch.from_numpy(np.array(spots[:, :2]))).numpy()
        np.testing.assert_allclose(spots[:, 2], values, atol=1e-9)


def test_all_minima_of_a_product_of_double_wells_are_in_sight():
    ax = plot.surface(PLANE, ON_PLANE)
    (minima,) = labelled(ax, "minimum")
    assert len(places(minima)) == 4


def test_the_passes_and_paths_of_a_graph_are_drawn():
    land = ml.analytic.MuellerBrown()
    ax = plot.surface(land, ml.build_graph(land, land.critical_points))
    (passes,) = labelled(ax, "saddle")
    assert 0 < len(places(passes)) <= 2
    assert len(labelled(ax, "path")) == 2
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()) == ("x0", "x1", "value")


def test_what_a_hill_hides_is_hidden_and_what_stands_before_it_is_not():
    hill = ml.Function(lambda x: torch.exp(-4 * (x**2).sum(-1)), dim=2)
    relief = Relief(hill, WINDOW, -0.1, 1.2)
    camera = Camera(elevation=10.0, azimuth=0.0)  # from where x0 is large
    spots = np.array([[-0.7, 0.0], [0.7, 0.0], [0.0, 1.8]])
    heights = hill.value(torch.from_numpy(spots)).numpy()
    seen = relief.in_sight(np.column_stack([spots, heights]), camera)
    assert seen.tolist() == [False, True, True]


def test_a_surface_is_cut_at_a_height_along_a_level():
    bowl = ml.Function(lambda x: (x**2).sum(-1), dim=2)
    triangles = Relief(bowl, WINDOW, 0.0, 1.0).triangles
    assert triangles[..., 2].max() <= 1.0 + 1e-12
    area = 0.0
    for a, b, c in triangles[..., :2]:
        area += abs((b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0]) / 2
    assert area == pytest.approx(np.pi, rel=1e-3)


def test_the_parts_of_triangles_below_a_height_have_the_right_area():
    corner = np.array([[[0.0, 0, 0], [1, 0, 2], [0, 1, 2]]])
    upside = corner * [1, 1, -1] + [0, 0, 2]
    assert len(below(corner, 3.0)) == 1 and len(below(corner, -1.0)) == 0
    for triangles, share in ((below(corner, 1.0), 0.125), (below(upside, 1.0), 0.375)):
        (u, v) = (triangles[:, k, :2] - triangles[:, 0, :2] for k in (1, 2))
        assert abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]).sum() / 2 == pytest.approx(share)


def test_axes_that_are_given_keep_their_view():
    ax = plt.figure().add_subplot(projection="3d")
    ax.view_init(70, 12)
    assert plot.surface(PLANE, ON_PLANE, ax) is ax
    assert (ax.elev, ax.azim) == (70, 12)


@pytest.mark.parametrize(
    ("landscape", "found", "message"),
    [
        (ml.analytic.DoubleWell(3), None, "must have dimension 2, got .*plot.level_surface"),
        (PLANE, ([0.0, 1.0], [[0, 1]], [2.0]), "`found` must hold points of dimension 2 .*none"),
        (PLANE, ml.MorseComplex([0.0], [0], [[0]], np.zeros((1, 3))), "dimension 2 for"),
    ],
)
def test_what_cannot_be_drawn_as_a_surface_is_refused(landscape, found, message):
    with pytest.raises(ValueError, match=message):
        plot.surface(landscape, found)
    with pytest.raises(ValueError, match="three-dimensional"):
        plot.surface(PLANE, ax=plt.figure().subplots())


def test_axes_are_called_by_the_names_of_the_landscape_under_a_wrapper_too():
    land = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (0, 2): 1.0})
    land.names = ("u", "v")
    box = torch.tensor([[-2.0, -2.0], [2.0, 2.0]])
    for one in (land, ml.OnBox(land, box)):
        ax = plot.landscape(one, box=box)
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("u", "v")
    turned = ml.Pullback(land, lambda x: x, box=box)
    assert plot.landscape(turned, box=box).get_xlabel() == "x0"
