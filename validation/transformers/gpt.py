"""`GPT`: a pre-norm transformer that tells the next symbol of a text, and its exchangeable units.

The one idea: what is exchangeable is written down by hand here, from the formulas alone: hidden
units of each block, its heads as wholes, and the places of the residual stream.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from morseloss.networks import Axis, Group, Symmetry
from morseloss.networks.loss.pure import Pure

__all__ = ["GPT", "Block", "permutations"]


class Block(nn.Module):
    """Causal attention and a hidden layer, each on the normalised stream and added to it."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.project = nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, stream: Tensor) -> Tensor:
        """Return the stream after the block, shape (texts, places, width)."""
        seen = self.before(stream)
        parts = (self.query(seen), self.key(seen), self.value(seen))
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        found = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        stream = stream + self.project(found.transpose(1, 2).flatten(2))
        return stream + self.down(functional.gelu(self.up(self.between(stream))))


class GPT(nn.Module):
    """A transformer over symbols, with learned positions and no dropout.

    Parameters
    ----------
    symbols : int
        How many there are.
    places : int
        The longest text.
    layers, width, heads : int
    """

    def __init__(
        self, symbols: int, places: int = 64, layers: int = 4, width: int = 64, heads: int = 4
    ) -> None:
        super().__init__()
        self.symbols, self.places = nn.Embedding(symbols, width), nn.Embedding(places, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(layers)))
        self.last, self.head = nn.LayerNorm(width), nn.Linear(width, symbols)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return logits of the next symbols, shape (texts, symbols, places)."""
        places = torch.arange(tokens.shape[1], device=tokens.device)
        stream = self.blocks(self.symbols(tokens) + self.places(places))
        return self.head(self.last(stream)).transpose(1, 2)


def permutations(module: nn.Module) -> Symmetry:
    """Return what can be exchanged in a `GPT`: hidden units, heads, places of the stream.

    Within heads there is more (invertible matrices between queries and keys, and between values
    and projection), and there are orthogonal maps of the stream: these are left out.

    Raises
    ------
    ValueError
        If the module is no `GPT`.
    """
    if not isinstance(module, GPT):
        raise ValueError(f"`module` must be a GPT, got {type(module).__name__}")
    groups, stream = [], [Axis("symbols.weight", 1), Axis("places.weight", 1)]
    blocks = {k: part for k, part in module.named_modules() if isinstance(part, Block)}
    for name, block in blocks.items():
        size = block.query.out_features // block.heads
        heads = [Axis(f"{name}.{part}.weight", 0, size) for part in ("query", "key", "value")]
        groups += [
            Group((*heads, Axis(f"{name}.project.weight", 1, size))),
            Group((
                Axis(f"{name}.up.weight", 0), Axis(f"{name}.up.bias", 0),
                Axis(f"{name}.down.weight", 1),
            )),
        ]  # fmt: skip
        reads = ("query.weight", "key.weight", "value.weight", "up.weight")
        writes = ("project.weight", "project.bias", "down.weight", "down.bias")
        scales = [f"{norm}.{part}" for norm in ("before", "between") for part in ("weight", "bias")]
        stream += [Axis(f"{name}.{part}", 1) for part in reads]
        stream += [Axis(f"{name}.{part}", 0) for part in (*writes, *scales)]
    stream += [Axis("last.weight", 0), Axis("last.bias", 0), Axis("head.weight", 1)]
    return Symmetry(Pure(module).layout, [Group(tuple(stream)), *groups])
