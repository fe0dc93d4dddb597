"""Starts drawn as torch draws them."""

import warnings
from functools import partial

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.training.initial import initial
from tests.networks.models import Skip, cnn, cross_entropy, labelled, mlp


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


class Symmetric(nn.Module):
    """The map of torch's tutorial, which has no inverse."""

    def forward(self, weight):
        return weight.triu() + weight.triu(1).mT


def symmetric(layer):
    nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
    return layer


MAPS = (
    nn.utils.parametrizations.weight_norm,
    nn.utils.parametrizations.spectral_norm,
    *(
        partial(nn.utils.parametrizations.orthogonal, orthogonal_map=kind, use_trivialization=False)
        for kind in ("householder", "cayley")  # the inverse of the second is not implemented
    ),
    symmetric,
    lambda layer: symmetric(nn.utils.parametrizations.weight_norm(layer)),
)
MAPPED = [lambda change=change: nn.Sequential(change(nn.Linear(4, 4))) for change in MAPS]
MADE = [mlp, Skip, cnn, lambda: cnn(norm=True), lambda: nn.LSTM(3, 4), *MAPPED]


@pytest.mark.parametrize("make", MADE)
def test_starts_are_distributed_as_torch_has_it(make):
    points = initial(make(), 200, generator=seeded())
    torch.manual_seed(1)
    rows = [torch.cat([p.flatten() for p in make().parameters()]).detach() for _ in range(200)]
    wanted = torch.stack(rows).double()
    assert points.shape == wanted.shape and points.dtype == torch.float64
    error = wanted.std(0) / 200**0.5
    assert ((points.mean(0) - wanted.mean(0)).abs() <= 7 * error + 1e-12).all()
    same = (points.std(0) - wanted.std(0)).abs() <= 0.3 * wanted.std(0) + 1e-12
    assert same.all()
    largest = wanted.abs().amax(0)
    assert (points.abs() <= 1.05 * largest + 1e-6).double().mean() > 0.99


def test_a_seed_means_the_same_starts_and_the_global_generator_is_left_alone():
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first = initial(mlp(), 3, generator=seeded(5))
    assert not torch.equal(torch.get_rng_state(), before)  # the module itself has drawn
    module = mlp()
    weights = [p.clone() for p in module.parameters()]
    state = torch.get_rng_state()
    again = initial(module, 3, generator=seeded(5))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first, again)
    assert all(torch.equal(a, b) for a, b in zip(weights, module.parameters(), strict=True))
    assert not torch.equal(first, initial(module, 3, generator=seeded(6)))
    single = initial(module, 3, generator=seeded(5), dtype=torch.float32)
    assert torch.equal(single.double(), first)


def test_a_landscape_gives_its_architecture(generator):
    land = NetworkLandscape(mlp(), cross_entropy, *labelled(generator, 6))
    points = initial(land, 2, generator=seeded())
    assert torch.equal(points, initial(mlp(), 2, generator=seeded()))
    assert land.value(points).isfinite().all()


def test_another_initialisation_can_be_passed():
    def reset(part):
        if isinstance(part, nn.Linear):
            nn.init.constant_(part.weight, 2.0)
            nn.init.normal_(part.bias)

    points = initial(mlp(), 2, generator=seeded(), reset=reset)
    parts = nn.utils.parameters_to_vector(mlp().parameters())
    assert points.shape[1] == len(parts)
    assert (points == 2.0).sum(1).tolist() == [6 * 5 + 5 * 5 + 5 * 3] * 2
    assert not torch.equal(points[0], points[1])


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 2)
        self.size = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.size * self.inner(x)


def test_parameters_that_no_part_draws_are_named(generator):
    with pytest.raises(ValueError, match=r"\(Scaled\) has the parameters \['size'\]"):
        initial(Scaled(), 1, generator=generator)
    held = Scaled()
    held.size.requires_grad_(False)
    assert initial(held, 1, generator=generator).shape == (1, 6)
    with pytest.raises(ValueError, match="`n` must be at least 1"):
        initial(mlp(), 0, generator=generator)


class Listed(nn.Module):
    """Parameters in lists, which have no method to draw them."""

    def __init__(self):
        super().__init__()
        self.gates = nn.ParameterList([nn.Parameter(torch.randn(2)) for _ in range(2)])
        self.tables = nn.ParameterDict({"one": nn.Parameter(torch.randn(2))})

    def forward(self, x):
        return x * self.gates[0] * self.gates[1] + self.tables["one"]


class Drawn(Listed):
    def reset_parameters(self):
        for part in self.parameters():
            nn.init.normal_(part)


def test_the_owner_of_a_list_of_parameters_draws_them():
    points = initial(nn.Sequential(Drawn()), 50, generator=seeded())
    assert 0.5 < float(points.std(0).min()) < float(points.std(0).max()) < 1.5
    with pytest.raises(ValueError, match=r"part `0` \(Listed\) has the parameters \['gates.0'"):
        initial(nn.Sequential(Listed()), 2, generator=seeded())


def test_an_owner_that_cannot_draw_its_parametrised_weight_is_named():
    module = Scaled()
    nn.utils.parametrize.register_parametrization(module, "size", nn.Softplus())
    with pytest.raises(ValueError, match=r"has the parameters \['size.original'\] and no method"):
        initial(module, 2, generator=seeded())


def test_draws_that_lie_in_buffers_are_refused():
    module = nn.utils.parametrizations.orthogonal(nn.Linear(4, 4))
    with pytest.raises(ValueError, match=r"drawn for `weight` .* lies in .*base.*householder"):
        initial(module, 2, generator=seeded())


@pytest.mark.filterwarnings("ignore:.*is deprecated:FutureWarning")
def test_a_weight_that_comes_out_alike_in_all_networks_is_told():
    module = nn.utils.weight_norm(nn.Linear(4, 4))
    with pytest.warns(UserWarning, match=r"'weight_g', 'weight_v'.* the same in all 3 networks"):
        initial(module, 3, generator=seeded())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        initial(nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4)), 3, generator=seeded())
