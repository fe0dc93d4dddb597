"""Pictures of Morse complexes in the plane: what stands where, nothing clipped."""

from collections import Counter

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

import morseloss as ml
from morseloss import plot
from morseloss.plot.maps import scene
from morseloss.plot.maps.morse_smale import _free_sides
from tests.plot.products import (
    FAMILY,
    IN_SPACE,
    LARGE,
    ON_PLANE,
    PLANE,
    SPACE,
    SQUARE,
    labelled,
    legend,
    no_complex,
    one_point,
    product_complex,
    without_paths,
)


@pytest.fixture(autouse=True)
def _coarse_surfaces(monkeypatch):
    monkeypatch.setattr(scene, "GRID", 21)


PICTURES = {
    "morse_smale": lambda ax=None: plot.morse_smale(PLANE, ON_PLANE, ax),
    "level_surface": lambda ax=None: plot.level_surface(SPACE, 0.95, IN_SPACE, ax),
    "barcode": lambda ax=None: plot.barcode(LARGE.diagram(), ax),
    "horizontal": lambda ax=None: plot.barcode(LARGE.diagram(), ax, orientation="horizontal"),
    "diagram": lambda ax=None: plot.diagram(LARGE.diagram(), ax),
    "vineyard": lambda ax=None: plot.vineyard([0.0, 0.5, 1.0], FAMILY, ax),
}


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


def test_both_ends_of_a_bar_wear_one_ring_and_every_point_its_row():
    ax = plot.morse_smale(PLANE, ON_PLANE)
    bars = ON_PLANE.diagram()
    pairs = np.stack([bars.birth_cells, bars.death_cells], axis=1)[bars.finite]
    rings = labelled(ax, "ends of one bar")
    for ring, pair in zip(rings, pairs, strict=True):
        np.testing.assert_array_equal(ring.get_xydata(), ON_PLANE.points[pair])
    assert len({ring.get_markeredgecolor() for ring in rings}) == len(rings)
    (essential,) = labelled(ax, "essential bar")
    np.testing.assert_array_equal(essential.get_xydata()[0], ON_PLANE.points[bars.birth_cells[0]])
    rows = Counter(str(row) for row in range(len(ON_PLANE)))
    assert Counter(text.get_text() for text in ax.texts) == rows


def test_the_numbers_on_the_map_are_those_of_the_barcode_beside_it():
    on_map = {text.get_text() for text in plot.morse_smale(PLANE, ON_PLANE).texts}
    ax = plot.barcode(ON_PLANE.diagram())
    ends = {text.get_text() for text in ax.texts if text.get_text()}
    assert ends | {tick.get_text() for tick in ax.get_xticklabels()} == on_map


def test_frames_of_a_family_have_one_scale():
    steps = np.array([0.0, 1.0, 2.0, 4.0])
    for draw in (
        lambda: plot.morse_smale(PLANE, ON_PLANE, levels=steps),
        lambda: plot.landscape(PLANE, levels=steps),
    ):
        (filled, *_) = draw().collections
        np.testing.assert_array_equal(filled.levels, steps)


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
