"""A run has the same bits, whoever computes its pieces."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.kinds import MINIMUM, PATH, STATE
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import RECORDS, StoreError
from morseloss.networks.training.course import Descent
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.schedules import Cosine
from tests.networks.models import cross_entropy, labelled, mlp, vectors
from tests.workers.pools import quick

DESCENT = Descent(Cosine(0.03, 3), epochs=3, size=10, steps=25)
TRAINING = Training(SweptCurve(steps=10), 10, 10)


def landscape(loss=cross_entropy):
    generator = torch.Generator().manual_seed(3)
    return NetworkLandscape(mlp(), loss, *labelled(generator, 6), weight_decay=0.01)


def content(run):
    store = run.store
    keys = [(kind, name) for kind in (MINIMUM, PATH) for name in store.names(kind)]
    return {key: (store.record(*key), store.tensors(*key)) for key in keys}


def assert_same(one, other):
    assert one.keys() == other.keys()
    for key, (record, tensors) in one.items():
        assert other[key][0] == record
        assert tensors.keys() == other[key][1].keys()
        assert all(torch.equal(part, other[key][1][name]) for name, part in tensors.items())


def trained(folder):
    run = Run(folder, landscape(), seed=1)
    run.train(5, DESCENT)
    return run


@pytest.fixture(scope="module")
def pool():
    with quick(2)() as pool:
        yield pool


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """What a run holds whose paths were all found in this process."""
    with trained(tmp_path_factory.mktemp("here")) as run:
        run.connect("swept", TRAINING, repeats=2, together=3)
        return content(run)


def test_paths_by_workers_have_the_bits_of_this_process(here, pool, tmp_path):
    with trained(tmp_path) as run:
        run.connect("swept", TRAINING, repeats=2, together=3, executor=pool)
        assert_same(here, content(run))


def test_the_order_in_which_batches_end_changes_no_bit(here, tmp_path, monkeypatch):
    def shuffled(landscape, networks, training, batches, **_):
        found = [*linked(landscape, networks, training, batches)]
        random.Random(4).shuffle(found)
        yield from found

    from morseloss.networks.runs import run as module

    linked = module.linked
    monkeypatch.setattr(module, "linked", shuffled)
    with trained(tmp_path) as run:
        run.connect("swept", TRAINING, repeats=2, together=3)
        assert_same(here, content(run))


def test_an_interrupt_leaves_a_folder_that_goes_on_to_the_same_bits(here, pool, tmp_path):
    def stopping(done, *_):
        if done >= 3:
            raise KeyboardInterrupt

    with trained(tmp_path) as run, pytest.raises(KeyboardInterrupt):
        run.connect("swept", TRAINING, repeats=2, together=3, executor=pool, progress=stopping)
    with Run(tmp_path, landscape(), seed=1) as run:
        assert 3 <= len(run.store.names(PATH)) < 20
        run.connect("swept", TRAINING, repeats=2, together=3, executor=pool)
        assert_same(here, content(run))


def test_a_landscape_that_does_not_pickle_is_refused_and_the_run_goes_on_here(pool, tmp_path):
    with Run(tmp_path, landscape(lambda *pair: cross_entropy(*pair)), seed=1) as run:
        run.train(3, DESCENT)
        told = r"sent `shared\[0\]\.loss`, which is <function .*in place of a lambda"
        with pytest.raises(ValueError, match=told):
            run.connect("swept", TRAINING, together=1, executor=pool)
        run.connect("swept", TRAINING, together=1)
        assert len(run.store.names(PATH)) == 3


def test_one_batch_for_many_workers_is_told(pool, tmp_path):
    with trained(tmp_path) as run, pytest.warns(UserWarning, match="all 10 pairs are one batch"):
        run.connect("swept", TRAINING, executor=pool)


def test_a_layer_that_no_worker_can_import_is_refused_by_its_name(pool, tmp_path):
    class Local(nn.Linear):
        pass

    module = nn.Sequential(nn.Flatten(), Local(6, 3))
    data = labelled(torch.Generator().manual_seed(3), 6)
    with Run(tmp_path, NetworkLandscape(module, cross_entropy, *data, weight_decay=0.01)) as run:
        run.train(3, DESCENT)
        with pytest.raises(
            ValueError, match=r"sent `.*`, which is Local\(.*at the head of a module"
        ):
            run.connect("swept", TRAINING, together=1, executor=pool)


@pytest.fixture(scope="module")
def cohorts(tmp_path_factory):
    """What a run holds whose networks were trained two at a time, all in this process."""
    with Run(tmp_path_factory.mktemp("cohorts"), landscape(), seed=1) as run:
        run.train(5, DESCENT, together=2)
        return content(run)


def test_networks_by_workers_have_the_bits_of_this_process(cohorts, pool, tmp_path):
    with Run(tmp_path, landscape(), seed=1) as run:
        run.train(5, DESCENT, together=2, executor=pool)
        assert_same(cohorts, content(run))
        assert len(run.store.names(MINIMUM)) == 5 and run.store.names(STATE) == []


def test_all_networks_by_one_worker_have_the_bits_of_today(here, pool, tmp_path):
    with Run(tmp_path, landscape(), seed=1) as run:
        with pytest.warns(UserWarning, match="all 5 networks are one cohort"):
            run.train(5, DESCENT, executor=pool)
        assert_same({key: part for key, part in here.items() if key[0] == MINIMUM}, content(run))


def test_an_interrupted_training_by_workers_keeps_cohorts(cohorts, pool, tmp_path):
    def stopping(done, *_):
        if done >= 1:
            raise KeyboardInterrupt

    with Run(tmp_path, landscape(), seed=1) as run, pytest.raises(KeyboardInterrupt):
        run.train(5, DESCENT, together=2, executor=pool, progress=stopping)
    with Run(tmp_path, landscape(), seed=1) as run:
        assert run.store.names(MINIMUM) == [] and len(run.store.names(STATE)) >= 1
        with pytest.raises(
            StoreError, match=r"`train:.*` with other settings: `epochs` is 3 there"
        ):
            run.train(5, replace(DESCENT, epochs=7), together=2)
        run.train(5, DESCENT, together=2)
        assert_same(cohorts, content(run))


def test_networks_and_paths_by_threads_have_the_bits_of_this_process(tmp_path):
    found = []
    for name, executor in (("here", None), ("threads", ThreadPoolExecutor(3))):
        with Run(tmp_path / name, landscape(), seed=1) as run:
            run.train(4, DESCENT, together=1, executor=executor)
            run.connect("swept", TRAINING, together=2, executor=executor)
            found.append(content(run))
    assert_same(*found)


def test_cohorts_of_a_folder_whose_database_is_lost_are_found_again(cohorts, tmp_path):
    def stopping(done, *_):
        if done >= 1:
            raise KeyboardInterrupt

    with Run(tmp_path, landscape(), seed=1) as run, pytest.raises(KeyboardInterrupt):
        threads = ThreadPoolExecutor(1)
        run.train(5, DESCENT, together=2, executor=threads, progress=stopping)
    (tmp_path / RECORDS).unlink()
    assert not Archive.rescue(tmp_path).complete
    with Run(tmp_path, landscape(), seed=1) as run:
        assert len(run.store.names(STATE)) >= 1
        run.train(5, DESCENT, together=2)
        assert_same(cohorts, content(run))


def test_other_cohorts_are_another_stage(pool, tmp_path):
    with Run(tmp_path, landscape(), seed=1) as run:
        run.train(4, DESCENT, together=2, executor=pool)
        run.train(4, DESCENT, together=2)
        with pytest.raises(StoreError, match="`together` is 2 there and 3 here"):
            run.train(4, DESCENT, together=3)
        with pytest.raises(StoreError, match="`together` is 2 there"):
            run.train(4, DESCENT)


@pytest.mark.filterwarnings("ignore:.*no minima yet:UserWarning")
def test_networks_from_elsewhere_descend_by_workers_to_the_same_bits(pool, tmp_path):
    starts = vectors(landscape(), torch.Generator().manual_seed(5), n=5)
    found = []
    for name, executor in (("here", None), ("there", pool)):
        with Run(tmp_path / name, landscape()) as run:
            run.add(starts, "files", finish=LBFGS(), steps=25, together=2, executor=executor)
            found.append(content(run))
    assert_same(*found)


def test_pairs_that_decide_the_bars_are_joined_by_workers_to_the_same_bits(pool, tmp_path):
    found = []
    for name, executor in (("here", None), ("there", pool)):
        with trained(tmp_path / name) as run:
            run.connect("cheap", Training(SweptCurve(steps=3), 3, 10), together=4)
            ways = {"together": 1, "executor": executor}
            spanned = run.span("swept", TRAINING, cheap="cheap", **ways)
            found.append((spanned.bars, content(run)))
    for bars, kept in found[1:]:
        assert bars.deaths.tolist() == found[0][0].deaths.tolist()
        assert_same(found[0][1], kept)
