"""Relays as records, and what is said of each way."""

from dataclasses import replace

import pytest
import torch

from morseloss.networks.paths.relayed import Settling
from morseloss.networks.relays.kept import parts_of, relayed_of, ways_of
from tests.networks.relays.relays import relayed, seeded, small, with_tops


@pytest.fixture(scope="module")
def found():
    return relayed(*small(seeded(0)))


def test_what_is_kept_is_what_there_was(found):
    record, tensors = parts_of(found)
    again = relayed_of({**record, "more": 1}, {**tensors, "stations": found.values})
    for name, part in tensors.items():
        assert torch.equal(getattr(again, name), part)
    assert (again.among, again.seed) == (found.among, found.seed)


def test_each_way_says_its_pair_its_climb_and_its_status(found):
    for row, way in enumerate(ways_of(found)):
        assert list(way.pair) == found.pairs[row].tolist()
        assert way.top == found.tops[-1, row] and way.penalty == found.penalties[-1, row]
        assert way.gradients == float(found.spent[-1]) / len(found)
        assert way.status == found.status[row] and way.message == way.status.message


def test_a_loss_that_is_not_finite_is_told_with_its_place(found):
    heights, status = found.heights.clone(), found.status.clone()
    on_it = (found.ways == 1).nonzero().flatten()
    heights[on_it[1]], status[1] = torch.nan, Settling.NONFINITE
    way = ways_of(replace(found, heights=heights, status=status))[1]
    assert way.status == Settling.NONFINITE
    assert way.message.endswith(f"it lies on piece 2 of {len(on_it)}")


def test_ways_that_were_not_looked_at_are_endless(found):
    none = with_tops(found, torch.zeros(0, len(found)), torch.zeros(0))
    assert {way.top for way in ways_of(none)} == {torch.inf}
    assert {way.gradients for way in ways_of(none)} == {0.0}
