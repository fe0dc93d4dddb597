"""Diagrams: points, the line at infinity, several on one axes."""

import numpy as np
import pytest

import morseloss as ml
from morseloss import plot
from morseloss.plot.diagrams.diagram import INFINITY
from tests.plot.drawn import BARS, ESSENTIAL, labelled, legend, texts


def points_of(ax):
    """Births and deaths of all points by their label; half-lines apart, with their height."""
    ended, endless = {}, []
    for line in ax.lines:
        if line.get_marker() == "None":
            continue
        if line.get_transform() == ax.transData:
            ended[line.get_label()] = line.get_xydata().tolist()
        else:
            endless += line.get_xydata().tolist()
    return ended, endless


def test_essential_bars_stand_on_the_line_of_infinity_above_all_deaths():
    ax = plot.diagram(BARS)
    ended, endless = points_of(ax)
    assert ended == {"degree 0": [[1.0, 3.0], [2.0, 2.0]]}
    assert endless == [[0.0, INFINITY]]
    assert texts(ax) == ["∞"]
    low, high = ax.get_ylim()
    assert 3.0 < low + (INFINITY - 0.05) * (high - low)
    assert max(ax.get_yticks()) <= 3.0


def test_the_diagram_has_equal_scales():
    ax = plot.diagram(BARS)
    assert ax.get_aspect() == 1 and ax.get_xlim() == ax.get_ylim()


WIDE = ml.Diagram(births=[-4.0, 0.5], deaths=[np.inf, 9.0])


@pytest.mark.parametrize(("first", "second"), [(BARS, WIDE), (WIDE, BARS)])
def test_a_second_diagram_leaves_the_first_in_sight(first, second):
    ax = plot.diagram(second, ax=plot.diagram(first))
    ended, endless = points_of(ax)
    assert sorted(x for x, _ in endless) == [-4.0, 0.0]
    every = np.concatenate([*ended.values()])
    low, high = ax.get_xlim()
    assert low < -4.0 and (every > low).all() and (every < low + INFINITY * (high - low)).all()
    assert texts(ax) == ["∞"]
    assert len(labelled(ax, "_infinity")) == len(labelled(ax, "_diagonal")) == 1
    assert legend(ax) == ["barcode 1", "barcode 2"]


def test_several_diagrams_differ_in_colour_and_marker_and_are_called_by_their_labels():
    many = [BARS, WIDE, ESSENTIAL]
    ax = plot.diagram(many, labels=["a", "b", "c"])
    assert legend(ax) == ["a", "b", "c"]
    lines = [labelled(ax, name)[0] for name in "abc"]
    assert len({line.get_color() for line in lines}) == 3
    assert len({line.get_marker() for line in lines}) == 3
    ax = plot.diagram(many[:2], colours=["red", "#000000"])
    assert [line.get_color() for line in ax.lines[:1]] == ["red"]


def test_colours_tell_diagrams_and_markers_degrees_where_there_are_several_of_both():
    two = [ml.Diagram([0.0, shift], [np.inf, 3.0], degrees=[0, 1]) for shift in (1.0, 1.5)]
    ax = plot.diagram(two, labels=["a", "b"])
    assert legend(ax) == ["a, degree 0", "a, degree 1", "b, degree 0", "b, degree 1"]
    look = {line.get_label(): (line.get_color(), line.get_marker()) for line in ax.lines}
    assert look["a, degree 0"][0] == look["a, degree 1"][0] != look["b, degree 1"][0]
    assert look["a, degree 1"][1] == look["b, degree 1"][1] != look["b, degree 0"][1]


def test_a_diagram_after_one_of_several_degrees_takes_a_colour_that_is_free():
    coloured = ml.Diagram([0.0, 1.0], [np.inf, 3.0], degrees=[0, 1])
    ax = plot.diagram(WIDE, ax=plot.diagram(coloured))
    used = [line.get_color() for line in ax.lines if line.get_gid()]
    assert len(used) == len(set(used)) == 3


@pytest.mark.parametrize("draw", [plot.diagram, plot.barcode])
def test_labels_that_do_not_fit_are_refused(draw):
    with pytest.raises(ValueError, match=r"`labels` must be a list with one text a barcode, 2, "):
        draw([BARS, WIDE], labels=["a"])
    with pytest.raises(ValueError, match=r"`colours` must be a list .* got str"):
        draw(BARS, colours="k")
