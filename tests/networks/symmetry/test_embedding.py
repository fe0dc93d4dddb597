"""Larger networks that compute the same."""

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.loss.pure import Pure
from morseloss.networks.symmetry.embedding import deepened, widened
from tests.networks.models import Masked, Skip, cross_entropy, labelled, mlp, vectors

IMAGE, VECTOR = (3, 16, 16), (6,)
shared = nn.ReLU()


class Bent(nn.ReLU):
    """Another function than its name."""

    def forward(self, x):
        return super().forward(x) ** 2


def one(channels):
    """The paper's CNN-1-C on images half as large."""
    return nn.Sequential(
        nn.Conv2d(3, channels, 5, padding=2), nn.ReLU(), nn.MaxPool2d(8), nn.Flatten(),
        nn.Linear(4 * channels, 10),
    )  # fmt: skip


def two(channels, norm=False):
    """The paper's CNN-2-C on images half as large."""
    middle = [nn.BatchNorm2d(channels)] if norm else []
    return nn.Sequential(
        nn.Conv2d(3, channels, 5, padding=2), *middle, nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(channels, channels, 5, padding=2), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(),
        nn.Linear(4 * channels, 10),
    )  # fmt: skip


def both(module, shape, grow, generator):
    inputs, targets = labelled(generator, *shape, images=12)
    land = NetworkLandscape(module, cross_entropy, inputs, targets, weight_decay=1e-3)
    points = vectors(land, generator, n=2, size=0.2)
    grown = grow(module, points)
    large = NetworkLandscape(grown.module, cross_entropy, inputs, targets, weight_decay=1e-3)
    return land, points, large, grown


@pytest.mark.parametrize(
    ("module", "shape", "grow", "like"),
    [(mlp(nn.ReLU), VECTOR, 8, mlp(nn.ReLU, width=8)),
     (mlp(nn.Tanh), VECTOR, {"3": 9}, None),
     (nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.PReLU(5), nn.Linear(5, 3)), VECTOR, 7,
      nn.Sequential(nn.Linear(6, 7), nn.BatchNorm1d(7), nn.PReLU(7), nn.Linear(7, 3))),
     (one(4), IMAGE, 8, one(8)), (one(8), IMAGE, 16, one(16)), (two(4), IMAGE, 8, two(8)),
     (two(4, norm=True), IMAGE, 8, two(8, norm=True)), (two(4), IMAGE, {"0": 6}, None)],
)  # fmt: skip
def test_wider_networks_compute_the_same(module, shape, grow, like, generator):
    land, points, large, grown = both(module, shape, lambda m, p: widened(m, p, grow), generator)
    assert large.dim > land.dim
    assert grown.shift(1e-3) == 0
    torch.testing.assert_close(
        large.outputs(grown.points, land.inputs), land.outputs(points, land.inputs),
        rtol=1e-12, atol=1e-13,
    )  # fmt: skip
    torch.testing.assert_close(
        large.value(grown.points), land.value(points), rtol=1e-13, atol=1e-14
    )
    if like is not None:
        assert large.pure.layout == Pure(like).layout
        assert repr(grown.module) == repr(like)


@pytest.mark.parametrize(
    ("module", "shape", "after", "ones", "like"),
    [(mlp(nn.ReLU), VECTOR, "1", 5, None), (mlp(nn.ReLU), VECTOR, "3", 5, None),
     (nn.Sequential(nn.Linear(6, 5, bias=False), shared, nn.Linear(5, 4), shared,
                    nn.Linear(4, 3)), VECTOR, "0", 5, None),
     (nn.Sequential(nn.Sequential(nn.Linear(6, 5), nn.ReLU6()), nn.Linear(5, 3)), VECTOR, "0.0",
      5, nn.Sequential(nn.Linear(6, 5), nn.ReLU6(), nn.Linear(5, 5), nn.ReLU6(),
                       nn.Linear(5, 3))),
     (one(4), IMAGE, "0", 4, None), (two(4, norm=True), IMAGE, "0", 4, None),
     (nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, dilation=2, padding="valid",
                              padding_mode="reflect"), nn.ReLU(), nn.Flatten(),
                    nn.Linear(144, 3)), IMAGE, "0", 4, None)],
)  # fmt: skip
def test_deeper_networks_compute_the_same_and_pay_for_their_ones(
    module, shape, after, ones, like, generator
):
    land, points, large, grown = both(module, shape, lambda m, p: deepened(m, p, after), generator)
    assert grown.ones == ones
    assert grown.shift(1e-3) == pytest.approx(0.5e-3 * ones)
    torch.testing.assert_close(
        large.outputs(grown.points, land.inputs), land.outputs(points, land.inputs),
        rtol=1e-12, atol=1e-13,
    )  # fmt: skip
    losses = [cross_entropy(out, land.targets) for out in land.outputs(points, land.inputs)]
    wanted = torch.stack(losses) + 0.5e-3 * (points**2).sum(1)
    torch.testing.assert_close(
        large.value(grown.points) - grown.shift(1e-3), wanted, rtol=1e-13, atol=1e-14
    )
    if like is not None:
        assert large.pure.layout == Pure(like).layout


def test_an_embedding_is_affine(generator):
    module = mlp(nn.ReLU)
    points = torch.randn(2, Pure(module).layout.dim, generator=generator, dtype=torch.float64)
    for grow in (lambda p: widened(module, p, 7), lambda p: deepened(module, p, "1")):
        ends = grow(points).points
        middle = grow(points.mean(0, keepdim=True)).points
        torch.testing.assert_close(middle[0], ends.mean(0))


def test_the_module_given_is_not_changed(generator):
    module = two(4, norm=True)
    before = repr(module), {name: part.clone() for name, part in module.state_dict().items()}
    points = torch.randn(1, Pure(module).layout.dim, generator=generator)
    widened(module, points, 6)
    deepened(module, points, "0")
    assert repr(module) == before[0]
    assert all(torch.equal(part, before[1][name]) for name, part in module.state_dict().items())


def test_bad_input_is_refused():
    module, points = mlp(nn.Tanh), torch.zeros(1, 83)
    with pytest.raises(ValueError, match=r"hidden layers have \{'1': 5, '3': 5\}"):
        widened(module, points, {"5": 8})
    with pytest.raises(ValueError, match="cannot widen layer `1` to 4"):
        widened(module, points, 4)
    with pytest.raises(ValueError, match=r"shape \(batch, 83\)"):
        widened(module, points[0], 8)
    with pytest.raises(ValueError, match="`1`: Linear before Tanh"):
        deepened(module, points, "1")
    with pytest.raises(ValueError, match="the layers are"):
        deepened(module, points, "hidden")
    with pytest.raises(ValueError, match="Linear before NoneType"):
        deepened(module, points, "5")
    with pytest.raises(ValueError, match="odd size"):
        even = nn.Sequential(nn.Conv2d(1, 1, 2), nn.ReLU(), nn.Flatten(), nn.Linear(1, 1))
        deepened(even, torch.zeros(1, 7), "0")
    with pytest.raises(ValueError, match="Skip is not understood"):
        widened(Skip(), torch.zeros(1, 63), 8)
    module[1].bias.requires_grad_(False)
    with pytest.raises(ValueError, match=r"'1\.bias'.*frozen"):
        widened(module, torch.zeros(1, 78), 8)


def hooked(place):
    module = mlp(nn.ReLU)
    module[place].register_forward_hook(lambda m, x, y: 2 * y)
    return module


@pytest.mark.parametrize("module", [hooked(1), hooked(2), nn.Sequential(Masked(6, 5), nn.ReLU(),
                                    nn.Linear(5, 3)), nn.Sequential(nn.Linear(6, 5), Bent(),
                                    nn.Linear(5, 3))])  # fmt: skip
def test_layers_that_do_something_else_are_not_embedded(module):
    points = torch.zeros(1, Pure(module).layout.dim)
    with pytest.raises(ValueError, match="not understood"):
        widened(module, points, 9)
    after = "1" if len(module) > 4 else "0"
    with pytest.raises(ValueError, match="without hooks or computed weights"):
        deepened(module, points, after)


def test_shared_parameters_are_not_embedded():
    part = nn.Linear(6, 6)
    module = nn.Sequential(part, nn.ReLU(), part, nn.ReLU(), nn.Linear(6, 3))
    for grow in (lambda p: widened(module, p, 9), lambda p: deepened(module, p, "0")):
        with pytest.raises(ValueError, match="are shared with others"):
            grow(torch.zeros(1, 63))


class Gated(Skip):
    """A skip with a gate, which is one number."""

    def __init__(self):
        super().__init__()
        self.gate = nn.Parameter(torch.tensor(0.5))

    def forward(self, x):
        return self.gate * super().forward(x)


@pytest.mark.parametrize("block", [Skip, Gated])
def test_blocks_beside_the_place_are_kept_whole(block, generator):
    module = nn.Sequential(block(), nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3))
    land, points, large, grown = both(module, VECTOR, lambda m, p: deepened(m, p, "1"), generator)
    torch.testing.assert_close(
        large.outputs(grown.points, land.inputs), land.outputs(points, land.inputs),
        rtol=1e-12, atol=1e-13,
    )  # fmt: skip


def test_a_layer_after_a_grouped_convolution_has_one_group(generator):
    module = nn.Sequential(
        nn.Conv2d(2, 4, 3, groups=2), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3)
    )
    land, points, large, grown = both(
        module, (2, 8, 8), lambda m, p: deepened(m, p, "0"), generator
    )
    torch.testing.assert_close(
        large.outputs(grown.points, land.inputs), land.outputs(points, land.inputs),
        rtol=1e-12, atol=1e-13,
    )  # fmt: skip
