"""What is recorded of units moves as the units do."""

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.symmetry.alignment import align
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.matching.activations import activations
from morseloss.networks.symmetry.matching.criteria import ActivationMatching
from tests.networks.models import cnn, cross_entropy, labelled, mlp, vectors
from tests.networks.symmetry.matching.landscapes import decoder, point, skipped


@pytest.mark.parametrize("make", [decoder, skipped])
def test_activations_of_a_copy_are_copies_of_activations(make, generator):
    land = make(generator, 0.1)
    symmetry = symmetry_of(land).isometries
    points = point(land, generator, 2)
    element = symmetry.random(2, generator=generator)
    seen, rows = activations(land, symmetry, points, 12)
    _, moved = activations(land, symmetry, symmetry.act(points, element), 12)
    assert float((moved - rows).abs().max()) > 0.1
    torch.testing.assert_close(seen.act(rows, element), moved)


def test_units_are_centred_and_of_one_length_and_pixels_of_a_channel_stay_together(generator):
    land = NetworkLandscape(cnn(), cross_entropy, *labelled(generator, 1, 8, 8))
    seen, rows = activations(land, symmetry_of(land), vectors(land, generator, n=1), 40)
    parts = seen.layout.split(rows)
    out, into = parts["out of 0"][0], parts["into 4"][0]
    assert out.shape == (4, 40 * 36)
    assert into.shape == (36, 40)
    for part, block in ((out, 1), (into, 9)):
        assert float(part.mean(1).abs().max()) < 1e-12
        lengths = part.square().sum(1).unflatten(0, (-1, block)).mean(1)
        torch.testing.assert_close(lengths, torch.ones(4, dtype=torch.float64))


def test_a_unit_that_is_never_active_is_0_and_harms_nobody(generator):
    land = NetworkLandscape(mlp(nn.ReLU), cross_entropy, *labelled(generator, 6), weight_decay=0.1)
    points = vectors(land, generator)
    land.pure.layout.split(points)["1.bias"][:, 0] = -100
    near = align(land, points[:1], points[1:], criterion=ActivationMatching(40))
    torch.testing.assert_close(land.value(near), land.value(points[1:]))


def test_units_that_pass_no_layer_are_refused(generator):
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Parameter(torch.randn(6, 5))
            self.outer = nn.Parameter(torch.randn(5, 3))

        def forward(self, x):
            return torch.tanh(x @ self.inner) @ self.outer

    land = NetworkLandscape(Bare(), cross_entropy, *labelled(generator, 6))
    points = vectors(land, generator, n=2)
    assert align(land, points[:1], points[1:]).shape == (1, land.dim)
    with pytest.raises(ValueError, match=r"`WeightMatching\(\)`"):
        align(land, points[:1], points[1:], criterion=ActivationMatching())
    with pytest.raises(ValueError, match="one image tells no units apart"):
        ActivationMatching(images=1)


@pytest.mark.filterwarnings("ignore:.*one after the other")
def test_units_of_weights_that_are_computed_are_refused_by_the_names_of_these(generator):
    first = nn.utils.parametrizations.weight_norm(nn.Linear(6, 5))
    module = nn.Sequential(first, nn.ReLU(), nn.utils.parametrizations.weight_norm(nn.Linear(5, 3)))
    land = NetworkLandscape(module, cross_entropy, *labelled(generator, 6))
    points, told = (
        vectors(land, generator),
        r"the units of \['0.bias', .* take `WeightMatching\(\)`",
    )
    with pytest.raises(ValueError, match=told):
        align(land, points[:1], points, criterion=ActivationMatching())
