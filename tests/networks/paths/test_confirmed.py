"""Tops that are searched in single precision are those of a search in double precision."""

import copy

import pytest
import torch
from torch import nn

import morseloss as ml
from morseloss.landscapes.wrappers import Counted
from morseloss.networks import NetworkLandscape, network_heights
from morseloss.networks.paths.confirmed import confirmed
from tests.networks.loss.engines.test_layouts import Attending, pictures
from tests.networks.models import Skip, cross_entropy, labelled, mlp, vectors

CURVES = [(ml.Bezier(), 5), (ml.Polyline(), 4)]


def some_paths(generator, curve, controls, dim=3, count=40, size=1.0):
    points = size * torch.randn(count, controls, dim, generator=generator, dtype=torch.float64)
    return ml.Paths(points, curve, torch.ones(count, dtype=torch.long))


def apart(land, paths, **options):
    """By which part of itself a top is higher than in double precision, and both."""
    found = network_heights(land, paths, search=torch.float32, **options)
    wanted = network_heights(land, paths, search=torch.float64, **options)
    return (found.values - wanted.values) / wanted.values.abs(), found, wanted


def waves(height):
    return lambda x: 1 + height * torch.sin(3 * x[:, 0]) * torch.cos(2 * x[:, 1]) * (1 + x[:, 2])


@pytest.mark.parametrize(("curve", "controls"), CURVES)
@pytest.mark.parametrize(("height", "close"), [(0.3, 1e-9), (1e-4, 3e-8)])
def test_tops_of_smooth_functions_are_no_lower(curve, controls, height, close, generator):
    land = ml.Function(waves(height), dim=3)
    paths = some_paths(generator, curve, controls)
    more, found, wanted = apart(land, paths)
    assert -close < float(more.min()) and float(more.max()) < 1e-6
    assert torch.equal(land.value(found.points), found.values)
    assert torch.equal(found.points, paths.at(found.times[:, None])[:, 0])
    torch.testing.assert_close(found.sampled, wanted.sampled, rtol=0, atol=1e-6)
    assert bool((found.sampled <= found.values[:, None]).all())


@pytest.mark.parametrize(("curve", "controls"), CURVES)
def test_tops_at_kinks_are_lower_by_roundings_of_single_precision_at_most(
    curve, controls, generator
):
    def kinks(x):
        return 2 - (x[:, 0] - 0.3).abs() - 0.5 * (x[:, 1] + 0.2).abs() + 0.2 * x[:, 0] ** 2

    _, found, wanted = apart(ml.Function(kinks, dim=3), some_paths(generator, curve, controls))
    low = (wanted.values - found.values) / wanted.sampled.abs().amax(1)
    assert float(low.max()) < 16 * torch.finfo(torch.float32).eps


def test_ends_are_those_of_double_precision_to_the_bit(generator):
    land = ml.Function(lambda x: (x**2).sum(-1), dim=3)
    ends = torch.randn(10, 2, 3, generator=generator, dtype=torch.float64)
    found = network_heights(
        land, ml.Paths(ends, ml.Polyline(), torch.ones(10, dtype=torch.long)), search=torch.float32
    )
    assert torch.equal(found.values, land.value(ends.flatten(0, 1)).reshape(10, 2).amax(1))
    assert set(found.times.tolist()) == {0.0, 1.0}
    assert torch.equal(found.sampled[:, -1], land.value(ends[:, 1]))


def test_places_that_single_precision_does_not_tell_apart_are_all_looked_at():
    """Two tops differ by 1e-9, and single precision has them the other way round."""

    def value(x):
        wrong = 1e-7 * (x < 0.5) if x.dtype == torch.float32 else 0.0
        bumps = torch.exp(-400 * (x - 0.25) ** 2) + (1 + 1e-9) * torch.exp(-400 * (x - 0.75) ** 2)
        return (1 + bumps + wrong)[:, 0]

    line = torch.tensor([[[0.0], [1.0]]], dtype=torch.float64)
    path = ml.Paths(line, ml.Polyline(), torch.ones(1, dtype=torch.long))
    found = network_heights(ml.Function(value, dim=1), path, search=torch.float32)
    assert abs(float(found.times) - 0.75) < 1e-3
    assert abs(float(found.values) - (2 + 1e-9)) < 1e-10


def test_where_single_precision_overflows_double_is_searched(generator):
    land = ml.Function(lambda x: torch.exp(20 * (x**2).sum(-1)), dim=3)
    paths = some_paths(generator, *CURVES[0], size=1.2)
    single = land.value(paths.at(torch.linspace(0, 1, 65).double()).flatten(0, 1).float())
    lost = (~single.reshape(40, 65).isfinite()).any(1)
    assert 0 < int(lost.sum()) < 40
    found = confirmed(land, paths, samples=4, closing=12)
    wanted = ml.heights(land, paths, samples=4, closing=12)
    for part in ("values", "times", "points", "sampled"):
        assert torch.equal(getattr(found, part)[lost], getattr(wanted, part)[lost])
    torch.testing.assert_close(found.values, wanted.values, rtol=1e-5, atol=0)


def test_what_is_no_number_is_infinitely_high():
    def value(x):
        return torch.where(x.abs() < 0.1, torch.nan, x)[:, 0]

    line = torch.tensor([[[-1.0], [1.0]], [[1.0], [2.0]]], dtype=torch.float64)
    path = ml.Paths(line, ml.Polyline(), torch.ones(2, dtype=torch.long))
    found = network_heights(ml.Function(value, dim=1), path, search=torch.float32)
    assert found.values.tolist() == [torch.inf, 2.0]


@pytest.mark.parametrize("kind", ["pictures", "normed", "skip", "words"])
def test_heights_of_trained_paths_are_those_of_double_precision(kind, generator):
    module = {
        "pictures": pictures, "normed": lambda: pictures(norm=True), "skip": Skip,
        "words": Attending,
    }[kind]()  # fmt: skip
    for place, part in enumerate(module.children()):
        if isinstance(part, nn.ReLU):
            module[place] = nn.Tanh()
    data = labelled(generator, *((6,) if kind == "skip" else (3, 8, 8)))
    if kind == "words":
        data = torch.randint(0, 11, (40, 8), generator=generator), data[1]
    land = NetworkLandscape(module, cross_entropy, *data, weight_decay=1e-2)
    ends = vectors(land, generator)
    for _ in range(15):
        ends = ends - 0.3 * land.gradient(ends)
    line = ml.Paths(
        torch.stack([ends[:2], ends[2:]], 1), ml.Polyline(), torch.ones(2, dtype=torch.long)
    )
    swept = ml.find_paths(
        land.batches(10, generator=generator), ends[:2].float(), ends[2:].float(),
        ml.networks.SweptCurve(steps=30), generator=generator,
    )  # fmt: skip
    for paths in (line, swept):
        counted = Counted(land)
        found = network_heights(counted, paths)
        wanted = network_heights(land, paths, search=torch.float64)
        assert float(((found.values - wanted.values) / wanted.values).min()) > -1e-9
        torch.testing.assert_close(found.values, wanted.values, rtol=1e-6, atol=0)
        torch.testing.assert_close(land.value(found.points), found.values, rtol=1e-12, atol=0)


def test_networks_other_than_chains_are_searched_in_single_precision(generator):
    asked = []

    class Watched(NetworkLandscape):
        def value(self, points):
            asked.append((points.dtype, len(points)))
            return super().value(points)

    for module, low in ((Skip(), True), (mlp(), False)):
        land = Watched(module, cross_entropy, *labelled(generator, 6))
        ends = vectors(land, generator)
        paths = ml.Paths(
            torch.stack([ends[:2], ends[2:]], 1), ml.Polyline(), torch.ones(2, dtype=torch.long)
        )
        asked.clear()
        network_heights(land, paths)
        double = sum(rows for dtype, rows in asked if dtype == torch.float64)
        single = sum(rows for dtype, rows in asked if dtype == torch.float32)
        assert (single > 5 * double) == low and (single == 0) == (not low)


def test_ends_that_paths_share_are_computed_once(generator):
    counted = Counted(ml.Function(waves(0.3), dim=3))
    ends = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    first, second = torch.triu_indices(5, 5, 1)
    paths = ml.Paths(
        torch.stack([ends[first], ends[second]], 1), ml.Polyline(), torch.ones(10, dtype=torch.long)
    )
    single = copy.copy(counted.base)
    rows = []
    single.value = lambda x: rows.append((x.dtype, x)) or counted.base.value(x)
    confirmed(single, paths, samples=64, closing=12)
    double = torch.cat([x for dtype, x in rows if dtype == torch.float64])
    for end in ends:
        assert int((double == end).all(1).sum()) == 1


def test_another_precision_of_the_search_is_refused(generator):
    paths = some_paths(generator, *CURVES[0], count=1)
    with pytest.raises(ValueError, match=r"`search` must be torch\.float32 or torch\.float64, got"):
        network_heights(ml.Function(waves(0.3), dim=3), paths, search=torch.float16)
