"""Pictures in space: what lies inside a surface, behind it and before it."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

import morseloss as ml
from morseloss import plot
from morseloss.plot.maps import scene
from morseloss.plot.maps.scene import BEFORE, BEHIND, INSIDE, Camera, Scene
from tests.plot.products import CUBE, IN_SPACE, SPACE, labelled, legend, no_complex, one_point


@pytest.fixture(autouse=True)
def _coarse_surfaces(monkeypatch):
    monkeypatch.setattr(scene, "GRID", 21)


def bowl(level=1.0, **camera):
    landscape = ml.Function(lambda x: (x**2).sum(-1), dim=3)
    return Scene(landscape, level, CUBE.numpy(), Camera(**{"elevation": 0, "azimuth": 0} | camera))


def test_the_surface_lies_on_the_level():
    corners = bowl().surface().reshape(-1, 3)
    np.testing.assert_allclose(np.linalg.norm(corners, axis=1), 1.0, atol=0.01)


def test_the_near_side_of_a_sphere_is_the_half_that_faces_the_eye():
    scene = bowl(azimuth=90)
    triangles = scene.surface()
    outside, light = scene.light(triangles)
    depth = triangles.mean(axis=1)[:, 1]
    np.testing.assert_array_equal(outside[depth > 1e-3], True)
    np.testing.assert_array_equal(outside[depth < -1e-3], False)
    assert light.min() >= 0 and light.max() <= 1
    centres = triangles.mean(axis=1)[outside]
    brightest, darkest = centres[light[outside].argmax()], centres[light[outside].argmin()]
    assert brightest[2] > 0 > darkest[2]


def test_a_point_is_inside_behind_or_before_the_surface():
    places = np.array([[0.0, 0.0, 0.0], [-1.5, 0.0, 0.0], [1.5, 0.0, 0.0], [-1.5, 1.5, 1.5]])
    assert bowl().layers(places).tolist() == [INSIDE, BEHIND, BEFORE, BEFORE]
    assert bowl(azimuth=180).layers(places).tolist() == [INSIDE, BEFORE, BEHIND, BEFORE]


def test_points_below_the_level_are_painted_between_the_two_sides():
    ax = plot.level_surface(SPACE, 0.95, IN_SPACE)
    far, near = sorted(surface.get_zorder() for surface in ax.collections)
    inside = [line for line in labelled(ax, "minimum") if far < line.get_zorder() < near]
    assert sum(len(line.get_data_3d()[0]) for line in inside) == 8
    for name in ("saddle of index 2", "maximum"):
        assert not [line for line in labelled(ax, name) if far < line.get_zorder() < near]


def test_space_shows_points_of_every_index_and_lines_of_every_kind():
    assert legend(plot.level_surface(SPACE, 0.95, IN_SPACE)) == [
        "minimum", "saddle of index 1", "saddle of index 2", "maximum",
        "flow to a minimum", "flow between saddles", "flow from a maximum", "level 0.95",
    ]  # fmt: skip


def test_the_pieces_of_a_flow_line_make_up_the_whole_line():
    ax = plot.level_surface(SPACE, 0.95, IN_SPACE)
    pieces = [np.stack(line.get_data_3d(), axis=1) for line in labelled(ax, "flow from a maximum")]
    whole = IN_SPACE.points[IN_SPACE.of_index(2)]
    seen = np.concatenate(pieces)
    for end in whole:
        assert (np.abs(seen - end).max(axis=1) < 1e-12).any()
    for piece in pieces:  # every piece is unbroken
        drawn = np.isfinite(piece[:, 0])
        assert np.diff(drawn.astype(int), prepend=0).clip(min=0).sum() >= 1


def test_the_window_holds_all_that_lies_below_the_level():
    ax = plot.level_surface(SPACE, 2.9, IN_SPACE)
    assert all(np.allclose(limits, [-1.75, 1.75], atol=0.15) for limits in (ax.get_xlim(),))
    ax = plot.level_surface(SPACE, 2.9, IN_SPACE, box=CUBE / 2)
    assert ax.get_xlim() == (-1.0, 1.0)


def test_the_window_reaches_out_of_the_box_unless_the_landscape_ends_there():
    bowl = ml.Polynomial({(2, 0, 0): 1.0, (0, 2, 0): 1.0, (0, 0, 2): 1.0})  # its box: [-1, 1]^3
    ax = plot.level_surface(bowl, 1.5)
    np.testing.assert_allclose(ax.get_xlim(), np.sqrt(1.5) * np.array([-1, 1]), atol=0.1)
    box = torch.tensor([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
    assert plot.level_surface(ml.OnBox(bowl, box), 1.5).get_xlim() == (-1.0, 1.0)


def test_space_is_seen_from_where_the_axes_look_and_named():
    ax = plt.figure().add_subplot(projection="3d")
    ax.view_init(elev=10, azim=80)
    plot.level_surface(SPACE, 0.95, IN_SPACE, ax)
    assert (ax.elev, ax.azim) == (10, 80)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()) == ("x0", "x1", "x2")


def test_a_surface_without_a_complex_and_with_a_small_one_is_drawn(tmp_path):
    ax = plot.level_surface(SPACE, 0.95)
    ax.figure.savefig(tmp_path / "picture.png")
    assert legend(ax) == ["level 0.95"]
    assert not plot.level_surface(SPACE, 0.95, no_complex(3)).lines
    assert legend(plot.level_surface(SPACE, 0.95, one_point(3))) == ["minimum", "level 0.95"]


def test_a_surface_stops_where_the_landscape_is_not_defined(monkeypatch):
    drawn = []

    class Kept(Poly3DCollection):
        def __init__(self, triangles, **style):
            drawn.append(triangles)
            super().__init__(triangles, **style)

    monkeypatch.setattr("mpl_toolkits.mplot3d.art3d.Poly3DCollection", Kept)
    root = ml.Function(lambda x: x[:, 0].sqrt() + (x**2).sum(-1), dim=3)
    plot.level_surface(root, 1.0, box=CUBE)
    corners = np.concatenate(drawn).reshape(-1, 3)
    assert corners[:, 0].min() >= 0
    np.testing.assert_allclose(root.value(torch.from_numpy(corners)), 1.0, atol=0.15)


def test_a_missing_scikit_image_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.measure", None)
    with pytest.raises(ImportError, match="pip install scikit-image"):
        plot.level_surface(SPACE, 0.95)


def test_names_of_axes_stay_in_the_picture_beside_others_and_in_a_long_box():
    figure = plt.figure(figsize=(12, 4.6), layout="constrained")
    for column, level in enumerate((0.45, 0.95, 1.7)):
        ax = figure.add_subplot(1, 3, column + 1, projection="3d")
        plot.level_surface(SPACE, level, IN_SPACE, ax)
    box = torch.tensor([[-200.0, -2.0, -2.0], [200.0, 2.0, 2.0]])
    cigar = ml.Function(lambda x: (x[:, 0] / 100) ** 2 + (x[:, 1:] ** 2).sum(-1), dim=3, box=box)
    for drawn in (figure, plot.level_surface(cigar, 1.0).figure):
        drawn.draw_without_rendering()
        names = [a.label for ax in drawn.axes for a in (ax.xaxis, ax.yaxis, ax.zaxis)]
        for extent in [name.get_window_extent() for name in names]:
            assert drawn.bbox.contains(*extent.min) and drawn.bbox.contains(*extent.max)
