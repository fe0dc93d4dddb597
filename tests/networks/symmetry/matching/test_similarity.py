"""Planted matrices are read off, up to a factor for each."""

import torch
from torch import nn

from morseloss.networks import NetworkLandscape, symmetry_of
from morseloss.networks.symmetry.matching.contributions import told
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.matching.similarity import evened
from tests.networks.models import cross_entropy, labelled


def test_matrices_between_linear_layers_are_told_up_to_a_factor(generator):
    module = nn.Sequential(nn.Linear(6, 5), nn.Linear(5, 4), nn.Linear(4, 3))
    inputs, targets = labelled(generator, 6)
    land = NetworkLandscape(module, cross_entropy, inputs, targets)
    symmetry = symmetry_of(land)
    assert [mixing.size for mixing in symmetry.mixings] == [5, 4]
    original = torch.randn(2, land.dim, generator=generator, dtype=torch.float64)
    copies = symmetry.act(original, symmetry.random(2, generator=generator))
    found = told(land, Sight.of_weights(symmetry, copies), Sight.of_weights(symmetry, original))
    before, after = (land.pure.layout.split(rows) for rows in (original, found.points))
    for name in before:
        one, other = (part[name].flatten(1) for part in (before, after))
        alike = nn.functional.cosine_similarity(one, other).abs()
        assert bool((alike > 1 - 1e-12).all()), name
    assert float((copies - original).norm()) > 3


def test_noise_of_vanishing_slopes_counts_nothing():
    one = torch.tensor([[3.0, 4.0], [1e-17, 0.0], [0.0, 2.0]], dtype=torch.float64)
    assert evened(one, one).tolist() == [5.0, float("inf"), 2.0]
