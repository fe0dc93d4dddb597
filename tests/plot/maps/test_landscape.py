"""Maps and curves of landscapes with what was found on them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import morseloss as ml
from morseloss import plot
from morseloss.plot.maps.contours import levels
from tests.plot.drawn import segments, texts


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
