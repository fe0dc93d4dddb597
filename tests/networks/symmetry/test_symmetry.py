"""Exchanging units changes the vector and not the outputs."""

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.loss.pure import Pure
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.symmetry import Axis, Element, Group, Symmetry
from tests.networks.models import Skip, cross_entropy, labelled, mlp, vectors


class Residual(nn.Module):
    """Units that meet in a sum share one order."""

    def __init__(self):
        super().__init__()
        self.first, self.inner = nn.Linear(6, 5), nn.Linear(5, 5)
        self.last = nn.Linear(5, 3)

    def forward(self, x):
        x = self.first(x)
        return self.last(x + torch.relu(self.inner(x)))


SUM = Group(
    (Axis("first.weight", 0), Axis("first.bias", 0), Axis("inner.weight", 0),
     Axis("inner.weight", 1), Axis("inner.bias", 0), Axis("last.weight", 1))
)  # fmt: skip


def test_an_order_moves_rows_and_columns(generator):
    symmetry = symmetry_of(Pure(mlp(nn.ReLU)))
    point = torch.randn(1, symmetry.layout.dim, generator=generator)
    shift = torch.tensor([[1, 2, 3, 4, 0]])
    still = torch.arange(5)[None]
    none = torch.ones(1, 0, 5)
    moved = symmetry.layout.split(symmetry.act(point, Element((shift, still), (none, none)))[0])
    parts = symmetry.layout.split(point[0])
    assert torch.equal(moved["1.weight"], parts["1.weight"].roll(-1, 0))
    assert torch.equal(moved["1.bias"], parts["1.bias"].roll(-1, 0))
    assert torch.equal(moved["3.weight"], parts["3.weight"].roll(-1, 1))
    assert torch.equal(moved["5.weight"], parts["5.weight"])


def test_the_identity_changes_nothing_and_an_element_keeps_all_numbers(generator):
    symmetry = symmetry_of(Pure(mlp()))
    points = torch.randn(3, symmetry.layout.dim, generator=generator)
    assert torch.equal(symmetry.act(points, symmetry.identity(3)), points)
    moved = symmetry.act(points, symmetry.random(3, generator=generator))
    assert not torch.equal(moved, points)
    assert torch.equal(moved.abs().sort(1).values, points.abs().sort(1).values)


def test_groups_given_by_hand_serve_modules_that_are_no_chain(generator):
    land = NetworkLandscape(Residual(), cross_entropy, *labelled(generator, 6))
    symmetry = Symmetry(land.pure.layout, [SUM])
    symmetry.check(land)
    points = vectors(land, generator)
    moved = symmetry.act(points, symmetry.random(4, generator=generator))
    assert float((moved - points).norm(dim=1).min()) > 1
    torch.testing.assert_close(land.value(moved), land.value(points), rtol=1e-13, atol=1e-13)


def test_what_is_no_symmetry_is_refused_by_name(generator):
    land = NetworkLandscape(Skip(), cross_entropy, *labelled(generator, 6))
    wrong = Group((Axis("first.weight", 0), Axis("first.bias", 0), Axis("second.weight", 1)))
    with pytest.raises(ValueError, match="no symmetry of the module"):
        Symmetry(land.pure.layout, [wrong]).check(land)
    land = NetworkLandscape(mlp(nn.ReLU), cross_entropy, *labelled(generator, 6))
    half = Group((Axis("1.weight", 0), Axis("1.bias", 0)))
    with pytest.raises(ValueError, match=r"1\.weight.*no symmetry"):
        Symmetry(land.pure.layout, [half]).check(land)
    flipped = tuple(Axis(n, a, flips=(0,)) for n, a in [("1.weight", 0), ("1.bias", 0),
                                                        ("3.weight", 1)])  # fmt: skip
    with pytest.raises(ValueError, match="no symmetry"):
        Symmetry(land.pure.layout, [Group(flipped, flips=1)]).check(land)


@pytest.mark.parametrize(
    ("axes", "told"),
    [([("9.weight", 0)], "no parameter `9.weight`"), ([("1.weight", 2)], "does not fit"),
     ([("1.weight", 0), ("3.weight", 1), ("5.bias", 0)], "one length"),
     ([("1.weight", 0), ("1.weight", 0)], "twice")],
)  # fmt: skip
def test_groups_that_do_not_fit_are_refused(axes, told):
    layout = Pure(mlp()).layout
    with pytest.raises(ValueError, match=told):
        Symmetry(layout, [Group(tuple(Axis(*axis) for axis in axes))])


@pytest.mark.parametrize("axes", [(), (("1.weight", 0),), (Axis("1.weight", 0, flips=(1,)),)])
def test_groups_without_axes_or_with_unknown_flips_are_refused(axes):
    with pytest.raises(ValueError, match="a group needs axes"):
        Group(axes, flips=1)
