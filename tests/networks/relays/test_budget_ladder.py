"""Bars at each look: by the elder rule, with their law, limit and price."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.networks.paths.relayed import Relayed, Settling
from morseloss.networks.relays.budget_ladder import ladder, ladder_of, lengths_with_stations
from tests.networks.relays.relays import relayed, seeded, small, with_tops


def of_arrays(*parts):
    """A graph of lists, as arrays of numpy."""
    return ml.as_graph(tuple(map(np.asarray, parts)))


BUDGETS = np.array([100.0, 200.0, 400.0, 800.0, 1600.0])


@pytest.fixture(scope="module")
def found():
    land, points = small(seeded(0))
    return land, relayed(land, points)


def chain(tops, status=(0, 0)):
    """Three networks of values 0, 1 and 2; ways from 1 to 0 and from 2 to 1."""
    points = torch.zeros(3, 1, dtype=torch.float64)
    tops = torch.as_tensor(np.array(tops), dtype=torch.float64)
    return Relayed(
        points, torch.tensor([0.0, 1.0, 2.0]).double(), torch.tensor([[1, 0], [2, 1]]),
        torch.tensor([0, 1]), torch.zeros(2, 2, 1).double(), tops[-1],
        spent=torch.from_numpy(2 * BUDGETS[: len(tops)]), tops=tops,
        status=torch.tensor(status), among=3, seed=0,
    )  # fmt: skip


def test_bars_of_each_look_are_those_of_its_graph(found):
    _, way = found
    told = ladder(way)
    assert len(told.budgets) == len(way.spent)
    np.testing.assert_allclose(told.budgets, way.spent.numpy() / 3)
    for look in range(len(way.spent)):
        then = with_tops(way, way.tops[: look + 1], way.spent[: look + 1])
        bars = ml.barcode(then.graph())
        rows = [bars.birth_cells.tolist().index(row) for row in told.networks]
        np.testing.assert_array_equal(told.lengths[look], bars.lifetimes[rows])
    assert int(way.values.argmin()) not in told.networks


def test_bars_are_by_the_elder_rule_at_every_look():
    told = ladder(chain([[5.0, 3.0], [2.5, 4.0], [1.5, 2.25]]))
    assert told.networks.tolist() == [1, 2]
    np.testing.assert_array_equal(told.lengths, [[4.0, 1.0], [1.5, 2.0], [0.5, 0.25]])


def test_a_law_of_one_over_the_budget_is_found_for_each_bar_with_limit_and_price():
    climbs = np.stack([0.5 + 40 / BUDGETS, 80 / BUDGETS], axis=1)
    told = ladder(chain(np.array([1, 2]) + climbs))
    first, second = told.laws
    assert first.limit == pytest.approx(0.5) and second.limit == pytest.approx(0, abs=1e-12)
    assert second.power == pytest.approx(-1)
    assert told.limit()[0] == pytest.approx(0.25)
    assert told.prices(0.15).tolist() == [np.inf, 800.0]
    price = told.price(0.15)
    assert (price.reached, price.bars, price.least) == (1, 2, (1600 + 800) / 2)
    assert price.mean == np.inf and str(price) == "more than 1200 (1 of 2 bars)"
    price = told.price(0.61)
    assert price.mean == (400 + 200) / 2
    assert price.error == pytest.approx(100.0)
    assert str(price) == "300 ± 100"


def test_a_look_without_a_way_has_an_endless_bar_and_a_way_that_is_lost_stays_so():
    told = ladder(chain([[np.inf, 3.0], [np.nan, 2.5], [np.nan, 2.5]], (Settling.NONFINITE, 0)))
    assert np.isinf(told.lengths[:, 0]).all()
    np.testing.assert_array_equal(told.lengths[:, 1], [1.0, 0.5, 0.5])
    assert told.falling.tolist() == [True, True]
    assert np.isinf(told.means).all() and np.isnan(told.errors).all()
    assert told.prices(0.6).tolist() == [np.inf, 200.0]
    assert "mean inf" in repr(told)


def test_what_nothing_lowers_any_more_is_expected_to_stay():
    tops = [[1.4, 2.4], [1.3, 2.3], [1.2, 2.2]]
    still = ladder(chain(tops, (Settling.SETTLED, Settling.FALLING)))
    assert still.falling.tolist() == [False, True]
    np.testing.assert_allclose(still.expected(), [0.0, 0.2])
    np.testing.assert_allclose(still.expected(0), [0.4, 0.4])


def test_with_stations_no_bar_is_longer(found):
    land, way = found
    stations = land.value(way.stations)
    told = ladder(way, stations)
    assert (told.with_stations <= told.lengths[-1] + 1e-12).all()
    graph = way.graph_with_stations(stations)
    bars = ml.barcode(graph)
    every = lengths_with_stations(way, stations)
    for row, length in zip(bars.birth_cells, bars.lifetimes, strict=True):
        if row < len(way.points):
            assert every[row] == length
    lowest = int(way.values.argmin())
    assert np.isfinite(every[lowest]) == bool(stations.min() < way.values.min())
    assert np.isnan(ladder(way).with_stations).all()


def test_paths_of_several_budgets_make_a_ladder():
    graphs = [
        of_arrays([0.0, 1.0, 2.0], [[0, 1], [0, 2], [1, 2]], tops)
        for tops in ([3.0, 5.0, 4.0], [2.0, 2.5, 4.0])
    ]
    told = ladder_of(graphs, [107.0, 321.0])
    np.testing.assert_array_equal(told.lengths, [[2.0, 2.0], [1.0, 0.5]])
    assert told.falling.all()


@pytest.mark.parametrize(
    ("budgets", "message"),
    [
        ([1.0], "one number for each of 2 graphs"),
        ([1.0, np.nan], "a budget is not known"),
        ([2.0, 1.0], "must ascend from above 0"),
        ([0.0, 1.0], "must ascend from above 0"),
    ],
)
def test_budgets_that_make_no_ladder_are_refused(budgets, message):
    graphs = [of_arrays([0.0, 1.0], [[0, 1]], [2.0])] * 2
    with pytest.raises(ValueError, match=message):
        ladder_of(graphs, budgets)


def test_graphs_of_other_networks_or_without_paths_are_refused():
    graphs = [of_arrays([0.0, birth], [[0, 1]], [2.0]) for birth in (0.5, 1.0)]
    with pytest.raises(ValueError, match="must be of the same networks"):
        ladder_of(graphs, [1.0, 2.0])
    lone = of_arrays([0.0, 1.0], np.empty((0, 2), int), [])
    with pytest.raises(ValueError, match="no path joins two networks"):
        ladder_of([lone], [1.0])
    with pytest.raises(ValueError, match="was not looked at yet"):
        ladder(_unseen())


def _unseen():
    return with_tops(chain([[3.0, 3.0]]), np.zeros((0, 2)), np.zeros(0))


@pytest.mark.parametrize(
    ("within", "message"),
    [
        (0.0, "must be positive, got 0"),
        (np.nan, "positive, got nan"),
        (1e-16, "below the round-off"),
    ],
)
def test_a_tolerance_that_cannot_be_told_is_refused(within, message):
    with pytest.raises(ValueError, match=message):
        ladder(chain([[5.0, 3.0], [2.5, 4.0]])).price(within)
