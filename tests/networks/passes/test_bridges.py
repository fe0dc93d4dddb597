import pytest
import torch

from morseloss.networks import Growth, Relay, bridge, certify_passes, grow, polish, symmetry_of
from tests.networks.passes.nets import near_minima, tanh_net


def two_wells():
    """The lowest and the highest of some minima, without any pass."""
    land = tanh_net()
    minima = polish(land, near_minima(land, 4))
    extremes = torch.stack([minima.values.argmin(), minima.values.argmax()])
    return land, minima.take(extremes)


QUICK = Relay(size=24, first=200, join=60, descent=40, stations=1)


def test_it_leads_to_the_pass_between_a_minimum_and_a_lower_one():
    land, wells = two_wells()
    apart = grow(land, wells, climbs=0)
    draws = torch.Generator().manual_seed(0)
    found = bridge(land, apart, 1, QUICK, budget=400, generator=draws)
    assert len(found)
    assert bool((found.values > wells.values[1]).all())
    closed = grow(land, wells, found, climbs=0, resume=apart)
    assert closed.attempts[:, 0].tolist() == [-1 - row for row in range(len(found))]
    assert closed.bars().isfinite().tolist() == [False, True]
    assert float(closed.bars()[1]) <= float(found.values.max() - wells.values[1])


@pytest.mark.slow
def test_its_ends_are_taken_to_the_nearest_copy():
    land, wells = two_wells()
    symmetry, draws = symmetry_of(land.pure), torch.Generator().manual_seed(1)
    element = symmetry.random(1, generator=draws)
    far = polish(land, symmetry.act(wells.points[:1], element))
    tops = []
    for lowest in (wells.take(torch.tensor([0])), far):
        both = polish(land, torch.cat([lowest.points, wells.points[1:]]))
        draws = torch.Generator().manual_seed(0)
        apart = grow(land, both, climbs=0)
        tops.append(bridge(land, apart, 1, QUICK, budget=400, generator=draws))
    passes = [certify_passes(land, top.points, top.ways) for top in tops]
    assert torch.allclose(passes[0].values, passes[1].values, rtol=0, atol=1e-9)


def test_without_a_lower_minimum_beyond_there_is_none():
    land, wells = two_wells()
    apart = grow(land, wells, method=Growth(max_steps=5), climbs=0)
    with pytest.raises(ValueError, match="no minimum lower"):
        bridge(land, apart, 0, budget=10, generator=torch.Generator())
