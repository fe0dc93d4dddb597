"""Gates: descent on landscapes that are no polynomials on the line."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.escape import Fault, Gate, Regime, basins, descend, least_rate
from tests.escape.descents.plain import CUBIC

BENT = ml.Polynomial({(2, 0): 1.0, (3, 0): -1.0, (6, 0): 0.1, (0, 2): 0.4})
"""The cubic along the first axis, a bowl along the second."""
SADDLE = float(basins(CUBIC).right[0])


def at(*place):
    return torch.tensor(place, dtype=torch.float64)


@pytest.fixture(scope="module")
def gate():
    return Gate(BENT, at(0.0, 0.0), at(SADDLE, 0.0))


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
