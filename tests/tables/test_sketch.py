from xml.etree import ElementTree

import numpy as np

from morseloss.tables import sketch

SVG = "{http://www.w3.org/2000/svg}"


def parts(text, kind):
    return ElementTree.fromstring(text).findall(f".//{SVG}{kind}")


def title(text):
    return parts(text, "title")[0].text


def test_a_bar_is_a_line_and_an_essential_one_an_arrow():
    text = sketch.of_bars(np.array([0.0, 1.0]), np.array([np.inf, 3.0]), np.array([0, 0]))
    endless, ended = parts(text, "line")
    assert len(parts(text, "polygon")) == 1
    assert float(endless.get("x1")) < float(ended.get("x1")) < float(ended.get("x2"))
    assert title(text) == "2 bars"


def test_of_many_bars_the_longest_are_drawn_and_the_title_says_so():
    lengths = np.arange(1.0, 101.0)
    text = sketch.of_bars(np.zeros(100), lengths, np.zeros(100, int))
    assert len(parts(text, "line")) == 30
    assert title(text) == "30 of 100 bars, the longest"
    assert max(float(line.get("x2")) for line in parts(text, "line")) == 212.0


def test_one_is_not_called_ones():
    one = np.array([0.0])
    assert title(sketch.of_bars(one, one, np.array([0]))) == "1 bar"
    assert title(sketch.of_places(np.zeros((1, 2)), np.array([0]))) == "1 point"


def test_marks_tell_the_index():
    text = sketch.of_places(np.arange(8.0).reshape(4, 2), np.array([0, 1, 2, -1]))
    assert [len(parts(text, kind)) for kind in ("circle", "line", "polygon")] == [2, 2, 1]


def test_a_higher_value_is_drawn_higher():
    text = sketch.of_levels(np.array([0.0, 5.0]), np.array([0, 0]))
    low, high = (float(circle.get("cy")) for circle in parts(text, "circle"))
    assert high < low


def test_an_edge_is_a_roof_whose_top_is_its_weight():
    text = sketch.of_barriers(np.array([0.0, 1.0]), np.array([[0, 1]]), np.array([4.0]))
    (roof,) = parts(text, "polyline")
    heights = [float(corner.split(",")[1]) for corner in roof.get("points").split()]
    assert heights[1] == 14.0 and heights[1] < heights[2] < heights[0]


def test_nothing_is_drawn_of_nothing_and_infinite_places_are_left_out():
    none = np.zeros(0)
    assert sketch.of_bars(none, none, none.astype(int)) == ""
    lost = sketch.of_places(np.array([[np.nan, 0.0], [1.0, 1.0]]), np.array([0, 0]))
    assert len(parts(lost, "circle")) == 1 and "nan" not in lost


def test_the_largest_floats_are_drawn():
    text = sketch.of_bars(np.array([-1.7e308]), np.array([1.7e308]), np.array([0]))
    assert "nan" not in text and "inf" not in text


def test_a_sketch_of_a_thousand_of_everything_stays_small():
    many = np.linspace(0.0, 1.0, 1000)
    pairs = np.stack([np.arange(999), np.arange(1, 1000)], axis=1)
    places = np.stack([many, many], axis=1)
    sketches = (
        sketch.of_bars(many, many + 1, np.zeros(1000, int)),
        sketch.of_places(places, np.ones(1000, int)),
        sketch.of_levels(many, np.zeros(1000, int), map(tuple, pairs.tolist())),
        sketch.of_barriers(many, pairs, many[1:]),
    )
    assert max(map(len, sketches)) < 60_000
