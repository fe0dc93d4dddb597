import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.networks.paths.pairs import all_pairs
from morseloss.networks.uncertainty import (
    Spread,
    best_of,
    repeated,
    resampled,
    subgraph,
    uncertainty,
)
from tests.workers.pools import quick


def complete(seed, count=6, values=None):
    draw = np.random.default_rng(seed)
    values = np.sort(draw.uniform(0, 1, count)) if values is None else values
    pairs = all_pairs(len(values))
    weights = values[pairs].max(axis=1) + draw.exponential(0.5, len(pairs))
    return ml.LandscapeGraph(values, pairs, weights)


def test_a_spread_leaves_out_what_is_not_there():
    spread = Spread.of(np.array([[1.0, np.nan, 2.0], [3.0, np.nan, np.nan]]), level=0.5)
    np.testing.assert_array_equal(spread.mean, [2.0, np.nan, 2.0])
    np.testing.assert_array_equal(spread.deviation, [2.0**0.5, np.nan, np.nan])
    np.testing.assert_array_equal(spread.low, [1.0, np.nan, 2.0])
    np.testing.assert_array_equal(spread.high, [3.0, np.nan, 2.0])


def test_the_band_of_too_few_draws_is_their_range():
    draws = np.random.default_rng(0).normal(size=40)
    few, many = Spread.of(draws[:39], level=0.95), Spread.of(draws, level=0.95)
    assert (few.low, few.high) == (draws[:39].min(), draws[:39].max())
    np.testing.assert_allclose([many.low, many.high], np.quantile(draws, [0.025, 0.975]))
    assert draws.min() < many.low and many.high < draws.max()


def test_what_the_bands_are_is_told():
    births = np.array([0.0, 1.0])
    bars = [ml.Diagram(births, np.array([np.inf, 2.0 + k])) for k in range(40)]
    assert uncertainty(bars[:3]).band == "range of 3 draws"
    assert uncertainty(bars[:39]).band == "range of 39 draws"
    assert uncertainty(bars).band == "40 draws, bands of 95%"
    assert uncertainty(bars[:3], level=0.3).band == "3 draws, bands of 30%"


def test_the_band_of_many_normal_draws_is_two_deviations_wide():
    draws = np.random.default_rng(0).normal(3.0, 2.0, 20_000)
    spread = Spread.of(draws, level=0.95)
    assert spread.mean == pytest.approx(3.0, abs=0.05)
    assert spread.deviation == pytest.approx(2.0, abs=0.05)
    assert spread.low == pytest.approx(3 - 1.96 * 2, abs=0.15)
    assert spread.high == pytest.approx(3 + 1.96 * 2, abs=0.15)


def test_repeated_paths_vary_deaths_and_scores_by_the_place_of_the_minimum():
    values = np.array([0.3, 0.0, 0.2])
    pairs = all_pairs(3)
    heights = ([0.9, 0.8, 0.7], [1.1, 0.8, 0.9])
    spread = repeated([ml.LandscapeGraph(values, pairs, np.array(h)) for h in heights])
    np.testing.assert_allclose(spread.births.mean, [0.0, 0.2, 0.3])
    np.testing.assert_allclose(spread.births.deviation, 0.0)
    # lowest first: minimum 1 never ends, then 2 and 0
    np.testing.assert_allclose(spread.deaths.draws, [[np.nan, 0.7, 0.8], [np.nan, 0.9, 0.8]])
    np.testing.assert_allclose(spread.score.draws, [0.5 / 2**0.5, 0.7 / 2**0.5])
    assert len(spread) == 2
    assert repr(spread) == "Uncertainty(2 draws of 3 bars: TO-score 0.4243 +- 0.1)"


def test_few_samples_are_all_taken_once(generator):
    graph = complete(0, count=5)
    spread = resampled(graph, 3, draws=100, generator=generator)
    assert len(spread) == 10
    rows = [(i, j, k) for i in range(5) for j in range(i + 1, 5) for k in range(j + 1, 5)]
    births = graph.values[np.array(rows)]
    np.testing.assert_allclose(np.sort(spread.births.draws, axis=0), np.sort(births, axis=0))


def test_a_sample_of_all_is_the_barcode_itself(generator):
    graph = complete(1)
    spread = resampled(graph, 6, draws=1, generator=generator)
    bars = ml.barcode(graph)
    np.testing.assert_array_equal(spread.deaths.draws[0, 1:], bars.deaths[1:])
    assert spread.score.mean == ml.to_score(bars)
    assert np.isnan(spread.score.deviation)


def test_samples_vary_no_less_than_bars_lie_apart(generator):
    """Fewer minima mean longer bars: a lower one to go to is further away."""
    graph = complete(2, count=20)
    few, many = (resampled(graph, size, draws=200, generator=generator) for size in (4, 15))
    assert few.lifetimes.mean[1:].mean() > many.lifetimes.mean[1:].mean()
    assert (few.births.low <= few.births.mean).all()
    assert (few.births.mean <= few.births.high).all()


def test_samples_are_taken_from_all_repetitions(generator):
    values = np.array([0.0, 0.1])
    graphs = [ml.LandscapeGraph(values, all_pairs(2), np.array([h])) for h in (1.0, 2.0)]
    spread = resampled(graphs, 2, draws=50, generator=generator)
    assert set(spread.deaths.draws[:, 1].tolist()) == {1.0, 2.0}
    assert len(spread) == 50


def test_the_same_seed_draws_the_same_samples():
    graph = complete(3, count=12)
    draws = [
        resampled(graph, 4, draws=20, generator=torch.Generator().manual_seed(1)).score.draws
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*draws)


def test_a_subgraph_keeps_the_edges_among_its_minima():
    graph = complete(4)
    part = subgraph(graph, np.array([4, 1, 2]))
    dense = {frozenset(e): w for e, w in zip(graph.edges.tolist(), graph.weights, strict=True)}
    np.testing.assert_array_equal(part.values, graph.values[[4, 1, 2]])
    for (a, b), weight in zip(part.edges.tolist(), part.weights, strict=True):
        assert dense[frozenset([[4, 1, 2][a], [4, 1, 2][b]])] == weight
    assert len(part.edges) == 3


def test_the_best_of_repetitions_is_below_each():
    first = complete(5)
    graphs = [first, complete(6, values=first.values)]
    best = best_of(graphs)
    np.testing.assert_array_equal(best.weights, np.fmin(*(graph.weights for graph in graphs)))
    assert ml.to_score(ml.barcode(best)) <= max(ml.to_score(ml.barcode(g)) for g in graphs)


def test_bad_input_is_refused(generator):
    graph = complete(7)
    with pytest.raises(ValueError, match="same minima"):
        repeated([graph, complete(8)])
    with pytest.raises(ValueError, match="none"):
        repeated([])
    with pytest.raises(ValueError, match="same edges"):
        best_of([graph, subgraph(graph, np.arange(6)[::1]), _turned(graph)])
    with pytest.raises(ValueError, match="one number of bars"):
        uncertainty([ml.barcode(graph), ml.barcode(complete(9, count=3))])
    with pytest.raises(ValueError, match="`level`"):
        repeated([graph], level=1.0)
    with pytest.raises(ValueError, match="`size` must be from 2 to 6"):
        resampled(graph, 7, draws=3, generator=generator)


def _turned(graph):
    return ml.LandscapeGraph(graph.values, graph.edges[::-1].copy(), graph.weights[::-1].copy())


def test_a_bar_that_ended_in_some_draws_only_has_no_finite_mean():
    inf = float("inf")
    births = np.array([0.0, 1.0, 2.0])
    bars = [ml.Diagram(births, np.array([inf, death, 3.0])) for death in (2.0, inf, 2.5)]
    found = uncertainty(bars)
    assert found.deaths.mean.tolist()[1:] == [inf, 3.0]
    assert np.isnan(found.deaths.mean[0]) and np.isnan(found.deaths.deviation[1])
    assert (found.deaths.low[1], found.deaths.high[1]) == (2.0, inf)
    assert found.lifetimes.mean.tolist()[1:] == [inf, 1.0]


def test_samples_by_workers_are_those_of_this_process():
    graph, found = complete(5, count=12), []
    with quick(2)() as pool:
        for executor in (None, pool):
            draws = {"draws": 150, "generator": torch.Generator().manual_seed(1)}
            found.append(resampled(graph, 4, **draws, executor=executor))
    np.testing.assert_array_equal(found[0].deaths.draws, found[1].deaths.draws)
    np.testing.assert_array_equal(found[0].score.draws, found[1].score.draws)
