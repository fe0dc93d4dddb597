import numpy as np
import pytest

from morseloss.topology import Filtration, minimax
from morseloss.topology.minimax import pair_heights


@pytest.mark.parametrize("seed", range(20))
def test_heights_of_pairs_are_entries_of_the_matrix(seed):
    """Ties, parallel edges, loops and pieces included."""
    rng = np.random.default_rng(seed)
    count, edges = 30, int(rng.integers(0, 60))
    values = rng.integers(0, 5, count).astype(float)
    ends = rng.integers(0, count, (edges, 2))
    weights = np.maximum(rng.integers(3, 9, edges), values[ends].max(axis=1))
    graph = Filtration(values, ends, weights.astype(float))
    pairs = np.argwhere(np.ones((count, count), dtype=bool))
    matrix = minimax(graph)
    np.testing.assert_array_equal(pair_heights(graph, pairs), matrix[pairs[:, 0], pairs[:, 1]])


def test_heights_on_a_long_chain_are_found_in_few_steps():
    count = 20_000
    values = np.zeros(count)
    edges = np.stack([np.arange(count - 1), np.arange(1, count)], axis=1)
    graph = Filtration(values, edges, np.arange(1.0, count))
    pairs = np.array([[0, count - 1], [5, 9], [9, 5], [7, 7]])
    assert pair_heights(graph, pairs).tolist() == [count - 1, 9, 9, 0]
