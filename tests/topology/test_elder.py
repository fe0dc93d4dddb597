"""The elder rule against the definition, against gudhi, and against itself by every route."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morseloss.interop import to_simplex_tree
from morseloss.topology import Filtration, bottleneck_distance, elder_rule
from morseloss.topology.forest.components import Edges, unite
from tests.topology.graphs import bars_of, filtrations, random_graph, sweep, take_route


def test_bars_follow_the_definition_on_every_graph_of_up_to_four_minima():
    for n in range(1, 5):
        pairs = list(combinations(range(n), 2))
        for choice in product([None, 1.0, 2.0], repeat=len(pairs)):
            kept = [(pair, w) for pair, w in zip(pairs, choice, strict=True) if w is not None]
            edges = np.array([pair for pair, _ in kept], np.int64).reshape(-1, 2)
            weights = np.array([w for _, w in kept])
            for values in product([0.0, 1.0], repeat=n) if n < 4 else [(0, 1, 0, 1), (1, 1, 0, 0)]:
                filtration = Filtration(np.array(values, float), edges, weights)
                assert bars_of(elder_rule(filtration)) == sweep(filtration)


@pytest.mark.parametrize("n", [5, 6])
def test_bars_follow_the_definition_on_graphs_of_five_and_six_minima(n):
    generator = np.random.default_rng(n)
    for levels in [None, 1, 2, 4] * 100:
        filtration = random_graph(n, generator.integers(0, 3 * n), generator, levels=levels)
        assert bars_of(elder_rule(filtration)) == sweep(filtration)


@given(filtrations())
@settings(max_examples=200, deadline=None)
def test_bars_follow_the_definition(filtration):
    assert bars_of(elder_rule(filtration)) == sweep(filtration)


@pytest.mark.parametrize("levels", [None, 3])
def test_bars_equal_those_of_gudhi_to_the_bit(levels):
    generator = np.random.default_rng(0)
    for n, m in [(1, 0), (5, 0), (10, 9), (30, 60), (30, 800), (200, 300)] * 5:
        filtration = random_graph(n, m, generator, levels=levels)
        tree = to_simplex_tree(filtration)
        tree.persistence(min_persistence=-1, persistence_dim_max=True)
        theirs = sorted(map(tuple, tree.persistence_intervals_in_dimension(0).tolist()))
        bars = elder_rule(filtration)
        assert sorted(zip(bars.births.tolist(), bars.deaths.tolist(), strict=True)) == theirs


ROUTES = {
    "exits": dict(small=0),
    "exits, by three threads": dict(small=0, threads=3),
    "exits, those left sorted": dict(small=0, few=10**9),
    "thinned out": dict(small=0, sparse=1),
    "thinned out, by three threads": dict(small=0, sparse=1, threads=3),
    "exits, interpreted": dict(small=0, interpreted=True),
    "thinned out, interpreted": dict(small=0, sparse=1, interpreted=True),
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("levels", [None, 1, 5])
@pytest.mark.parametrize(("n", "m"), [(1, 3), (40, 30), (40, 100), (40, 2000), (9, 4000)])
def test_every_route_gives_the_same_bars_and_cells(monkeypatch, route, levels, n, m):
    filtration = random_graph(n, m, np.random.default_rng(m), levels=levels)
    expected = bars_of(elder_rule(filtration))
    take_route(monkeypatch, **ROUTES[route])
    again = Filtration(filtration.values, filtration.edges, filtration.weights)
    assert bars_of(elder_rule(again)) == expected


@given(filtrations(max_n=12, max_m=40))
@settings(deadline=None)
def test_exits_and_threads_follow_the_definition(filtration):
    with pytest.MonkeyPatch.context() as patch:
        take_route(patch, small=0, sparse=10**9, stretch=2, threads=2)
        again = Filtration(filtration.values, filtration.edges, filtration.weights)
        assert bars_of(elder_rule(again)) == sweep(filtration)


def test_a_way_of_exits_on_which_each_is_elder_than_the_next_is_no_trap(monkeypatch):
    n = 200
    edges = np.stack([np.arange(n - 1), np.arange(1, n)], axis=1)
    filtration = Filtration(np.arange(n) / n, edges, 2.0 - np.arange(n - 1) / n)
    expected = bars_of(elder_rule(filtration))
    take_route(monkeypatch, small=0)
    assert bars_of(elder_rule(Filtration(filtration.values, edges, filtration.weights))) == expected


@pytest.mark.parametrize(
    "shape", ["star", "path", "complete", "pieces", "narrow edges", "ten levels"]
)
def test_large_graphs_give_the_bars_of_one_full_sort(shape):
    generator = np.random.default_rng(3)
    n = 60_000
    values = generator.random(n)
    chain = np.stack([np.arange(n - 1), np.arange(1, n)], axis=1)
    edges = {
        "star": np.stack([np.full(2 * n, n // 2), np.arange(2 * n) % n], axis=1),
        "path": np.concatenate([chain, chain]),
        "complete": np.stack(np.triu_indices(500, 1), axis=1),
        "pieces": generator.integers(0, n // 2, (4 * n, 2)) * 2,
        "ten levels": generator.integers(0, n, (5 * n, 2)),
        "narrow edges": generator.integers(0, n, (20 * n, 2), dtype=np.int32),
    }[shape]
    rises = generator.integers(0, 1000, len(edges)) / 1000
    weights = values[edges].max(axis=1) + rises
    if shape == "ten levels":
        weights = 1 + rises // 0.1
    filtration = Filtration(values, edges, weights)
    rows = np.arange(len(edges))
    killers, _ = unite(Edges(*edges.T, weights, rows), values)
    bars = elder_rule(filtration)
    assert np.array_equal(bars.death_cells, killers[bars.birth_cells])
    assert np.count_nonzero(~bars.finite) == np.count_nonzero(killers < 0)


def test_equal_global_minima_leave_one_half_line():
    bars = elder_rule(Filtration([0.0, 0.0], [[1, 0]], [1.0]))
    assert bars_of(bars) == [(0.0, np.inf, 0, -1), (0.0, 1.0, 1, 0)]


def test_negative_zero_ties_with_zero():
    bars = elder_rule(Filtration([0.0, -0.0], [[0, 1], [0, 1]], [0.0, -0.0]))
    assert bars_of(bars) == [(0.0, np.inf, 0, -1), (0.0, 0.0, 1, 0)]


def test_each_piece_has_one_half_line_at_its_lowest_minimum():
    bars = elder_rule(Filtration([3.0, 1.0, 2.0, 0.0], [[0, 1], [2, 3]], [4.0, 5.0]))
    assert bars.birth_cells[~bars.finite].tolist() == [3, 1]


def test_without_edges_every_minimum_keeps_a_half_line():
    bars = elder_rule(Filtration([1.0, 0.0, 2.0], np.empty((0, 2), np.int64), []))
    assert bars.deaths.tolist() == [np.inf] * 3


def test_the_earliest_of_equal_parallel_edges_kills_and_self_loops_never_do():
    bars = elder_rule(Filtration([0.0, 1.0], [[1, 1], [0, 1], [1, 0]], [1.0, 2.0, 2.0]))
    assert bars.death_cells.tolist() == [-1, 1]


def test_bars_of_length_zero_are_kept():
    bars = elder_rule(Filtration([0.0, 1.0], [[0, 1]], [1.0]))
    assert bars.lifetimes.tolist() == [np.inf, 0.0]


@given(filtrations(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_relabelling_the_minima_changes_no_bar(filtration, random):
    n = len(filtration)
    label = np.array(random.sample(range(n), n))
    values = np.empty(n)
    values[label] = filtration.values
    relabelled = Filtration(values, label[filtration.edges], filtration.weights)
    bars, moved = elder_rule(filtration), elder_rule(relabelled)
    assert np.array_equal(bars.births, moved.births)
    assert sorted(bars.deaths) == sorted(moved.deaths)
    assert sorted(zip(bars.births, bars.deaths, strict=True)) == sorted(
        zip(moved.births, moved.deaths, strict=True)
    )


@given(filtrations())
@settings(deadline=None)
def test_a_monotone_map_acts_on_births_and_deaths(filtration):
    bars = elder_rule(filtration)
    cubed = elder_rule(Filtration(filtration.values**3, filtration.edges, filtration.weights**3))
    # close numbers may become equal, so bars of length zero may change places
    assert sorted(bars.births**3) == sorted(cubed.births)
    assert sorted(bars.deaths**3) == sorted(cubed.deaths)


@given(filtrations(), st.sampled_from([0.5, 2.0, 4.0]), st.integers(-8, 8))
@settings(deadline=None)
def test_scaling_and_shifting_the_values_scales_and_shifts_the_bars(filtration, a, b):
    bars = elder_rule(filtration)
    moved = elder_rule(
        Filtration(a * filtration.values + b, filtration.edges, a * filtration.weights + b)
    )
    assert np.array_equal(a * np.sort(bars.births) + b, np.sort(moved.births))
    assert np.array_equal(a * np.sort(bars.deaths) + b, np.sort(moved.deaths))


@given(filtrations())
@settings(deadline=None)
def test_doubling_every_edge_changes_nothing(filtration):
    doubled = Filtration(
        filtration.values,
        np.concatenate([filtration.edges, filtration.edges[:, ::-1]]),
        np.tile(filtration.weights, 2),
    )
    assert bars_of(elder_rule(doubled)) == bars_of(elder_rule(filtration))


@given(filtrations(), st.data())
@settings(deadline=None)
def test_bars_move_no_further_than_the_values(filtration, data):
    def shaken(numbers):
        shifts = st.lists(st.floats(-1, 1), min_size=len(numbers), max_size=len(numbers))
        return numbers + np.array(data.draw(shifts), dtype=float)

    values, weights = shaken(filtration.values), shaken(filtration.weights)
    weights = np.maximum(weights, values[filtration.edges].max(axis=1, initial=-np.inf))
    before = np.concatenate([filtration.values, filtration.weights])
    change = np.abs(np.concatenate([values, weights]) - before)
    moved = elder_rule(Filtration(values, filtration.edges, weights))
    distance = bottleneck_distance(elder_rule(filtration), moved, metric="chebyshev")
    assert distance <= change.max() + 1e-12
