import pytest
import torch

import morseloss as ml
from morseloss.landscapes.wrappers import unwrapped
from tests.checks import CATALOGUE, check_landscape


def bowl(points):
    return (points**2).sum(-1)


@pytest.mark.parametrize("landscape", CATALOGUE, ids=repr)
def test_catalogue_passes_the_interface_check(landscape, generator):
    check_landscape(landscape, ml.sample_box(landscape, 5, generator=generator))


def test_wrappers_pass_the_interface_check(generator):
    base = ml.analytic.MuellerBrown()
    points = ml.sample_box(base, 4, generator=generator)
    box = torch.tensor([[-1.0, 0.0], [0.5, 1.0]], dtype=torch.float64)
    check_landscape(ml.OnBox(base, box), points)
    check_landscape(ml.Counted(base), points)
    check_landscape(ml.Pullback(base, lambda y: y + 0.1 * torch.sin(y).flip(-1)), points)
    check_landscape(ml.Function(bowl, dim=2), points)
    check_landscape(ml.Negated(base), points)
    check_landscape(ml.Negated(ml.OnBox(base, box)), points)


def test_counted_counts_rows_and_products():
    land = ml.Counted(ml.analytic.DoubleWell(3))
    points = torch.zeros(4, 3, dtype=torch.float64)
    land.value(points), land.gradient(points), land.hvp(points, points), land.hessian(points)
    assert (land.values, land.gradients, land.products) == (4, 4, 4 + 12)


def test_upside_down_twice_is_the_landscape_again(generator):
    base = ml.analytic.Himmelblau()
    points = ml.sample_box(base, 4, generator=generator)
    once = ml.Negated(base)
    for one, other, twice in zip(
        once.jet(points), base.jet(points), ml.Negated(once).jet(points), strict=True
    ):
        assert torch.equal(one, -other)
        assert torch.equal(twice, other)
    assert torch.equal(once.box, base.box)
    assert once.domain is None
    assert torch.equal(ml.Negated(ml.OnBox(base, base.box)).domain, base.box)
    assert repr(once) == "Negated(Himmelblau())"


def test_only_wrappers_that_keep_the_values_are_seen_through():
    base = ml.analytic.Himmelblau()
    assert unwrapped(base) is base
    assert unwrapped(ml.Counted(ml.OnBox(base, base.box))) is base
    upside = ml.Negated(base)
    assert unwrapped(ml.Counted(upside)) is upside


def test_function_of_one_point_is_refused_with_the_remedy():
    with pytest.raises(ValueError, match="pointwise=True"):
        ml.Function(lambda x: (x**2).sum(), dim=2)


def test_a_vmapped_function_goes_all_the_way(generator):
    """`torch.vmap` takes no empty batch, so no search may ask for one."""

    def wells(x):
        return ((x**2 - 1) ** 2).sum() + 0.2 * x[0] + 0.1 * x[1]

    box = torch.tensor([[-2.0, -2.0], [2.0, 2.0]])
    land = ml.Function(torch.vmap(wells), dim=2, box=box)
    starts = ml.sample_box(land, 64, generator=generator)
    graph = ml.build_graph(land, ml.find_minima(land, starts), ml.find_saddles(land, starts))
    assert (len(graph), len(graph.edges)) == (4, 4)
    bowl_graph = ml.build_graph(
        ml.Function(torch.vmap(lambda x: (x**2).sum()), dim=2),
        ml.find_minima(ml.Function(torch.vmap(lambda x: (x**2).sum()), dim=2), starts),
    )
    assert len(bowl_graph) == 1


def test_sample_box_is_inside_and_repeats_with_the_seed():
    land = ml.analytic.Himmelblau()
    draws = [ml.sample_box(land, 50, generator=torch.Generator().manual_seed(3)) for _ in range(2)]
    assert torch.equal(*draws)
    assert ((draws[0] >= land.box[0]) & (draws[0] <= land.box[1])).all()


def test_sample_box_without_a_box_says_what_to_pass(generator):
    with pytest.raises(ValueError, match="pass `box`"):
        ml.sample_box(ml.Function(bowl, dim=2), 3, generator=generator)
    with pytest.raises(ValueError, match="coercive"):
        ml.sample_box(ml.Polynomial({(3,): 1.0}), 3, generator=generator)
    with pytest.raises(ValueError, match="`n` must be an integer from 1 on, got 0"):
        ml.sample_box(ml.analytic.Himmelblau(), 0, generator=generator)


@pytest.mark.parametrize(
    "box", [[[0.0], [1.0]], [[1.0, 1.0], [0.0, 2.0]], [[0.0, 0.0], [1.0, float("inf")]]]
)
def test_bad_boxes_are_refused(box):
    with pytest.raises(ValueError, match="lower and an upper corner"):
        ml.OnBox(ml.analytic.Himmelblau(), torch.tensor(box))


@pytest.mark.parametrize(
    ("starts", "message"),
    [
        ([[0.0, 0.0]], "as_tensor"),
        (torch.zeros(2, dtype=torch.float64), r"use `starts\[None\]`"),
        (torch.zeros(3, 5), "got shape"),
        (torch.zeros(3, 2, dtype=torch.long), "double"),
        (torch.zeros(0, 2, dtype=torch.float64), "empty"),
        (torch.full((3, 2), float("nan"), dtype=torch.float64), r"rows \[0, 1, 2\]"),
    ],
)
def test_bad_starts_are_refused(starts, message):
    with pytest.raises(ValueError, match=message):
        ml.find_minima(ml.analytic.Himmelblau(), starts)


@pytest.mark.parametrize("box", [None, torch.tensor([[-1.0, -1.0], [1.0, 1.0]])])
def test_a_function_of_one_point_is_refused_in_two_variables_too(box):
    with pytest.raises(ValueError, match=r"for 3 points; for a function of one point pass"):
        ml.Function(lambda x: x[0] ** 2 + x[1] ** 2, dim=2, box=box)


STARTS = torch.zeros(4, 2, dtype=torch.float64)
CAMEL = ml.analytic.SixHumpCamel()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ml.find_minima(ml.analytic.Himmelblau, STARTS),
            r"the class .*`Himmelblau\(...\)`",
        ),
        (lambda: ml.find_minima(lambda x: x.sum(-1), STARTS), "a callable becomes one by"),
        (lambda: ml.critical_points(ml.analytic.Himmelblau), "got the class Himmelblau"),
        (lambda: ml.morse_complex(CAMEL.critical_points, CAMEL), "got CriticalPoints; it comes"),
        (
            lambda: ml.build_graph(CAMEL, STARTS),
            "`minima` must be CriticalPoints, got Tensor; find",
        ),
        (lambda: ml.morse_complex(CAMEL, STARTS), "`points` must be CriticalPoints, got Tensor"),
        (lambda: ml.to_score(CAMEL), "`diagram` must be a Diagram, got SixHumpCamel; take"),
    ],
)
def test_arguments_of_another_kind_are_told(call, message):
    with pytest.raises(ValueError, match=message):
        call()
