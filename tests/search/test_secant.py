import pytest
import torch

import morseloss as ml
from morseloss.landscapes.critical import match
from morseloss.search.dynamics import SaddleDynamics
from morseloss.search.flow import descend
from morseloss.search.secant import Wells
from tests.checks import CATALOGUE


def wells_of(land, minima):
    return Wells(minima.points, minima.values, land.hessian(minima.points))


@pytest.mark.parametrize("land", CATALOGUE, ids=repr)
def test_descents_by_gradients_end_where_those_by_hessians_do(land):
    minima, saddles = (land.critical_points.of_index(k) for k in (0, 1))
    closely = descend(land, saddles, solver=SaddleDynamics(index=0, rtol=0.01))
    cheaply = descend(land, saddles, wells=wells_of(land, minima))
    feet = match(cheaply.state.points, minima.points)
    assert feet.tolist() == match(closely.state.points, minima.points).tolist()
    assert cheaply.wells.tolist() == feet.tolist()
    for line, foot in zip(cheaply.lines, feet.tolist(), strict=True):
        torch.testing.assert_close(line[-1], minima.points[foot])
        assert (land.value(line).diff() <= 1e-12 * (1 + land.value(line).abs().max())).all()


def test_a_descent_into_a_known_well_costs_a_third_of_one_by_hessians():
    land = ml.analytic.Rastrigin(dim=2, wells=3)
    minima, saddles = (land.critical_points.of_index(k) for k in (0, 1))
    counts = []
    for wells in (None, wells_of(land, minima)):
        counted = ml.Counted(land)
        descend(counted, saddles, wells=wells)
        counts.append(counted.gradients + counted.products)
    assert counts[1] < counts[0] / 3
    assert counts[1] < 55 * len(saddles)


def test_a_descent_into_an_unknown_well_is_followed_to_its_minimum():
    land = ml.analytic.Himmelblau()
    minima, saddles = (land.critical_points.of_index(k) for k in (0, 1))
    some = minima.take(torch.tensor([0]))
    found = descend(land, saddles, wells=wells_of(land, some))
    whole = descend(land, saddles)
    torch.testing.assert_close(found.state.points, whole.state.points, rtol=0, atol=1e-8)
    known = match(whole.state.points, some.points)
    assert found.wells.tolist() == known.tolist()
    assert (known < 0).any() and (known >= 0).any()


def test_a_well_holds_what_its_own_quadratic_explains():
    land = ml.analytic.DoubleWell(1, tilt=(0.0,))
    well = wells_of(land, land.critical_points.of_index(0).take(torch.tensor([1])))
    points = well.points + torch.tensor([[0.01], [-0.3], [-0.999], [-1.7]])
    rows, part = well.holding(points, land.gradient(points))
    assert rows.tolist() == [0, 0, 0, 0]
    assert part[0] < 0.02
    assert part[1] == pytest.approx(0.405, abs=1e-7)  # 4 x (x^2 - 1) against 8 (x - 1), at 0.7
    assert (part[2:] > 0.9).all()


def test_no_descent_arrives_in_a_degenerate_well():
    land = ml.Polynomial({4: 1.0})
    point = torch.zeros(1, 1, dtype=torch.float64)
    well = Wells(point, land.value(point), land.hessian(point))
    beside = torch.full((1, 1), 0.1, dtype=torch.float64)
    assert well.holding(beside, land.gradient(beside))[1].tolist() == [float("inf")]
