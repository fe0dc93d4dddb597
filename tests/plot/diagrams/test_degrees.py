"""Pictures of bars of every degree, and of families of them."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color

import morseloss as ml
from morseloss import plot
from morseloss.plot.style import DEGREES
from tests.plot.products import (
    EMPTY,
    FAMILY,
    LARGE,
    ON_PLANE,
    labelled,
    legend,
)

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


def test_curves_join_bars_that_are_near_and_degrees_differ_in_marker_and_dashes():
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
        ([0.0], [[(0.0, 1.0)]], "expected a LandscapeGraph, .* got list"),
    ],
)
def test_what_is_no_family_is_refused(parameters, family, message):
    with pytest.raises(ValueError, match=message):
        plot.vineyard(parameters, family)
