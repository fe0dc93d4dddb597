"""Units are powers of two, asked for where a box is far from 1 or from a cube."""

import pytest
import torch

import morseloss as ml
from morseloss.landscapes.units import InUnits, units_of
from morseloss.landscapes.wrappers import unwrapped


def box(low, high):
    return torch.tensor([low, high], dtype=torch.float64)


def waves(low, high):
    return ml.Function(lambda x: x.sin().prod(-1), dim=len(low), box=box(low, high))


def units(land):
    found = units_of(land)
    assert found is not None
    return found.tolist()


def test_ordinary_boxes_need_no_units():
    for land in (ml.analytic.Himmelblau(), ml.analytic.MuellerBrown(), ml.analytic.Rastrigin(2)):
        assert units_of(land) is None
    assert units_of(ml.Function(lambda x: x.sum(-1), dim=2)) is None
    assert units_of(waves([-1.0, -9.0], [1.0, 9.0])) is None


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        ([-1e-6], [1e-6], [2.0**-20]),
        ([-1.0, -1000.0], [1.0, 1000.0], [1.0, 1024.0]),
        ([0.0, 0.0], [2e4, 2e4], [2.0**13, 2.0**13]),
    ],
)
def test_units_are_powers_of_two_about_half_the_box(low, high, wanted):
    assert units(waves(low, high)) == wanted


def test_periods_and_domains_count_before_boxes():
    tall = ml.Periodic(waves([0.0, 0.0], [1.0, 1.0]), [2 * torch.pi, 2 * torch.pi])
    assert units_of(tall) is None
    assert units(ml.OnBox(waves([-1.0], [1.0]), box([0.0], [1e-4]))) == [2.0**-14]
    series = ml.TrigonometricPolynomial({(1, 0): 1.0, (0, 1): 1.0}, periods=[1.0, 1e4])
    assert units(series) == [0.5, 4096.0]


def test_walls_beyond_all_that_matters_say_nothing_of_its_size():
    far = box([-1e7, -1e7], [1e7, 1e7])
    camel = ml.OnBox(ml.analytic.Himmelblau(), far)
    assert units_of(camel) is None and units_of(ml.Counted(camel)) is None
    unknown = ml.Function(lambda x: (x**2).sum(-1), dim=2)  # then the walls are all there is
    assert units(ml.OnBox(unknown, far)) == [2.0**23] * 2
    assert units(ml.OnBox(waves([5.0], [6.0]), box([0.0], [1e-4]))) == [2.0**-14]
    tiny = ml.OnBox(waves([-1e-9], [1e-9]), box([-1.0], [1.0]))
    assert units_of(InUnits(tiny, units_of(tiny))) is None  # once is enough


@pytest.mark.parametrize(
    "land",
    [
        ml.Polynomial({(4, 0): 1.0, (0, 2): 1e-8, (1, 1): 1e-4, (0, 4): 1e-16}),
        ml.TrigonometricPolynomial({(1, 0): 1.0, (2, 1): (0.3, 0.2), (0, 1): 1.0}, [1.0, 4096.0]),
        ml.Function(lambda x: (x[:, 0] ** 2 + x[:, 1] / 1e4).sin(), dim=2),
    ],
    ids=["polynomial", "waves", "function"],
)
def test_changing_units_keeps_values_and_derives_by_the_chain_rule(land):
    units = torch.tensor([0.5, 1024.0], dtype=torch.float64)
    inner = InUnits(land, units)
    y = torch.tensor([[0.3, -0.7], [1.1, 0.2]], dtype=torch.float64)
    plain = ml.Function(lambda z: land.value(z * units), dim=2)
    closed = unwrapped(inner)
    assert type(closed) is (InUnits if isinstance(land, ml.Function) else type(land))
    for form in (inner, closed):
        assert torch.allclose(form.value(y), plain.value(y), rtol=1e-13)
        assert torch.allclose(form.gradient(y), plain.gradient(y), rtol=1e-11)
        assert torch.allclose(form.hvp(y, y.flip(0)), plain.hvp(y, y.flip(0)), rtol=1e-11)
        for ours, theirs in zip(form.jet(y), plain.jet(y), strict=True):
            assert torch.allclose(ours, theirs, rtol=1e-11, atol=1e-12)


def test_a_group_turns_axes_into_each_other_so_one_unit_does_for_all():
    turned = ml.Quotient(waves([-1e-6, -1e-3], [1e-6, 1e-3]), ml.MatrixGroup([[[1.0, 0], [0, 1]]]))
    assert units(turned) == [2.0**-10] * 2
