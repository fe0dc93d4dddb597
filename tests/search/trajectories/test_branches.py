"""Both ways down from a saddle lead where a trusted integrator goes; connections are refused."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

import morseloss as ml
from morseloss.search.trajectories.branches import basins, branches, levels_below
from morseloss.search.trajectories.frame import frame
from morseloss.search.trajectories.trajectory import Basins
from tests.complexes.turned import turned
from validation.ensembles import gaussian_polynomial, wavy_polynomial

# f(x) + g(x) y^2 + y^4 with f a double well and g > 0 > g at its top and its right bottom:
# the x-axis leads from saddle to saddle
CONNECTED = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (0, 2): 1.0, (1, 2): -2.0, (0, 4): 1.0})

LANDS = [
    ml.analytic.DoubleWell(2),
    ml.analytic.SixHumpCamel(),
    ml.analytic.Himmelblau(),
    gaussian_polynomial(3, 4, torch.Generator().manual_seed(0)),
    wavy_polynomial(2, 4, torch.Generator().manual_seed(0)),
]


def found_in(land, points=None):
    points = ml.critical_points(land) if points is None else points
    whole = frame(land, points)
    return whole, branches(land, whole)


def integrated(land, start, time=30.0):
    def slope(_, x):
        return -land.gradient(torch.tensor(x)[None])[0].numpy()

    def settled(t, x):
        return np.abs(slope(t, x)).max() - 1e-4 * (t > 1e-3)

    settled.terminal = True
    run = solve_ivp(slope, (0, time), start.numpy(), method="LSODA", rtol=1e-8, events=settled)
    return torch.tensor(run.y[:, -1])


@pytest.mark.parametrize("land", LANDS[1:], ids=lambda land: f"{land!r:.30}")
def test_branches_end_where_lsoda_ends(land):
    whole, found = found_in(land)
    minima = whole.of_index(0)
    for row, target in enumerate(found.targets.tolist()):
        saddle, side = int(found.sources[row // 2]), 2 * (row % 2) - 1
        start = whole.points[saddle] + side * 1e-4 * whole.modes[saddle, :, 0]
        end = integrated(land, start)
        nearest = minima[(whole.points[minima] - end).norm(dim=-1).argmin()]
        assert target == int(nearest)


@pytest.mark.parametrize("land", LANDS, ids=lambda land: f"{land!r:.30}")
def test_lines_fall_from_saddle_to_minimum_on_their_side(land):
    whole, found = found_in(land)
    assert len(found.lines) == 2 * len(found.sources) == len(found.targets)
    for row, line in enumerate(found.lines):
        saddle = int(found.sources[row // 2])
        assert torch.equal(line[0], whole.points[saddle])
        assert torch.equal(line[-1], whole.points[found.targets[row]])
        assert (land.value(line).diff() < 0).all()
        along = float((line[1] - line[0]) @ whole.modes[saddle, :, 0])
        assert along * (2 * (row % 2) - 1) > 0
        assert found.tops[row] < whole.values[saddle]


def test_crossings_lie_on_the_levels_of_the_lower_saddles():
    land = ml.analytic.SixHumpCamel()
    whole, found = found_in(land)
    saddles, _ = levels_below(whole, found.sources)
    there = found.crossings.isfinite().all(-1)
    assert there.any()
    wanted = whole.values[saddles].expand_as(there)[there]
    torch.testing.assert_close(land.value(found.crossings[there]), wanted, rtol=1e-7, atol=1e-7)
    lower = (wanted < whole.values[found.sources].repeat_interleave(2)[there.nonzero()[:, 0]]).all()
    assert lower


def test_levels_are_those_of_points_of_index_one_and_more_highest_first():
    whole, _ = found_in(ml.analytic.DoubleWell(2))
    top, saddle = int(whole.of_index(2)), int(whole.of_index(1)[0])
    saddles, levels = levels_below(whole, torch.tensor([top, saddle]))
    assert saddles[0] == top
    assert (whole.values[saddles].diff() < 0).all()
    assert levels[0].isnan().tolist() == [True, False, False, False, False]
    assert levels[1].isnan().all()  # the lowest saddle is above all levels


def test_a_basin_is_as_deep_as_the_lowest_saddle_above_its_minimum():
    whole, _ = found_in(ml.analytic.DoubleWell(1))
    found = basins(whole)
    assert isinstance(found, Basins)
    assert found.depths.tolist() == [whole.values.max().item()] * 2
    bowl, _ = found_in(ml.Polynomial({2: 1.0}))
    assert basins(bowl).depths.tolist() == [torch.inf]


def test_a_bowl_has_no_branches():
    whole, found = found_in(ml.Polynomial({(2, 0): 1.0, (0, 2): 2.0}))
    assert len(whole) == 1
    assert (len(found.sources), len(found.targets), found.lines) == (0, 0, ())
    assert found.crossings.shape == (0, 0, 2)


def test_branches_upside_down_lead_to_maxima_or_to_infinity():
    land = ml.analytic.Himmelblau()
    whole = frame(land, ml.critical_points(land)).dual()
    found = branches(ml.Negated(land), whole)
    top = int(whole.of_index(0))
    assert sorted(found.targets.reshape(-1, 2).tolist()) == [[-1, top]] * 2 + [[top, -1]] * 2
    for line, target in zip(found.lines, found.targets.tolist(), strict=True):
        assert (land.value(line).diff() > 0).all()
        assert target >= 0 or land.value(line[-1:]) > land.critical_points.values.max()


def test_branches_to_infinity_cross_the_levels_on_their_way():
    """Also where there is no maximum at all, whose value could end them."""
    land = gaussian_polynomial(2, 4, torch.Generator().manual_seed(1000))
    whole = frame(land, ml.critical_points(land)).dual()
    assert not len(whole.of_index(0))
    found = branches(ml.Negated(land), whole)
    _, levels = levels_below(whole, found.sources.repeat_interleave(2))
    assert (found.targets == -1).all()
    assert torch.equal(found.crossings.isfinite().all(-1), levels.isfinite())
    assert levels.isfinite().any()


@pytest.mark.parametrize("turn", [0.0, 0.4])
def test_a_saddle_connection_is_refused_by_name(turn):
    """Also off the axes, where rounding lets the trajectory pass the saddle."""
    c, s = math.cos(turn), math.sin(turn)
    matrix = torch.tensor([[c, -s], [s, c]], dtype=torch.float64)
    land = turned(CONNECTED, matrix)
    points = ml.merge(ml.classify(land, ml.critical_points(CONNECTED).points @ matrix))
    lower, upper = (points.indices == 1).nonzero().flatten().tolist()
    message = (
        rf"not Morse-Smale: saddle connection from point {upper} \(value .*\) to point {lower}"
    )
    with pytest.raises(ml.SearchError, match=message + r" \(value -1\).*use `perturb\("):
        found_in(land, points)


def test_a_pass_close_to_a_saddle_is_looked_at_again_and_goes_through():
    """A tilt of 1e-5 breaks the connection: the branch passes the saddle at less than 1e-2."""
    land = ml.Polynomial(CONNECTED.terms | {(0, 1): 1e-5})
    whole, found = found_in(land)
    assert (found.targets >= 0).all()
    saddles, _ = levels_below(whole, found.sources)
    way = (found.crossings - whole.points[saddles]).norm(dim=-1) / whole.radii[saddles]
    assert way.nan_to_num(nan=9).min() < 2e-2


def test_a_missing_minimum_is_said():
    land = ml.analytic.DoubleWell(2)
    points = ml.critical_points(land)
    fewer = points.take((torch.arange(9) != 1).nonzero().flatten())
    message = r"from point \d \(value .* came to rest at \(0\.987\d*, -1\.024\d*\), .* is missing"
    with pytest.raises(ml.SearchError, match=message):
        found_in(land, fewer)


def test_a_missing_lowest_minimum_lets_branches_fall_below_all():
    land = ml.analytic.DoubleWell(1)
    points = ml.critical_points(land)
    _, found = found_in(land, points.take(torch.tensor([1, 2])))
    assert sorted(found.targets.tolist()) == [-1, 0]
