"""Bars: from where to where, side by side, in colours and with names."""

import numpy as np
import pytest

import morseloss as ml
from morseloss import plot
from tests.plot.drawn import BARS, ESSENTIAL, segments, texts
from tests.plot.products import EMPTY


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
    with pytest.raises(ValueError, match=r"must be a Diagram, got tuple; take the `barcode"):
        plot.diagram([(0, (0.0, 1.0))])
    with pytest.raises(ValueError, match=r"vertical.*got 'diagonal'"):
        plot.barcode(BARS, orientation="diagonal")


OTHER = ml.Diagram(births=[-1.0, 0.5], deaths=[np.inf, 4.0], birth_cells=[0, 1])


@pytest.mark.parametrize("orientation", ["vertical", "horizontal"])
def test_several_barcodes_stand_side_by_side_on_one_scale_with_their_labels(orientation):
    ax = plot.barcode([BARS, OTHER], orientation=orientation, labels=["one", "two"])
    upright = orientation == "vertical"
    lines = [line for line in ax.lines if line.get_gid()]
    places = [line.get_data()[1 - upright].tolist() for line in lines]
    assert places[0] == [0, 1, 2] and places[1][0] > 3
    assert [text for text in texts(ax) if text] == ["one", "two"]
    ticks = ax.get_xticklabels() if upright else ax.get_yticklabels()
    assert [tick.get_text() for tick in ticks] == ["2", "0", "1", "0", "1"]
    low, high = ax.get_ylim() if upright else ax.get_xlim()
    assert low < -1.0 and high > 4.0


def test_a_barcode_drawn_beside_another_one_is_as_if_they_were_drawn_together():
    together = plot.barcode([BARS, OTHER])
    after = plot.barcode(OTHER, plot.barcode(BARS))
    for ax in (together, after):
        assert [text for text in texts(ax) if text] == ["barcode 1", "barcode 2"]
    assert sorted(map(str, segments(after))) == sorted(map(str, segments(together)))
    assert after.get_xlim() == together.get_xlim() and after.get_ylim() == together.get_ylim()
    labels = [[tick.get_text() for tick in ax.get_xticklabels()] for ax in (after, together)]
    assert labels[0] == labels[1]


def test_a_lone_half_line_before_another_barcode_does_not_cut_it():
    ax = plot.barcode(OTHER, plot.barcode(ESSENTIAL))
    assert ax.get_ylim()[0] < -1.0 and ax.get_ylim()[1] > 4.0


def test_a_narrow_barcode_of_four_degrees_has_room_for_its_legend():
    bars = ml.Diagram([0.0, 1, 2, 3], [np.inf, 2, 3, 4], degrees=[0, 1, 2, 3])
    ax = ml.plot.barcode(bars)
    ax.figure.canvas.draw()
    frame = ax.get_legend().get_window_extent()
    assert frame.x0 >= 0 and frame.x1 <= ax.figure.bbox.x1
    assert ax.get_window_extent().width > 0.6 * ax.figure.bbox.width
