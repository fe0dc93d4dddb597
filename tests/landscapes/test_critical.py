import torch

import morseloss as ml
from morseloss.landscapes.critical import join, match


def points_of(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def test_flat_directions_are_marked_and_not_guessed():
    land = ml.Polynomial({(4, 0): 1.0, (0, 2): 1.0})
    found = ml.classify(land, points_of([0.0, 0.0]))
    assert found.indices.tolist() == [-1]
    assert found.status.tolist() == [ml.Status.DEGENERATE]
    assert "1 degenerate" in repr(found)


def test_points_in_float32_have_to_be_farther_from_flat():
    """A descent in float32 on `x^4` ends about here, where the curvature `12 x^2` is no sign."""
    land = ml.Polynomial({(4, 0): 1.0, (0, 2): 1.0})
    near = points_of([0.01, 0.0], [0.1, 0.0])
    assert ml.classify(land, near).indices.tolist() == [0, 0]
    single = ml.classify(land, near.float())
    assert single.indices.tolist() == [-1, 0]
    assert single.points.dtype == single.eigenvalues.dtype == torch.float64


def test_merge_keeps_the_smallest_residual_and_orders_by_value():
    land = ml.analytic.DoubleWell(1)
    exact = land.critical_points.points
    noisy = torch.cat([exact + 1e-8, exact, exact - 1e-8])
    merged = ml.merge(ml.classify(land, noisy))
    assert torch.equal(merged.points, exact)
    assert (merged.values.diff() > 0).all()
    assert merged.origins.rows.tolist() == [0, 1, 2] * 3


def test_merge_of_nothing_is_nothing():
    land = ml.analytic.DoubleWell(2)
    empty = ml.classify(land, torch.zeros(1, 2, dtype=torch.float64)).take(torch.zeros(0).long())
    assert len(ml.merge(empty)) == 0
    assert repr(ml.merge(empty)) == "CriticalPoints(0 points in R^2)"


def test_match_finds_rows_and_says_where_there_is_none():
    known = points_of([0.0, 0.0], [1.0, 0.0])
    assert match(points_of([1.0, 1e-9], [5.0, 5.0]), known).tolist() == [1, -1]
    assert match(points_of([1.0, 0.0]), known[:0]).tolist() == [-1]


def test_join_keeps_the_order():
    known = ml.analytic.Himmelblau().critical_points
    both = join(known.of_index(0), known.of_index(1))
    assert both.indices.tolist() == [0] * 4 + [1] * 4


def test_status_texts_end_in_a_remedy():
    for status in ml.Status:
        assert status.message
    assert "max_steps" in ml.Status.RUNNING.message
