"""Barcodes with proved lower ends, against exact ones, and with passes taken away."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import morseloss as ml
from validation.ensembles import gaussian_polynomial, wavy_polynomial


def graph_of(land):
    return ml.build_graph(land, ml.critical_points(land))


@pytest.mark.parametrize(
    "land",
    [
        ml.analytic.MuellerBrown(),
        ml.analytic.SixHumpCamel(),  # equal minima in pairs
        ml.analytic.Himmelblau(),  # all minima equal
        ml.analytic.Rastrigin(1),
        ml.analytic.DoubleWell(2),
    ],
    ids=repr,
)
def test_every_bar_is_known_to_a_millionth(land):
    graph = ml.build_graph(land, land.critical_points)
    plain, found = ml.barcode(graph), ml.bracketed(land, graph)
    assert np.array_equal(found.deaths, plain.deaths)
    assert np.array_equal(found.death_cells, plain.death_cells)
    gaps = (found.deaths - found.lower)[found.finite]
    spread = found.deaths[found.finite].max() - found.births.min()
    assert (gaps >= 0).all()
    assert (gaps <= 1.001e-6 * spread).all()
    assert np.isnan(found.lower[~found.finite]).all()


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("family", [gaussian_polynomial, wavy_polynomial])
def test_random_bars_are_bracketed(dim, family):
    land = family(dim, 6, torch.Generator().manual_seed(3 + dim))
    found = ml.bracketed(land, graph_of(land), tolerance=1e-4)
    ends = found.finite
    spread = found.deaths[ends].max(initial=0) - found.births.min()
    assert (found.lower[ends] <= found.deaths[ends]).all()
    assert (found.deaths[ends] - found.lower[ends] <= 1.001e-4 * spread).all()


def test_without_its_pass_a_bar_claims_no_more_than_the_true_height():
    land = ml.analytic.Himmelblau()
    graph = ml.build_graph(land, land.critical_points)
    exact = ml.barcode(graph)
    first = int(exact.death_cells[exact.finite][0])
    kept = np.arange(len(graph.weights)) != first
    lacking = replace(
        graph, edges=graph.edges[kept], weights=graph.weights[kept], peaks=None, exact=None,
        paths=None,
    )  # fmt: skip
    with pytest.warns(UserWarning, match="a pass or a minimum is missing in the graph"):
        found = ml.bracketed(land, lacking, tolerance=1e-4)
    assert (found.lower[found.finite] <= exact.deaths[exact.finite]).all()
    assert found.deaths[found.finite].max() > exact.deaths[exact.finite].max() + 1


def test_a_lower_minimum_that_nobody_knows_ends_the_bar():
    land = ml.analytic.MuellerBrown()
    graph = ml.build_graph(land, land.critical_points)
    exact = ml.barcode(graph)
    top = int(exact.birth_cells[2])
    # the lowest is left out, and the bar of the other one is thought to be essential
    rest = [row for row in range(3) if row != int(exact.birth_cells[0])]
    way = np.array([[0, 1]]), np.array([0.0])  # over 0, far above the passes
    lacking = ml.LandscapeGraph(graph.values[rest], *way, points=graph.points[rest])
    with pytest.warns(UserWarning, match="earlier than the graph says"):
        found = ml.bracketed(land, lacking, tolerance=1e-3)
    assert found.lower[1] <= exact.deaths[exact.birth_cells == top][0]


def test_bars_shorter_than_the_tolerance_begin_at_their_birth():
    land = ml.Polynomial({(4,): 1.0, (3,): -1.4, (2,): 0.5})
    graph = graph_of(land)
    found = ml.bracketed(land, graph, tolerance=0.9)
    assert (found.lower >= found.births)[found.finite].all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: ml.LandscapeGraph(g.values, g.edges, g.weights), "must know the points"),
        (lambda g: replace(g, points=g.points[:, :1], peaks=None, paths=None), "2 coordinates"),
        (lambda g: replace(g, points=g.points[::-1]), "must be those of"),
        (
            lambda g: ml.LandscapeGraph([178.0, 181.6], [[0, 1]], [200.0], points=[[5, 5], [0, 0]]),
            "must be those of",
        ),
    ],
)
def test_graphs_of_something_else_are_refused(change, message):
    land = ml.analytic.SixHumpCamel()
    with pytest.raises(ValueError, match=message):
        ml.bracketed(land, change(ml.build_graph(land, land.critical_points)))


def test_a_saddle_is_no_minimum():
    land = ml.analytic.MuellerBrown()
    points = land.critical_points.take(torch.tensor([0, 4]))
    way = np.array([[0, 1]]), np.array([0.0])
    graph = ml.LandscapeGraph(points.values.numpy(), *way, points=points.points.numpy())
    with pytest.raises(ValueError, match="is no minimum of MuellerBrown"):
        ml.bracketed(land, graph)


def test_a_slope_is_no_minimum():
    land = ml.analytic.MuellerBrown()
    points = land.critical_points.of_index(0).points[:2] + torch.tensor([[0.0, 0.0], [0.01, 0.0]])
    values = land.value(points)
    way = np.array([[0, 1]]), np.array([0.0])
    graph = ml.LandscapeGraph(values.numpy(), *way, points=points.numpy())
    with pytest.raises(ValueError, match="gradient"):
        ml.bracketed(land, graph)


def test_a_box_without_the_minima_is_refused():
    land = ml.analytic.MuellerBrown()
    graph = ml.build_graph(land, land.critical_points)
    box = torch.tensor([[-1.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
    with pytest.raises(ValueError, match=r"`graph\.points` must lie in the box"):
        ml.bracketed(ml.OnBox(land, box), graph)
