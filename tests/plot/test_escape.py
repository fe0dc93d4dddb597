"""Pictures of descent: what lies where, and what is left out."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import morseloss as ml
from morseloss.escape import Attractors, linear_law, orbit
from morseloss.plot import escape as module
from morseloss.plot.escape import bifurcation, escape_law, escape_steps, orbits

CUBIC = ml.Polynomial({2: 1.0, 3: -1.0, 6: 0.1})


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_the_line_and_its_r_squared_are_those_of_the_law_and_rows_without_a_rate_are_left_out():
    lengths, rates = np.array([0.1, 0.2, 0.3, 0.4]), np.array([1.0, 1.2, np.nan, 1.3])
    fine = np.isfinite(rates)
    law = linear_law(lengths[fine], rates[fine])
    _, given = plt.subplots()
    ax = escape_law(lengths, rates, given)
    assert ax is given
    line, dots = ax.lines
    np.testing.assert_allclose(line.get_ydata(), law.at(line.get_xdata()))
    np.testing.assert_array_equal(dots.get_xydata(), np.column_stack([lengths, rates])[fine])
    assert ax.get_title() == f"R² = {law.r_squared:.4f}"


def test_steps_are_dots_and_rates_that_stay_are_shaded():
    rates, steps = np.array([1.0, 1.1, 1.2]), np.array([-1, 30, 5])
    ax = escape_steps(rates, steps)
    (dots,) = ax.lines
    assert dots.get_xydata().tolist() == [[1.1, 30.0], [1.2, 5.0]]
    (shade,) = ax.patches
    assert (shade.get_x(), shade.get_width()) == pytest.approx((1.0, 0.05))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["never leaves"]


def test_orbits_lie_on_the_curve_and_begin_in_a_ring():
    path = orbit(CUBIC, 1.3, 0.1, 12)
    ax = orbits(CUBIC, [path])
    heights = path**2 - path**3 + 0.1 * path**6
    np.testing.assert_allclose(ax.collections[0].get_offsets(), np.column_stack([path, heights]))
    assert ax.lines[-1].get_xydata().tolist() == [[path[0], pytest.approx(heights[0])]]
    low, high = ax.get_xlim()
    assert low < path.min() and high > path.max()
    assert orbits(CUBIC, [path], window=(-1.0, 2.0)).get_xlim() == (-1.0, 2.0)


def test_orbits_need_one_variable():
    with pytest.raises(ValueError, match="must be in one variable to draw orbits"):
        orbits(ml.analytic.SixHumpCamel(), [np.zeros(3)])


@pytest.mark.parametrize(("most", "drawn"), [(200_000, 4), (2, 2)])
def test_attractors_are_points_and_what_left_is_shaded(most, drawn, monkeypatch):
    monkeypatch.setattr(module, "MOST", most)
    points = np.array([[0.1, 0.2], [0.3, 0.4], [np.nan, np.nan]])
    found = Attractors(np.array([1.0, 1.1, 1.2]), points, np.array([False, False, True]))
    ax = bifurcation(found, threshold=1.15)
    late, line = ax.lines
    assert len(late.get_xdata()) == drawn
    assert late.get_xydata()[0].tolist() == [1.0, 0.1]
    (out,) = ax.patches
    assert (out.get_x(), out.get_width()) == pytest.approx((1.15, 0.05))
    assert line.get_xdata() == [1.15, 1.15]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["has left", "threshold"]
