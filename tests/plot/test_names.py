"""Names of minima in pictures: in place of rows, wherever a minimum is named."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest

import morseloss as ml
from morseloss import plot

GRAPH = ml.LandscapeGraph(
    [0.0, 1.0, 0.5], [[0, 1], [1, 2]], [3.0, 4.0], names=["folded", "open", "K"]
)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def ticks(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_a_merge_tree_shows_names_and_one_without_a_graph_rows():
    assert sorted(ticks(plot.merge_tree(GRAPH).xaxis)) == ["K", "folded", "open"]
    assert sorted(ticks(plot.merge_tree(ml.merge_tree(GRAPH)).xaxis)) == ["0", "1", "2"]


def test_a_graph_shows_short_names_in_their_circles_and_long_ones_above():
    texts = {text.get_text(): text for text in plot.graph(GRAPH).texts}
    assert set(texts) == {"folded", "open", "K"}
    assert texts["K"].get_va() == "center" and texts["folded"].get_va() == "bottom"


@pytest.mark.parametrize("orientation", ["vertical", "horizontal"])
def test_bars_stand_over_the_names_that_they_are_given(orientation):
    ax = plot.barcode(ml.barcode(GRAPH), None, orientation, names=GRAPH.names)
    axis = ax.xaxis if orientation == "vertical" else ax.yaxis
    assert ticks(axis) == ["folded", "K", "open"]
    with pytest.raises(ValueError, match="`names` must name each minimum, got 2 names for row 2"):
        plot.barcode(ml.barcode(GRAPH), names=["a", "b"])


def test_names_too_long_to_stand_side_by_side_are_turned_upright():
    count = 40
    names = [f"isomer number {row}" for row in range(count)]
    edges = [[row, row + 1] for row in range(count - 1)]
    weights = [float(row + 2) for row in range(count - 1)]
    graph = ml.LandscapeGraph([float(row) for row in range(count)], edges, weights, names=names)
    labels = plot.merge_tree(graph).xaxis.get_ticklabels()
    assert len(labels) == count and {label.get_rotation() for label in labels} == {90.0}
    assert {label.get_rotation() for label in plot.merge_tree(GRAPH).xaxis.get_ticklabels()} == {0}
