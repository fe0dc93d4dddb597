"""Contributions of units are those of a copy in another order, and tell it."""

import torch
from torch import nn

from morseloss.networks import NetworkLandscape, align, symmetry_of
from morseloss.networks.symmetry.matching.contributions import alike, told
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.symmetry import Element, Symmetry
from tests.networks.models import cross_entropy, labelled, mlp, vectors
from tests.networks.symmetry.matching.landscapes import decoder, point


def orders_alone(symmetry, element):
    """The element without signs, matrices and factors."""
    groups = Symmetry(symmetry.layout, symmetry.groups)
    plain = tuple(torch.ones_like(signs) for signs in element.signs)
    return groups, Element(element.orders, plain)


def test_copies_give_the_same_outputs_and_other_networks_do_not(generator):
    land = decoder(generator)
    symmetry = symmetry_of(land)
    points = point(land, generator, 2)
    copies = symmetry.act(points, symmetry.random(2, generator=generator))
    assert alike(land, copies, points).tolist() == [True, True]
    assert alike(land, copies.flip(0), points).tolist() == [False, False]
    assert alike(land, copies.float(), points.float()).tolist() == [True, True]


def test_orders_are_told_whatever_signs_factors_and_matrices_are(generator):
    land = decoder(generator)
    symmetry = symmetry_of(land)
    original = point(land, generator, 3)
    element = symmetry.random(3, generator=generator)
    copies = symmetry.act(original, element)
    groups, orders = orders_alone(symmetry, element)
    straight = groups.act(copies, Element(tuple(o.argsort(1) for o in orders.orders), orders.signs))
    found = told(land, Sight.of_weights(symmetry, copies), Sight.of_weights(symmetry, original))
    mixed = told(land, Sight.of_weights(symmetry, straight), Sight.of_weights(symmetry, original))
    assert not torch.equal(copies, straight)
    torch.testing.assert_close(found.points, mixed.points, rtol=1e-6, atol=1e-6)


def test_signs_of_tanh_do_not_hide_the_order(generator):
    land = NetworkLandscape(mlp(nn.Tanh), cross_entropy, *labelled(generator, 6))
    symmetry = symmetry_of(land)
    original = vectors(land, generator, 4)
    copies = symmetry.act(original, symmetry.random(4, generator=generator))
    found = told(land, Sight.of_weights(symmetry, copies), Sight.of_weights(symmetry, original))
    assert torch.equal(found.points.abs(), original.abs())
    assert not torch.equal(copies.abs(), original.abs())


def test_a_network_is_told_to_be_its_own_copy(generator):
    land = decoder(generator)
    symmetry = symmetry_of(land)
    networks = Sight.of_weights(symmetry, point(land, generator, 2))
    torch.testing.assert_close(told(land, networks, networks).points, networks.points)


class Rooted(nn.Sequential):
    """Lengths of outputs: where these are 0 there is no derivative."""

    def forward(self, x):
        return super().forward(x).abs().sqrt()


def test_slopes_that_are_infinite_tell_nothing_and_stop_nothing(generator):
    land = NetworkLandscape(Rooted(*mlp(nn.ReLU)), cross_entropy, *labelled(generator, 6))
    points = vectors(land, generator, 2)
    last = land.pure.layout.split(points)
    last["5.weight"].zero_()
    last["5.bias"].zero_()
    near = align(land, points[:1], points[1:])
    assert float((near - points[:1]).norm()) <= float((points[1:] - points[:1]).norm())
