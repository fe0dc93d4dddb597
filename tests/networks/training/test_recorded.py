"""Settings as JSON knows them, and what differs between two of them."""

import json
import math
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.networks.paths.links import Training
from morseloss.networks.training.course import Descent
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.optimisers import Momentum
from morseloss.networks.training.recorded import differences, parsed, recorded
from morseloss.networks.training.schedules import Constant, Cosine, Cyclical, Ramp

DESCENT = Descent(Cosine(0.03, 6), epochs=6, size=10)


def stored(value):
    """As it comes back from a file."""
    return json.loads(json.dumps(recorded(value)))


def test_a_record_is_its_own_equal_after_json():
    schedules = [Constant(0.1), Cyclical(0.0, 0.1, half=2), Ramp(1, 3, 0.3, 0.1)]
    values = [
        *(Descent(schedule, 3, 20, finish=None) for schedule in schedules),
        Training(ml.RefinedPath(criterion=ml.DistanceCriterion()), 30, aligned=True),
        Training(ml.BezierCurve(), 30, 10, dtype=torch.float32),
        {"limit": math.inf, "none": math.nan, "pair": (1, np.int64(2))},
    ]
    for value in values:
        assert differences(stored(value), value) == []


def test_what_differs_is_named_field_by_field():
    other = Descent(Cosine(0.05, 6), epochs=7, size=10, optimiser=Momentum(), finish=None)
    assert differences(stored(DESCENT), other) == [
        "`schedule.highest` is 0.03 there and 0.05 here",
        "`epochs` is 6 there and 7 here",
        "`optimiser` is Adam there and Momentum here",
        "`finish` is LBFGS(memory=40, gtol=1e-05, ftol=1e-07, window=100) there and None here",
    ]
    assert differences({"a": [1, [2, 3]]}, {"a": [1, [2, 4]]}) == [
        "`a[1][1]` is 3 there and 4 here"
    ]
    assert differences({"a": 1, "b": 2}, {"a": 1, "c": 3}) == [
        "`c` is 3 here only",
        "`b` is 2 there only",
    ]


def test_long_values_are_cut_and_texts_are_told_by_their_first_line_that_differs():
    (clause,) = differences({"a": "x" * 500}, {"a": "y" * 500})
    assert len(clause) < 200
    assert differences({"net": "A(\n  (0): B\n)"}, {"net": "A(\n  (0): C\n)"}) == [
        "`net` has `(0): B` there and `(0): C` here"
    ]
    assert differences({"net": "A(\n)"}, {"net": "A(\n)\nB"}) == [
        "`net` has 2 lines there and 3 here"
    ]


def test_a_field_that_came_later_equals_its_absence_while_it_has_its_default():
    @dataclass(frozen=True)
    class Bow:
        length: float
        bends: tuple[int, ...] = field(default_factory=lambda: (1, 2))
        strings: int = 4

    before = {"class": "Bow", "length": 0.5}
    assert differences(before, Bow(0.5)) == []
    assert differences(before, Bow(0.5, strings=5)) == ["`strings` is 4 there and 5 here"]
    assert differences({"class": "Bow"}, Bow(0.5)) == ["`length` is 0.5 here only"]
    later = {**stored(Bow(0.5)), "tension": 3}
    assert differences(later, Bow(0.5)) == ["`tension` is 3 there only"]


def test_an_object_without_a_repr_is_known_by_its_attributes_and_not_its_address():
    class Steps:
        def __init__(self, rate):
            self.first = rate

        def rate(self, step, per_epoch):
            return self.first / (1 + step)

    one, other = Descent(Steps(0.1), 3, 20), Descent(Steps(0.2), 3, 20)
    assert differences(stored(one), Descent(Steps(0.1), 3, 20)) == []
    assert differences(stored(one), other) != []


OLD = [
    (
        "(Adam(mean_decay=0.9, square_decay=0.999, epsilon=1e-08), Cosine(highest=0.03, epochs=6,"
        " lowest=0.0), 6, 10, LBFGS(memory=40, gtol=1e-05, ftol=1e-07, window=100), inf, -2)",
        [DESCENT.optimiser, DESCENT.schedule, 6, 10, LBFGS(), math.inf, -2],
    ),
    (
        "Training(method=SweptCurve(bends=3, samples=1, learning_rate=0.06, steps=30), "
        "max_steps=30, size=10, aligned=False, points=64, dtype=torch.float64)",
        Training(ml.networks.SweptCurve(steps=30), 30, 10),
    ),
    ("Constant(highest=np.float64(0.5))", Constant(0.5)),
]


@pytest.mark.parametrize(("text", "value"), OLD)
def test_settings_that_were_stored_as_text_are_read_into_the_same_form(text, value):
    assert differences(parsed(text), value) == []
    if not isinstance(value, Constant):
        assert parsed(repr(tuple(value) if isinstance(value, list) else value)) == recorded(value)


@pytest.mark.parametrize("text", ["<Steps object at 0x7f>", "Steps(lambda: 3)", "f(", "a.b + 1"])
def test_text_that_tells_no_settings_is_refused(text):
    with pytest.raises(ValueError, match="cannot be read as settings"):
        parsed(text)
