"""How many networks are trained, and how many paths lowered, at a time.

The one idea: what a training holds of each network follows from the recipe. How many go together
follows from that and a constant alone, since who trains together shares rounding: so a folder comes
out the same on a machine with little memory and on one with much.
"""

import torch

from morseloss.networks.loss.memory.blocks import whole_blocks
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.training.course import Descent

__all__ = ["HELD", "PATHS", "networks_at_once", "paths_at_once"]

HELD = 8 * 2**30
"""Bytes of networks, and of what their optimisers remember of them."""

PATHS = 64  # that go together where there is room
BYTES = 8  # of a number
BESIDE = 8  # copies of the weights: of the epoch's begin, gradients, directions, trial steps
ALONG = 8  # copies of a path: its gradients, and the moments of the optimiser


def networks_at_once(landscape: NetworkLandscape, descent: Descent) -> int:
    """Return how many networks are trained together at most.

    Parameters
    ----------
    landscape : NetworkLandscape
    descent : Descent
    """
    memory = descent.optimiser.init(torch.zeros(1, 8))
    epochs = sum(part.numel() for part in memory.values()) / 8
    finish = 0 if descent.finish is None else 2 * getattr(descent.finish, "memory", 0)
    each = landscape.dim * BYTES * (BESIDE + max(epochs, finish))
    return whole_blocks(int(HELD // each))


def paths_at_once(landscape: NetworkLandscape, training: Training) -> int:
    """Return how many paths are lowered together at most, if nothing else is asked for.

    Parameters
    ----------
    landscape : NetworkLandscape
    training : Training
    """
    controls = 2 + getattr(training.method, "bends", 0)
    each = landscape.dim * BYTES * ALONG * controls
    return min(PATHS, whole_blocks(int(HELD // each)))
