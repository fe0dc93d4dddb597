import numpy as np
import torch

import morseloss as ml


def test_the_graph_of_a_grid_has_its_bars():
    values = np.random.default_rng(0).random((30, 40))
    for cells in ("vertices", "pixels"):
        bars, graph = ml.grid_barcode(values, cells), ml.grid_graph(values, cells)
        same = ml.barcode(graph)
        np.testing.assert_array_equal(bars.births, same.births)
        np.testing.assert_array_equal(bars.deaths, same.deaths)


def test_points_and_peaks_are_where_the_grid_has_those_values():
    values = np.random.default_rng(1).integers(0, 9, (6, 7, 8)).astype(float)
    graph = ml.grid_graph(values, "pixels", periodic=(True, False, True))
    np.testing.assert_array_equal(values[tuple(graph.points.astype(int).T)], graph.values)
    np.testing.assert_array_equal(values[tuple(graph.peaks.astype(int).T)], graph.weights)


def test_two_basins_share_one_edge_over_their_lowest_pass():
    values = [[0.0, 5.0, 1.0], [9.0, 9.0, 9.0], [2.0, 4.0, 3.0]]
    graph = ml.grid_graph(values)
    pairs = np.sort(graph.edges, axis=1)
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert graph.weights[(pairs == [0, 1]).all(axis=1)] == [5.0]


def test_the_merge_tree_of_a_coarsened_grid_has_its_leaves():
    values = np.random.default_rng(2).random((40, 40))
    graph = ml.grid_graph(values, shorter_than=0.5)
    assert 1 < len(graph) < len(ml.grid_graph(values)) / 4
    tree = ml.merge_tree(graph)
    assert len(tree) == len(graph)
    bars = ml.barcode(graph)
    np.testing.assert_array_equal(
        np.sort(tree.heights[len(tree) :]), np.sort(bars.deaths[bars.finite])
    )


def test_bars_of_a_smooth_function_on_a_grid_are_near_those_of_its_critical_points():
    land = ml.analytic.SixHumpCamel()
    (left, low), (right, high) = land.box.tolist()
    axes = np.linspace(left, right, 301), np.linspace(low, high, 301)
    mesh = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    values = land.value(torch.from_numpy(mesh).reshape(-1, 2)).reshape(301, 301)
    exact = ml.barcode(ml.build_graph(land, land.critical_points))
    for cells in ("vertices", "pixels"):
        bars = ml.barcode(ml.grid_graph(values, cells, shorter_than=1e-2))
        assert len(bars) == len(exact)
        assert ml.bottleneck_distance(bars, exact) < 5e-3
