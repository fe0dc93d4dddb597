"""Algorithm 1 as printed: never shorter than the elder rule, equal to it on minimax weights."""

import numpy as np
from hypothesis import given, settings

from morseloss.topology import Filtration, direct_rule, elder_rule
from tests.topology.graphs import bars_of, filtrations


def printed(filtration):
    """Algorithm 1, line by line; the earlier edge among equal weights."""
    values, bars = filtration.values, []
    for p in sorted(range(len(values)), key=lambda p: (values[p], p)):
        height, killer = np.inf, -1
        for e, (a, b) in enumerate(filtration.edges):
            q = {a: b, b: a}.get(p)
            if q is not None and values[q] < values[p] and filtration.weights[e] < height:
                height, killer = filtration.weights[e], e
        bars.append((values[p], height, p, killer))
    return bars


@given(filtrations())
@settings(deadline=None)
def test_bars_are_those_of_the_printed_loop(filtration):
    assert bars_of(direct_rule(filtration)) == printed(filtration)


@given(filtrations())
@settings(deadline=None)
def test_no_bar_is_shorter_than_by_the_elder_rule(filtration):
    assert np.all(elder_rule(filtration).deaths <= direct_rule(filtration).deaths)


@given(filtrations())
@settings(deadline=None)
def test_rules_agree_on_minimax_weights_of_distinct_values(filtration):
    n = len(filtration)
    values = filtration.values + 1e-3 * np.arange(n)
    heights = np.full((n, n), np.inf)
    for (a, b), weight in zip(filtration.edges, filtration.weights, strict=True):
        heights[[a, b], [b, a]] = np.minimum(heights[a, b], max(weight, values[a], values[b]))
    for r in range(n):
        heights = np.minimum(heights, np.maximum(heights[:, r, None], heights[None, r]))
    edges = np.argwhere(np.isfinite(np.triu(heights, 1)) & (np.tri(n) == 0))
    minimax = Filtration(values, edges, heights[edges[:, 0], edges[:, 1]])
    if len(np.unique(values)) == n:
        assert np.array_equal(elder_rule(minimax).deaths, direct_rule(minimax).deaths)


def test_equal_global_minima_both_keep_a_half_line():
    assert direct_rule(Filtration([0.0, 0.0], [[0, 1]], [1.0])).deaths.tolist() == [np.inf] * 2


def test_without_edges_every_minimum_keeps_a_half_line():
    assert direct_rule(Filtration([0.0, 1.0], [], [])).deaths.tolist() == [np.inf] * 2
