"""Folders that the first version of the format has written."""

import json
import sqlite3

import pytest
import torch
from safetensors.torch import load_file, save_file

from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.database import SCHEMA
from morseloss.networks.runs.folders.arrivals import state_of
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import RECORDS, TENSORS, StoreError
from morseloss.networks.training.course import Descent
from morseloss.networks.training.optimisers import Momentum
from morseloss.networks.training.schedules import Cosine
from morseloss.status import Interrupted
from tests.networks.models import cross_entropy, labelled, mlp

DESCENT = Descent(Cosine(0.03, 6), epochs=6, size=10, steps=1000)
TRAINING = Training(SweptCurve(steps=20), 20, 10)

# what that version wrote for the same
LBFGS = "LBFGS(memory=40, gtol=1e-05, ftol=1e-07, window=100)"
HEAD = (
    "Adam(mean_decay=0.9, square_decay=0.999, epsilon=1e-08), "
    f"Cosine(highest=0.03, epochs=6, lowest=0.0), 6, 10, {LBFGS}"
)
STAGES = {
    "train": f"(3, {HEAD}, 1000, torch.float64)",
    "paths swept": "Training(method=SweptCurve(bends=3, samples=1, learning_rate=0.06, steps=20), "
    "max_steps=20, size=10, aligned=False, points=64, dtype=torch.float64), 64 together",
}
STATE = {
    "settings": f"({HEAD}, NetworkLandscape(83 parameters, 40 images), 0.01)",
    "finish.method": LBFGS,
}


def landscape():
    generator = torch.Generator().manual_seed(3)
    return NetworkLandscape(mlp(), cross_entropy, *labelled(generator, 6), weight_decay=0.01)


def as_before(folder):
    """Turn a folder into what that version would have written."""
    with sqlite3.connect(folder / RECORDS) as new:
        settings = new.execute("SELECT name, value FROM settings").fetchall()
        rows = new.execute("SELECT kind, name, content, file FROM records").fetchall()
    new.close()
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
    old = sqlite3.connect(folder / RECORDS)
    old.executescript(SCHEMA + "PRAGMA user_version = 1;")
    old.executemany("INSERT INTO settings VALUES (?, ?)", settings)
    for kind, name, content, file in rows:
        record = json.loads(content)
        if kind == "loss":
            continue
        if kind == "stage":
            record = {"settings": STAGES[name]}
        if kind == "state":
            record = {key: STATE.get(key, part) for key, part in record.items()}
        record.pop("lowest", None)
        old.execute(
            "INSERT INTO records VALUES (?, ?, ?, ?)", (kind, name, json.dumps(record), file)
        )
        if file is not None:
            save_file(load_file(folder / TENSORS / file), folder / TENSORS / file)
    old.commit()
    old.close()


def never(*_):
    raise AssertionError("nothing was to be computed")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    with Run(folder, landscape()) as run:
        run.train(3, DESCENT)
        run.connect("swept", TRAINING)
        return run.minima, run.graph("swept").weights


def test_a_finished_run_is_recognised_and_nothing_is_computed(tmp_path, whole):
    with Run(tmp_path, landscape()) as run:
        run.train(3, DESCENT)
        run.connect("swept", TRAINING)
    as_before(tmp_path)
    with Archive(tmp_path) as archive:
        assert torch.equal(archive.minima, whole[0])
    with pytest.warns(UserWarning, match="the values of 3 of its networks"):
        run = Run(tmp_path, landscape())
    with run:
        run.train(3, DESCENT, progress=never)
        run.connect("swept", TRAINING, progress=never)
        assert (run.graph("swept").weights == whole[1]).all()
        other = Descent(DESCENT.schedule, 6, 10, optimiser=Momentum(), steps=1000)
        with pytest.raises(StoreError, match="`optimiser` is Adam there and Momentum here"):
            run.train(3, other)
        with pytest.raises(StoreError, match=r"`method.steps` is 20 there and 21 here; `max_st"):
            run.connect("swept", Training(SweptCurve(steps=21), 21, 10))
    assert Run.rescue(tmp_path).paths == {"swept": 3}  # the ledger knows what files do not tell
    (tmp_path / RECORDS).unlink()
    assert Run.rescue(tmp_path).paths == {"swept": 3}


@pytest.mark.parametrize("after", [3, 7])
def test_a_training_under_way_goes_on_with_the_same_bits(tmp_path, whole, after, monkeypatch):
    monkeypatch.setattr("morseloss.networks.runs.run.SECONDS", 0.0)
    monkeypatch.setattr("morseloss.networks.runs.folders.arrivals.SECONDS", 0.0)
    calls = iter(range(after))

    def stop(*_):
        if next(calls, None) is None:
            raise KeyboardInterrupt

    with Run(tmp_path, landscape()) as run, pytest.raises(Interrupted):
        run.train(3, DESCENT, progress=stop)
    as_before(tmp_path)
    with pytest.warns(UserWarning, match="did not note how its loss behaves; that is noted now"):
        run = Run(tmp_path, landscape())
    with run:
        assert len(state_of(run.store, "train")["losses"]) == min(after, 6)
        run.train(3, DESCENT)
        assert torch.equal(run.minima, whole[0])


def test_a_state_of_other_settings_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("morseloss.networks.runs.run.SECONDS", 0.0)
    monkeypatch.setattr("morseloss.networks.runs.folders.arrivals.SECONDS", 0.0)
    calls = iter(range(3))

    def stop(*_):
        if next(calls, None) is None:
            raise KeyboardInterrupt

    with Run(tmp_path, landscape()) as run, pytest.raises(Interrupted):
        run.train(3, DESCENT, progress=stop)
    as_before(tmp_path)
    with pytest.warns(UserWarning, match="noted now"):
        run = Run(tmp_path, landscape())
    with run, pytest.raises(ValueError, match=r"`schedule.highest` is 0.03 there and 0.05 here"):
        run.train(3, Descent(Cosine(0.05, 6), epochs=6, size=10, steps=1000))
