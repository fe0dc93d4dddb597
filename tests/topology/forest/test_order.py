"""Whatever the floats and however many, the order is the stable one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from morseloss.topology.forest import order
from morseloss.topology.forest.order import total_order

FLOATS = st.integers(-2, 2).map(float) | st.floats(allow_nan=False) | st.sampled_from([-0.0, 0.0])


@given(arrays(float, st.integers(0, 30), elements=FLOATS))
def test_total_order_is_the_stable_order(values):
    assert np.array_equal(total_order(values), np.argsort(values, kind="stable"))


@given(arrays(float, st.integers(1, 30), elements=FLOATS))
@settings(deadline=None)
def test_the_order_by_digits_is_the_stable_order(values):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "SMALL", 0)
        assert np.array_equal(total_order(values), np.argsort(values, kind="stable"))


LARGE = {
    "uniform": lambda g, n: g.random(n),
    "of any size": lambda g, n: g.normal(size=n) * 2.0 ** g.integers(-1000, 1000, n),
    "ten levels": lambda g, n: g.integers(0, 10, n) / 10,
    "alike but for the last bits": lambda g, n: 1 + g.integers(0, 9, n) * 2.0**-52,
    "alike, beside some huge": lambda g, n: (
        1 + g.integers(0, 10**6, n) * 2.0**-52 + 1e300 * (np.arange(n) % 99 == 0)
    ),
    "one value": lambda g, n: np.zeros(n),
}


@pytest.mark.parametrize("kind", LARGE)
def test_large_arrays_stand_in_the_stable_order(kind):
    values = LARGE[kind](np.random.default_rng(0), order.SMALL + 1)
    assert np.array_equal(total_order(values), np.argsort(values, kind="stable"))
