"""All matrices and factors at once: the valley of blocks is left behind, and nothing rises."""

import torch

from morseloss.networks.symmetry.matching.freedom import freedom
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.matching.sweeps import matched, mixes, scales
from morseloss.networks.symmetry.matching.together import together
from morseloss.networks.symmetry.matching.turns import turns_of
from morseloss.networks.symmetry.symmetry import Symmetry
from tests.networks.symmetry.matching.landscapes import decoder, point


def turned_a_little(symmetry, points, generator):
    """Copies by small matrices and factors alone."""
    turns = turns_of(symmetry, points)
    slopes = turns.slopes(
        turns.mixed, points, torch.randn(points.shape, generator=generator, dtype=points.dtype)
    )
    return turns.moved([0.05 * slope / slope.norm() for slope in slopes]).copies


def test_pushed_is_the_adjoint_of_slopes(generator):
    land = decoder(generator)
    turns = turns_of(freedom(land, None), point(land, generator, 2))
    mixed = turns.mixed
    copies = turns.scaled(mixed)
    target = torch.randn(copies.shape, generator=generator, dtype=torch.float64)
    slopes = turns.slopes(mixed, copies, target)
    steps = turns.slopes(mixed, copies, target.roll(1, 1))  # some that are allowed
    one = (turns.pushed(mixed, copies, steps) * target).sum()
    other = sum((a * b).sum() for a, b in zip(slopes, steps, strict=True))
    torch.testing.assert_close(one, other)


def test_a_small_turn_is_taken_back_to_round_off_where_blocks_are_still_on_their_way(generator):
    land = decoder(generator)
    symmetry = freedom(land, None)
    symmetry = Symmetry(symmetry.layout, (), symmetry.mixings, symmetry.scalings)
    original = point(land, generator)
    networks = Sight.of_weights(symmetry, turned_a_little(symmetry, original, generator))
    assert float((networks.points - original).norm(dim=1).min()) > 1e-2
    found = together(networks, original)
    blocks = matched(networks, original, [*mixes(symmetry), *scales(symmetry)], sweeps=8)
    assert float((found.points - original).abs().max()) < 1e-12
    assert bool((found.squares(original) <= blocks.squares(original)).all())


def test_other_networks_come_no_farther_and_keep_their_loss(generator):
    land = decoder(generator)
    first, second = point(land, generator), point(land, generator)
    networks = Sight.of_weights(freedom(land, None), second)
    found = together(networks, first)
    assert bool((found.squares(first) < networks.squares(first)).all())
    torch.testing.assert_close(land.value(found.points), land.value(second), rtol=1e-9, atol=1e-9)
