"""Bars of families are followed continuously, by rows and by places alike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import morseloss as ml
from morseloss.complexes.families import nearest

TIMES = np.linspace(0, 1, 101)


def random_family(seed, n=7, m=16):
    """Graphs whose numbers move on straight lines, in fine steps; and how fast the fastest is."""
    generator = np.random.default_rng(seed)
    edges = generator.integers(0, n, (m, 2))
    ends = generator.normal(size=(2, n)), 6 + generator.exponential(size=(2, m))
    heights = [(1 - t) * one[0] + t * one[1] for one in ends for t in [TIMES[:, None]]]
    speed = max(np.abs(one[1] - one[0]).max() for one in ends)
    return [ml.LandscapeGraph(*pair) for pair in zip_edges(heights, edges)], speed


def zip_edges(heights, edges):
    return ((values, edges, weights) for values, weights in zip(*heights, strict=True))


def followed(seed):
    """A vineyard, and how fast its fastest vine is where the fastest number has the speed 1."""
    family, speed = random_family(seed)
    vines = ml.vineyard(TIMES, family)
    same = np.diff(vines.vines) == 0
    ends = np.where(np.isinf(vines.deaths), 0.0, vines.deaths)
    moves = [np.abs(np.diff(column))[same].max() for column in (vines.births, ends)]
    return vines, max(moves) * 100 / speed


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_no_vine_moves_faster_than_the_numbers_of_the_graph(seed):
    vines, fastest = followed(seed)
    assert fastest < 1.01 and len(vines) == 7
    pieces = (~ml.barcode(random_family(seed)[0][0]).finite).sum()
    assert np.isinf(vines.lengths[0]).sum() == pieces


@pytest.mark.slow
def test_no_vine_of_150_families_jumps_at_an_exchange():
    found = [followed(seed) for seed in range(150)]
    assert sum(vines.switched.sum() for vines, _ in found) == 1997
    assert max(fastest for _, fastest in found) < 1.01


def test_vines_are_continuous_where_rows_of_minima_are_not():
    family, speed = random_family(3)
    vines = ml.vineyard(TIMES, family)
    assert vines.switched.any()
    by_minimum = [bars.lifetimes[np.argsort(bars.birth_cells)] for bars in map(ml.barcode, family)]
    jumps = np.abs(np.diff(np.where(np.isinf(by_minimum), 0.0, by_minimum), axis=0)).max()
    assert jumps > 10 * 2 * speed / 100


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=8)
def test_places_tell_what_rows_do_where_the_rows_are_shuffled(seed):
    family, _ = random_family(seed)
    generator = np.random.default_rng(seed)
    points, peaks = generator.normal(size=(7, 2)), generator.normal(size=(16, 2))
    shuffled = []
    for graph in family:
        rows, edges = generator.permutation(7), generator.permutation(16)
        moved = [part + generator.normal(size=part.shape) * 1e-4 for part in (points, peaks)]
        back = np.argsort(rows)
        shuffled.append(
            ml.LandscapeGraph(
                graph.values[rows],
                back[graph.edges[edges]],
                graph.weights[edges],
                points=moved[0][rows],
                peaks=moved[1][edges],
            )
        )
    one, other = ml.vineyard(TIMES, family, by="rows"), ml.vineyard(TIMES, shuffled)
    # vines are numbered by their first bars, which stand in the same order
    np.testing.assert_array_equal(one.lengths, other.lengths)
    assert np.array_equal(one.switched, other.switched)


def test_members_may_come_in_any_order_and_any_form():
    graphs = [([0.0, 1.0 + t], [[0, 1]], [3.0]) for t in (0.5, 0.0, 0.25)]
    vines = ml.vineyard([0.5, 0.0, 0.25], graphs)
    assert vines.parameters.tolist() == [0.0, 0.25, 0.5]
    assert vines.lengths[:, 1].tolist() == [2.0, 1.75, 1.5] and not vines.switched.any()


def test_edges_are_the_same_by_their_ends_wherever_they_stand():
    values, wells = [0.0, 1.0, 2.0], [[0, 1], [1, 2], [2, 1]]
    graphs = [(values, wells, [4.0, 5.0, 3.0]), (values, wells[::-1], [5.0, 3.1, 4.0])]
    vines = ml.vineyard([0.0, 1.0], graphs)
    # of two parallel edges the second is the second, in whatever row
    assert vines.death_cells.tolist() == [-1, -1, 0, 2, 2, 1]
    assert len(vines) == 3 and not vines.switched.any()


def complexes():
    """A double well whose critical points are numbered anew, and a bowl."""
    lines = ml.FlowLines([2, 2], [0, 1], [-1, 1])
    other = ml.FlowLines([0, 0], [1, 2], [-1, 1])
    places = np.array([[-1.0], [1.0], [0.0]])
    return [
        ml.MorseComplex.from_lines([0.0, 0.5, 1.0], [0, 0, 1], lines, places),
        ml.MorseComplex.from_lines([0.9, 0.1, 0.4], [1, 0, 0], other, places[[2, 0, 1]] * 0.9),
        ml.MorseComplex([0.2], [0], [[0]], [[-0.7]]),
    ]


def test_critical_points_are_followed_by_places_among_those_of_their_index():
    vines = ml.vineyard([0.0, 1.0, 2.0], complexes())
    np.testing.assert_allclose(vines.lengths[:, 0], np.inf)
    np.testing.assert_allclose(vines.lengths[:, 1], [0.5, 0.5, np.nan])
    assert vines.birth_cells.tolist() == [0, 1, 0, 1, 2] and not vines.switched.any()


def test_diagrams_are_followed_by_nearness_unless_their_rows_are_said_to_be_the_same():
    a = ml.Diagram(np.zeros(2), np.array([1.0, 2.0]), birth_cells=np.array([0, 1]))
    b = ml.Diagram(np.zeros(2), np.array([2.0, 1.0]), birth_cells=np.array([0, 1]))
    near, rows = (ml.vineyard([0.0, 1.0], [a, b], by=by) for by in (None, "rows"))
    assert near.lengths.tolist() == [[1.0, 2.0], [1.0, 2.0]] and near.switched.sum() == 2
    assert rows.lengths.tolist() == [[1.0, 2.0], [2.0, 1.0]]


def test_a_half_line_that_becomes_a_bar_begins_a_new_vine():
    graphs = [([0.0, 1.0], [], []), ([0.0, 1.0], [[0, 1]], [3.0])]
    vines = ml.vineyard([0.0, 1.0], graphs)
    np.testing.assert_array_equal(vines.lengths, [[np.inf, np.inf, np.nan], [np.inf, np.nan, 2.0]])


def test_nearest_is_mutual():
    a, b = np.array([[0.0], [1.0]]), np.array([[0.9], [5.0], [0.6]])
    assert nearest(a, b).tolist() == [-1, 0] and nearest(b, a).tolist() == [1, -1, -1]
    assert nearest(a, b[:0]).tolist() == [-1, -1] and nearest(a[:0], b).tolist() == []


GRAPH = ([0.0, 1.0], [[0, 1]], [3.0])
PLACED = ml.LandscapeGraph(*GRAPH, points=[[0.0], [1.0]], peaks=[[0.5]])


@pytest.mark.parametrize(
    ("parameters", "members", "by", "message"),
    [
        ([0.0], [GRAPH, GRAPH], None, r"one number for each of the 2 .* got shape \(1,\)"),
        ([0.0, 0.0], [GRAPH, GRAPH], None, "finite and all different"),
        ([0.0, 1.0], [GRAPH, ml.barcode(GRAPH)], None, "one kind, got a Diagram and a tuple"),
        ([0.0, 1.0], [PLACED, ml.as_graph(GRAPH)], "places", "must all have `points`"),
        ([0.0], [ml.barcode(GRAPH)], "places", "must all have `points`"),
        ([0.0], [GRAPH], "cells", "`by` must be .* got 'cells'"),
        ([0.0], ["graph"], None, "expected a LandscapeGraph"),
    ],
)
def test_what_is_no_family_is_refused(parameters, members, by, message):
    with pytest.raises(ValueError, match=message):
        ml.vineyard(parameters, members, by=by)
