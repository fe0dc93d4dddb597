"""Small modules and data, made on the spot."""

import torch
from torch import nn

cross_entropy = nn.functional.cross_entropy


def mlp(activation=nn.Tanh, inputs=6, width=5, classes=3):
    """Two hidden layers."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(inputs, width), activation(), nn.Linear(width, width),
        activation(), nn.Linear(width, classes),
    )  # fmt: skip


def cnn(norm=False):
    """One convolution, with batch normalisation or without."""
    middle = [nn.BatchNorm2d(4)] if norm else []
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), *middle, nn.Tanh(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4 * 9, 3)
    )


class Skip(nn.Module):
    """A module that is no chain."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, x):
        return self.second(x + torch.tanh(self.first(x)))


def labelled(generator, *shape, images=40, classes=3):
    """Normal inputs and random classes."""
    inputs = torch.randn(images, *shape, generator=generator, dtype=torch.float64)
    return inputs, torch.randint(0, classes, (images,), generator=generator)


def vectors(land, generator, n=4, size=0.5):
    """Normal parameter vectors."""
    return size * torch.randn(n, land.dim, generator=generator, dtype=torch.float64)
