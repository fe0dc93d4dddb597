"""A chain complex refuses what is none, with the evidence, and turns upside down."""

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import sparse

from morseloss.topology import ChainComplex
from tests.topology.complexes import PLANE, hidden, simplicial

INTERVAL = np.array([[0, 0, -1], [0, 0, 1], [0, 0, 0]])
ONE_LINE = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])


def interval(**changes):
    arrays = {"values": [0.0, 1.0, 3.0], "degrees": [0, 0, 1], "boundary": INTERVAL}
    return ChainComplex(**(arrays | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"values": np.zeros((1, 1))}, r"`values` must have one axis, got shape \(1, 1\)"),
        ({"values": ["a"]}, "`values` must hold real numbers"),
        ({"values": [0.0, np.nan, 3.0]}, "`values` must be finite, got nan in row 1; drop"),
        ({"degrees": [0, 1]}, r"`degrees` must have one entry per cell, got shape \(2,\) for 3"),
        ({"degrees": [0.0, 0.0, 1.0]}, "`degrees` must hold integers, got 0.0 of float"),
        ({"degrees": [0, -1, 1]}, "`degrees` must be zero or more, got -1 in row 1"),
        ({"boundary": INTERVAL[:2]}, r"`boundary` must have shape \(3, 3\).*got \(2, 3\)"),
        ({"boundary": 1.0 * INTERVAL}, r"integers, got dtype float64; use `boundary\.astype"),
        ({"boundary": INTERVAL > 0}, "must hold integers, got dtype bool"),
        ({"boundary": INTERVAL * 2**30}, r"whose sizes add up to 2\.15e\+09"),
        ({"boundary": abs(INTERVAL).astype(np.uint64) * (2**64 - 1)}, "must hold small integers"),
        (
            {"boundary": INTERVAL.T},
            r"one degree down, got the entry -1 at \[2, 0\], from cell 0 \(degree 0, value 0\.0\) "
            r"to cell 2 \(degree 1, value 3\.0\); column p holds the boundary",
        ),
        ({"degrees": [0, 0, 2]}, r"one degree down, got the entry -1 at \[0, 2\], from cell 2"),
        (
            {"values": [0.0, 1.0, 0.5]},
            r"got cell 2 \(degree 1, value 0\.5\) with cell 1 \(degree 0, value 1\.0\) in its",
        ),
        (
            {"degrees": [0, 1, 2], "boundary": ONE_LINE},
            r"boundary of boundary is not zero: cell 2 \(degree 2, value 3\.0\) reaches cell 0 "
            r"\(degree 0, value 0\.0\) 1 time; a flow line is missing or doubled$",
        ),
        (
            {"degrees": [0, 1, 2], "boundary": -2 * ONE_LINE},
            "4 times; a flow line has the wrong sign, or two are missing or doubled$",
        ),
    ],
)
def test_what_is_no_complex_is_refused_with_the_cells_named(changes, message):
    with pytest.raises(ValueError, match=message):
        interval(**changes)


def test_a_face_of_the_same_value_is_no_fault_and_comes_first():
    complex = interval(values=[1.0, 0.0, 1.0], degrees=[0, 0, 1])
    assert complex.order().tolist() == [1, 0, 2]
    assert interval(values=[1.0, 1.0, 1.0]).order().tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", ["csr_array", "csc_matrix", "coo_array", "lil_array"])
@pytest.mark.parametrize("dtype", [np.int8, np.int64])
def test_every_sparse_form_becomes_compressed_columns(kind, dtype):
    boundary = interval(boundary=getattr(sparse, kind)(INTERVAL.astype(dtype))).boundary
    assert isinstance(boundary, sparse.csc_array)
    assert boundary.dtype == np.int64
    assert np.array_equal(boundary.toarray(), INTERVAL)


def test_entries_at_one_place_are_added_up_and_zeros_dropped():
    entries = np.array([100, 100, -1, 1], np.int8), ([0, 0, 1, 1], [2, 2, 2, 2])
    complex = interval(boundary=sparse.coo_array(entries, shape=(3, 3)))
    assert complex.boundary.nnz == 1
    assert complex.boundary[0, 2] == 200


def test_the_callers_arrays_stay_writeable_and_ours_are_not():
    values, boundary = np.array([0.0, 1.0, 3.0]), sparse.csc_array(INTERVAL)
    complex = interval(values=values, boundary=boundary)
    values[0] = boundary.data[0] = -5
    ours = complex.values, complex.degrees, complex.boundary.data, complex.boundary.indices
    assert not any(array.flags.writeable for array in ours)
    assert complex.boundary[0, 2] == -1


def test_matrices_of_every_degree_come_back():
    edges, faces = np.array([[-1, -1], [1, 1]]), np.array([[1], [-1]])
    disc = ChainComplex.from_matrices(
        [[0.0, 1.0], [2.0, 2.5], [3.0]], [sparse.csr_array(edges), faces]
    )
    assert disc.degrees.tolist() == [0, 0, 1, 1, 2]
    assert np.array_equal(disc.matrix(1), edges)
    assert np.array_equal(disc.matrix(2), faces)
    assert [disc.matrix(k).shape for k in (0, 3, 4)] == [(0, 2), (1, 0), (0, 0)]
    assert disc.of_degree(1).tolist() == [2, 3]


@pytest.mark.parametrize("degree", [1.9, -1, "1", None])
def test_a_degree_that_is_none_is_refused(degree):
    for ask in (interval().of_degree, interval().matrix):
        with pytest.raises(ValueError, match="`degree` must be an integer from 0 on, got"):
            ask(degree)


def test_a_degree_without_cells_has_an_empty_matrix():
    sphere = ChainComplex.from_matrices([[0.0], [], [1.0]], [np.zeros((1, 0)), np.zeros((0, 1))])
    assert repr(sphere) == "ChainComplex(2 cells: 1 of degree 0, 1 of degree 2)"
    assert sphere.euler == 2


@pytest.mark.parametrize(
    ("values", "matrices", "message"),
    [
        ([[0.0], [1.0]], [], "`matrices` must hold a boundary .* 1 for values of 2 degrees, got 0"),
        ([[0.0], [1.0]], [[[0, 0]]], r"`matrices\[0\]` must have shape \(1, 1\).*got \(1, 2\)"),
        ([[0.0], [1.0]], [[[0.5]]], r"`matrices\[0\]` must hold integers, got dtype float64"),
        ([[0.0], 1.0], [[[0]]], r"`values\[1\]` must have one axis"),
        ([[0.0], [-1.0]], [[[1]]], "must not lie below its boundary"),
    ],
)
def test_bad_matrices_are_refused_by_name(values, matrices, message):
    with pytest.raises(ValueError, match=message):
        ChainComplex.from_matrices(values, matrices)


def test_nothing_and_a_point_are_complexes():
    assert repr(ChainComplex([], [], [])) == "ChainComplex(0 cells)"
    assert repr(ChainComplex.from_matrices([], [])) == "ChainComplex(0 cells)"
    assert repr(ChainComplex([0.0], [0], [[0]])) == "ChainComplex(1 cell: 1 of degree 0)"


def test_euler_characteristic_of_the_projective_plane_is_one():
    _, complex = simplicial(PLANE, np.random.default_rng(0))
    assert complex.euler == 1


@given(hidden())
@settings(deadline=None, max_examples=30)
def test_the_dual_of_the_dual_is_the_complex(drawn):
    complex, *_ = drawn
    again = complex.dual(5).dual(5)
    assert np.array_equal(again.values, complex.values)
    assert np.array_equal(again.degrees, complex.degrees)
    assert np.array_equal(again.boundary.toarray(), complex.boundary.toarray())


def test_a_dual_of_too_low_a_dimension_is_refused():
    with pytest.raises(ValueError, match="`dimension` must be at least 1, the highest degree"):
        interval().dual(0)
