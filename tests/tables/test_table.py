import re
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

import morseloss as ml

LAND = ml.analytic.Himmelblau()
POINTS = LAND.critical_points
COMPLEX = ml.MorseComplex.from_matrices([[0.0, 0.5], [1.0]], [[[-1], [1]]])
GRAPH = ml.LandscapeGraph([0.0, 1.0, 0.5], [[0, 1], [1, 2], [1, 1]], [2.0, 3.0, 1.0])
BARS = ml.barcode(GRAPH)
SHOWN = {"bars": BARS, "graph": GRAPH, "complex": COMPLEX, "points": POINTS}
each = pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)


def page(shown):
    """Parsed strictly: what is no XML would raise."""
    return ElementTree.fromstring(shown._repr_html_())


@each
def test_a_notebook_shows_the_repr_a_row_each_and_a_picture(shown):
    seen = page(shown)
    assert repr(shown) in "".join(seen.itertext())
    assert len(seen.findall(".//tbody/tr")) == len(shown) == len(list(shown))
    assert seen.find(".//{http://www.w3.org/2000/svg}svg") is not None


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (10, 10), (11, 11), (12, 10), (300, 10)])
def test_ten_rows_are_shown_and_how_many_more_there_are(count, rows):
    bars = ml.Diagram(np.arange(count), np.arange(count) + 1.0)
    seen = page(bars)
    assert len(seen.findall(".//tbody/tr")) == rows
    more = re.findall(r"and (\d+) more rows", "".join(seen.itertext()))
    assert more == ([str(count - rows)] if count > rows else [])


def test_what_is_empty_is_shown_as_such():
    none = np.zeros(0)
    for empty in (ml.Diagram(none, none), POINTS[:0]):
        assert not page(empty).findall(".//tr")
        assert list(empty) == []


def test_endless_is_written_as_infinity_and_unknown_as_a_dash():
    cells = [cell.text for cell in page(ml.Diagram([0.0], [np.inf], lower=[np.nan])).iter("td")]
    assert cells[:4] == ["0", "∞", "∞", "–"]


def test_names_of_minima_cannot_break_the_page():
    named = ml.LandscapeGraph([0.0], np.zeros((0, 2), int), [], names=["<b>&"])
    assert page(named).find(".//td").text == "<b>&"


def test_many_coordinates_are_cut_in_a_notebook_and_whole_in_a_frame():
    pytest.importorskip("pandas")
    land = ml.analytic.DoubleWell(6)
    points = ml.classify(land, torch.ones(1, 6, dtype=torch.float64))
    heads = [head.text for head in page(points).findall(".//thead/tr/th")]
    assert heads[1:6] == ["x0", "x1", "x2", "x3 ... x5", "value"]
    assert list(points.to_frame().columns)[:7] == ["x0", "x1", "x2", "x3", "x4", "x5", "value"]


def test_a_frame_holds_what_the_object_holds():
    pytest.importorskip("pandas")
    frame = POINTS.to_frame()
    assert np.array_equal(frame[["x0", "x1"]], POINTS.points)
    assert np.array_equal(frame["value"], POINTS.values)
    assert set(frame["status"]) == {"converged"}
    bars = BARS.to_frame()
    assert bars["death"].tolist() == BARS.deaths.tolist()
    assert bars["death_cell"].tolist() == BARS.death_cells.tolist()
    assert COMPLEX.to_frame()["index"].tolist() == [0, 0, 1]


def test_without_pandas_a_frame_is_refused_with_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    for shown in SHOWN.values():
        with pytest.raises(ImportError, match="pandas, which is not installed"):
            shown.to_frame()


def test_to_loop_over_bars_gives_pairs_and_their_array_is_the_same():
    assert list(BARS) == [(0.0, np.inf), (0.5, 3.0), (1.0, 2.0)]
    assert np.asarray(BARS).tolist() == [list(bar) for bar in BARS]
    assert np.asarray(BARS, dtype=np.float32).dtype == np.float32
    births, deaths = zip(*BARS, strict=True)
    assert births == tuple(BARS.births) and deaths == tuple(BARS.deaths)
    with pytest.raises(ValueError, match="copy=False"):
        np.array(BARS, copy=False)


def test_bars_are_chosen_by_number_mask_slice_and_rows():
    assert BARS[-1] == (1.0, 2.0) and BARS[np.int64(0)] == (0.0, np.inf)
    assert BARS[BARS.finite] == BARS[1:] == BARS[[1, 2]] == BARS[torch.tensor([1, 2])]
    one = BARS[:1]
    assert len(one[torch.tensor([True])]) == 1 and len(one[torch.tensor([False])]) == 0
    assert BARS[BARS.finite].death_cells.tolist() == [1, 0]
    with pytest.raises(IndexError):
        BARS[3]


def test_to_loop_over_critical_points_gives_positions_and_their_array_is_the_same():
    assert np.array_equal(np.stack([point.numpy() for point in POINTS]), np.asarray(POINTS))
    array = np.asarray(POINTS)
    array[:] = 7.0
    assert not (POINTS.points == 7.0).any()


def test_critical_points_are_chosen_by_number_mask_slice_and_rows():
    assert torch.equal(POINTS[-1], POINTS.points[-1])
    assert POINTS[POINTS.indices == 0] == POINTS.of_index(0) == POINTS[:4]
    assert POINTS[[0, 1]] == POINTS[:2] == POINTS[torch.tensor([0, 1])]
    one = POINTS[:1]
    assert len(one[torch.tensor([True])]) == 1 and len(one[torch.tensor([False])]) == 0
    with pytest.raises(IndexError):
        POINTS[99]


def test_to_loop_over_a_graph_gives_its_minima_with_the_way_out():
    rows = list(GRAPH)
    assert [row.value for row in rows] == [0.0, 1.0, 0.5]
    assert [row.lowest_edge for row in rows] == [2.0, 2.0, 3.0]  # a loop leads nowhere
    alone = ml.LandscapeGraph([0.0], np.zeros((0, 2), int), [], names=["a"])
    assert next(iter(alone)).name == "a" and next(iter(alone)).lowest_edge == np.inf


def test_the_array_of_a_graph_is_the_matrix_that_gives_its_barcode():
    matrix = np.asarray(GRAPH)
    assert np.array_equal(matrix, [[0, 2, np.nan], [2, 1, 3], [np.nan, 3, 0.5]], equal_nan=True)
    double = ml.LandscapeGraph([0.0, 1.0], [[0, 1], [1, 0]], [3.0, 2.0])
    assert np.asarray(double)[0, 1] == np.asarray(double)[1, 0] == 2.0
    assert np.array_equal(ml.barcode(matrix).deaths, BARS.deaths)


def test_to_loop_over_a_complex_gives_critical_points_and_no_array_is_guessed():
    assert [(row.value, row.index) for row in COMPLEX] == [(0.0, 0), (0.5, 0), (1.0, 1)]
    with pytest.raises(TypeError, match="no single array"):
        np.asarray(COMPLEX)


@each
def test_an_object_in_place_of_numbers_is_refused_though_numpy_could_read_it(shown):
    for call in (ml.grid_barcode, lambda one: ml.bottleneck_distance(BARS, one)):
        if shown is BARS and call is not ml.grid_barcode:
            continue
        with pytest.raises(ValueError, match=f"must .* got {type(shown).__name__}"):
            call(shown)
    with pytest.raises(ValueError, match="`births` must hold numbers, got"):
        ml.Diagram(shown, shown)


def test_gudhi_reads_a_diagram_as_it_is():
    import gudhi

    finite = BARS[BARS.finite]
    assert gudhi.bottleneck_distance(finite, finite[:1]) == pytest.approx(0.5, abs=1e-12)
