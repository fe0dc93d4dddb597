"""Networks of attention and of mixing in small, each written from its published description."""

from math import log

import torch
from torch import Tensor, nn

__all__ = [
    "BERT", "GPT", "Attended", "Attention", "Crossed", "LLaMA", "Mixer", "MultiQuery", "SwinBlock",
    "ViT",
]  # fmt: skip


def mlp(width: int, inner: int, act: type[nn.Module] = nn.GELU) -> nn.Module:
    """Return two dense layers."""
    return nn.Sequential(nn.Linear(width, inner), act(), nn.Linear(inner, width))


class MixerBlock(nn.Module):
    """Dense layers along patches, then along channels (Tolstikhin et al. 2021)."""

    def __init__(self, patches: int, width: int):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.patches, self.channels = mlp(patches, 5), mlp(width, 7)

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block gives."""
        x = x + self.patches(self.norms[0](x).transpose(1, 2)).transpose(1, 2)
        return x + self.channels(self.norms[1](x))


class Mixer(nn.Module):
    """MLP-Mixer."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 4, 4)
        self.blocks = nn.Sequential(MixerBlock(4, 6), MixerBlock(4, 6))
        self.norm, self.last = nn.LayerNorm(6), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        x = self.stem(x).flatten(2).transpose(1, 2)
        return self.last(self.norm(self.blocks(x)).mean(1))


class Attention(nn.Module):
    """Attention of several heads, with one matrix for queries, keys and values (Vaswani 2017)."""

    def __init__(self, width: int, heads: int, causal: bool = False):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return what the heads give."""
        rows, tokens, width = x.shape
        split = self.qkv(x).reshape(rows, tokens, 3, self.heads, width // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4).unbind(0)
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.out(y.transpose(1, 2).reshape(rows, tokens, width))


class Block(nn.Module):
    """Attention and dense layers, each behind a normalisation."""

    def __init__(self, width: int, heads: int, inner: int, causal: bool = False):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.attention, self.mlp = Attention(width, heads, causal), mlp(width, inner)

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block gives."""
        x = x + self.attention(self.norms[0](x))
        return x + self.mlp(self.norms[1](x))


class ViT(nn.Module):
    """Vision transformer, with a class token (Dosovitskiy et al. 2021)."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.places = nn.Parameter(torch.randn(1, 5, 8))
        self.blocks = nn.Sequential(Block(8, 2, 12), Block(8, 2, 12))
        self.norm, self.last = nn.LayerNorm(8), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        x = self.stem(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.places
        return self.last(self.norm(self.blocks(x))[:, 0])


class WindowAttention(nn.Module):
    """Attention in windows, with a bias by relative place for each head (Liu et al. 2021)."""

    places: Tensor

    def __init__(self, width: int, heads: int, window: int, shift: int):
        super().__init__()
        self.heads, self.window, self.shift = heads, window, shift
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.table = nn.Parameter(torch.randn((2 * window - 1) ** 2, heads))
        grid = torch.stack(torch.meshgrid(*[torch.arange(window)] * 2, indexing="ij")).flatten(1)
        apart = grid[:, :, None] - grid[:, None] + window - 1
        self.register_buffer("places", apart[0] * (2 * window - 1) + apart[1])

    def forward(self, x: Tensor) -> Tensor:
        """Return what the heads give, for images with channels last."""
        n, side, _, width = x.shape
        w, count = self.window, side // self.window
        x = torch.roll(x, (-self.shift, -self.shift), (1, 2))
        x = x.view(n, count, w, count, w, width).transpose(2, 3).reshape(-1, w * w, width)
        qkv = self.qkv(x).reshape(len(x), w * w, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        bias = self.table[self.places.flatten()].view(w * w, w * w, -1).permute(2, 0, 1)
        scores = q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5 + bias
        y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(len(x), w * w, width)
        y = self.out(y).view(n, count, count, w, w, width).transpose(2, 3)
        return torch.roll(y.reshape(n, side, side, width), (self.shift, self.shift), (1, 2))


class SwinBlock(nn.Module):
    """Two blocks of Swin, the second with shifted windows, and a merging of patches."""

    def __init__(self, width: int = 8, heads: int = 2):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 2, 2)
        self.attentions = nn.ModuleList([WindowAttention(width, heads, 2, s) for s in (0, 1)])
        self.mlps = nn.ModuleList([mlp(width, 10), mlp(width, 10)])
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(4)])
        self.merged = nn.LayerNorm(4 * width)
        self.merge, self.last = nn.Linear(4 * width, 6, bias=False), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        x = self.stem(x).permute(0, 2, 3, 1)
        for i in (0, 1):
            x = x + self.attentions[i](self.norms[2 * i](x))
            x = x + self.mlps[i](self.norms[2 * i + 1](x))
        parts = [x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)]
        x = self.merge(self.merged(torch.cat(parts, -1)))
        return self.last(torch.relu(x).mean((1, 2)))


class GPT(nn.Module):
    """GPT-2: blocks on learnt places, whose last layer may be the embedding (Radford 2019)."""

    def __init__(self, tied: bool, words: int = 11, places: int = 6, width: int = 8):
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Embedding(places, width)
        self.blocks = nn.Sequential(*[Block(width, 2, 12, causal=True) for _ in range(2)])
        self.norm, self.last = nn.LayerNorm(width), nn.Linear(width, words, bias=False)
        if tied:
            self.last.weight = self.words.weight

    def forward(self, words: Tensor) -> Tensor:
        """Return the scores of the next words."""
        x = self.words(words) + self.places(torch.arange(words.shape[1], device=words.device))
        return self.last(self.norm(self.blocks(x)))


class RMS(nn.Module):
    """Root-mean-square normalisation by hand (Zhang, Sennrich 2019)."""

    def __init__(self, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalised vectors."""
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5))


def rotated(x: Tensor) -> Tensor:
    """Turn the two halves of each head by angles that grow with the place (Su et al. 2021)."""
    half = x.shape[-1] // 2
    speeds = torch.exp(-log(10000.0) * torch.arange(half, dtype=x.dtype) / half)
    angles = torch.arange(x.shape[-2], dtype=x.dtype)[:, None] * torch.cat([speeds, speeds])
    turned = torch.cat([-x[..., half:], x[..., :half]], -1)
    return x * angles.cos() + turned * angles.sin()


class LLaMABlock(nn.Module):
    """Rotary attention whose queries share keys and values, and a gated mlp."""

    def __init__(self, width: int, heads: int, shared: int, inner: int):
        super().__init__()
        self.heads, self.shared, self.size = heads, shared, width // heads
        self.norms = nn.ModuleList([RMS(width), RMS(width)])
        self.q = nn.Linear(width, width, bias=False)
        self.k = nn.Linear(width, shared * self.size, bias=False)
        self.v = nn.Linear(width, shared * self.size, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.gate, self.up = (nn.Linear(width, inner, bias=False) for _ in range(2))
        self.down = nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block gives."""
        y = self.norms[0](x)
        q, k, v = (
            part(y).view(*y.shape[:2], heads, self.size).transpose(1, 2)
            for part, heads in ((self.q, self.heads), (self.k, self.shared), (self.v, self.shared))
        )
        q, k = rotated(q), rotated(k)
        k, v = (t.repeat_interleave(self.heads // self.shared, 1) for t in (k, v))
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).flatten(2))
        y = self.norms[1](x)
        return x + self.down(nn.functional.silu(self.gate(y)) * self.up(y))


class LLaMA(nn.Module):
    """LLaMA 2 in small (Touvron et al. 2023)."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(11, 16)
        self.blocks = nn.Sequential(LLaMABlock(16, 4, 2, 12), LLaMABlock(16, 4, 2, 12))
        self.norm, self.last = RMS(16), nn.Linear(16, 11, bias=False)

    def forward(self, words: Tensor) -> Tensor:
        """Return the scores of the next words."""
        return self.last(self.norm(self.blocks(self.words(words))))


class BERT(nn.Module):
    """Blocks with normalisation behind the sum, torch's own (Devlin et al. 2019)."""

    def __init__(self, first: bool = False):
        super().__init__()
        self.words, self.places = nn.Embedding(11, 8), nn.Embedding(6, 8)
        block = nn.TransformerEncoderLayer(
            8, 2, 12, 0.0, "gelu", batch_first=True, norm_first=first
        )  # fmt: skip
        self.blocks = nn.TransformerEncoder(block, 2, enable_nested_tensor=False)
        self.last = nn.Linear(8, 3)

    def forward(self, words: Tensor) -> Tensor:
        """Return the scores of the classes."""
        x = self.words(words) + self.places(torch.arange(words.shape[1], device=words.device))
        return self.last(self.blocks(x)[:, 0])


class Attended(nn.Module):
    """`nn.MultiheadAttention` between two dense layers."""

    def __init__(self):
        super().__init__()
        self.first, self.inner = nn.Linear(3, 8), nn.MultiheadAttention(8, 2, batch_first=True)
        self.last = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return three numbers a token."""
        x = self.first(x)
        return self.last(self.inner(x, x, x, need_weights=False)[0])


class Crossed(nn.Module):
    """A decoder layer of torch, which attends to a second stream too (Vaswani et al. 2017)."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(3, 8), nn.Linear(3, 8), nn.Linear(8, 3)
        self.inner = nn.TransformerDecoderLayer(8, 2, 12, 0.0, "gelu", batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """Return three numbers a token."""
        return self.last(self.inner(self.first(x), self.second(x.flip(1))))


class MultiQuery(nn.Module):
    """Attention of four heads that share one set of keys and values (Shazeer 2019)."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(3, 16), nn.LayerNorm(16), nn.Linear(16, 3)
        self.q, self.k, self.v = nn.Linear(16, 16), nn.Linear(16, 4), nn.Linear(16, 4)
        self.out = nn.Linear(16, 16)

    def forward(self, x: Tensor) -> Tensor:
        """Return three numbers a token."""
        x = self.first(x)
        y = self.norm(x)
        q, k, v = (
            part(y).unflatten(-1, (-1, 4)).transpose(1, 2) for part in (self.q, self.k, self.v)
        )
        y = nn.functional.scaled_dot_product_attention(q, k.expand_as(q), v.expand_as(q))
        return self.last(x + self.out(y.transpose(1, 2).flatten(2)))
