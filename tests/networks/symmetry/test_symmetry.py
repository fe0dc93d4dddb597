"""Exchanging units changes the vector and not the outputs."""

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.loss.pure import Pure
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.symmetry import Axis, Element, Group, Mixing, Scaling, Symmetry
from morseloss.networks.symmetry.unit_groups import Gain
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


class Tempered(nn.Module):
    """Outputs over a temperature, which is one number, as CLIP has it."""

    def __init__(self):
        super().__init__()
        self.inner, self.heat = mlp(), nn.Parameter(torch.tensor(0.7))

    def forward(self, x):
        return self.inner(x) * self.heat.exp()


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


def test_a_parameter_of_one_number_stays(generator):
    land = NetworkLandscape(Tempered(), cross_entropy, *labelled(generator, 6))
    symmetry = symmetry_of(land)
    points = vectors(land, generator)
    moved = symmetry.act(points, symmetry.random(4, generator=generator))
    assert float((moved - points).norm(dim=1).min()) > 1
    torch.testing.assert_close(land.value(moved), land.value(points), rtol=1e-12, atol=1e-12)


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


def streams(land):
    """What the module `Rotated` has: a stream that rotates, with a gain, and scaled units."""
    stream = Mixing(
        (Axis("first.weight", 0), Axis("shift", 0), Axis("last.weight", 1)), size=5,
        orthogonal=True,
        gains=(Gain(Axis("gain", 0), (Axis("last.weight", 1),), (Axis("shift", 0),)),),
    )  # fmt: skip
    units = (Axis("last.weight", 0), Axis("out.weight", 1))
    return Symmetry(
        land.pure.layout, [Group(units)], [stream], [Scaling(units, ((1,), (-1,)), size=4)]
    )


class Rotated(nn.Module):
    """A linear layer, a length, a gain and a shift, and two layers that read them."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 5, bias=False)
        self.gain, self.shift = nn.Parameter(torch.ones(5)), nn.Parameter(torch.zeros(5))
        self.last, self.out = nn.Linear(5, 4, bias=False), nn.Linear(4, 3)

    def forward(self, x):
        x = nn.functional.normalize(self.first(x), dim=-1)
        return self.out(torch.relu(self.last(x * self.gain + self.shift)))


def test_mixings_and_scalings_given_by_hand_leave_outputs_alone(generator):
    land = NetworkLandscape(Rotated(), cross_entropy, *labelled(generator, 6))
    symmetry = streams(land)
    symmetry.check(land)
    points = vectors(land, generator)
    moved = symmetry.act(points, symmetry.random(4, generator=generator))
    torch.testing.assert_close(land.value(moved), land.value(points), rtol=1e-11, atol=1e-12)
    parts = land.pure.layout.split(moved)
    assert torch.equal(parts["gain"], torch.ones(4, 5).double())


def test_what_is_not_mixed_or_scaled_stays(generator):
    land = NetworkLandscape(Rotated(), cross_entropy, *labelled(generator, 6))
    symmetry = streams(land)
    points = vectors(land, generator)
    assert torch.equal(symmetry.act(points, symmetry.identity(4)), points)
    element = symmetry.identity(4)
    assert torch.equal(symmetry.act(points, Element(element.orders, element.signs)), points)


def test_isometries_keep_the_length_of_a_vector(generator):
    layout = Pure(nn.Sequential(nn.Linear(6, 5), nn.Linear(5, 3))).layout
    mixing = Mixing((Axis("0.weight", 0), Axis("0.bias", 0)), (Axis("1.weight", 1),), size=5)
    whole = Symmetry(layout, (), [mixing])
    points = torch.randn(3, layout.dim, generator=generator, dtype=torch.float64)
    moved = whole.act(points, whole.random(3, generator=generator))
    assert float((moved.norm(dim=1) / points.norm(dim=1) - 1).abs().min()) > 1e-3
    part = whole.isometries
    moved = part.act(points, part.random(3, generator=generator))
    torch.testing.assert_close(moved.norm(dim=1), points.norm(dim=1), rtol=1e-13, atol=0)
    assert whole.isometries.scalings == ()


def test_rotations_that_keep_the_ones_do(generator):
    mixing = Mixing((Axis("a", 0),), size=4, orthogonal=True, ones=True)
    matrices = mixing.random(3, generator=generator)
    eye = torch.eye(4).double().expand(3, 4, 4)
    torch.testing.assert_close(matrices @ matrices.mT, eye, rtol=0, atol=1e-14)
    ones = torch.ones(3, 4).double()
    torch.testing.assert_close(matrices.sum(2), ones, rtol=0, atol=1e-14)


def test_units_on_a_part_of_an_axis_and_within_some_rows(generator):
    layout = Pure(nn.Conv2d(4, 6, 1, groups=2, bias=False)).layout
    axes = (Axis("weight", 1, within=((0, 3, 3),)), Axis("weight", 0, block=1, start=1))
    one, other = (Symmetry(layout, [Group((axis,), size=2)]) for axis in axes)
    points = torch.randn(1, layout.dim, generator=generator)
    swap = Element((torch.tensor([[1, 0]]),), (torch.ones(1, 0, 2),))
    table = points.view(6, 2)
    moved = one.act(points, swap).view(6, 2)
    assert torch.equal(moved, torch.cat([table[:3], table[3:].flip(1)]))
    assert torch.equal(other.act(points, swap).view(6, 2), table[[0, 2, 1, 3, 4, 5]])


def test_a_wrong_mixing_is_refused_with_its_parameters(generator):
    land = NetworkLandscape(Rotated(), cross_entropy, *labelled(generator, 6))
    wrong = Mixing((Axis("last.weight", 0),), (Axis("out.weight", 1),), size=4)
    with pytest.raises(ValueError, match=r"last\.weight.*no symmetry of the module"):
        Symmetry(land.pure.layout, (), [wrong]).check(land)
    wrong = Scaling((Axis("first.weight", 0), Axis("last.weight", 1)), ((1,), (-1,)), size=5)
    with pytest.raises(ValueError, match=r"first\.weight.*no symmetry of the module"):
        Symmetry(land.pure.layout, (), (), [wrong]).check(land)


def test_a_gain_of_zero_cannot_be_taken_over_from_a_shift(generator):
    land = NetworkLandscape(Rotated(), cross_entropy, *labelled(generator, 6))
    symmetry, points = streams(land), vectors(land, generator)
    land.pure.layout.split(points)["gain"][:, 2] = 0
    with pytest.raises(ValueError, match="`gain` is 0 where the shift in `shift` is not"):
        symmetry.act(points, symmetry.random(4, generator=generator))


@pytest.mark.parametrize(
    ("make", "told"),
    [(lambda: Mixing(()), "a mixing needs axes"),
     (lambda: Mixing((Axis("a", 0),)), "number of its units as `size`"),
     (lambda: Mixing((Axis("a", 0),), size=2, ones=True), "must be orthogonal"),
     (lambda: Scaling((Axis("a", 0),), (), size=2), "a scaling needs axes"),
     (lambda: Scaling((Axis("a", 0),), ((1,),)), "number of its units as `size`")],
)  # fmt: skip
def test_mixings_and_scalings_that_make_no_sense_are_refused(make, told):
    with pytest.raises(ValueError, match=told):
        make()


@pytest.mark.parametrize(
    ("axis", "told"),
    [(Axis("1.weight", 0, start=3), "does not fit 3 units"),
     (Axis("1.weight", 0, within=((0, 0, 1),)), "does not fit the shape"),
     (Axis("1.weight", 0, within=((1, 5, 2),)), "does not fit the shape")],
)  # fmt: skip
def test_parts_of_axes_that_are_not_there_are_refused(axis, told):
    with pytest.raises(ValueError, match=told):
        Symmetry(Pure(mlp()).layout, [Group((axis,), size=3)])


def test_a_symmetry_is_shown_as_a_table(generator):
    land = NetworkLandscape(Rotated(), cross_entropy, *labelled(generator, 6))
    symmetry = streams(land)
    assert repr(symmetry) == "Symmetry(1 group, 1 mixing, 1 scaling of 75 parameters)"
    first, head, *rows = str(symmetry).splitlines()
    assert first == repr(symmetry)
    assert head.split() == ["kind", "groups", "units", "parameters"]
    assert [row.split()[:3] for row in rows] == [
        ["exchange", "1", "4"], ["rotate", "1", "5"], ["scale", "1", "4"],
    ]  # fmt: skip
    assert "<table>" in symmetry._repr_html_()
