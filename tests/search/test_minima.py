import math

import pytest
import torch

import morseloss as ml
from tests.checks import CATALOGUE


@pytest.mark.parametrize("landscape", CATALOGUE, ids=repr)
def test_all_minima_of_the_catalogue_are_found_at_round_off(landscape, generator):
    starts = ml.sample_box(landscape, 512, generator=generator)
    minima = ml.find_minima(landscape, starts)
    exact = landscape.critical_points.of_index(0)
    assert len(minima) == len(exact)
    assert minima.residuals.max() <= 1e-11 * (1 + minima.eigenvalues.abs().max())
    torch.testing.assert_close(minima.values, exact.values, rtol=1e-12, atol=1e-12)
    lost = minima.origins.status[minima.origins.rows < 0]
    assert (lost == ml.Status.OUTSIDE).all()
    assert len(lost) < 0.02 * len(starts)


def test_the_same_seed_gives_the_same_bits():
    def found():
        land = ml.analytic.SixHumpCamel()
        starts = ml.sample_box(land, 64, generator=torch.Generator().manual_seed(5))
        return ml.find_minima(land, starts)

    first, second = found(), found()
    assert torch.equal(first.points, second.points)
    assert torch.equal(first.origins.rows, second.origins.rows)


def test_a_degenerate_minimum_is_marked():
    starts = torch.linspace(-2, 2, 8, dtype=torch.float64)[:, None]
    minima = ml.find_minima(ml.Polynomial({4: 1.0}), starts)
    assert minima.indices.tolist() == [-1]
    assert minima.points.abs().max() < 1e-3


def test_runaway_rows_are_named_and_what_was_found_is_kept():
    cubic = ml.Polynomial({3: 1.0, 1: -3.0})
    starts = torch.tensor([[0.5], [1.5], [-3.0]], dtype=torch.float64)
    with pytest.raises(ml.SearchError, match=r"no global minimum: starts in rows 2 ran away") as e:
        ml.find_minima(cubic, starts)
    assert e.value.found.points.tolist() == [[1.0]]
    assert e.value.found.origins.status.tolist() == [
        ml.Status.CONVERGED,
        ml.Status.CONVERGED,
        ml.Status.DIVERGED,
    ]


def test_a_landscape_without_any_minimum_says_so():
    with pytest.raises(ml.SearchError, match="no global minimum"):
        ml.find_minima(ml.Polynomial({1: 1.0}), torch.zeros(3, 1, dtype=torch.float64))


KINKED = {
    "cone": lambda x: x.abs().sum(-1),
    "sum of ReLUs": lambda x: (
        (torch.relu(x - 0.1) + 2 * torch.relu(-x - 0.2)).sum(-1) + x.abs().sum(-1)
    ),
    "steepest of planes": lambda x: torch.stack([x[:, 0], x[:, 1], -x.sum(-1)], -1).amax(-1),
    "slope and shelf": lambda x: torch.relu(x).sum(-1),
}


@pytest.mark.parametrize("boxed", [False, True])
@pytest.mark.parametrize("name", KINKED)
def test_a_kink_is_no_lack_of_a_global_minimum(name, boxed, generator):
    """Where there is no curvature a step could be of any length: none leads where nobody looked."""
    box = torch.tensor([[-2.0, -2.0], [2.0, 2.0]], dtype=torch.float64)
    land = ml.Function(KINKED[name], dim=2, box=box if boxed else None)
    starts = 0.3 + torch.rand(16, 2, generator=generator, dtype=torch.float64)
    with pytest.raises(ml.SearchError, match=r"16 stalled.*look for a kink") as error:
        ml.find_minima(land, starts)
    assert error.value.found.origins.points.abs().max() < 10


def test_the_bottom_of_straight_slopes_is_found(generator):
    """Parabolas with straight arms, on which the Hessian vanishes."""
    land = ml.Function(
        lambda x: torch.where(x.abs() < 0.1, 5 * x**2, x.abs() - 0.05).sum(-1), dim=2
    )
    minima = ml.find_minima(land, torch.randn(16, 2, generator=generator, dtype=torch.float64))
    assert minima.indices.tolist() == [0]
    assert (minima.origins.status == ml.Status.CONVERGED).all()


@pytest.mark.parametrize("fall", [lambda x: x, lambda x: -torch.log1p(x.abs()), lambda x: -(x**4)])
def test_a_fall_that_was_seen_is_said(fall, generator):
    land = ml.Function(lambda x: fall(x).sum(-1), dim=2)
    starts = torch.randn(16, 2, generator=generator, dtype=torch.float64)
    with pytest.raises(
        ml.SearchError, match=r"no global minimum: .* down to -.*no minimum was"
    ) as e:
        ml.find_minima(land, starts)
    ends = land.value(e.value.found.origins.points)
    assert (ends.isfinite() & (ends < land.value(starts))).all()


def test_values_that_overflow_far_out_are_no_fall(generator):
    land = ml.Function(lambda x: torch.exp(x**2).sum(-1), dim=2)
    starts = torch.randn(16, 2, generator=generator, dtype=torch.float64)
    starts[3] = 30.0
    minima = ml.find_minima(land, starts)
    assert minima.indices.tolist() == [0]
    assert (minima.origins.status == ml.Status.NONFINITE).nonzero().flatten().tolist() == [3]


def test_running_out_of_steps_is_said():
    land = ml.analytic.Himmelblau()
    starts = torch.tensor([[4.0, -4.0]], dtype=torch.float64)
    with pytest.raises(ml.SearchError, match=r"1 running.*raise `max_steps`"):
        ml.find_minima(land, starts, max_steps=2)


def test_a_start_on_a_ridge_keeps_its_status():
    land = ml.analytic.DoubleWell(1, tilt=(0.0,))
    starts = torch.tensor([[0.0], [0.3]], dtype=torch.float64)
    minima = ml.find_minima(land, starts)
    assert minima.origins.status.tolist() == [ml.Status.WRONG_INDEX, ml.Status.CONVERGED]
    assert minima.origins.rows.tolist() == [-1, 0]


@pytest.mark.parametrize("dim", [1, 4])
def test_a_start_with_a_gradient_that_is_not_finite_costs_only_its_row(dim):
    land = ml.Function(lambda x: (x**2 + torch.sqrt(5.0 - x)).sum(-1), dim=dim)
    starts = torch.ones(2, dim, dtype=torch.float64) * torch.tensor([[1.0], [6.0]])
    minima = ml.find_minima(land, starts)
    assert minima.origins.status.tolist() == [ml.Status.CONVERGED, ml.Status.NONFINITE]
    assert "1 nonfinite" in repr(minima.origins)
    bad = ml.classify(land, starts[1:])
    assert (bad.status.tolist(), bad.indices.tolist()) == ([ml.Status.NONFINITE], [-1])


def test_a_wall_of_nan_midway_keeps_the_last_good_point():
    def walled(x):
        return torch.where(x[:, 0] < 0, torch.nan, x[:, 0])

    land = ml.Function(walled, dim=1, box=torch.tensor([[0.1], [9.0]]))
    starts = torch.tensor([[1.0]], dtype=torch.float64)
    with pytest.raises(ml.SearchError) as error:
        ml.find_minima(land, starts)
    assert error.value.found.origins.points.isfinite().all()


def test_minima_outside_the_box_of_starts_are_counted(generator):
    himmelblau = ml.analytic.Himmelblau()
    corner = torch.tensor([[-1.0, -1.0], [1.0, 1.0]])
    land = ml.Function(himmelblau.value, dim=2, box=corner)
    minima = ml.find_minima(land, ml.sample_box(land, 64, generator=generator))
    assert len(minima) == 4


def test_minima_outside_the_domain_are_not_counted(generator):
    land = ml.analytic.Himmelblau()
    quadrant = ml.OnBox(land, torch.tensor([[0.0, 0.0], [5.0, 5.0]]))
    minima = ml.find_minima(quadrant, ml.sample_box(land, 64, generator=generator))
    inside = ((minima.points > 0) & (minima.points < 5)).all(-1)
    assert int(inside.sum()) == 1  # others are on walls, if a start leads there
    assert ((minima.points >= 0) & (minima.points <= 5)).all()
    assert (minima.origins.status == ml.Status.OUTSIDE).any()


def test_a_start_that_runs_away_from_a_landscape_ends_on_the_wall_of_a_box():
    """On the box there is a global minimum, on a wall: no word of a landscape without one."""
    cubic = ml.OnBox(ml.Polynomial({3: 1.0, 1: -3.0}), torch.tensor([[-3.0], [3.0]]))
    starts = torch.tensor([[0.5], [-2.0]], dtype=torch.float64)
    minima = ml.find_minima(cubic, starts)
    assert minima.origins.status.tolist() == [ml.Status.CONVERGED, ml.Status.CONVERGED]
    assert minima.points[:, 0].tolist() == [-3.0, 1.0]
    bars = ml.barcode(ml.build_graph(cubic, minima))
    assert bars.births.tolist() == [-18.0, -2.0]
    assert bars.deaths.tolist() == [float("inf"), 2.0]
    with pytest.raises(ml.SearchError, match=r"none of 1 starts .*1 outside.*enlarge the box"):
        ml.find_minima(cubic, starts[1:] - 2)


def test_a_solver_of_another_index_is_refused():
    starts = torch.zeros(1, 1, dtype=torch.float64)
    with pytest.raises(ValueError, match="find_saddles"):
        ml.find_minima(ml.analytic.DoubleWell(1), starts, solver=ml.SaddleDynamics(index=1))


def test_float32_starts_are_searched_in_float64(generator):
    land = ml.analytic.Himmelblau()
    starts = ml.sample_box(land, 64, generator=generator).float()
    minima = ml.find_minima(land, starts)
    assert minima.points.dtype == minima.eigenvalues.dtype == torch.float64
    assert len(minima) == 4
    assert minima.residuals.max() < 1e-11


def test_a_flat_direction_is_seen_from_float32_starts(generator):
    """In float32 the descents stop where `12 y^2` looks like a curvature."""
    land = ml.Function(lambda x: x[:, 0] ** 4 + x[:, 1] ** 4 - x[:, 0] ** 2, dim=2)
    starts = torch.randn(16, 2, generator=generator)
    minima = ml.find_minima(land, starts)
    assert minima.indices.tolist() == [-1, -1]
    saddles = ml.find_saddles(land, starts)
    assert (saddles.indices == -1).all()
    with pytest.warns(UserWarning, match="incomplete"):
        everything = ml.critical_points(land, starts)
    assert (everything.indices == -1).all()


def test_progress_hears_of_every_look():
    heard = []
    ml.find_minima(
        ml.analytic.DoubleWell(1),
        torch.tensor([[0.5], [-2.0]], dtype=torch.float64),
        progress=lambda *counts: heard.append(counts),
    )
    assert heard[0] == (0, 2, 2)
    assert heard[-1][1] == 0


class Interrupted(ml.analytic.Himmelblau):
    """Somebody presses the keys at the sixth look at the landscape."""

    calls = 0

    def _look(self):
        self.calls += 1
        if self.calls == 6:
            raise KeyboardInterrupt

    def jet(self, points):
        self._look()
        return super().jet(points)

    def gradient(self, points):
        self._look()
        return super().gradient(points)


def test_an_interrupt_keeps_the_rows_where_they_are():
    starts = torch.tensor([[4.0, -4.0], [-4.0, 4.0]], dtype=torch.float64)
    with pytest.raises(ml.Interrupted, match="interrupted; `found` holds") as stop:
        ml.find_minima(Interrupted(), starts)
    origins = stop.value.found.origins
    assert origins.status.tolist() == [ml.Status.RUNNING] * 2
    assert not torch.equal(origins.points, starts)


def test_an_interrupt_keeps_the_paths_as_they_are():
    minima = ml.analytic.Himmelblau().critical_points.of_index(0).points
    with pytest.raises(ml.Interrupted) as stop:
        ml.find_paths(Interrupted(), minima[:2], minima[2:], ml.GradientPath(learning_rate=1e-3))
    assert len(stop.value.found) == 2
    assert isinstance(stop.value.found, ml.Paths)


def test_a_steep_slope_is_no_round_off_however_steep_the_start_was(generator):
    """Curvature falls from 1e40 to 4 on the way to the one minimum."""
    land = ml.Function(lambda x: (torch.exp(x**2) + x**2).sum(-1), dim=1)
    starts = 3 * torch.randn(64, 1, generator=generator, dtype=torch.float64)
    found = ml.find_minima(land, starts)
    assert len(found) == 1
    torch.testing.assert_close(found.points, torch.zeros(1, 1, dtype=torch.float64))
    assert found.residuals.max() < 1e-12


def test_a_search_from_a_steep_wall_ends_at_the_minimum_and_nowhere_before(generator):
    """The forces between two atoms: curvature 1e20 near the wall, 57 in the well."""
    pair = ml.Function(lambda r: 4 * (r[:, 0] ** -12 - r[:, 0] ** -6), dim=1)
    starts = torch.linspace(0.05, 1.4, 64, dtype=torch.float64)[:, None]
    found = ml.find_minima(pair, starts)
    assert len(found) == 1
    assert float(found.points) == pytest.approx(2 ** (1 / 6), abs=1e-12)
    assert found.residuals.max() < 1e-10


@pytest.mark.parametrize("wall", [0.03, 0.06, 0.1, 0.3])
def test_a_start_on_a_steep_wall_alone_does_not_make_the_well_look_flat(wall):
    pair = ml.Function(lambda r: 4 * (r[:, 0] ** -12 - r[:, 0] ** -6), dim=1)
    found = ml.find_minima(pair, torch.tensor([[wall]], dtype=torch.float64))
    assert found.indices.tolist() == [0]
    assert float(found.points) == pytest.approx(2 ** (1 / 6), abs=1e-12)
    assert float(found.eigenvalues) == pytest.approx(36 * 2 ** (2 / 3), rel=1e-9)


@pytest.mark.parametrize(("power", "place", "near"), [(4, 5, 1e-3), (6, 1, 1e-2), (6, 5, 1e-1)])
def test_a_flat_minimum_is_found_where_terms_of_the_slope_cancel(power, place, near, generator):
    """Expanded, `(x - a)^m` has slopes that are all round-off before its bottom is reached."""
    coefficients = {
        k: math.comb(power, k) * (-float(place)) ** (power - k) for k in range(power + 1)
    }
    starts = place + (1 + place) * torch.randn(16, 1, generator=generator, dtype=torch.float64)
    minima = ml.find_minima(ml.Polynomial(coefficients), starts)
    assert (minima.indices == -1).all()
    assert (minima.points - place).abs().max() < near
    assert (minima.origins.rows >= 0).sum() >= 8


@pytest.mark.parametrize("size", [1.0, 100.0, 1e3])
def test_flat_minima_are_marked_from_however_far_the_starts_were(size, generator):
    land = ml.Function(lambda x: x[:, 0] ** 4 + x[:, 1] ** 4 - x[:, 0] ** 2, dim=2)
    starts = size * torch.randn(16, 2, generator=generator, dtype=torch.float64)
    minima = ml.find_minima(land, starts)
    assert minima.indices.tolist() == [-1, -1]
    wells = torch.tensor([[-(0.5**0.5), 0.0], [0.5**0.5, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(minima.points, wells, rtol=0, atol=1e-3)
