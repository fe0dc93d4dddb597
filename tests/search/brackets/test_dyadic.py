"""Cells of a halved cube, against every pair of cells and every cell that may hold a point."""

import numpy as np
import pytest

from morseloss.search.brackets.dyadic import children, uniform


def graded(dim, rng):
    """Cells of many sizes: some at random are halved, again and again."""
    cells = uniform(1, dim)
    for _ in range(5):
        rows = rng.choice(len(cells), max(1, len(cells) // 6), replace=False)
        cells, _, _ = children(cells, rows)
    return cells


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_cells_touch_where_their_boxes_meet(dim):
    cells = graded(dim, np.random.default_rng(dim))
    low, high = cells.boxes()
    meet = (low[:, None] <= high[None]).all(2) & (low[None] <= high[:, None]).all(2)
    wanted = {tuple(pair) for pair in np.argwhere(np.triu(meet, 1)).tolist()}
    found = cells.touching(np.ones(len(cells), dtype=bool)).T.tolist()
    assert len(found) == len(wanted)
    assert {tuple(pair) for pair in found} == wanted


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_cells_fill_the_cube_and_are_found_by_their_points(dim):
    rng = np.random.default_rng(dim)
    cells = graded(dim, rng)
    low, high = cells.boxes()
    assert np.prod(high - low, axis=1).sum() == 1.0
    points = rng.uniform(0, 1, (200, dim))
    rows = cells.holding(points)
    assert ((low[rows] <= points) & (points <= high[rows])).all()
    assert cells.holding(np.ones((1, dim))) == len(cells) - 1


def test_touching_is_asked_among_some_cells_only():
    cells = uniform(2, 2)
    among = np.zeros(len(cells), dtype=bool)
    among[[0, 1, 15]] = True
    assert cells.touching(among).T.tolist() == [[0, 1]]


def test_parts_know_their_parents():
    cells = uniform(1, 2)
    parts, parents, fresh = children(cells, np.array([2]))
    assert parents.tolist() == [0, 1, 2, 2, 2, 2, 3]
    assert fresh.tolist() == [False, False, True, True, True, True, False]
    low, high = cells.boxes()
    inner, outer = parts.boxes()
    assert (inner >= low[parents]).all()
    assert (outer <= high[parents]).all()
