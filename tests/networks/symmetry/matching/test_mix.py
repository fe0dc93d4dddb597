"""Matrices of one group: the nearest rotation, and nearer invertible ones."""

import torch

from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.matching.mix import mixes, without_gains
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.networks.symmetry.unit_groups import Axis, Mixing
from tests.networks.symmetry.matching.landscapes import decoder, point


def rotation(layout, *, ones):
    """The output of the perceptron alone, taken for a group: enough for distances."""
    mixing = Mixing((Axis("down.weight", 0),), size=8, orthogonal=True, ones=ones)
    return Symmetry(layout, mixings=[mixing])


def test_a_rotation_is_the_nearest_and_keeps_ones_where_it_must(generator):
    layout = decoder(generator).pure.layout
    first, second = (torch.randn(3, layout.dim, generator=generator).double() for _ in range(2))
    for ones in (False, True):
        symmetry = rotation(layout, ones=ones)
        networks = Sight.of_weights(symmetry, second)
        found = mixes(symmetry)[0](networks, first)
        best = found.squares(first)
        for _ in range(200):
            turn = symmetry.random(3, generator=generator).matrices[0]
            assert bool((found.mixed(0, turn).squares(first) >= best).all())
        before, after = (layout.split(n.points)["down.weight"].sum(1) for n in (networks, found))
        torch.testing.assert_close(before, after) if ones else None
        norms = (layout.split(n.points)["down.weight"].norm() for n in (networks, found))
        torch.testing.assert_close(*norms)


def test_an_invertible_matrix_is_nearer_than_the_rotation_and_no_small_step_is(generator):
    land = decoder(generator)
    symmetry = symmetry_of(land)
    place = next(n for n, m in enumerate(symmetry.mixings) if not m.orthogonal)
    first, second = point(land, generator, 2), point(land, generator, 2)
    networks, move = Sight.of_weights(symmetry, second), mixes(symmetry)[place]
    found = move(networks, first)
    for _ in range(20):
        found = move(found, first)
    isometric = symmetry.isometries
    kept = next(
        n for n, m in enumerate(isometric.mixings) if m.axes[0] == symmetry.mixings[place].axes[0]
    )
    rotated = mixes(isometric)[kept](Sight.of_weights(isometric, second), first)
    best = found.squares(first)
    assert bool((best < rotated.squares(first)).all())
    torch.testing.assert_close(land.value(found.points), land.value(second))
    size = symmetry.mixings[place].size
    for _ in range(50):
        step = 1e-3 * torch.randn(2, size, size, generator=generator, dtype=torch.float64)
        tried = found.mixed(place, torch.linalg.matrix_exp(step)).squares(first)
        assert bool((tried >= best * (1 - 1e-9)).all())


def test_readers_take_gains_over_and_outputs_stay(generator):
    land = decoder(generator)
    symmetry = symmetry_of(land)
    points = point(land, generator, 2)
    (stream,) = [n for n, mixing in enumerate(symmetry.mixings) if mixing.gains]
    bare = without_gains(Sight.of_weights(symmetry, points), stream).points
    gains = [
        land.pure.layout.split(bare)[gain.axis.name] for gain in symmetry.mixings[stream].gains
    ]
    assert all(bool((gain == 1).all()) for gain in gains)
    assert len(gains) == 3
    torch.testing.assert_close(land.value(bare), land.value(points))
    isometric = symmetry.isometries  # without gains nothing is taken over
    alone = without_gains(Sight.of_weights(isometric, points), 0).points
    assert torch.equal(alone, points)
