"""Paths of a label may end at copies in one frame, of each network one."""

import pytest
import torch

import morseloss as ml
from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.runs.kinds import STAGE
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import StoreError
from morseloss.networks.symmetry.universe import universe
from tests.networks.models import cross_entropy, labelled, mlp, vectors

pytestmark = pytest.mark.filterwarnings("ignore:.*no minim:UserWarning")  # random vectors are none
TRAINING = Training(ml.BezierCurve(steps=5, samples=2), max_steps=5, size=10)


def landscape():
    generator = torch.Generator().manual_seed(3)
    return NetworkLandscape(mlp(), cross_entropy, *labelled(generator, 6), weight_decay=0.01)


@pytest.fixture
def run(tmp_path, generator):
    with Run(tmp_path, landscape()) as run:
        run.add(vectors(run.landscape, generator), "random")
        yield run


def test_all_paths_of_a_network_end_at_one_copy_of_it(run):
    frame = universe(run.landscape, run.minima)
    run.connect("frame", TRAINING, frame=frame)
    graph, paths = run.graph("frame"), run.paths("frame")
    ends = torch.stack([paths.controls[:, 0], paths.controls[:, -1]], 1)
    assert torch.equal(ends, frame[torch.tensor(graph.edges)])
    torch.testing.assert_close(torch.tensor(graph.values), run.landscape.value(frame))
    run.connect("frame", TRAINING, frame=frame)  # all there: nothing is computed


def test_without_a_frame_the_stage_is_what_it_was_and_another_frame_is_told_apart(run):
    run.connect("plain", TRAINING)
    assert set(run.store.record(STAGE, "paths plain")["settings"]) == {"training", "together"}
    frame = universe(run.landscape, run.minima)
    run.connect("frame", TRAINING, frame=frame)
    for other in (None, run.minima):
        with pytest.raises(StoreError, match="frame"):
            run.connect("frame", TRAINING, frame=other)
    with pytest.raises(StoreError, match="frame"):
        run.connect("plain", TRAINING, frame=frame)


def test_what_is_no_frame_of_the_minima_is_refused(run):
    frame = universe(run.landscape, run.minima)
    with pytest.raises(ValueError, match="each of the 4 minima, got 3"):
        run.connect("frame", TRAINING, frame=frame[:3])
    with pytest.raises(ValueError, match="row 0 of `frame` is no copy of minimum 0"):
        run.connect("frame", TRAINING, frame=frame.flip(0))
    with pytest.raises(ValueError, match="aligned=False"):
        run.connect("frame", Training(TRAINING.method, 5, 10, aligned=True), frame=frame)
    with pytest.raises(ValueError, match="shape"):
        run.connect("frame", TRAINING, frame=frame[:, 1:])
    assert not run.labels
