"""Landscapes of networks with skips and heads, on random data."""

import torch

from morseloss.networks import NetworkLandscape
from tests.networks.models import cross_entropy, labelled
from tests.networks.symmetry.matching.transformer import Decoder, Skipped


def decoder(generator, decay=0.0):
    words, targets = (torch.randint(0, 7, (12, 5), generator=generator) for _ in range(2))
    return NetworkLandscape(Decoder(), cross_entropy, words, targets, weight_decay=decay)


def skipped(generator, decay=0.0):
    return NetworkLandscape(
        Skipped(), cross_entropy, *labelled(generator, 1, 6, 6), weight_decay=decay
    )


def point(land, generator, n=1):
    """Networks whose gains are near 1, as trained ones are."""
    points = 0.5 * torch.randn(n, land.dim, generator=generator, dtype=torch.float64)
    parts = land.pure.layout.split(points)
    for name in ("before.weight", "between.weight", "norm.weight"):
        if name in parts:
            parts[name].mul_(0.3).add_(1)
    return points
