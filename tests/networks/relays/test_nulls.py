"""Nulls: what they join, what their answer is, and what is refused."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.networks.paths.relay import Relay, relay
from morseloss.networks.relays.budget_ladder import ladder
from morseloss.networks.relays.nulls import closed_null, copies_null
from morseloss.status import Interrupted
from tests.networks.models import Skip, cross_entropy, labelled
from tests.networks.relays.relays import QUICK, seeded, small

NULLS = (closed_null, copies_null)


@pytest.fixture(scope="module")
def networks():
    return small(seeded(0), count=2)


def same(one, other):
    names = ("controls", "heights", "spent", "tops", "status", "ways", "pairs")
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in names)


def half_way(loops):
    """Where the first curves are half-way."""
    paths = ml.Paths(loops.controls, ml.Bezier(), loops.status)
    return paths.at(torch.tensor([0.5], dtype=torch.float64))[:, 0]


def test_a_closed_way_leads_from_a_network_to_itself_over_a_point_far_away(networks):
    land, points = networks
    kept = []
    found = closed_null(land, points, QUICK, budget=100, generator=seeded(), keep=kept.append)
    first = kept[0]
    assert torch.equal(found.points, torch.cat([points, points]))
    for way, (i, j) in enumerate(found.pairs.tolist()):
        assert (i - j) % 2 == 0 and i != j
        pieces = found.controls[found.ways == way]
        assert torch.equal(pieces[0, 0], points[i % 2]) and torch.equal(
            pieces[-1, -1], points[i % 2]
        )
    away = (half_way(first) - first.controls[:, 0]).norm(dim=1)
    assert (away > 0.3 * (points[0] - points[1]).norm()).all()
    assert (found.tops >= found.values[found.pairs].amax(1) - 1e-12).all()
    assert (first.tops > found.values[found.pairs].amax(1)).all()


def test_a_closed_way_over_a_point_beside_the_network_is_at_its_true_top(networks):
    land, points = networks
    far = points + 1e-3 * torch.randn(points.shape, generator=seeded(), dtype=torch.float64)
    short = Relay(size=16, first=20, join=10, stations=1, descent=5, tolerance=1e-5)
    found = closed_null(land, points, short, budget=500, generator=seeded(), far=far)
    np.testing.assert_allclose(found.tops[-1], land.value(points), rtol=1e-4)


def test_the_far_point_has_the_weights_of_the_network_in_another_order(networks):
    land, points = networks
    kept = []
    none = Relay(size=16, first=1, join=1, stations=1, descent=1)
    closed_null(land, points, none, budget=1, generator=seeded(), keep=kept.append)
    far = half_way(kept[0])  # one small step has hardly moved it
    for one, own in zip(far, points, strict=True):
        parts = zip(*(row.split(land.pure.layout.sizes) for row in (one, own)), strict=True)
        for here, there in parts:
            torch.testing.assert_close(here.sort().values, there.sort().values, atol=0.1, rtol=0.1)
    assert ((far - points).norm(dim=1) > 0.5 * points.norm(dim=1)).all()


def test_copies_have_the_loss_of_their_network(networks):
    land, points = networks
    found = copies_null(land, points, QUICK, budget=100, generator=seeded())
    torch.testing.assert_close(found.values[:2], found.values[2:])
    assert (found.points[:2] - found.points[2:]).norm(dim=1).min() > 0.1
    assert sorted(sorted(pair) for pair in found.pairs.tolist()) == [[0, 2], [1, 3]]
    told = ladder(found)
    assert len(told) == 2
    np.testing.assert_allclose(
        np.sort(told.lengths[-1]), found.penalties[-1].sort().values, atol=1e-12
    )
    np.testing.assert_allclose(told.budgets, found.per_pair)


@pytest.mark.parametrize("null", NULLS)
def test_nulls_go_on_with_the_same_bits(networks, null):
    land, points = networks
    whole, kept = null(land, points, QUICK, budget=150, generator=seeded()), []
    less = null(land, points, QUICK, budget=60, generator=seeded(), keep=kept.append)
    for part in (kept[0], less):
        assert same(null(land, points, QUICK, budget=150, generator=seeded(), resume=part), whole)


@pytest.mark.parametrize("null", NULLS)
def test_an_interrupt_keeps_what_there_is(networks, null):
    land, points = networks

    def stop(state):
        if len(state.spent) == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        null(land, points, QUICK, budget=150, generator=seeded(), keep=stop)
    assert len(caught.value.found.spent) == 2


def test_an_interrupt_before_the_first_look_says_so(networks, monkeypatch):
    land, points = networks

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("morseloss.networks.paths.pieces.find_paths", stop)
    with pytest.raises(Interrupted, match="1 way between 2 networks, not looked at"):
        relay(land, points, QUICK, budget=1, generator=seeded())
    monkeypatch.setattr("morseloss.networks.relays.nulls.iterate", stop)
    with pytest.raises(Interrupted, match="2 ways between 4 networks, not looked at"):
        closed_null(land, points, QUICK, budget=1, generator=seeded())


@pytest.mark.parametrize("null", NULLS)
@pytest.mark.parametrize(
    ("points", "budget", "message"),
    [
        (slice(0, 0), 10, "got an empty batch; pass at least one point"),
        (slice(0, 2), 0, "`budget` must be positive"),
        (slice(0, 2), float("nan"), "`budget` must be positive"),
    ],
)
def test_what_makes_no_sense_is_refused(networks, null, points, budget, message):
    land, every = networks
    with pytest.raises(ValueError, match=message):
        null(land, every[points], QUICK, budget=budget, generator=seeded())


@pytest.mark.parametrize("null", NULLS)
def test_networks_of_another_architecture_and_other_landscapes_are_refused(networks, null):
    land, points = networks
    with pytest.raises(ValueError, match="`points` must"):
        null(land, points[:, :-1], QUICK, budget=10, generator=seeded())
    plane = ml.analytic.MuellerBrown()
    with pytest.raises(ValueError, match="must be a NetworkLandscape, got MuellerBrown"):
        null(plane, torch.zeros(2, 2).double(), QUICK, budget=10, generator=seeded())


def test_far_points_that_are_the_networks_are_refused(networks):
    land, points = networks
    call = {"budget": 10, "generator": seeded()}
    with pytest.raises(ValueError, match=r"networks \[0, 1\] are these networks themselves"):
        closed_null(land, points, QUICK, far=points, **call)
    with pytest.raises(ValueError, match="a point for each network"):
        closed_null(land, points, QUICK, far=points[:1], **call)
    with pytest.raises(ValueError, match=r"networks \[0\] are these"):
        closed_null(land, torch.zeros(1, land.dim).double(), QUICK, **call)


def test_a_module_without_hidden_units_has_no_copies_but_a_closed_null(generator):
    inputs, targets = labelled(generator, 6, images=20)
    land = ml.networks.NetworkLandscape(Skip(), cross_entropy, inputs, targets, weight_decay=1e-2)
    points = torch.randn(1, land.dim, generator=generator, dtype=torch.float64)
    short = Relay(size=10, first=5, join=5, stations=1, descent=5)
    with pytest.raises(ValueError, match="Skip has no hidden units that can be exchanged"):
        copies_null(land, points, short, budget=1, generator=seeded())
    assert len(closed_null(land, points, short, budget=1, generator=seeded())) == 1
