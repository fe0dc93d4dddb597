"""Barcodes of everything that is a graph of minima."""

import networkx
import numpy as np
import pytest
from scipy.sparse import coo_array

from morseloss import topology
from morseloss.graphs.graph import as_graph
from morseloss.graphs.persistence import barcode, direct_barcode, merge_tree, minimax, to_score
from morseloss.topology import Filtration

VALUES = np.array([0.0, 2.0, 1.0])
EDGES = np.array([[0, 1], [1, 2], [0, 2]])
WEIGHTS = np.array([3.0, 4.0, 9.0])


def networkx_graph():
    graph = networkx.Graph()
    graph.add_nodes_from((i, {"value": value}) for i, value in enumerate(VALUES))
    graph.add_weighted_edges_from((*edge, w) for edge, w in zip(EDGES, WEIGHTS, strict=True))
    return graph


def dense_matrix():
    matrix = np.diag(VALUES)
    matrix[EDGES[:, 0], EDGES[:, 1]] = matrix[EDGES[:, 1], EDGES[:, 0]] = WEIGHTS
    return matrix


def sparse_matrix():
    rows, columns = np.concatenate([np.repeat(np.arange(3)[:, None], 2, axis=1), EDGES]).T
    return coo_array((np.concatenate([VALUES, WEIGHTS]), (rows, columns)))


SOURCES = {
    "arrays": lambda: (VALUES, EDGES, WEIGHTS),
    "filtration": lambda: Filtration(VALUES, EDGES, WEIGHTS),
    "graph": lambda: as_graph((VALUES, EDGES, WEIGHTS)),
    "networkx": networkx_graph,
    "dense": dense_matrix,
    "sparse": sparse_matrix,
}


@pytest.mark.parametrize("form", SOURCES)
def test_every_form_of_a_graph_has_the_same_barcode(form):
    bars = barcode(SOURCES[form]())
    assert bars.births.tolist() == [0.0, 1.0, 2.0]
    assert bars.deaths.tolist() == [np.inf, 4.0, 3.0]


def test_a_path_through_a_higher_minimum_counts_for_the_elder_rule_alone():
    source = VALUES, EDGES, WEIGHTS
    assert barcode(source).deaths.tolist() == [np.inf, 4.0, 3.0]
    assert direct_barcode(source).deaths.tolist() == [np.inf, 9.0, 3.0]


def test_merge_tree_merges_where_the_bars_die():
    assert merge_tree((VALUES, EDGES, WEIGHTS)).heights.tolist() == [0.0, 2.0, 1.0, 3.0, 4.0]


def test_score_reads_the_barcode():
    assert to_score(barcode((VALUES, EDGES, WEIGHTS)), metric="chebyshev") == 1.5


@pytest.mark.parametrize("compute", [barcode, direct_barcode, merge_tree])
def test_an_edge_below_its_ends_is_refused(compute):
    with pytest.raises(ValueError, match="row 0"):
        compute((VALUES, EDGES, WEIGHTS - 2))


COMPUTED = {
    barcode: "elder_rule",
    direct_barcode: "direct_rule",
    merge_tree: "merge_tree",
    minimax: "minimax",
}


@pytest.mark.parametrize("compute", COMPUTED)
def test_arrays_are_looked_at_and_not_copied(compute, monkeypatch):
    source = VALUES.copy(), EDGES.copy(), WEIGHTS.copy()
    rule, seen = getattr(topology, COMPUTED[compute]), []
    monkeypatch.setattr(
        topology, COMPUTED[compute], lambda given: seen.append(given) or rule(given)
    )
    compute(source)
    for looked_at, theirs in zip(vars(seen[0]).values(), source, strict=True):
        assert np.shares_memory(looked_at, theirs) and not looked_at.flags.writeable


@pytest.mark.parametrize("compute", COMPUTED)
def test_what_is_computed_keeps_nothing_of_the_arrays_and_leaves_them_as_they_were(compute):
    source = VALUES.copy(), EDGES.copy(), WEIGHTS.copy()
    computed = compute(source)
    parts = [computed] if compute is minimax else list(vars(computed).values())
    before = [np.copy(part) for part in parts]
    for array in source:
        assert array.flags.writeable
        array[:] = 0
    assert all(map(np.array_equal, parts, before))


def test_a_graph_of_arrays_owns_them_all_the_same():
    weights = np.array([3.0])
    graph = as_graph((np.array([0.0, 1.0]), np.array([[0, 1]]), weights))
    weights[0] = 9.0
    assert graph.weights.tolist() == [3.0]
