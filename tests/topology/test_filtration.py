"""A filtration refuses what is none, and names the row."""

import numpy as np
import pytest

from morseloss.topology import Filtration
from tests.topology.graphs import take_route

NO_EDGES = np.empty((0, 2), np.int64)


@pytest.mark.parametrize(
    ("values", "edges", "weights", "message"),
    [
        ([], NO_EDGES, [], "at least one minimum"),
        (np.zeros((1, 1)), NO_EDGES, [], r"`values` must have one axis, got shape \(1, 1\)"),
        ([0.0, np.nan], NO_EDGES, [], "`values` must be finite, got nan in row 1"),
        ([-np.inf], NO_EDGES, [], "`values` must be finite, got -inf in row 0"),
        (["a"], NO_EDGES, [], "`values` must hold real numbers"),
        ([1j], NO_EDGES, [], "`values` must hold real numbers"),
        ([0.0, 1.0], [[0, 1]], [np.nan], "`weights` must be finite, got nan in row 0"),
        ([0.0, 1.0], [[0, 1]] * 2, [1.0, np.inf], "`weights` must be finite, got inf in row 1"),
        ([0.0, 1.0], [[0, 1]] * 3, [1.0, 0.5, 0.4], r"got 0.5 in row 1 for edge \[0, 1\]"),
        ([0.0, 1.0], [[0, 1], [0, 2]], [1.0, 1.0], r"from 0 to 1, got \[0, 2\] in row 1"),
        ([2.0, 1.0], [[0, 1], [1, 2]], [1.0, 1.0], r"from 0 to 1, got \[1, 2\] in row 1; number"),
        ([0.0, 1.0], [[0, 1], [1, 2]], [np.nan, 1.0], r"from 0 to 1, got \[1, 2\] in row 1"),
        ([0.0, 1.0], [[-1, 1]], [1.0], r"from 0 to 1, got \[-1, 1\] in row 0"),
        ([0.0, 1.0], [[0.0, 1.0]], [1.0], "`edges` must hold integers, got 0.0 of float"),
        ([0.0, 1.0], [[False, True]], [1.0], "`edges` must hold integers, got False of bool"),
        ([0.0, 1.0], [0, 1], [1.0], r"`edges` must have two axes, got shape \(2,\)"),
        ([0.0, 1.0], [[0, 1, 1]], [1.0], r"`edges` must have shape \(m, 2\)"),
        ([0.0, 1.0], [[0, 1]], [1.0, 2.0], "one entry per row of `edges`, got 2 for 1"),
        ([0.0, 1.0], [[0, 1]], np.ones((1, 1)), "`weights` must have one axis"),
        (
            [0.0, 1.0],
            np.array([[0, 2**63]], np.uint64),
            [1.0],
            "`edges` must hold integers of 64 bits",
        ),
    ],
)
def test_bad_input_is_refused_with_the_row_named(values, edges, weights, message):
    with pytest.raises(ValueError, match=message):
        Filtration(values, edges, weights)


@pytest.mark.parametrize("sparse", [0, 50])
@pytest.mark.parametrize("loops", [True, False])
@pytest.mark.parametrize("fault", [np.nan, np.inf, -np.inf, -1.0])
def test_the_compiled_checks_name_the_first_faulty_row_too(monkeypatch, fault, loops, sparse):
    take_route(monkeypatch, small=0, sparse=sparse, threads=2)
    weights = np.ones(50)
    weights[[17, 40]] = fault
    edges = np.ones((50, 2), np.int64)
    edges[:, 0] -= not loops
    with pytest.raises(ValueError, match="in row 17"):
        Filtration(np.zeros(3), edges, weights)


@pytest.mark.parametrize("sparse", [0, 50])
@pytest.mark.parametrize("stranger", [-1, 3, 2**40])
def test_the_compiled_checks_name_the_first_unknown_minimum(monkeypatch, stranger, sparse):
    take_route(monkeypatch, small=0, sparse=sparse)
    edges = np.ones((50, 2), np.int64)
    edges[[17, 40], 1] = stranger
    with pytest.raises(ValueError, match=rf"from 0 to 2, got \[1, {stranger}\] in row 17"):
        Filtration(np.zeros(3), edges, np.ones(50))


def test_lists_and_other_dtypes_are_converted():
    filtration = Filtration([0, 1], np.array([[0, 1]], np.uint8), np.array([1.5], np.float32))
    dtypes = [array.dtype for array in vars(filtration).values()]
    assert dtypes == [np.float64, np.int64, np.float64]


def test_no_edges_may_be_an_empty_list():
    assert Filtration([0.0], [], []).edges.shape == (0, 2)


def test_repr_counts_minima_and_edges():
    assert repr(Filtration([0.0], [[0, 0]], [1.0])) == "Filtration(1 minimum, 1 edge)"
    assert len(Filtration([0.0, 1.0], [], [])) == 2
