"""Ways over stations: bounds, budgets, resuming, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import morseloss as ml
from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.cutting import cut
from morseloss.networks.paths.network_heights import network_heights
from morseloss.networks.paths.relay import Relay, _cuts, relay
from morseloss.networks.paths.relayed import Relayed, Settling
from morseloss.networks.relays.nulls import closed_null, copies_null
from morseloss.networks.training.convergence import converge
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.status import Interrupted
from tests.networks.models import cross_entropy, labelled

QUICK = Relay(size=16, first=150, join=60, descent=40, evaluations=10)


@pytest.fixture
def networks(generator):
    inputs, targets = labelled(generator, 5, images=48)
    module = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 3))
    land = NetworkLandscape(module, cross_entropy, inputs, targets, weight_decay=1e-2)
    starts = torch.randn(4, land.dim, generator=generator, dtype=torch.float64)
    return land, converge(land, starts, LBFGS(), max_steps=60).points


def seeded(number=3):
    return torch.Generator().manual_seed(number)


def same(one, other):
    return all(
        torch.equal(getattr(one, name), getattr(other, name))
        for name in ("controls", "heights", "spent", "tops", "status", "ways", "pairs")
    )


def test_every_network_but_the_lowest_has_a_way_to_it_and_its_height_is_that_of_the_pieces(
    networks,
):
    land, points = networks
    found = relay(land, points, QUICK, budget=250, generator=seeded())
    lowest = int(found.values.argmin())
    assert sorted(found.pairs[:, 0].tolist()) == [row for row in range(4) if row != lowest]
    assert (found.pairs[:, 1] == lowest).all()
    for way, (first, last) in enumerate(found.pairs.tolist()):
        pieces = found.controls[found.ways == way]
        assert torch.equal(pieces[0, 0], points[first])
        assert torch.equal(pieces[-1, -1], points[last])
        assert torch.equal(pieces[1:, 0], pieces[:-1, -1])
        path = ml.Paths(pieces, ml.Bezier(), torch.zeros(len(pieces)).long())
        top = network_heights(land, path, points=257).values.max()
        assert abs(float(top - found.tops[-1, way])) < 1e-4 * float(top)


def test_more_pairs_than_networks_are_joined(networks):
    land, points = networks
    pairs = torch.combinations(torch.arange(4))
    quick = Relay(size=16, first=10, join=5, descent=5, stations=1)
    found = relay(land, points, quick, budget=1, generator=seeded(), pairs=pairs)
    assert found.tops.shape[1] == len(found) == 6
    assert bool(found.tops[-1].isfinite().all())


def test_tops_never_rise_and_the_bars_are_those_of_the_tops(networks):
    land, points = networks
    found = relay(land, points, QUICK, budget=400, generator=seeded())
    assert (found.tops[2:] <= found.tops[1:-1]).all()
    bars = ml.barcode(found.graph())
    finite = np.sort(bars.deaths[bars.finite] - bars.births[bars.finite])
    np.testing.assert_allclose(finite, np.sort(found.penalties[-1].numpy()), atol=1e-12)


def test_stations_end_bars_by_definition_one(networks):
    land, points = networks
    found = relay(land, points, QUICK, budget=250, generator=seeded())
    assert len(found.stations) == len(found.ways) - len(found) >= 3 * len(found)
    graph = found.graph_with_stations(land.value(found.stations))
    assert len(graph) == len(points) + len(found.stations)
    with_stations, given = ml.barcode(graph), ml.barcode(found.graph())
    lengths = dict(zip(with_stations.birth_cells, with_stations.lifetimes, strict=True))
    for row, length in zip(given.birth_cells, given.lifetimes, strict=True):
        assert lengths[row] <= length + 1e-12


def test_it_goes_on_with_the_same_bits_and_with_a_larger_budget(networks):
    land, points = networks
    whole = relay(land, points, QUICK, budget=400, generator=seeded())
    kept = []
    relay(land, points, QUICK, budget=400, generator=seeded(), keep=kept.append)
    for part in (kept[0], kept[1], kept[2]):
        gone_on = relay(land, points, QUICK, budget=400, generator=seeded(), resume=part)
        assert same(gone_on, whole)
    less = relay(land, points, QUICK, budget=200, generator=seeded())
    assert same(relay(land, points, QUICK, budget=400, generator=seeded(), resume=less), whole)


def test_an_interrupt_keeps_the_last_round(networks):
    land, points = networks

    def stop(state):
        if len(state.spent) == 3:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        relay(land, points, QUICK, budget=400, generator=seeded(), keep=stop)
    assert len(caught.value.found.spent) >= 2


def test_what_was_spent_is_within_one_round_of_the_budget_and_counts_the_pairs(networks):
    land, points = networks
    found = relay(land, points, QUICK, budget=300, generator=seeded())
    assert (found.spent.diff() > 0).all()
    torch.testing.assert_close(found.per_pair, found.spent / 6)
    if (found.status == Settling.FALLING).any():
        assert found.per_pair[-1] >= 300
    assert found.per_pair[-2] < 300


def test_a_way_that_does_not_climb_is_level(networks):
    land, points = networks
    lax = Relay(size=16, first=50, join=20, descent=20, tolerance=10.0)
    found = relay(land, points, lax, budget=1000, generator=seeded())
    assert (found.status == Settling.LEVEL).all()
    assert len(found.spent) == 2
    assert "3 level" in repr(found)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"budget": 0}, "`budget` must be positive"),
        ({"points": 1}, "two networks or more, got 1"),
        ({"nan": True}, r"networks \[2\] is not finite"),
        ({"pairs": torch.tensor([0, 1])}, r"`pairs` must be rows of points, .* got tensor"),
        ({"pairs": torch.tensor([[0.0, 1.0]])}, "`pairs` must be rows of points, a tensor of int"),
        ({"pairs": torch.tensor([[0, 4]])}, "`pairs` must name two different of 4 networks"),
        ({"pairs": torch.tensor([[2, 2]])}, "`pairs` must name two different of 4 networks"),
    ],
)
def test_what_makes_no_sense_is_refused(networks, change, message):
    land, points = networks
    if "points" in change:
        points = points[:1]
    if "nan" in change:
        points = points.clone()
        points[2] = 1e200
    options = {"budget": change.get("budget", 100), "pairs": change.get("pairs")}
    with pytest.raises(ValueError, match=message):
        relay(land, points, QUICK, generator=seeded(), **options)


def test_what_is_gone_on_with_must_be_of_the_same_call(networks):
    land, points = networks
    short = Relay(size=16, first=10, join=5, stations=1, descent=5)
    found = relay(land, points, short, budget=1, generator=seeded())
    other = land.batch(torch.arange(40))
    two = torch.tensor([[0, 1], [2, 3]])
    call = {"landscape": land, "points": points, "method": short}
    for message, change in (
        ("another `generator`;", {"generator": seeded(9)}),
        ("another `points`;", {"points": points + 1e-9}),
        ("another `landscape`", {"landscape": other}),
        ("another `pairs`;", {"pairs": two}),
    ):
        with pytest.raises(ValueError, match=message):
            relay(**{**call, "generator": seeded(), **change}, budget=1, resume=found)


def test_a_way_is_drawn_through_points_of_its_pieces_and_says_whether_it_has_settled(networks):
    land, points = networks
    found = relay(land, points, QUICK, budget=250, generator=seeded())
    for way, path in enumerate(found.paths()):
        assert path.curve == ml.Polyline()
        pieces = ml.Paths(found.controls[found.ways == way], ml.Bezier(), found.status[:0])
        along = pieces.polylines(2).flatten(0, 1)
        assert (path.controls[0][:, None] == along).all(-1).any(1).all()
        assert len(path.controls[0]) == len(along) - len(pieces.controls) + 1
        assert float(land.value(path.controls[0]).max()) <= float(found.tops[-1, way]) * (1 + 1e-4)
    names = [Settling(code).status.name for code in range(4)]
    assert names == ["RUNNING", "CONVERGED", "CONVERGED", "NONFINITE"]
    assert all(kind.message for kind in Settling)


def test_networks_in_single_precision_are_taken_to_double(networks):
    land, points = networks
    short = Relay(size=16, first=10, join=5, stations=1, descent=5)
    single = relay(land, points.float(), short, budget=1, generator=seeded())
    double = relay(land, points.float().double(), short, budget=1, generator=seeded())
    assert same(single, double)


def test_values_of_other_points_than_the_stations_are_refused(networks):
    land, points = networks
    short = Relay(size=16, first=10, join=5, stations=1, descent=5)
    found = relay(land, points, short, budget=1, generator=seeded())
    with pytest.raises(ValueError, match="must be those of the 3 stations, got 4"):
        found.graph_with_stations(land.value(points))


def test_other_landscapes_are_refused():
    land, points = ml.analytic.MuellerBrown(), torch.zeros(2, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="must be a NetworkLandscape, got MuellerBrown"):
        relay(land, points, budget=1, generator=seeded())


@pytest.mark.parametrize("setting", [{"stations": 0}, {"tolerance": 0.0}, {"size": 0}])
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(ValueError, match="counts must be 1 or more"):
        Relay(**setting)


@pytest.mark.parametrize("joined", [relay, closed_null, copies_null])
def test_a_tolerance_below_round_off_is_refused(networks, joined):
    land, points = networks
    with pytest.raises(ValueError, match="1e-20 lies below the round-off of losses"):
        joined(land, points, replace(QUICK, tolerance=1e-20), budget=1, generator=seeded())


def test_stations_are_paid_for_when_they_are_used_and_not_before(networks):
    land, points = networks
    found = relay(land, points, QUICK, budget=1, generator=seeded())
    swept = 3 * QUICK.first * QUICK.size / len(land)
    assert swept < found.spent[0] < swept + 3 * 60  # and the looks for tops
    stations = 3 * QUICK.stations * QUICK.descent
    assert found.spent[1] - found.spent[0] > stations


def test_a_cut_lowers_its_way_or_is_not_made(networks):
    land, points = networks
    before = relay(land, points, QUICK, budget=1, generator=seeded())
    level = before.values[before.pairs[:, 0]]
    highest = [int((before.heights * (before.ways == way)).argmax()) for way in range(3)]
    after, cost = cut(
        land,
        before,
        torch.tensor(highest),
        torch.zeros(3, dtype=torch.bool),
        descent=60,
        steps=100,
        size=16,
        generator=seeded(),
    )
    assert cost > 3 * 60
    tops = [after.heights[after.ways == way].max() for way in range(3)]
    made = [int((after.ways == way).sum() - (before.ways == way).sum()) for way in range(3)]
    assert 1 in made  # of these three, one at least
    for way, count in enumerate(made):
        pieces = after.controls[after.ways == way]
        assert torch.equal(pieces[1:, 0], pieces[:-1, -1])
        assert torch.equal(pieces[0, 0], points[before.pairs[way, 0]])
        assert torch.equal(pieces[-1, -1], points[before.pairs[way, 1]])
        now = after.heights[after.ways == way]
        was = before.heights[before.ways == way]
        if count:
            piece = highest[way] - int((before.ways < way).sum())
            assert (now[piece : piece + 2] < was[piece]).all()
            station = float(land.value(pieces[piece + 1, :1]))
            assert station < (level[way] + was[piece]) / 2
            assert tops[way] <= was.max()
        else:
            assert torch.equal(now, was)


def test_the_kind_of_round_changes_where_it_gained_little():
    tops = torch.tensor([[9.0, 9.0], [4.0, 4.0], [2.0, 3.9], [1.9, 2.0], [1.0, 1.95], [0.5, 1.0]])
    looks = [tops[:count].double() for count in range(2, 7)]
    ways = torch.arange(2)
    zero = torch.zeros(3, 1, dtype=torch.float64)

    def state(tops):
        pairs = torch.tensor([[0, 2], [1, 2]])
        spent = torch.arange(1.0, len(tops) + 1).double()
        return Relayed(
            zero, zero[:, 0], pairs, ways, zero[:2, None], zero[:2, 0], spent, tops,
            torch.zeros(2).long(), among=3, seed=0,
        )  # fmt: skip

    kinds = [_cuts(state(part)).tolist() for part in looks]
    assert kinds == [[True, True], [True, False], [False, False], [False, True], [False, True]]
