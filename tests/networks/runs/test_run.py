"""A run gives one barcode, however often it was interrupted."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.links import Training, link
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.kinds import MINIMUM, PATH, STAGE, STATE
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import TENSORS, StoreError
from morseloss.networks.training.convergence import converge
from morseloss.networks.training.course import Descent
from morseloss.networks.training.initial import initial
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.schedules import Cosine
from morseloss.status import Interrupted
from tests.networks.models import cross_entropy, labelled, mlp, vectors
from tests.networks.runs.interrupted import stopping

SLOPES = "ignore:.*no minim:UserWarning"  # random vectors are none
TRAINING = Training(ml.BezierCurve(steps=30, samples=2), max_steps=30, size=10)
DESCENT = Descent(Cosine(0.03, 6), epochs=6, size=10, steps=60)


def landscape(decay=0.01):
    generator = torch.Generator().manual_seed(3)
    return NetworkLandscape(mlp(), cross_entropy, *labelled(generator, 6), weight_decay=decay)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Minima, and heights of two repeats, of a run that nothing interrupts."""
    with Run(tmp_path_factory.mktemp("whole"), landscape()) as run:
        run.train(4, DESCENT)
        run.connect("bezier", TRAINING, repeats=2, together=4)
        return run.minima, [run.graph("bezier", repeat).weights for repeat in (0, 1)]


@pytest.mark.parametrize("after", [0, 3, 7])
def test_an_interrupted_training_ends_with_the_same_bits(after, whole, tmp_path, monkeypatch):
    monkeypatch.setattr("morseloss.networks.runs.run.SECONDS", 0.0)
    monkeypatch.setattr("morseloss.networks.runs.folders.arrivals.SECONDS", 0.0)
    with Run(tmp_path, landscape()) as run, pytest.raises(Interrupted):
        run.train(4, DESCENT, progress=stopping(after))
    with Run(tmp_path, landscape()) as run:
        assert not run.store.names(MINIMUM)
        assert ("train" in run.store.names(STATE)) == (after > 0)
        run.train(4, DESCENT)
        assert torch.equal(run.minima, whole[0])
        assert not run.store.names(STATE)
        run.train(4, DESCENT, progress=stopping(0))  # done: nothing is computed


@pytest.mark.parametrize("after", [0, 9, 20])
def test_interrupted_paths_end_with_the_same_bits(after, whole, tmp_path):
    with Run(tmp_path, landscape()) as run:
        run.train(4, DESCENT)
        with pytest.raises(Interrupted):
            run.connect("bezier", TRAINING, repeats=2, together=4, progress=stopping(after))
    with Run(tmp_path, landscape()) as run:
        assert len(run.store.names(PATH)) < 12
        run.connect("bezier", TRAINING, repeats=2, together=4)
        assert run.labels == {"bezier": 2}
        for repeat in (0, 1):
            np.testing.assert_array_equal(run.graph("bezier", repeat).weights, whole[1][repeat])


def test_a_folder_can_be_read_beside_the_process_that_writes(tmp_path, whole):
    with Run(tmp_path, landscape()) as run:
        run.train(4, DESCENT)
        run.connect("bezier", TRAINING, together=4)
        with Archive(tmp_path) as archive:
            assert torch.equal(archive.minima, whole[0])
            assert archive.labels == {"bezier": 1}
            np.testing.assert_array_equal(archive.graph("bezier").weights, whole[1][0])
            assert [m["value"] for m in archive.measures] == archive.graph("bezier").values.tolist()
            assert repr(archive).startswith("Archive(Store(")


def test_repeats_differ_and_are_upper_bounds_of_the_same_passes(whole):
    first, second = whole[1]
    assert (first != second).any()
    np.testing.assert_allclose(first, second, rtol=0.5)


def test_minima_are_sorted_and_their_measures_are_kept(tmp_path):
    land = landscape()
    with Run(tmp_path, land) as run:
        run.train(4, DESCENT)
        values = land.value(run.minima)
        assert bool((values[1:] >= values[:-1]).all())
        records = [run.store.record(MINIMUM, str(row)) for row in range(4)]
        norms = sorted(record["gradient_norm"] for record in records)
        torch.testing.assert_close(
            torch.tensor(norms).double(), land.gradient(run.minima).norm(dim=1).sort().values
        )
        assert {record["status"] for record in records} <= {"converged", "stalled", "running"}


@pytest.mark.filterwarnings(SLOPES)
def test_given_networks_take_the_place_of_training(tmp_path, generator):
    land = landscape()
    points = vectors(land, generator, n=3)
    with Run(tmp_path, land) as run:
        with pytest.raises(StoreError, match="holds no minima yet; train first"):
            run.connect("any", TRAINING)
        with pytest.raises(ValueError, match="`executor` has no work without `finish`"):
            run.add(points, "elsewhere", executor=map)
        run.add(points, "elsewhere")
        run.add(points, "elsewhere")
        order = land.value(points).argsort()
        assert torch.equal(run.minima, points[order])
        with pytest.raises(StoreError, match="the networks are given there and trained here"):
            run.train(3, DESCENT)
        run.connect("some", TRAINING, pairs=[(2, 0)])
        graph = run.graph("some")
        assert graph.edges.tolist() == [[0, 2]]
        run.connect("some", TRAINING)
        assert run.graph("some").edges.tolist() == [[0, 1], [0, 2], [1, 2]]
        assert run.graph("some").weights[1] == graph.weights[0]
        assert not graph.exact.any()


@pytest.mark.filterwarnings(SLOPES)
def test_only_pairs_that_decide_the_bars_are_joined_in_earnest(tmp_path, generator):
    land = landscape()
    cheap = Training(ml.BezierCurve(steps=2, samples=2), max_steps=2, size=10)
    points = vectors(land, generator, n=5)
    with Run(tmp_path / "all", land) as run:
        run.add(points, "elsewhere")
        run.connect("cheap", cheap)
        found = run.span("full", TRAINING, cheap="cheap")
        assert 4 <= found.measured.sum() == len(run.graph("full").edges) < 10
        best = run.best("cheap", "full")
        np.testing.assert_array_equal(best.weights, found.graph.weights)
        np.testing.assert_array_equal(ml.barcode(best).deaths, found.bars.deaths)
        again = run.span("full", TRAINING, cheap="cheap")
        np.testing.assert_array_equal(again.graph.weights, found.graph.weights)
    with Run(tmp_path / "some", land) as run:
        run.add(points, "elsewhere")
        run.connect("cheap", cheap, pairs=[(0, 1)])
        with pytest.raises(StoreError, match="1 of 10 pairs of label 'cheap'"):
            run.span("full", TRAINING, cheap="cheap")


@pytest.mark.filterwarnings(SLOPES)
def test_the_best_graph_has_the_lowest_path_of_each_pair(tmp_path, generator):
    land = landscape()
    with Run(tmp_path, land) as run:
        run.add(vectors(land, generator, n=3), "elsewhere")
        run.connect("one", TRAINING, repeats=2)
        run.connect("two", TRAINING, pairs=[(0, 2)])
        first, second, other = run.graph("one"), run.graph("one", 1), run.graph("two")
        lowest = np.minimum(first.weights, second.weights)
        np.testing.assert_array_equal(run.best("one").weights, lowest)
        lowest[1] = min(lowest[1], other.weights[0])
        np.testing.assert_array_equal(run.best("one", "two").weights, lowest)
        with pytest.raises(StoreError, match=r"'three'; there are 'one' \(2 repeats\)"):
            run.best("three")


def test_runs_that_blow_up_are_kept_and_are_no_minima(tmp_path):
    with Run(tmp_path, landscape()) as run:
        run.train(3, Descent(Cosine(1e300, 2), epochs=2, size=10, steps=10))
        assert {run.store.record(MINIMUM, str(row))["status"] for row in range(3)} == {"nonfinite"}
        assert run.store.tensors(MINIMUM, "0")["point"].isfinite().all()
        with pytest.raises(StoreError, match="all its runs failed"):
            _ = run.minima


def test_a_height_is_that_of_the_path_on_all_images(generator):
    land = landscape()
    ends = vectors(land, generator, n=2)
    found = link(land, ends[:1], ends[1:], TRAINING, generator=generator)
    times = torch.linspace(0, 1, 2001, dtype=torch.float64)
    points = found.curve.weights(times, 3) @ found.controls[0]
    highest = land.value(points).max()
    assert highest <= found.heights[0] <= highest + 1e-5
    top = found.curve.weights(found.times, 3) @ found.controls[0]
    torch.testing.assert_close(land.value(top), found.heights)
    assert repr(found) == f"Links(1 path up to {float(found.heights):.6g})"


def test_single_precision_is_for_the_training_alone(generator):
    land = landscape()
    ends = vectors(land, generator, n=2)
    training = Training(TRAINING.method, 30, 10, dtype=torch.float32)
    found = link(land, ends[:1], ends[1:], training, generator=generator)
    assert found.controls.dtype == torch.float32
    assert found.heights.dtype == torch.float64


def test_an_aligned_path_ends_at_a_copy_of_the_same_loss(generator):
    land = landscape()
    ends = vectors(land, generator, n=2)
    training = Training(TRAINING.method, 30, 10, aligned=True)
    found = link(land, ends[:1], ends[1:], training, generator=generator)
    copy = found.controls[0, -1]
    torch.testing.assert_close(land.value(copy[None]), land.value(ends[1:]))
    assert (copy - ends[0]).norm() < (ends[1] - ends[0]).norm()


def test_minima_that_a_killed_stage_left_behind_are_none_of_the_next(tmp_path):
    with Run(tmp_path, landscape()) as run:
        run.train(4, DESCENT)
        run.store.drop(STAGE, "train")  # as if killed before it was noted
        run.train(2, DESCENT)
        assert len(run.minima) == 2
        assert len(list((tmp_path / TENSORS).iterdir())) == 2


@pytest.mark.filterwarnings(SLOPES)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"label": "a:b"}, "a name without `:`"),
        ({"label": ""}, "a name without `:`"),
        ({"repeats": 0}, "`repeats` and `together` 1 or more"),
        ({"together": 0}, "`repeats` and `together` 1 or more"),
        ({"pairs": [(0, 0)]}, r"two different minima of 2 each, got \[\(0, 0\)\]"),
        ({"pairs": [(0, 5)]}, r"two different minima of 2 each, got \[\(0, 5\)\]"),
    ],
)
def test_what_makes_no_sense_is_refused(options, words, tmp_path, generator):
    land = landscape()
    with Run(tmp_path, land) as run:
        run.add(vectors(land, generator, n=2), "elsewhere")
        with pytest.raises(ValueError, match=words):
            run.connect(**{"label": "any", "training": TRAINING, **options})
        with pytest.raises(StoreError, match="holds no paths of label 'other' and repeat 0"):
            run.graph("other")


def test_training_of_paths_needs_positive_numbers():
    with pytest.raises(ValueError, match="must be 1 or more, got 0, None and 64"):
        Training(TRAINING.method, 0)


@pytest.mark.filterwarnings(SLOPES)
def test_paths_of_a_folder_can_be_had_again(tmp_path, generator):
    land = landscape()
    with Run(tmp_path, land) as run:
        run.add(vectors(land, generator, n=3), "elsewhere")
        run.connect("one", TRAINING, pairs=[(1, 2), (0, 1)])
        paths, graph = run.paths("one"), run.graph("one")
        assert repr(paths) == "Paths(2 Bezier(), 3 control points: 2 converged)"
        for row, (i, j) in enumerate(graph.edges):
            assert torch.equal(paths.controls[row, [0, -1]], run.minima[[i, j]])
        tops = ml.heights(land, paths).values.numpy()
        np.testing.assert_allclose(tops, graph.weights, rtol=1e-6)
        with pytest.raises(StoreError, match="holds no paths of label 'two' and repeat 0"):
            run.paths("two")


def test_runs_that_ran_away_are_no_minima(tmp_path):
    with Run(tmp_path, landscape()) as run:
        run.train(3, Descent(Cosine(1e8, 2), epochs=2, size=10, steps=3))
        assert {run.store.record(MINIMUM, str(row))["status"] for row in range(3)} == {"diverged"}
        with pytest.raises(StoreError, match="all its runs failed"):
            _ = run.minima


def sloping(land, generator, n=3):
    """Networks trained a little by plain descent, as checkpoints are."""
    points = initial(land, n, generator=generator)
    for _ in range(60):
        points = points - 0.3 * land.gradient(points)
    return points


def test_networks_on_a_slope_are_told_when_they_are_added_and_when_paths_show_it(
    tmp_path, generator
):
    land = landscape()
    points = sloping(land, generator)
    norms = land.gradient(points).norm(dim=1)
    with Run(tmp_path, land) as run:
        with pytest.warns(UserWarning, match="3 of 3 networks of 'sgd' are no minima yet") as told:
            run.add(points, "sgd")
        assert all(f"{norm:.1e}" in str(told[0].message) for norm in norms.tolist())
        assert "finish=LBFGS()" in str(told[0].message)
        with pytest.warns(UserWarning, match=r"networks? .* of .* no minim.*`--finish`"):
            run.connect("paths", Training(SweptCurve(steps=300), 300))
    with Archive(tmp_path) as archive:
        found = archive.descending("paths")
        assert found and found == archive.descending()
        with pytest.warns(UserWarning, match="no minim"):
            graph = archive.graph("paths")
        graph = archive.graph("paths")  # told once
        for row, fall in found.items():
            others = [edge for edge in range(3) if row in graph.edges[edge]]
            assert graph.values[row] in graph.weights[others]
            assert fall > 1e-6


def test_networks_that_descend_first_are_minima_and_nothing_is_told(tmp_path, generator):
    land = landscape()
    points = sloping(land, generator)
    with Run(tmp_path, land) as run:
        run.add(points, "sgd", finish=LBFGS())
        run.add(points, "sgd", finish=LBFGS())  # there already
        assert all(m["gradient_norm"] <= 1e-5 for m in run.measures)
        assert {m["status"] for m in run.measures} == {"converged"}
        wanted = converge(land, points)
        assert torch.equal(run.minima, wanted.points[wanted.values.argsort()])
        with pytest.raises(StoreError, match=r"`finish` is LBFGS.* there and None here"):
            run.add(points, "sgd")
        run.connect("paths", Training(SweptCurve(steps=300), 300))
        assert run.descending() == {}
        assert (ml.barcode(run.graph("paths")).lifetimes > 0).all()


def test_an_interrupted_descent_goes_on_with_the_same_bits(tmp_path, generator, monkeypatch):
    monkeypatch.setattr("morseloss.networks.runs.run.SECONDS", 0.0)
    monkeypatch.setattr("morseloss.networks.runs.folders.arrivals.SECONDS", 0.0)
    land = landscape()
    points = sloping(land, generator)
    with Run(tmp_path / "half", land) as run, pytest.raises(Interrupted):
        run.add(points, "sgd", finish=LBFGS(gtol=1e-9), progress=stopping(2))
    with Run(tmp_path / "half", land) as run, Run(tmp_path / "whole", land) as whole:
        assert [name.split()[0] for name in run.store.names(STATE)] == ["finish"]
        run.add(points, "sgd", finish=LBFGS(gtol=1e-9))
        whole.add(points, "sgd", finish=LBFGS(gtol=1e-9))
        assert not run.store.names(STATE)
        assert torch.equal(run.minima, whole.minima)


def test_too_few_steps_are_told_with_their_remedy(tmp_path, generator):
    land = landscape()
    with (
        Run(tmp_path, land) as run,
        pytest.warns(UserWarning, match=r"by more `steps`.*`finish=Rounding"),
    ):
        run.add(sloping(land, generator), "sgd", finish=LBFGS(), steps=2)


def test_points_that_do_not_fit_are_refused(tmp_path):
    land = landscape()
    points = torch.zeros(3, land.dim, dtype=torch.float64)
    points[1] = 1e200
    with Run(tmp_path, land) as run:
        with pytest.raises(ValueError, match=r"the losses of rows \[1\] are not finite"):
            run.add(points, "elsewhere")
        with pytest.raises(ValueError, match="`points` must be a floating-point tensor of shape"):
            run.add(points[:, 1:], "elsewhere")


def test_paths_between_copies_of_one_network_show_no_slope(tmp_path, generator):
    land = landscape()
    one = converge(land, initial(land, 1, generator=generator), LBFGS(gtol=1e-8)).points
    order = torch.randperm(5, generator=generator)
    parts = {name: part[0] for name, part in land.pure.layout.split(one).items()}
    parts["1.weight"], parts["1.bias"] = parts["1.weight"][order], parts["1.bias"][order]
    parts["3.weight"] = parts["3.weight"][:, order]
    with Run(tmp_path, land) as run:
        run.add(torch.cat([one, land.pure.layout.join(parts)[None]]), "copies")
        run.connect("paths", TRAINING)
        run.connect("aligned", Training(TRAINING.method, 30, 10, aligned=True))
        assert run.descending() == {}


def test_labels_that_are_not_there_are_named_with_those_that_are(tmp_path):
    with Run(tmp_path, landscape()) as run:
        run.train(3, DESCENT)
        run.connect("paths", TRAINING)
        for labels in (["algined"], ["paths", "algined"]):
            with pytest.raises(StoreError, match=r"'algined'; there are 'paths' \(1 repeat\)"):
                run.best(*labels)
