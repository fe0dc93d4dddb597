"""Graphs of minima on the plane."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss import plot
from tests.plot.drawn import PIECES, legend


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


def test_broad_and_dashed_edges_are_explained_where_there_are_both():
    ax = plot.graph(([0.0, 1.0, 2.0], [[0, 1], [1, 2], [0, 2]], [3.0, 4.0, 9.0]))
    assert legend(ax) == ["edge that ends a bar", "other edge"]
    assert plot.graph(([0.0, 1.0], [[0, 1]], [3.0])).get_legend() is None


def test_equal_minima_have_no_colour_bar_and_each_bar_has_a_title_of_its_own():
    ax = plot.graph(([0.0, 0.0, 0.0], [[0, 1], [1, 2]], [3.0, 4.0]))
    assert [bar.get_title(loc="left") for bar in ax.figure.axes[1:]] == ["edges"]
    ax = plot.graph(([0.0, 1.0, 0.0], [[0, 1], [1, 2]], [3.0, 4.0]))
    assert [bar.get_title(loc="left") for bar in ax.figure.axes[1:]] == ["minima", "edges"]


def test_numbers_fit_into_their_circles_or_stand_above_them():
    count = 30
    ring = np.column_stack([np.arange(count), (np.arange(count) + 1) % count])
    ax = plot.graph((np.arange(count) / 100, ring, np.full(count, 1.0)))
    ax.figure.draw_without_rendering()
    (nodes,) = [c for c in ax.collections if not hasattr(c, "get_segments")]
    wide = np.sqrt(nodes.get_sizes()[0]) * ax.figure.dpi / 72
    for text in ax.texts:
        assert text.get_va() == "bottom" or text.get_window_extent().width <= wide
