"""Small modules and data, made on the spot."""

import copy

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


class Doubled(nn.Sequential):
    """A chain in name only."""

    def forward(self, x):
        return 2 * super().forward(x)


class Masked(nn.Linear):
    """A linear layer that does not use all of its weights."""

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        rows = torch.arange(outputs)[:, None] >= torch.arange(inputs)
        self.register_buffer("mask", rows.to(self.weight.dtype))

    def forward(self, x):
        return nn.functional.linear(x, self.weight * self.mask, self.bias)


class Last(nn.Module):
    """A recurrent layer, of which the last state is read."""

    def __init__(self, kind=nn.LSTM, inputs=3, classes=3):
        super().__init__()
        self.inner = kind(inputs, 4, batch_first=True)
        self.last = nn.Linear(4, classes)

    def forward(self, x):
        return self.last(self.inner(x)[0][:, -1])


def named_only(kind):
    """A class that does what its base does."""

    class Named(kind):
        """Has nothing of its own that a call uses."""

        def count(self):
            return sum(part.numel() for part in self.parameters())

    return Named


def own(module, loss, point, names, inputs, targets):
    """The loss of a module and its gradient in double precision, by torch alone."""
    module = copied(module).double()
    named = dict(module.named_parameters())
    with torch.no_grad():
        places = torch.split(point, [named[name].numel() for name in names])
        for name, part in zip(names, places, strict=True):
            named[name].copy_(part.view_as(named[name]))
    value = loss(module(inputs.clone()), targets)
    slopes = torch.autograd.grad(value, [named[name] for name in names], allow_unused=True)
    zeros = [torch.zeros_like(named[name]) for name in names]
    flat = [z if s is None else s.to_dense() for s, z in zip(slopes, zeros, strict=True)]
    return value.detach(), torch.cat([part.flatten() for part in flat])


def copied(module):
    """A copy, in which weights that hooks compute are plain numbers."""
    memo = {
        id(part): part.detach().clone()
        for layer in module.modules()
        for part in vars(layer).values()
        if isinstance(part, torch.Tensor) and part.grad_fn is not None
    }
    return copy.deepcopy(module, memo)
