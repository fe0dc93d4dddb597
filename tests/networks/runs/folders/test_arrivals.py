"""A folder that grows in cohorts, however interrupted, has the bits that it should."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch

from morseloss.networks import NetworkLandscape
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.folders.outstanding import outstanding, times
from morseloss.networks.runs.kinds import MINIMUM, STATE
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import RECORDS, StoreError
from morseloss.networks.training.course import Descent
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.schedules import Cosine
from morseloss.status import Interrupted
from tests.networks.models import cross_entropy, labelled, mlp, vectors
from tests.networks.runs.interrupted import stopping

DESCENT = Descent(Cosine(0.03, 2), epochs=2, size=20, steps=10)
SLOPES = "ignore:.*no minim:UserWarning"  # after so few steps


def landscape():
    generator = torch.Generator().manual_seed(3)
    return NetworkLandscape(mlp(), cross_entropy, *labelled(generator, 6), weight_decay=0.01)


def points(run):
    names = sorted(run.store.names(MINIMUM), key=int)
    return {name: run.store.tensors(MINIMUM, name)["point"] for name in names}


def interrupt(call, *arguments, **ways):
    """Make a call, one cohort after the other, and stop it when one is there."""

    def progress(done, *_):
        if done:
            raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as threads, pytest.raises(KeyboardInterrupt):
        call(*arguments, together=1, executor=threads, progress=progress, **ways)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Six networks, each trained by itself in one go."""
    with Run(tmp_path_factory.mktemp("whole"), landscape()) as run:
        run.train(6, DESCENT, together=1)
        return points(run)


def test_a_growth_by_single_networks_is_one_go_to_the_bit(whole, tmp_path):
    with Run(tmp_path, landscape()) as run:
        for count in (2, 3, 6):
            run.train(count, DESCENT, together=1)
        assert run.ages == [0, 0, 1, 2, 2, 2]
        assert all(torch.equal(point, whole[name]) for name, point in points(run).items())


def test_full_cohorts_grow_as_in_one_go_and_one_that_was_not_full_does_not(tmp_path):
    found = {}
    for counts in ((4,), (2, 4), (3, 4)):
        with Run(tmp_path / str(counts), landscape()) as run:
            for count in counts:
                run.train(count, DESCENT, together=2)
            found[counts] = points(run)
    same = {name: torch.equal(found[2, 4][name], point) for name, point in found[4,].items()}
    assert all(same.values())
    assert torch.equal(found[3, 4]["1"], found[4,]["1"])
    assert not torch.equal(found[3, 4]["2"], found[4,]["2"])


@pytest.mark.filterwarnings(SLOPES)
def test_cohorts_under_way_outlive_other_counts_checkpoints_and_a_lost_database(
    whole, tmp_path, generator
):
    land = landscape()
    with Run(tmp_path, land) as run:
        run.train(2, DESCENT, together=1)
        interrupt(run.train, 6, DESCENT)
        assert "train from 2:2-2" in run.store.names(STATE)
        assert times(run.store)["train"] > 0  # of the first two
        told, cost = outstanding(run).training, outstanding(run).seconds
        kept = [run.store.record(STATE, name) for name in run.store.names(STATE)]
        each = sum(one["seconds"] for one in kept) / len(kept)
        assert cost == pytest.approx((4 - len(kept)) * each) and each > 0
        assert told.startswith("interrupted, ") and told.endswith(
            " of 4 networks are kept, in cohorts"
        )
        run.add(vectors(land, generator, n=1), "between")
    (tmp_path / RECORDS).unlink()
    Archive.rescue(tmp_path)
    with Run(tmp_path, land) as run:
        kept = run.store.tensors(STATE, "train from 2:2-2")["points"][0]
        run.train(5, DESCENT, together=1)  # fewer than were asked for
        assert run.ages == [0, 0, 1, 2, 2, 2] and run.store.names(STATE) == []
        assert torch.equal(kept, whole["2"])
        found = [point for name, point in points(run).items() if name != "2"]  # a checkpoint
        assert all(torch.equal(point, whole[str(row)]) for row, point in enumerate(found))
        assert outstanding(run).training == "done"


def test_what_is_under_way_is_not_lost_to_a_call_of_another_kind(tmp_path, monkeypatch):
    monkeypatch.setattr("morseloss.networks.runs.folders.arrivals.SECONDS", 0.0)
    with Run(tmp_path / "cohorts", landscape()) as run:
        interrupt(run.train, 3, DESCENT)
        with pytest.raises(StoreError, match="`together` is 1 there and None here; take those"):
            run.train(3, DESCENT)
        with pytest.raises(StoreError, match="`epochs` is 2 there and 3 here"):
            run.train(3, replace(DESCENT, epochs=3), together=1)
    with Run(tmp_path / "alone", landscape()) as run:
        with pytest.raises(Interrupted):
            run.train(3, DESCENT, progress=stopping(1))
        told = r"training of 3 networks under way.*first, by `train\(3, ...\)` without `together`"
        for count, together in ((3, 1), (2, None), (4, None)):
            with pytest.raises(StoreError, match=told):
                run.train(count, DESCENT, together=together)
        run.train(3, DESCENT)
        assert len(run.store.names(MINIMUM)) == 3 and run.store.names(STATE) == []


@pytest.mark.filterwarnings(SLOPES)
@pytest.mark.parametrize("together", [None, 1])
def test_a_descent_that_was_interrupted_goes_on_for_its_own_networks_alone(
    together, tmp_path, monkeypatch, generator
):
    monkeypatch.setattr("morseloss.networks.runs.folders.arrivals.SECONDS", 0.0)
    land = landscape()
    points_of = {name: vectors(land, generator, n=2) for name in ("one", "other")}
    ways = {"finish": LBFGS(), "steps": 30, "together": together}
    with Run(tmp_path / "other", land) as run:
        run.add(points_of["other"], "other", **ways)
        right = points(run)
    with Run(tmp_path / "both", land) as run:
        if together is None:
            with pytest.raises(Interrupted):
                run.add(points_of["one"], "one", progress=stopping(1), **ways)
        else:
            interrupt(run.add, points_of["one"], "one", finish=LBFGS(), steps=30)
        assert len(run.store.names(STATE)) >= 1
        assert "networks from elsewhere" in outstanding(run).training
        run.add(points_of["other"], "other", **ways)  # of the same shape
        assert all(torch.equal(point, right[name]) for name, point in points(run).items())
        run.add(points_of["one"][:1], "a part", **ways)
        run.add(points_of["one"], "one", **ways)
        assert run.store.names(STATE) == [] and run.ages == [0, 0, 1, 2]
