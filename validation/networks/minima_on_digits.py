"""Minima of small networks on scikit-learn's digits, which the claims about paths share.

The one idea: cross-entropy plus `DECAY / 2 |w|^2`, Adam on mini-batches, then L-BFGS on all images.
"""

import torch
from torch import nn

from morseloss.networks import LBFGS, Cosine, Descent, NetworkLandscape, Trained, initial, train
from validation.images import digits

__all__ = ["DECAY", "IMAGES", "convolutional", "on_digits", "trained"]

DECAY = 1e-3  # torch's convention
IMAGES = 1797
SIZE, RATE, FLAT = 128, 3e-3, 1e-4


def convolutional(channels: int) -> nn.Sequential:
    """Return the paper's CNN-1-C for images of 8 times 8: a convolution, maxima, a linear layer."""
    return nn.Sequential(
        nn.Conv2d(1, channels, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(9 * channels, 10),
    )  # fmt: skip


def on_digits(module: nn.Module) -> NetworkLandscape:
    """Return the loss of the module on all images, as vectors or as pictures."""
    inputs, targets = digits()
    if isinstance(next(module.children()), nn.Conv2d):
        inputs = inputs.unflatten(1, (1, 8, 8))
    return NetworkLandscape(
        module, nn.functional.cross_entropy, inputs, targets, weight_decay=DECAY
    )


def trained(
    land: NetworkLandscape, count: int, seed: int, *, epochs: int, max_steps: int
) -> Trained:
    """Return so many networks, trained from random weights to a plateau on all images."""
    generator = torch.Generator().manual_seed(seed)
    starts = initial(land, count, generator=generator)
    descent = Descent(Cosine(RATE, epochs), epochs, SIZE, finish=LBFGS(ftol=FLAT), steps=max_steps)
    return train(land, starts, descent, generator=generator)
