"""More networks than fit are trained in several goes, and nothing else changes."""

import numpy as np
import pytest
import torch

from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.runs.folders import held
from morseloss.networks.runs.folders.held import networks_at_once, paths_at_once
from morseloss.networks.runs.kinds import MINIMUM, STAGE
from morseloss.networks.runs.run import Run
from morseloss.networks.training.course import Descent
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.optimisers import Momentum
from morseloss.networks.training.schedules import Cosine
from tests.networks.models import cnn, cross_entropy, labelled

DESCENT = Descent(Cosine(0.03, 2), epochs=2, size=10, steps=20)
TRAINING = Training(SweptCurve(steps=5), 5, 10)


def landscape():
    generator = torch.Generator().manual_seed(3)
    return NetworkLandscape(cnn(), cross_entropy, *labelled(generator, 1, 8, 8, images=20))


def test_a_training_larger_than_memory_is_cut_with_the_same_bits(tmp_path, monkeypatch):
    with Run(tmp_path / "whole", landscape()) as run:
        run.train(5, DESCENT)
        run.connect("paths", TRAINING, together=1)
        whole = [run.store.tensors(MINIMUM, str(row))["point"] for row in range(5)]
        births = sorted(run.graph("paths").values)
    each = landscape().dim * 8 * (8 + 2 * DESCENT.finish.memory)
    monkeypatch.setattr(held, "HELD", 2 * each)
    with Run(tmp_path / "cut", landscape()) as run:
        run.train(5, DESCENT)
        assert [run.store.record(STAGE, s)["settings"]["networks"] for s in
                ("train", "train 1", "train 2")] == [2, 4, 5]  # fmt: skip
        for row, point in enumerate(whole):
            assert torch.equal(run.store.tensors(MINIMUM, str(row))["point"], point)
        run.train(5, DESCENT, progress=lambda *_: pytest.fail("computed"))
        run.connect("paths", TRAINING, together=1)
        np.testing.assert_array_equal(sorted(run.graph("paths").values), births)


def test_how_many_go_together_follows_from_the_recipe(monkeypatch):
    land = landscape()
    each = land.dim * 8
    monkeypatch.setattr(held, "HELD", 1000 * each)
    assert networks_at_once(land, Descent(Cosine(0.03, 2), 2, 10, finish=LBFGS(memory=10))) == 32
    sgd = Descent(Cosine(0.03, 2), 2, 10, optimiser=Momentum(), finish=None)
    assert networks_at_once(land, sgd) == 1000 // 9 // 16 * 16
    assert paths_at_once(land, TRAINING) == 16
    monkeypatch.setattr(held, "HELD", 10**12)
    assert paths_at_once(land, TRAINING) == 64
    monkeypatch.setattr(held, "HELD", 0)
    assert paths_at_once(land, TRAINING) == networks_at_once(land, sgd) == 1
