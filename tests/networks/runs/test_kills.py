"""A process that writes a run is killed again and again."""

import random
import time

import pytest
import torch

from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.kinds import MINIMUM, PATH, STAGE
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import TENSORS, StoreError
from morseloss.networks.training.course import Descent
from morseloss.networks.training.schedules import Cosine
from tests.networks.models import cross_entropy, labelled, mlp
from tests.networks.runs.interrupted import killed

DESCENT = Descent(Cosine(0.03, 12), epochs=12, size=10, steps=100)
TRAINING = Training(SweptCurve(steps=20), 20, 10)


def landscape():
    generator = torch.Generator().manual_seed(3)
    return NetworkLandscape(mlp(), cross_entropy, *labelled(generator, 6), weight_decay=0.01)


def work(folder, land):
    """All stages, one pair in a batch, so that much is written."""
    with Run(folder, land, seed=1) as run:
        run.train(5, DESCENT)
        run.connect("swept", TRAINING, repeats=2, together=1)


def content(folder):
    """Records and tensors by kind and name; nothing where the folder was hardly begun."""
    try:
        with Archive(folder) as archive:
            store = archive.store
            keys = [(kind, name) for kind in (MINIMUM, PATH, STAGE) for name in store.names(kind)]
            return {
                (kind, name): (
                    store.record(kind, name),
                    {} if kind == STAGE else store.tensors(kind, name),
                )
                for kind, name in keys
            }
    except StoreError as error:
        assert "holds no run" in str(error) or "holds no records" in str(error)
        return {}


@pytest.mark.slow
def test_sixty_kills_lose_nothing_and_end_with_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setattr("morseloss.networks.runs.run.SECONDS", 0.0)
    monkeypatch.setattr("morseloss.networks.runs.folders.arrivals.SECONDS", 0.0)
    land, draws = landscape(), random.Random(0)
    begun = time.monotonic()
    work(tmp_path / "whole", land)
    whole = time.monotonic() - begun
    folder, kills, seen = tmp_path / "killed", 0, {}
    while kills < 60:
        done = killed(draws.uniform(0.0, whole / 8), work, folder, land)
        kills += not done
        now = content(folder)
        assert set(seen) <= set(now)
        for key in seen:
            assert seen[key][0] == now[key][0]
        seen = now
        if done:  # all is there: begin anew, elsewhere
            assert_same(content(tmp_path / "whole"), seen)
            folder, seen = tmp_path / f"killed-{kills}", {}
    while not killed(20 * whole, work, folder, land):
        pass
    assert_same(content(tmp_path / "whole"), content(folder))
    with Run(folder, land, seed=1) as run:
        rows = run.store._database.rows("SELECT file FROM records WHERE file IS NOT NULL")
        assert {file for (file,) in rows} == {file.name for file in (folder / TENSORS).iterdir()}


def assert_same(one, other):
    assert one.keys() == other.keys() and len(one) == 5 + 20 + 2
    for key, (record, tensors) in one.items():
        assert other[key][0] == record
        for name, part in tensors.items():
            assert torch.equal(part, other[key][1][name])
