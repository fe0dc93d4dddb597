"""Bars of tensors are those of numbers, and their gradients lie where they say."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import morseloss as ml
from morseloss.graphs.differentiable import barcode
from tests.graphs.differentiable.distinct import (
    distinct_graph,
    errors_of,
    tensors,
    with_and_without_ties,
)
from tests.topology.graphs import filtrations, random_graph

DOUBLE = torch.float64
EDGES = [[0, 1], [1, 2], [0, 2]]


def triangle(dtype=DOUBLE):
    values = torch.tensor([0.0, 2.0, 1.0], dtype=dtype, requires_grad=True)
    return values, torch.tensor([3.0, 4.0, 9.0], dtype=dtype, requires_grad=True)


def worst(seeds):
    """Name of a function -> the largest error of its gradient over random graphs."""
    found = [errors_of(*distinct_graph(seed)) for seed in seeds]
    return {name: max(errors[name] for errors in found) for name in found[0]}


def test_every_gradient_is_the_central_difference_on_30_graphs():
    errors = worst(range(30))
    assert len(errors) == 10 and max(errors.values()) < 1e-6


@pytest.mark.slow
def test_every_gradient_is_the_central_difference_on_1000_graphs():
    errors = worst(range(1000))
    print(errors)
    assert max(errors.values()) < 1e-6


@settings(max_examples=40)
@given(filtrations())
def test_bars_are_those_of_plain_numbers_to_the_bit(filtration):
    bars, plain = barcode(*tensors(filtration)), ml.barcode(filtration)
    for name in ("births", "deaths", "birth_cells", "death_cells"):
        assert np.array_equal(getattr(bars, name).numpy(), getattr(plain, name)), name
    assert np.array_equal(bars.finite.numpy(), plain.finite)
    again = bars.detached()
    assert again.birth_cells.tolist() == plain.birth_cells.tolist() and again.highest == 0


@settings(max_examples=40)
@given(filtrations())
def test_at_ties_a_gradient_is_that_of_rows_raised_by_their_number(filtration):
    here, there = (barcode(*graph) for graph in with_and_without_ties(filtration))
    assert torch.equal(here.birth_cells, there.birth_cells)
    assert torch.equal(here.death_cells, there.death_cells)


def test_the_gradient_of_a_birth_is_1_at_its_minimum_and_of_a_death_1_at_its_edge():
    values, weights = triangle()
    bars = barcode(values, EDGES, weights)
    for row in range(3):
        (at,) = torch.autograd.grad(bars.births[row], values, retain_graph=True)
        assert at.tolist() == torch.eye(3)[bars.birth_cells[row]].tolist()
    for row in (1, 2):
        (at,) = torch.autograd.grad(bars.deaths[row], weights, retain_graph=True)
        assert at.tolist() == torch.eye(3)[bars.death_cells[row]].tolist()


def test_the_elder_of_two_equal_minima_is_the_earlier_and_of_two_equal_edges_the_earlier_counts():
    values = torch.zeros(2, dtype=DOUBLE, requires_grad=True)
    weights = torch.ones(2, dtype=DOUBLE, requires_grad=True)
    bars = barcode(values, [[0, 1], [0, 1]], weights)
    bars.lifetimes[bars.finite].sum().backward()
    assert values.grad.tolist() == [0.0, -1.0] and weights.grad.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_the_dtype_stays(dtype):
    values, weights = triangle(dtype)
    bars = barcode(values, EDGES, weights)
    assert {bars.births.dtype, bars.deaths.dtype, bars.lifetimes.dtype} == {dtype}
    bars.lifetimes[bars.finite].sum().backward()
    assert values.grad.dtype == weights.grad.dtype == dtype
    assert bars.detached().deaths.tolist() == [np.inf, 4.0, 3.0]


def test_edges_of_a_graph_are_taken_as_they_are_read_only():
    graph = ml.LandscapeGraph([0.0, 2.0, 1.0], EDGES, [3.0, 4.0, 9.0])
    assert not graph.edges.flags.writeable
    assert barcode(*triangle()[:1], graph.edges, triangle()[1]).deaths.tolist() == [
        np.inf,
        4.0,
        3.0,
    ]


@pytest.mark.gpu
def test_the_device_stays():
    values, weights = (part.detach().cuda().requires_grad_() for part in triangle())
    bars = barcode(values, EDGES, weights)
    assert {bars.births.device, bars.death_cells.device} == {values.device}
    ml.differentiable.to_score(bars).backward()
    other = ml.Diagram(births=[0.0], deaths=[np.inf])
    ml.differentiable.wasserstein_distance(bars, other, order=2).backward()
    assert values.grad.device == values.device and values.grad.abs().sum() > 0


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_a_batch_is_its_graphs_one_by_one(seed, own_edges):
    generator = np.random.default_rng(seed)
    graphs = [random_graph(5, 7, generator, levels=3) for _ in range(4)]
    if not own_edges:
        graphs = [ml.topology.Filtration(g.values, graphs[0].edges, g.weights + 9) for g in graphs]
    values, edges, weights = (torch.stack(part) for part in zip(*map(tensors, graphs), strict=True))
    batch = barcode(values, edges if own_edges else edges[0], weights)
    assert len(batch) == 4 and batch.births.shape == (4, 5)
    for row, graph in enumerate(graphs):
        alone = barcode(*tensors(graph))
        assert torch.equal(batch[row].deaths, alone.deaths)
        assert torch.equal(batch[row].birth_cells, alone.birth_cells)
        assert torch.equal(batch.lifetimes[row], alone.lifetimes)


def test_leading_axes_are_broadcast():
    values, weights = triangle()
    heights = weights + torch.arange(6, dtype=DOUBLE).reshape(2, 3, 1)
    bars = barcode(values, EDGES, heights)
    assert repr(bars) == "TensorDiagram(3 bars in each of 2 x 3 graphs)"
    bars.deaths[bars.finite].sum().backward()
    assert weights.grad.tolist() == [6.0, 6.0, 0.0]
    assert bars[1].births.shape == (3, 3)


def test_a_single_minimum_and_an_empty_batch_have_their_bars():
    lone = barcode(torch.zeros(1), [], torch.zeros(0))
    assert (repr(lone), lone.deaths.tolist()) == ("TensorDiagram(1 bar)", [np.inf])
    assert barcode(torch.zeros(0, 2), [[0, 1]], torch.zeros(0, 1)).births.shape == (0, 2)


def score(values, weights):
    return ml.differentiable.to_score(barcode(values, EDGES, weights))


def test_transforms_of_torch_pass_through():
    values, weights = (part.detach() for part in triangle())
    score(*(leaves := triangle())).backward()
    found = torch.func.grad(score, (0, 1))(values, weights)
    for mine, leaf in zip(found, leaves, strict=True):
        assert torch.equal(mine, leaf.grad)
    many = torch.stack([values, values + 0.5])
    rows = torch.vmap(torch.func.grad(score), in_dims=(0, None))(many, weights)
    assert torch.equal(rows, found[0].expand(2, 3))
    births = torch.func.jacrev(lambda v: barcode(v, EDGES, weights).births)(values)
    assert births.argmax(dim=1).tolist() == [0, 2, 1]


def test_a_graph_of_torch_is_compiled_without_a_break():
    compiled = torch.compile(score, fullgraph=True, backend="eager")
    leaves = triangle()
    compiled(*leaves).backward()
    assert leaves[1].grad.tolist() == pytest.approx([0.0, 0.5**0.5, 0.0])


VALUES, WEIGHTS = (part.detach() for part in triangle())


@pytest.mark.parametrize(
    ("values", "edges", "weights", "message"),
    [
        ([0.0, 1.0], [[0, 1]], WEIGHTS, "`values` must be a torch tensor of shape .* got list"),
        (VALUES.long(), EDGES, WEIGHTS, r"`values` must hold floats, .* got torch.int64; use `val"),
        (VALUES, EDGES, WEIGHTS.bool(), "`weights` must hold floats, .* got torch.bool"),
        (VALUES, EDGES, WEIGHTS.float(), "one dtype, got torch.float64 and torch.float32"),
        (VALUES, EDGES, WEIGHTS.to("meta"), "`weights` must hold numbers, got a .* device meta"),
        (VALUES, torch.tensor(EDGES) * 1.0, WEIGHTS, r"`edges` must hold integers, .* `edges.long"),
        (VALUES, [["a", "b"]], WEIGHTS, "`edges` must hold integers"),
        (VALUES, EDGES[:2], WEIGHTS, r"must have shapes .* got \(3,\), \(2, 2\) and \(3,\)"),
        (VALUES, [0, 1, 2], WEIGHTS, r"must have shapes .* got \(3,\), \(3,\) and \(3,\)"),
        (VALUES[0], EDGES, WEIGHTS, r"must have shapes .* got \(\), \(3, 2\) and \(3,\)"),
        (VALUES.expand(2, 3), EDGES, WEIGHTS.expand(4, 3), "different sizes make no batch"),
        (VALUES + 9, EDGES, WEIGHTS, "must not lie below the values of the ends, got 3.0 in row 0"),
        (VALUES.nan_to_num(0) / 0, EDGES, WEIGHTS, "`values` must be finite"),
        (
            torch.stack([VALUES, VALUES + 9]),
            EDGES,
            WEIGHTS,
            r"must not lie below .* \(graph 1 of the batch\)$",
        ),
    ],
)
def test_what_is_no_graph_of_tensors_is_refused(values, edges, weights, message):
    with pytest.raises(ValueError, match=message):
        barcode(values, edges, weights)


def test_tensors_on_two_devices_are_refused():
    class Elsewhere(torch.Tensor):
        device = torch.device("cuda:1")

    far = WEIGHTS.as_subclass(Elsewhere)
    with pytest.raises(ValueError, match="on one device, got cpu and cuda:1; use"):
        barcode(VALUES, EDGES, far)


def test_rows_of_one_graph_are_refused_as_a_batch_and_a_batch_as_one_graph():
    bars = barcode(VALUES, EDGES, WEIGHTS)
    with pytest.raises(IndexError, match=r"of one graph; index `.births`"):
        bars[0]
    with pytest.raises(ValueError, match=r"bars of one graph, got TensorDiagram.*in each of 2 gra"):
        barcode(VALUES.expand(2, 3), EDGES, WEIGHTS).detached()
