import pytest
import torch

import morseloss as ml
from morseloss.networks import Relay, relay, tops, tops_of_ways
from morseloss.search.paths.curve import straight
from tests.networks.passes.nets import near_minima, tanh_net


def test_a_straight_way_over_a_pass_is_steep_nowhere():
    land = ml.analytic.DoubleWell(2, tilt=(0.0, 0.0))
    line = torch.tensor([[[-1.0, 1.0], [1.0, 1.0]]], dtype=torch.float64)
    found = tops(land, ml.Paths(line, ml.Polyline(), torch.tensor([1])))
    assert float(found.along) < 1e-6
    assert float(found.across) < 1e-6
    assert found.ways.tolist() == [[1.0, 0.0]]


def test_a_way_beside_the_valley_is_steep_across_and_not_along():
    bowl = ml.Function(lambda x: 1 - x[:, 0] ** 2 + 5 * x[:, 1] ** 2, dim=2)
    line = torch.tensor([[[-1.0, 0.3], [1.0, 0.3]]], dtype=torch.float64)
    found = tops(bowl, ml.Paths(line, ml.Polyline(), torch.tensor([1])))
    assert float(found.across) == pytest.approx(3.0)
    assert float(found.along) < 1e-6


def test_tops_of_ways_are_those_of_their_highest_pieces():
    land = tanh_net()
    ends = near_minima(land, 3)
    quick = Relay(size=20, first=50, join=20, descent=20)
    draws = torch.Generator().manual_seed(0)
    pairs = torch.tensor([[0, 1], [0, 2], [1, 2]])
    found = relay(land, ends, quick, budget=100, generator=draws, pairs=pairs)
    highest = tops_of_ways(land, found)
    assert torch.allclose(highest.values, found.tops[-1], rtol=0, atol=1e-5)
    assert torch.allclose(land.value(highest.points), highest.values)
    assert torch.allclose(highest.ways.norm(dim=1), torch.ones(3, dtype=torch.float64))


def test_no_paths_have_no_tops():
    land = ml.analytic.DoubleWell(1)
    nothing = straight(torch.zeros(0, 1).double(), torch.zeros(0, 1).double(), 2)
    found = tops(land, ml.Paths(nothing, ml.Polyline(), torch.zeros(0, dtype=torch.long)))
    assert repr(found) == "Tops(0 of paths)"
