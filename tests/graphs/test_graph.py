import copy
import pickle
from dataclasses import replace

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


def test_parallel_edges_become_a_multigraph_and_come_back():
    graph = ml.LandscapeGraph([0.0, 1.0], [[0, 1], [1, 0], [0, 0]], [3.0, 2.0, 4.0])
    other = graph.to_networkx()
    assert isinstance(other, nx.MultiGraph)
    back = ml.LandscapeGraph.from_networkx(other)
    assert sorted(back.weights.tolist()) == [2.0, 3.0, 4.0]


def test_death_cells_are_rows_of_the_edges_of_a_networkx_graph():
    graph = nx.MultiGraph()
    graph.add_nodes_from([("a", {"value": 0.0}), ("b", {"value": 1.0}), ("c", {"value": 0.5})])
    graph.add_edges_from([("a", "b", {"weight": w}) for w in (5.0, 4.0, 6.0)], kind="pass")
    graph.add_edge("c", "b", weight=2.0)
    killers = [list(graph.edges(data="weight"))[row] for row in ml.barcode(graph).death_cells[1:]]
    assert [weight for *_, weight in killers] == [4.0, 2.0]


def test_the_path_of_a_parallel_edge_keeps_its_direction():
    path = np.array([[1.0], [0.5], [0.0]])
    graph = ml.LandscapeGraph([0.0, 1.0], [[1, 0], [0, 1]], [2.0, 3.0], paths=[path, path[::-1]])
    back = ml.LandscapeGraph.from_networkx(graph.to_networkx())
    assert back.edges.tolist() == [[0, 1], [0, 1]]
    for found in back.paths:
        np.testing.assert_array_equal(found, path[::-1])


# -- names


def named(**attributes):
    graph = nx.Graph()
    graph.add_node("x", value=0.0, **attributes)
    graph.add_node("y", value=1.0, **{name: f"{entry}2" for name, entry in attributes.items()})
    graph.add_edge("x", "y", weight=2.0)
    return ml.as_graph(graph)


@pytest.mark.parametrize(
    ("attributes", "names"),
    [
        ({}, ("x", "y")),
        ({"label": "C60"}, ("C60", "C602")),
        ({"label": "C60", "name": "D"}, ("D", "D2")),
    ],
)
def test_a_node_is_called_by_its_name_its_label_or_its_key(attributes, names):
    assert named(**attributes).names == names


def test_labels_that_do_not_tell_nodes_apart_are_no_names():
    graph = nx.Graph()
    graph.add_nodes_from(["x", "y"], value=0.0, label="C60")
    assert ml.as_graph(graph).names == ("x", "y")


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ([0, 1], None),
        (["n0", "n1"], None),
        ([1, 2], ("1", "2")),
        ([1, "1"], ("1", "'1'")),
        ([(0, 1), (0, 2)], ("(0, 1)", "(0, 2)")),
        (["a\n", "a"], ("'a\\n'", "'a'")),
    ],
)
def test_keys_that_only_count_are_no_names_and_all_others_are(keys, names):
    graph = nx.Graph()
    graph.add_nodes_from(keys, value=0.0)
    assert ml.as_graph(graph).names == names


def test_names_of_minima_and_edges_survive_networkx_copies_and_pickles():
    graph = ml.LandscapeGraph(
        [0.0, 1.0], [[1, 0], [0, 1]], [2.0, 3.0], names=["a", 7], edge_names=["TS 1", ""]
    )
    for again in (graph, copy.copy(graph), pickle.loads(pickle.dumps(graph)), replace(graph)):
        assert (again.names, again.edge_names) == (("a", "7"), ("TS 1", ""))
    back = ml.as_graph(graph.to_networkx())
    assert (back.names, back.edge_names) == (("a", "7"), ("TS 1", ""))
    assert [graph.name_of(row) for row in (0, 1)] == ["a", "7"]
    assert ml.LandscapeGraph([0.0], [], []).name_of(0) == "0"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a"], "`names` must hold 2 names, got 1"),
        ("ab", "`names` must be a list of names, got 'ab'"),
        (["a", "a"], "each name once, got 'a' in rows 0 and 1"),
        (["a", None], "can be printed, got None in row 1"),
        (["a", "b\x00c"], "can be printed, got .* in row 1"),
        (["a", " "], "can be printed, got ' ' in row 1"),
    ],
)
def test_names_that_tell_no_minimum_from_another_are_refused(names, message):
    with pytest.raises(ValueError, match=message):
        ml.LandscapeGraph([0.0, 1.0], [], [], names=names)


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


# -- what is refused in one form is refused in all


@pytest.mark.parametrize("kind", ["dia", "bsr"])
def test_formats_that_fill_up_with_zeros_are_refused(kind):
    entries = ([-1.0, -2.0, 0.5, 0.5], ([0, 1, 0, 1], [0, 1, 1, 0]))
    matrix = scipy.sparse.coo_array(entries).asformat(kind)
    with pytest.raises(ValueError, match=f"got the format {kind}, which fills up with zeros"):
        ml.as_graph(matrix)


@pytest.mark.parametrize("kind", ["coo", "csr", "csc"])
@pytest.mark.parametrize("place", [(0, 1), (1, 1)])
def test_two_entries_at_one_place_are_refused(kind, place):
    row, column = [0, 1, 0, place[0]], [0, 1, 1, place[1]]
    matrix = scipy.sparse.coo_array(([0.0, 1.0, 3.0, 2.0], (row, column)), shape=(2, 2))
    if kind == "csr":
        matrix = scipy.sparse.csr_array(([0.0, 3.0, 2.0, 1.0], [0, 1, 1, 1], [0, 3, 4]))
    if kind == "csc":
        matrix = scipy.sparse.csc_array(([0.0, 3.0, 2.0, 1.0], [0, 0, 0, 1], [0, 1, 4]))
    with pytest.raises(ValueError, match=r"one entry at a place, .*; keep the lower one \(scipy"):
        ml.as_graph(matrix)


def test_a_huge_sparse_matrix_with_few_entries_costs_nothing():
    matrix = scipy.sparse.coo_array(([1.0], ([5], [5])), shape=(10**12, 10**12))
    with pytest.raises(ValueError, match="999999999999 of 1000000000000 rows have none"):
        ml.as_graph(matrix)


@pytest.mark.parametrize("order", [1, -1])
def test_nan_beside_a_number_on_parallel_edges_is_refused(order):
    weights = [3.0, float("nan")][::order]
    graph = nx.MultiGraph()
    graph.add_node("a", value=0.0)
    graph.add_node("b", value=1.0)
    for weight in weights:
        graph.add_edge("a", "b", weight=weight)
    with pytest.raises(ValueError, match=r"`weight` of edge \('a', 'b'\) must be finite, got nan"):
        ml.as_graph(graph)
    entries = ([0.0, 1.0, *weights], ([0, 1, 0, 1], [0, 1, 1, 0]))
    with pytest.raises(ValueError, match="`matrix` must hold finite numbers, got nan at"):
        ml.as_graph(scipy.sparse.coo_array(entries))


@pytest.mark.parametrize(
    ("name", "entry", "message"),
    [
        ("exact", "False", r"`exact` of edge \(1, 2\) must be True or False, got 'False'"),
        ("exact", 1, "must be True or False, got 1"),
        ("exact", None, r"edge \(1, 2\) has None as `exact`, which others have"),
        ("exact", ..., r"edge \(1, 2\) has no attribute `exact`, which others have"),
        ("peak", [0.0], "`peak` must hold rows of one length"),
        ("path", [["x", 1.0]], "'x' of str"),
    ],
)
def test_what_only_some_edges_have_or_have_otherwise_is_refused(name, entry, message):
    graph = triangle(
        exact=[True] * 3, peaks=np.zeros((3, 2)), paths=[np.zeros((2, 2))] * 3
    ).to_networkx()
    if entry is ...:
        del graph.edges[1, 2][name]
    else:
        graph.edges[1, 2][name] = entry
    with pytest.raises(ValueError, match=message):
        ml.as_graph(graph)


def test_attributes_may_have_other_names():
    graph = nx.Graph()
    graph.add_node(0, energy=0.0)
    graph.add_node(1, energy=1.0)
    graph.add_edge(0, 1, barrier=3.0, weight=7.0)
    assert ml.as_graph(graph, value="energy", weight="barrier").weights.tolist() == [3.0]
    with pytest.raises(ValueError, match=r"`as_graph\(graph, value=\"energy\"\)` say"):
        ml.as_graph(graph)
    with pytest.raises(ValueError, match="name attributes of a networkx graph, got a tuple"):
        ml.as_graph(([0.0], [], []), value="energy")


# -- a graph owns what it checked


def everything():
    rng = np.random.default_rng(0)
    return {
        "values": np.array([0.0, -1.0, 2.0]),
        "edges": np.array([[0, 1], [1, 2]]),
        "weights": np.array([3.0, 4.0]),
        "points": rng.normal(size=(3, 2)),
        "peaks": rng.normal(size=(2, 2)),
        "exact": np.array([True, False]),
        "paths": [rng.normal(size=(k, 2)) for k in (2, 3)],
    }


def arrays_of(graph):
    for name in everything():
        found = getattr(graph, name)
        yield from found if name == "paths" else [found]


@pytest.mark.parametrize(
    "again",
    [
        lambda graph: graph,
        lambda graph: pickle.loads(pickle.dumps(graph)),
        copy.copy,
        copy.deepcopy,
        replace,
    ],
)
def test_a_graph_does_not_follow_the_arrays_it_was_made_of(again):
    given = everything()
    graph = again(ml.LandscapeGraph(**given))
    kept = [array.copy() for array in arrays_of(graph)]
    for name, array in given.items():
        for part in array if name == "paths" else [array]:
            part[...] = 7
    for array, before in zip(arrays_of(graph), kept, strict=True):
        np.testing.assert_array_equal(array, before)
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 7
    assert ml.barcode(graph).deaths.tolist() == [np.inf, 3.0, 4.0]


def test_a_graph_of_a_graph_shares_memory_with_it():
    graph = ml.LandscapeGraph(**everything())
    again = replace(graph, exact=None)
    assert np.shares_memory(again.points, graph.points)
    assert np.shares_memory(again.values, graph.values)


def test_rows_in_a_list_are_a_matrix_and_other_lists_are_refused():
    rows = [[0.0, 3.0], [3.0, 1.0]]
    assert ml.as_graph(rows) == ml.as_graph(np.array(rows))
    assert ml.as_graph([np.array(row) for row in rows]) == ml.as_graph(np.array(rows))
    for other in ([[0.0, 1.0, 2.0], [[0, 1], [1, 2], [0, 2]], [3.0, 3.0, 3.0]], [1.0, 2.0], []):
        with pytest.raises(ValueError, match="make that tuple, or a numpy array"):
            ml.as_graph(other)


def test_an_image_is_refused_and_told_where_it_belongs_whether_square_or_not():
    for shape in ((4, 4), (3, 4)):
        with pytest.raises(ValueError, match="values on a grid, of an image say"):
            ml.barcode(np.random.default_rng(0).random(shape))


def test_what_has_a_graph_is_told_to_give_it():
    land = ml.analytic.SixHumpCamel()
    begun = ml.Database.begun(land, land.critical_points.of_index(0))
    with pytest.raises(ValueError, match=r"got Database; take its graph, its own `.graph\(\)`"):
        ml.plot.disconnectivity_graph(begun)
