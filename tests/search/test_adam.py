"""Adam with rates and numbers of steps of each row's own."""

import torch

from morseloss.search.adam import Decays, move, remember
from tests.checks import close

DECAYS = Decays(0.9, 0.99)


def stepped(points, gradients, means, squares, rates, counts, floor=1e-8):
    remember(gradients, means, squares, DECAYS)
    move(points, means, squares, gradients, rates=rates, counts=counts, decays=DECAYS, floor=floor)


def begun(generator, rows=3, dim=5):
    points = torch.randn(rows, dim, generator=generator, dtype=torch.float64)
    return points, torch.zeros_like(points), torch.zeros_like(points)


def test_each_row_may_have_its_own_rate_and_number_of_steps(generator):
    points, means, squares = begun(generator)
    rates, before = torch.tensor([0.1, 0.0, 0.3])[:, None], torch.tensor([0, 3, 7])[:, None]
    rows = [[part[row : row + 1].clone() for part in (points, means, squares)] for row in range(3)]
    for step in range(4):
        gradients = points.sin() + 0.1
        alone = [part[0].sin() + 0.1 for part in rows]
        stepped(points, gradients, means, squares, rates, before + step + 1)
        for row, parts in enumerate(rows):
            rate, count = float(rates[row]), int(before[row]) + step + 1
            stepped(parts[0], alone[row], parts[1], parts[2], rate, count)
    close(points, torch.cat([parts[0] for parts in rows]), 1e-14)


def test_a_rate_of_zero_moves_nothing_also_where_nothing_is_remembered(generator):
    points, means, squares = begun(generator)
    before = points.clone()
    stepped(points, torch.zeros_like(points), means, squares, 0.0, 1)
    stepped(points, torch.ones_like(points), means, squares, torch.zeros(3, 1), 2)
    assert torch.equal(points, before)


def test_nothing_but_the_given_tensors_is_written(generator):
    points, means, squares = begun(generator)
    inner = torch.zeros(3, 7, dtype=torch.float64)
    inner[:, 1:-1] = points
    stepped(inner[:, 1:-1], torch.ones_like(points), means, squares, 0.1, 1)
    assert torch.equal(inner[:, [0, -1]], torch.zeros(3, 2, dtype=torch.float64))
    close(inner[:, 1:-1], points - 0.1, 1e-7)
