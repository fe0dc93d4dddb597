import torch

import morseloss as ml
from morseloss.networks import polish, symmetry_of
from morseloss.networks.passes.copies import recognised, symmetry_for
from tests.networks.passes.nets import near_minima, tanh_net


def test_shuffled_and_flipped_copies_are_recognised_and_others_are_not():
    land = tanh_net()
    symmetry = symmetry_of(land.pure)
    minima = polish(land, near_minima(land, 4))
    draws = torch.Generator().manual_seed(5)
    moved = symmetry.act(minima.points, symmetry.random(4, generator=draws))
    copies = polish(land, moved)
    assert (
        recognised(land, copies, minima, symmetry).tolist()
        == recognised(land, minima, minima, symmetry).tolist()
    )
    distinct = minima.values.diff().abs() > 1e-9
    assert bool(distinct.any())
    first = minima.take(torch.tensor([0]))
    other = minima.take(1 + distinct.nonzero()[:1, 0])
    assert int(recognised(land, other, first, symmetry)) == -1


def test_without_a_symmetry_only_the_same_point_is_known():
    land = ml.analytic.SixHumpCamel()
    minima = land.critical_points.of_index(0)
    assert recognised(land, minima, minima).tolist() == list(range(len(minima)))


def test_networks_bring_their_symmetry_and_functions_have_none():
    assert symmetry_for(ml.analytic.SixHumpCamel(), None) is None
    found = symmetry_for(tanh_net(4), None)
    assert found is not None
    assert found.sizes == (4,)
