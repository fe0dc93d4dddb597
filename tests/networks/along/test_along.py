"""Measures along paths against networks taken one by one, on any data and in any form."""

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape, Relay, along, error_rate, lines, relay
from morseloss.search.paths.curve import Bezier, Paths
from tests.networks.models import cross_entropy, labelled, mlp, vectors


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def land():
    x, y = labelled(seeded(), 6)
    return NetworkLandscape(mlp(), cross_entropy, x, y, weight_decay=0.1, chunk=16)


@pytest.fixture(scope="module")
def ends(land):
    return vectors(land, seeded(1), 4, 1.0)


def test_every_measure_is_that_of_the_network_at_its_point(land, ends):
    pairs = lines(ends[:2], ends[2:])
    found = along(land, pairs, times=5, rows=3)
    points = pairs.at(found.times)
    for path in range(2):
        torch.testing.assert_close(found.values[path], land.value(points[path]))
        for time in range(5):
            with torch.no_grad():
                outputs = land.outputs(points[path, time][None], land.inputs.double())[0]
            loss = cross_entropy(outputs, land.targets)
            wrong = (outputs.argmax(1) != land.targets).double().mean()
            torch.testing.assert_close(found.measures["loss"][path, time], loss)
            torch.testing.assert_close(found.measures["error"][path, time], wrong)


def test_a_test_set_is_another_landscape_of_the_same_module(land, ends):
    x, y = labelled(seeded(7), 6, images=15)
    test = NetworkLandscape(land.pure.module, cross_entropy, x, y)
    found = along(test, lines(ends[:1], ends[1:2]), times=3)
    assert found.images == 15
    torch.testing.assert_close(found.values, found.measures["loss"])
    torch.testing.assert_close(found.values[0, :1], test.value(ends[:1]))


def test_metrics_of_ones_own_see_all_images_at_once(land, ends):
    seen = []

    def spread(outputs, targets):
        seen.append((tuple(outputs.shape), tuple(targets.shape)))
        return outputs.max() - outputs.min()

    found = along(land, lines(ends[:1], ends[1:2]), times=2, metrics={"spread": spread})
    assert set(found.measures) == {"loss", "spread"}
    assert set(seen) == {((40, 3), (40,))}
    outputs = land.outputs(ends[:2], land.inputs.double()).detach()
    torch.testing.assert_close(
        found.measure("spread")[0], outputs.flatten(1).amax(1) - outputs.flatten(1).amin(1)
    )


def test_single_precision_stays_single(land, ends):
    found = along(land, lines(ends[:1].float(), ends[1:2].float()), times=3)
    assert found.values.dtype == found.measures["error"].dtype == torch.float32
    whole = along(land, lines(ends[:1], ends[1:2]), times=3)
    torch.testing.assert_close(found.values.double(), whole.values, rtol=1e-5, atol=1e-5)


def test_ways_of_a_relay_are_walked_through_their_stations(land, ends):
    quick = Relay(size=10, first=10, join=5, descent=5, stations=3)
    ways = relay(land, ends[:2], quick, budget=1, generator=seeded())
    found = along(land, ways, times=9)
    torch.testing.assert_close(found.values[0, 2:-2:2], land.value(ways.stations))
    torch.testing.assert_close(found.values[0, [0, -1]], ways.values[ways.pairs[0]])
    assert found.values.max() <= ways.tops[-1, 0] + 1e-6
    second = Paths(ways.controls[1:2], Bezier(), ways.status).at(torch.tensor([0.5]).double())
    torch.testing.assert_close(found.values[0, 3], land.value(second[0])[0])


def test_curvature_is_that_of_the_points_on_the_path(land, ends):
    pairs = lines(ends[:2], ends[2:])
    found = along(land, pairs, times=3, lanczos=30, probes=4, generator=seeded())
    dense = torch.linalg.eigvalsh(land.hessian(pairs.at(found.times).flatten(0, 1)))
    largest = dense[:, -1].reshape(2, 3)
    torch.testing.assert_close(found.measure("largest"), largest, rtol=1e-6, atol=0)
    assert found.measure("trace").shape == (2, 3)


def test_the_statistics_of_batch_normalisation_are_told(land, ends):
    module = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Linear(5, 3))
    x, y = labelled(seeded(), 6)
    normed = NetworkLandscape(module, cross_entropy, x, y)
    points = vectors(normed, seeded(1), 2)
    found = along(normed, lines(points[:1], points[1:]), times=2)
    assert "statistics of 40 images at each point" in found.convention
    torch.testing.assert_close(found.values[0], normed.value(points))
    assert "no batch normalisation" in along(land, lines(ends[:1], ends[1:2]), times=2).convention


def test_regressions_have_no_error_rate(land, ends):
    x = torch.randn(10, 6, generator=seeded())
    line = NetworkLandscape(mlp(), nn.functional.mse_loss, x, torch.zeros(10, 3))
    assert set(along(line, lines(ends[:1], ends[1:2]), times=2).measures) == {"loss"}


def test_error_rates_of_sequences_count_each_place():
    outputs = torch.eye(3)[None].expand(2, 3, 3)
    targets = torch.tensor([[0, 1, 2], [0, 0, 0]])
    assert float(error_rate(outputs, targets)) == pytest.approx(2 / 6)


def test_a_table_has_a_line_a_time(land, ends):
    table = along(land, lines(ends[:1], ends[1:2]), times=3).table().splitlines()
    assert table[0].split() == ["time", "value", "loss", "error"]
    assert [line.split()[0] for line in table[1:]] == ["0.0000", "0.5000", "1.0000"]


def test_what_does_not_fit_is_refused_with_a_way(land, ends):
    pair = lines(ends[:1], ends[1:2])
    with pytest.raises(ValueError, match="needs a `generator`"):
        along(land, pair, lanczos=5)
    with pytest.raises(ValueError, match="under names other than"):
        along(land, pair, metrics={"loss": error_rate})
    with pytest.raises(ValueError, match="one number for all images"):
        along(land, pair, times=2, metrics={"wide": lambda outputs, _: outputs})
    with pytest.raises(ValueError, match="from 0 to 1"):
        along(land, pair, times=torch.tensor([0.0, 2.0]))
    with pytest.raises(ValueError, match="`paths` must be Paths"):
        along(land, ends)
    with pytest.raises(ValueError, match="one shape"):
        lines(ends[:1], ends)
    with pytest.raises(ValueError, match="`name` must be one of"):
        along(land, pair, times=2).measure("largest")
