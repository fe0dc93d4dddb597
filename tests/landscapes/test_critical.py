import copy
import pickle
from dataclasses import replace

import pytest
import torch

import morseloss as ml
from morseloss.landscapes.critical import join, match, tied


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


def moved(points, size, generator):
    """The same points with other last bits of values and places, in another order."""
    rows = torch.randperm(len(points), generator=generator)
    noise = torch.randn(2, len(points), generator=generator, dtype=torch.float64)
    found = points.take(rows)
    return replace(
        found,
        points=found.points + size * noise[0, :, None],
        values=found.values + size * noise[1],
    )


LEVEL = ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 2): -1.4})
CATALOGUE = [LEVEL, ml.analytic.EasyAndHard(), ml.analytic.SixHumpCamel(), ml.analytic.Himmelblau()]


@pytest.mark.parametrize("land", CATALOGUE, ids=repr)
def test_the_order_of_rows_does_not_hang_on_round_off(land, generator):
    known = ml.critical_points(land)
    for _ in range(5):
        found = ml.merge(moved(known, 2e-14, generator))
        torch.testing.assert_close(found.points, known.points, rtol=0, atol=1e-12)
        assert torch.equal(found.values.diff() == 0, known.values.diff() == 0)


def test_points_of_one_value_stand_in_the_order_of_their_coordinates():
    land = ml.analytic.EasyAndHard()
    for found in (land.critical_points, ml.critical_points(land)):
        assert found.points[:, 0].round().tolist() == [0, -2, 2, 1, -1]
        assert found.values[1] == found.values[2]
    wells = ml.critical_points(LEVEL).of_index(0)
    assert wells.points.sign().tolist() == [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    assert len(set(wells.values.tolist())) == 1


def test_values_are_one_where_round_off_alone_tells_them_apart_and_not_beyond(generator):
    land = ml.Polynomial({4: 1.0, 2: -2.0, 1: 1e-9})
    found = ml.critical_points(land)
    torch.testing.assert_close(found.values[:2].diff().item(), 2e-9, rtol=1e-4, atol=0)
    assert found.points[:2, 0].round().tolist() == [-1, 1]
    before = found.values.clone()
    noisy = moved(found, 1e-15, generator)
    assert (tied(noisy).values <= noisy.values).all()
    assert torch.equal(found.values, before)


def wells(values, eigenvalues, places):
    """Minima of the line as a search would report them, whatever landscape has them."""
    values, places = (torch.tensor(row, dtype=torch.float64) for row in (values, places))
    curvatures = torch.tensor(eigenvalues, dtype=torch.float64)[:, None]
    zeros = torch.zeros(len(values), dtype=torch.int64)
    return ml.CriticalPoints(places[:, None], values, zeros, curvatures, 0.0 * values, zeros)


@pytest.mark.parametrize("odd", [(7.0, 1e20, 1.0), (7.0, 1.0, 1e9), (1e25, 1.0, 1.0)])
def test_one_sharp_or_far_or_high_point_ties_no_others(odd):
    """Round-off of a sum is that of its own terms; what stands elsewhere does not blur it."""
    height, curvature, place = odd
    values = [0.0, 1e-9, 1.0, 3.0, height]
    found = wells(values, [1.0, 1.0, 2.0, 1.0, curvature], [-1.0, 1.0, 2.0, 3.0, place])
    assert tied(found).values.tolist() == values


@pytest.mark.parametrize("curvature", [1.0, 1e6, 1e12, 1e20])
def test_different_values_stay_different_however_narrow_the_wells(curvature):
    found = wells([-1.0, -1.0 + 1e-9, -0.5], [curvature] * 3, [1.0, -1.0, 2.0])
    assert torch.equal(tied(found).values, found.values)


def test_a_chain_of_ties_never_reaches_farther_than_round_off():
    values = [1.0 + k * 2e-15 for k in range(40)]
    found = wells(values, [1.0] * 40, list(range(40)))
    moved = found.values - tied(found).values
    assert (moved >= 0).all()
    assert moved.max() <= 1e-11
    one = wells(values, [1.0] * 40, [0.0] * 40)
    assert (one.values - tied(one).values).max() <= 16 * 2**-52


def test_values_that_are_not_finite_tie_with_none():
    found = ml.critical_points(LEVEL).take(torch.arange(4))
    values = torch.tensor([torch.nan, 1.0, torch.inf, 1.0 + 1e-15], dtype=torch.float64)
    seen = tied(replace(found, values=values)).values
    assert seen[[1, 3]].tolist() == [1.0, 1.0]
    assert seen[0].isnan()
    assert seen[2].isinf()


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


def test_many_starts_at_few_points_merge_without_all_their_pairs():
    land = ml.analytic.DoubleWell(1)
    ends = land.critical_points.of_index(0).points
    noise = 1e-13 * torch.arange(60_000, dtype=torch.float64)[:, None] / 60_000
    points = ml.classify(land, ends[torch.arange(60_000) % 2] + noise)
    assert len(ml.merge(points)) == 2


def test_critical_points_and_origins_hold_tensors_of_their_own():
    land = ml.analytic.DoubleWell(1)
    places = land.critical_points.points.clone()
    points = ml.classify(land, places)
    status, rows = torch.zeros(3, dtype=torch.long), torch.arange(3)
    origins = ml.Origins(status, rows, places)
    again = replace(points, origins=origins)
    kept = places.clone()
    for tensor in (places, status, rows, points.points, points.values):
        tensor += 7
    assert torch.equal(again.points, kept) and torch.equal(origins.points, kept)
    assert origins.rows.tolist() == [0, 1, 2] and not origins.status.any()
    other = copy.deepcopy(pickle.loads(pickle.dumps(again)))
    assert torch.equal(other.points, kept) and torch.equal(other.origins.points, kept)


def test_points_of_another_space_are_refused():
    with pytest.raises(ValueError, match=r"shape \(n, 2\) for .*, got \(3, 3\)"):
        ml.classify(ml.analytic.Himmelblau(), torch.zeros(3, 3, dtype=torch.float64))


def test_one_minimum_is_counted_as_one():
    land = ml.analytic.DoubleWell(1)
    lowest = land.critical_points.of_index(0).take(torch.tensor([0]))
    assert repr(lowest) == "CriticalPoints(1 point in R^1: 1 minimum)"


TINY = ml.Function(lambda x: 1e14 * x[:, 0] ** 4 - 2 * x[:, 0] ** 2 + x[:, 1] ** 2, dim=2)
WELLS = torch.tensor([[1e-7, 0.0], [-1e-7, 0.0], [0.0, 0.0]], dtype=torch.float64)


def test_points_that_are_close_beside_1_are_merged_with_a_warning_and_told_apart_on_request():
    points = ml.classify(TINY, WELLS)
    with pytest.warns(UserWarning, match=r"points 1 and 0 are 2.0e-07 apart, known to"):
        few = ml.merge(points)
    assert few.indices.tolist() == [0, 1]  # of two indices they cannot be one
    assert ml.merge(points, within=1e-10).indices.tolist() == [0, 0, 1]
    assert len(ml.merge(ml.classify(TINY, WELLS + 1e-16 * torch.randn(3, 2)), within=1e-6)) == 2


def test_ends_of_searches_that_round_off_spreads_are_merged_without_a_warning(generator):
    land = ml.analytic.Himmelblau()
    found = ml.find_minima(land, ml.sample_box(land, 64, generator=generator)).points
    spread = found.repeat(8, 1) * (1 + 1e-15 * torch.randn(8 * len(found), 1, dtype=torch.float64))
    assert len(ml.merge(ml.classify(land, spread))) == 4
