"""Gates: descent on landscapes that are no polynomials on the line."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.escape import Fault, Gate, Regime, descend, least_rate
from morseloss.escape.descents import gate as module
from morseloss.escape.descents.drive import fused
from tests.escape.descents.plain import BENT, CUBIC, SADDLE, at


@pytest.fixture(scope="module")
def gate(bent):
    return bent


def test_the_normal_points_away_from_the_minimum(gate):
    torch.testing.assert_close(gate.normal, at(1.0, 0.0))
    assert gate.curvature == pytest.approx(2.0)
    assert repr(gate).startswith("Gate(Polynomial(") and repr(gate).endswith(", curvature 2)")
    mirrored = Gate(ml.Polynomial({(2, 0): 1.0, (3, 0): 1.0, (6, 0): 0.1, (0, 2): 0.4}),
                    at(0.0, 0.0), at(-SADDLE, 0.0))  # fmt: skip
    torch.testing.assert_close(mirrored.normal, at(-1.0, 0.0))


def test_in_a_product_the_steps_are_those_on_the_line(gate):
    rates = np.linspace(0.5, 1.9, 30)
    plane = descend(gate, rates, at(0.05, 0.01), max_steps=40)
    line = descend(CUBIC, rates, 0.05, max_steps=40)
    right = (line.steps < 0) | (line.points > 0)
    assert (line.steps > 0).sum() > 5
    early = line.steps < 12
    assert (plane.steps == line.steps)[early & right].all()
    assert plane.points.shape == (30, 2)


def test_all_regimes_occur(gate):
    runs = descend(gate, [0.5, 1.3, 3.5], at(0.05, 0.01), max_steps=3000)
    wanted = [Regime.CONVERGES, Regime.BOUNDED, Regime.DIVERGES]
    assert runs.regimes.tolist() == wanted
    assert runs.wells.tolist() == [0, -1, -1]


def test_the_least_rate_is_that_on_the_line(gate):
    scan = np.linspace(1.4, 1.6, 40)
    plane = least_rate(gate, at(0.05, 0.01), rates=scan, max_steps=12)
    line = least_rate(CUBIC, 0.05, rates=scan, max_steps=12)
    assert plane.rates[0] == pytest.approx(line.rates[0], rel=2e-6)
    assert plane.steps[0] == line.steps[0]


def test_rows_with_a_fault_are_refused_and_the_others_run(gate):
    starts = torch.stack([at(0.05, 0.0), at(0.05, 0.0), at(1.2, 0.0)])
    runs = descend(gate, [0.5, -1.0, 0.5], starts)
    assert runs.faults.tolist() == [Fault.NONE, Fault.BAD_RATE, Fault.OUTSIDE]
    assert runs.regimes.tolist() == [Regime.CONVERGES, Regime.REFUSED, Regime.REFUSED]
    assert np.isnan(runs.points[1:]).all()
    with pytest.raises(ValueError, match="start that is not in the basin"):
        descend(gate, 0.5, starts[2])


def test_shapes_that_do_not_fit_are_refused(gate):
    with pytest.raises(ValueError, match=r"must have shape \(rows, 2\)"):
        descend(gate, 0.5, at(0.1, 0.1, 0.1))
    with pytest.raises(ValueError, match=r"got \(3, 2\) and \(2,\)"):
        descend(gate, [0.5, 0.6], torch.zeros(3, 2, dtype=torch.float64))


def test_points_that_are_no_minimum_and_saddle_are_refused():
    with pytest.raises(ValueError, match=r"got indices \[0, 0\]"):
        Gate(BENT, at(0.0, 0.0), at(0.1, 0.0))
    with pytest.raises(ValueError, match="critical points of index 0 and 1"):
        Gate(BENT, at(0.0, 0.0), at(0.6, 0.0))


def test_a_minimum_beside_the_gate_has_no_side():
    """A saddle at 0 whose unstable direction is at right angles to the way from the minimum."""
    land = ml.Polynomial({(2, 0): 1.0, (3, 0): -2.0, (4, 0): 0.9, (0, 2): -1.0, (0, 4): 1.0,
                          (2, 2): 4.0})  # fmt: skip
    minimum = float(np.roots([3.6, -6.0, 2.0]).max())
    with pytest.raises(ValueError, match="not on one side of this gate"):
        Gate(land, at(minimum, 0.0), at(0.0, 0.0))


class Counted(ml.analytic.MuellerBrown):
    """Counts its gradients."""

    calls = 0

    def gradient(self, points):
        self.calls += 1
        return super().gradient(points)


def valley(land):
    """The gate out of the minimum of Müller and Brown's with the longest bar, and a start."""
    points = land.critical_points
    gate = Gate(land, points.of_index(0).points[1], points.of_index(1).points[1])
    return gate, gate.minimum + 0.01 * (gate.saddle - gate.minimum) / gate.distance


def one_by_one(gate, start, scan, max_steps):
    """The least rate from one rate after another, by a plain loop."""

    def step_out(rate):
        point = start[None]
        for step in range(1, max_steps + 1):
            point = point - rate * gate.landscape.gradient(point)
            if (point[0] - gate.saddle) @ gate.normal > 0:
                return step
        return -1

    out = next(k for k, rate in enumerate(scan) if step_out(rate) > 0)
    low, high = scan[out - 1], scan[out]
    while high / low > 1 + 1e-6:
        middle = np.sqrt(low * high)
        low, high = (low, middle) if step_out(middle) > 0 else (middle, high)
    return low, high, step_out(high)


def test_rates_that_descend_together_find_what_one_after_another_finds():
    gate, start = valley(ml.analytic.MuellerBrown())
    scan = np.linspace(0.0030, 0.0035, 8)
    found = least_rate(gate, start, rates=scan, max_steps=150)
    low, high, steps = one_by_one(gate, start, scan, 150)
    assert (found.below[0], found.rates[0], found.steps[0]) == (low, high, steps)


def test_a_scan_and_all_bisections_take_three_batches_of_descents():
    land = Counted()
    gate, start = valley(land)
    land.calls = 0
    found = least_rate(gate, start, max_steps=500)
    assert found.rates[0] / found.below[0] <= 1 + 1e-6
    assert land.calls < 3 * 500 + 60  # 60 looks whether a row has settled


def test_runs_before_and_behind_the_gate_are_the_same_at_once_and_in_turn(monkeypatch):
    gate, start = valley(ml.analytic.MuellerBrown())
    rates = np.linspace(0.0005, 0.02, 60)
    at_once = descend(gate, rates, start, max_steps=300)
    assert set(at_once.regimes.tolist()) == set(range(4))
    monkeypatch.setattr(module, "FEW", 0)
    in_turn = descend(gate, rates, start, max_steps=300)
    for name in ("regimes", "steps", "wells"):
        assert (getattr(at_once, name) == getattr(in_turn, name)).all()
    np.testing.assert_array_equal(at_once.points, in_turn.points)


@pytest.mark.parametrize("memory", [1, 100, 1 << 20])
def test_a_path_is_looked_at_as_its_steps_are(gate, memory, monkeypatch):
    monkeypatch.setattr(module, "MEMORY", memory)
    rates = torch.linspace(1.0, 3.5, 30, dtype=torch.float64)[:, None]
    points = at(0.05, 0.01).expand(30, 2)
    for reach in (torch.inf, 2.0):
        maps = module.GateMaps(gate, rates, torch.full((30,), reach))
        after, inside = maps.advance(points, 50)
        ones = torch.ones(30, dtype=torch.float64)
        state = fused(maps._step, points.device)((points, ones, 0 * ones), 50, rates)
        torch.testing.assert_close(after, state[0], equal_nan=True, rtol=0, atol=0)
        assert (inside == state[2]).all() and 0 < (inside < 50).sum() < 30


def test_a_start_beyond_the_gate_is_refused(gate):
    with pytest.raises(ValueError, match=r"the start \[1.2, 0.0\].*not in the basin"):
        least_rate(gate, at(1.2, 0.0))
