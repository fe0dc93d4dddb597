"""A run has the same bits, whoever computes its pieces."""

import random

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.runs.kinds import MINIMUM, PATH
from morseloss.networks.runs.run import Run
from morseloss.networks.training.course import Descent
from morseloss.networks.training.schedules import Cosine
from tests.networks.models import cross_entropy, labelled, mlp
from tests.workers.pools import quick

DESCENT = Descent(Cosine(0.03, 6), epochs=6, size=10, steps=60)
TRAINING = Training(SweptCurve(steps=20), 20, 10)


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
