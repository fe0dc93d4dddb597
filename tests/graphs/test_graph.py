import networkx as nx
import numpy as np
import pytest
import scipy.sparse

import morseloss as ml


def triangle(**more):
    return ml.LandscapeGraph([0.0, -1.0, 2.0], [[0, 1], [1, 2], [0, 2]], [3.0, 2.0, 5.0], **more)


def test_networkx_there_and_back_keeps_everything():
    rng = np.random.default_rng(0)
    graph = triangle(
        points=rng.normal(size=(3, 2)),
        peaks=rng.normal(size=(3, 2)),
        exact=[True, False, True],
        paths=[rng.normal(size=(k, 2)) for k in (2, 3, 4)],
    )
    back = ml.LandscapeGraph.from_networkx(graph.to_networkx())
    order = [back.edges.tolist().index(sorted(edge)) for edge in graph.edges.tolist()]
    np.testing.assert_array_equal(back.values, graph.values)
    np.testing.assert_array_equal(back.points, graph.points)
    np.testing.assert_array_equal(back.weights[order], graph.weights)
    np.testing.assert_array_equal(back.peaks[order], graph.peaks)
    np.testing.assert_array_equal(back.exact[order], graph.exact)
    for row, path in zip(order, graph.paths, strict=True):
        np.testing.assert_array_equal(back.paths[row], path)


def test_a_path_runs_from_the_first_end_of_its_edge_to_the_second():
    path = np.array([[1.0], [0.5], [0.0]])
    graph = ml.LandscapeGraph([0.0, 1.0], [[1, 0]], [2.0], points=[[0.0], [1.0]], paths=[path])
    back = ml.LandscapeGraph.from_networkx(graph.to_networkx())
    assert back.edges.tolist() == [[0, 1]]
    np.testing.assert_array_equal(back.paths[0], path[::-1])


def test_parallel_edges_become_a_multigraph_and_the_lowest_comes_back():
    graph = ml.LandscapeGraph([0.0, 1.0], [[0, 1], [1, 0], [0, 0]], [3.0, 2.0, 4.0])
    other = graph.to_networkx()
    assert isinstance(other, nx.MultiGraph)
    back = ml.LandscapeGraph.from_networkx(other)
    assert sorted(back.weights.tolist()) == [2.0, 4.0]


def test_dense_matrices_hold_births_on_the_diagonal_and_zero_is_a_value():
    matrix = np.array([[-1.0, 0.0, np.nan], [0.0, -2.0, np.inf], [np.nan, np.inf, -3.0]])
    graph = ml.LandscapeGraph.from_dense(matrix)
    assert graph.values.tolist() == [-1.0, -2.0, -3.0]
    assert graph.edges.tolist() == [[0, 1]]
    assert graph.weights.tolist() == [0.0]


def test_sparse_matrices_count_explicit_zeros_and_take_the_lower_twin():
    rows, columns = [0, 1, 2, 0, 1, 1, 2], [0, 1, 2, 1, 0, 2, 1]
    data = [0.0, -1.0, -2.0, 0.0, 0.5, 3.0, 2.0]
    matrix = scipy.sparse.coo_array((data, (rows, columns)), shape=(3, 3))
    graph = ml.as_graph(matrix)
    assert graph.values.tolist() == [0.0, -1.0, -2.0]
    assert dict(zip(map(tuple, graph.edges.tolist()), graph.weights.tolist(), strict=True)) == {
        (0, 1): 0.0,
        (1, 2): 2.0,
    }


def test_every_form_gives_the_same_barcode():
    graph = triangle()
    matrix = np.array([[0.0, 3.0, 5.0], [3.0, -1.0, 2.0], [5.0, 2.0, 2.0]])
    forms = [graph, graph.filtration, graph.to_networkx(), matrix,
             (graph.values, graph.edges, graph.weights)]  # fmt: skip
    for form in forms:
        assert ml.barcode(form).deaths.tolist() == [np.inf, 3.0, 2.0]
    entries = ([0.0, -1.0, 2.0, 3.0, 5.0, 2.0], ([0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]))
    assert ml.barcode(scipy.sparse.coo_array(entries)).deaths.tolist() == [np.inf, 3.0, 2.0]
    assert ml.LandscapeGraph.from_arrays(*forms[-1]).filtration is not None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ml.as_graph("graph.json"), "got str"),
        (lambda: ml.as_graph(np.zeros((2, 3))), "square"),
        (lambda: ml.as_graph(np.array([[0.0, 1.0], [2.0, 0.0]])), "symmetric"),
        (lambda: ml.as_graph(scipy.sparse.coo_array(np.ones((2, 3)))), "square"),
        (lambda: ml.as_graph(scipy.sparse.coo_array(np.eye(2) - np.diag([0, 1]))), "diagonal"),
        (lambda: triangle(points=np.zeros((2, 2))), "`points` must have shape"),
        (lambda: triangle(peaks=np.zeros(3)), "`peaks` must have two axes"),
        (lambda: triangle(exact=[True]), "`exact` must have shape"),
        (lambda: triangle(paths=[np.zeros((2, 1))]), "one path an edge"),
        (lambda: ml.LandscapeGraph([0.0, 2.0], [[0, 1]], [1.0]), "below"),
        (lambda: ml.LandscapeGraph([], [], []), "at least one"),
    ],
)
def test_bad_input_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("node", "edge", "message"),
    [
        ({}, {"weight": 1.0}, "no attribute `value`"),
        ({"value": 0.0}, {}, "no attribute `weight`"),
        ({"value": "low"}, {"weight": 1.0}, "must be a number"),
    ],
)
def test_networkx_graphs_without_attributes_are_refused(node, edge, message):
    graph = nx.Graph()
    graph.add_node("a", **node)
    graph.add_node("b", **node)
    graph.add_edge("a", "b", **edge)
    with pytest.raises(ValueError, match=message):
        ml.as_graph(graph)


def test_repr_counts():
    assert repr(triangle()) == "LandscapeGraph(3 minima, 3 edges)"
