"""Strings on a torus lead round every circle, and a minimum may be joined with itself."""

import math

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.graphs.joining.images import strung
from morseloss.landscapes.spaces.space import EUCLIDEAN
from morseloss.landscapes.spaces.torus import Torus

CIRCLE = ml.TrigonometricPolynomial({2: 1.0, 1: (0.2, 0.3)}, 3.0)
ALONE = ml.TrigonometricPolynomial({(1, 0): 1.0, (0, 1): 0.7, (1, 1): 0.1}, [1.0, 2.0])


def test_on_the_usual_space_there_is_one_string_a_pair():
    points, pairs = torch.rand(4, 2), torch.tensor([[0, 1], [2, 3]])
    rows, starts, ends = strung(EUCLIDEAN, points, pairs)
    assert torch.equal(rows, pairs)
    assert torch.equal(starts, points[[0, 2]])
    assert torch.equal(ends, points[[1, 3]])


def test_a_pair_stands_once_for_each_way_and_a_point_alone_only_for_ways_round():
    space = Torus((1.0, math.inf))
    points, pairs = torch.tensor([[0.1, 0.0], [0.9, 0.0]]), torch.tensor([[0, 1], [0, 0]])
    rows, starts, ends = strung(space, points, pairs)
    moves = (ends - starts)[:, 0].tolist()
    assert rows.tolist() == [[0, 1], [0, 1], [0, 0]]
    assert moves == pytest.approx([-0.2, 0.8, 1.0], abs=1e-6)


def test_two_wells_on_a_circle_have_a_pass_on_either_side():
    points = ml.critical_points(CIRCLE)
    graph = ml.build_graph(CIRCLE, points.of_index(0))
    assert np.sort(graph.edges, axis=1).tolist() == [[0, 1], [0, 1]]
    np.testing.assert_allclose(np.sort(graph.weights), points.of_index(1).values, rtol=1e-12)
    assert ml.barcode(graph).deaths[1] == graph.weights.min()


def test_a_minimum_alone_is_joined_with_its_own_image_round_each_circle():
    points = ml.critical_points(ALONE)
    graph = ml.build_graph(ALONE, points.of_index(0))
    assert graph.edges.tolist() == [[0, 0], [0, 0]]
    np.testing.assert_allclose(graph.weights, points.of_index(1).values, rtol=1e-12)
    assert graph.exact.all()
    for path in graph.paths:
        turn = np.abs(path[-1] - path[0]) / ALONE.periods
        np.testing.assert_allclose(np.sort(turn), [0.0, 1.0], atol=1e-9)


def test_paths_of_every_pair_go_the_shorter_way():
    minima = ml.critical_points(CIRCLE).of_index(0)
    graph = ml.graph_from_paths(CIRCLE, minima, ml.ClimbingString())
    assert abs(float(np.ptp(graph.paths[0]))) < 1.6
