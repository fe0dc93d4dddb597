"""On a torus every question about two points is one about their nearest images."""

import itertools
import math

import numpy as np
import pytest
import torch

from morseloss.landscapes.spaces.space import EUCLIDEAN
from morseloss.landscapes.spaces.torus import Torus, torus

INF = math.inf
SPACES = (Torus((1.0, 2.0)), Torus((INF, 0.7)), Torus((3.0,)), Torus((1.0, INF, 5.0)))


def points(space, n, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return 8 * torch.rand(n, len(space.periods), generator=generator, dtype=torch.float64) - 4


def shifted(space, rows):
    """All images of the points within twenty periods of each axis."""
    steps = [
        torch.arange(-20, 21).double() * p if math.isfinite(p) else torch.zeros(1).double()
        for p in space.periods
    ]
    moves = torch.tensor(list(itertools.product(*[s.tolist() for s in steps])))
    return rows[:, None] + moves.double()


@pytest.mark.parametrize("space", SPACES)
def test_the_nearest_image_is_nearer_than_any_other(space):
    here, there = points(space, 9), points(space, 9, seed=1)
    every = (shifted(space, there) - here[:, None]).norm(dim=-1).amin(1)
    near = space.nearest(here, there)
    torch.testing.assert_close((near - here).norm(dim=-1), every)
    torch.testing.assert_close(space.canonical(near), space.canonical(there))
    torch.testing.assert_close(space.distances(here, there).diagonal(), every)


@pytest.mark.parametrize("space", SPACES)
def test_pairs_are_those_whose_images_are_close(space):
    rows = points(space, 60)
    gaps = space.distances(rows, rows)
    wanted = {(i, j) for i, j in (gaps < 0.3).nonzero().tolist() if i < j}
    found = {tuple(sorted(pair)) for pair in space.pairs(rows.numpy(), 0.3).tolist()}
    assert found == wanted
    assert wanted


@pytest.mark.parametrize("space", SPACES)
def test_representatives_lie_in_one_period_and_stay_where_they_are(space):
    rows = space.canonical(points(space, 50))
    for axis, period in enumerate(space.periods):
        if math.isfinite(period):
            assert ((rows[:, axis] >= 0) & (rows[:, axis] < period)).all()
    assert torch.equal(space.canonical(rows), rows)


def test_ways_lead_to_the_nearest_image_and_round_each_circle():
    space = Torus((1.0, INF, 2.0))
    start, end = torch.tensor([[0.1, 0.0, 0.5]]), torch.tensor([[0.9, 3.0, 0.6]])
    images = space.images(start, end)[:, 0]
    wanted = [[-0.1, 3.0, 0.6], [0.9, 3.0, 0.6], [-0.1, 3.0, -1.4]]
    torch.testing.assert_close(images, torch.tensor(wanted))


def test_a_space_tells_its_name_its_count_and_its_shortest_way_round():
    names = [space.named(len(space.periods)) for space in SPACES]
    assert names == ["T^2", "S^1 x R", "S^1", "T^2 x R"]
    assert [space.euler for space in SPACES] == [0] * 4
    assert [space.girth for space in SPACES] == [1.0, 0.7, 3.0, 1.0]
    assert torus((INF, INF)) is EUCLIDEAN
    assert (EUCLIDEAN.named(4), EUCLIDEAN.euler, EUCLIDEAN.girth) == ("R^4", 1, INF)
    assert EUCLIDEAN.closed(2) == ()
    assert SPACES[3].closed(3) == (0, 2)
    assert np.isfinite(SPACES[2].periods).all()
