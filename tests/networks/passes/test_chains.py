import math

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.landscapes.critical import CriticalPoints
from morseloss.networks import Chains


def points(values, index):
    values = torch.tensor(values, dtype=torch.float64)
    ones = torch.ones_like(values)
    return CriticalPoints(
        values[:, None], values, (index * ones).long(), (1 - 2 * index) * ones[:, None],
        0 * ones, ones.long(),
    )  # fmt: skip


def chains(values, edges, weights, given):
    return Chains(
        points(values, 0), points(weights, 1), torch.tensor(edges).reshape(-1, 2),
        torch.tensor(given), torch.zeros(len(values), dtype=torch.long),
        torch.zeros(0, 3, dtype=torch.long),
    )  # fmt: skip


def test_a_bar_ends_where_a_chain_reaches_a_lower_minimum_over_higher_ones():
    found = chains([1.0, 2.0, 0.0], [[0, 1], [1, 2], [0, 2]], [3.0, 4.0, 9.0], [0, 2])
    assert found.closing().tolist() == [4.0, math.inf]
    assert found.bars().tolist() == [3.0, math.inf]
    assert found.chain(0).tolist() == [0, 1]
    assert found.chain(1).tolist() == []


def test_bars_are_those_of_the_barcode_of_its_graph():
    found = chains([1.0, 2.0, 0.0], [[0, 1], [1, 2], [0, 2]], [3.0, 4.0, 9.0], [0, 1, 2])
    bars = ml.barcode(found.graph())
    assert np.allclose(bars.deaths[np.argsort(bars.birth_cells)], found.closing())


def test_a_pass_to_a_copy_ends_no_bar():
    found = chains([1.0], [[0, 0]], [2.0], [0])
    assert found.closing().tolist() == [math.inf]
    assert found.chain(0).tolist() == []


def test_a_minimum_that_is_lower_by_rounding_only_ends_no_bar():
    found = chains([1.0, 1.0 - 1e-12], [[0, 1]], [2.0], [0])
    assert found.closing().tolist() == [math.inf]


def test_every_edge_of_its_graph_is_exact_and_has_its_peak():
    graph = chains([1.0, 0.0], [[0, 1], [0, 1]], [3.0, 2.5], [0]).graph()
    assert graph.exact is not None
    assert graph.exact.tolist() == [True, True]
    assert graph.peaks is not None
    assert graph.peaks[:, 0].tolist() == [3.0, 2.5]


@pytest.mark.parametrize("given", [[0], [0, 1]])
def test_it_says_how_many_bars_are_closed(given):
    told = repr(chains([1.0, 0.0], [[0, 1]], [2.0], given))
    assert told.startswith(f"Chains(2 minima, 1 pass, 1 of {len(given)} bars closed; 0 climbs")
