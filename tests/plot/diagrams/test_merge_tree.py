"""Merge trees: no line crosses another, lines are bars."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex

import morseloss as ml
from morseloss import plot
from morseloss.plot.diagrams.branches import layout
from morseloss.plot.style import AID
from tests.plot.drawn import PIECES, segments


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
    order, elders = layout(tree)
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


CHAIN = ([0.0, 1.0, 0.5, 2.0], [[0, 1], [2, 3], [0, 2]], [3.0, 2.5, 5.0])


def test_minima_of_one_basin_share_a_colour_and_what_lies_above_is_grey():
    ax = plot.merge_tree(CHAIN, basins=3.0)
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    basins = {line.get_color(): sorted(line.get_ydata()) for line in dots}
    assert sorted(basins.values()) == [[0.0, 1.0], [0.5, 2.0]]
    upright = {
        tuple(s[:, 1]): to_hex(c.get_color()[n % len(c.get_color())])
        for c in ax.collections
        for n, s in enumerate(c.get_segments())
        if s[0, 0] == s[1, 0]
    }
    assert upright[(3.0, 5.0)] == AID
    assert basins[upright[(0.5, 3.0)]] == [0.5, 2.0]


def test_minima_are_called_by_names_all_of_them_or_a_few():
    ax = plot.merge_tree(CHAIN, names=["a", "b", "c", "d"])
    assert sorted(tick.get_text() for tick in ax.get_xticklabels()) == ["a", "b", "c", "d"]
    ax = plot.merge_tree(CHAIN, names={2: "deep"})
    assert not len(ax.get_xticks())
    (text,) = [text for text in ax.texts if text.get_text()]
    assert (text.get_text(), text.xy[1]) == ("deep", 0.5)
    with pytest.raises(ValueError, match="one text a minimum, 4, got 2"):
        plot.merge_tree(CHAIN, names=["a", "b"])
    with pytest.raises(ValueError, match="rows from 0 to 3, got row 9"):
        plot.disconnectivity_graph(CHAIN, names={9: "x"})
