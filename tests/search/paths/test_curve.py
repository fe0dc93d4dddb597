"""Straight paths, and what a landscape answers along whole paths."""

import torch

import morseloss as ml
from morseloss.search.paths.curve import asked, straight, tiny


def test_a_straight_path_is_evenly_spread_and_has_the_given_ends_to_the_bit(generator):
    starts = torch.randn(3, 2, generator=generator, dtype=torch.float64)
    ends = torch.randn(3, 2, generator=generator, dtype=torch.float64)
    path = straight(starts, ends, 5)
    assert torch.equal(path[:, 0], starts)
    assert torch.equal(path[:, -1], ends)
    torch.testing.assert_close(path.diff(dim=1), ((ends - starts) / 4)[:, None].expand(-1, 4, -1))


def test_a_landscape_answers_on_paths_as_on_points(generator):
    land = ml.analytic.Himmelblau()
    points = torch.randn(3, 4, 5, 2, generator=generator, dtype=torch.float64)
    values = asked(land.value, points)
    assert values.shape == (3, 4, 5)
    assert torch.equal(values[1, 2], land.value(points[1, 2]))
    gradients = asked(land.gradient, points[0])
    assert torch.equal(gradients[3], land.gradient(points[0, 3]))
    assert asked(land.hessian, points[0]).shape == (4, 5, 2, 2)


def test_tiny_is_the_least_number_of_the_dtype_that_is_normal():
    assert tiny(torch.ones(1)) == 2.0**-126
    assert tiny(torch.ones(1, dtype=torch.float64)) == 2.0**-1022
