"""Barcodes with error bars: what lies where, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.collections import LineCollection

import morseloss as ml
from morseloss.networks import all_pairs, repeated, resampled, uncertainty

INF = float("inf")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def graph(tops, values=(0.0, 0.1, 0.2)):
    return ml.LandscapeGraph(values, all_pairs(len(values)), tops)


def strokes(ax):
    """Bars and half-lines, each as (place, bottom, top), then the whiskers of both ends."""
    parts = [c.get_segments() for c in ax.collections if isinstance(c, LineCollection)]
    return [[(s[0][0], s[0][1], s[1][1]) for s in part] for part in parts]


def test_bars_reach_from_mean_birth_to_mean_death_and_whiskers_hold_the_band():
    found = repeated([graph([1.0, 3.0, 2.0]), graph([2.0, 3.0, 2.0])])
    ax = ml.plot.uncertainty(found)
    bars, half_lines, births, deaths = strokes(ax)
    assert bars == [(1.0, 0.1, 1.5), (2.0, 0.2, 2.0)]
    ((place, birth, top),) = half_lines
    assert (place, birth) == (0.0, 0.0)
    assert top > found.deaths.high[1:].max()
    assert [bottom == top for _, bottom, top in births] == [True] * 3
    np.testing.assert_allclose(
        [(low, high) for _, low, high in deaths],
        np.column_stack([found.deaths.low, found.deaths.high])[1:],
    )
    assert ax.get_ylim()[1] > top
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0", "1", "2"]


def test_where_births_vary_too_whiskers_stand_on_both_sides_of_their_bar():
    values = (0.0, 0.1, 0.3, 0.35)
    whole = graph([1.0, 1.2, 1.4, 1.1, 1.3, 1.5], values)
    seed = torch.Generator().manual_seed(0)
    found = resampled(whole, 3, draws=9, generator=seed)
    bars, _, births, deaths = strokes(ml.plot.uncertainty(found))
    assert births[1][0] < bars[0][0] < deaths[0][0]
    assert births[1][1:] == pytest.approx((found.births.low[1], found.births.high[1]))


def test_several_barcodes_stand_side_by_side_in_their_own_colours_over_their_names():
    _, given = plt.subplots()
    two = [repeated([graph([1.0, 3.0, 2.0])]), repeated([graph([0.5, 0.6, 0.7])])]
    ax = ml.plot.uncertainty(two, given, labels=["as trained", "aligned"])
    assert ax is given
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["as trained", "aligned"]
    groups = [part for part in strokes(ax) if len(part) == 2]
    left, right = groups[0], groups[2]
    assert max(place for place, *_ in left) + 1 < min(place for place, *_ in right)
    colours = [tuple(c.get_color()[0][:3]) for c in ax.collections]
    assert len(set(colours)) == 2
    assert {line.get_marker() for line in ax.lines} >= {"o", "s"}


def test_a_bar_without_an_end_in_any_draw_is_a_half_line():
    found = uncertainty([ml.Diagram([0.0, 0.5, 1.0], [INF, INF, 2.0])] * 2)
    bars, half_lines, *_ = strokes(ml.plot.uncertainty(found))
    assert len(bars) == 1
    assert [birth for _, birth, _ in half_lines] == [0.0, 0.5]


def test_one_minimum_is_a_half_line_with_room_above_it():
    found = repeated([ml.LandscapeGraph([2.0], np.zeros((0, 2), int), [])])
    ax = ml.plot.uncertainty(found)
    ((_, birth, top),) = strokes(ax)[1]
    assert birth == 2.0
    assert top > 3.0


def test_nothing_to_draw_is_said():
    assert [text.get_text() for text in ml.plot.uncertainty([]).texts] == ["no bars"]


def test_a_diagram_or_too_few_names_are_refused():
    bars = ml.Diagram([0.0], [INF])
    with pytest.raises(ValueError, match=r"must be Uncertainty.*got Diagram.*`plot.barcode`"):
        ml.plot.uncertainty(bars)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="must have one name a barcode, 1, got 2"):
        ml.plot.uncertainty(uncertainty([bars]), labels=["one", "two"])
