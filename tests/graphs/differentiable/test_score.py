"""The TO-score of tensors is that of numbers, with one bar's gradient."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import morseloss as ml
from morseloss.graphs.differentiable import barcode, to_score
from tests.graphs.differentiable.distinct import tensors, with_and_without_ties
from tests.topology.graphs import filtrations

METRICS = st.sampled_from(["euclidean", "chebyshev"])


@settings(max_examples=40)
@given(filtrations(), METRICS)
def test_the_score_is_that_of_plain_numbers_to_the_bit(filtration, metric):
    found = to_score(barcode(*tensors(filtration)), metric=metric)
    assert float(found) == ml.to_score(ml.barcode(filtration), metric=metric)


@settings(max_examples=40)
@given(filtrations())
def test_at_ties_the_gradient_is_the_limit_of_gradients_without_ties(filtration):
    found = []
    for values, edges, weights in with_and_without_ties(filtration):
        leaves = values.requires_grad_(), weights.requires_grad_()
        score = to_score(barcode(values, edges, weights))
        found.append(torch.autograd.grad(score, leaves))
    for here, there in zip(*found, strict=True):
        assert torch.equal(here, there)


def test_of_two_equally_long_bars_the_one_with_the_last_edge_counts():
    values = torch.zeros(3, requires_grad=True)
    to_score(barcode(values, [[0, 1], [0, 2]], torch.ones(2)), metric="chebyshev").backward()
    assert values.grad.tolist() == [0.0, 0.0, -0.5]


def test_without_a_bar_that_ends_the_score_is_0_with_gradient_0():
    values = torch.ones(2, requires_grad=True)
    score = to_score(barcode(values, [], torch.zeros(0)))
    score.backward()
    assert (score.item(), values.grad.tolist()) == (0.0, [0.0, 0.0])


def test_a_batch_has_a_score_for_each_graph():
    values = torch.tensor([[0.0, 1.0], [0.0, 2.0]], requires_grad=True)
    scores = to_score(barcode(values, [[0, 1]], torch.tensor([5.0])), metric="chebyshev")
    assert scores.tolist() == [2.0, 1.5]
    scores.sum().backward()
    assert values.grad.tolist() == [[0.0, -0.5], [0.0, -0.5]]


@pytest.mark.parametrize(
    ("bars", "metric", "message"),
    [
        (
            ml.Diagram([0.0], [1.0]),
            "euclidean",
            "`bars` must be a TensorDiagram, got Diagram; t",
        ),
        (barcode(torch.zeros(1), [], torch.zeros(0)), "l2", "`metric` must be .* got 'l2'"),
    ],
)
def test_other_bars_and_metrics_are_refused(bars, metric, message):
    with pytest.raises(ValueError, match=message):
        to_score(bars, metric=metric)
