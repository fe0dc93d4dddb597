from xml.etree import ElementTree

import pytest
import torch
from matplotlib import pyplot

import morseloss as ml

CORNERS = torch.tensor([[-2.0, -2.0], [2.0, 2.0]], dtype=torch.float64)
HIMMELBLAU = ml.analyse(ml.analytic.Himmelblau())
KINK = ml.analyse(ml.Function(lambda x: x.abs().sum(-1), 2, CORNERS), starts=8)


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def test_a_print_says_what_was_found_and_what_is_certified():
    lines = str(HIMMELBLAU).splitlines()
    assert lines[0] == "Himmelblau()" and "certified:" in lines
    assert "not certified:" not in lines
    assert "degree 0: [-" in str(HIMMELBLAU) and "104.015]" in str(HIMMELBLAU)
    assert str(KINK).splitlines()[1] == "not certified:"


def test_of_many_bars_the_longest_are_printed():
    shown = str(ml.analyse(ml.analytic.Rastrigin(2))).splitlines()
    bars = [line for line in shown if line.strip().startswith("degree ")]
    assert len(bars) == 5 and "         and 35 shorter" in shown


def test_a_notebook_shows_tables_and_sentences():
    page = ElementTree.fromstring(HIMMELBLAU._repr_html_())
    text = "".join(page.itertext())
    assert all(sentence in text for sentence in HIMMELBLAU.certified)
    assert len(page.findall(".//table")) == 2
    assert "not certified" not in text
    assert "not certified" in KINK._repr_html_()


def test_a_map_and_the_barcode_stand_side_by_side():
    figure = HIMMELBLAU.plot()
    left, right, *_ = figure.axes
    assert left.get_xlabel() == "x0" and right.get_xlabel() == "critical point"


@pytest.mark.parametrize(("dim", "label"), [(1, "x0"), (5, "minimum")])
def test_a_curve_in_one_variable_and_a_merge_tree_in_many(dim, label):
    figure = ml.analyse(ml.analytic.DoubleWell(dim)).plot()
    assert figure.axes[0].get_xlabel() == label


def test_without_bars_the_landscape_is_drawn_alone():
    left, *bars = [ax for ax in KINK.plot().axes if ax.get_xlabel()]
    assert left.get_xlabel() == "x0" and bars == []


@pytest.mark.parametrize(
    "land",
    [ml.Function(lambda x: (x**2).sum(-1), 2), ml.Polynomial("x + y"), ml.Polynomial("0 x + 0 y")],
    ids=["bowl", "plane", "level"],
)
def test_where_nothing_else_says_it_the_box_of_the_starts_is_drawn(land):
    found = ml.analyse(land, box=CORNERS, starts=8)
    left = found.plot().axes[0]
    assert found.box is not None and found.box.tolist() == CORNERS.tolist()
    if len(found.points) < 2:
        assert left.get_xlim() == left.get_ylim() == (-2.0, 2.0)


def test_without_a_graph_in_many_variables_a_sentence_is_drawn():
    walk = ml.Function(lambda x: x.abs().sum(-1), 5, torch.tensor([[-1.0] * 5, [1.0] * 5]))
    (ax,) = ml.analyse(walk, starts=4).plot().axes
    assert ax.texts[0].get_text() == "no graph of minima"


def test_a_record_says_in_one_line_what_it_is():
    assert repr(HIMMELBLAU) == f"Analysis(Himmelblau(): {HIMMELBLAU.bars!r}; 6 certified, 0 open)"
