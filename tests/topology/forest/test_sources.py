"""Blocks come from memory-mapped arrays, Parquet and Arrow, and from other processes."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

import morseloss as ml
from morseloss.topology import Filtration, elder_rule
from morseloss.topology.door import borrowing, integers, reals
from tests.topology.graphs import bars_of, random_graph

NAMES = ("heads", "tails", "weights")


@pytest.fixture
def graph():
    return random_graph(300, 5000, np.random.default_rng(3), levels=9)


def columns_of(graph):
    heads, tails = np.ascontiguousarray(graph.edges.T)
    return heads, tails, graph.weights


def half(seed, part):
    """Return the forest of half of the edges, in a process of its own."""
    graph = random_graph(300, 5000, np.random.default_rng(seed), levels=9)
    blocks = [column[part * 2500 : (part + 1) * 2500] for column in columns_of(graph)]
    return Filtration.from_blocks(graph.values, [tuple(blocks)])


def test_memory_mapped_columns_are_blocks(graph, tmp_path):
    for name, column in zip(NAMES, columns_of(graph), strict=True):
        np.save(tmp_path / f"{name}.npy", column)

    def blocks():
        columns = [np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in NAMES]
        for low in range(0, 5000, 999):
            yield tuple(column[low : low + 999] for column in columns)

    bars = ml.barcode_of_blocks(graph.values, blocks())
    assert bars_of(bars) == bars_of(elder_rule(graph))


def test_row_groups_of_parquet_are_blocks_and_are_not_copied(graph, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table(dict(zip(NAMES, columns_of(graph), strict=True)))
    parquet.write_table(table, tmp_path / "edges.parquet", row_group_size=700)

    def blocks():
        file = parquet.ParquetFile(tmp_path / "edges.parquet")
        for batch in file.iter_batches(1000, columns=list(NAMES)):
            columns = tuple(batch[name].to_numpy() for name in NAMES)
            with borrowing():
                looked_at = integers("heads", columns[0]), reals("weights", columns[2])
            assert np.shares_memory(looked_at[0], columns[0])
            assert np.shares_memory(looked_at[1], columns[2])
            yield columns

    bars = ml.barcode_of_blocks(graph.values, blocks())
    assert bars_of(bars) == bars_of(elder_rule(graph))


@pytest.mark.parametrize("given", ["arrays of Arrow", "numpy"])
def test_record_batches_of_arrow_are_blocks(graph, given, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table(dict(zip(NAMES, columns_of(graph), strict=True)))
    path = str(tmp_path / "edges.arrow")
    with pyarrow.OSFile(path, "wb") as sink, pyarrow.ipc.new_file(sink, table.schema) as file:
        file.write_table(table, max_chunksize=800)

    def blocks():
        with pyarrow.memory_map(path) as source, pyarrow.ipc.open_file(source) as file:
            for number in range(file.num_record_batches):
                columns = [file.get_batch(number)[name] for name in NAMES]
                yield columns if given != "numpy" else tuple(c.to_numpy() for c in columns)

    bars = ml.barcode_of_blocks(graph.values, blocks())
    assert bars_of(bars) == bars_of(elder_rule(graph))


def test_a_column_of_arrow_with_a_gap_is_refused(graph):
    pyarrow = pytest.importorskip("pyarrow")
    columns = pyarrow.array([0, None]), pyarrow.array([1, 1]), pyarrow.array([9.0, 9.0])
    with pytest.raises(ValueError, match="block 0: `heads` must hold integers"):
        ml.barcode_of_blocks(graph.values, [columns])


@pytest.mark.slow  # two processes import the package
def test_forests_of_two_processes_merge_to_the_forest_in_one_go(graph):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        forests = list(pool.map(half, (3, 3), (0, 1)))
    merged = Filtration.from_blocks(graph.values, [(*one.edges.T, one.weights) for one in forests])
    whole = Filtration.from_blocks(graph.values, [columns_of(graph)])
    for name in ("values", "edges", "weights"):
        assert np.array_equal(getattr(merged, name), getattr(whole, name))
    bars, expected = elder_rule(merged), elder_rule(graph)
    for name in ("births", "deaths", "birth_cells"):
        assert np.array_equal(getattr(bars, name), getattr(expected, name))
