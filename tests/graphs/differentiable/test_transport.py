"""Distances of barcodes of tensors are those of numbers, and can be descended."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import morseloss as ml
from morseloss.graphs.differentiable import barcode, bottleneck_distance, wasserstein_distance
from tests.graphs.differentiable.distinct import tensors
from tests.topology.graphs import filtrations

METRICS = st.sampled_from(["euclidean", "chebyshev"])
INF = float("inf")


@settings(max_examples=30)
@given(filtrations(), filtrations(), METRICS, st.sampled_from([1.0, 1.5, 2.0, 7.0]))
def test_distances_are_those_of_plain_numbers(one, other, metric, order):
    bars, plain = barcode(*tensors(one)), ml.barcode(other)
    found = (
        bottleneck_distance(bars, plain, metric=metric),
        wasserstein_distance(bars, plain, order=order, metric=metric),
    )
    wanted = (
        ml.bottleneck_distance(ml.barcode(one), plain, metric=metric),
        ml.wasserstein_distance(ml.barcode(one), plain, order=order, metric=metric),
    )
    np.testing.assert_allclose([float(number) for number in found], wanted, rtol=1e-12)
    back = bottleneck_distance(plain, bars, metric=metric)
    assert float(back) == pytest.approx(wanted[0], rel=1e-12)


@settings(max_examples=30)
@given(filtrations(), filtrations(), METRICS, st.sampled_from([1.0, 2.0, 2.5]))
def test_gradients_are_finite_at_ties_too(one, other, metric, order):
    values, edges, weights = tensors(one)
    leaves = values.requires_grad_(), weights.requires_grad_()
    bars = barcode(values, edges, weights)
    for distance in (
        bottleneck_distance(bars, ml.barcode(other), metric=metric),
        wasserstein_distance(bars, ml.barcode(other), order=order, metric=metric),
        wasserstein_distance(bars, bars, order=order, metric=metric),
    ):
        for gradient in torch.autograd.grad(distance, leaves, retain_graph=True):
            assert gradient.isfinite().all() and gradient.norm() <= 1.5 * len(bars)


def rows(*bars):
    return torch.tensor(bars, dtype=torch.float64, requires_grad=True)


def test_both_barcodes_have_gradients():
    a, b = rows([0.0, INF], [1.0, 3.0]), rows([0.5, INF], [1.0, 6.0], [0.0, 0.5])
    wasserstein_distance(a, b, metric="chebyshev").backward()
    assert a.grad.tolist() == [[-1.0, 0.0], [0.0, -1.0]]
    assert b.grad.tolist() == [[1.0, 0.0], [0.0, 1.0], [-0.5, 0.5]]


def test_the_bottleneck_distance_pulls_at_one_pair_alone():
    a, b = rows([0.0, 9.0], [0.0, 2.0]), rows([0.0, 8.0])
    bottleneck_distance(a, b, metric="chebyshev").backward()
    # both pairs cost 1: the first of the matching counts
    assert ml.bottleneck_matching(*(t.detach() for t in (a, b)), metric="chebyshev").pairs[
        0
    ].tolist() == [0, 0]
    assert a.grad.tolist() == [[0.0, 1.0], [0.0, 0.0]] and b.grad.tolist() == [[0.0, -1.0]]


def test_in_the_max_metric_a_corner_is_shared_by_halves():
    a, b = rows([0.0, 9.0]), rows([1.0, 8.0])
    bottleneck_distance(a, b, metric="chebyshev").backward()
    assert a.grad.tolist() == [[-0.5, 0.5]]


@pytest.mark.parametrize("distance", [bottleneck_distance, wasserstein_distance])
def test_equal_barcodes_and_barcodes_of_no_finite_distance_have_gradient_0(distance):
    a = rows([0.0, INF], [1.0, 3.0], [2.0, 2.0])
    for other, wanted in ((a.detach().clone(), 0.0), (a.detach()[1:], INF)):
        a.grad = None
        found = distance(a, other)
        found.backward()
        assert found.item() == wanted and not a.grad.any()


def test_nothing_is_as_far_from_nothing_as_it_should_be():
    nothing = torch.zeros(0, 2, requires_grad=True)
    assert bottleneck_distance(nothing, nothing).item() == 0.0
    assert wasserstein_distance(nothing, rows([0.0, 2.0]).float(), order=2).item() == pytest.approx(
        2**0.5, rel=1e-6
    )


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_lengths_are_right_at_any_scale(scale):
    a, b = rows([3 * scale, 90 * scale]), rows([0.0, 94 * scale])
    for found in (bottleneck_distance(a, b), wasserstein_distance(a, b, order=2)):
        assert found.item() == pytest.approx(5 * scale, rel=1e-14)


def test_batches_are_compared_graph_by_graph_and_with_one_barcode():
    values = torch.tensor([[0.0, 1.0], [0.0, 2.0]], requires_grad=True)
    bars = barcode(values, [[0, 1]], torch.tensor([5.0]))
    goal = ml.Diagram(births=[0.0, 1.0], deaths=[INF, 5.0])
    assert bottleneck_distance(bars, goal).tolist() == [0.0, 1.0]
    assert bottleneck_distance(bars, bars).tolist() == [0.0, 0.0]
    wasserstein_distance(bars, goal, order=2).sum().backward()
    assert values.grad.tolist() == [[0.0, 0.0], [0.0, 1.0]]


def test_a_descent_along_the_gradient_reaches_the_wanted_barcode():
    values = torch.tensor([0.0, 0.4, 1.0], dtype=torch.float64, requires_grad=True)
    weights = torch.tensor([1.6, 1.5], dtype=torch.float64, requires_grad=True)
    wanted = ml.Diagram(births=[0.0, 0.5, 0.9], deaths=[INF, 2.5, 2.0])
    optimiser = torch.optim.Adam([values, weights], lr=0.02)
    distances = []
    for _ in range(150):
        optimiser.zero_grad()
        bars = barcode(values, [[0, 1], [1, 2]], weights)
        distances.append(wasserstein_distance(bars, wanted, order=2))
        (distances[-1] ** 2).backward()
        optimiser.step()
    assert distances[0] > 0.9 and distances[-1] < 1e-3


def test_transforms_of_torch_pass_through():
    a, b = (part.detach() for part in (rows([0.0, 4.0], [1.0, 2.0]), rows([0.0, 5.0])))
    slopes = torch.func.grad(wasserstein_distance)(a, b)
    assert slopes[0].tolist() == [0.0, -1.0]
    both = torch.vmap(wasserstein_distance, in_dims=(0, None))(torch.stack([a, a + 1]), b)
    assert both.tolist() == [float(wasserstein_distance(x, b)) for x in (a, a + 1)]


BARS, GOAL = torch.tensor([[0.0, 1.0]]), ml.Diagram([0.0], [1.0])


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (BARS.int(), BARS, "`a` must hold floats, .* got torch.int32"),
        (BARS, BARS.double(), "`a` and `b` must have one dtype, got torch.float32 and torch.floa"),
        (BARS[0], BARS, r"`a` must have shape \(..., k, 2\), .* got \(2,\)"),
        (BARS.expand(2, 1, 2), BARS.expand(3, 1, 2), r"batches of one shape, .* \(2,\) and \(3,\)"),
        (BARS, [[0.0, 1.0]], "`b` must be a torch tensor .* got list"),
        (
            ml.Diagram([0.0], [1.0]),
            ml.Diagram([0.0], [1.0]),
            "must be of tensors, got two Diagrams",
        ),
        (BARS.flip(1), BARS, "a bar must have a finite birth"),
    ],
)
def test_what_are_no_two_barcodes_is_refused(a, b, message):
    for distance in (bottleneck_distance, wasserstein_distance):
        with pytest.raises(ValueError, match=message):
            distance(a, b)


def test_an_order_below_one_is_refused():
    with pytest.raises(ValueError, match="`order` must be from 1"):
        wasserstein_distance(BARS, BARS, order=0.5)
    with pytest.raises(ValueError, match="`metric` must be"):
        bottleneck_distance(BARS, BARS, metric="l2")


@pytest.mark.parametrize("order", [float("inf"), 0.5])
def test_an_order_out_of_range_is_refused(order):
    bars = torch.tensor([[0.0, 4.0]])
    with pytest.raises(ValueError, match="`order` must be from 1 to below inf"):
        wasserstein_distance(bars, bars + 1, order=order)
