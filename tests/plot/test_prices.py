"""Pictures of budgets and prices."""

import numpy as np
import pytest

import morseloss as ml
from morseloss.networks.relays.budget_ladder import ladder_of

BUDGETS = np.array([100.0, 200.0, 400.0, 800.0, 1600.0])


def falling(scale, limit=0.0):
    tops = 1 + limit + scale * np.array([[1.0], [3.0]]) / BUDGETS
    graphs = [ml.LandscapeGraph([0.0, 1.0, 1.0], [[0, 1], [0, 2]], two) for two in tops.T]
    return ladder_of(graphs, BUDGETS)


def test_bars_their_mean_and_their_limit_are_drawn_against_the_budget():
    found = falling(1.0, limit=0.5)
    ax = ml.plot.budgets(found)
    lines = {line.get_label(): line for line in ax.lines}
    np.testing.assert_allclose(lines["mean"].get_ydata(), found.means)
    np.testing.assert_allclose(lines["mean"].get_xdata(), BUDGETS)
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert any(np.allclose(line.get_ydata(), 0.5) for line in ax.lines)
    assert "limit" in lines and "limit" not in {
        line.get_label() for line in ml.plot.budgets(falling(1.0)).lines
    }


def test_several_are_told_apart_and_nulls_are_dashes_in_the_same_colours():
    ladders = {"two": falling(1.0), "four": falling(4.0)}
    nulls = {"two": falling(0.1), "four": falling(0.2)}
    ax = ml.plot.budgets(ladders, nulls={"closed": nulls, "copies": nulls})
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == ["two", "four", "closed", "copies"]
    colours = {line.get_label(): line.get_color() for line in ax.lines}
    for name, null in nulls.items():
        same = [line for line in ax.lines if np.array_equal(line.get_ydata(), null.means)]
        assert {line.get_color() for line in same} == {colours[name]}
        assert len(same) == 2 and all(line.is_dashed() for line in same)
    alone = ml.plot.budgets(falling(1.0), nulls={"closed": falling(0.1)})
    assert "closed" in {line.get_label() for line in alone.lines}


def test_bars_of_length_zero_are_said_in_words():
    for draw in (ml.plot.budgets, ml.plot.prices):
        ax = draw(falling(0.0))
        assert [text.get_text() for text in ax.texts] == ["all bars are 0"]


def test_prices_are_those_of_the_ladder_and_dashed_where_they_are_not_reached():
    found = falling(1.0)
    ax = ml.plot.prices({"two": found})
    (price,) = [line for line in ax.lines if line.get_label() == "two"]
    within, cost = price.get_xdata(), price.get_ydata()
    for tolerance, spent in zip(within, cost, strict=True):
        known = found.price(tolerance).mean
        assert spent == known or (np.isnan(spent) and np.isinf(known))
    assert np.isnan(cost).any() and np.isfinite(cost).any()
    assert ax.xaxis_inverted()


def test_something_else_is_refused():
    for draw in (ml.plot.budgets, ml.plot.prices):
        with pytest.raises(ValueError, match=r"must be a Ladder, .* got list"):
            draw({"two": [1.0]})
