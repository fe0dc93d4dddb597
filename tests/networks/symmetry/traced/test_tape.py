"""What a module does is written down, or it is said why not."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from morseloss.networks.loss.pure import Pure
from morseloss.networks.symmetry.traced.module_symmetry import module_symmetry
from morseloss.networks.symmetry.traced.tape import record
from validation.symmetries.freedom import freedom


class Between(nn.Module):
    """Any function between two layers."""

    def __init__(self, function):
        super().__init__()
        self.first, self.last, self.function = nn.Linear(3, 4), nn.Linear(4, 2), function

    def forward(self, x):
        return self.last(self.function(self.first(x)))


def taped(function, generator):
    pure = Pure(Between(function).double())
    inputs = torch.randn(3, 3, generator=generator, dtype=torch.float64)
    return record(pure, pure.own(torch.float64), inputs)


def test_operations_are_named_with_their_parameters(generator):
    tape = taped(torch.tanh, generator)
    assert [step.name for step in tape.steps if step.name not in ("clone", "t")] == [
        "addmm", "tanh", "addmm",
    ]  # fmt: skip
    assert set(tape.parameters.values()) == {
        "first.weight", "first.bias", "last.weight", "last.bias",
    }  # fmt: skip
    assert tape.shapes[tape.outputs[0]] == (3, 2)


def test_what_works_in_place_is_written_as_what_does_not(generator):
    def halved(x):
        x[:, 0] = 0
        return x.relu_()

    names = {step.name for step in taped(halved, generator).steps}
    assert "relu" in names
    assert not any(name.endswith("_") for name in names)


def test_operations_of_which_nothing_comes_out_are_not_needed(generator):
    def idle(x):
        torch.exp(x)
        return torch.tanh(x)

    tape = taped(idle, generator)
    needed = tape.needed()
    (exp,) = [step for step in tape.steps if step.name == "exp"]
    assert exp.outs not in needed


class Doubling(torch.autograd.Function):
    """A function with a gradient of its own."""

    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, slope):
        return 2 * slope


def test_hooks_and_gradients_of_their_own_are_traced(generator):
    module = Between(Doubling.apply)
    module.first.register_forward_hook(lambda m, x, y: torch.relu(y))
    inputs = torch.randn(3, 3, generator=generator, dtype=torch.float64)
    symmetry = module_symmetry(Pure(module.double()), inputs)
    assert freedom(symmetry) == {"exchange 4": 1, "scale 4": 1}


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda x: x if x.sum() > 0 else -x, "decides by numbers that depend on parameters"),
        (lambda x: x * x.max().item(), "decides by numbers"),
        (lambda x: x if x.detach().numpy().sum() > 0 else -x, r"out of torch \(`numpy`\)"),
        (lambda x: x if max(x.detach().tolist())[0] > 0 else -x, "decides by numbers"),
        (lambda x: x * float(np.asarray(x.detach()).sum()), "decides by numbers"),
        (lambda x: -x if torch.allclose(x, 0 * x) else x, r"`allclose`"),
        (lambda x: x @ torch.ones(5, 4).double(), "cannot be traced .*shapes"),
    ],
)
def test_what_cannot_be_traced_is_told_with_the_way_out(function, told, generator):
    with pytest.raises(ValueError, match=told) as caught:
        taped(function, generator)
    assert "Between" in str(caught.value)
    assert "Symmetry(landscape.pure.layout" in str(caught.value)


def test_settings_of_torch_are_as_they_were(generator):
    before = torch._C._get_mkldnn_enabled(), torch.backends.mha.get_fastpath_enabled()
    taped(torch.tanh, generator)
    with pytest.raises(ValueError, match="cannot be traced"):
        taped(lambda x: x @ x, generator)
    assert (torch._C._get_mkldnn_enabled(), torch.backends.mha.get_fastpath_enabled()) == before
    assert torch.is_grad_enabled()


def test_numbers_that_depend_on_nothing_may_leave_torch(generator):
    tape = taped(lambda x: x * float(torch.ones(2).numpy().sum()), generator)
    assert "mul" in [step.name for step in tape.steps]


@dataclass
class Given:
    """Outputs of a class that torch does not know."""

    scores: torch.Tensor
    others: tuple[torch.Tensor, ...]


class Giving(Between):
    """Between, with outputs in an object."""

    def forward(self, x):
        out = super().forward(x)
        return Given(out, (out.sum(1),))


def test_outputs_in_an_object_are_outputs(generator):
    inputs = torch.randn(3, 3, generator=generator, dtype=torch.float64)
    symmetry = module_symmetry(Pure(Giving(torch.tanh).double()), inputs)
    assert freedom(symmetry) == {"exchange 4": 1, "flip 4": 1}


def test_what_is_made_of_a_shape_alone_takes_nothing_from_the_units(generator):
    inputs = torch.randn(3, 3, generator=generator, dtype=torch.float64)
    module = Between(lambda x: x * torch.ones_like(x[:, :1]))
    assert freedom(module_symmetry(Pure(module.double()), inputs)) == {"mix 4": 1}
