"""Distances are right from the smallest float to the largest, against exact arithmetic."""

from decimal import Decimal

import numpy as np
import pytest

from morseloss.topology import (
    Diagram,
    Filtration,
    bottleneck_distance,
    bottleneck_matching,
    merge_tree,
    to_score,
    wasserstein_distance,
    wasserstein_matching,
)
from tests.topology.exact import LARGEST, drawn_pair, exact_distance

METRICS = ["euclidean", "chebyshev"]
EMPTY = np.empty((0, 2))
ORDERS = [1.0, 2.0, 1.5, 3.0, 50.0]
SMALLEST = np.nextafter(0.0, 1.0)
BEYOND = "above the largest float"


def check(exact, relative, ask, *bars, rounded=1, **options):
    """Compare what a function answers with the exact distance, or see it refuse to say it.

    So many costs are rounded to floats before they are added up.
    """
    if exact.is_infinite():
        assert ask(*bars, **options) == np.inf
    elif exact > LARGEST * (1 + Decimal(relative)):
        with pytest.raises(ValueError, match=BEYOND):
            ask(*bars, **options)
    elif exact < LARGEST * (1 - Decimal(relative)):
        answer = ask(*bars, **options)
        error = abs(Decimal(answer) - exact)
        assert error <= Decimal(relative) * exact + rounded * Decimal(SMALLEST), (answer, exact)


def check_pair(a, b, metric, order):
    exact = exact_distance(a, b, metric, np.inf)
    # subtracted and halved once: the float nearest to it; or a root with one more rounding
    relative = 2.0**-53 if metric == "chebyshev" else 2.0**-51
    for ask in (bottleneck_distance, lambda *x, **y: bottleneck_matching(*x, **y).distance):
        check(exact, relative, ask, a, b, metric=metric)
    exact, options = exact_distance(a, b, metric, order), dict(metric=metric, order=order)
    for ask in (wasserstein_distance, lambda *x, **y: wasserstein_matching(*x, **y).distance):
        check(exact, 1e-13, ask, a, b, rounded=len(a) + len(b), **options)


@pytest.mark.parametrize("metric", METRICS)
def test_distances_are_those_of_exact_arithmetic_at_any_scale(metric):
    generator = np.random.default_rng(7)
    for _ in range(150):
        check_pair(*drawn_pair(generator), metric, ORDERS[generator.integers(len(ORDERS))])


@pytest.mark.slow
def test_seventeen_thousand_pairs_of_any_scale_have_their_exact_distances():
    generator = np.random.default_rng(17)
    for trial in range(17_000):
        order = ORDERS[generator.integers(len(ORDERS))]
        check_pair(*drawn_pair(generator), METRICS[trial % 2], order)


MATCHINGS = {
    "bottleneck": bottleneck_matching,
    "order 1": wasserstein_matching,
    "order 2": lambda *bars, metric: wasserstein_matching(*bars, order=2, metric=metric),
    "order 50": lambda *bars, metric: wasserstein_matching(*bars, order=50, metric=metric),
}


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("kind", MATCHINGS)
def test_scaling_by_a_power_of_two_scales_the_answer_to_the_bit(kind, metric):
    generator = np.random.default_rng(3)
    for sizes in [(1, 1), (4, 7), (40, 30)]:
        a, b = (np.sort(generator.normal(size=(size, 2)), axis=1) for size in sizes)
        found = MATCHINGS[kind](a, b, metric=metric)
        for power in (-950, -520, -300, 1, 300, 520, 950, 1010):
            scaled = MATCHINGS[kind](a * 2.0**power, b * 2.0**power, metric=metric)
            assert scaled.distance == found.distance * 2.0**power
            assert np.array_equal(scaled.pairs, found.pairs)
            assert np.array_equal(scaled.costs, found.costs * 2.0**power)


def test_a_chebyshev_distance_below_a_billionth_is_no_zero():
    assert bottleneck_distance(np.array([[0.0, 4e-10]]), EMPTY, metric="chebyshev") == 2e-10
    joule = np.array([[0.0, 1.6e-19], [1e-20, 9e-20]])
    assert bottleneck_distance(joule, EMPTY, metric="chebyshev") == 8e-20
    far = np.array([[1e8, 1e8 + 1e-7]])
    assert bottleneck_distance(far, EMPTY, metric="chebyshev") == (far[0, 1] - far[0, 0]) / 2


def test_a_difference_that_overflows_ends_neither_in_a_loop_nor_in_infinity():
    whole, half = np.array([[-1.7e308, 1.7e308]]), np.array([[0.0, 1e308]])
    assert bottleneck_distance(whole, half, metric="chebyshev") == 1.7e308
    with pytest.raises(ValueError, match=BEYOND):
        bottleneck_distance(whole, EMPTY)
    with pytest.raises(ValueError, match=BEYOND):
        wasserstein_distance(np.tile(whole, (2, 1)), EMPTY, metric="chebyshev")
    ends = np.array([[-1.7e308, np.inf]]), np.array([[1.7e308, np.inf]])
    for distance in (bottleneck_distance, wasserstein_distance):
        with pytest.raises(ValueError, match=BEYOND):
            distance(*ends)


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e-8, 1.0, 1e8, 1e200, 1e300])
def test_one_bar_costs_the_same_in_every_order_at_every_scale(scale):
    bar = np.array([[0.0, 1.0]]) * scale
    for order in (1, 2, 50, 1e5):
        assert wasserstein_distance(bar, EMPTY, order=order, metric="chebyshev") == scale / 2
    assert wasserstein_distance(bar, 4 * bar, metric="chebyshev") == pytest.approx(2.5 * scale)
    assert bottleneck_distance(4 * bar, 6 * bar) == (6 * bar - 4 * bar)[0, 1]


def test_short_bars_are_told_apart_beside_long_ones_that_agree():
    long = [[0.0, 1e300], [3e299, 9e299], [1e280, 1.0000001e300]]
    a = np.array([*long, [0.0, 1e-280], [0.0, 3e-280]])
    b = np.array([[0.0, 3.5e-280], *long[::-1], [0.0, 1e-280]])
    for order in (1, 2, 50):
        distance = wasserstein_distance(a, b, order=order, metric="chebyshev")
        assert distance == pytest.approx(0.5e-280, rel=1e-13)
    assert bottleneck_distance(a, b, metric="chebyshev") == pytest.approx(0.5e-280, rel=1e-13)


def test_long_bars_that_agree_in_another_order_cost_nothing():
    long = [[2.489190926639904e70, 7.29015759984183e112], [7.6e156, 3.430363386893829e274]]
    assert wasserstein_distance(np.array(long), np.array(long[::-1]), order=2) == 0.0


def test_scores_and_lifetimes_overflow_in_no_silence():
    widest = Diagram(births=[-1.7e308, 0.0], deaths=[1.7e308, np.inf])
    assert to_score(widest, metric="chebyshev") == 1.7e308
    with pytest.raises(ValueError, match=BEYOND):
        to_score(widest)
    with pytest.raises(ValueError, match=r"\[-1.7e\+308, 1.7e\+308\] in row 0 is longer"):
        _ = widest.lifetimes
    wide = Diagram(births=[-1e308], deaths=[1e308])
    assert to_score(wide) == pytest.approx(1e308 * np.sqrt(2), rel=1e-15)
    assert to_score(Diagram(births=[0.0], deaths=[1e-320]), metric="chebyshev") == 5e-321


def test_a_linkage_whose_heights_overflow_is_refused():
    tree = merge_tree(Filtration([-1.7e308, 0.0], [[0, 1]], [1.7e308]))
    with pytest.raises(ValueError, match=BEYOND):
        tree.linkage()
    tree = merge_tree(Filtration([-1e-310, 0.0], [[0, 1]], [1e308]))
    assert tree.linkage()[0, 2] == 1e308
