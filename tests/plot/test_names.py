"""Names of minima in pictures: in place of rows, wherever a minimum is named."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest

import morseloss as ml
from morseloss import plot
from morseloss.networks import ladder_of

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


DOLLARS = ["$\\frac{$", "$\\nope$", "5$"]
PRICY = ml.LandscapeGraph([0.0, 1.0, 0.5], [[0, 1], [1, 2]], [3.0, 4.0], names=DOLLARS)
PICTURES = {
    "merge tree": lambda: plot.merge_tree(PRICY),
    "two names": lambda: plot.merge_tree(GRAPH, names=dict(enumerate(DOLLARS[:2]))),
    "disconnectivity": lambda: plot.disconnectivity_graph(PRICY),
    "graph": lambda: plot.graph(PRICY),
    "bars": lambda: plot.barcode(ml.barcode(PRICY), names=DOLLARS),
    "labels of bars": lambda: plot.barcode([ml.barcode(PRICY)] * 3, labels=DOLLARS),
    "labels of points": lambda: plot.diagram([ml.barcode(PRICY)] * 3, labels=DOLLARS),
    "ladders": lambda: plot.budgets({name: ladder() for name in DOLLARS}),
    "prices": lambda: plot.prices({name: ladder() for name in DOLLARS}),
}


def ladder():
    graphs = [ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [1 + 1 / n]) for n in (1, 2, 4, 8)]
    return ladder_of(graphs, [100.0, 200.0, 400.0, 800.0])


@pytest.mark.parametrize("picture", PICTURES)
def test_dollars_in_names_are_dollars_and_no_picture_fails_by_them(picture):
    ax = PICTURES[picture]()
    if ax.get_legend_handles_labels()[1]:
        ax.legend()
    ax.figure.canvas.draw()
    legend = [] if ax.get_legend() is None else [text.get_text() for text in ax.get_legend().texts]
    shown = [*ticks(ax.xaxis), *(text.get_text() for text in ax.texts), *legend]
    assert next(text for text in shown if "frac" in text) == "\\$\\frac{\\$"


def test_a_label_that_is_a_formula_stays_one():
    bars = ml.barcode(GRAPH)
    ax = plot.diagram([bars, bars], labels=["$\\alpha^2$", "plain"])
    assert "$\\alpha^2$" in ax.get_legend_handles_labels()[1]
