"""What a stage was asked to do, as it is stored now and as it was stored before."""

import json

import pytest
import torch

import morseloss as ml
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.runs.fingerprint import digest
from morseloss.networks.runs.stages import apart, given, joined, trained
from morseloss.networks.training.course import Descent
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.optimisers import Momentum
from morseloss.networks.training.recorded import recorded
from morseloss.networks.training.schedules import Cosine

DESCENT = Descent(Cosine(0.03, 6), epochs=6, size=10, steps=60)
POINTS = torch.arange(6.0).double().reshape(2, 3)
SWEPT = Training(SweptCurve(steps=30), 30, 10)

# lines that versions before have written
TRAINED = (
    "(3, Adam(mean_decay=0.9, square_decay=0.999, epsilon=1e-08), Cosine(highest=0.03, epochs=6, "
    "lowest=0.0), 6, 10, LBFGS(memory=40, gtol=1e-05, ftol=1e-07, window=100), 60, torch.float64)"
)
JOINED = (
    "Training(method=SweptCurve(bends=3, samples=1, learning_rate=0.06, steps=30), max_steps=30, "
    "size=10, aligned=False, points=64, dtype=torch.float64), 64 together"
)
GIVEN = f"else where: 2: {digest(POINTS)}"


@pytest.mark.parametrize(
    "stage",
    [
        trained(3, DESCENT),
        given(POINTS, "here"),
        given(POINTS, "here", LBFGS(ftol=1e-3), 50),
        joined(SWEPT, 64),
        joined(Training(ml.GradientPath(), 5, aligned=True, dtype=torch.float32), 1),
    ],
)
def test_a_stage_is_its_own_equal_after_it_was_stored(stage):
    assert apart(json.loads(json.dumps(recorded(stage))), stage) == []


@pytest.mark.parametrize(
    ("before", "stage"),
    [
        (TRAINED, trained(3, DESCENT)),
        (JOINED, joined(SWEPT, 64)),
        (GIVEN, given(POINTS, "else where: 2")),
    ],
)
def test_a_stage_of_a_version_before_is_recognised(before, stage):
    assert apart(before, stage) == []


@pytest.mark.parametrize(
    ("before", "stage", "clauses"),
    [
        (TRAINED, trained(4, DESCENT), ["`networks` is 3 there and 4 here"]),
        (
            TRAINED,
            trained(3, Descent(Cosine(0.03, 7), 7, 10, optimiser=Momentum(), steps=60)),
            [
                "`schedule.epochs` is 6 there and 7 here",
                "`epochs` is 6 there and 7 here",
                "`optimiser` is Adam there and Momentum here",
            ],
        ),
        (
            JOINED,
            joined(Training(SweptCurve(steps=30), 40, 10), 32),
            ["`max_steps` is 30 there and 40 here", "`together` is 64 there and 32 here"],
        ),
        (GIVEN, given(POINTS, "here"), ["`source` is 'else where: 2' there and 'here' here"]),
        (TRAINED, given(POINTS, "here"), ["the networks are trained there and given here"]),
        (GIVEN, trained(3, DESCENT), ["the networks are given there and trained here"]),
        ("<Own at 0x1>", trained(3, DESCENT), ["'<Own at 0x1>' cannot be read as settings"]),
    ],
)
def test_what_differs_from_a_stage_is_named(before, stage, clauses):
    assert apart(before, stage) == clauses


def test_networks_that_descended_are_not_those_that_were_given():
    stored = json.loads(json.dumps(recorded(given(POINTS, "here"))))
    (clause, steps) = apart(stored, given(POINTS, "here", LBFGS(), 50))
    assert clause.startswith("`finish` is None there and LBFGS(memory=40")
    assert steps == "`steps` is None there and 50 here"
