"""One measure along paths: the lines are the numbers, traces have their band."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.networks import Along, Curvature

TIMES = torch.linspace(0, 1, 4).double()
VALUES = torch.arange(8.0).reshape(2, 4).double()
FLAT = VALUES.flatten()
FOUND = Along(
    TIMES, VALUES, {"loss": VALUES + 1, "error": VALUES + 2}, 10, None,
    Curvature(FLAT + 3, FLAT, FLAT, FLAT, FLAT + 4, FLAT + 1),
)  # fmt: skip


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.mark.parametrize(
    ("measure", "shift", "label"),
    [
        ("value", 0, "loss with weight decay"),
        ("loss", 1, "loss"),
        ("error", 2, "error"),
        ("largest", 3, "largest curvature"),
        ("trace", 4, "trace of the Hessian"),
    ],
)
def test_lines_are_the_measures_of_each_path(measure, shift, label):
    _, given = plt.subplots()
    ax = ml.plot.along(FOUND, given, measure)
    assert ax is given
    assert ax.get_ylabel() == label
    assert len(ax.lines) == 2
    for line, row in zip(ax.lines, VALUES, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), TIMES)
        np.testing.assert_array_equal(line.get_ydata(), row + shift)
    assert len(ax.collections) == (2 if measure == "trace" else 0)


def test_the_band_of_a_trace_is_its_standard_error():
    band = ml.plot.along(FOUND, measure="trace").collections[1].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(8 - 5)
    assert band[:, 1].max() == pytest.approx(11 + 8)


def test_what_was_not_measured_is_refused():
    with pytest.raises(ValueError, match="`name` must be one of value, loss"):
        ml.plot.along(FOUND, measure="accuracy")


def test_paths_are_called_by_their_labels():
    ax = ml.plot.along(FOUND, labels=["a.pt – b.pt", "costs $5"])
    told = [text.get_text() for text in ax.get_legend().get_texts()]
    assert told == ["a.pt – b.pt", "costs $5"]
    with pytest.raises(ValueError, match="`labels` must name 2 paths, got 1"):
        ml.plot.along(FOUND, labels=["one"])


def test_neighbours_are_told_apart_in_grey_and_no_two_of_twelve_are_alike():
    values = torch.rand(12, 4).double()
    lines = ml.plot.along(Along(TIMES, values, {"loss": values}, 10, None)).lines
    dashes = [line._dash_pattern for line in lines]
    assert all(one != other for one, other in pairwise(dashes))
    assert (
        len({(line.get_color(), str(dash)) for line, dash in zip(lines, dashes, strict=True)}) == 12
    )
