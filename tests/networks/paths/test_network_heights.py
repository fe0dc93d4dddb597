import pytest
import torch
from torch import nn

import morseloss as ml
from morseloss.networks import NetworkLandscape
from morseloss.networks.loss.span import Span, spans
from morseloss.networks.paths.network_heights import network_heights
from tests.checks import close
from tests.networks.models import cross_entropy, labelled, mlp, vectors


class Watched(ml.Landscape):
    """Remembers how many rows were looked at in each call."""

    def __init__(self, whole, stop=None):
        self.whole, self.dim, self.rows, self.stop = whole, whole.dim, [], stop

    def value(self, points):
        self.rows.append(len(points))
        if self.stop is not None and len(self.rows) > self.stop:
            raise KeyboardInterrupt
        return self.whole.value(points)


@pytest.fixture
def land(generator):
    inputs, targets = labelled(generator, 6)
    return NetworkLandscape(mlp(), cross_entropy, inputs, targets, weight_decay=1e-2)


@pytest.fixture
def paths(land, generator):
    controls = vectors(land, generator, n=15).reshape(5, 3, -1)
    return ml.Paths(controls, ml.Bezier(), torch.ones(5, dtype=torch.long))


def test_parts_change_nothing_but_the_memory(land, paths):
    whole = ml.heights(land, paths)
    watched = Watched(land)
    parts = network_heights(watched, paths, rows=50, closing=36)
    assert max(watched.rows) <= 50
    close(parts.values, whole.values, 1e-12)
    close(parts.points, whole.points, 1e-6)
    close(parts.times, whole.times, 1e-6)


def test_the_height_is_that_of_a_dense_grid_and_no_less(land, paths):
    top = network_heights(land, paths)
    grid = paths.at(torch.linspace(0, 1, 4001, dtype=torch.float64))
    highest = torch.stack([land.value(line).max() for line in grid])
    assert (top.values >= highest - 1e-9).all()
    close(top.values, highest, 1e-6)


def test_paths_in_single_precision_are_measured_in_double(land, paths):
    single = ml.Paths(paths.controls.float(), paths.curve, paths.status)
    top = network_heights(land, single)
    assert top.values.dtype == torch.float64
    close(top.values, network_heights(land, paths).values, 1e-6)


def test_an_interrupt_hands_over_the_first_heights(land, paths):
    whole = network_heights(land, paths, rows=150, points=128)
    watched = Watched(land)
    network_heights(
        watched, ml.Paths(paths.controls[:1], paths.curve, paths.status[:1]), rows=150, points=128
    )
    with pytest.raises(ml.Interrupted) as stop:
        network_heights(Watched(land, stop=len(watched.rows)), paths, rows=150, points=128)
    close(stop.value.found.values, whole.values[:1])


def test_progress_counts_paths(land, paths):
    seen = []
    network_heights(land, paths, rows=300, points=128, progress=lambda *now: seen.append(now))
    assert seen == [(0, 5, 5), (2, 3, 5), (4, 1, 5)]


def test_no_paths_have_no_heights(land):
    none = ml.Paths(torch.zeros(0, 3, land.dim), ml.Bezier(), torch.zeros(0, dtype=torch.long))
    assert network_heights(land, none).points.shape == (0, land.dim)


def test_bad_counts_are_refused(land, paths):
    with pytest.raises(ValueError, match="`rows`"):
        network_heights(land, paths, rows=0)
    with pytest.raises(ValueError, match="`points`"):
        network_heights(land, paths, points=0)


def wide(generator, images=30, weight_decay=0.3, bias=True):
    inputs, targets = labelled(generator, 40, images=images)
    module = nn.Sequential(
        nn.Linear(40, 4, bias=bias), nn.Tanh(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 3)
    )
    return NetworkLandscape(
        module, cross_entropy, inputs, targets, weight_decay=weight_decay, chunk=11
    )


@pytest.mark.parametrize("bias", [True, False])
def test_first_layers_of_the_control_points_serve_all_points(bias, generator):
    land = wide(generator, bias=bias)
    paths = ml.Paths(
        vectors(land, generator, n=15).reshape(3, 5, -1), ml.Bezier(), torch.ones(3).long()
    )
    assert spans(land, 5)
    span = Span(land, paths.controls[0])
    weights = torch.rand(7, 5, generator=generator, dtype=torch.float64)
    close(span.value(weights), land.value(weights @ paths.controls[0]), 1e-13)
    found, plain = network_heights(land, paths, closing=36), ml.heights(land, paths)
    close(found.values, plain.values, 1e-13)
    close(found.times, plain.times, 1e-6)
    close(found.points, plain.points, 1e-5)


def test_where_nothing_is_saved_there_is_no_span(land, generator, monkeypatch):
    assert not spans(land, 3)  # 3 times 5 units of 6 inputs
    assert not spans(ml.analytic.Himmelblau(), 3)
    assert not spans(wide(generator), 6)
    assert spans(wide(generator), 5)
    monkeypatch.setattr("morseloss.networks.loss.span.BYTES", 5 * 4 * 30 * 8 - 1)
    assert not spans(wide(generator), 5)
