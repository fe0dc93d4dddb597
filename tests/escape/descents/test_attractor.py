"""Attractors: fixed points, cycles, chaos, and what leaves."""

import numpy as np
import pytest

from morseloss.escape import attractors, threshold
from tests.escape.descents.plain import CUBIC


def test_a_fixed_point_a_cycle_and_nothing_left():
    found = attractors(CUBIC, np.array([0.9, 1.2, 1.25, 1.7]), 0.05)
    assert found.periods().tolist() == [1, 2, 4, 0]
    assert found.left.tolist() == [False, False, False, True]
    assert np.isnan(found.points[3]).all()
    assert len(found) == 4 and repr(found) == "Attractors(4 rates, 1 of them leave)"


def test_the_points_kept_follow_one_another():
    rate = 1.45
    found = attractors(CUBIC, np.array([rate]), 0.05, transient=10, kept=20)
    x = found.points[0]
    np.testing.assert_allclose(x[1:], x[:-1] - rate * (2 * x - 3 * x**2 + 0.6 * x**5)[:-1])
    assert found.periods()[0] == 0


def test_none_has_left_below_the_threshold():
    bound = threshold(CUBIC, 0.05).rates[0]
    found = attractors(CUBIC, bound * np.array([0.98, 0.99, 0.999999, 1.01]), 0.05)
    assert found.left.tolist() == [False, False, False, True]


def test_all_may_leave():
    assert attractors(CUBIC, np.array([1.7, 1.8]), 0.05).periods().tolist() == [0, 0]


@pytest.mark.parametrize(("rate", "start"), [(-1.0, 0.05), (1.0, 3.0)])
def test_a_bad_rate_and_a_start_outside_are_refused(rate, start):
    with pytest.raises(ValueError, match=f"the row with start {start:g} and rate {rate:g}"):
        attractors(CUBIC, np.array([rate, 0.5]), start)
