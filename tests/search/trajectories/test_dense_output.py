"""A step is known at every part of its time, and meets a level where it says it does."""

import pytest
import torch

import morseloss as ml
from morseloss._rows import take
from morseloss.search.trajectories.dense_output import crossings
from morseloss.search.trajectories.trajectory import Basins, GradientFlow
from tests.checks import close

LANDS = [ml.analytic.Himmelblau(), ml.analytic.SixHumpCamel(), ml.analytic.DoubleWell(3)]


def one_step(land, count=40):
    """Trajectories before and after a step that was taken."""
    none = torch.zeros(0, dtype=torch.float64)
    flow = GradientFlow(Basins(none.reshape(0, land.dim), none, none))
    starts = ml.sample_box(land, count, generator=torch.Generator().manual_seed(1))
    after = flow.init(land, starts, torch.full((count,), -1e9, dtype=torch.float64))
    for _ in range(3):
        before, after = after, flow.step(land, after)
    moved = after.values < before.values
    assert moved.sum() >= count / 2
    return take(before, moved), take(after, moved)


@pytest.mark.parametrize("land", LANDS, ids=repr)
def test_a_step_runs_from_where_it_began_to_where_it_ended(land):
    before, after = one_step(land)
    zero = torch.zeros_like(after.values)
    assert torch.equal(after.last.at(zero), before.points)
    assert torch.equal(after.last.above, before.values)
    close(after.last.at(zero + 1), after.points, 1e-14)


@pytest.mark.parametrize("land", LANDS, ids=repr)
def test_on_the_way_the_velocity_is_minus_the_gradient(land):
    _, after = one_step(land)
    for part in (0.2, 0.5, 0.8):
        at = torch.full_like(after.values, part)
        there = after.last.at(at)
        moved = (after.last.at(at + 1e-4) - after.last.at(at - 1e-4)) / 2e-4
        velocity = moved / after.last.span[:, None]
        slope = land.gradient(there)
        assert ((velocity + slope).norm(dim=-1) <= 2e-2 * slope.norm(dim=-1)).all()


@pytest.mark.parametrize("part", [1e-6, 0.3, 0.999])
@pytest.mark.parametrize("land", LANDS, ids=repr)
def test_a_crossing_lies_on_its_level_and_on_the_step(land, part):
    _, after = one_step(land)
    falls = after.last.above - after.values
    levels = after.last.above - part * falls
    found = crossings(land, after.last, after.values, levels)
    assert ((land.value(found) - levels).abs() <= 1e-8 * falls).all()
    parts = torch.linspace(0, 1, 2001, dtype=torch.float64)
    curve = torch.stack([after.last.at(torch.full_like(falls, s)) for s in parts.tolist()], 1)
    apart = (curve - found[:, None]).norm(dim=-1).amin(1)
    assert (apart <= 2e-3 * (after.points - after.last.before).norm(dim=-1)).all()


def test_a_refused_step_leaves_the_row_and_its_value():
    land = ml.analytic.Himmelblau()
    none = torch.zeros(0, dtype=torch.float64)
    flow = GradientFlow(Basins(none.reshape(0, 2), none, none), rtol=1e-14)
    start = torch.tensor([[2.0, 0.5]], dtype=torch.float64)
    before = flow.init(land, start, start[:, 0] - 1e9)
    after = flow.step(land, before)
    assert torch.equal(after.points, start)
    assert torch.equal(after.values, after.last.above)
    assert (after.times < before.times).all()
