"""Pictures of Morse complexes: what stands where, nothing global touched, nothing clipped."""

import itertools
import sys
from collections import Counter

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import same_color
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

import morseloss as ml
from morseloss import plot
from morseloss.plot.maps import scene
from morseloss.plot.maps.morse_smale import _free_sides
from morseloss.plot.maps.scene import BEFORE, BEHIND, INSIDE, Camera, Scene
from morseloss.plot.style import DEGREES

EMPTY = ml.Diagram(births=[], deaths=[])
CUBE = torch.tensor([[-2.0, -2.0, -2.0], [2.0, 2.0, 2.0]])
SQUARE = torch.tensor([[-2.0, -2.0], [2.0, 2.0]])


@pytest.fixture(autouse=True)
def _no_figure_left():
    yield
    plt.close("all")


@pytest.fixture(autouse=True)
def _coarse_surfaces(monkeypatch):
    monkeypatch.setattr(scene, "GRID", 21)


def product_complex(landscape):
    """The complex of a sum of functions in one variable each: its flow lines are straight."""
    found = landscape.critical_points.points.numpy()
    roots = [np.unique(axis.round(9)) for axis in found.T]
    cells = list(itertools.product(*(range(len(axis)) for axis in roots)))
    points = np.array([[axis[c] for axis, c in zip(roots, cell, strict=True)] for cell in cells])
    row = {cell: n for n, cell in enumerate(cells)}
    lines = []
    for cell, axis, step in itertools.product(cells, range(landscape.dim), (-1, 1)):
        if cell[axis] % 2:  # at a maximum along this axis
            down = (*cell[:axis], cell[axis] + step, *cell[axis + 1 :])
            lines.append((row[cell], row[down], step * (-1) ** sum(c % 2 for c in cell[:axis])))
    sources, targets, signs = np.array(lines).T
    return ml.MorseComplex.from_lines(
        landscape.value(torch.from_numpy(points)).numpy(),
        np.array([sum(c % 2 for c in cell) for cell in cells]),
        ml.FlowLines(sources, targets, signs, list(points[np.stack([sources, targets], axis=1)])),
        points,
    )


PLANE = ml.analytic.DoubleWell(2)
SPACE = ml.analytic.DoubleWell(3)
ON_PLANE = product_complex(PLANE)
IN_SPACE = product_complex(SPACE)
LARGE = product_complex(ml.analytic.DoubleWell(4))


def without_paths(complex, *, lines=True):
    bare = complex.lines
    kept = ml.FlowLines(bare.sources, bare.targets, bare.signs) if lines else None
    return ml.MorseComplex(complex.values, complex.indices, complex.boundary, complex.points, kept)


def no_complex(dim):
    return ml.MorseComplex([], [], np.zeros((0, 0), int), np.zeros((0, dim)))


def one_point(dim):
    return ml.MorseComplex([0.0], [0], [[0]], np.full((1, dim), -1.0))


FAMILY = [ml.Diagram(births=[0.0, 0.0], deaths=[np.inf, 1.0 - t]) for t in (0.0, 0.5, 1.0)]

PICTURES = {
    "morse_smale": lambda ax=None: plot.morse_smale(PLANE, ON_PLANE, ax),
    "level_surface": lambda ax=None: plot.level_surface(SPACE, 0.95, IN_SPACE, ax),
    "barcode": lambda ax=None: plot.barcode(LARGE.diagram(), ax),
    "horizontal": lambda ax=None: plot.barcode(LARGE.diagram(), ax, orientation="horizontal"),
    "diagram": lambda ax=None: plot.diagram(LARGE.diagram(), ax),
    "vineyard": lambda ax=None: plot.vineyard([0.0, 0.5, 1.0], FAMILY, ax),
}


def labelled(ax, label):
    return [line for line in ax.lines if line.get_label() == label]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


# -- what holds for all of them


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_gives_back_its_axes_and_touches_no_global_setting(name):
    before = dict(matplotlib.rcParams)
    kind = {"projection": "3d"} if name == "level_surface" else {}
    ax = plt.figure().add_subplot(**kind)
    assert PICTURES[name](ax) is ax
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_is_clipped_by_the_figure(name):
    figure = PICTURES[name]().figure
    figure.draw_without_rendering()
    box = figure.get_tightbbox().transformed(figure.dpi_scale_trans)
    assert box.x0 >= -0.5 and box.y0 >= -0.5
    assert box.x1 <= figure.bbox.x1 + 0.5 and box.y1 <= figure.bbox.y1 + 0.5


# -- the plane


def test_critical_points_are_marked_by_their_index():
    ax = plot.morse_smale(PLANE, ON_PLANE)
    for index, name in enumerate(("minimum", "saddle", "maximum")):
        (line,) = labelled(ax, name)
        np.testing.assert_array_equal(line.get_xydata(), ON_PLANE.points[ON_PLANE.of_index(index)])
    assert len({labelled(ax, name)[0].get_marker() for name in ("minimum", "saddle")}) == 2


def test_flow_lines_down_and_from_above_differ_in_dashes():
    ax = plot.morse_smale(PLANE, ON_PLANE)
    down, up = labelled(ax, "flow to a minimum"), labelled(ax, "flow from a maximum")
    assert (len(down), len(up)) == (8, 4)
    assert {line.get_linestyle() for line in down} != {line.get_linestyle() for line in up}
    lines = ON_PLANE.lines
    drawn = {tuple(line.get_xydata()[[0, -1]].ravel()) for line in down + up}
    ends = ON_PLANE.points[np.stack([lines.sources, lines.targets], axis=1)]
    assert drawn == {tuple(pair.ravel()) for pair in ends}


def test_both_ends_of_a_bar_wear_one_ring_and_the_row_of_its_birth():
    ax = plot.morse_smale(PLANE, ON_PLANE)
    bars = ON_PLANE.diagram()
    pairs = np.stack([bars.birth_cells, bars.death_cells], axis=1)[bars.finite]
    rings = labelled(ax, "ends of one bar")
    for ring, pair in zip(rings, pairs, strict=True):
        np.testing.assert_array_equal(ring.get_xydata(), ON_PLANE.points[pair])
    assert len({ring.get_markeredgecolor() for ring in rings}) == len(rings)
    (essential,) = labelled(ax, "essential bar")
    np.testing.assert_array_equal(essential.get_xydata()[0], ON_PLANE.points[bars.birth_cells[0]])
    numbers = Counter({str(row): 2 for row in pairs[:, 0]})
    assert Counter(text.get_text() for text in ax.texts) == numbers + Counter(
        [str(bars.birth_cells[0])]
    )


def test_numbers_stand_clear_of_the_flow_lines():
    ax = plt.figure().subplots()
    ax.set(xlim=(-1, 1), ylim=(-1, 1))
    cross = [np.array([[0.0, 0.0], end]) for end in ([1, 0], [-1, 0], [0, 1], [0, -1])]
    (side,) = _free_sides(ax, np.zeros((1, 2)), cross)
    np.testing.assert_allclose(abs(side), np.sqrt(0.5))
    (side,) = _free_sides(ax, np.array([[1.0, 1.0]]), [])
    assert (side < 0).all()


def test_the_legend_of_a_map_explains_points_then_lines_then_bars():
    assert legend(plot.morse_smale(PLANE, ON_PLANE)) == [
        "minimum", "saddle", "maximum", "flow to a minimum", "flow from a maximum",
        "ends of one bar", "essential bar",
    ]  # fmt: skip


def test_lines_without_paths_are_straight_and_a_complex_without_lines_has_none():
    ax = plot.morse_smale(PLANE, without_paths(ON_PLANE))
    assert len(labelled(ax, "flow to a minimum")) == 8
    ax = plot.morse_smale(PLANE, without_paths(ON_PLANE, lines=False))
    assert not labelled(ax, "flow to a minimum")
    assert len(labelled(ax, "ends of one bar")) == 4


def test_a_complex_of_one_point_or_none_is_drawn_on_the_box_of_the_landscape():
    ax = plot.morse_smale(PLANE, one_point(2))
    assert [text.get_text() for text in ax.texts] == ["0"]
    assert ax.get_xlim() == (-2.0, 2.0)
    ax = plot.morse_smale(PLANE, no_complex(2))
    assert ax.get_legend() is None and not ax.lines


def test_81_points_are_all_numbered_inside_the_map(tmp_path):
    landscape = ml.analytic.Rastrigin(dim=2, wells=2)
    complex = product_complex(landscape)
    ax = plot.morse_smale(landscape, complex)
    ax.figure.savefig(tmp_path / "picture.png")
    assert len(complex) == len(ax.texts) == 81
    frame = ax.get_window_extent()
    for text in ax.texts:
        box = text.get_window_extent()
        assert frame.contains(box.x0, box.y0) and frame.contains(box.x1, box.y1)


def test_a_box_overrides_the_window_around_the_complex():
    ax = plot.morse_smale(PLANE, ON_PLANE, box=SQUARE)
    assert (ax.get_xlim(), ax.get_ylim()) == ((-2.0, 2.0), (-2.0, 2.0))


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plot.morse_smale(SPACE, IN_SPACE), "must have dimension 2.*plot.level_surface"),
        (lambda: plot.morse_smale(PLANE, IN_SPACE), "must hold points of dimension 2"),
        (
            lambda: plot.morse_smale(PLANE, ml.MorseComplex([0.0], [0], [[0]])),
            "must know its points to be drawn.*plot.barcode",
        ),
        (
            lambda: plot.morse_smale(ml.Function(lambda x: x.sum(-1), dim=2), one_point(2)),
            "does not know a box",
        ),
        (lambda: plot.level_surface(PLANE, 1.0), "must have dimension 3.*plot.landscape"),
        (lambda: plot.level_surface(SPACE, 1.0, ON_PLANE), "must hold points of dimension 3"),
        (lambda: plot.level_surface(SPACE, -9.0), "`level` must lie between.*got -9; pass another"),
        (lambda: plot.level_surface(SPACE, np.nan), "`level` must lie between.*got nan"),
        (
            lambda: plot.level_surface(SPACE, 1.0, ax=plt.figure().subplots()),
            r"three-dimensional, got Axes; make it with.*projection",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


# -- space


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


# -- bars of every degree


def test_degrees_stand_apart_and_ticks_are_the_rows_of_births():
    bars = ON_PLANE.diagram()
    ax = plot.barcode(bars)
    assert ax.get_xticks().tolist() == [0, 1, 2, 3, 5]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [str(r) for r in bars.birth_cells]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("critical point", "value")


@pytest.mark.parametrize("orientation", ["vertical", "horizontal"])
def test_the_end_of_a_bar_carries_the_row_of_its_death(orientation):
    bars = ON_PLANE.diagram()
    ax = plot.barcode(bars, orientation=orientation)
    names = {text.get_text(): text for text in ax.texts if text.get_text()}
    assert sorted(names) == sorted(str(row) for row in bars.death_cells[bars.finite])
    for row in np.flatnonzero(bars.finite):
        end = names[str(bars.death_cells[row])].xy
        assert end[orientation == "vertical"] == bars.deaths[row]


def test_an_essential_bar_has_the_colour_of_its_degree():
    ax = plot.barcode(ml.Diagram(births=[0.0, 1.0], deaths=[np.inf, np.inf], degrees=[0, 1]))
    heads = [line for line in ax.lines if not line.get_clip_on()]
    assert [same_color(h.get_color(), DEGREES[k][0]) for k, h in enumerate(heads)] == [True, True]


@pytest.mark.parametrize("orientation", ["vertical", "horizontal"])
def test_all_bars_of_81_critical_points_are_named_and_no_names_overlap(orientation):
    bars = LARGE.diagram()
    ax = plot.barcode(bars, orientation=orientation)
    ax.figure.draw_without_rendering()
    upright = orientation == "vertical"
    ticks = ax.get_xticklabels() if upright else ax.get_yticklabels()
    ends = [text for text in ax.texts if text.get_text()]
    assert (len(LARGE), len(ticks), len(ends)) == (81, 41, 40)
    for texts in (ticks, ends):
        boxes = [text.get_window_extent() for text in texts]
        assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    frame = ax.get_window_extent()
    assert all(frame.contains(*box.max) for box in (text.get_window_extent() for text in ends))


def test_names_that_would_be_too_small_are_left_out():
    ax = plt.figure(figsize=(2, 2)).subplots()
    plot.barcode(LARGE.diagram(), ax)
    assert not len(ax.get_xticks()) and not [text for text in ax.texts if text.get_text()]


# -- families


def test_the_curve_of_a_bar_ends_on_the_axis_where_it_vanishes():
    gone = ml.Diagram(births=[0.0], deaths=[np.inf])
    ax = plot.vineyard([3.0, 1.0, 2.0, 0.0], [gone, FAMILY[1], gone, FAMILY[0]])
    (dots,) = labelled(ax, "degree 0")
    assert dots.get_xydata().tolist() == [[0.0, 1.0], [1.0, 0.5]]
    (hollow,) = [line for line in ax.lines if line.get_markerfacecolor() == "white"]
    assert hollow.get_xydata().tolist() == [[2.0, 0.0]]
    (curve,) = [
        line for line in ax.lines if line.get_marker() == "None" and len(line.get_xdata()) > 2
    ]
    np.testing.assert_array_equal(curve.get_ydata(), [1.0, 0.5, 0.0, np.nan])


def test_curves_join_bars_of_one_rank_and_degrees_differ_in_marker_and_dashes():
    family = [
        ml.Diagram(births=[0.0] * 3, deaths=[2.0, 1.0, 3.0], degrees=[0, 0, 1]),
        ml.Diagram(births=[0.0] * 3, deaths=[0.5, 1.5, 2.0], degrees=[0, 0, 1]),
    ]
    ax = plot.vineyard([0.0, 1.0], family)
    heights = [line.get_ydata().tolist() for line in labelled(ax, "degree 0")]
    assert heights == [[2.0, 1.5], [1.0, 0.5]]
    assert legend(ax) == ["degree 0", "degree 1"]
    (other,) = labelled(ax, "degree 1")
    assert other.get_marker() != labelled(ax, "degree 0")[0].get_marker()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("parameter", "length of the bar")


@pytest.mark.parametrize("family", [[], [EMPTY], [EMPTY, ml.Diagram(births=[0.0], deaths=[0.0])]])
def test_a_family_without_bars_says_so(family):
    ax = plot.vineyard(np.arange(len(family)), family)
    assert [text.get_text() for text in ax.texts] == ["no bars"]


@pytest.mark.parametrize(
    ("parameters", "family", "message"),
    [
        ([0.0], [EMPTY, EMPTY], r"one number for each of the 2 diagrams, got shape \(1,\)"),
        ([0.0, 0.0], [EMPTY, EMPTY], r"finite and all different, got \[0.0, 0.0\]; leave out"),
        ([np.nan], [EMPTY], "finite and all different"),
        ([0.0], [[(0.0, 1.0)]], "`diagram` must be a Diagram, got list"),
    ],
)
def test_what_is_no_family_is_refused(parameters, family, message):
    with pytest.raises(ValueError, match=message):
        plot.vineyard(parameters, family)
