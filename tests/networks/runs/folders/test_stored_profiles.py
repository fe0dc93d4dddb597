"""Pictures of stored paths cost no evaluation."""

import time

import numpy as np
import pytest
import torch

from morseloss import plot
from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.relay import Relay
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.folders.stored_profiles import PROFILE, stored_profiles
from morseloss.networks.runs.kinds import PATH
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import StoreError
from tests.networks.models import cross_entropy, labelled, mlp, vectors

pytestmark = pytest.mark.filterwarnings("ignore:.*no minim:UserWarning")
TRAINING = Training(SweptCurve(steps=5), 5, 10)


def landscape():
    generator = torch.Generator().manual_seed(3)
    return NetworkLandscape(mlp(), cross_entropy, *labelled(generator, 6), weight_decay=0.01)


def test_forty_five_stored_paths_are_drawn_within_a_second_from_the_folder_alone(
    tmp_path, generator
):
    land = landscape()
    with Run(tmp_path, land) as run:
        run.add(vectors(land, generator, n=10), "elsewhere")
        run.connect("paths", TRAINING)
    with Archive(tmp_path) as archive:
        plot.heights(archive, "paths")  # matplotlib comes
        begun = time.process_time()
        ax = plot.heights(archive, "paths")
        assert time.process_time() - begun < 1.0
        lines = [line for line in ax.lines if len(line.get_xdata()) > 2]
        assert len(lines) == 45 and lines[0].get_label() == "0 – 1"
        diamonds = [line for line in ax.lines if line.get_marker() == "D"]
        tops = [float(line.get_ydata()[0]) for line in diamonds]
        np.testing.assert_allclose(tops, archive.graph("paths").weights, rtol=1e-12)


def test_profiles_are_the_losses_along_the_paths_by_length(tmp_path, generator):
    land = landscape()
    with Run(tmp_path, land) as run:
        run.add(vectors(land, generator, n=3), "elsewhere", names=["a", "b", "c"])
        run.connect("paths", TRAINING, repeats=2)
        found, paths = stored_profiles(run, "paths", 1), run.paths("paths", 1)
        assert repr(found) == "StoredProfiles(3 paths at 66 points each)"
        assert found.names[0] == f"{run.names[0]} – {run.names[1]}"
        measures = run.measures
    fine = torch.linspace(0, 1, 4001, dtype=torch.float64)
    for row, points in enumerate(paths.at(fine)):
        behind = torch.cat([fine[:1], points.diff(dim=0).norm(dim=1).cumsum(0)])
        values = land.value(points).numpy()
        told = np.interp(found.lengths[row], (behind / behind[-1]).numpy(), values)
        np.testing.assert_allclose(found.values[row], told, atol=0.02 * np.ptp(values))
        for end in (0, 1):
            value = measures[found.pairs[row, end]]["value"]
            np.testing.assert_allclose(found.values[row, -end], value)
        assert found.values[row].max() == found.tops[row, 1]
        assert found.lengths[row][found.values[row].argmax()] == found.tops[row, 0]
        assert (np.diff(found.lengths[row]) >= 0).all()


def test_paths_of_earlier_versions_get_their_profiles_once(tmp_path, generator):
    land = landscape()
    with Run(tmp_path, land) as run:
        run.add(vectors(land, generator, n=3), "elsewhere")
        run.connect("paths", TRAINING)
        wanted = stored_profiles(run, "paths")
        for name in run.store.names(PATH):
            tensors = run.store.tensors(PATH, name)
            del tensors[PROFILE]
            run.store.put(PATH, name, run.store.record(PATH, name), tensors)
    with Archive(tmp_path) as archive, pytest.raises(StoreError, match=r"3 paths .* without the l"):
        plot.heights(archive, "paths")
    calls = []
    with Run(tmp_path, land) as run:
        found = stored_profiles(run, "paths", progress=lambda *told: calls.append(told))
        assert calls[0] == (0, 3, 3)
        np.testing.assert_allclose(found.values, wanted.values, rtol=1e-12)
        np.testing.assert_array_equal(found.tops, wanted.tops)
        plot.heights(run, ("paths", 0))
        calls.clear()
        stored_profiles(run, "paths", progress=lambda *told: calls.append(told))
        assert not calls
    with Archive(tmp_path) as archive:
        assert len(stored_profiles(archive, "paths")) == 3


def test_relays_labels_and_graphs_that_have_no_profiles_are_told_with_the_way_out(
    tmp_path, generator
):
    land = landscape()
    with Run(tmp_path, land) as run:
        run.add(vectors(land, generator, n=2), "elsewhere")
        with pytest.raises(ValueError, match=r"as in `heights\(run, label\)`.* holds no paths yet"):
            plot.heights(run)
        run.connect("paths", TRAINING)
        assert len(plot.heights(run).lines) == len(plot.heights(run, "paths").lines)
        run.relay("relay", Relay(first=10, join=10, size=10), budget=10)
        with pytest.raises(ValueError, match="got none; it holds 'paths', 'relay'"):
            plot.heights(run)
        with pytest.raises(ValueError, match="`paths` must be the graph or the `Paths` along"):
            plot.heights(land)
        with pytest.raises(StoreError, match="'relay' is a relay"):
            plot.heights(run, "relay")
        with pytest.raises(StoreError, match="holds no paths of label 'other'"):
            plot.heights(run, "other")
        with pytest.raises(ValueError, match=r"of a run are `heights\(run, label\)`"):
            plot.heights(land, run.graph("paths"))
        with pytest.raises(StoreError, match="holds no paths of label 'paths' and repeat 3"):
            plot.heights(run, ("paths", 3))


def test_computed_profiles_of_networks_have_the_top_that_is_stored(tmp_path, generator):
    land = landscape()
    with Run(tmp_path, land) as run:
        run.add(vectors(land, generator, n=3), "elsewhere")
        run.connect("paths", TRAINING)
        drawn = plot.heights(land, run.paths("paths"))
        tops = [float(one.get_ydata()[0]) for one in drawn.lines if one.get_marker() == "D"]
        np.testing.assert_allclose(tops, run.graph("paths").weights, rtol=1e-12)
