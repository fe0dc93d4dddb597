"""Turned copies keep their loss, and their lines become lower."""

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.symmetry.alignment import align
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.matching.freedom import freedom
from morseloss.networks.symmetry.matching.turns import turns_of
from morseloss.networks.symmetry.turning import Turning, turned
from tests.networks.models import cross_entropy, labelled, mlp, vectors
from tests.networks.symmetry.matching.landscapes import decoder, point


def test_the_line_becomes_lower_and_the_loss_stays(generator):
    land = decoder(generator)
    first, second = point(land, generator, 2), point(land, generator, 2)
    near = align(land, first, second)
    low = turned(land, first, near, Turning(60, 1e-2, size=12), generator=generator)
    torch.testing.assert_close(land.value(low), land.value(second), rtol=1e-9, atol=1e-9)
    before, after = (land.value((first + rows) / 2) for rows in (near, low))
    assert bool((after < 0.95 * before).all())


def test_slopes_are_those_of_differences(generator):
    land = decoder(generator)
    symmetry = freedom(land, None)
    turns = turns_of(symmetry, point(land, generator))
    target = torch.randn(1, land.dim, generator=generator, dtype=torch.float64)

    def value(these):
        return float((these.scaled(these.mixed) * target).sum())

    mixed = turns.mixed
    slopes = turns.slopes(mixed, turns.scaled(mixed), target)
    for place, slope in enumerate(slopes):
        steps = [torch.zeros_like(one) for one in slopes]
        steps[place] = torch.randn(slope.shape, generator=generator, dtype=torch.float64)
        ahead, behind = (turns.moved([sign * 1e-5 * step for step in steps]) for sign in (1, -1))
        measured = (value(ahead) - value(behind)) / 2e-5
        expected = float((slope * steps[place]).sum())
        assert abs(measured - expected) < 1e-5 * (1 + abs(expected))


def test_gains_are_kept_where_nothing_is_turned(generator):
    land = decoder(generator)
    points = point(land, generator)
    land.pure.layout.split(points)["norm.weight"][:, :3].neg_()
    turns = turns_of(freedom(land, None), points)
    torch.testing.assert_close(turns.scaled(turns.mixed), points)


def test_what_did_not_become_lower_is_returned_as_it_was(generator):
    land = decoder(generator)
    first, second = point(land, generator), point(land, generator)
    far = turned(land, first, second, Turning(1, 50.0, size=2), generator=generator)
    assert torch.equal(far, second)


def test_bad_input_is_refused(generator):
    with pytest.raises(ValueError, match="must be positive"):
        Turning(steps=0)
    data = labelled(generator, 6)
    decays = NetworkLandscape(mlp(nn.ReLU), cross_entropy, *data, weight_decay=0.1)
    points = vectors(decays, generator)
    with pytest.raises(ValueError, match="weight decay"):
        turned(decays, points, points, generator=generator)
    smooth = NetworkLandscape(mlp(), cross_entropy, *data)
    with pytest.raises(ValueError, match="exchanged only"):
        turned(smooth, points, points, generator=generator)
    free = NetworkLandscape(mlp(nn.ReLU), cross_entropy, *data)
    with pytest.raises(ValueError, match="1 or 4 rows"):
        turned(free, points[:2], points, generator=generator)
    with pytest.raises(ValueError, match="no symmetry of the module"):
        turned(free, points, points, symmetry=symmetry_of(smooth), generator=generator)
