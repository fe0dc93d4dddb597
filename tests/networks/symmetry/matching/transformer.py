"""A decoder of one layer with two heads, in a few lines, and a residual net."""

import torch
from torch import nn


class Decoder(nn.Module):
    """Normalised attention and a perceptron around skips."""

    def __init__(self, words=7, places=5, width=8, heads=2):
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Embedding(places, width)
        self.before, self.between, self.norm = (nn.LayerNorm(width) for _ in range(3))
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 9), nn.Linear(9, width)
        self.last, self.heads = nn.Linear(width, words, bias=False), heads

    def forward(self, words):
        x = self.words(words) + self.places(torch.arange(words.shape[1], device=words.device))
        y = self.before(x)
        q, k, v = (
            part(y).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        mixed = (q @ k.mT).softmax(-1) @ v
        x = x + self.out(mixed.transpose(1, 2).flatten(2))
        x = x + self.down(nn.functional.gelu(self.up(self.between(x))))
        return self.last(self.norm(x)).transpose(1, 2)


class Skipped(nn.Module):
    """Two normalised convolutions around a skip."""

    def __init__(self, channels=5):
        super().__init__()
        self.first = nn.Conv2d(1, channels, 3)
        self.inner, self.outer = (
            nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels))
            for _ in range(2)
        )
        self.last = nn.Linear(channels, 3)

    def forward(self, x):
        x = self.first(x).relu()
        return self.last((x + self.outer(self.inner(x).relu())).relu().mean((2, 3)))
