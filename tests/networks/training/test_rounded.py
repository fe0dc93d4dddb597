"""Kinks rounded off: the shape, its derivatives, in every engine, and where nothing is changed."""

import pytest
import torch
from torch import nn

from morseloss.networks import Dense, Looped, Mapped, NetworkLandscape, Rounded
from morseloss.networks.training.rounded import kinked
from tests.networks.models import cross_entropy, labelled, mlp, vectors


def land_of(module, seed=0, **more):
    x, y = labelled(torch.Generator().manual_seed(seed), 6)
    return NetworkLandscape(module, cross_entropy, x, y, weight_decay=1e-2, **more)


def one(activation):
    """A network that is its activation alone, at its one weight."""
    module = nn.Sequential(nn.Linear(1, 1, bias=False), activation)
    data = torch.ones(2, 1)
    return NetworkLandscape(module, lambda out, _: out.mean(), data, data)


@pytest.mark.parametrize(
    ("activation", "kinks"),
    [
        (nn.ReLU(), (0.0,)),
        (nn.ReLU(inplace=True), (0.0,)),
        (nn.LeakyReLU(0.2), (0.0,)),
        (nn.ReLU6(), (0.0, 6.0)),
        (nn.Hardtanh(-2.0, 3.0), (-2.0, 3.0)),
    ],
)
def test_an_activation_is_changed_within_the_width_of_its_kinks_by_a_quarter_of_it(
    activation, kinks
):
    land, width = one(activation), 0.1
    x = torch.linspace(-8, 8, 3201, dtype=torch.float64)[:, None]
    apart = (Rounded(land, width).value(x) - land.value(x)).abs()
    near = (x - torch.tensor(kinks)).abs().amin(1) < width
    assert not apart[~near].gt(1e-14).any()
    jump = 1 if not isinstance(activation, nn.LeakyReLU) else 0.8
    assert apart.max() == pytest.approx(jump * width / 4, rel=1e-6)


def test_absolute_values_are_rounded_too():
    class Module(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(1))

        def forward(self, x):
            return (x * self.weight).abs()

    data = torch.ones(2, 1)
    land = NetworkLandscape(Module(), lambda out, _: out.mean(), data, data)
    zero = torch.zeros(1, 1, dtype=torch.float64)
    assert Rounded(land, 0.2).value(zero) == pytest.approx(0.1)
    assert kinked(land, zero)


@pytest.mark.parametrize("engine", [Dense, Mapped, Looped])
def test_gradients_and_hessians_are_those_of_the_values_in_every_engine(engine):
    generator = torch.Generator().manual_seed(1)
    rounded = Rounded(land_of(mlp(nn.ReLU), engine=engine), 0.3)
    points, ways = vectors(rounded, generator, 3), vectors(rounded, generator, 3, 1.0)
    h = 1e-5
    ahead, back = points + h * ways, points - h * ways
    slope = (rounded.value(ahead) - rounded.value(back)) / (2 * h)
    torch.testing.assert_close((rounded.gradient(points) * ways).sum(1), slope, rtol=1e-6, atol=0)
    bend = (rounded.gradient(ahead) - rounded.gradient(back)) / (2 * h)
    torch.testing.assert_close(rounded.hvp(points, ways), bend, rtol=1e-3, atol=1e-4)


def test_the_width_goes_to_zero_and_the_loss_to_that_of_the_network():
    land = land_of(mlp(nn.ReLU))
    points = vectors(land, torch.Generator().manual_seed(1))
    apart = [float((Rounded(land, w).value(points) - land.value(points)).abs().max())
             for w in (0.1, 0.01, 0.001)]  # fmt: skip
    assert apart[0] > apart[1] > apart[2]
    assert apart[2] < 1e-5
    assert torch.equal(Rounded(land, 0.0).value(points), land.value(points))
    assert torch.equal(Rounded(land, 0.0).gradient(points), land.gradient(points))


def test_smooth_networks_stay_as_they_are():
    land = land_of(mlp())
    points = vectors(land, torch.Generator().manual_seed(1))
    assert torch.equal(Rounded(land, 0.3).value(points), land.value(points))
    assert not kinked(land, points[:1])
    assert kinked(land_of(mlp(nn.ReLU)), points[:1])


@pytest.mark.parametrize("width", [-1.0, float("nan"), float("inf")])
def test_a_width_that_is_none_is_refused(width):
    with pytest.raises(ValueError, match="`width` must be 0 or more"):
        Rounded(land_of(mlp()), width)


@pytest.mark.parametrize("act", [nn.functional.leaky_relu_, nn.functional.hardtanh_])
def test_kinks_that_work_in_place_are_rounded_too(act, generator):
    class Bent(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(6, 8), nn.Linear(8, 3)

        def forward(self, x):
            return self.second(act(self.first(x)))

    land = NetworkLandscape(Bent(), cross_entropy, *labelled(generator, 6))
    points = vectors(land, generator)
    assert kinked(land, points[:1])
    assert (Rounded(land, 0.3).value(points) != land.value(points)).all()
