"""Factors of single units: the lowest of a curve each."""

import torch

from morseloss.networks import NetworkLandscape
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.matching.freedom import freedom
from morseloss.networks.symmetry.matching.scale import Scale, scales
from morseloss.networks.symmetry.matching.sight import Sight
from tests.networks.models import cross_entropy, labelled, mlp, vectors
from tests.networks.symmetry.matching.landscapes import decoder, point


def relu(generator):
    module = mlp(torch.nn.ReLU)
    return NetworkLandscape(module, cross_entropy, *labelled(generator, 6))


def test_no_factor_on_a_fine_grid_is_nearer(generator):
    land = relu(generator)
    symmetry = symmetry_of(land)
    first, second = vectors(land, generator, 2), vectors(land, generator, 2)
    networks = Sight.of_weights(symmetry, second)
    for move in scales(symmetry):
        found = move(networks, first)
        best = found.squares(first)
        assert bool((best <= networks.squares(first)).all())
        torch.testing.assert_close(land.value(found.points), land.value(second))
        size = symmetry.scalings[move.place].size
        for logarithm in torch.linspace(-3, 3, 61, dtype=torch.float64):
            for unit in range(size):
                factors = torch.ones(2, 1, size, dtype=torch.float64)
                factors[:, 0, unit] = logarithm.exp()
                tried = found.scaled(move.place, factors / 1.0).squares(first)
                assert bool((tried >= best * (1 - 1e-12)).all())


def test_planted_factors_are_found_to_round_off(generator):
    land = relu(generator)
    symmetry = symmetry_of(land)
    original = vectors(land, generator, 1)
    factors = torch.rand(1, 1, 5, generator=generator, dtype=torch.float64) + 0.2
    copy = Sight.of_weights(symmetry, original).scaled(0, factors)
    back = scales(symmetry)[0](copy, original)
    assert float((copy.points - original).abs().max()) > 0.1
    assert float((back.points - original).abs().max()) < 1e-13


def test_a_gain_takes_the_sign_that_is_wanted_and_a_unit_does_not(generator):
    land = decoder(generator)
    symmetry = freedom(land, None)
    original = point(land, generator)
    place, scaling = next(
        (n, s) for n, s in enumerate(symmetry.scalings) if s.axes[0].name == "norm.weight"
    )
    factors = torch.tensor([1, -1, 2, -0.5, 1, 1, -3, 1]).double().reshape(1, 1, scaling.size)
    copy = Sight.of_weights(symmetry, original).scaled(place, factors)
    torch.testing.assert_close(land.value(copy.points), land.value(original))
    back = scales(symmetry)[place](copy, original)
    torch.testing.assert_close(back.points, original)
    positive = Scale(place)(copy, original)
    assert float((positive.points - original).norm()) > 1
    assert not any(move.signed for move in scales(symmetry_of(relu(generator))))
