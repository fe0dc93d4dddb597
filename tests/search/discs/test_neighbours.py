"""Neighbours on a disc: what lies between them, and where another trajectory fits."""

import math
from dataclasses import replace

import pytest
import torch

import morseloss as ml
from morseloss._rows import put, take
from morseloss.search.discs.edges import Edges
from morseloss.search.discs.ladder import ladder
from morseloss.search.discs.neighbours import FINE_ANGLE, Neighbours
from morseloss.search.discs.samples import Samples
from morseloss.search.trajectories.branches import branches, levels_below
from morseloss.search.trajectories.frame import frame


@pytest.fixture(scope="module")
def neighbours():
    """Those of the only disc of a sum of two wells, with one rung above its four passes."""
    land = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (0, 4): 1.0, (0, 2): -2.2})
    whole = frame(land, ml.critical_points(land))
    top = whole.of_index(2)
    saddles, _ = levels_below(whole, top)
    rungs = whole.values[saddles[:1], None] + 0.1
    return Neighbours(whole, ladder(whole, top, saddles, rungs), branches(land, whole), 0.5)


def samples(neighbours, angles, points):
    """Trajectories on the disc that stay at given points on all levels."""
    count, width = len(angles), neighbours.ladder.levels.shape[1]
    places = torch.tensor(points, dtype=torch.float64)[:, None].expand(-1, width, -1).clone()
    zeros = torch.zeros(count, dtype=torch.long)
    angles = torch.tensor(angles, dtype=torch.float64)
    return Samples(zeros, angles, zeros - 1, places, zeros, torch.zeros(count, 2).long())


def column_of(neighbours, saddle):
    return int((neighbours.ladder.saddles[0] == saddle).nonzero()[0])


def passes(neighbours):
    return neighbours.frame.of_index(1)


def test_the_angle_between_neighbours_counts_round_the_circle(neighbours):
    points = [[0.5, 0.0], [0.0, 0.5]]
    a, b = samples(neighbours, [0.5, 6.0], points).pairs(torch.arange(2))
    angles, stages = neighbours.room(a, b, torch.tensor([0, 0]))
    assert angles.tolist() == pytest.approx([5.5, 2 * math.pi - 5.5])
    assert stages.tolist() == [-1, -1]


def test_too_fine_an_angle_is_none_and_a_lower_level_takes_over(neighbours):
    points = [[0.5, 0.5], [0.5, 0.5 + 1e-6]]
    a, b = samples(neighbours, [1.0, 1.0 + FINE_ANGLE / 2], points).pairs(torch.tensor([0]))
    angles, stages = neighbours.room(a, b, torch.tensor([3]))
    assert (angles.tolist(), stages.tolist()) == ([0.0], [2])
    _, above_all = neighbours.room(a, b, torch.tensor([0]))
    assert above_all.tolist() == [-1]


def test_where_no_float_fits_between_neighbours_they_are_stuck(neighbours):
    same, near = [[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.5], [0.5, 0.5 + 1e-6]]
    for points, stuck in ((same, True), (near, False)):
        some = samples(neighbours, [1.0, 1.0 + FINE_ANGLE / 2], points)
        edges = Edges.unknown(2, neighbours.ladder.levels.shape[1])
        edges = replace(edges, columns=edges.columns + 3)
        assert neighbours.stuck(some, edges).tolist()[0] is stuck


def beside(neighbours, saddle, along):
    """Points on both sides of a pass, along its first mode, in units of its trust radius."""
    whole = neighbours.frame
    ways = torch.tensor([[-along, 0.0], [along, 0.0]]).double() * whole.radii[saddle]
    return whole.at(torch.tensor([saddle, saddle]), ways)


def test_neighbours_on_both_sides_of_a_pass_have_a_flow_line_between_them(neighbours):
    for saddle in passes(neighbours).tolist():
        a, b = beside(neighbours, saddle, 0.1)
        column = column_of(neighbours, saddle)
        discs = torch.zeros(1, dtype=torch.long)
        width = neighbours.ladder.levels.shape[1]
        _, passed, sides = neighbours.close(discs, a.expand(1, width, 2), b.expand(1, width, 2))
        assert passed.nonzero().tolist() == [[0, column]]
        assert sides[0, column] == 1
        _, back, other = neighbours.close(discs, b.expand(1, width, 2), a.expand(1, width, 2))
        assert bool(back[0, column])
        assert other[0, column] == -1


def test_neighbours_in_one_half_of_the_cone_are_close_and_pass_nothing(neighbours):
    saddle = int(passes(neighbours)[0])
    (_, b), (_, far) = beside(neighbours, saddle, 0.1), beside(neighbours, saddle, 0.3)
    column, width = column_of(neighbours, saddle), neighbours.ladder.levels.shape[1]
    discs = torch.zeros(1, dtype=torch.long)
    close, passed, _ = neighbours.close(discs, b.expand(1, width, 2), far.expand(1, width, 2))
    assert bool(close[0, column])
    assert not bool(passed[0, column])


def test_only_open_edges_are_compared(neighbours):
    width = neighbours.ladder.levels.shape[1]
    some = samples(neighbours, [1.0, 1.1, 1.2], [[0.5, 0.5], [0.5, 0.51], [-0.9, 0.1]])
    edges = Edges.unknown(3, width)
    shut = put(
        edges, torch.tensor([1]), replace(take(edges, torch.tensor([1])), open=~edges.open[:1])
    )
    found = neighbours.compared(some, shut)
    assert not bool(found.open[1])
    assert found.gaps[1].isinf().all()
    assert found.gaps[0].isfinite().all()
