"""Operations that are said by others: the freedom of each, and that it leaves the outputs alone."""

from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.functional import fold, pad, pixel_shuffle, pixel_unshuffle, unfold

from morseloss.networks.loss.pure import Pure
from morseloss.networks.symmetry.traced.module_symmetry import module_symmetry
from tests.networks.loss.test_every_layer import CASES, IMAGES, Indexed, refusal
from tests.networks.symmetry.traced.test_module_symmetry import Does, change, found
from validation.symmetries.freedom import freedom

SIZE = 6


def conv(*channels):
    return nn.Conv2d(*channels, 3, padding=1)


def normed(layer):
    return nn.utils.parametrizations.weight_norm(layer)


class Twice(nn.Module):
    """Products of two hidden layers."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(3, 4), nn.Linear(3, 5)
        self.both = nn.Bilinear(4, 5, 2)

    def forward(self, x):
        x = x.flatten(1)[:, :3]
        return self.both(self.one(x).relu(), self.two(x).tanh())


class Words(nn.Module):
    """Numbers below 7 for words, and a bag of them."""

    def __init__(self, mode):
        super().__init__()
        self.bag, self.last = nn.EmbeddingBag(7, 4, mode=mode), nn.Linear(4, 2)

    def forward(self, x):
        words = torch.arange(12).view(2, 6) % 7
        return self.last(self.bag(words)) * x.mean()


def chain(*layers):
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(2))


MADE = {
    "weight norm": (
        lambda: nn.Sequential(
            nn.Flatten(), normed(nn.Linear(3 * SIZE**2, 4)), nn.ReLU(), normed(nn.Linear(4, 2))
        ),
        {"exchange 4": 1, "flip 4": 1, "scale 4": 1, "flip 2": 1, "scale 2": 1},
    ),
    "products of two": (Twice, {"exchange 4": 1, "scale 4": 1, "exchange 5": 1, "flip 5": 1}),
    "shuffled pixels": (
        lambda: chain(
            conv(3, 8), nn.ReLU(), Does(partial(pixel_shuffle, upscale_factor=2)), conv(2, 2)
        ),
        {"exchange 2": 1, "scale 2": 1, "mix 2": 1},
    ),
    "pixels to channels": (
        lambda: chain(
            conv(3, 4), nn.ReLU(), Does(partial(pixel_unshuffle, downscale_factor=2)), conv(16, 2)
        ),
        {"exchange 4": 1, "scale 4": 1, "mix 2": 1},
    ),
    "shuffled channels": (
        lambda: chain(conv(3, 6), nn.ReLU(), nn.ChannelShuffle(2), nn.Conv2d(6, 2, 1)),
        {"exchange 2": 1, "exchange 3": 1, "scale 2": 1, "scale 3": 1, "mix 2": 1},  # less than 6!
    ),
    "patches": (
        lambda: chain(conv(3, 4), nn.ReLU(), Does(partial(unfold, kernel_size=2, stride=2))),
        {"exchange 4": 1, "scale 4": 1},
    ),
    "patches put together": (
        lambda: chain(
            conv(3, 4), nn.ReLU(), Does(partial(unfold, kernel_size=3, padding=1)),
            Does(partial(fold, output_size=SIZE, kernel_size=3, padding=1)),
        ),
        {"exchange 4": 1, "scale 4": 1},
    ),
    "zeros around": (
        lambda: chain(conv(3, 4), nn.ReLU(), Does(partial(pad, pad=(1, 1, 1, 1)))),
        {"exchange 4": 1, "scale 4": 1},
    ),
    "ones around": (
        lambda: chain(conv(3, 4), nn.ReLU(), Does(partial(pad, pad=(1, 1, 1, 1), value=1.0))),
        {"exchange 4": 1},
    ),
    "a sum of words": (partial(Words, "sum"), {"mix 4": 1}),
    "the largest of words": (partial(Words, "max"), {"exchange 4": 1, "scale 4": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_of_other_operations_leaves_what_they_leave(name, generator):
    make, kinds = MADE[name]
    inputs = torch.randn(2, 3, SIZE, SIZE, generator=generator, dtype=torch.float64)
    module = make()
    module(inputs.float())  # lazy layers see their sizes
    pure, symmetry = found(module, inputs)
    assert freedom(symmetry) == kinds
    assert symmetry.pinned == ()
    assert change(pure, symmetry, inputs, generator) < 1e-13


def test_a_factor_for_each_entry_of_pixels_that_become_channels(generator):
    class Apart(nn.Module):
        """Pixels with factors of their own, four of which make one."""

        def __init__(self):
            super().__init__()
            self.factors, self.last = nn.Parameter(torch.ones(3, SIZE, SIZE)), nn.LazyLinear(2)

        def forward(self, x):
            return self.last(pixel_unshuffle(x * self.factors, 2).flatten(1))

    inputs = torch.randn(2, 3, SIZE, SIZE, generator=generator, dtype=torch.float64)
    module = Apart()
    module(inputs.float())
    pure, symmetry = found(module, inputs)
    assert set(freedom(symmetry)) == {"flip 3", "scale 3"}
    assert change(pure, symmetry, inputs, generator) < 1e-13


EVERY = [case for case in CASES if case.endswith("evaluation") and not refusal(case)]
WITHOUT_A_RULE = ("MaxUnpool", "CrossMapLRN2d", "parametrised orthogonal")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EVERY)
def test_every_layer_is_understood_and_leaves_outputs_alone(name, generator):
    layer, shape, kind, _ = CASES[name]
    torch.manual_seed(0)
    module = kind(layer(), shape).eval()
    if kind is Indexed:
        x = torch.randint(0, 7, (IMAGES, 15), generator=generator)
    else:
        x = torch.randn(IMAGES, *shape, generator=generator, dtype=torch.float64)
    module.double()(x.clone())
    symmetry = module_symmetry(Pure(module), x)
    assert bool(symmetry.pinned) == name.startswith(WITHOUT_A_RULE), symmetry.pinned
