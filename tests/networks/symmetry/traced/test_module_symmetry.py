"""Symmetries read off operations: what is known is found, and the outputs stay."""

from collections import Counter

import pytest
import torch
from torch import nn

from morseloss.networks.loss.pure import Pure
from morseloss.networks.symmetry.symmetry import probe
from morseloss.networks.symmetry.traced import passes
from morseloss.networks.symmetry.traced.module_symmetry import module_symmetry
from morseloss.networks.symmetry.traced.operations.shaping import VIEWS
from validation.symmetries.cases import CASES, examples
from validation.symmetries.freedom import freedom


def found(module, inputs):
    pure = Pure(module.double())
    return pure, module_symmetry(pure, inputs)


def change(pure, symmetry, inputs, generator, rows=2):
    """The largest change of an output by a random element, relative to the largest output."""
    points = torch.cat([probe(pure.layout, generator) for _ in range(rows)])
    moved = symmetry.act(points, symmetry.random(rows, generator=generator))
    worst = 0.0
    for before, after in zip(points, moved, strict=True):
        old, new = (pure(pure.layout.split(p), inputs) for p in (before, after))
        worst = max(worst, float((new - old).abs().max() / old.abs().max()))
    return worst


@pytest.mark.parametrize("name", CASES)
def test_the_known_freedom_is_found_and_leaves_outputs_alone(name, generator):
    case = CASES[name]
    inputs = examples(case.inputs, 2, generator)
    pure, symmetry = found(case.make(), inputs)
    assert freedom(symmetry) == +Counter(case.freedom)
    assert symmetry.pinned == ()
    for part in (symmetry, symmetry.isometries, symmetry.permutations):
        assert change(pure, part, inputs, generator) < 1e-13


def between(*middle, width=4):
    """Units of a linear layer, something, and a linear layer that reads them."""
    return nn.Sequential(nn.Linear(3, 4), *middle, nn.Linear(width, 2))


class Does(nn.Module):
    """Any function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


SLOPES = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)
EDGES = torch.tensor([[0, 1, 2, 3, 4], [1, 2, 3, 4, 0]])
EXCHANGE, FLIP, SCALE = "exchange 4", "flip 4", "scale 4"
WHAT = {
    "nothing": ((), {"mix 4"}),
    "a factor": ((Does(lambda x: 3 * x / 2 - x),), {"mix 4"}),
    "zeros added": ((Does(lambda x: x + torch.zeros(4)),), {"mix 4"}),
    "one added": ((Does(lambda x: x + 1),), {EXCHANGE}),
    "each its own added": ((Does(lambda x: x + SLOPES),), set()),
    "each its own factor": ((Does(lambda x: x * SLOPES),), {FLIP, SCALE}),
    "ReLU": ((nn.ReLU(),), {EXCHANGE, SCALE}),
    "in place": ((nn.ReLU(inplace=True), Does(lambda x: x.mul_(2))), {EXCHANGE, SCALE}),
    "leaky ReLU": ((nn.LeakyReLU(),), {EXCHANGE, SCALE}),
    "leaky by hand": ((Does(lambda x: torch.where(x > 0, x, 0.1 * x)),), {EXCHANGE, SCALE}),
    "larger than half": ((Does(lambda x: torch.maximum(x, x / 2)),), {EXCHANGE, SCALE}),
    "slopes of their own": ((nn.PReLU(4),), {EXCHANGE, SCALE}),
    "size": ((Does(torch.abs),), {EXCHANGE, FLIP, SCALE}),
    "squares": ((Does(torch.square),), {EXCHANGE, FLIP, SCALE}),
    "cubes": ((Does(lambda x: x**3),), {EXCHANGE, FLIP, SCALE}),
    "products": ((Does(lambda x: x * x.abs()),), {EXCHANGE, FLIP, SCALE}),
    "roots of sizes": ((Does(lambda x: x.abs().sqrt()),), {EXCHANGE, FLIP, SCALE}),
    "tanh": ((nn.Tanh(),), {EXCHANGE, FLIP}),
    "sine": ((Does(torch.sin),), {EXCHANGE, FLIP}),
    "cosine": ((Does(torch.cos),), {EXCHANGE, FLIP}),
    "clipped alike": ((nn.Hardtanh(),), {EXCHANGE, FLIP}),
    "clipped": ((nn.ReLU6(),), {EXCHANGE}),
    "softsign": ((nn.Softsign(),), {EXCHANGE, FLIP}),
    "GELU": ((nn.GELU(),), {EXCHANGE}),
    "SiLU": ((nn.SiLU(),), {EXCHANGE}),
    "CELU": ((nn.CELU(0.7),), {EXCHANGE}),
    "log sigmoid": ((nn.LogSigmoid(),), {EXCHANGE}),
    "a triangle": ((Does(lambda x: x.tril(1)),), {FLIP, SCALE}),
    "softmax": ((nn.Softmax(-1),), {EXCHANGE}),
    "sum of all": ((Does(lambda x: x - x.mean(-1, keepdim=True)),), {EXCHANGE}),
    "length one": ((Does(lambda x: nn.functional.normalize(x, dim=-1)),), {"rotate 4"}),
    "length by hand": ((Does(lambda x: x / (x * x).sum(-1, keepdim=True)),), {"rotate 4"}),
    "layer norm": ((nn.LayerNorm(4, elementwise_affine=False),), {"rotate 4, ones kept"}),
    "RMS norm": ((nn.RMSNorm(4),), {"rotate 4", SCALE}),
    "batch norm": ((nn.BatchNorm1d(4, affine=False),), {EXCHANGE, FLIP}),
    "group norm": (
        (nn.GroupNorm(2, 4, affine=False),),
        {"exchange 2", "flip 2", "rotate 2, ones kept"},
    ),
    "groups of one": ((nn.GroupNorm(4, 4, affine=False, eps=0.1), nn.GELU()), {EXCHANGE}),
    "the largest of images": (
        (Does(lambda x: x - x.max(0, keepdim=True)[0]),),
        {EXCHANGE, SCALE},
    ),
    "the largest of all": ((Does(lambda x: x / (1 + x.min() ** 2)),), {EXCHANGE}),
    "which is the largest": ((Does(lambda x: x * x.max(-1)[1][:, None]),), set()),
    "its number": ((Does(lambda x: x * x.argmax(-1, True)),), set()),
    "the largest by size": ((Does(lambda x: x.topk(3)[0] @ x.new_ones(3, 4)),), {EXCHANGE}),
    "by size": ((Does(lambda x: x + x.sort(-1)[0][:, :1]),), {EXCHANGE}),
    "rows by number": ((Does(lambda x: x.gather(0, EDGES[0][:, None].expand(-1, 4))),), {"mix 4"}),
    "entries by number": (
        (Does(lambda x: x.gather(1, (EDGES % 4)[:, :4].repeat(3, 1)[:5])),),
        set(),
    ),
    "neighbours": (
        (Does(lambda x: torch.zeros_like(x).index_add(0, EDGES[1], x[EDGES[0]])),),
        {"mix 4"},
    ),
    "neighbours in addition": ((Does(lambda x: x.index_add(0, EDGES[1], x[EDGES[0]])),), {"mix 4"}),
    "neighbours by entries": (
        (Does(lambda x: x.scatter_add(0, EDGES[1][:, None].expand(-1, 4), x[EDGES[0]])),),
        {"mix 4"},
    ),
    "the largest neighbour": (
        (
            Does(
                lambda x: torch.zeros_like(x).scatter_reduce(
                    0, EDGES[1][:, None].expand(-1, 4), x[EDGES[0]], "amax"
                )
            ),
        ),
        {EXCHANGE, SCALE},
    ),
    "a sparse matrix": ((Does(lambda x: torch.eye(5).double().to_sparse() @ x),), {"mix 4"}),
    "frequencies of images": (
        (Does(lambda x: torch.fft.irfft(torch.fft.rfft(x, dim=0)[:2], dim=0, n=5)),),
        {"mix 4"},
    ),
    "frequencies": ((Does(lambda x: torch.fft.irfft(torch.fft.rfft(x)[:, :2], n=4)),), set()),
    "rotary pairs": (
        (
            Does(
                lambda x: torch.view_as_real(
                    torch.view_as_complex(x.view(-1, 2, 2)) * torch.polar(SLOPES[:2], SLOPES[2:])
                ).flatten(1)
            ),
        ),
        {"flip 2", "scale 2"},
    ),
    "distances": ((Does(lambda x: torch.cdist(x, x) @ x),), {"rotate 4"}),
    "sums of sizes": ((Does(lambda x: torch.cdist(x, x, 1.0) @ x),), {EXCHANGE, FLIP}),
    "in another order": ((Does(lambda x: x.flip(-1)),), set()),
    "the two halves": ((Does(lambda x: torch.cat([x[:, 2:], x[:, :2]], -1)),), {"mix 2"}),
    "half of them gates": ((nn.GLU(),), {"exchange 2", "flip 2", "scale 2"}),
    "not understood": ((Does(lambda x: torch.cummax(x, -1)[0]),), set()),
}


@pytest.mark.parametrize("name", WHAT)
def test_each_operation_leaves_what_it_must(name, generator):
    middle, kinds = WHAT[name]
    width = 2 if name == "half of them gates" else 4
    inputs = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    pure, symmetry = found(between(*middle, width=width), inputs)
    assert set(freedom(symmetry)) == kinds
    assert change(pure, symmetry, inputs, generator) < 1e-12


def test_what_is_not_understood_is_said_with_its_parameters(generator):
    inputs = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    _, symmetry = found(between(Does(lambda x: torch.cummax(x, -1)[0])), inputs)
    ((why, names),) = symmetry.pinned
    assert why == "`cummax` is not understood"
    assert names == ("0.bias", "0.weight")
    assert "pinned: `cummax` is not understood" in str(symmetry)


def test_a_wrong_group_is_found_by_trying_and_named(generator, monkeypatch):
    wrong = {**passes.OPERATIONS, "tanh": VIEWS["clone"]}  # as if any matrix went through
    monkeypatch.setattr(passes, "OPERATIONS", wrong)
    inputs = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    module = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2))
    _, symmetry = found(module, inputs)
    assert freedom(symmetry) == {"exchange 5": 1, "scale 5": 1}
    ((why, names),) = symmetry.pinned
    assert why.startswith("tried, it changed the outputs by")
    assert names == ("0.weight", "0.bias", "2.weight")


def test_frozen_parameters_are_constants(generator):
    module = between(nn.ReLU())
    module[0].weight.requires_grad_(False)
    inputs = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    _, symmetry = found(module, inputs)
    assert freedom(symmetry) == {}


def test_running_statistics_hold_channels_in_their_places(generator):
    module = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2)).eval()
    inputs = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    _, fresh = found(module, inputs)
    assert freedom(fresh) == {"exchange 4": 1, "scale 4": 2, "flip 4": 1}
    module[1].running_mean.copy_(torch.arange(4.0))
    pure, symmetry = found(module, inputs)
    assert freedom(symmetry) == {"scale 4": 1}
    assert change(pure, symmetry, inputs, generator) < 1e-13


def test_a_shared_layer_is_one_layer(generator):
    layer = nn.Linear(4, 4)
    module = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), layer, nn.Tanh(), layer, nn.Tanh(),
                           nn.Linear(4, 2))  # fmt: skip
    inputs = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    pure, symmetry = found(module, inputs)
    assert freedom(symmetry) == {"exchange 4": 1, "flip 4": 1}
    assert change(pure, symmetry, inputs, generator) < 1e-13


class Standardised(nn.Conv2d):
    """A convolution whose kernels have mean 0 and variance 1 (Qiao et al. 2019)."""

    def forward(self, x):
        flat = self.weight.reshape(1, len(self.weight), -1)
        weight = nn.functional.batch_norm(flat, None, None, training=True).view_as(self.weight)
        return nn.functional.conv2d(x, weight, self.bias)


def test_standardised_kernels_can_be_exchanged_on_both_sides(generator):
    module = nn.Sequential(Standardised(3, 4, 3), nn.ReLU(), Standardised(4, 5, 3), nn.ReLU(),
                           nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 2))  # fmt: skip
    inputs = torch.randn(2, 3, 7, 7, generator=generator, dtype=torch.float64)
    pure, symmetry = found(module, inputs)
    assert freedom(symmetry) == {"exchange 4": 1, "exchange 5": 1}
    assert change(pure, symmetry, inputs, generator) < 1e-13


def test_heads_have_elements_of_their_own(generator):
    case = CASES["nn.MultiheadAttention"]
    _, symmetry = found(case.make(), examples(case.inputs, 2, generator))
    starts = {
        (a.name, a.start) for m in symmetry.mixings if m.size == 4 for a in (*m.axes, *m.duals)
    }
    assert ("inner.in_proj_weight", 4) in starts
    assert ("inner.out_proj.weight", 4) in starts


def test_a_gain_is_taken_over_by_those_who_read_it(generator):
    case = CASES["GPT-2, untied"]
    inputs = examples(case.inputs, 2, generator)
    pure, symmetry = found(case.make(), inputs)
    (stream,) = [m for m in symmetry.mixings if m.orthogonal]
    assert len(stream.gains) == 5
    assert stream.exchange.flips == 5
    point = probe(pure.layout, generator)
    element = symmetry.random(1, generator=generator)
    moved = symmetry.act(point, element)
    gain = pure.layout.split(moved[0])["norm.weight"]
    assert torch.equal(gain, element.factors[-1][0, 0])  # 1, and then scaled
    assert torch.equal(symmetry.act(point, symmetry.identity(1)), point)
    assert stream not in symmetry.isometries.mixings
    assert stream.exchange in symmetry.isometries.groups


def test_rounding_that_a_module_blows_up_is_not_taken_for_a_fault(generator):
    class Blown(nn.Module):
        """Numbers of which the first seven digits are taken away."""

        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(3, 4), nn.Linear(4, 2)

        def forward(self, x):
            y = self.last(torch.tanh(self.first(x)))
            return torch.sin(1e8 * y)

    inputs = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    _, symmetry = found(Blown(), inputs)
    assert freedom(symmetry) == {"exchange 4": 1, "flip 4": 1}
    assert symmetry.pinned == ()
