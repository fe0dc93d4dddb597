"""Discs, their ladders and samples: every flow line to a pass, once, with its sign."""

import math

import pytest
import torch

import morseloss as ml
from morseloss._rows import joined, take
from morseloss.search.discs import discs
from morseloss.search.discs.discs import descending_discs, gathered
from morseloss.search.discs.ladder import ladder
from morseloss.search.discs.samples import Samples
from morseloss.search.trajectories.branches import branches, levels_below
from morseloss.search.trajectories.frame import frame
from tests.complexes.turned import rotation, turned
from validation.ensembles import gaussian_polynomial

# on the x-axis a line from the top at 0 to the point of index 2 at 1, and no line between passes
BETWEEN_TOPS = ml.Polynomial(
    {(4, 0, 0): 1.0, (2, 0, 0): -2.0, (0, 2, 0): -1.0, (0, 4, 0): 1.0,
     (0, 0, 2): 1.0, (1, 0, 2): -2.0, (0, 2, 2): 3.0, (0, 0, 4): 4.0}
)  # fmt: skip


def discs_of(land, points=None, **changes):
    points = ml.critical_points(land) if points is None else points
    whole = frame(land, points)
    found = descending_discs(land, whole, branches(land, whole), whole.of_index(2), **changes)
    return whole, gathered(whole, [found])


@pytest.mark.parametrize(
    ("dim", "turn"), [(2, None), (2, 1), (2, 2), pytest.param(3, 1, marks=pytest.mark.slow)]
)
def test_a_disc_of_a_sum_of_wells_has_four_lines_whose_signs_alternate(dim, turn):
    land = ml.analytic.DoubleWell(dim)
    if turn is not None:
        land = turned(land, rotation(dim, turn))
    whole, found = discs_of(land)
    low = branches(land, whole)
    assert len(found.sources) == 4 * len(whole.of_index(2))
    for source in whole.of_index(2).tolist():
        rows = (found.sources == source).nonzero().flatten()
        assert len(set(found.targets[rows].tolist())) == 4
        corners = torch.zeros(len(whole))
        for row in rows.tolist():
            saddle = int(found.targets[row])
            at = 2 * low.sources.tolist().index(saddle)
            corners[low.targets[at + 1]] += found.signs[row]
            corners[low.targets[at]] -= found.signs[row]
        assert (corners == 0).all()  # the boundary of the boundary


@pytest.mark.parametrize("dim", [2, 3])
def test_lines_fall_from_the_top_into_the_trust_region_of_the_pass(dim):
    land = gaussian_polynomial(dim, 4, torch.Generator().manual_seed(1)) if dim == 3 else (
        ml.analytic.SixHumpCamel()
    )  # fmt: skip
    whole, found = discs_of(land)
    assert len(found.lines)
    for line, source, target in zip(found.lines, found.sources, found.targets, strict=True):
        assert torch.equal(line[0], whole.points[source])
        assert torch.equal(line[-1], whole.points[target])
        assert (land.value(line).diff() < 0).all()
        assert (line[-2] - line[-1]).norm() < whole.radii[target]


def test_a_sign_compares_the_line_and_the_mode_with_the_orientation_of_the_disc():
    """On a plane it can be seen: the tangent of the line, then the first mode of the pass."""
    land = ml.analytic.SixHumpCamel()
    whole, found = discs_of(land)
    assert len(found.signs) == 8
    for line, source, target, sign in zip(
        found.lines, found.sources, found.targets, found.signs, strict=True
    ):
        tangent = line[-1] - line[-2]
        pair = torch.stack([tangent, whole.modes[target, :, 0]], dim=1)
        assert sign == (torch.linalg.det(pair) * torch.linalg.det(whole.modes[source])).sign()


def test_few_directions_are_refined_until_they_are_enough():
    land = ml.analytic.DoubleWell(3)
    _, found = discs_of(land, directions=5)
    assert len(found.sources) == 24
    assert set(found.sources.bincount().tolist()) == {0, 4}


def test_stiff_directions_are_refined_on_lower_levels():
    """At the end of the slow direction of a top is a pass to which no first angle leads."""
    land = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (1, 0): 0.1, (0, 4): 1.0, (0, 2): -45.0})
    whole, found = discs_of(land)
    assert -whole.eigenvalues[int(whole.of_index(2)), 0] / 4 > 20
    assert len(found.sources) == 4
    assert len(set(found.targets.tolist())) == 4


@pytest.mark.parametrize("turn", [None, pytest.param(1, marks=pytest.mark.slow)])
def test_a_connection_between_tops_is_refused_by_name(turn, monkeypatch):
    monkeypatch.setattr(discs, "ATTEMPTS", 1)
    land = BETWEEN_TOPS if turn is None else turned(BETWEEN_TOPS, rotation(3, turn))
    points = ml.critical_points(BETWEEN_TOPS)
    if turn is not None:
        points = ml.merge(ml.classify(land, points.points @ rotation(3, turn)))
    tops = points.indices == 2
    at = [int((tops & (points.values.round() == v)).nonzero()) for v in (0.0, -1.0)]
    message = rf"not Morse-Smale: saddle connection from point {at[0]} \(.*\) to point {at[1]} \("
    with pytest.raises(ml.SearchError, match=message):
        discs_of(land, points)


def test_levels_go_down_from_the_top_to_the_lowest_pass_saddles_among_them():
    land = gaussian_polynomial(3, 4, torch.Generator().manual_seed(0))
    whole = frame(land, ml.critical_points(land))
    tops = whole.of_index(2)
    saddles, _ = levels_below(whole, tops)
    steps = torch.full((len(tops), 2), torch.nan, dtype=torch.float64)
    steps[:, 0] = whole.values[saddles[-1]] + 1e-3
    found = ladder(whole, tops, saddles, steps)
    lowest = whole.values[whole.of_index(1)].min()
    assert (found.floors == lowest).all()
    for top, levels, rows, places in zip(
        tops.tolist(), found.levels, found.saddles, found.places, strict=True
    ):
        known = levels[levels.isfinite()]
        assert (known.diff() <= 0).all()
        assert known[0] < whole.values[top]
        assert known[-1] == lowest
        assert (levels == whole.values[saddles[-1]] + 1e-3).any()
        at = (rows >= 0).nonzero().flatten()
        assert torch.equal(levels[at], whole.values[rows[at]])
        assert torch.equal(saddles[places[at]], rows[at])
        below = whole.values[saddles] < whole.values[top]
        assert sorted(rows[at].tolist()) == sorted(saddles[below].tolist())
        assert (places[rows < 0] == -1).all()


def test_a_slow_pass_gets_rungs_of_its_own():
    land = ml.Polynomial({(4, 0): 1.0, (2, 0): -20.0, (0, 4): 0.1, (0, 2): -0.5, (0, 1): 0.1})
    whole = frame(land, ml.critical_points(land))
    tops = whole.of_index(2)
    saddles, _ = levels_below(whole, tops)
    none = torch.zeros(1, 0, dtype=torch.float64)
    found = ladder(whole, tops, saddles, none)
    upper = whole.values[whole.of_index(1)].max()
    near = (found.levels > upper) & (found.levels < upper + 0.2)
    assert int(near.sum()) >= 4


def samples_of(*angles_by_disc):
    rows = [(disc, angle) for disc, angles in angles_by_disc for angle in angles]
    count = len(rows)
    return Samples(
        torch.tensor([disc for disc, _ in rows], dtype=torch.long),
        torch.tensor([angle for _, angle in rows], dtype=torch.float64),
        torch.tensor([-1] * count, dtype=torch.long),
        torch.zeros(count, 3, 2, dtype=torch.float64),
        torch.zeros(count, dtype=torch.long),
        torch.zeros(count, 2, dtype=torch.long),
    )


def test_the_next_sample_of_the_last_is_the_first_of_its_disc():
    some = samples_of((0, [0.1, 0.2, 0.3]), (2, [0.5]), (3, [1.0, 2.0]))
    assert some.next().tolist() == [1, 2, 0, 3, 5, 4]
    assert len(take(some, torch.zeros(0, dtype=torch.long)).next()) == 0


def test_fresh_samples_come_behind_their_rows_in_their_order():
    some = samples_of((0, [0.1, 0.4]), (1, [0.1, 0.5]))
    fresh = samples_of((0, [0.2, 0.3]), (1, [0.9]))
    both = some.inserted(fresh, torch.tensor([0, 0, 3]))
    assert both.angles.tolist() == [0.1, 0.2, 0.3, 0.4, 0.1, 0.5, 0.9]
    assert both.discs.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert len(joined(some, fresh, both)) == 4 + 3 + 7


def test_levels_are_shared_from_the_lower_of_both_beginnings():
    some = samples_of((0, [math.nan, math.nan]))
    some.stages[:] = torch.tensor([-1, 1])
    assert some.shared(take(some, torch.tensor([1, 0]))).tolist() == [[False, True, True]] * 2
    assert some.shared(some)[0].all()
