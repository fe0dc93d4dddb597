"""Copies of networks with attention come back, and other networks never go away."""

import pytest
import torch

from morseloss.networks import ActivationMatching, align, symmetry_of, universe
from morseloss.networks.symmetry.matching.nearest import nearest
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.matching.sweeps import matched, moves_of
from morseloss.networks.symmetry.symmetry import probe
from tests.networks.symmetry.matching.attending import ATTENDING, attending
from tests.networks.symmetry.matching.landscapes import decoder, point

LONG = ("two layers, normalised first, no bias", "encoder layer, batch second")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in ATTENDING],
)
def test_a_copy_of_a_network_with_attention_is_brought_back(name, generator):
    land = attending(name, generator)
    symmetry = symmetry_of(land)
    original = probe(land.pure.layout, generator)  # with gains of either sign
    copy = symmetry.act(original, symmetry.random(1, generator=generator))
    back = align(land, original, copy, symmetry=symmetry)
    length = float(original.norm())
    assert float((copy - original).norm()) > 0.5 * length
    assert float((back - original).norm()) < 1e-9 * length


def test_a_copy_that_was_moved_a_little_comes_back_as_near(generator):
    land = decoder(generator)
    symmetry = symmetry_of(land)
    original = point(land, generator)
    noise = 1e-4 * torch.randn(1, land.dim, generator=generator, dtype=torch.float64)
    copy = symmetry.act(original + noise, symmetry.random(1, generator=generator))
    back = align(land, original, copy, symmetry=symmetry)
    assert float((back - original).norm()) < 1.01 * float(noise.norm())


def test_networks_that_are_no_copies_are_matched_as_they_are(generator):
    land = decoder(generator)
    symmetry = symmetry_of(land)
    first, second = (Sight.of_weights(symmetry, point(land, generator)) for _ in range(2))
    moves = moves_of(symmetry)
    found = nearest(land, second, first, moves)
    assert torch.equal(found.points, matched(second, first.points, moves).points)


def others(land, generator, count=2):
    """Two lists of networks that have nothing to do with each other."""
    drawn = [probe(land.pure.layout, generator) for _ in range(2 * count)]
    return torch.cat(drawn[:count]), torch.cat(drawn[count:])


@pytest.mark.parametrize("name", ["MultiheadAttention", "decoder layer", "multi-query"])
def test_alignment_never_raises_the_distance_and_keeps_the_loss(name, generator):
    land = attending(name, generator)
    first, second = others(land, generator)
    near = align(land, first, second)
    torch.testing.assert_close(land.value(near), land.value(second), rtol=1e-8, atol=1e-8)
    assert bool(((near - first).norm(dim=1) < (second - first).norm(dim=1)).all())
    again = align(land, first, near)
    assert bool(((again - first).norm(dim=1) <= (near - first).norm(dim=1)).all())
    assert torch.equal(align(land, first, first), first)


def test_nor_does_alignment_by_activations_as_these_are_seen(generator):
    land = attending("multi-query", generator)
    symmetry, criterion = symmetry_of(land), ActivationMatching(images=12)
    first, second = others(land, generator)
    near = align(land, first, second, symmetry=symmetry, criterion=criterion)
    seen = [criterion.sight(land, symmetry, rows).seen for rows in (first, second, near)]
    before, after = ((rows - seen[0]).norm(dim=1) for rows in seen[1:])
    assert bool((after < before).all())
    torch.testing.assert_close(land.value(near), land.value(second), rtol=1e-8, atol=1e-8)


def test_a_universe_of_copies_with_attention_is_one_network(generator):
    land = attending("encoder layer", generator)
    symmetry = symmetry_of(land)
    points = probe(land.pure.layout, generator).expand(3, -1)
    copies = symmetry.act(points, symmetry.random(3, generator=generator))
    frame = universe(land, copies)
    assert float((frame - frame[:1]).norm()) < 1e-7 * float(points.norm())
