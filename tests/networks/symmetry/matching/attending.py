"""Landscapes of torch's own attention, in small."""

import torch
from torch import nn

from morseloss.networks import Looped, NetworkLandscape
from validation.symmetries.architectures.attention import Attended, Crossed, MultiQuery

__all__ = ["ATTENDING", "attending"]


class Encoded(nn.Module):
    """Encoder layers of torch between linear ones."""

    def __init__(self, layers, *, first, bias=True, batch_first=True):
        super().__init__()
        self.stem, self.last, self.turned = nn.Linear(3, 8), nn.Linear(8, 3), not batch_first
        block = nn.TransformerEncoderLayer(
            8, 2, 12, 0.0, "gelu", norm_first=first, bias=bias, batch_first=batch_first
        )
        self.body = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)

    def forward(self, x):
        x = self.stem(x)
        if self.turned:
            return self.last(self.body(x.transpose(0, 1)).transpose(0, 1))
        return self.last(self.body(x))


ATTENDING = {
    "MultiheadAttention": Attended,
    "encoder layer": lambda: Encoded(1, first=False),
    "encoder layer, batch second": lambda: Encoded(1, first=False, batch_first=False),
    "encoder layer, normalised first": lambda: Encoded(1, first=True),
    "encoder layer, no bias": lambda: Encoded(1, first=False, bias=False),
    "two layers, normalised first, no bias": lambda: Encoded(2, first=True, bias=False),
    "two layers": lambda: Encoded(2, first=False),
    "decoder layer": Crossed,
    "multi-query": MultiQuery,
}


def attending(name, generator):
    """The landscape of one of them on random sequences."""
    inputs = torch.randn(12, 5, 3, generator=generator, dtype=torch.float64)
    module = ATTENDING[name]().double()
    targets = torch.zeros_like(module(inputs)).detach()
    return NetworkLandscape(module, squares, inputs, targets, engine=Looped)


def squares(outputs, targets):
    return ((outputs - targets) ** 2).mean()
