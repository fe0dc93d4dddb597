import pytest
import torch

import morseloss as ml
from morseloss.networks import ModeNewton
from morseloss.networks.passes.mode_newton import shifted
from morseloss.search.iterate import iterate
from morseloss.status import Status


def model(curvatures, slopes, moves):
    return (slopes * moves + curvatures * moves**2 / 2).sum(-1)


def test_a_step_is_the_lowest_point_of_its_model_in_the_ball():
    draws = torch.manual_seed(0)
    curvatures = torch.randn(20, 5, dtype=torch.float64, generator=draws).sort(1).values
    slopes = torch.randn(20, 5, dtype=torch.float64, generator=draws)
    radii = torch.rand(20, dtype=torch.float64, generator=draws) + 0.1
    moves, _ = shifted(curvatures, slopes, radii)
    assert bool((moves.norm(dim=1) <= radii * (1 + 1e-9)).all())
    others = torch.randn(2000, 20, 5, dtype=torch.float64, generator=draws)
    lengths = torch.rand(2000, 20, 1, dtype=torch.float64, generator=draws) ** 0.2
    others = others / others.norm(dim=2, keepdim=True) * radii[:, None] * lengths
    assert bool((model(curvatures, slopes, others) >= model(curvatures, slopes, moves)).all())


def test_newtons_step_is_taken_where_it_fits():
    curvatures, slopes = torch.tensor([[1.0, 2.0]]).double(), torch.tensor([[0.1, -0.4]]).double()
    moves, shifts = shifted(curvatures, slopes, torch.ones(1).double())
    assert torch.allclose(moves, torch.tensor([[-0.1, 0.2]]).double())
    assert shifts.tolist() == [0.0]


def test_without_a_slope_along_the_lowest_mode_the_step_is_filled_up_along_it():
    curvatures, slopes = torch.tensor([[-1.0, 1.0]]).double(), torch.tensor([[0.0, 0.1]]).double()
    moves, _ = shifted(curvatures, slopes, torch.ones(1).double())
    assert moves[0, 1] == pytest.approx(-0.05)
    assert float(moves.norm()) == pytest.approx(1.0)


@pytest.mark.parametrize("index", [0, 1])
def test_it_arrives_at_known_critical_points_of_its_index(index):
    land = ml.analytic.SixHumpCamel()
    starts = ml.sample_box(land, 40, generator=torch.Generator().manual_seed(1))
    solver = ModeNewton(index=index)
    state = iterate(solver, land, solver.init(land, starts), max_steps=100, every=1)
    there = state.status == Status.CONVERGED
    known = land.critical_points.of_index(index).points
    assert int(there.sum()) >= 20
    assert float(torch.cdist(state.points[there], known).min(1).values.max()) < 1e-6
    assert float(state.gradients[there].norm(dim=1).max()) <= solver.gtol


def test_a_search_for_minima_never_rises():
    land = ml.analytic.SixHumpCamel()
    starts = ml.sample_box(land, 20, generator=torch.Generator().manual_seed(2))
    solver = ModeNewton(index=0)
    state, values = solver.init(land, starts), [land.value(starts)]
    for _ in range(15):
        state = solver.step(land, state)
        values.append(state.values)
    assert float(torch.stack(values).diff(dim=0).max()) <= 1e-13


def test_the_way_decides_which_side_is_climbed():
    land = ml.analytic.DoubleWell(1, tilt=(0.0,))
    both = torch.tensor([[-0.9], [0.9]], dtype=torch.float64)
    solver = ModeNewton()
    state = solver.init(land, both, torch.tensor([[1.0], [-1.0]], dtype=torch.float64))
    state = iterate(solver, land, state, max_steps=50, every=1)
    assert state.points.abs().max() < 1e-9


@pytest.mark.parametrize("wrong", [{"index": 2}, {"gtol": 0.0}, {"radius": 2.0, "largest": 1.0}])
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="must be 0 or 1"):
        ModeNewton(**wrong)
