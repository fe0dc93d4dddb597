"""A module as a function of its parameters alone."""

import copy
import warnings
from functools import partial

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

from morseloss.networks import NetworkLandscape, symmetry_of
from morseloss.networks.loss.pure import Pure, normalises
from tests.networks.models import Skip, cnn, cross_entropy, labelled, mlp, own, vectors


def test_a_vector_and_its_parameters_go_back_and_forth():
    layout = Pure(cnn(norm=True)).layout
    vector = torch.arange(layout.dim, dtype=torch.float64)
    assert torch.equal(layout.join(layout.split(vector)), vector)
    many = layout.split(torch.stack([vector, -vector]))
    assert many["0.weight"].shape == (2, 4, 1, 3, 3)
    assert torch.equal(many["0.bias"][1], -layout.split(vector)["0.bias"])
    assert torch.equal(layout.rows(many), torch.stack([vector, -vector]))


def test_a_scalar_parameter_has_its_place():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.size = nn.Parameter(torch.tensor(2.0))

        def forward(self, x):
            return self.size * x

    pure = Pure(Scaled())
    assert pure.layout.dim == 1
    out = pure(pure.layout.split(torch.tensor([3.0])), torch.ones(2))
    assert out.tolist() == [3.0, 3.0]
    many = torch.tensor([[3.0], [4.0]])
    assert torch.equal(pure.layout.rows(pure.layout.split(many)), many)


def test_the_outputs_are_those_of_the_module(generator):
    module = mlp().double()
    pure = Pure(module)
    x = torch.randn(7, 6, generator=generator, dtype=torch.float64)
    vector = pure.layout.join(dict(module.named_parameters()))
    torch.testing.assert_close(pure(pure.layout.split(vector), x), module(x))


def test_batch_normalisation_takes_the_statistics_of_the_batch_and_keeps_none(generator):
    module = cnn(norm=True).double()
    pure = Pure(module)
    x = 3 + torch.randn(9, 1, 8, 8, generator=generator, dtype=torch.float64)
    vector = pure.layout.join(dict(module.named_parameters()))
    found = pure(pure.layout.split(vector), x)
    torch.testing.assert_close(found, module.train()(x))
    assert normalises(module) and not normalises(cnn())
    assert module[1].track_running_stats  # the one given is left alone


def test_tied_weights_move_together(generator):
    module = Skip()
    module.second = nn.Linear(6, 6)
    module.second.weight = module.first.weight
    pure = Pure(module)
    assert pure.layout.names == ("first.weight", "first.bias", "second.bias")
    vector = torch.randn(pure.layout.dim, generator=generator)
    parts = pure.layout.split(vector)
    x = torch.randn(3, 6, generator=generator)
    hidden = x + torch.tanh(x @ parts["first.weight"].T + parts["first.bias"])
    torch.testing.assert_close(
        pure(parts, x), hidden @ parts["first.weight"].T + parts["second.bias"]
    )


def test_frozen_parameters_are_held():
    module = mlp()
    module[1].weight.requires_grad_(False)
    pure = Pure(module)
    assert "1.weight" not in pure.layout.names
    x = torch.ones(2, 6, dtype=torch.float64)
    out = pure(pure.layout.split(torch.zeros(pure.layout.dim, dtype=torch.float64)), x)
    assert out.dtype == torch.float64 and not out.any()


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.1)), r"layer `1` \(Dropout\) is random"),
        (nn.LSTM(3, 3, num_layers=2, dropout=0.2), r"\(LSTM\) is random"),
        (nn.MultiheadAttention(4, 2, dropout=0.1), r"\(MultiheadAttention\) is random"),
        (nn.ReLU(), "no parameter that requires a gradient"),
        (nn.Linear(2, 2, dtype=torch.complex64), "real and floating-point.*`torch.view_as_real"),
        (torch.relu, "must be a torch.nn.Module"),
    ],
)
def test_modules_that_are_no_functions_of_real_parameters_are_refused(module, words):
    with pytest.raises(ValueError, match=words):
        Pure(module)


def test_dropout_that_never_drops_is_none():
    assert Pure(nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.0))).layout.dim == 6


def test_states_of_another_architecture_are_refused():
    layout = Pure(mlp()).layout
    state = {
        name: torch.zeros(shape) for name, shape in zip(layout.names, layout.shapes, strict=True)
    }
    with pytest.raises(ValueError, match=r"`1.weight` must have shape \(5, 6\), got \(5, 7\)"):
        layout.join({**state, "1.weight": torch.zeros(5, 7)})
    with pytest.raises(ValueError, match=r"lacks the parameters \['1.weight', '1.bias'"):
        layout.join({"0.weight": torch.zeros(1)})
    wrapped = {f"module.{name}": part for name, part in state.items()}
    with pytest.raises(
        ValueError, match=r"all of them are there with `module.` before their names"
    ):
        layout.join(wrapped)
    layout.join({name.removeprefix("module."): part for name, part in wrapped.items()})
    with pytest.raises(ValueError, match=r"\['3.bias'\] are not finite"):
        layout.join({**state, "3.bias": torch.full((5,), torch.nan)})


class Recomputing(nn.Module):
    """A block whose activations are computed again in the backward pass, or none."""

    def __init__(self, block, how):
        super().__init__()
        self.first, self.block, self.last = nn.Linear(6, 5), block, nn.Linear(5, 3)
        self.how = how

    def forward(self, x):
        return self.last(self.how(self.block, self.first(x)))


def plainly(block, x):
    return block(x)


@pytest.mark.parametrize(
    "how",
    [
        partial(checkpoint, use_reentrant=False),
        partial(checkpoint, use_reentrant=True),
        lambda block, x: checkpoint_sequential(block, 2, x, use_reentrant=False),
    ],
    ids=["new", "reentrant", "sequential"],
)
def test_what_is_to_be_computed_again_has_the_gradient_of_the_vector(how, generator):
    block = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 5))
    x, y = labelled(generator, 6)
    lands = [
        NetworkLandscape(Recomputing(block, each), cross_entropy, x, y) for each in (how, plainly)
    ]
    points = vectors(lands[0], generator)  # far from the weights of the module
    (value, slope), (wanted, right) = (land.value_and_gradient(points) for land in lands)
    torch.testing.assert_close(value, wanted, rtol=1e-12, atol=0)
    torch.testing.assert_close(slope, right, rtol=1e-10, atol=1e-13)
    product, other = (land.hvp(points, points) for land in lands)
    torch.testing.assert_close(product, other, rtol=1e-9, atol=1e-12)
    assert [group.axes for group in symmetry_of(lands[0]).groups] == [
        group.axes for group in symmetry_of(lands[1]).groups
    ]


def test_torch_computes_again_for_others_as_before(generator):
    own = dict(vars(torch.utils.checkpoint))
    test_what_is_to_be_computed_again_has_the_gradient_of_the_vector(
        partial(checkpoint, use_reentrant=False), generator
    )
    assert vars(torch.utils.checkpoint) == own


class Spectral(nn.Module):
    """A Fourier layer whose weights are pairs of numbers, after an odd number of others."""

    def __init__(self, before):
        super().__init__()
        self.before = nn.Parameter(torch.randn(before))
        self.weight, self.last = nn.Parameter(torch.randn(4, 2)), nn.Linear(6, 3)

    def forward(self, x):
        turned = torch.fft.rfft(x) * torch.view_as_complex(self.weight)
        return self.last(torch.fft.irfft(turned, n=6) + self.before.sum())


@pytest.mark.parametrize("before", [1, 2, 3])
def test_pairs_of_numbers_may_be_complex_ones_wherever_they_begin(before, generator):
    torch.manual_seed(before)
    module = Spectral(before)
    x, y = labelled(generator, 6)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*one after the other")
        land = NetworkLandscape(module, cross_entropy, x, y)
    points = vectors(land, generator)
    for part in (points, points[1:]):
        for point, value, slope in zip(part, *land.value_and_gradient(part), strict=True):
            wanted, right = own(module, cross_entropy, point, land.pure.layout.names, x, y)
            torch.testing.assert_close(value, wanted, rtol=1e-12, atol=0)
            torch.testing.assert_close(slope, right, rtol=1e-10, atol=1e-13)


def test_states_of_half_precision_become_vectors_that_can_be_used(generator):
    module = mlp()
    land = NetworkLandscape(module, cross_entropy, *labelled(generator, 6))
    for dtype in (torch.float16, torch.bfloat16):
        points = land.vectors([copy.deepcopy(module).to(dtype)])
        assert points.dtype == torch.float32
        assert bool(land.value(points).isfinite().all())
