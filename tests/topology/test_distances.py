"""Distances against brute force over all matchings, and against hera and persim."""

from itertools import permutations

import numpy as np
import persim
import pytest
from gudhi import hera
from hypothesis import given, settings
from hypothesis import strategies as st

from morseloss.topology import (
    Diagram,
    bottleneck_distance,
    bottleneck_matching,
    wasserstein_distance,
    wasserstein_matching,
)

METRICS = ["euclidean", "chebyshev"]
ORDERS = {"euclidean": 2, "chebyshev": np.inf}
EMPTY = np.empty((0, 2))


@st.composite
def barcodes(draw, max_size=4):
    """Up to a few bars; whole numbers, so that costs tie and bars of length zero occur."""
    number = st.integers(0, 6).map(float)
    bars = draw(st.lists(st.tuples(number, number), max_size=max_size))
    return np.array([(birth, birth + length) for birth, length in bars]).reshape(-1, 2)


def brute_force(a, b, metric, order):
    """Least norm of the costs over all matchings, each bar having its own place on the diagonal."""
    norm = ORDERS[metric]

    def down(bar):
        return np.linalg.norm(bar - bar.mean(), norm)

    best = np.inf
    for image in permutations(range(len(a) + len(b))):
        costs = [
            (np.linalg.norm(a[i] - b[j], norm) if j < len(b) else down(a[i]))
            if i < len(a)
            else (down(b[j]) if j < len(b) else 0.0)
            for i, j in enumerate(image)
        ]
        best = min(best, np.linalg.norm(costs, order) if costs else 0.0)
    return best


@pytest.mark.parametrize("metric", METRICS)
@given(a=barcodes(3), b=barcodes(3))
@settings(max_examples=25, deadline=None)
def test_distances_are_the_best_over_all_matchings(metric, a, b):
    exact = brute_force(a, b, metric, np.inf)
    assert bottleneck_distance(a, b, metric=metric) == pytest.approx(exact, rel=1e-14)
    assert bottleneck_matching(a, b, metric=metric).distance == pytest.approx(exact, rel=1e-14)
    for order in (1, 2):
        exact = brute_force(a, b, metric, order)
        distance = wasserstein_distance(a, b, order=order, metric=metric)
        assert distance == pytest.approx(exact, rel=1e-12)


def random_bars(generator, size):
    births = generator.random(size)
    return np.column_stack([births, births + generator.exponential(0.5, size)])


def test_bottleneck_matching_attains_the_number_of_hera_and_persim():
    generator = np.random.default_rng(0)
    for sizes in [(0, 3), (1, 1), (5, 8), (30, 20), (100, 100), (300, 250)] * 6:
        a, b = (random_bars(generator, size) for size in sizes)
        distance = bottleneck_distance(a, b, metric="chebyshev")
        matching = bottleneck_matching(a, b, metric="chebyshev")
        assert matching.distance == pytest.approx(distance, rel=1e-14)
        if min(sizes) and max(sizes) < 50:
            assert persim.bottleneck(a, b) == pytest.approx(distance, rel=1e-14)


def test_the_pair_on_which_gudhi_errs_has_the_true_distance():
    a = np.array([[2.0, 6.0], [1.0, 7.0]])
    b = np.array([[3.0, 5.0], [3.0, 4.0], [1.0, 5.0], [1.0, 6.0]])
    assert bottleneck_distance(a, b, metric="chebyshev") == 1.0
    assert bottleneck_matching(a, b, metric="chebyshev").distance == 1.0


@pytest.mark.parametrize(("metric", "internal"), [("euclidean", 2.0), ("chebyshev", np.inf)])
@pytest.mark.parametrize("order", [1.0, 2.0])
def test_wasserstein_distance_agrees_with_hera(metric, internal, order):
    generator = np.random.default_rng(1)
    for sizes in [(0, 3), (5, 8), (30, 20)] * 3:
        a, b = (random_bars(generator, size) for size in sizes)
        theirs = hera.wasserstein_distance(a, b, order, internal, delta=1e-6)
        assert wasserstein_distance(a, b, order=order, metric=metric) == pytest.approx(
            theirs, rel=1e-5
        )


@pytest.mark.parametrize("metric", METRICS)
@given(a=barcodes(6), b=barcodes(6))
@settings(max_examples=50, deadline=None)
def test_matchings_use_every_bar_once_and_their_costs_are_the_distances(metric, a, b):
    norm = ORDERS[metric]
    for matching in (
        bottleneck_matching(a, b, metric=metric),
        wasserstein_matching(a, b, metric=metric, order=2),
    ):
        for side, bars in enumerate((a, b)):
            used = matching.pairs[:, side]
            off_diagonal = np.flatnonzero(bars[:, 1] > bars[:, 0])
            assert sorted(used[used >= 0]) == off_diagonal.tolist()
        for (i, j), cost in zip(matching.pairs, matching.costs, strict=True):
            start = a[i] if i >= 0 else np.full(2, b[j].mean())
            end = b[j] if j >= 0 else np.full(2, a[i].mean())
            assert cost == pytest.approx(np.linalg.norm(start - end, norm), rel=1e-14)


@pytest.mark.parametrize("metric", METRICS)
def test_distances_are_symmetric_and_vanish_between_equals(metric):
    generator = np.random.default_rng(2)
    a, b = random_bars(generator, 12), random_bars(generator, 9)
    for distance in (bottleneck_distance, wasserstein_distance):
        assert distance(a, a[::-1], metric=metric) == 0.0
        forth, back = distance(a, b, metric=metric), distance(b, a, metric=metric)
        assert forth == pytest.approx(back, rel=1e-14)


@pytest.mark.parametrize("metric", METRICS)
def test_essential_bars_are_matched_in_the_order_of_births(metric):
    a = np.array([[2.0, np.inf], [0.0, np.inf], [1.0, 3.0]])
    b = np.array([[0.5, np.inf], [2.25, np.inf], [1.0, 3.0]])
    assert bottleneck_distance(a, b, metric=metric) == 0.5
    assert wasserstein_distance(a, b, metric=metric) == 0.75
    matching = bottleneck_matching(a, b, metric=metric)
    assert matching.pairs.tolist() == [[2, 2], [1, 0], [0, 1]]
    assert matching.costs.tolist() == [0.0, 0.5, 0.25]


@pytest.mark.parametrize("metric", METRICS)
def test_another_number_of_essential_bars_is_infinitely_far(metric):
    a, b = np.array([[0.0, np.inf], [1.0, np.inf]]), np.array([[0.0, np.inf]])
    assert bottleneck_distance(a, b, metric=metric) == np.inf
    assert wasserstein_distance(b, a, metric=metric, order=2) == np.inf
    assert bottleneck_matching(a, b, metric=metric).pairs.tolist() == [[0, 0], [1, -1]]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("nothing", [EMPTY, np.array([]), np.array([[1.0, 1.0]])])
def test_nothing_is_at_distance_zero_from_nothing(metric, nothing):
    assert bottleneck_distance(nothing, EMPTY, metric=metric) == 0.0
    assert wasserstein_distance(nothing, EMPTY, metric=metric) == 0.0
    assert len(bottleneck_matching(nothing, EMPTY, metric=metric)) == 0


def test_one_degree_of_a_diagram_is_compared_and_pairs_name_its_own_rows():
    a = Diagram(births=[0.0, 1.0, 0.0], deaths=[np.inf, 5.0, 2.0], degrees=[0, 1, 1])
    b = Diagram(births=[0.0, 1.0], deaths=[np.inf, 4.0], degrees=[0, 1])
    matching = bottleneck_matching(a, b, degree=1, metric="chebyshev")
    assert matching.distance == bottleneck_distance(a, b, degree=1, metric="chebyshev") == 1.0
    assert sorted(matching.pairs.tolist()) == [[1, -1], [2, 1]]
    assert bottleneck_distance(a, b) == 0.0


@pytest.mark.parametrize("distance", [bottleneck_distance, wasserstein_distance])
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("bars", "message"),
    [
        (np.array([[0.0, np.nan]]), "in row 0"),
        (np.array([[0.0, 1.0], [-np.inf, 1.0]]), "in row 1"),
        (np.array([[1.0, 0.0]]), r"got \[1.0, 0.0\]"),
        (np.array([[0.0, 1.0, 2.0]]), r"shape \(k, 2\), births and deaths, got shape \(1, 3\)"),
        (np.array([0.0, 1.0]), r"got shape \(2,\)"),
    ],
)
def test_what_is_no_barcode_is_refused(distance, metric, bars, message):
    with pytest.raises(ValueError, match=message):
        distance(EMPTY, bars, metric=metric)


def test_an_order_below_one_or_infinite_is_refused():
    for order in (0.5, np.inf, np.nan, -1, 0):
        with pytest.raises(ValueError, match="`order` must be"):
            wasserstein_distance(EMPTY, EMPTY, order=order)


@pytest.mark.parametrize("distance", [bottleneck_distance, wasserstein_distance])
@pytest.mark.parametrize("degree", [1.9, -1, "0", None])
def test_a_degree_that_is_none_is_refused_also_for_arrays(distance, degree):
    with pytest.raises(ValueError, match="`degree` must be an integer from 0 on, got"):
        distance(EMPTY, EMPTY, degree=degree)


@pytest.mark.parametrize("distance", [bottleneck_distance, wasserstein_distance])
def test_an_unknown_metric_is_refused(distance):
    with pytest.raises(ValueError, match="`metric` must be"):
        distance(EMPTY, EMPTY, metric="manhattan")


def test_matching_counts_its_pairs_in_its_repr():
    matching = bottleneck_matching(np.array([[0.0, 2.0], [0.0, 4.0]]), EMPTY, metric="chebyshev")
    assert repr(matching) == "Matching(distance 2.0, 2 pairs)"
