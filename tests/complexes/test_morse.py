"""A Morse complex counts its flow lines, refuses what is no complex, and has bars everywhere."""

import copy
import pickle
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import morseloss as ml

# the product of two double wells: wells at the corners, saddles between them, a top in the middle
VALUES = [0.0, 0.3, 0.5, 0.8, 1.0, 1.3, 1.1, 1.4, 2.1]
INDICES = [0, 0, 0, 0, 1, 1, 1, 1, 2]
SOURCES = [4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 8, 8]
TARGETS = [0, 2, 1, 3, 0, 1, 2, 3, 4, 5, 6, 7]
SIGNS = [-1, 1, -1, 1, -1, 1, -1, 1, 1, -1, -1, 1]
POINTS = np.array(
    [[-1, -1], [-1, 1], [1, -1], [1, 1], [0, -1], [0, 1], [-1, 0], [1, 0], [0, 0]], float
)
PATHS = [POINTS[[source, target]] for source, target in zip(SOURCES, TARGETS, strict=True)]


def wells(*, sources=SOURCES, targets=TARGETS, signs=SIGNS, paths=PATHS, points=POINTS, **changes):
    lines = ml.FlowLines(sources, targets, signs, paths)
    arrays = {"values": VALUES, "indices": INDICES, "lines": lines, "points": points}
    return ml.MorseComplex.from_lines(**(arrays | changes))


def torus():
    """A torus on end: every point is joined to the next lower ones by two lines that cancel."""
    lines = ml.FlowLines([1, 1, 2, 2, 3, 3, 3, 3], [0, 0, 0, 0, 1, 1, 2, 2], [1, -1] * 4)
    return ml.MorseComplex.from_lines([0.0, 1.0, 2.0, 3.0], [0, 1, 1, 2], lines)


def bars(diagram):
    columns = diagram.degrees, diagram.births, diagram.deaths
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def assert_same(one, other):
    for name in ("values", "indices", "points"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert np.array_equal(one.boundary.toarray(), other.boundary.toarray())
    assert (one.lines is None) == (other.lines is None)
    if one.lines is not None:
        rows = [
            [
                (p, q, sign, None if lines.paths is None else lines.paths[row].tolist())
                for row, (p, q, sign) in enumerate(
                    zip(lines.sources, lines.targets, lines.signs, strict=True)
                )
            ]
            for lines in (one.lines, other.lines)
        ]
        assert sorted(rows[0]) == sorted(rows[1])


def test_bars_of_the_product_of_two_double_wells_carry_their_critical_points():
    diagram = wells().diagram()
    rows = zip(diagram.degrees, diagram.birth_cells, diagram.death_cells, strict=True)
    assert sorted(rows) == [(0, 0, -1), (0, 1, 6), (0, 2, 4), (0, 3, 5), (1, 7, 8)]
    assert diagram.deaths.tolist() == [np.inf, 1.1, 1.0, 1.3, 2.1]


def test_degree_zero_is_the_barcode_of_the_graph_of_minima():
    complex = wells()
    graph = complex.graph()
    assert bars(ml.barcode(graph)) == bars(complex.diagram().of_degree(0))
    assert graph.weights.tolist() == [1.0, 1.3, 1.1, 1.4]
    assert graph.edges.tolist() == [[0, 2], [1, 3], [0, 1], [2, 3]]
    assert graph.exact.all()
    np.testing.assert_array_equal(graph.peaks, POINTS[4:8])
    for edge, path in zip(graph.edges, graph.paths, strict=True):
        np.testing.assert_array_equal(path[[0, -1]], graph.points[edge])
        assert len(path) == 3


def test_a_graph_needs_no_lines_where_the_boundary_says_enough():
    complex = wells()
    bare = ml.MorseComplex(VALUES, INDICES, complex.boundary).graph()
    assert sorted(map(sorted, bare.edges.tolist())) == [[0, 1], [0, 2], [1, 3], [2, 3]]
    assert (bare.points, bare.peaks, bare.paths) == (None, None, None)


def test_lines_that_cancel_make_loops_which_the_boundary_alone_does_not_know():
    complex = torus()
    assert complex.boundary.nnz == 0
    assert complex.graph().edges.tolist() == [[0, 0], [0, 0]]
    bare = ml.MorseComplex(complex.values, complex.indices, complex.boundary)
    assert len(bare.graph().edges) == 0
    assert complex.canonical_form().betti == (1, 2, 1)


def test_a_saddle_with_one_known_line_makes_no_edge_and_three_are_refused():
    lines = ml.FlowLines([2, 2, 3], [0, 1, 0], [1, -1, 1])
    complex = ml.MorseComplex.from_lines([0.0, 0.0, 1.0, 2.0], [0, 0, 1, 1], lines)
    assert complex.graph().weights.tolist() == [1.0]
    star = ml.MorseComplex.from_matrices([np.zeros(3), [1.0]], [[[1], [1], [-2]]])
    with pytest.raises(ValueError, match=r"got 3 ways down from the critical point 3 of index 1"):
        star.graph()


def test_paths_that_do_not_meet_in_their_saddle_are_joined_all_the_same():
    paths = [np.array([[0.1], [1.0]]), np.array([[-0.1], [-1.0]])]
    lines = ml.FlowLines([2, 2], [0, 1], [1, -1], paths)
    graph = ml.MorseComplex.from_lines([0.0, 0.0, 1.0], [0, 0, 1], lines).graph()
    assert graph.paths[0].ravel().tolist() == [1.0, 0.1, -0.1, -1.0]


def test_fields_differ_on_a_projective_plane():
    plane = ml.MorseComplex.from_matrices([[0.0], [1.0], [2.0]], [[[0]], [[2]]])
    assert bars(plane.diagram()) == [(0, 0.0, np.inf), (1, 1.0, 2.0)]
    assert bars(plane.diagram(2)) == [(k, float(k), np.inf) for k in range(3)]


def test_matrices_there_and_back():
    complex = wells()
    values = [complex.values[complex.of_index(k)] for k in range(3)]
    matrices = [complex.matrix(k) for k in (1, 2)]
    again = ml.MorseComplex.from_matrices(values, matrices, points=POINTS)
    assert_same(again, ml.MorseComplex(VALUES, INDICES, complex.boundary, POINTS))


@pytest.mark.parametrize("paths", [PATHS, None])
@pytest.mark.parametrize("points", [POINTS, None])
def test_networkx_there_and_back_keeps_everything(paths, points):
    complex = wells(paths=paths, points=points)
    graph = complex.to_networkx()
    assert isinstance(graph, nx.MultiDiGraph)
    assert graph.nodes[8]["index"] == 2
    assert_same(ml.MorseComplex.from_networkx(graph), complex)
    bare = ml.MorseComplex(VALUES, INDICES, complex.boundary, points)
    assert {n for *_, n in bare.to_networkx().edges(data="incidence")} == {-1, 1}
    assert_same(ml.MorseComplex.from_networkx(bare.to_networkx()), bare)


def test_lines_that_cancel_stay_parallel_edges_in_networkx():
    graph = torus().to_networkx()
    assert sorted(graph[3][1][key]["sign"] for key in graph[3][1]) == [-1, 1]
    assert_same(ml.MorseComplex.from_networkx(graph), torus())


def test_a_single_minimum_goes_to_networkx_and_back():
    point = ml.MorseComplex([1.0], [0], [[0]])
    assert_same(ml.MorseComplex.from_networkx(point.to_networkx()), point)


@given(st.permutations(range(9)), st.sampled_from([0, 2, 3]))
@settings(max_examples=30)
def test_renumbering_the_critical_points_changes_no_bar(rows, p):
    rows = np.array(rows)
    old = np.argsort(rows)
    complex = ml.MorseComplex.from_lines(
        np.array(VALUES)[old],
        np.array(INDICES)[old],
        ml.FlowLines(rows[SOURCES], rows[TARGETS], SIGNS),
    )
    assert bars(complex.diagram(p)) == bars(wells().diagram())
    assert sorted(complex.graph().weights) == sorted(wells().graph().weights)


def test_repr_counts_points_and_lines():
    assert repr(wells()) == (
        "MorseComplex(9 critical points: 4 minima, 4 of index 1, 1 of index 2; 12 flow lines)"
    )
    assert repr(ml.MorseComplex([0.0], [0], [[0]])) == "MorseComplex(1 critical point: 1 minimum)"
    assert repr(ml.MorseComplex([], [], [])) == "MorseComplex(0 critical points)"
    assert repr(wells().lines) == "FlowLines(12 flow lines)"
    assert len(wells()) == 9


def test_a_pickled_complex_comes_back():
    assert_same(pickle.loads(pickle.dumps(wells())), wells())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"values": VALUES[:8]}, r"`indices` must have shape \(8,\), got \(9,\)"),
        ({"values": [np.nan, *VALUES[1:]]}, "`values` must be finite, got nan in row 0"),
        ({"indices": [-1, *INDICES[1:]]}, "`indices` must be zero or more, got -1 in row 0; leave"),
        ({"indices": np.array(INDICES) / 1}, "`indices` must hold integers, got dtype float64"),
        ({"points": POINTS[:3]}, r"`points` must have shape \(9, dim\), got \(3, 2\)"),
        ({"sources": [*SOURCES[:11], 9]}, "from 0 to 8, got the line in row 11 from .* 9 to 7"),
        ({"targets": [-1, *TARGETS[1:]]}, "from 0 to 8, got the line in row 0 from .* 4 to -1"),
        (
            {"sources": [s + 1 for s in SOURCES], "targets": [t + 1 for t in TARGETS]},
            "from 0 to 8, got the line in row 8 from critical point 9 to .*; number",
        ),
        (
            {"targets": [*TARGETS[:11], 0]},
            "the next lower index, got the line in row 11 from critical point 8 to 0, of index 2 a",
        ),
        (
            {"values": [*VALUES[:8], 1.2]},
            "must lead down, got the line in row 9 from critical point 8 to 5, of value 1.2 and 1",
        ),
        ({"signs": [0, *SIGNS[1:]]}, "`signs` must be 1 or -1, got 0 in row 0"),
        ({"signs": SIGNS[:3]}, r"`signs` must have shape \(12,\), got \(3,\)"),
        ({"signs": [1.0] * 12}, "`signs` must hold integers, got 1.0 of float"),
        ({"paths": PATHS[:2]}, "`paths` must hold one path a line, 12, got 2"),
        ({"paths": [[1.0, 2.0]] * 12}, r"`paths\[0\]` must have two axes"),
        (
            {"signs": [1] * 12},
            r"not zero: cell 8 \(degree 2, value 2\.1\) reaches cell 0 .* 2 times; a flow line has",
        ),
        (
            {"sources": SOURCES[1:], "targets": TARGETS[1:], "signs": SIGNS[1:], "paths": None},
            "not zero: cell 8 .* reaches cell 0 .* 1 time; a flow line is missing or doubled",
        ),
    ],
)
def test_what_is_no_morse_complex_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        wells(**changes)


def test_a_boundary_that_is_not_the_count_of_the_lines_is_refused():
    complex = wells()
    with pytest.raises(ValueError, match=r"got 1 at \[0, 4\] for lines that add up to -1; use `Mo"):
        ml.MorseComplex(VALUES, INDICES, -complex.boundary, lines=complex.lines)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (nx.MultiGraph, "must be directed, .* got a MultiGraph; use `networkx.MultiDiGraph`"),
        ({"node": {"index": 0}}, "node 'a' has no attribute `value`"),
        ({"node": {"value": 0.0}}, "node 'a' has no attribute `index`"),
        ({"node": {"value": 0.0, "index": 0.5}}, "`index` of node 'a' must be an integer, got 0.5"),
        ({"edge": {}}, r"edge \('b', 'a'\) has no attribute `incidence`"),
        ({"edge": {"sign": 2}}, "`signs` must be 1 or -1, got 2 in row 0"),
        ({"edge": {"sign": "up"}}, r"`sign` of edge \('b', 'a'\) must be an integer, got 'up'"),
    ],
)
def test_flow_graphs_without_attributes_are_refused(graph, message):
    if isinstance(graph, dict):
        node, edge = graph.get("node", {"value": 0.0, "index": 0}), graph.get("edge", {"sign": 1})
        graph = nx.DiGraph()
        graph.add_node("a", **node)
        graph.add_node("b", value=1.0, index=1)
        graph.add_edge("b", "a", **edge)
    else:
        graph = graph()
    with pytest.raises(ValueError, match=message):
        ml.MorseComplex.from_networkx(graph)


def test_the_boundary_of_lines_stores_no_zeros():
    lines = torus().lines
    boundary = lines.boundary(torus().values, torus().indices)
    assert isinstance(boundary, sparse.csc_array)
    assert boundary.nnz == 0


# -- complexes own what they checked


@pytest.mark.parametrize("again", [lambda c: c, copy.deepcopy, replace])
def test_a_complex_and_its_lines_do_not_follow_the_arrays_they_were_made_of(again):
    sources, targets, signs = np.array([2, 2]), np.array([0, 1]), np.array([-1, 1])
    values, indices, points = np.array([0.0, 0.5, 1.0]), np.array([0, 0, 1]), np.zeros((3, 1))
    paths = [np.zeros((2, 1)), np.zeros((2, 1))]
    lines = ml.FlowLines(sources, targets, signs, paths)
    wells = again(ml.MorseComplex.from_lines(values, indices, lines, points))
    for array in (sources, targets, signs, values, indices, points, *paths):
        array += 9
    assert wells.values.tolist() == [0.0, 0.5, 1.0] and wells.indices.tolist() == [0, 0, 1]
    assert wells.lines.sources.tolist() == [2, 2] and wells.lines.signs.tolist() == [-1, 1]
    assert not wells.points.any() and not any(path.any() for path in wells.lines.paths)
    held = [wells.values, wells.indices, wells.points, wells.boundary.data, *wells.lines.paths]
    for array in (*held, wells.lines.sources, wells.lines.targets, wells.lines.signs):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    assert wells.diagram().deaths.tolist() == [np.inf, 1.0]


def test_an_index_above_the_dimension_is_refused():
    with pytest.raises(ValueError, match="at most the dimension of the points, 1, got 2 in row 1"):
        ml.MorseComplex([0.0, 1.0], [0, 2], np.zeros((2, 2), int), [[0.0], [1.0]])
    with pytest.raises(ValueError, match="`indices` must be at most 10000, got 1000000000000"):
        ml.MorseComplex([0.0, 1.0], [0, 10**12], np.zeros((2, 2), int))


@pytest.mark.parametrize("wrong", [np.array([True]), [1.0], ["1"], 3, None, [2**64]])
def test_what_is_no_integer_makes_no_line(wrong):
    for name in ("sources", "targets", "signs"):
        columns = {"sources": [1], "targets": [0], "signs": [1]} | {name: wrong}
        with pytest.raises(ValueError, match=f"`{name}` must"):
            ml.FlowLines(**columns)
