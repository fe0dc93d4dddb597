import numpy as np
import pytest

from morseloss.graphs.joining.adjacency import Adjacency, whitening


def as_set(pairs):
    return {tuple(pair) for pair in pairs.tolist()}


def grid(*counts):
    axes = np.meshgrid(*(np.arange(float(count)) for count in counts), indexing="ij")
    return np.stack([axis.ravel() for axis in axes], axis=1)


def test_a_linear_change_of_coordinates_changes_no_neighbour():
    rng = np.random.default_rng(0)
    points, shapes = rng.normal(size=(40, 2)), rng.normal(size=(40, 2, 2))
    hessians = shapes @ shapes.transpose(0, 2, 1) + 0.3 * np.eye(2)
    change = np.array([[3.0, 1.0], [0.2, 0.1]])
    # x = y @ change, hence the Hessian in y is change @ H @ change.T
    moved, bent = points @ np.linalg.inv(change), change @ hessians @ change.T
    here = Adjacency(points @ whitening(hessians))
    there = Adjacency(moved @ whitening(bent))
    assert as_set(here.pairs()) == as_set(there.pairs())
    raw = Adjacency(moved)
    assert as_set(here.pairs()) != as_set(raw.pairs())


def test_flat_minima_do_not_spoil_the_coordinates():
    hessians = np.stack([np.zeros((2, 2)), np.diag([1.0, 0.0]), np.eye(2)])
    assert np.isfinite(whitening(hessians)).all()


@pytest.mark.parametrize("dim", [1, 2, 3, 5])
def test_nearest_neighbours_are_pairs(dim):
    where = np.random.default_rng(dim).normal(size=(60, dim))
    pairs = as_set(Adjacency(where).pairs())
    distances = np.linalg.norm(where[:, None] - where, axis=2) + 1e9 * np.eye(60)
    for row, nearest in enumerate(distances.argmin(axis=1).tolist()):
        assert (min(row, nearest), max(row, nearest)) in pairs
    assert len(pairs) < 60 * 59 / 2 / (1 if dim == 5 else 3)


def test_pairs_of_few_minima_are_all():
    assert len(Adjacency(np.zeros((1, 3))).pairs()) == 0
    assert len(Adjacency(np.random.default_rng(0).normal(size=(4, 3))).pairs()) == 6


def test_minima_on_a_line_in_the_plane_have_neighbours_on_both_sides():
    where = np.stack([np.arange(20.0), np.zeros(20)], axis=1)
    pairs = as_set(Adjacency(where).pairs())
    assert {(i, i + 1) for i in range(19)} <= pairs


def test_corners_of_a_square_are_between_the_ends_of_its_diagonals_alone():
    near = Adjacency(grid(3, 3))
    assert set(near.between(np.array([[0, 4]]))[0]) == {-1, 1, 3}
    assert set(near.between(np.array([[0, 1]]))[0]) == {-1}
    assert set(near.between(np.array([[0, 2]]))[0]) == {-1, 1, 4}  # 4 is on the circle


def test_a_minimum_beside_an_end_is_not_between():
    where = np.array([[0.0, 0.0], [1.0, 0.0], [1.02, 0.0]])
    near = Adjacency(where)
    assert (near.between(np.array([[0, 1]])) < 0).all()
    assert set(near.between(np.array([[0, 2]]))[0]) == {-1, 1}


def test_pieces_are_joined_by_their_nearest_minima():
    where = np.array([[0.0], [1.0], [10.0], [11.0], [30.0]])
    pairs = Adjacency(where).across(np.array([0, 0, 1, 1, 2]))
    assert as_set(pairs) == {(1, 2), (3, 4)}
    assert len(Adjacency(where).across(np.zeros(5, dtype=int))) == 0


def test_neighbours_of_many_minima_are_few():
    """No array of all pairs: 40,000 minima would need 12.8 GB."""
    near = Adjacency(grid(200, 200) + 0.01 * np.random.default_rng(0).normal(size=(40_000, 2)))
    assert len(near.pairs()) < 4 * 40_000
