import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import morseloss as ml
from morseloss.networks.paths.pairs import all_pairs, spanning_pairs


def example(seed, count=7, noise=0.3):
    """Values, cheap heights, and true ones at about a tenth of the cheap excess."""
    draw = np.random.default_rng(seed)
    values = draw.uniform(0, 0.1, count)
    pairs = all_pairs(count)
    floor = values[pairs].max(axis=1)
    excess = draw.exponential(1.0, len(pairs)) + 0.1
    ratio = 0.1 * (1 + noise * draw.uniform(-1, 1, len(pairs)))
    return values, pairs, floor + excess, floor + ratio * excess


class Asked:
    """A `measure` that knows all heights and remembers what it was asked."""

    def __init__(self, pairs, heights):
        self.known = dict(zip(map(tuple, pairs.tolist()), heights.tolist(), strict=True))
        self.batches = []

    def __call__(self, pairs):
        self.batches.append([tuple(pair) for pair in pairs.tolist()])
        return np.array([self.known[pair] for pair in self.batches[-1]])


def bars(values, pairs, heights):
    return ml.barcode((values, pairs, heights)).deaths


@given(st.integers(0, 10_000), st.integers(2, 8))
def test_with_an_infinite_margin_the_bars_are_those_of_all_pairs(seed, count):
    values, pairs, cheap, true = example(seed, count)
    found = spanning_pairs(values, cheap, Asked(pairs, true), margin=np.inf)
    np.testing.assert_array_equal(found.bars.deaths, bars(values, pairs, true))


@given(st.integers(0, 10_000), st.integers(2, 8))
def test_where_all_heights_fall_alike_the_first_tree_is_right(seed, count):
    values, pairs, cheap, true = example(seed, count, noise=0.0)
    values[:] = 0.0
    cheap = cheap - cheap.min() + 0.1
    true = 0.1 * cheap
    asked = Asked(pairs, true)
    found = spanning_pairs(values, cheap, asked)
    np.testing.assert_allclose(found.bars.deaths, bars(values, pairs, true))
    assert found.rounds == (count - 1,)
    assert found.measured.sum() == count - 1
    assert found.ratio == pytest.approx(0.1)


@given(st.integers(0, 10_000))
def test_no_pair_left_out_could_lower_a_bar_at_the_ratio_expected(seed):
    values, pairs, cheap, true = example(seed)
    found = spanning_pairs(values, cheap, Asked(pairs, true))
    left = ~found.measured
    floor = values[pairs].max(axis=1)
    lucky = np.where(left, floor + found.ratio * (cheap - floor), found.graph.weights)
    np.testing.assert_allclose(bars(values, pairs, lucky), found.bars.deaths)
    beaten = (true - floor)[left] < found.ratio * (cheap - floor)[left]
    if not beaten.any():
        np.testing.assert_array_equal(found.bars.deaths, bars(values, pairs, true))


def test_a_telling_cheap_height_saves_pairs():
    values, pairs, cheap, true = example(seed=1, count=12, noise=0.2)
    found = spanning_pairs(values, cheap, Asked(pairs, true))
    assert found.saving > 0.5
    np.testing.assert_array_equal(found.bars.deaths, bars(values, pairs, true))


def test_each_bar_ends_at_a_measured_edge_and_each_pair_is_asked_once():
    values, pairs, cheap, true = example(seed=2)
    asked = Asked(pairs, true)
    found = spanning_pairs(values, cheap, asked)
    ends = found.bars.death_cells
    assert found.measured[ends[ends >= 0]].all()
    flat = [pair for batch in asked.batches for pair in batch]
    assert len(flat) == len(set(flat)) == found.measured.sum()
    assert tuple(map(len, asked.batches)) == found.rounds


def test_a_larger_margin_measures_more_pairs():
    values, pairs, cheap, true = example(seed=5, count=10, noise=0.5)
    counts = [
        int(spanning_pairs(values, cheap, Asked(pairs, true), margin=margin).measured.sum())
        for margin in (0.0, 3.0, 5.0, np.inf)
    ]
    assert counts == sorted(counts)
    assert counts[0] < counts[2] <= counts[3] == len(pairs)


@given(st.integers(0, 10_000), st.floats(0, 0.5))
def test_bars_are_longer_by_no_more_than_they_may(seed, within):
    values, pairs, cheap, true = example(seed, noise=0.9)
    found = spanning_pairs(values, cheap, Asked(pairs, true), margin=np.inf, within=within)
    every = ml.barcode((values, pairs, true))
    deaths, wanted = (part.deaths[np.argsort(part.birth_cells)][1:] for part in (found.bars, every))
    assert (deaths >= wanted).all()
    assert (deaths <= wanted + within + 1e-12).all()


def test_where_bars_are_near_nothing_a_tolerance_saves_nearly_all_that_a_tree_can():
    values, pairs, cheap, _ = example(seed=0, noise=0.9)
    floor = values[pairs].max(axis=1)
    near = floor + 1e-6 * np.random.default_rng(0).random(len(pairs))
    exact, lax = (
        spanning_pairs(values, np.fmax(cheap, near), Asked(pairs, near), within=within)
        for within in (0.0, 1e-6)
    )
    assert exact.saving < 0.2
    assert lax.measured.sum() <= 2 * len(values)
    assert lax.bars.lifetimes[lax.bars.finite].max() <= 1e-6


def test_a_run_that_goes_on_asks_for_the_same_pairs():
    values, pairs, cheap, true = example(seed=3)
    first, again = Asked(pairs, true), Asked(pairs, true)
    spanning_pairs(values, cheap, first)
    spanning_pairs(values, cheap, again)
    assert len(first.batches) > 1
    assert first.batches == again.batches


def test_a_path_that_fails_leaves_its_cheap_height():
    values, pairs = np.array([0.0, 0.1]), all_pairs(2)
    found = spanning_pairs(values, np.array([0.7]), Asked(pairs, np.array([np.inf])))
    assert found.graph.weights.tolist() == [0.7]
    assert found.measured.all()


def test_a_measured_height_above_the_cheap_one_does_not_raise_it():
    values, pairs = np.array([0.0, 0.1]), all_pairs(2)
    found = spanning_pairs(values, np.array([0.7]), Asked(pairs, np.array([0.9])))
    assert found.graph.weights.tolist() == [0.7]


def test_an_interrupt_hands_over_what_is_measured():
    values, pairs, cheap, true = example(seed=4, noise=0.9)
    asked = Asked(pairs, true)

    def measure(some):
        if len(asked.batches) == 1:
            raise KeyboardInterrupt
        return asked(some)

    with pytest.raises(ml.Interrupted) as stop:
        spanning_pairs(values, cheap, measure)
    assert stop.value.found.measured.sum() == len(values) - 1


def test_one_minimum_has_no_pairs():
    found = spanning_pairs(np.array([0.3]), np.zeros(0), Asked(all_pairs(1), np.zeros(0)))
    assert len(found.bars) == 1
    assert found.saving == 0


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"values": np.zeros((2, 2))}, "`values` must have shape"),
        ({"cheap": np.ones(2)}, "a height for each of the 3 pairs"),
        ({"cheap": np.array([1.0, np.nan, 1.0])}, "finite"),
        ({"cheap": np.array([1.0, 0.01, 1.0])}, "below the values of the ends"),
        ({"margin": -1.0}, "`margin`"),
        ({"within": -1e-6}, "`within` must be 0 or more"),
        ({"within": np.nan}, "`within` must be 0 or more"),
        ({"measure": lambda pairs: np.zeros(1)}, "one height a pair"),
        ({"measure": lambda pairs: np.full(len(pairs), -3.0)}, "no path stays below"),
    ],
)
def test_bad_input_is_refused(change, match):
    given = {
        "values": np.array([0.0, 0.1, 0.2]),
        "cheap": np.ones(3),
        "measure": lambda pairs: np.full(len(pairs), 0.5),
    }
    with pytest.raises(ValueError, match=match):
        spanning_pairs(**{**given, **change})


def test_rounding_below_an_end_is_no_mistake_of_the_cheap_heights():
    values, cheap = np.array([0.0, 1.0]), np.array([1.0 - 1e-9])
    found = spanning_pairs(values, cheap, lambda pairs: np.ones(len(pairs)))
    assert found.bars.deaths.tolist() == [np.inf, 1.0]
