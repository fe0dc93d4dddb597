"""Blocks give the barcode in one go, to the bit, and what is no block is named."""

import tracemalloc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import morseloss as ml
from morseloss.topology import Filtration, elder_rule
from morseloss.topology.forest import stock
from tests.topology.graphs import bars_of, filtrations, random_graph

BLOCK = ([0, 1], [1, 2], [3.0, 4.0])
VALUES = [0.0, 1.0, 2.0]


def split(filtration, cuts):
    """Return the edges of a filtration in blocks, some of them empty."""
    heads, tails = filtration.edges.T
    columns = (np.split(column, sorted(cuts)) for column in (heads, tails, filtration.weights))
    return list(zip(*columns, strict=True))


@given(filtrations(max_m=40), st.lists(st.integers(0, 40), max_size=6), st.integers(0, 9))
@settings(deadline=None)
def test_blocks_give_the_barcode_in_one_go(filtration, cuts, waiting):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stock, "WAITING", waiting)
        bars = ml.barcode_of_blocks(filtration.values, split(filtration, cuts))
    assert bars_of(bars) == bars_of(elder_rule(filtration))


@pytest.mark.parametrize("levels", [None, 5])
def test_many_blocks_merged_often_give_the_barcode_in_one_go(monkeypatch, levels):
    monkeypatch.setattr(stock, "WAITING", 0)
    filtration = random_graph(50, 5000, np.random.default_rng(1), levels=levels)
    bars = ml.barcode_of_blocks(filtration.values, iter(split(filtration, range(0, 5000, 99))))
    assert bars_of(bars) == bars_of(elder_rule(filtration))


def test_large_blocks_give_the_barcode_in_one_go():
    filtration = random_graph(60_000, 400_000, np.random.default_rng(2))
    three = split(filtration, [150_000, 300_000])
    bars = ml.barcode_of_blocks(filtration.values, three)
    expected = elder_rule(filtration)
    for name in ("births", "deaths", "birth_cells", "death_cells"):
        assert np.array_equal(getattr(bars, name), getattr(expected, name))


@given(filtrations(max_m=40), st.lists(st.integers(0, 40), max_size=4))
@settings(deadline=None)
def test_forests_of_workers_merge_to_the_bars_in_one_go(filtration, cuts):
    forests = [
        Filtration.from_blocks(filtration.values, [block]) for block in split(filtration, cuts)
    ]
    blocks = [(*forest.edges.T, forest.weights) for forest in forests]
    bars, expected = ml.barcode_of_blocks(filtration.values, blocks), elder_rule(filtration)
    assert np.array_equal(bars.deaths, expected.deaths)
    assert np.array_equal(bars.birth_cells, expected.birth_cells)


@given(filtrations(max_m=40))
@settings(deadline=None)
def test_a_forest_has_one_edge_for_each_bar_that_ends(filtration):
    forest = Filtration.from_blocks(filtration.values, split(filtration, [7]))
    bars, expected = elder_rule(forest), elder_rule(filtration)
    assert len(forest.weights) == np.count_nonzero(expected.finite)
    assert np.array_equal(bars.deaths, expected.deaths)


def test_a_generator_may_write_each_block_into_the_same_arrays():
    def blocks():
        heads, tails, weights = np.zeros(1, np.int64), np.ones(1, np.int64), np.zeros(1)
        for weights[0] in (5.0, 3.0, 4.0):
            yield heads, tails, weights

    assert ml.barcode_of_blocks([0.0, 1.0], blocks()).deaths.tolist() == [np.inf, 3.0]


def test_blocks_without_edges_leave_half_lines():
    assert ml.barcode_of_blocks(VALUES, [([], [], [])]).death_cells.tolist() == [-1, -1, -1]


WRONG = [
    (
        ([0], [1, 2], [3.0, 4.0]),
        "block 1: heads, tails and weights must be of one length, got 1",
    ),
    (([0, 1], [1, 2], [3.0]), "block 1: heads, tails .* got 2, 2 and 1; each edge has one of each"),
    (([0], [3], [3.0]), r"block 1: `heads` and `tails` must hold .* 0 to 2, got \[0, 3\] in row 0"),
    (([0, -1], [1, 1], [3.0, 3.0]), r"block 1: .* got \[-1, 1\] in row 1; number the minima from"),
    ((["a"], [1], [3.0]), "block 1: `heads` must hold integers, got 'a'"),
    (([0], [1.0], [3.0]), "block 1: `tails` must hold integers"),
    (([0], [1], ["x"]), "block 1: `weights` must hold real numbers, got 'x'"),
    (([0], [1], [np.nan]), "block 1: `weights` must be finite, got nan in row 0"),
    (([0], [1], [0.5]), r"block 1: `weights` must not lie below .* got 0.5 in row 0"),
    ((np.zeros((1, 1), int), [1], [3.0]), "block 1: `heads` must have one axis"),
    (None, r"block 1 must be a tuple \(heads, tails, weights\), got None of NoneType; yield three"),
    ((1, 2), r"block 1 must be a tuple .* got \(1, 2\) of tuple"),
    (np.zeros((3, 2)), "block 1 must be a tuple .* of ndarray"),
    ("abc", "block 1 must be a tuple .* got 'abc' of str"),
]


@pytest.mark.parametrize(("block", "message"), WRONG)
def test_what_is_no_block_is_refused_by_name(block, message):
    for call in (ml.barcode_of_blocks, Filtration.from_blocks):
        with pytest.raises(ValueError, match=message):
            call(VALUES, iter([BLOCK, block]))


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ([], r"`blocks` must yield at least one block, got none; hand over \[\(\[\], \[\], \[\]"),
        (7, "`blocks` must be an iterable of tuples .* got 7; put a single block into a list"),
        ("abc", "`blocks` must be an iterable"),
        (BLOCK, r"block 0 must be a tuple \(heads, tails, weights\), got \[0, 1\] of list"),
    ],
)
def test_what_are_no_blocks_is_refused(blocks, message):
    with pytest.raises(ValueError, match=message):
        ml.barcode_of_blocks(VALUES, blocks)


@pytest.mark.parametrize("values", [[], [np.nan], ["a"]])
def test_values_are_checked_before_any_block_is_read(values):
    def blocks():
        pytest.fail("a block was read")
        yield BLOCK

    with pytest.raises(ValueError, match="`values` must"):
        ml.barcode_of_blocks(values, blocks())


def test_an_error_of_the_generator_is_the_callers_own():
    def blocks():
        yield BLOCK
        raise OSError("the file ends")

    with pytest.raises(OSError, match="the file ends"):
        ml.barcode_of_blocks(VALUES, blocks())


@pytest.mark.parametrize("rows", [3, 200_000])
def test_a_block_is_gone_before_the_next_one_is_made(rows):
    watched = []

    def blocks():
        for number in range(3):
            assert all(block() is None for block in watched)
            weights = np.full(rows, 9.0 - number)
            watched.append(weakref.ref(weights))
            yield np.zeros(rows, np.int64), np.ones(rows, np.int64), weights
            del weights

    assert ml.barcode_of_blocks([0.0, 1.0], blocks()).deaths.tolist() == [np.inf, 7.0]


def test_memory_is_that_of_the_minima_whatever_the_number_of_edges():
    n, rows = 1000, 50_000
    generator = np.random.default_rng(6)
    values = generator.random(n)
    ends, weights = np.empty((2, rows), np.int64), np.empty(rows)

    def blocks(count):
        for _ in range(count):
            ends[:] = generator.integers(0, n, (2, rows))
            weights[:] = 1 + generator.random(rows)
            yield *ends, weights

    ml.barcode_of_blocks(values, blocks(4))
    tracemalloc.start()
    ml.barcode_of_blocks(values, blocks(60))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * n + 2**24 < 60 * rows * 24


def test_the_first_fault_of_a_block_is_named_though_most_edges_are_left_out():
    generator = np.random.default_rng(8)
    ends = generator.integers(0, 50, (2, 300_000))
    weights = 1 + generator.random(300_000)
    values = generator.random(50)
    wrong = weights.copy()
    wrong[[250_000, 280_000]] = np.inf, np.nan
    with pytest.raises(
        ValueError, match=r"block 1: `weights` must be finite, got inf in row 25000"
    ):
        ml.barcode_of_blocks(values, [(*ends, weights), (*ends, wrong)])
    wrong[[250_000, 280_000]] = -1.0, 1.5
    with pytest.raises(ValueError, match=r"block 1: .* lie below .* got -1.0 in row 250000"):
        ml.barcode_of_blocks(values, [(*ends, weights), (*ends, wrong)])
    ends[1, 290_000] = 50
    with pytest.raises(ValueError, match=r"block 0: .* rows of minima .* in row 290000"):
        ml.barcode_of_blocks(values, [(*ends, weights)])
