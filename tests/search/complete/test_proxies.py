"""Cells fit a gradient as well as they say, and a function that is not smooth is told where."""

import pytest
import torch

import morseloss as ml
from morseloss.search.complete.chebyshev import summed
from morseloss.search.complete.proxies import proxies
from morseloss.status import SearchError


def box(low, high):
    return torch.tensor([low, high], dtype=torch.float64)


def test_errors_bound_what_a_series_leaves_where_it_was_not_fitted():
    land = ml.analytic.MuellerBrown()
    cells = proxies(land, land.box).cells
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        places = torch.rand(len(cells), 2, dtype=torch.float64, generator=generator) * 2 - 1
        points = (cells.high + cells.low) / 2 + (cells.high - cells.low) / 2 * places
        misses = (summed(cells.series, places) - land.gradient(points)).abs()
        assert bool((misses <= cells.errors).all())


def test_cells_without_a_zero_are_counted_and_left_out():
    land = ml.Function(lambda x: torch.sin(9 * x[:, 0]) + 20 * x[:, 1], dim=2)
    cover = proxies(land, box([0.0, 0.0], [1.0, 1.0]))
    assert cover.count >= 4
    assert len(cover.cells) == 0


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_kink_is_told_with_a_cell_that_holds_it(dim):
    land = ml.Function(lambda x: (x[:, 0] - 0.1).abs() + x.square().sum(-1), dim=dim)
    with pytest.raises(SearchError, match=r"no series that .* cell from \(0\.1.*pass `starts`"):
        proxies(land, box([-1.0] * dim, [1.0] * dim))


def test_a_gradient_that_is_not_finite_is_told():
    land = ml.Function(lambda x: x[:, 0].sqrt() + x[:, 1] ** 2, dim=2)
    with pytest.raises(SearchError, match=r"not finite everywhere between \(-1, -1\) and"):
        proxies(land, box([-1.0, -1.0], [1.0, 1.0]))


def test_a_function_that_ends_at_the_wall_of_its_box_is_fitted_inside():
    land = ml.Function(lambda x: x[:, 0] * x[:, 0].log() + x[:, 1] ** 2, dim=2)
    assert proxies(land, box([0.01, -1.0], [1.0, 1.0])).count > 0
