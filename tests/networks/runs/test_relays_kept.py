"""Relays in a folder: kept stage by stage, gone on with, and read beside other paths."""

import math

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.relay import Relay, relay
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.relays.nulls import closed_null, copies_null
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.kinds import RELAY
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.stages import spent_on
from morseloss.networks.runs.store import RECORDS, StoreError
from morseloss.networks.training.recorded import recorded
from morseloss.status import Interrupted
from tests.networks.relays.relays import QUICK, seeded, small

TRAINING = Training(SweptCurve(steps=30), max_steps=30, size=12)

pytestmark = pytest.mark.filterwarnings("ignore:.*no minim:UserWarning")


@pytest.fixture(scope="module")
def networks():
    return small(seeded(0), count=3)


@pytest.fixture
def run(networks, tmp_path):
    land, points = networks
    with Run(tmp_path / "run", land) as found:
        found.add(points, "elsewhere")
        yield found


def same(one, other):
    names = ("controls", "heights", "spent", "tops", "status", "ways", "pairs", "points")
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in names)


def test_a_relay_is_kept_and_is_that_of_the_minima(run, networks):
    land, _ = networks
    found = run.relay(budget=200, method=QUICK)
    again = relay(land, run.minima, QUICK, budget=200, generator=run._generator("relay", "relay"))
    assert same(found, again)
    with Archive(run.store.folder) as archive:
        assert same(archive.relayed("relay"), found)
        assert archive.relays == ["relay"] and archive.labels == {"relay": 1}
        torch.testing.assert_close(archive.stations("relay"), land.value(found.stations))
        bars, own = ml.barcode(archive.graph("relay")), ml.barcode(found.graph())
        np.testing.assert_allclose(bars.deaths, own.deaths)
        every = archive.graph_with_stations("relay")
        assert len(every) == 3 + len(found.stations)
        np.testing.assert_array_equal(
            archive.ladder("relay").with_stations <= archive.ladder("relay").lengths[-1] + 1e-12,
            True,
        )


@pytest.mark.parametrize("stop", [1, 2, 3])
@pytest.mark.parametrize("null", [None, closed_null, copies_null])
def test_an_interrupted_relay_ends_with_the_same_bits(networks, tmp_path, stop, null):
    land, points = networks
    short = Relay(size=16, first=20, join=10, stations=1, descent=10, evaluations=4)
    call = {"budget": 150, "method": short, "null": null}

    def interrupt(state):
        if len(state.spent) == stop:
            raise KeyboardInterrupt

    with Run(tmp_path / "whole", land) as run:
        run.add(points, "elsewhere")
        whole = run.relay(**call)
    with Run(tmp_path / "part", land) as run:
        run.add(points, "elsewhere")
        with pytest.raises(Interrupted):
            run.relay(**call, show=interrupt)
        name = "relay" if null is None else f"relay:{null.__name__}"
        assert len(run.relayed(name).spent) == stop
    with Run(tmp_path / "part", land) as run:
        assert same(run.relay(**call), whole)


def test_a_larger_budget_goes_on_where_the_smaller_one_ended(run, networks):
    less = run.relay(budget=60, method=QUICK)
    more = run.relay(budget=300, method=QUICK)
    looks = len(less.spent)
    assert len(more.spent) > looks and torch.equal(more.spent[:looks], less.spent)
    assert same(run.relay(budget=100, method=QUICK), more)


def test_each_relay_has_one_method_and_each_label_is_of_one_kind(run):
    run.relay(budget=1, method=QUICK)
    with pytest.raises(StoreError, match="`stations` is 2 there and 1 here"):
        run.relay(budget=1, method=Relay(size=16, first=60, join=20, stations=1, descent=20,
                                         evaluations=5))  # fmt: skip
    with pytest.raises(StoreError, match="holds the stage `relay relay`, and a label names either"):
        run.connect("relay", TRAINING)
    run.connect("paths", TRAINING)
    with pytest.raises(StoreError, match="holds the stage `paths paths`"):
        run.relay("paths", QUICK, budget=1)
    with pytest.raises(StoreError, match="'relay' is a relay, whose ways have several pieces"):
        run.paths("relay")
    with pytest.raises(StoreError, match="no relay of label 'other'; there are 'relay'"):
        run.relayed("other")
    with pytest.raises(ValueError, match="a name without `:`"):
        run.relay("a:b", QUICK, budget=1)
    with pytest.raises(ValueError, match="`budget` must be positive"):
        run.relay("new", QUICK, budget=0)


def test_the_best_graph_takes_ways_and_paths_together(run):
    run.connect("paths", TRAINING, repeats=2)
    found = run.relay(budget=200, method=QUICK)
    best = run.best("paths", "relay")
    ways = {tuple(sorted(pair)): top for pair, top in
            zip(found.pairs.tolist(), found.tops[-1].tolist(), strict=True)}  # fmt: skip
    for (i, j), top, path in zip(
        best.edges.tolist(), best.weights, run.best("paths").weights, strict=True
    ):
        assert top == pytest.approx(min(path, ways.get((i, j), np.inf)), rel=1e-12)


def test_gradients_of_a_pair_are_those_of_all_its_paths(run):
    run.connect("paths", TRAINING, repeats=2)
    found = run.relay(budget=60, method=QUICK)
    each, way = 30 * 12 / 48, float(found.spent[-1]) / 2
    assert run.gradients("paths") == dict.fromkeys([(0, 1), (0, 2), (1, 2)], 2 * each)
    assert run.gradients("paths", repeat=1)[0, 1] == each
    both = run.gradients("paths", "relay")
    ways = {tuple(sorted(pair)) for pair in found.pairs.tolist()}
    assert both == {pair: 2 * each + way * (pair in ways) for pair in both}


def test_paths_of_several_budgets_are_a_ladder(run):
    run.connect("more", Training(SweptCurve(steps=60), max_steps=60, size=12))
    run.connect("less", TRAINING)
    told = run.ladder("more", "less")
    assert told.budgets.tolist() == [30 * 12 / 48, 60 * 12 / 48]
    bars = ml.barcode(run.graph("more"))
    np.testing.assert_array_equal(told.lengths[1], bars.lifetimes[1:])
    run.relay(budget=1, method=QUICK)
    with pytest.raises(ValueError, match="'relay' has a ladder of its own"):
        run.ladder("more", "relay")
    with pytest.raises(StoreError, match="holds no paths of label 'none'"):
        run.ladder("none")


def test_what_a_path_cost_is_read_off_its_stage():
    assert spent_on({"training": recorded(TRAINING)}, 48) == 7.5
    text = (
        "Training(method=SweptCurve(bends=3, samples=1, learning_rate=0.06, steps=20), "
        "max_steps=10, size=24, aligned=False, points=64, dtype=torch.float64), 64 together"
    )
    assert spent_on(text, 48) == 5
    whole = Training(ml.BezierCurve(steps=30, samples=4), max_steps=50)
    assert spent_on({"training": recorded(whole)}, math.nan) == 120
    assert math.isnan(spent_on({"training": recorded(TRAINING)}, math.nan))
    other = Training(ml.GradientPath(), max_steps=50)
    for unknown in ({"training": recorded(other)}, {}, "nothing of the kind", None):
        assert math.isnan(spent_on(unknown, 48))


def test_a_folder_that_does_not_tell_has_no_known_budget_until_a_run_opens_it(run, networks):
    import sqlite3

    run.connect("paths", TRAINING)
    folder = run.store.folder
    run.close()
    with sqlite3.connect(folder / RECORDS) as old:
        old.execute("DELETE FROM settings WHERE name = 'images'")
    old.close()
    with Archive(folder) as archive:
        assert all(math.isnan(cost) for cost in archive.gradients("paths").values())
        assert len(archive.graph("paths").weights) == 3
        with pytest.raises(ValueError, match="label 'paths': budget not known"):
            archive.ladder("paths")
    with Run(folder, networks[0]) as again:
        assert set(again.gradients("paths").values()) == {7.5}


def test_a_relay_is_rescued_and_one_of_other_networks_is_not(run, networks):
    land, points = networks
    found = run.relay(budget=60, method=QUICK)
    folder = run.store.folder
    run.close()
    (folder / RECORDS).write_bytes(b"no database")
    told = Run.rescue(folder)
    assert told.complete and told.paths == {"relay": 2}
    with Run(folder, land) as again:
        assert same(again.relayed("relay"), found)
        record, tensors = again.store.record(RELAY, "relay"), again.store.tensors(RELAY, "relay")
        again.store.put(RELAY, "relay", record, {**tensors, "points": points + 1})
    (folder / RECORDS).write_bytes(b"no database")
    told = Run.rescue(folder)
    assert told.paths == {} and "relay relay does not begin at the networks" in told.lost
