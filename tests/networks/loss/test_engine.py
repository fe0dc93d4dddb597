"""All engines compute the same numbers."""

import pytest
import torch
from torch import nn

from morseloss.networks.loss.engine import ChannelsLast, Dense, Looped, Mapped, engines_for
from morseloss.networks.loss.layers import chain_of
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.loss.pure import Pure
from tests.networks.models import Skip, cnn, cross_entropy, labelled, mlp


@pytest.mark.parametrize(
    ("module", "shape"),
    [(mlp(), (6,)), (mlp(nn.ReLU), (2, 3)), (Skip(), (6,)), (cnn(), (1, 8, 8)),
     (cnn(norm=True), (1, 8, 8)), (nn.Sequential(nn.Linear(6, 3, bias=False)), (6,)),
     (nn.Sequential(nn.Linear(6, 4), nn.Sequential(nn.GELU(), nn.Linear(4, 3, bias=False))), (6,))],
)  # fmt: skip
def test_every_engine_gives_the_gradients_of_plain_torch(module, shape, generator):
    pure = Pure(module)
    inputs, targets = labelled(generator, *shape)
    points = 0.4 * torch.randn(3, pure.layout.dim, generator=generator, dtype=torch.float64)
    engines = [Looped(pure, cross_entropy), Mapped(pure, cross_entropy)]
    if layers := chain_of(module):
        engines.append(Dense(pure, cross_entropy, layers))
    for row, point in enumerate(points):
        own = Pure(module).module.double()
        nn.utils.vector_to_parameters(point, own.parameters())
        value = cross_entropy(own(inputs), targets)
        slopes = torch.autograd.grad(value, list(own.parameters()))
        wanted = torch.cat([slope.flatten() for slope in slopes])
        for engine in engines:
            values, gradients = engine.gradients(points, inputs, targets)
            torch.testing.assert_close(values[row], value.detach(), rtol=1e-12, atol=1e-14)
            torch.testing.assert_close(gradients[row], wanted, rtol=1e-10, atol=1e-12)
            torch.testing.assert_close(engine.losses(points, inputs, targets), values)


@pytest.mark.parametrize(("near", "groups"), [(1, [1] * 7), (5000, [3, 3, 1]), (10**9, [7])])
def test_networks_in_groups_have_the_same_gradients(near, groups, generator, monkeypatch):
    inputs, targets = labelled(generator, 6)
    chain = mlp(nn.ReLU)
    engine = Dense(Pure(chain), cross_entropy)
    points = torch.randn(7, engine.pure.layout.dim, generator=generator, dtype=torch.float64)
    wanted = engine.gradients(points, inputs, targets)
    asked = []

    def losses(self, rows, *images):
        asked.append(len(rows))
        return wholly(self, rows, *images)

    wholly = Dense.losses
    monkeypatch.setattr(Dense, "losses", losses)
    monkeypatch.setattr("morseloss.networks.loss.engine.NEAR", near)
    found = engine.gradients(points, inputs, targets)
    assert asked == groups
    for part, whole in zip(found, wanted, strict=True):
        torch.testing.assert_close(part, whole, rtol=1e-13, atol=1e-15)


def test_a_layer_that_stands_twice_counts_twice(generator):
    act = nn.Tanh()
    module = nn.Sequential(nn.Linear(6, 4), act, nn.Linear(4, 4), act, nn.Linear(4, 3))
    assert [name for name, _ in chain_of(module)] == ["0", "1", "2", "3", "4"]
    pure = Pure(module)
    inputs, targets = labelled(generator, 6)
    points = torch.randn(3, pure.layout.dim, generator=generator, dtype=torch.float64)
    dense = engines_for(pure, cross_entropy, inputs)[0]
    assert type(dense) is Dense
    plain = Looped(pure, cross_entropy).losses(points, inputs, targets)
    torch.testing.assert_close(dense.losses(points, inputs, targets), plain)


def test_the_engine_fits_the_module_and_the_device():
    def kind(module, shape=(2, 6), device="cpu"):
        inputs = torch.zeros(shape, device=device)
        return type(engines_for(Pure(module), cross_entropy, inputs)[0])

    assert kind(mlp()) is Dense
    assert kind(Skip()) is Mapped
    assert kind(cnn()) is Looped
    assert kind(cnn(), (2, 1, 8, 8)) is ChannelsLast
    assert kind(cnn(), device="meta") is Mapped
    frozen = mlp()
    frozen[1].bias.requires_grad_(False)
    assert kind(frozen) is Mapped
    tied = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3))
    tied[2].weight = tied[0].weight
    assert kind(tied) is Mapped


@pytest.mark.parametrize("kind", [Dense, Mapped, Looped])
def test_no_networks_have_no_losses_and_no_gradients(kind, generator):
    inputs, targets = labelled(generator, 6)
    engine = kind(Pure(mlp()), cross_entropy)
    points = torch.zeros(0, engine.pure.layout.dim, dtype=torch.float64)
    values, gradients = engine.gradients(points, inputs, targets)
    assert engine.losses(points, inputs, targets).shape == values.shape == (0,)
    assert gradients.shape == points.shape and values.dtype == torch.float64


@pytest.mark.parametrize(("module", "shape"), [(mlp(), (6,)), (cnn(norm=True), (1, 8, 8))])
def test_a_landscape_of_networks_takes_an_empty_batch(module, shape, generator):
    land = NetworkLandscape(module, cross_entropy, *labelled(generator, *shape))
    points = torch.zeros(0, land.dim, dtype=torch.float64)
    assert land.value(points).shape == (0,) and land.gradient(points).shape == points.shape
