"""Convolutions with channels last, attention under `vmap`: the same numbers, and no warnings."""

import warnings

import pytest
import torch
from torch import nn

from morseloss.networks import ChannelsLast, Looped, Mapped, NetworkLandscape
from morseloss.networks.loss.engine import engines_for
from morseloss.networks.loss.pure import Pure
from tests.networks.models import cross_entropy, labelled, vectors


def pictures(norm=False):
    """Two convolutions of three channels."""
    middle = [nn.BatchNorm2d(6)] if norm else []
    return nn.Sequential(
        nn.Conv2d(3, 6, 3), *middle, nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 4, 3), nn.Tanh(),
        nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip


class Viewed(nn.Module):
    """A convolution that is flattened by `view`, which asks for channels first."""

    def __init__(self):
        super().__init__()
        self.inner, self.last = nn.Conv2d(3, 4, 3), nn.Linear(4 * 36, 3)

    def forward(self, x):
        return self.last(self.inner(x).view(len(x), -1))


class Attending(nn.Module):
    """Causal attention over eight places, fused by torch."""

    def __init__(self, width=8):
        super().__init__()
        self.words, self.triple = nn.Embedding(11, width), nn.Linear(width, 3 * width)
        self.last = nn.Linear(width, 3)

    def forward(self, x):
        parts = self.triple(self.words(x)).unflatten(-1, (3, 2, -1)).permute(2, 0, 3, 1, 4)
        seen = nn.functional.scaled_dot_product_attention(*parts, is_causal=True)
        return self.last(seen.transpose(1, 2).flatten(2).mean(1))


class Encoder(nn.Module):
    """The layer of torch, with a causal mask; in evaluation mode it has a fast path of its own."""

    def __init__(self, width=8):
        super().__init__()
        self.words = nn.Embedding(11, width)
        self.layer = nn.TransformerEncoderLayer(width, 2, 16, dropout=0.0, batch_first=True)
        self.last = nn.Linear(width, 3)
        self.register_buffer("mask", torch.ones(8, 8).triu(1).bool())

    def forward(self, x):
        return self.last(self.layer(self.words(x), src_mask=self.mask, is_causal=True).mean(1))


def sentences(generator, images=12):
    words = torch.randint(0, 11, (images, 8), generator=generator)
    return words, torch.randint(0, 3, (images,), generator=generator)


@pytest.mark.parametrize("norm", [False, True])
def test_channels_last_gives_the_numbers_of_channels_first(norm, generator):
    land = NetworkLandscape(pictures(norm), cross_entropy, *labelled(generator, 3, 8, 8))
    assert type(land.engine) is ChannelsLast
    plain = NetworkLandscape(
        pictures(norm), cross_entropy, land.inputs, land.targets, engine=Looped
    )
    points = vectors(land, generator)
    for found, wanted in zip(
        land.value_and_gradient(points), plain.value_and_gradient(points), strict=True
    ):
        assert torch.equal(found, wanted)  # double precision is as it was
    single = land.value_and_gradient(points.float())
    for found, wanted in zip(single, plain.value_and_gradient(points), strict=True):
        torch.testing.assert_close(found.double(), wanted, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(land.value(points.float()), single[0])


def test_images_are_laid_out_with_channels_last_where_that_is_faster(generator):
    laid = []

    class Watching(nn.Conv2d):
        def forward(self, x):
            laid.append(x.is_contiguous(memory_format=torch.channels_last))
            return super().forward(x)

    for count, wanted in ((2, [True, True, True, True]), (1, [True, False])):
        layers = [Watching(3, 3, 3) for _ in range(count)]
        module = nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(3))
        module(torch.zeros(1, 3, 8, 8))
        engine = ChannelsLast(Pure(module), cross_entropy)
        x, y = labelled(generator, 3, 8, 8)
        points = torch.zeros(1, engine.pure.layout.dim)
        laid.clear()
        engine.losses(points, x.float(), y)
        engine.gradients(points, x.float(), y)
        assert laid == wanted


def test_a_module_that_views_is_computed_with_channels_first_and_says_nothing(generator):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        land = NetworkLandscape(Viewed(), cross_entropy, *labelled(generator, 3, 8, 8))
    assert type(land.engine) is Looped
    assert land.value(vectors(land, generator).float()).isfinite().all()


@pytest.mark.parametrize("module", [Attending(), Encoder(), Encoder().eval()])
def test_attention_is_mapped_without_a_warning_to_the_numbers_of_the_module(module, generator):
    words, labels = sentences(generator)
    fast = torch.backends.mha.get_fastpath_enabled()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chosen = NetworkLandscape(module, cross_entropy, words, labels)
        land = NetworkLandscape(module, cross_entropy, words, labels, engine=Mapped)
        points = vectors(land, generator)
        found = *land.value_and_gradient(points), land.hvp(points[:1], points[1:2])
    assert type(chosen.engine) is Looped  # on a CPU that is faster
    wanted = *chosen.value_and_gradient(points), chosen.hvp(points[:1], points[1:2])
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)
    assert torch.backends.mha.get_fastpath_enabled() == fast


def test_elsewhere_than_on_a_cpu_attention_is_mapped():
    words = torch.zeros(2, 8, dtype=torch.long, device="meta")
    assert type(engines_for(Pure(Attending()), cross_entropy, words)[0]) is Mapped
