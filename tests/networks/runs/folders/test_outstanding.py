"""What is missing is counted, and priced at what its like has cost."""

import math

import pytest
import torch

from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.folders.outstanding import outstanding, times
from morseloss.networks.runs.kinds import TIME
from morseloss.networks.runs.run import Run
from morseloss.networks.training.course import Descent
from morseloss.networks.training.schedules import Cosine
from morseloss.status import Interrupted
from tests.networks.models import cross_entropy, labelled, mlp
from tests.networks.runs.interrupted import stopping

TRAINING = Training(SweptCurve(steps=4), 4, 20)
DESCENT = Descent(Cosine(0.03, 6), epochs=6, size=20, steps=10)


def landscape():
    generator = torch.Generator().manual_seed(3)
    return NetworkLandscape(mlp(), cross_entropy, *labelled(generator, 6), weight_decay=0.01)


def test_pairs_without_paths_are_priced_at_what_the_others_took(tmp_path):
    with Run(tmp_path, landscape()) as run:
        run.train(4, DESCENT)
        run.connect("paths", TRAINING, pairs=[(0, 1), (1, 2)], repeats=2)
        found = outstanding(run)
        each = times(run.store)["paths"]
        assert [(one.label, one.repeat, one.there) for one in found.paths] == [
            ("paths", 0, 2),
            ("paths", 1, 2),
        ]
        assert found.paths[0].pairs == ((0, 2), (0, 3), (1, 3), (2, 3))
        assert found.paths[0].seconds == pytest.approx(4 * each) and each > 0
        assert found.total == pytest.approx(8 * each)
        run.connect("paths", TRAINING, repeats=2)
        run.train(5, DESCENT)
        found = outstanding(run)
        assert found.paths[1].pairs == ((0, 4), (1, 4), (2, 4), (3, 4))
        assert found.training == "done" and found.minima == 5 and found.seconds == 0
        moving = [row for row, one in enumerate(run.measures) if one["status"] == "running"]
        assert list(found.moving) == moving
        for name in run.store.names(TIME):  # as in a folder of an earlier version
            run.store.drop(TIME, name)
        assert math.isnan(outstanding(run).paths[0].seconds)
        assert math.isnan(outstanding(run).total) or outstanding(run).total == 0


def test_a_training_under_way_tells_how_far_it_came(tmp_path, monkeypatch):
    monkeypatch.setattr("morseloss.networks.runs.run.SECONDS", 0.0)
    monkeypatch.setattr("morseloss.networks.runs.folders.arrivals.SECONDS", 0.0)
    with Run(tmp_path, landscape()) as run:
        assert outstanding(run).training == "not begun"
        with pytest.raises(Interrupted):
            run.train(3, DESCENT, progress=stopping(2))
    with Archive(tmp_path) as archive:
        found = outstanding(archive)
        assert found.training == "interrupted in epoch 2 of 3 networks, of 6"
        spent = archive.store.record("state", "train")["seconds"]
        assert found.seconds == pytest.approx(2 * spent) and found.minima == 0
    with Run(tmp_path, landscape()) as run:
        run.train(3, DESCENT)
        assert times(run.store)["train"] > spent / 3
        assert outstanding(run).training == "done"
