"""The symmetry of a chain of layers, read off by itself."""

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from morseloss.networks import Looped, NetworkLandscape
from morseloss.networks.loss.layers import layers_of
from morseloss.networks.loss.pure import Pure
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.traced.module_symmetry import module_symmetry
from tests.networks.models import Doubled, Masked, Skip, cnn, cross_entropy, labelled, mlp, vectors

shared = nn.ReLU()
flat = nn.Flatten()
IMAGE, VECTOR = (1, 8, 8), (6,)

CHAINS = {
    "relu": (mlp(nn.ReLU), VECTOR, (5, 5), [0, 0]),
    "tanh": (mlp(nn.Tanh), VECTOR, (5, 5), [1, 1]),
    "one activation twice": (
        nn.Sequential(nn.Linear(6, 5), shared, nn.Linear(5, 4), shared, nn.Linear(4, 3)),
        VECTOR, (5, 4), [0, 0],
    ),
    "nested, no bias": (
        nn.Sequential(nn.Sequential(nn.Linear(6, 5, bias=False), nn.GELU()), nn.Linear(5, 3)),
        VECTOR, (5,), [0],
    ),
    "slopes of their own": (
        nn.Sequential(nn.Linear(6, 5), nn.PReLU(5), nn.Linear(5, 4), nn.PReLU(), nn.Linear(4, 3)),
        VECTOR, (5, 4), [0, 0],
    ),
    "maximum of tanh": (cnn(), IMAGE, (4,), [0]),
    "normalised, maximum": (cnn(norm=True), IMAGE, (4,), [1]),
    "normalised, mean": (
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Tanh(), nn.AvgPool2d(2), flat,
                      nn.Linear(36, 3)),
        IMAGE, (4,), [2],
    ),
    "relu, normalised": (
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.BatchNorm2d(4), nn.Conv2d(4, 5, 3),
                      nn.AdaptiveAvgPool2d(1), flat, nn.Linear(5, 3)),
        IMAGE, (4, 5), [1, 1],
    ),
    "normalised without weights": (
        nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5, affine=False), nn.Tanh(),
                      nn.Linear(5, 3)),
        VECTOR, (5,), [1],
    ),
    "normalised when flat": (
        nn.Sequential(nn.Conv2d(1, 4, 7), nn.Tanh(), flat, nn.BatchNorm1d(16), nn.Linear(16, 3)),
        IMAGE, (4,), [2],
    ),
    "signals": (
        nn.Sequential(nn.Conv1d(2, 4, 3), nn.Softsign(), nn.MaxPool1d(2), nn.Conv1d(4, 3, 2), flat,
                      nn.Linear(3, 3)),
        (2, 6), (4, 3), [0, 1],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHAINS)
def test_groups_are_found_and_leave_the_loss_alone(name, generator):
    module, shape, sizes, flips = CHAINS[name]
    land = NetworkLandscape(module, cross_entropy, *labelled(generator, *shape), weight_decay=0.1)
    symmetry = symmetry_of(land.pure)
    assert symmetry.sizes == sizes
    assert [group.flips for group in symmetry.groups] == flips
    symmetry.check(land)
    points = vectors(land, generator)
    moved = symmetry.act(points, symmetry.random(4, generator=generator))
    assert float((moved - points).norm(dim=1).min()) > 0.5
    torch.testing.assert_close(land.value(moved), land.value(points), rtol=1e-13, atol=1e-13)
    for before, after in zip(
        land.outputs(points, land.inputs), land.outputs(moved, land.inputs), strict=True
    ):
        torch.testing.assert_close(after, before, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", CHAINS)
def test_of_its_landscape_a_chain_has_the_same_permutations_and_signs(name, generator):
    module, shape, sizes, flips = CHAINS[name]
    land = NetworkLandscape(module, cross_entropy, *labelled(generator, *shape))
    whole = symmetry_of(land)
    chain = symmetry_of(land.pure)
    groups = [group for group in whole.permutations.groups if group.exchanged]
    assert groups == list(chain.groups)
    # what was read off operations has as many of each, though it may write them otherwise; each
    # pixel of a channel has a sign of its own where it is normalised by itself
    flips = [1] if name == "normalised when flat" else flips
    read = module_symmetry(land.pure, land.inputs[:3]).permutations
    found = [(n, g.flips) for n, g in zip(read.sizes, read.groups, strict=True) if g.exchanged]
    assert found == list(zip(sizes, flips, strict=True))


def test_of_its_landscape_any_module_has_a_symmetry(generator):
    land = NetworkLandscape(Skip(), cross_entropy, *labelled(generator, 6))
    assert symmetry_of(land).groups == ()  # the only units are those of the inputs
    module = nn.Sequential(nn.Linear(6, 4), nn.LayerNorm(4), nn.Tanh(), nn.Linear(4, 3))
    land = NetworkLandscape(module, cross_entropy, *labelled(generator, 6))
    (group,) = symmetry_of(land).groups
    assert (group.size, group.flips) == (4, 1)


class Deciding(nn.Module):
    """Goes two ways."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 4), nn.Linear(4, 3)

    def forward(self, x):
        x = self.first(x)
        return self.last(torch.tanh(x) if x.abs().sum() > -1 else x)


def test_a_module_that_decides_by_numbers_is_refused_with_the_way_out(generator):
    land = NetworkLandscape(Deciding(), cross_entropy, *labelled(generator, 6), engine=Looped)
    with pytest.raises(ValueError, match="Deciding cannot be traced: its forward decides"):
        symmetry_of(land)


class N(nn.BatchNorm1d):
    """A name says nothing."""


class Deep3d(nn.BatchNorm1d):
    """A name says something else."""


@pytest.mark.parametrize("kind", [N, Deep3d])
def test_a_class_of_another_name_is_known_by_its_base(kind):
    module = nn.Sequential(nn.Linear(6, 5), kind(5), nn.ReLU(), nn.Linear(5, 3))
    plain = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))
    assert symmetry_of(Pure(module)).groups == symmetry_of(Pure(plain)).groups


def test_every_hidden_parameter_has_its_axes():
    groups = symmetry_of(Pure(mlp())).groups
    axes = [[(axis.name, axis.axis) for axis in group.axes] for group in groups]
    assert axes == [
        [("1.weight", 0), ("1.bias", 0), ("3.weight", 1)],
        [("3.weight", 0), ("3.bias", 0), ("5.weight", 1)],
    ]


def test_pixels_of_a_channel_stay_together():
    (group,) = symmetry_of(Pure(cnn())).groups
    assert [axis.block for axis in group.axes] == [1, 1, 9]


def test_frozen_layers_are_left_alone():
    module = mlp()
    module[1].bias.requires_grad_(False)
    (group,) = symmetry_of(Pure(module)).groups
    assert group.axes[0].name == "3.weight"


class Graded(nn.Tanh):
    """Each unit has its own slope."""

    def forward(self, x):
        return torch.tanh(x * torch.arange(1, x.shape[-1] + 1, dtype=x.dtype))


def hooked():
    module = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3))
    module[1].register_forward_hook(lambda m, x, y: y * torch.arange(4, dtype=y.dtype))
    return module


def chained(*middle):
    return nn.Sequential(nn.Linear(6, 4), *middle, nn.Linear(4, 3))


@pytest.mark.parametrize(
    ("module", "told"),
    [(Skip(), "Skip is not understood"),
     (nn.Sequential(nn.Linear(6, 4), nn.Softmax(1), nn.Linear(4, 3)), "`1` .Softmax."),
     (nn.Sequential(nn.Linear(6, 4), nn.LayerNorm(4), nn.Linear(4, 3)), "`1` .LayerNorm."),
     (nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, groups=4)), "`1` .Conv2d."),
     (nn.Sequential(nn.Conv2d(1, 4, 3), nn.Linear(4, 3)), "belong together"),
     (nn.Sequential(nn.Linear(6, 4), nn.Flatten(), nn.Linear(8, 3)), "belong together"),
     (Doubled(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3)), "Doubled is not understood"),
     (hooked(), "`1` .Tanh."), (chained(Graded()), "`1` .Graded."),
     (nn.Sequential(Masked(6, 4), nn.Tanh(), nn.Linear(4, 3)), "`0` .Masked."),
     (nn.Sequential(weight_norm(nn.Linear(6, 4)), nn.Tanh(), nn.Linear(4, 3)), "Parametrized"),
     (chained(nn.AvgPool1d(3, stride=1, padding=1)), "`1` .AvgPool1d."),
     (chained(nn.InstanceNorm1d(4)), "`1` .InstanceNorm1d."),
     (chained(nn.BatchNorm1d(4).eval()), "`1` .BatchNorm1d."),
     (nn.Sequential(nn.Conv1d(2, 4, 3), nn.MaxPool2d(1), nn.Conv1d(4, 3, 2)), "`1` .MaxPool2d.")],
)  # fmt: skip
def test_other_modules_are_refused_with_the_way_out(module, told):
    with pytest.raises(ValueError, match=told) as caught:
        symmetry_of(Pure(module))
    assert "Symmetry(landscape.pure.layout" in str(caught.value)


def test_shared_parameters_are_refused():
    module = mlp()
    module[3].weight = nn.Parameter(torch.zeros(5, 5))
    tied = nn.Sequential(module[3], nn.Tanh(), module[3])
    with pytest.raises(ValueError, match="shares parameters"):
        symmetry_of(Pure(tied))


def test_a_layer_that_stands_twice_is_there_twice():
    module = nn.Sequential(nn.Linear(2, 2), shared, nn.Sequential(nn.Linear(2, 2), shared))
    assert [name for name, _ in layers_of(module)] == ["0", "1", "2.0", "2.1"]
