"""Damaged folders: what is whole in them is found again, and nothing is deleted."""

import shutil

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.folders.arrivals import state_of
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import RECORDS, TENSORS, Store, StoreError
from morseloss.networks.training.course import Descent
from morseloss.networks.training.schedules import Cosine
from tests.networks.models import cross_entropy, labelled, mlp

DESCENT = Descent(Cosine(0.03, 6), epochs=6, size=10, steps=1000)
TRAINING = Training(SweptCurve(steps=20), 20, 10)


def landscape():
    generator = torch.Generator().manual_seed(3)
    return NetworkLandscape(mlp(), cross_entropy, *labelled(generator, 6), weight_decay=0.01)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    with Run(folder, landscape(), seed=1) as run:
        run.train(3, DESCENT)
        run.connect("swept", TRAINING, repeats=2)
    return folder


@pytest.fixture
def folder(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "run")
    return tmp_path / "run"


def same(one, other):
    """Whether two folders hold the same minima and heights."""
    with Archive(one) as first, Archive(other) as second:
        assert torch.equal(first.minima, second.minima)
        assert first.measures == second.measures
        for repeat in (0, 1):
            graphs = first.graph("swept", repeat), second.graph("swept", repeat)
            np.testing.assert_array_equal(graphs[0].weights, graphs[1].weights)


def never(*_):
    raise AssertionError("nothing was to be computed")


DAMAGES = {
    "missing": lambda file: file.unlink(),
    "empty": lambda file: file.write_bytes(b""),
    "text": lambda file: file.write_text("hello"),
    "zeros": lambda file: file.write_bytes(
        file.read_bytes()[:4096] + bytes(file.stat().st_size - 4096)
    ),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:9000]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_lost_database_is_made_anew_and_the_run_goes_on(folder, whole, damage):
    DAMAGES[damage](folder / RECORDS)
    left = (folder / RECORDS).read_bytes() if damage != "missing" else None
    with pytest.raises(StoreError, match="`morseloss network rescue"):
        Run(folder, landscape(), seed=1)
    found = Run.rescue(folder)
    assert (found.networks, found.complete, found.paths) == (3, True, {"swept": 6})
    assert len(found.lost) == 1 and RECORDS in found.lost[0]
    if damage == "missing":
        assert found.aside is None
    else:
        assert found.aside is not None and found.aside.read_bytes() == left
    same(folder, whole)
    with Run(folder, landscape(), seed=1) as run:
        run.train(3, DESCENT, progress=never)
        run.connect("swept", TRAINING, repeats=2, progress=never)
    with pytest.raises(StoreError, match="`seed` is 1 there and 2 here"):
        Run(folder, landscape(), seed=2)


def test_without_the_ledger_the_heads_of_the_files_suffice(folder, whole):
    (folder / RECORDS).unlink()
    (folder / "morseloss-run.json").unlink()
    found = Run.rescue(folder)
    assert (found.networks, found.complete, found.paths) == (3, True, {"swept": 6})
    same(folder, whole)
    other = NetworkLandscape(
        mlp(torch.nn.ReLU), cross_entropy, *labelled(torch.Generator().manual_seed(3), 6)
    )
    with pytest.raises(StoreError, match=r"network \d has the value .* there and .* here"):
        Run(folder, other)  # nothing else tells
    with pytest.warns(UserWarning, match="the values of 3 of its networks are those of this"):
        Run(folder, landscape(), seed=1).close()
    with pytest.raises(StoreError, match="`seed` is 1 there and 2 here"):
        Run(folder, landscape(), seed=2)


def test_a_whole_folder_is_as_whole_afterwards(folder, whole):
    found = Run.rescue(folder)
    assert found.lost == () and found.complete and found.paths == {"swept": 6}
    assert repr(found).endswith("3 networks; 6 paths of 'swept')")
    same(folder, whole)


def file_of(folder, kind, name):
    with Store(folder) as store:
        return folder / TENSORS / store._file(kind, name)


def test_a_torn_path_is_computed_again_and_no_other(folder, whole):
    torn = file_of(folder, "path", "swept:1:0-2")
    torn.write_bytes(torn.read_bytes()[:100])
    found = Run.rescue(folder)
    assert found.paths == {"swept": 5} and "(path swept:1:0-2) is damaged" in found.lost[0]
    with Archive(folder) as archive:
        assert archive.graph("swept", 1).edges.tolist() == [[0, 1], [1, 2]]
    with Run(folder, landscape(), seed=1) as run:
        run.connect("swept", TRAINING, repeats=2)
        assert run.graph("swept", 1).edges.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert torn.exists()


@pytest.mark.parametrize("lost", ["missing", "torn"])
def test_where_a_network_is_lost_no_path_is_given_to_another_one(folder, whole, lost):
    file = file_of(folder, "minimum", "1")
    content = file.read_bytes()
    file.unlink() if lost == "missing" else file.write_bytes(content[:50])
    with Archive(folder) as archive, pytest.raises(StoreError, match="rescue"):
        _ = archive.minima
    found = Run.rescue(folder)
    assert not found.complete and (found.networks, found.paths) == (2, {})
    assert "train again, then rescue again" in repr(found)
    with Archive(folder) as archive, pytest.raises(StoreError, match="train first"):
        _ = archive.minima
    with Run(folder, landscape(), seed=1) as run:
        run.train(3, DESCENT)
    assert Run.rescue(folder).paths == {"swept": 6}
    same(folder, whole)


def test_paths_of_networks_that_were_replaced_are_left_out(folder):
    file = file_of(folder, "minimum", "0")
    with Archive(folder) as archive:
        values = [measure["value"] for measure in archive.measures]
        row = values.index(archive.store.record("minimum", "0")["value"])
    with safe_open(file, framework="pt") as content:
        words = content.metadata()
        point = content.get_tensor("point")
    save_file({"point": point + 1}, file, metadata=words)
    found = Run.rescue(folder)
    gone = sum(pair[0] == row for pair in [(0, 1), (0, 2), (1, 2)])
    assert found.paths.get("swept", 0) == 6 - 2 * gone
    assert all(f"does not begin at network {row}" in clause for clause in found.lost)


def test_a_training_that_was_under_way_goes_on(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("morseloss.networks.runs.run.SECONDS", 0.0)
    monkeypatch.setattr("morseloss.networks.runs.folders.arrivals.SECONDS", 0.0)
    calls = iter(range(4))

    def stop(*_):
        if next(calls, None) is None:
            raise KeyboardInterrupt

    half = tmp_path / "half"
    with Run(half, landscape(), seed=1) as run, pytest.raises(KeyboardInterrupt):
        run.train(3, DESCENT, progress=stop)
    (half / RECORDS).unlink()
    found = Run.rescue(half)
    assert (found.networks, found.complete, found.paths) == (0, False, {})
    with Run(half, landscape(), seed=1) as run, Archive(folder) as archive:
        assert len(state_of(run.store, "train")["losses"]) == 4
        run.train(3, DESCENT)
        assert torch.equal(run.minima, archive.minima)


def test_files_of_the_version_before_are_told_with_the_way_to_use_them(folder):
    for file in (folder / TENSORS).iterdir():
        save_file(load_file(file), file)
    (folder / "morseloss-run.json").unlink()
    (folder / RECORDS).unlink()
    with pytest.raises(StoreError, match=r"holds 3 networks, whose files.*run\.add\(torch\.stack"):
        Run.rescue(folder)
    assert len(list((folder / TENSORS).iterdir())) == 9


def test_a_folder_without_a_run_or_in_use_is_refused(tmp_path, folder):
    with pytest.raises(StoreError, match="has no folder `tensors`"):
        Run.rescue(tmp_path)
    with Run(folder, landscape(), seed=1), pytest.raises(StoreError, match="in use"):
        Run.rescue(folder)
