"""Planted elements of all groups are found again; nothing comes to lie farther."""

import pytest
import torch

from morseloss.networks.symmetry.alignment import align
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.matching.criteria import ActivationMatching
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.matching.sweeps import matched, moves_of
from morseloss.networks.symmetry.universe import universe
from tests.networks.symmetry.matching.landscapes import decoder, point, skipped


@pytest.mark.parametrize("make", [decoder, skipped])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_a_planted_element_is_found_again_to_round_off(make, decay, generator):
    land = make(generator, decay)
    symmetry = symmetry_of(land)
    symmetry = symmetry.isometries if decay else symmetry
    original = point(land, generator)
    copy = symmetry.act(original, symmetry.random(1, generator=generator))
    torch.testing.assert_close(land.value(copy), land.value(original), rtol=1e-12, atol=1e-12)
    assert float((copy - original).norm()) > 3
    back = align(land, original, copy)
    assert float((back - original).abs().max()) < 1e-10


@pytest.mark.parametrize("make", [decoder, skipped])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_other_networks_come_nearer_and_keep_their_loss(make, decay, generator):
    land = make(generator, decay)
    first, second = point(land, generator, 3), point(land, generator, 3)
    near = align(land, first, second)
    torch.testing.assert_close(land.value(near), land.value(second), rtol=1e-9, atol=1e-9)
    assert bool(((near - first).norm(dim=1) < 0.95 * (second - first).norm(dim=1)).all())
    again = align(land, first, near)
    assert bool(((again - first).norm(dim=1) <= (near - first).norm(dim=1)).all())


def test_every_move_of_a_decoder_leaves_the_loss_and_a_sweep_never_goes_away(generator):
    land = decoder(generator)
    symmetry = symmetry_of(land)
    first, second = point(land, generator, 2), point(land, generator, 2)
    networks = Sight.of_weights(symmetry, second)
    for move in moves_of(symmetry):
        moved = move(networks, first)
        torch.testing.assert_close(
            land.value(moved.points), land.value(second), rtol=1e-8, atol=1e-8
        )
    found = matched(networks, first, moves_of(symmetry)[1:])
    assert bool((found.squares(first) <= networks.squares(first)).all())


@pytest.mark.slow
def test_a_universe_of_decoders_is_nearer_than_by_any_reference(generator):
    land = decoder(generator)
    points = point(land, generator, 3)
    found = universe(land, points)
    torch.testing.assert_close(land.value(found), land.value(points), rtol=1e-9, atol=1e-9)
    singles = [
        torch.pdist(align(land, points[row : row + 1], points)).square().sum() for row in range(3)
    ]
    assert float(torch.pdist(found).square().sum()) <= float(min(singles))


@pytest.mark.parametrize("make", [decoder, skipped])
def test_activations_tell_the_copy_too(make, generator):
    land = make(generator, 0.1)
    symmetry = symmetry_of(land).isometries
    original = point(land, generator)
    copy = symmetry.act(original, symmetry.random(1, generator=generator))
    back = align(
        land, original, copy, criterion=ActivationMatching(images=12), restarts=4,
        generator=generator,
    )  # fmt: skip
    torch.testing.assert_close(land.value(back), land.value(copy), rtol=1e-10, atol=1e-10)
    assert float((back - original).norm()) < 1e-6
