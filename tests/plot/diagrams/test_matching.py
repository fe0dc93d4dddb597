"""Matchings as pictures: one stroke a pair, the costliest one broad."""

import numpy as np
import pytest

import morseloss as ml
from morseloss import plot
from tests.plot.drawn import labelled, legend

A = ml.Diagram(births=[0.0, 1.0, 2.0], deaths=[np.inf, 5.0, 3.0])
B = ml.Diagram(births=[0.5, 1.2], deaths=[np.inf, 4.6])


def strokes(ax):
    found = [line for line in ax.lines if line.get_marker() == "None"]
    return [line for line in found if line.get_label() not in ("_diagonal", "_infinity")]


def test_each_pair_is_a_stroke_to_the_partner_or_to_the_diagonal():
    ax = plot.matching(A, B, labels=["a", "b"])
    drawn = {tuple(map(tuple, line.get_xydata().tolist())) for line in strokes(ax)}
    assert ((1.0, 5.0), (1.2, 4.6)) in drawn
    assert ((2.0, 3.0), (2.5, 2.5)) in drawn
    assert [line for line in strokes(ax) if line.get_xdata().tolist() == [0.0, 0.5]]
    assert len(drawn) == 3
    assert legend(ax)[:2] == ["a", "b"]


def test_the_costliest_pair_is_broad_and_named_with_the_distance():
    ax = plot.matching(A, B)
    found = ml.bottleneck_matching(A, B)
    (broad,) = labelled(ax, f"costliest pair: {found.distance:.3g}")
    assert broad.get_linewidth() > 2 * min(line.get_linewidth() for line in strokes(ax))
    assert broad.get_xydata().tolist() == [[2.0, 3.0], [2.5, 2.5]]


def test_a_matching_that_is_given_is_drawn_as_it_is():
    apart = ml.Matching(3.0, [[1, -1], [2, -1], [-1, 1], [0, 0]], [2.0, 0.5, 1.7, 0.5])
    ax = plot.matching(A, B, apart)
    assert len(strokes(ax)) == 4
    assert labelled(ax, "costliest pair: 2")


def test_bars_of_one_degree_are_drawn():
    one = ml.Diagram([0.0, 1.0, 1.5], [np.inf, 2.0, 4.0], degrees=[0, 1, 1])
    two = ml.Diagram([0.0, 1.1], [np.inf, 2.2], degrees=[0, 1])
    ax = plot.matching(one, two, degree=1)
    assert len(strokes(ax)) == len(ml.bottleneck_matching(one, two, degree=1)) > 0
    assert not labelled(ax, "_infinity")


def test_half_lines_without_a_partner_stand_alone():
    ax = plot.matching(A, ml.Diagram(births=[1.0], deaths=[2.0]))
    assert all(np.isfinite(line.get_ydata()).all() for line in strokes(ax))


def test_a_matching_of_other_bars_is_refused():
    far = ml.Matching(1.0, [[7, 0]], [1.0])
    with pytest.raises(ValueError, match=r"got row 7 of `a`, .*take it from `bottleneck_matching"):
        plot.matching(A, B, far)
