"""The merge tree: its merges are the deaths of the barcode, its shape that of single linkage."""

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.cluster.hierarchy import is_valid_linkage, linkage

from morseloss.topology import Filtration, elder_rule, merge_tree, minimax
from morseloss.topology.minimax import pair_heights
from tests.topology.graphs import filtrations, random_graph, take_route


@given(filtrations())
@settings(deadline=None)
def test_merges_are_the_deaths_of_the_barcode_in_their_order(filtration):
    tree, bars = merge_tree(filtration), elder_rule(filtration)
    n = len(filtration)
    assert sorted(tree.edges) == sorted(bars.death_cells[bars.finite])
    assert np.array_equal(tree.heights[n:], filtration.weights[tree.edges])
    assert sorted(zip(tree.heights[n:], tree.edges, strict=True)) == list(
        zip(tree.heights[n:], tree.edges, strict=True)
    )


@given(filtrations())
@settings(deadline=None)
def test_every_node_but_the_roots_hangs_below_a_higher_one(filtration):
    tree = merge_tree(filtration)
    hanging = tree.parents >= 0
    assert np.all(tree.heights[hanging] <= tree.heights[tree.parents[hanging]])
    for merge, children in enumerate(tree.children):
        assert np.all(tree.parents[children] == len(tree) + merge)
    assert len(tree.roots) == len(filtration) - len(tree.children)


@given(filtrations())
@settings(deadline=None)
def test_the_first_child_holds_the_elder_minimum(filtration):
    tree, n = merge_tree(filtration), len(filtration)
    lowest = [(value, row) for row, value in enumerate(filtration.values)]
    below = tree.children, tree.edges
    for elder, younger in tree.children:
        assert lowest[elder] < lowest[younger]
        lowest.append(lowest[elder])
    killed = [(lowest[younger][1], edge) for (_, younger), edge in zip(*below, strict=True)]
    bars = elder_rule(filtration)
    cells = np.stack([bars.birth_cells, bars.death_cells], axis=1)[bars.finite]
    assert sorted(killed) == sorted(map(tuple, cells.tolist()))
    assert len(lowest) == n + len(tree.edges)


def test_tree_does_not_depend_on_the_route(monkeypatch):
    filtration = random_graph(50, 300, np.random.default_rng(0), levels=4)
    expected = merge_tree(filtration)
    take_route(monkeypatch, small=0)
    assert np.array_equal(merge_tree(filtration).children, expected.children)


def test_linkage_is_that_of_single_linkage():
    generator = np.random.default_rng(1)
    pairs = np.stack(np.triu_indices(12, 1), axis=1)
    weights = 1 + generator.random(len(pairs))
    ours = merge_tree(Filtration(np.zeros(12), pairs, weights)).linkage()
    theirs = linkage(weights, "single")
    assert is_valid_linkage(ours)
    assert np.array_equal(np.sort(ours[:, :2], axis=1), np.sort(theirs[:, :2], axis=1))
    assert np.array_equal(ours[:, 2:], theirs[:, 2:])


def test_linkage_of_several_pieces_is_refused():
    with pytest.raises(ValueError, match="one piece, got 2"):
        merge_tree(Filtration([0.0, 1.0], [], [])).linkage()


def test_one_minimum_is_a_tree_of_one_leaf():
    tree = merge_tree(Filtration([1.0], [], []))
    assert repr(tree) == "MergeTree(1 minimum, 0 merges, 1 piece)"
    assert tree.linkage().shape == (0, 4)


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
