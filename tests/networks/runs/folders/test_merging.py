"""Shares of a run, computed in several folders, are the run."""

import random
import shutil
import sqlite3
import time

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.relay import Relay
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.database import RECORDS
from morseloss.networks.runs.folders.merging import merge_runs
from morseloss.networks.runs.folders.shares import pieces, shard
from morseloss.networks.runs.kinds import MINIMUM, PATH
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import Store, StoreError
from morseloss.networks.training.course import Descent
from morseloss.networks.training.schedules import Cosine
from tests.networks.models import cross_entropy, labelled, mlp, vectors
from tests.networks.runs.interrupted import killed

SLOPES = "ignore:.*no minim:UserWarning"  # random vectors are none
TRAINING = Training(SweptCurve(steps=4), 4, 20)
DESCENT = Descent(Cosine(0.03, 4), epochs=4, size=20, steps=10)
SHARES = 3


def landscape(decay=0.01, width=5):
    generator = torch.Generator().manual_seed(3)
    data = labelled(generator, 6)
    return NetworkLandscape(mlp(width=width), cross_entropy, *data, weight_decay=decay)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A run in one folder, and the same in three, of which each has a third of the pairs."""
    place, land = tmp_path_factory.mktemp("folders"), landscape()
    with Run(place / "whole", land, seed=1) as run:
        run.train(5, DESCENT)
    for number in range(1, SHARES + 1):
        shutil.copytree(place / "whole", place / f"share-{number}")
        with Run(place / f"share-{number}", land, seed=1) as run:
            mine = shard(run, number, SHARES, together=3)
            run.connect("paths", TRAINING, repeats=2, together=3, pairs=mine)
    with Run(place / "whole", land, seed=1) as run:
        run.connect("paths", TRAINING, repeats=2, together=3)
    return place


@pytest.fixture
def shares(folders):
    return [folders / f"share-{number}" for number in range(1, SHARES + 1)]


def content(folder):
    """Records and tensors by kind and name."""
    with Archive(folder) as archive:
        store = archive.store
        keys = [(kind, name) for kind in (MINIMUM, PATH) for name in sorted(store.names(kind))]
        return {key: (store.record(*key), store.tensors(*key)) for key in keys}


def assert_same(one, other):
    one, other = content(one), content(other)
    assert one.keys() == other.keys()
    for key, (record, tensors) in one.items():
        assert other[key][0] == record
        assert all(torch.equal(part, other[key][1][name]) for name, part in tensors.items())


def test_merged_shares_are_what_one_machine_computes_to_the_bit(folders, shares, tmp_path):
    found = merge_runs(tmp_path / "all", *shares)
    assert (found.networks, found.paths, found.lowered, found.left) == (5, {"paths": 20}, 0, ())
    assert "5 networks, 20 paths of 'paths' came" in repr(found)
    assert_same(folders / "whole", tmp_path / "all")
    with Archive(tmp_path / "all") as one, Archive(folders / "whole") as whole:
        bars = ml.barcode(one.graph("paths", 1)), ml.barcode(whole.graph("paths", 1))
        np.testing.assert_array_equal(bars[0].deaths, bars[1].deaths)
        np.testing.assert_array_equal(bars[0].births, bars[1].births)
    again = merge_runs(tmp_path / "all", *shares)
    assert (again.networks, again.paths) == (0, {})

    def never(*_):
        raise AssertionError("nothing was to be computed")

    with Run(tmp_path / "all", landscape(), seed=1) as run:  # it goes on like any other
        run.train(5, DESCENT, progress=never)
        run.connect("paths", TRAINING, repeats=2, together=3, progress=never)


def test_shares_are_whole_pieces_and_leave_nothing_out(shares):
    with Archive(shares[0]) as archive:
        parts = [shard(archive, number, 4, together=3) for number in range(1, 5)]
        every = [pair for part in parts for pair in part]
        assert len(every) == len(set(every)) == 10
        assert sorted(map(len, parts)) == [1, 3, 3, 3]
        assert shard(archive, 2, 2, together=1, pairs=[(0, 1), (2, 1)]) == [(1, 2)]
        with pytest.raises(ValueError, match=r"10 pairs, 64 together, are 1 piece, too few for 2"):
            shard(archive, 1, 2)
        with pytest.raises(ValueError, match="a share from 1 to `count`"):
            shard(archive, 3, 2, together=1)
    assert pieces([(0, 1), (0, 2), (1, 2)], 1, [0, 1, 0]) == [[(0, 2)], [(0, 1)], [(1, 2)]]


def test_of_two_paths_of_a_pair_the_lower_one_stays(shares, tmp_path):
    for name in ("one", "other"):
        shutil.copytree(shares[0], tmp_path / name)
    with Store(tmp_path / "one") as store:
        first, second = store.names(PATH)[:2]
        settings, record = store.settings, store.record(PATH, first)
    with Store(tmp_path / "one", settings) as store:  # as if paid for less, and failed
        old = store.record(PATH, first), store.record(PATH, second)
        store.put(
            PATH, first, {**old[0], "height": old[0]["height"] + 1}, {"controls": torch.ones(3)}
        )
        store.put(PATH, second, {**old[1], "height": float("nan")}, {"controls": torch.ones(3)})
    found = merge_runs(tmp_path / "one", tmp_path / "other")
    assert (found.paths, found.lowered) == ({"paths": 2}, 2)
    assert "2 of them lower" in repr(found)
    assert_same(tmp_path / "one", shares[0])
    assert record == old[0]
    assert merge_runs(tmp_path / "other", tmp_path / "one").paths == {}


@pytest.mark.filterwarnings(SLOPES)
def test_checkpoints_of_several_folders_meet_and_paths_find_their_ends(tmp_path, generator):
    land = landscape()
    points = vectors(land, generator, n=4)
    with Run(tmp_path / "one", land) as run:
        run.add(points[:2], "a", names=["p", "q"])
        run.add(points[2:3], "b", names=["r"])
        run.connect("paths", TRAINING)
    with Run(tmp_path / "other", land) as run:
        run.add(points[2:], "b", names=["r", "s"])
        run.add(points[:1], "a", names=["p"])
        run.connect("paths", TRAINING)
        run.connect("only here", TRAINING, pairs=[(0, 2)])
        heights = {
            frozenset(run.names[row] for row in edge): weight
            for edge, weight in zip(
                run.graph("paths").edges, run.graph("paths").weights, strict=True
            )
        }
    found = merge_runs(tmp_path / "one", tmp_path / "other")
    assert found.networks == 1
    with Run(tmp_path / "one", land) as run:
        assert run.names is not None and set(run.names) == {"p", "q", "r", "s"}
        assert run.ages == [0, 0, 1, 2]
        graph, paths = run.graph("paths"), run.paths("paths")
        assert len(graph.weights) == 5  # q and s have never met
        for row, (edge, weight) in enumerate(zip(graph.edges, graph.weights, strict=True)):
            assert torch.equal(paths.controls[row, [0, -1]], run.minima[edge.tolist()])
            assert weight <= heights.get(frozenset(graph.names[end] for end in edge), np.inf)
        tops = ml.heights(land, paths).values.numpy()
        np.testing.assert_allclose(tops, graph.weights, rtol=1e-5)
        turned = [n for n in run.store.names(PATH) if run.store.record(PATH, n).get("turned")]
        assert turned
        assert len(run.graph("only here").weights) == 1
    (tmp_path / "one" / RECORDS).unlink()
    assert sum(Run.rescue(tmp_path / "one").paths.values()) == 6


def test_folders_that_are_not_of_one_landscape_are_refused_with_what_differs(shares, tmp_path):
    with Run(tmp_path / "seed", landscape(), seed=2) as run:
        run.train(5, DESCENT)
    with Run(tmp_path / "decay", landscape(decay=0.02), seed=1) as run:
        run.train(5, DESCENT)
    with Run(tmp_path / "fewer", landscape(), seed=1) as run:
        run.train(4, DESCENT)
    with Run(tmp_path / "label", landscape(), seed=1) as run:
        run.train(5, DESCENT)
        run.connect("paths", TRAINING, together=2)
    with Run(tmp_path / "kind", landscape(), seed=1) as run:
        run.train(5, DESCENT)
        run.relay("paths", Relay(first=20, join=20, size=10), budget=20)
    cases = {
        "seed": "cannot be merged: `seed` is 1 there and 2 here",
        "decay": "`weight_decay` is 0.01 there and 0.02 here",
        "fewer": "`networks` is 5 there and 4 here .train once, copy the folder",
        "label": "paths paths: `together` is 3 there and 2 here",
        "kind": "label 'paths' names a paths there, a relay here",
    }
    for name, words in cases.items():
        with pytest.raises(StoreError, match=words) as told:
            merge_runs(tmp_path / "new", shares[0], tmp_path / name)
        assert str(shares[0]) in str(told.value) and str(tmp_path / name) in str(told.value)
        assert not (tmp_path / "new").exists()
    with pytest.raises(StoreError, match="`seed` is 2 there and 1 here"):
        merge_runs(tmp_path / "seed", shares[0])


def test_networks_of_another_machine_are_told_by_their_bits(shares, tmp_path):
    shutil.copytree(shares[1], tmp_path / "other")
    with Store(shares[1]) as store:
        settings, record = store.settings, store.record(MINIMUM, "2")
        point = store.tensors(MINIMUM, "2")["point"]
    with Store(tmp_path / "other", settings) as store:
        store.put(MINIMUM, "2", record, {"point": point + 1e-9})
    with pytest.raises(StoreError, match=r"network 2 has other weights .* \(by up to 1.0e-09\)"):
        merge_runs(tmp_path / "new", shares[0], tmp_path / "other")


def test_folders_in_use_torn_newer_or_named_twice_are_refused(shares, tmp_path):
    for name in ("into", "torn", "newer"):
        shutil.copytree(shares[0], tmp_path / name)
    with pytest.raises(ValueError, match="one or more others, each named once"):
        merge_runs(tmp_path / "into")
    with pytest.raises(ValueError, match="each named once"):
        merge_runs(tmp_path / "into", shares[1], tmp_path / "into")
    with Run(tmp_path / "into", landscape(), seed=1), pytest.raises(StoreError, match="is in use"):
        merge_runs(tmp_path / "into", shares[1])
    (tmp_path / "torn" / RECORDS).write_bytes((shares[0] / RECORDS).read_bytes()[:9000])
    with pytest.raises(StoreError, match=r"`morseloss network rescue .*torn` makes a new one"):
        merge_runs(tmp_path / "into", tmp_path / "torn")
    with sqlite3.connect(tmp_path / "newer" / RECORDS) as newer:
        newer.execute("PRAGMA user_version = 9")
    newer.close()
    with pytest.raises(StoreError, match=r"written by a newer version of morseloss \(format 9"):
        merge_runs(tmp_path / "into", tmp_path / "newer")
    with pytest.raises(StoreError, match="holds no run; name the folder of one"):
        merge_runs(tmp_path / "into", tmp_path)
    with Run(tmp_path / "empty", landscape(), seed=1):
        pass
    with pytest.raises(StoreError, match="holds no minima yet; train first"):
        merge_runs(tmp_path / "into", tmp_path / "empty")
    assert_same(tmp_path / "into", shares[0])


def test_a_torn_tensor_file_is_told_and_what_came_before_it_is_whole(shares, tmp_path):
    shutil.copytree(shares[1], tmp_path / "other")
    with Store(tmp_path / "other") as store:
        file = tmp_path / "other" / "tensors" / store._file(PATH, store.names(PATH)[-1])
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(StoreError, match=r"is damaged .*rescue"):
        merge_runs(tmp_path / "all", shares[0], tmp_path / "other")
    Archive.rescue(tmp_path / "other")
    merge_runs(tmp_path / "all", tmp_path / "other", *shares)
    with Archive(tmp_path / "all") as archive:
        assert len(archive.store.names(PATH)) == 20


def test_relays_come_where_rows_are_the_same(shares, tmp_path):
    shutil.copytree(shares[0], tmp_path / "one")
    method = Relay(first=20, join=20, size=10)
    with Run(tmp_path / "one", landscape(), seed=1) as run:
        relayed = run.relay("relay", method, budget=40)
    found = merge_runs(tmp_path / "all", shares[1], tmp_path / "one")
    assert found.paths["relay"] == len(relayed) and found.left == ()
    with Run(tmp_path / "one", landscape(), seed=1) as run:
        more = run.relay("relay", method, budget=90)
    merge_runs(tmp_path / "all", tmp_path / "one")
    merge_runs(tmp_path / "all", shares[1])
    with Run(tmp_path / "all", landscape(), seed=1) as run:
        assert torch.equal(run.relayed("relay").tops, more.tops)
        run.train(6, DESCENT)
    found = merge_runs(tmp_path / "all", tmp_path / "one")
    assert "since its networks have other rows" in found.left[0]


@pytest.mark.slow
def test_thirty_kills_of_a_merge_end_with_the_same_bits(folders, shares, tmp_path):
    draws, begun = random.Random(0), time.monotonic()
    merge_runs(tmp_path / "timed", *shares)
    whole = time.monotonic() - begun
    folder, kills, rounds = tmp_path / "0", 0, 0
    while kills < 30:
        done = killed(draws.uniform(0.0, whole), merge_runs, folder, *shares)
        kills += not done
        if done:
            assert_same(folders / "whole", folder)
            rounds += 1
            folder = tmp_path / str(rounds)
    while not killed(20 * whole, merge_runs, folder, *shares):
        pass
    assert_same(folders / "whole", folder)
