"""Small networks with skips and attention, which the claim about alignment trains.

The one idea: a GPT on windows of text and a residual net on digits, each written from its
description in a few lines, with layer normalisation as printed.
"""

import lzma
from pathlib import Path

import torch
from torch import Tensor, nn

__all__ = ["GPT", "ResidualNet", "windows"]

TEXT = Path("shakespeare") / "tinyshakespeare.txt.xz"


class GPT(nn.Module):
    """A decoder of characters: attention and a perceptron a layer, normalised before each.

    Outputs have the classes before the places, as `cross_entropy` takes them.
    """

    numbers: Tensor

    def __init__(
        self, symbols: int, places: int, *, layers: int = 2, width: int = 64, heads: int = 4
    ) -> None:
        super().__init__()
        self.token = nn.Embedding(symbols, width)
        self.place = nn.Embedding(places, width)
        self.layers = nn.ModuleList(_Layer(width, heads, places) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, symbols, bias=False)
        self.register_buffer("numbers", torch.arange(places))

    def reset_parameters(self) -> None:
        """Draw all weights as GPT-2 does, small; the norms have drawn theirs before."""
        for part in self.modules():
            if isinstance(part, nn.Embedding | nn.Linear):
                nn.init.normal_(part.weight, std=0.02)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores of the next characters, (windows, symbols, places)."""
        x = self.token(tokens) + self.place(self.numbers[: tokens.shape[-1]])
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x)).transpose(-1, -2)


class _Layer(nn.Module):
    later: Tensor

    def __init__(self, width: int, heads: int, places: int) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value, self.out = (
            nn.Linear(width, width, bias=False) for _ in range(4)
        )
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.register_buffer("later", torch.ones(places, places, dtype=torch.bool).triu(1))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attended(self.before(x))
        return x + self.down(nn.functional.gelu(self.up(self.between(x))))

    def attended(self, x: Tensor) -> Tensor:
        q, k, v = (
            part(x).unflatten(-1, (self.heads, -1)).transpose(-2, -3)
            for part in (self.query, self.key, self.value)
        )
        scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
        later = self.later[: x.shape[-2], : x.shape[-2]]
        mixed = scores.masked_fill(later, -torch.inf).softmax(-1) @ v
        return self.out(mixed.transpose(-2, -3).flatten(-2))


class ResidualNet(nn.Module):
    """Blocks of two layers around a skip, each layer batch-normalised, for ten classes."""

    def __init__(self, channels: int = 8, blocks: int = 2) -> None:
        super().__init__()
        self.first = _normalised(1, channels)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                _normalised(channels, channels), nn.ReLU(), _normalised(channels, channels)
            )
            for _ in range(blocks)
        )
        self.last = nn.Linear(channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        x = self.first(x).relu()
        for block in self.blocks:
            x = (x + block(x)).relu()
        return self.last(x.mean((-1, -2)))


def _normalised(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs)
    )


def windows(folder: Path, length: int, count: int, *, skip: int = 0) -> tuple[Tensor, Tensor, int]:
    """Return windows of Shakespeare, their next characters, and how many characters there are.

    Raises
    ------
    ValueError
        If the folder lacks the file, or the text is too short.
    """
    file = folder / TEXT
    if not file.exists():
        raise ValueError(f"{file} is not there; name the folder that holds it by `--data`")
    text = lzma.open(file, "rt").read()
    symbols = {symbol: number for number, symbol in enumerate(sorted(set(text)))}
    first, last = skip * length, (skip + count) * length
    if last >= len(text):
        raise ValueError(f"{file} holds {len(text)} characters, and {last + 1} were asked for")
    numbers = torch.tensor([symbols[symbol] for symbol in text[first : last + 1]])
    return numbers[:-1].reshape(count, length), numbers[1:].reshape(count, length), len(symbols)
