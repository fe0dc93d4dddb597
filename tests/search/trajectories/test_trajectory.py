"""Trajectories are those of a trusted integrator, and cross levels where they should."""

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

import morseloss as ml
from morseloss.search.trajectories.branches import basins
from morseloss.search.trajectories.frame import frame
from morseloss.search.trajectories.trajectory import Basins, GradientFlow, follow

LANDS = [ml.analytic.Himmelblau(), ml.analytic.MuellerBrown(), ml.analytic.DoubleWell(3)]


def no_basins(dim):
    none = torch.zeros(0, dtype=torch.float64)
    return Basins(torch.zeros(0, dim, dtype=torch.float64), none, none)


def starts_of(land, count=8):
    return ml.sample_box(land, count, generator=torch.Generator().manual_seed(3))


def falling(land, parts, count=8):
    """Starts, and levels at parts of their way down to the lowest minimum."""
    starts = starts_of(land, count)
    lowest = land.critical_points.values.min()
    tops = land.value(starts)
    return starts, lowest + (tops - lowest)[:, None] * torch.tensor(parts, dtype=torch.float64)


def flow_of(land, **changes):
    return GradientFlow(basins(frame(land, land.critical_points)), **changes)


def referee(land, start, level, time=3.0):
    """Where DOP853 crosses the level; where it is at the end of time."""

    def slope(_, x):
        return -land.gradient(torch.tensor(x)[None])[0].numpy()

    def above(_, x):
        return float(land.value(torch.tensor(x)[None])) - level

    above.terminal, above.direction = True, -1
    with np.errstate(invalid="ignore"):  # of steps that it refuses
        run = solve_ivp(
            slope, (0, time), start.numpy(), method="DOP853", rtol=1e-11, atol=1e-11, events=above
        )
    crossed = len(run.y_events[0]) > 0
    return (run.y_events[0][0] if crossed else None), run.y[:, -1]


def below_all(land, rows):
    return torch.full((rows,), -1e9, dtype=torch.float64)


@pytest.mark.parametrize("land", LANDS, ids=repr)
def test_levels_are_crossed_where_dop853_crosses_them(land):
    starts, levels = falling(land, [0.9, 0.3, 0.05], count=5)
    run = follow(land, flow_of(land), starts, levels, below_all(land, 5))
    assert (run.status == ml.Status.CONVERGED).all()
    scale = float((land.box[1] - land.box[0]).max())
    compared = 0
    for row, column in run.crossings.isfinite().all(-1).nonzero().tolist():
        wanted, _ = referee(land, starts[row], float(levels[row, column]))
        found = run.crossings[row, column].numpy()
        assert np.abs(found - wanted).max() < 1e-4 * scale
        compared += 1
    assert compared >= 8


@pytest.mark.parametrize("land", LANDS, ids=repr)
def test_crossings_lie_on_their_levels(land):
    starts, levels = falling(land, [0.99, 0.7, 0.5, 0.3, 0.1], count=40)
    run = follow(land, flow_of(land), starts, levels, below_all(land, 40))
    there = run.crossings.isfinite().all(-1)
    assert there.sum() > 100
    falls = (land.value(starts)[:, None] - levels)[there]
    off = land.value(run.crossings[there]) - levels[there]
    assert (off.abs() <= 1e-6 * falls).all()


@pytest.mark.parametrize("land", LANDS[:1], ids=repr)
def test_the_basin_is_the_one_in_which_dop853_ends(land):
    starts = starts_of(land, 5)
    run = follow(land, flow_of(land), starts, starts[:, :0], below_all(land, 5))
    minima = land.critical_points.of_index(0).points
    for row, basin in enumerate(run.basins.tolist()):
        _, end = referee(land, starts[row], -1e9)
        assert np.abs(end - minima[basin].numpy()).max() < 1e-3


def test_the_error_falls_with_the_fourth_power_of_the_step():
    land = ml.analytic.Himmelblau()
    starts, levels = falling(land, [0.3])
    exact = [referee(land, x, float(y))[0] for x, y in zip(starts, levels, strict=True)]
    errors, steps = [], []
    for rtol in (1e-3, 1e-5, 1e-7):
        flow = GradientFlow(no_basins(2), rtol=rtol)
        run = follow(land, flow, starts, levels, levels[:, 0])
        errors.append(np.abs(run.crossings[:, 0].numpy() - np.array(exact)).max())
        steps.append(len(run.steps))
    order = np.log(errors[0] / errors[1]) / np.log(steps[1] / steps[0])
    assert order > 3
    assert errors[0] > 10 * errors[1] > 100 * errors[2]


def test_a_quadratic_landscape_is_followed_exactly_however_stiff():
    land = ml.Polynomial({(2, 0): 0.5, (0, 2): 5e5})
    start = torch.tensor([[1.0, 1.0]], dtype=torch.float64)
    level = torch.tensor([[0.125]], dtype=torch.float64)  # y has died away long before
    run = follow(land, GradientFlow(no_basins(2)), start, level, level[:, 0])
    torch.testing.assert_close(
        run.crossings[0], torch.tensor([[0.5, 0.0]]).double(), atol=1e-7, rtol=0
    )
    assert len(run.steps) < 20


def test_a_stay_near_a_saddle_costs_few_steps():
    land = ml.Polynomial({(2, 0): -0.5, (0, 2): 0.5, (4, 0): 0.25})
    start = torch.tensor([[1e-12, 1.0]], dtype=torch.float64)
    run = follow(land, GradientFlow(no_basins(2)), start, start[:, :0], start[:, 0] - 0.2)
    assert run.status.tolist() == [ml.Status.CONVERGED]
    assert len(run.steps) < 40
    assert run.line(0)[-1, 0] > 0.5


def test_a_trajectory_ends_below_its_floor():
    land = ml.Polynomial({2: -0.5})  # to infinity
    starts = torch.tensor([[1.0], [0.1]], dtype=torch.float64)
    levels = torch.tensor([[-2.0, -0.1], [-2.0, -0.1]], dtype=torch.float64)
    floors = torch.tensor([-10.0, -1.0], dtype=torch.float64)
    run = follow(land, GradientFlow(no_basins(1)), starts, levels, floors)
    assert run.status.tolist() == [ml.Status.CONVERGED] * 2
    assert run.basins.tolist() == [-1, -1]
    assert run.crossings[0, 0].item() == pytest.approx(2.0)
    assert run.crossings[0, 1].isnan().all()  # it began below
    assert run.crossings[1, 1].item() == pytest.approx(0.2**0.5)
    assert land.value(run.line(0)[-1:]) < -10.0


def test_levels_above_the_start_and_levels_of_nan_are_not_crossed():
    land = ml.analytic.Himmelblau()
    start = starts_of(land, 1)
    above = land.value(start)[:, None] + 1.0
    levels = torch.cat([above, torch.full_like(above, torch.nan)], dim=1)
    run = follow(land, flow_of(land), start, levels, below_all(land, 1))
    assert run.crossings.isnan().all()


def test_at_a_critical_point_nothing_moves():
    land = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (0, 2): 1.0})
    start = torch.zeros(1, 2, dtype=torch.float64)
    run = follow(land, GradientFlow(no_basins(2)), start, start[:, :1] - 0.5, start[:, 0] - 9)
    assert run.status.tolist() == [ml.Status.STALLED]
    assert run.crossings.isnan().all()
    assert torch.equal(run.line(0), start)


def test_a_trajectory_that_runs_into_a_saddle_stalls_there():
    land = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (0, 2): 1.0})  # down the y-axis, exactly
    start = torch.tensor([[0.0, 2.0]], dtype=torch.float64)
    run = follow(land, GradientFlow(no_basins(2)), start, start[:, :0], start[:, 0] - 99)
    assert run.status.tolist() == [ml.Status.STALLED]
    assert run.line(0)[-1].abs().max() < 1e-6


def test_too_few_steps_leave_it_running():
    land = ml.analytic.Himmelblau()
    starts = starts_of(land, 2)
    run = follow(land, flow_of(land), starts, starts[:, :0], below_all(land, 2), max_steps=2)
    assert run.status.tolist() == [ml.Status.RUNNING] * 2
    assert run.basins.tolist() == [-1, -1]


def test_a_wall_of_nan_is_approached_and_not_crossed():
    land = ml.Function(lambda x: x[:, 0] ** 2 + x[:, 0] + 0 * torch.sqrt(x[:, 0]), dim=1)
    start = torch.ones(1, 1, dtype=torch.float64)
    flow, levels = GradientFlow(no_basins(1)), start[:, :0]
    run = follow(land, flow, start, levels, start[:, 0] - 9, max_steps=16)
    assert run.status.tolist() != [ml.Status.CONVERGED]
    assert 0 < run.line(0)[-1].item() < 1e-2


def test_a_line_falls_from_its_start_and_repeats_no_place():
    land = ml.analytic.Himmelblau()
    starts = starts_of(land)
    run = follow(land, flow_of(land), starts, starts[:, :0], below_all(land, 8))
    for row in range(8):
        line = run.line(row)
        assert torch.equal(line[0], starts[row])
        assert (land.value(line).diff() < 0).all()
    assert len(run.steps) > len(run.line(0)) > 2


def test_rows_do_not_talk_to_each_other():
    land = ml.analytic.Himmelblau()
    starts, levels = falling(land, [0.5])
    together = follow(land, flow_of(land), starts, levels, below_all(land, 8))
    alone = follow(land, flow_of(land), starts[2:3], levels[2:3], below_all(land, 1))
    torch.testing.assert_close(alone.crossings[0], together.crossings[2], rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(alone.line(0), together.line(2), rtol=1e-9, atol=1e-9)


def test_a_basin_holds_what_is_near_and_deep():
    some = Basins(
        torch.tensor([[0.0, 0.0], [3.0, 0.0]], dtype=torch.float64),
        torch.tensor([1.0, 0.5], dtype=torch.float64),
        torch.tensor([2.0, 2.0], dtype=torch.float64),
    )
    points = torch.tensor([[0.9, 0.0], [0.9, 0.0], [1.5, 0.0], [3.0, 0.4]], dtype=torch.float64)
    values = torch.tensor([1.0, 2.5, 1.0, 1.0], dtype=torch.float64)
    assert some.holding(points, values).tolist() == [0, -1, -1, 1]
    assert no_basins(2).holding(points, values).tolist() == [-1] * 4
