"""Networks that come later leave rows, minima and paths as they are."""

from pathlib import Path

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss import plot
from morseloss.graphs.names import names_of
from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.folders.generations import short_names, told_apart
from morseloss.networks.runs.kinds import MINIMUM, PATH, STAGE, STATE
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import RECORDS, StoreError
from morseloss.networks.training.course import Descent
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.schedules import Cosine
from morseloss.status import Interrupted
from tests.networks.models import cnn, cross_entropy, labelled, mlp, vectors
from tests.networks.runs.interrupted import stopping

SLOPES = "ignore:.*no minim:UserWarning"  # random vectors are none
TRAINING = Training(ml.BezierCurve(steps=4, samples=2), max_steps=4, size=20)
DESCENT = Descent(Cosine(0.03, 4), epochs=4, size=20, steps=10)


def landscape():
    generator = torch.Generator().manual_seed(3)
    return NetworkLandscape(mlp(), cross_entropy, *labelled(generator, 6), weight_decay=0.01)


def never(*_):
    raise AssertionError("nothing was to be computed")


def test_a_folder_that_grew_loses_nothing_and_equals_one_whose_paths_came_last(tmp_path):
    with Run(tmp_path / "grown", landscape()) as run:
        run.train(3, DESCENT)
        run.connect("paths", TRAINING, together=2)
        minima, graph = run.minima, run.graph("paths")
        before = {name: run.store.tensors(PATH, name) for name in run.store.names(PATH)}
        run.train(5, DESCENT)
        run.train(3, DESCENT, progress=never)  # both are there
        run.train(5, DESCENT, progress=never)
        assert torch.equal(run.minima[:3], minima)
        kept = run.graph("paths")
        np.testing.assert_array_equal(kept.weights, graph.weights)
        assert kept.edges.tolist() == graph.edges.tolist() and len(kept) == 5
        run.connect("paths", TRAINING, together=2)
        for name, tensors in before.items():
            assert torch.equal(run.store.tensors(PATH, name)["controls"], tensors["controls"])
        grown = run.graph("paths")
    with Run(tmp_path / "last", landscape()) as run:
        run.train(3, DESCENT)
        run.train(5, DESCENT)
        run.connect("paths", TRAINING, together=2)
        last = run.graph("paths")
        assert run.ages == [0, 0, 0, 1, 1]
    np.testing.assert_array_equal(grown.values, last.values)
    np.testing.assert_array_equal(grown.weights, last.weights)
    assert len(grown.weights) == 10
    values = grown.values
    assert (np.diff(values[:3]) >= 0).all() and (np.diff(values[3:]) >= 0).all()


def test_later_networks_start_and_train_as_in_one_go(tmp_path):
    generator = torch.Generator().manual_seed(3)
    land = NetworkLandscape(cnn(), cross_entropy, *labelled(generator, 1, 8, 8, images=20))
    recipe = Descent(Cosine(0.03, 2), epochs=2, size=10, steps=20)
    with Run(tmp_path / "grown", land) as run, Run(tmp_path / "whole", land) as whole:
        run.train(2, recipe)
        run.train(4, recipe)
        whole.train(4, recipe)
        for name in map(str, range(4)):  # the same bits, since each is computed by itself
            one, other = (side.store.tensors(MINIMUM, name)["point"] for side in (run, whole))
            assert torch.equal(one, other)


def test_a_growth_that_is_interrupted_goes_on_and_hides_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("morseloss.networks.runs.run.SECONDS", 0.0)
    monkeypatch.setattr("morseloss.networks.runs.folders.arrivals.SECONDS", 0.0)
    with Run(tmp_path / "half", landscape()) as run:
        run.train(3, DESCENT)
        with pytest.raises(Interrupted):
            run.train(5, DESCENT, progress=stopping(3))
        assert run.store.names(STATE) == ["train from 3"] and len(run.minima) == 3
        with pytest.raises(StoreError, match=r"2 networks under way.*first, by `train\(5, "):
            run.train(4, DESCENT)  # their state is of five
        run.train(5, DESCENT)
        assert not run.store.names(STATE)
        minima = run.minima
        run.store.drop(STAGE, "train 1")  # as if killed before it was noted
        assert len(run.minima) == 3
        run.train(4, DESCENT)
        assert len(run.minima) == 4 == len(run.store.names(MINIMUM))
    with Run(tmp_path / "whole", landscape()) as run:
        run.train(3, DESCENT)
        run.train(5, DESCENT)
        assert torch.equal(run.minima, minima)


def test_another_recipe_or_fewer_networks_are_refused(tmp_path):
    other = Descent(Cosine(0.05, 6), epochs=6, size=10, steps=60)
    with Run(tmp_path, landscape()) as run:
        run.train(3, DESCENT)
        run.train(4, DESCENT)
        for count in (3, 4, 6):
            with pytest.raises(StoreError, match=r"`schedule.highest` is 0.03 there and 0.05 here"):
                run.train(count, other)
        with pytest.raises(StoreError, match="`networks` is 3 there and 2 here"):
            run.train(2, DESCENT)


@pytest.mark.filterwarnings(SLOPES)
def test_checkpoints_come_one_by_one_and_those_that_are_there_are_passed_over(tmp_path, generator):
    land = landscape()
    points = vectors(land, generator, n=5)
    with Run(tmp_path, land) as run:
        run.add(points[:1], "first", names=[Path("some/net1.pt")])
        run.add(points[1:3], "second", names=["a", "b"])
        run.connect("paths", TRAINING)
        heights = run.graph("paths").weights
        run.add(points[:4], "again", names=["x", "y", "z", "c"])  # one is new
        assert run.names is not None and sorted(run.names) == ["a", "b", "c", "net1.pt"]
        run.add(points[4:], "third")
        assert len(run.minima) == 5 and run.names[-1] == "4"
        run.add(points, "all of them")
        assert len(run.minima) == 5
        order = [int((point == points).all(1).nonzero()) for point in run.minima]
        assert sorted(order) == [0, 1, 2, 3, 4] and order[0] == 0 and order[3:] == [3, 4]
        run.connect("paths", TRAINING)
        graph = run.graph("paths")
        assert len(graph.weights) == 10 and graph.names == run.names
        assert set(heights) <= set(graph.weights)
        with pytest.raises(StoreError, match=r"the network of row 0 .* `finish` is None there"):
            run.add(points[[0, 0]], "first", finish=LBFGS())
        with pytest.raises(ValueError, match="`names` must be 1 names, one a network, got 2"):
            run.add(points[:1] + 1, "first", names=["a", "b"])
        ax = plot.graph(graph)
        assert {"net1.pt", "a", "b", "c"} <= {text.get_text() for text in ax.texts}


@pytest.mark.filterwarnings(SLOPES)
def test_networks_that_descend_are_known_by_what_came(tmp_path, generator):
    land = landscape()
    points = vectors(land, generator, n=3)
    with Run(tmp_path, land) as run:
        run.add(points[:2], "one", finish=LBFGS(), steps=30)
        minima = run.minima
        run.add(points, "two", finish=LBFGS(), steps=30)
        assert torch.equal(run.minima[:2], minima) and len(run.minima) == 3
        with pytest.raises(StoreError, match="other settings: `steps` is 30 there and 31"):
            run.add(points, "three", finish=LBFGS(), steps=31)


@pytest.mark.filterwarnings(SLOPES)
def test_checkpoints_may_follow_networks_that_were_trained(tmp_path, generator):
    land = landscape()
    with Run(tmp_path, land) as run:
        run.train(2, DESCENT)
        run.add(vectors(land, generator, n=1), "elsewhere", names=["mine"])
        assert run.names == ("0", "1", "mine")
        run.train(2, DESCENT, progress=never)
        run.train(3, DESCENT)
        assert run.ages == [0, 0, 1, 2]


@pytest.mark.parametrize("lost", [[RECORDS], [RECORDS, "morseloss-run.json"]])
def test_a_folder_that_grew_is_rescued_with_its_rows(tmp_path, lost):
    with Run(tmp_path, landscape()) as run:
        run.train(3, DESCENT)
        run.connect("paths", TRAINING)
        run.train(5, DESCENT)
        run.connect("paths", TRAINING)
        minima, weights = run.minima, run.graph("paths").weights
    for name in lost:
        (tmp_path / name).unlink()
    found = Run.rescue(tmp_path)
    assert found.complete and (found.networks, found.paths) == (5, {"paths": 10})
    with Archive(tmp_path) as archive:
        assert torch.equal(archive.minima, minima)
        np.testing.assert_array_equal(archive.graph("paths").weights, weights)


def test_where_a_later_network_is_lost_the_first_ones_stay(tmp_path):
    with Run(tmp_path, landscape()) as run:
        run.train(3, DESCENT)
        run.train(5, DESCENT)
        run.connect("paths", TRAINING)
        minima, weights = run.minima, run.graph("paths").weights
        file = tmp_path / "tensors" / run.store._file(MINIMUM, "4")
    file.unlink()
    found = Run.rescue(tmp_path)
    assert not found.complete and found.paths == {}
    with Run(tmp_path, landscape()) as run:
        assert torch.equal(run.minima, minima[:3])
        run.train(5, DESCENT)
    assert Run.rescue(tmp_path).paths == {"paths": 10}
    with Archive(tmp_path) as archive:
        assert torch.equal(archive.minima, minima)
        np.testing.assert_array_equal(archive.graph("paths").weights, weights)


def test_names_are_told_apart():
    assert short_names([Path("a/x.pt"), Path("b/x.pt")], 2) == ["a/x.pt", "b/x.pt"]
    assert short_names([Path("a/x.pt"), Path("a/y.pt")], 2) == ["x.pt", "y.pt"]
    assert short_names(["same", "same"], 2) == ["same", "same"]
    assert told_apart([{"name": "x"}, {}, {"name": "x"}]) == ("x (0)", "1", "x (2)")
    assert told_apart([{}, {}]) is None
    odd = ["x", "x", "x (0)", " y\n", "y", "", None, "z\x07z"]
    found = told_apart([{"name": name} for name in odd])
    assert found is not None and found[:2] == ("x (0) (0)", "x (1)")
    assert found[3:] == ("y (3)", "y (4)", "5", "6", "z z")
    names_of(found, len(odd), "names", once=True)  # so a graph takes them
    with pytest.raises(ValueError, match="must be 2 names, one a network, got 1"):
        short_names("ab", 2)
