"""A small relay, for tests that look at what it tells."""

from dataclasses import replace

import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.relay import Relay, relay
from morseloss.networks.training.convergence import converge
from morseloss.networks.training.lbfgs import LBFGS
from tests.networks.models import cross_entropy, labelled

QUICK = Relay(size=16, first=60, join=20, stations=2, descent=20, evaluations=5)


def seeded(number=3):
    return torch.Generator().manual_seed(number)


def small(generator, count=4, activation=nn.Tanh):
    """A landscape, and networks that have descended for a while."""
    inputs, targets = labelled(generator, 5, images=48)
    module = nn.Sequential(nn.Linear(5, 6), activation(), nn.Linear(6, 3))
    land = NetworkLandscape(module, cross_entropy, inputs, targets, weight_decay=1e-2)
    starts = torch.randn(count, land.dim, generator=generator, dtype=torch.float64)
    return land, converge(land, starts, LBFGS(), max_steps=60).points


def relayed(land, points, budget=300):
    return relay(land, points, QUICK, budget=budget, generator=seeded())


def with_tops(found, tops, spent, status=None):
    """The same relay as if it had been looked at so."""
    return replace(
        found,
        tops=torch.as_tensor(tops, dtype=torch.float64),
        spent=torch.as_tensor(spent, dtype=torch.float64),
        status=found.status if status is None else torch.as_tensor(status),
    )
