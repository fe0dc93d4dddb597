import itertools

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.graphs.joining.images import all_pairs
from validation.ensembles import gaussian_polynomial


def every_pair(points):
    return torch.combinations(torch.arange(len(points)))


def joined(land, minima, **choices):
    """The graph, and the gradients and Hessian-vector products that it cost."""
    counted = ml.Counted(land)
    graph = ml.build_graph(counted, minima, **choices)
    return graph, counted.gradients + counted.products


def passes_of(land):
    points = land.critical_points
    return ml.build_graph(land, points.of_index(0), points.of_index(1), rounds=0)


def deaths(graph):
    return np.sort(ml.barcode(graph).deaths)


def test_the_cost_grows_with_the_passes_and_not_with_the_pairs():
    costs = []
    for wells in (2, 12):
        land = ml.analytic.Rastrigin(dim=2, wells=wells)
        graph, cost = joined(land, land.critical_points.of_index(0))
        exact = passes_of(land)
        assert len(graph.edges) == len(exact.edges) == 2 * (2 * wells + 1) * 2 * wells
        np.testing.assert_allclose(deaths(graph), deaths(exact), rtol=1e-13)
        costs.append(cost)
    assert costs[1] <= 100 * len(graph.edges)
    assert costs[1] <= costs[0] * 25**1.2


def test_bars_of_rastrigin_are_those_of_its_axes():
    """A sum over axes: a well is left along the axis whose pass is lowest."""
    axis = ml.analytic.Rastrigin(dim=1, wells=3)
    points = axis.critical_points
    low, tops = points.of_index(0).points.flatten(), points.of_index(1).points.flatten()
    height = dict(zip(low.tolist(), axis.value(low[:, None]).tolist(), strict=True))
    inward = {}
    for x in low.tolist():
        between = [t for t in tops.tolist() if abs(t) < abs(x) and t * x > 0]
        if abs(x) > 0.1:
            top = max(between, key=abs)
            inward[x] = float(axis.value(torch.tensor([[top]], dtype=torch.float64))) - height[x]
    expected = [
        height[x] + height[y] + min(inward[z] for z in (x, y) if z in inward)
        for x, y in itertools.product(low.tolist(), repeat=2)
        if x in inward or y in inward
    ]
    land = ml.analytic.Rastrigin(dim=2, wells=3)
    graph, _ = joined(land, land.critical_points.of_index(0))
    np.testing.assert_allclose(deaths(graph)[:-1], np.sort(expected), rtol=1e-12)


class Turned(ml.Landscape):
    """Double wells along the axes of a turned and stretched frame: 2^d minima, d 2^(d-1) passes."""

    def __init__(self, dim, stretch, generator):
        self.dim = dim
        self.tilt = 0.05 + 0.3 * torch.rand(dim, generator=generator, dtype=torch.float64)
        normal = torch.randn(dim, dim, generator=generator, dtype=torch.float64)
        scales = stretch ** torch.linspace(0, 1, dim, dtype=torch.float64)
        self.frame = scales[:, None] * torch.linalg.qr(normal).Q

    def value(self, points):
        y = points @ torch.linalg.inv(self.frame)
        return ((y**2 - 1) ** 2 + self.tilt * y).sum(-1)

    def roots(self):
        return [np.sort(np.roots([4, 0, -4, t]).real) for t in self.tilt.tolist()]

    def minima(self):
        corners = list(itertools.product(*((r[0], r[2]) for r in self.roots())))
        return ml.classify(self, torch.tensor(corners) @ self.frame)

    def saddles(self):
        places = []
        for axis in range(self.dim):
            sides = [(r[1],) if i == axis else (r[0], r[2]) for i, r in enumerate(self.roots())]
            places += itertools.product(*sides)
        return ml.classify(self, torch.tensor(places) @ self.frame)


@pytest.mark.parametrize(("dim", "stretch"), [(4, 1.0), (6, 10.0)])
def test_wells_of_many_variables_need_no_triangulation(dim, stretch, generator):
    land = Turned(dim, stretch, generator)
    minima = land.minima()
    graph, cost = joined(land, minima)
    exact = ml.build_graph(land, minima, land.saddles(), rounds=0)
    assert len(graph.edges) == len(exact.edges) == dim * 2 ** (dim - 1)
    np.testing.assert_allclose(deaths(graph), deaths(exact), rtol=1e-12)
    assert cost < 300 * len(graph.edges)


def test_minima_that_are_missing_are_found():
    land = ml.analytic.Rastrigin(dim=2, wells=2)
    minima = land.critical_points.of_index(0)
    kept = torch.randperm(25, generator=torch.Generator().manual_seed(0))[:15].sort().values
    graph, _ = joined(land, minima.take(kept))
    assert len(graph) == 25
    np.testing.assert_allclose(deaths(graph), deaths(passes_of(land)), rtol=1e-12)


def test_clusters_far_apart_are_joined_by_their_nearest_minima():
    """Two clusters of 27 wells: the 12 nearest of each minimum are all in its own."""

    def value(x):
        waves = (x[:, 1:] ** 2 + 10 * (1 - torch.cos(2 * torch.pi * x[:, 1:]))).sum(-1)
        return waves + ((x[:, 0] / 20) ** 2 - 1) ** 2 * 4e4 + 0.1 * x[:, 0]

    box = torch.tensor([[-40.0, -1.5, -1.5, -1.5], [40.0, 1.5, 1.5, 1.5]], dtype=torch.float64)
    land = ml.OnBox(ml.Function(value, dim=4), box)
    axis = ml.analytic.Rastrigin(dim=1, wells=1).critical_points.of_index(0).points.flatten()
    corners = itertools.product((-20.0, 20.0), *[axis.tolist()] * 3)
    minima = ml.find_minima(land, torch.tensor(list(corners), dtype=torch.float64))
    assert len(minima) == 54
    graph, _ = joined(land, minima)
    heights = deaths(graph)
    assert heights[-1] == np.inf
    assert heights[-2] == pytest.approx(4e4, rel=1e-6)
    assert graph.exact.all()


def test_all_pairs_are_tried_when_they_are_asked_for():
    land = ml.analytic.SixHumpCamel()
    minima = land.critical_points.of_index(0)
    graph, cost = joined(land, minima)
    whole, dear = joined(land, minima, pairs=every_pair)
    assert dear > 3 * cost
    np.testing.assert_allclose(ml.minimax(graph), ml.minimax(whole), rtol=1e-12, atol=1e-14)
    assert len(whole.edges) == len(graph.edges) == 7


def test_no_round_asks_for_nothing():
    land = ml.analytic.Himmelblau()
    points = land.critical_points
    graph = ml.build_graph(land, points, points.of_index(1).take(torch.tensor([0])), rounds=0)
    assert len(graph.edges) == 1


@pytest.mark.parametrize(
    "wrong",
    [lambda x: torch.tensor([[0, 9]]), lambda x: torch.tensor([0, 1]), lambda x: x],
)
def test_pairs_that_are_none_are_refused(wrong):
    land = ml.analytic.Himmelblau()
    with pytest.raises(ValueError, match=r"`pairs` must return pairs of rows of the 4 minima"):
        ml.build_graph(land, land.critical_points, pairs=wrong)


def test_a_choice_of_pairs_that_is_not_callable_is_refused():
    land = ml.analytic.Himmelblau()
    with pytest.raises(ValueError, match=r"`pairs` must be a callable .* for all pairs pass"):
        ml.build_graph(land, land.critical_points, pairs=all_pairs(4))


def test_a_second_lower_pass_between_two_minima_is_found():
    """Two passes of a Gaussian polynomial between one pair of minima; the line meets the higher."""
    generator = torch.Generator().manual_seed(1122)
    land = gaussian_polynomial(3, 6, generator)
    starts = ml.sample_box(land, 512, generator=generator)
    graph = ml.build_graph(land, ml.find_minima(land, starts))
    assert ml.barcode(graph).deaths[2] == pytest.approx(-2.011256090880289, rel=1e-12)
    assert len(graph.edges) == 4
