"""Slopes along a path over its training: what lies where, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.networks import SlopeRecord

LAND = ml.analytic.Himmelblau()
ENDS = LAND.critical_points.of_index(0).points
METHOD = ml.GradientPath(learning_rate=2e-3)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def record():
    seen = SlopeRecord(LAND, METHOD.curve, every=1, times=11)
    ml.find_paths(LAND, ENDS[:2], ENDS[1:3], METHOD, max_steps=100, trace=seen)
    return seen


@pytest.mark.parametrize("part", ["normal", "tangential"])
def test_lines_are_the_norms_at_the_first_the_last_and_some_moments_between(record, part):
    _, given = plt.subplots()
    ax = ml.plot.slopes(record, given, part, path=1, moments=3)
    assert ax is given
    assert [line.get_label() for line in ax.lines] == ["step 0", "step 9", "step 100"]
    for line, look in zip(ax.lines, (0, 9, 100), strict=True):
        found = record.slopes[look]
        np.testing.assert_array_equal(line.get_xdata(), found.times)
        np.testing.assert_array_equal(line.get_ydata(), getattr(found, part)[1])
    assert ax.get_ylabel() == f"gradient norm {'across' if part == 'normal' else 'along'} the path"


def test_later_lines_are_darker(record):
    lines = ml.plot.slopes(record).lines
    light = [sum(plt.matplotlib.colors.to_rgb(line.get_color())) for line in lines]
    assert len(light) == 5
    assert light == sorted(light, reverse=True)


def test_a_single_moment_is_the_last(record):
    assert [line.get_label() for line in ml.plot.slopes(record, moments=1).lines] == ["step 100"]


def test_a_path_that_ended_early_is_drawn_while_it_was_trained(record):
    short = SlopeRecord(LAND, METHOD.curve, every=1, times=11)
    short.steps, short.slopes = record.steps[:3], record.slopes[:3]
    short.rows = [torch.tensor([0, 1]), torch.tensor([0, 1]), torch.tensor([1])]
    short.slopes[2] = type(short.slopes[2])(
        short.slopes[2].times, *(getattr(short.slopes[2], n)[1:] for n in ("tangential", "normal")),
        short.slopes[2].values[1:],
    )  # fmt: skip
    assert len(ml.plot.slopes(short, path=0).lines) == 2
    last = ml.plot.slopes(short, path=1).lines[-1]
    np.testing.assert_array_equal(last.get_ydata(), record.slopes[2].normal[1])


def test_without_looks_it_says_so():
    empty = SlopeRecord(LAND, METHOD.curve, every=1)
    assert [text.get_text() for text in ml.plot.slopes(empty).texts] == ["no looks"]


def test_bad_input_is_refused(record):
    with pytest.raises(ValueError, match='must be "normal" or "tangential", got \'orthogonal\''):
        ml.plot.slopes(record, part="orthogonal")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="`moments` must be 1 or more, got 0"):
        ml.plot.slopes(record, moments=0)
    with pytest.raises(ValueError, match=r"one of \[0, 1\], got 2"):
        ml.plot.slopes(record, path=2)
