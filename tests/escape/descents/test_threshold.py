"""Thresholds: against the exact equation of the orbit, and never above a rate that leaves."""

import numpy as np
import pytest
import torch
from scipy.optimize import brentq

import morseloss as ml
from morseloss.escape import Fault, Gate, basins, least_rate, orbit, threshold
from tests.escape.descents.plain import CUBIC, QUARTIC, drawn


def test_a_direct_leap_lands_on_the_gate_where_the_slope_of_the_step_vanishes():
    """At the turning point `rate p'' = 1`: a Newton step for `p'` from there leads to the gate."""
    slope = np.polynomial.Polynomial([0, 0, 1, 0, -1, 0, 0.2]).deriv()
    bend = slope.deriv()
    found = threshold(QUARTIC, 0.1)
    gate = basins(QUARTIC, 0.0).right[0]
    turn = brentq(lambda x: abs(x - slope(x) / bend(x)) - gate, -0.39, -0.2, xtol=1e-15)
    assert found.rates[0] == pytest.approx(1 / bend(turn), rel=1e-12)
    assert found.chains[0] == 1
    assert abs(found.turns[0]) == pytest.approx(abs(turn), abs=1e-6)


def test_after_a_bounce_the_second_step_lands_on_the_gate():
    found = threshold(CUBIC, 0.05)
    assert (found.chains[0], found.sides[0]) == (2, 1)
    path = orbit(CUBIC, found.rates[0], found.turns[0], 2)
    assert path[-1] == pytest.approx(basins(CUBIC).right[0], abs=1e-9)
    assert repr(found).startswith("Thresholds(1.5") and repr(found).endswith(", chain 2)")


def test_no_start_of_the_interval_leaves_below_and_some_do_above(generator):
    rows = basins(drawn(80, generator), near=0.0)
    rows = rows.take(np.flatnonzero((rows.faults == 0) & (rows.right > 0.02)))
    bound = threshold(rows, 0.01)
    assert (bound.faults == 0).all()
    starts = np.linspace(0.0, 0.01, 60)[1:]
    for factor, leaves in ((1 - 1e-6, False), (1 + 1e-2, True)):
        out = np.zeros(len(rows), bool)
        for row in range(len(rows)):
            runs = ml.escape.descend(rows.take([row]), factor * bound.rates[row], starts)
            out[row] = (runs.steps > 0).any()
        assert out.all() if leaves else not out.any()


def test_the_least_rate_is_never_below(generator):
    rows = basins(drawn(60, generator), near=0.0)
    bound = threshold(rows, 0.01)
    least = least_rate(rows, 0.01)
    both = np.isfinite(least.rates) & np.isfinite(bound.rates)
    assert both.sum() > 15
    assert (least.rates[both] > bound.rates[both] * (1 - 1e-5)).all()


def test_where_nothing_holds_beyond_the_minimum_an_unstable_cycle_is_the_threshold():
    """Beyond `x -> -x` on `x^2 + x^4` all grows: `rate (2 x + 4 x^3) = 2 x` at the start."""
    land = ml.Polynomial({2: 1.0, 4: 1.0, 5: -1.0, 6: 0.2})
    found = threshold(land, 0.01)
    assert found.rates[0] == pytest.approx(1 / (1 + 2 * 0.01**2), abs=1e-7)
    assert (found.chains[0], found.sides[0]) == (0, 0) and np.isnan(found.turns[0])


def test_batches_keep_their_faults():
    found = threshold([CUBIC, ml.Polynomial({2: 1.0})], 0.05)
    assert found.faults.tolist()[0] == Fault.NONE and found.faults[1] != Fault.NONE
    assert np.isnan(found.rates[1])
    assert repr(found) == "Thresholds(1 of 2 found)" and len(found) == 2


def test_all_rows_may_have_a_fault():
    assert np.isnan(threshold(CUBIC, [2.0, 3.0]).rates).all()


def test_a_start_outside_and_a_gate_are_refused():
    with pytest.raises(ValueError, match="start that is not in the basin"):
        threshold(CUBIC, 3.0)
    points = ml.analytic.SixHumpCamel().critical_points
    ends = points.of_index(0).points[4], points.of_index(1).points[3]
    with pytest.raises(ValueError, match="in one variable only"):
        threshold(Gate(ml.analytic.SixHumpCamel(), *ends), torch.zeros(2))
