"""Series are what numpy says they are, and a part of a box holds the same polynomial."""

import numpy as np
import torch
from numpy.polynomial import chebyshev as reference

from morseloss.search.complete.chebyshev import coefficients, nodes, restricted, summed


def drawn(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def test_series_pass_through_their_values_in_one_to_three_variables():
    for dim in (1, 2, 3):
        values = drawn(2, 3, *[6] * dim)
        series = coefficients(values)
        line = nodes(6, values)
        places = torch.cartesian_prod(*[line] * dim).reshape(-1, dim)
        for row, place in enumerate(places):
            found = summed(series, place.expand(2, dim))
            assert torch.allclose(found, values.flatten(2)[..., row], atol=1e-12)


def test_sums_are_numpys():
    series = drawn(4, 2, 5, 5)
    points = (
        torch.rand(4, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    )
    for cell in range(4):
        for part in range(2):
            wanted = reference.chebval2d(*points[cell].numpy(), series[cell, part].numpy())
            assert abs(float(summed(series, points)[cell, part]) - wanted) < 1e-12


def test_a_restricted_series_is_the_same_polynomial():
    series = drawn(3, 2, 7, 7, 7)
    low = torch.tensor([[-1.0, -0.5, 0.1], [0.9, -1.0, -0.2], [-1.0, -1.0, -1.0]]).double()
    high = torch.tensor([[-0.2, 0.5, 1.0], [1.0, -0.3, -0.1], [1.0, 1.0, 1.0]]).double()
    part = restricted(series, low, high)
    for place in drawn(8, 3, seed=2).tanh():
        there = (high + low) / 2 + (high - low) / 2 * place
        wanted = summed(series, there)
        assert torch.allclose(summed(part, place.expand(3, 3)), wanted, atol=1e-11)
    assert torch.allclose(part[2], series[2], atol=1e-12)
