"""Comparisons at equal gradients, at equal tolerance, by price; and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

import morseloss as ml
from morseloss.networks.relays.budget_ladder import ladder_of
from morseloss.networks.relays.comparison import compared


def of_arrays(*parts):
    """A graph of lists, as arrays of numpy."""
    return ml.as_graph(tuple(map(np.asarray, parts)))


BUDGETS = [100.0, 200.0, 400.0, 800.0, 1600.0]


def falling(scale, limit=0.0, budgets=BUDGETS):
    """Two bars that fall like one over the budget."""
    graphs = [
        of_arrays(
            [0.0, 1.0, 1.0], [[0, 1], [0, 2]],
            [1 + limit + scale / spent, 1 + limit + 3 * scale / spent],
        )
        for spent in budgets
    ]  # fmt: skip
    return ladder_of(graphs, budgets)


def test_at_equal_gradients_rows_are_the_looks_nearest_to_them():
    table = compared({"two": falling(1.0), "four": falling(4.0)}, within=0.05, at=450)
    two, four = table.rows["two"], table.rows["four"]
    assert two.gradients == four.gradients == 400
    assert two.mean == pytest.approx(2 / 400) and four.mean == pytest.approx(8 / 400)
    assert two.error == pytest.approx(1 / 400)
    assert two.price.mean == (100 + 100) / 2 and four.price.mean == (100 + 400) / 2
    assert two.limit == pytest.approx(0, abs=1e-12)
    assert "at equal gradients: 450" in repr(table)


def test_at_equal_tolerance_rows_have_their_own_gradients():
    few = [100.0, 200.0]
    table = compared({"two": falling(1.0), "four": falling(4.0)}, within=0.02)
    assert table.rows["two"].gradients == 200 and table.rows["four"].gradients == 800
    assert "no bar is expected to fall by more than 0.02" in table.title
    with pytest.raises(
        ValueError, match=r"`few` has a bar that is expected to fall by 0\.06 still"
    ):
        compared({"few": falling(4.0, budgets=few)}, within=0.02)


def test_a_bar_that_stays_is_within_the_tolerance_though_it_is_long():
    table = compared({"long": falling(0.1, limit=0.5)}, within=0.01)
    assert table.rows["long"].mean > 0.5
    assert table.rows["long"].price.reached == 0


@pytest.mark.parametrize(
    ("budgets", "at", "message"),
    [
        ([100.0, 200.0], 1000, "looked at last at 200 gradients a path and may still fall"),
        ([100.0, 2000.0], 1000, "looked at at 100 and 2000 gradients a path, and not near 1000"),
        ([2000.0, 4000.0], 1000, "looked at at 2000 gradients a path, and not near 1000"),
    ],
)
def test_a_table_that_mixes_budgets_is_refused(budgets, at, message):
    ladders = {
        "one": falling(1.0, budgets=[500.0, 1000.0]),
        "other": falling(1.0, budgets=budgets),
    }
    with pytest.raises(ValueError, match=f"`other` was {message}.* would mix budgets"):
        compared(ladders, within=0.1, at=at)


def test_looks_on_both_sides_of_a_budget_are_two_budgets():
    ladders = {name: falling(1.0, budgets=[100.0, spent]) for name, spent in
               {"less": 850.0, "more": 1200.0}.items()}  # fmt: skip
    with pytest.raises(ValueError, match="at 850 gradients a path of `less` and 1200 of `more`"):
        compared(ladders, within=0.1, at=1000)
    near = {**ladders, "more": falling(1.0, budgets=[100.0, 1050.0])}
    assert compared(near, within=0.1, at=1000).rows["more"].gradients == 1050


def test_what_falls_no_more_stands_at_any_later_budget():
    done = replace(falling(1.0, budgets=[100.0, 200.0]), falling=np.zeros(2, bool))
    table = compared({"done": done, "other": falling(1.0)}, within=0.1, at=1600)
    assert table.rows["done"].gradients == 200


def test_nulls_stand_beside_their_rows_at_the_same_gradients():
    ladders = {"two": falling(1.0), "four": falling(4.0)}
    nulls = {"two": falling(0.5), "four": falling(0.25)}
    table = compared(ladders, within=0.1, at=800, closed=nulls, copies={"two": falling(2.0)})
    assert table.rows["two"].closed.mean == pytest.approx(1 / 800)
    assert table.rows["four"].closed.gradients == 800
    assert np.isnan(table.rows["four"].copies.mean)
    cells = dict(zip(table.HEAD, table.table()[1], strict=True))
    assert cells["copies null"] == "not measured" and "±" in cells["closed null"]
    short = {"two": falling(0.5, budgets=[100.0, 200.0])}
    with pytest.raises(ValueError, match="`copies null of two` was looked at last at 200"):
        compared(ladders, within=0.1, at=800, copies=short)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"at": 0.0}, "`at` must be positive, .* got 0"),
        ({"at": np.nan}, "`at` must be positive"),
        ({"within": 0.0}, "must be positive, got 0"),
        ({"within": 1e-17}, "below the round-off"),
        ({"closed": {"three": falling(1.0)}}, r"names \['two'\], got \['three'\]"),
    ],
)
def test_what_makes_no_sense_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        compared({"two": falling(1.0)}, **{"within": 0.1, **options})


def test_nothing_is_no_comparison():
    with pytest.raises(ValueError, match="one or more, by name, got none"):
        compared({}, within=0.1)
