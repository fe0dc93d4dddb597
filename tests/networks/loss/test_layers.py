"""Layers are read only where a call of them does what torch's class does."""

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune, weight_norm

from morseloss.networks.loss.layers import chain_of, is_stock, layers_of
from tests.networks.models import Doubled, Masked, cnn, named_only


def hooked(kind):
    layer = nn.Linear(3, 3)
    getattr(layer, f"register_{kind}")(lambda *_: None)
    return layer


def replaced():
    layer = nn.Linear(3, 3)
    layer.forward = lambda x: 2 * x
    return layer


def held():
    layer = nn.Linear(3, 3)
    del layer.weight
    layer.register_buffer("weight", torch.ones(3, 3))
    return layer


class Called(nn.Linear):
    def __call__(self, x):
        return -super().__call__(x)


class Typed(nn.Parameter):
    pass


class Marked(nn.Linear):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.weight = Typed(self.weight.detach())


@pytest.mark.parametrize(
    "layer",
    [
        hooked("forward_hook"), hooked("forward_pre_hook"), hooked("full_backward_hook"),
        hooked("full_backward_pre_hook"), replaced(), held(), Masked(3, 3), Called(3, 3),
        Marked(3, 3), parametrizations.weight_norm(nn.Linear(3, 3)),
        prune.identity(nn.Linear(3, 3), "weight"), nn.Bilinear(3, 3, 3),
    ],
)  # fmt: skip
def test_a_layer_with_a_will_of_its_own_is_not_read(layer):
    assert not is_stock(layer, (nn.Linear,))
    assert chain_of(nn.Sequential(nn.Linear(3, 3), nn.Tanh(), layer)) is None


@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
def test_weights_computed_by_the_old_hooks_are_not_read():
    assert not is_stock(weight_norm(nn.Linear(3, 3)), (nn.Linear,))


def test_hooks_on_all_modules_are_seen():
    layer = nn.Linear(3, 3)
    assert is_stock(layer, (nn.Linear,))
    handle = nn.modules.module.register_module_forward_hook(lambda *_: None)
    try:
        assert not is_stock(layer, (nn.Linear,))
    finally:
        handle.remove()


def test_a_class_that_only_has_a_name_of_its_own_is_read():
    assert is_stock(named_only(nn.Linear)(3, 2), (nn.Linear,))
    module = named_only(nn.Sequential)(nn.Linear(3, 2), nn.Tanh())
    assert [name for name, _ in chain_of(module)] == ["0", "1"]
    assert [name for name, _ in chain_of(nn.Linear(3, 2))] == [""]


def test_a_container_with_hooks_is_one_layer():
    inner = nn.Sequential(nn.Linear(3, 3), nn.Tanh())
    inner.register_forward_hook(lambda module, inputs, outputs: 2 * outputs)
    assert [name for name, _ in layers_of(nn.Sequential(inner, nn.Linear(3, 1)))] == ["0", "1"]
    assert chain_of(nn.Sequential(inner, nn.Linear(3, 1))) is None


def test_a_chain_is_seen_through_nesting_and_nothing_else_is_one():
    nested = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(2, 3), nn.Tanh()), nn.Linear(3, 1))
    assert [name for name, _ in chain_of(nested)] == ["1.0", "1.1", "2"]
    assert chain_of(cnn()) is None
    assert chain_of(nn.Sequential(nn.Linear(2, 2), nn.PReLU())) is None
    assert chain_of(nn.Sequential(nn.Flatten(2), nn.Linear(2, 2))) is None
    assert chain_of(Doubled(nn.Linear(2, 2))) is None
