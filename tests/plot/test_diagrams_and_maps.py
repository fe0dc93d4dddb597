"""Pictures: what stands where, nothing global touched, nothing clipped."""

import subprocess
import sys

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import morseloss as ml
from morseloss import plot
from morseloss.plot.diagrams.merge_tree import _layout
from morseloss.plot.maps.contours import levels

ESSENTIAL = ml.Diagram(births=[0.3], deaths=[np.inf], birth_cells=[0])
EMPTY = ml.Diagram(births=[], deaths=[])
BARS = ml.Diagram(
    births=[0.0, 1.0, 2.0], deaths=[np.inf, 3.0, 2.0], birth_cells=[2, 0, 1], death_cells=[-1, 0, 1]
)
PIECES = ([0.0, 1.0, 0.5, 2.0, 0.2], [[0, 1], [2, 3]], [3.0, 2.5])


@pytest.fixture(autouse=True)
def _no_figure_left():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def mueller_brown():
    landscape = ml.analytic.MuellerBrown()
    return landscape, ml.build_graph(landscape, landscape.critical_points)


def all_pictures(landscape, graph):
    bars = ml.barcode(graph)
    return {
        "barcode": lambda ax=None: plot.barcode(bars, ax),
        "horizontal": lambda ax=None: plot.barcode(bars, ax, orientation="horizontal"),
        "diagram": lambda ax=None: plot.diagram(bars, ax),
        "merge_tree": lambda ax=None: plot.merge_tree(graph, ax),
        "graph": lambda ax=None: plot.graph(graph, ax),
        "heights": lambda ax=None: plot.heights(landscape, graph, ax),
        "landscape": lambda ax=None: plot.landscape(landscape, graph, ax=ax),
    }


def segments(ax):
    """All straight segments of the line collections of the axes."""
    return [s for c in ax.collections if hasattr(c, "get_segments") for s in c.get_segments()]


def texts(ax):
    return [text.get_text() for text in ax.texts]


# -- what holds for all of them


def test_every_picture_gives_back_the_axes_it_got(mueller_brown):
    for draw in all_pictures(*mueller_brown).values():
        ax = plt.figure().subplots()
        assert draw(ax) is ax


def test_no_picture_touches_the_global_settings(mueller_brown):
    before = dict(matplotlib.rcParams)
    for draw in all_pictures(*mueller_brown).values():
        draw()
    assert dict(matplotlib.rcParams) == before


def test_nothing_is_clipped_by_the_figure(mueller_brown):
    for name, draw in all_pictures(*mueller_brown).items():
        ax = draw()
        figure = ax.figure
        figure.draw_without_rendering()
        box = figure.get_tightbbox().transformed(figure.dpi_scale_trans)
        assert box.x0 >= -0.5 and box.y0 >= -0.5, name
        assert box.x1 <= figure.bbox.x1 + 0.5 and box.y1 <= figure.bbox.y1 + 0.5, name


def test_every_picture_names_its_axes(mueller_brown):
    expected = {
        "barcode": ("minimum", "value"),
        "horizontal": ("value", "minimum"),
        "diagram": ("birth", "death"),
        "merge_tree": ("minimum", "value"),
        "graph": ("x0", "x1"),
        "heights": ("part of the path's length", "value"),
        "landscape": ("x0", "x1"),
    }
    for name, draw in all_pictures(*mueller_brown).items():
        ax = draw()
        assert (ax.get_xlabel(), ax.get_ylabel()) == expected[name]


def test_importing_the_pictures_does_not_import_matplotlib():
    code = "import sys, morseloss.plot, morseloss.cli; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# -- barcode and diagram


def test_vertical_bars_run_from_birth_to_death_in_the_order_of_the_diagram():
    ax = plot.barcode(BARS)
    assert [s.tolist() for s in segments(ax)] == [[[1, 1], [1, 3]], [[2, 2], [2, 2]]]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["2", "0", "1"]


def test_a_bar_is_pale_above_its_lower_end():
    bars = ml.Diagram([0.0, 1.0, 1.5], [np.inf, 3.0, 2.0], lower=[np.nan, 2.5, np.nan])
    ax = plot.barcode(bars)
    assert [s.tolist() for s in segments(ax)] == [[[1, 1], [1, 2.5]], [[2, 1.5], [2, 2]],
                                                  [[1, 2.5], [1, 3]]]  # fmt: skip
    assert [lines.get_alpha() for lines in ax.collections] == [None, 0.35]


def test_horizontal_bars_are_the_vertical_ones_with_the_axes_swapped():
    upright = np.array(segments(plot.barcode(BARS)))
    flat = np.array(segments(plot.barcode(BARS, orientation="horizontal")))
    np.testing.assert_array_equal(flat, upright[..., ::-1])


@pytest.mark.parametrize("orientation", ["vertical", "horizontal"])
def test_an_essential_bar_is_an_arrow_that_leaves_the_axes(orientation):
    ax = plot.barcode(BARS, orientation=orientation)
    (head,) = [line for line in ax.lines if not line.get_clip_on()]
    end = head.get_transform().transform(head.get_xydata())[0]
    edge = ax.transAxes.transform([1, 1])
    axis = int(orientation == "vertical")
    assert end[axis] == pytest.approx(edge[axis])
    assert head.get_xydata()[0][1 - axis] == 0
    assert len(ax.texts) == 1


def test_bars_of_length_zero_and_unknown_minima_are_still_marked():
    ax = plot.barcode(ml.Diagram(births=[1.0, 2.0], deaths=[1.0, 2.0]))
    assert ax.lines[0].get_ydata().tolist() == [1.0, 2.0]
    assert ax.get_xlabel() == "bar"


def test_essential_bars_stand_on_the_line_of_infinity_above_all_deaths():
    ax = plot.diagram(BARS)
    (points,) = [line for line in ax.lines if line.get_marker() == "o"]
    births, deaths = points.get_data()
    assert births.tolist() == BARS.births.tolist()
    assert deaths[0] > 3.0 and deaths[1:].tolist() == [3.0, 2.0]
    assert texts(ax) == ["∞"]
    assert max(ax.get_yticks()) <= 3.0


def test_the_diagram_has_equal_scales():
    ax = plot.diagram(BARS)
    assert ax.get_aspect() == 1 and ax.get_xlim() == ax.get_ylim()


@pytest.mark.parametrize("draw", [plot.barcode, plot.diagram])
@pytest.mark.parametrize("bars", [EMPTY, ESSENTIAL, BARS], ids=["empty", "essential", "bars"])
def test_small_and_empty_diagrams_are_drawn(draw, bars, tmp_path):
    ax = draw(bars)
    ax.figure.savefig(tmp_path / "picture.png")
    assert ("no bars" in texts(ax)) == (len(bars) == 0)


@pytest.mark.parametrize("draw", [plot.barcode, plot.diagram])
def test_degrees_differ_in_marker_and_are_explained(draw):
    bars = ml.Diagram(births=[0.0, 1.0], deaths=[np.inf, 2.0], degrees=[0, 1])
    ax = draw(bars)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["degree 0", "degree 1"]
    markers = {line.get_marker() for line in ax.lines if line.get_label().startswith("degree")}
    assert markers == {"o", "s"}


def test_what_is_no_diagram_or_orientation_is_refused():
    with pytest.raises(ValueError, match=r"must be a Diagram, got list; take the `barcode"):
        plot.diagram([(0, (0.0, 1.0))])
    with pytest.raises(ValueError, match=r"vertical.*got 'diagonal'"):
        plot.barcode(BARS, orientation="diagonal")


# -- merge tree


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 8))
    number = st.integers(0, 5).map(float)
    values = np.array(draw(st.lists(number, min_size=n, max_size=n)))
    row = st.integers(0, n - 1)
    edges = np.array(draw(st.lists(st.tuples(row, row), max_size=12)), dtype=int).reshape(-1, 2)
    rise = st.integers(0, 5).map(float)
    rises = np.array(draw(st.lists(rise, min_size=len(edges), max_size=len(edges))))
    return values, edges, values[edges].max(axis=1, initial=0) + rises


@given(graphs())
@settings(max_examples=200, deadline=None)
def test_both_sides_of_every_merge_stand_side_by_side_so_that_no_lines_cross(graph):
    tree = ml.merge_tree(graph)
    order, elders = _layout(tree)
    count = len(tree)
    assert sorted(order.tolist()) == list(range(count))
    place = np.argsort(order)
    below = [{int(place[leaf])} for leaf in range(count)]
    for merge, (elder, younger) in enumerate(tree.children.tolist()):
        together = below[elder] | below[younger]
        assert max(together) - min(together) + 1 == len(together)
        assert elders[count + merge] == elders[elder]
        below.append(together)


def test_the_line_of_a_minimum_is_its_bar():
    bars, ax = ml.barcode(PIECES), plot.merge_tree(PIECES)
    drawn = sorted(tuple(s[:, 1]) for s in segments(ax) if s[0, 0] == s[1, 0])
    finite = sorted(zip(bars.births[bars.finite], bars.deaths[bars.finite], strict=True))
    assert drawn == finite


def test_a_merge_tree_is_taken_as_it_is_and_each_piece_has_an_arrow():
    ax = plot.merge_tree(ml.merge_tree(PIECES))
    assert len([line for line in ax.lines if not line.get_clip_on()]) == 3
    labels = [tick.get_text() for tick in ax.get_xticklabels()]
    assert sorted(labels) == ["0", "1", "2", "3", "4"]


def test_a_single_minimum_has_a_merge_tree():
    ax = plot.merge_tree(([0.5], np.zeros((0, 2), dtype=int), []))
    low, high = ax.get_ylim()
    assert low < 0.5 < high


# -- landscape


@given(
    low=st.floats(-1e3, 1e3),
    rise=st.floats(1e-3, 1e3),
    wall=st.floats(0.0, 1e12),
)
def test_levels_resolve_the_wells_below_any_wall(low, rise, wall):
    top = low + rise
    steps = levels(np.array([low, top, top + wall]), low, top)
    assert (np.diff(steps) > 0).all()
    assert steps[0] <= low + 1e-9 * rise
    assert ((steps >= low) & (steps <= top)).sum() >= 4
    assert len(steps) < 60


def test_the_map_shows_minima_saddles_and_paths_in_different_markers(mueller_brown):
    landscape, graph = mueller_brown
    ax = plot.landscape(landscape, graph)
    by_label = {line.get_label(): line for line in ax.lines}
    np.testing.assert_array_equal(by_label["minimum"].get_xydata(), graph.points)
    np.testing.assert_array_equal(by_label["saddle"].get_xydata(), graph.peaks)
    assert by_label["minimum"].get_marker() != by_label["saddle"].get_marker()
    assert {"0", "1", "2"} <= set(texts(ax))
    paths = [line for line in ax.lines if line.get_label() == "path"]
    assert len(paths) == len(graph.weights)


def test_the_window_holds_everything_found_and_a_box_overrides_it(mueller_brown):
    landscape, graph = mueller_brown
    ax = plot.landscape(landscape, graph)
    for path in graph.paths:
        assert (path >= [ax.get_xlim()[0], ax.get_ylim()[0]]).all()
        assert (path <= [ax.get_xlim()[1], ax.get_ylim()[1]]).all()
    box = torch.tensor([[-1.0, 0.0], [0.5, 2.0]])
    ax = plot.landscape(landscape, graph, box=box)
    assert (ax.get_xlim(), ax.get_ylim()) == ((-1.0, 0.5), (0.0, 2.0))


def test_without_a_graph_the_box_of_the_landscape_is_drawn():
    landscape = ml.analytic.SixHumpCamel()
    ax = plot.landscape(landscape)
    assert ax.get_xlim() == tuple(landscape.box[:, 0].tolist())
    ax = plot.landscape(landscape, points=landscape.critical_points)
    assert {"minimum", "saddle", "maximum"} <= {line.get_label() for line in ax.lines}


def test_upper_bounds_are_dashed_and_not_marked_as_saddles(mueller_brown):
    landscape, _ = mueller_brown
    minima = landscape.critical_points
    graph = ml.graph_from_paths(landscape, minima, ml.ClimbingString(), max_steps=3)
    labels = {line.get_label() for line in plot.landscape(landscape, graph).lines}
    assert {"path (upper bound)", "top of a path"} <= labels
    assert "saddle" not in labels


def test_in_one_variable_each_minimum_carries_its_bar():
    landscape = ml.analytic.EasyAndHard()
    graph = ml.build_graph(landscape, landscape.critical_points)
    ax = plot.landscape(landscape, graph, points=landscape.critical_points)
    upright = [s for s in segments(ax) if s[0, 0] == s[1, 0]]
    np.testing.assert_allclose(sorted(s[0, 0] for s in upright), [-2.0, 2.0], atol=1e-9)
    np.testing.assert_allclose(sorted(np.ptp(s[:, 1]) for s in upright), [0.5, 2.0], atol=1e-9)
    by_label = {line.get_label(): line for line in ax.lines}
    assert by_label["minimum"].get_marker() != by_label["maximum"].get_marker()


def test_a_graph_without_points_still_gives_its_levels():
    landscape = ml.analytic.SixHumpCamel()
    graph = ml.build_graph(landscape, landscape.critical_points)
    bare = ml.LandscapeGraph(graph.values, graph.edges, graph.weights)
    ax = plot.landscape(landscape, bare)
    assert not ax.lines
    straight = ml.LandscapeGraph(graph.values, graph.edges, graph.weights, points=graph.points)
    assert len(plot.landscape(landscape, straight).lines) == len(graph.weights) + 1


@pytest.mark.parametrize(
    ("landscape", "more", "message"),
    [
        (ml.analytic.DoubleWell(3), {}, "dimension 1 or 2 to be drawn.*plot.graph"),
        (ml.Function(lambda x: x.sum(-1), dim=2), {}, "does not know a box"),
        (
            ml.analytic.Himmelblau(),
            {"points": ml.analytic.DoubleWell(1).critical_points},
            "`points` must hold points of dimension 2",
        ),
        (
            ml.Function(lambda x: torch.full_like(x[:, 0], torch.nan), dim=2),
            {"box": torch.tensor([[0.0, 0.0], [1.0, 1.0]])},
            "no finite value in the window",
        ),
    ],
)
def test_a_landscape_that_cannot_be_drawn_is_refused(landscape, more, message):
    with pytest.raises(ValueError, match=message):
        plot.landscape(landscape, **more)


# -- heights


def test_heights_start_and_end_at_the_minima_and_peak_at_the_weight(mueller_brown):
    landscape, graph = mueller_brown
    ax = plot.heights(landscape, graph)
    curves = [line for line in ax.lines if line.get_marker() == "None"]
    tops = [line.get_xydata()[0] for line in ax.lines if line.get_marker() == "D"]
    for edge, (curve, top) in enumerate(zip(curves, tops, strict=True)):
        lengths, values = curve.get_data()
        np.testing.assert_allclose(values[[0, -1]], graph.values[graph.edges[edge]], rtol=1e-9)
        assert (lengths[0], lengths[-1]) == (0.0, 1.0)
        assert top[1] == graph.weights[edge]
        assert np.interp(top[0], lengths, values) == pytest.approx(top[1], rel=1e-6)
    assert len({line.get_linestyle() for line in curves}) == len(curves)


def test_heights_of_paths_mark_the_top_of_the_continuum():
    landscape = ml.analytic.DoubleWell(1, tilt=(0.0,))
    line = torch.tensor([[[-1.0], [1.0]]], dtype=torch.float64)
    ax = plot.heights(landscape, ml.Paths(line, ml.Polyline(), torch.tensor([1])))
    (top,) = [line.get_xydata()[0] for line in ax.lines if line.get_marker() == "D"]
    np.testing.assert_allclose(top, [0.5, 1.0], atol=1e-6)


def test_heights_need_paths_unless_there_are_no_edges():
    bowl = ml.analytic.DoubleWell(1)
    assert texts(plot.heights(bowl, ([0.0], np.zeros((0, 2), dtype=int), []))) == ["no paths"]
    with pytest.raises(ValueError, match=r"a graph with paths.*build_graph"):
        plot.heights(bowl, ([0.0, 1.0], [[0, 1]], [2.0]))


# -- graph


def test_edges_that_end_a_bar_are_broad_and_solid():
    ax = plot.graph(([0.0, 1.0, 2.0], [[0, 1], [1, 2], [0, 2], [1, 1]], [3.0, 4.0, 9.0, 2.0]))
    (edges,) = [c for c in ax.collections if hasattr(c, "get_segments")]
    by_weight = dict(zip(edges.get_array(), edges.get_linewidth(), strict=True))
    assert sorted(by_weight) == [3.0, 4.0, 9.0]
    assert by_weight[9.0] < by_weight[4.0] == by_weight[3.0]


@pytest.mark.parametrize("dim", [0, 1, 2, 3])
def test_minima_stand_at_their_first_coordinates(dim, generator):
    points = torch.rand(3, dim, generator=generator).double().numpy()
    values = np.array([0.0, 1.0, 2.0])
    ax = plot.graph(ml.LandscapeGraph(values, [[0, 1]], [3.0], points=points if dim else None))
    (nodes,) = [c for c in ax.collections if not hasattr(c, "get_segments")]
    places = np.asarray(nodes.get_offsets())
    if dim:
        np.testing.assert_array_equal(places[:, 0], points[:, 0])
        np.testing.assert_array_equal(places[:, 1], values if dim == 1 else points[:, 1])
    assert len(np.unique(places, axis=0)) == 3


def test_minima_without_edges_are_drawn_alone():
    ax = plot.graph(([0.0, 1.0], np.zeros((0, 2), dtype=int), []))
    assert len(ax.collections) == 1


def test_the_layout_without_points_is_the_same_every_time():
    def places(ax):
        (nodes,) = [c for c in ax.collections if not hasattr(c, "get_segments")]
        return np.asarray(nodes.get_offsets())

    np.testing.assert_array_equal(places(plot.graph(PIECES)), places(plot.graph(PIECES)))
