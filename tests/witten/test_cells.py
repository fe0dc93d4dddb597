"""The grid: its effective values, its box, its resolution."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.witten.cells import (
    MARGIN,
    MOST_CELLS,
    cells_of,
    enclosing_box,
    enough_cells,
    stiffest,
    window_level,
)

CAMEL = ml.analytic.SixHumpCamel()
WELLS = ml.analytic.EasyAndHard()


def test_a_cell_has_the_mean_of_its_exponential():
    slope = ml.Polynomial({(1, 0): 1.0, (0, 1): -2.0})
    h = 0.8
    cells = cells_of(slope, np.array([[0.0, 0.0], [2.0, 1.0]]), 16, h)
    assert cells.values.shape == (33, 17)
    np.testing.assert_array_equal(cells.steps, [0.125, 0.125])
    assert repr(cells) == "Cells(16 x 8 at temperature 0.8)"
    x, y = np.meshgrid(np.linspace(0, 2, 33), np.linspace(0, 1, 17), indexing="ij")
    values = x - 2 * y
    np.testing.assert_allclose(cells.values[::2, ::2], values[::2, ::2], atol=1e-14)
    rise = [h / 2 * np.log(np.sinh(t) / t) for t in (0.125 / h, 0.25 / h)]
    np.testing.assert_allclose(cells.values[1::2, ::2], values[1::2, ::2] + rise[0], atol=2e-6)
    np.testing.assert_allclose(cells.values[1::2, 1::2], values[1::2, 1::2] + sum(rise), atol=5e-5)


def test_effective_values_do_not_overflow_where_the_landscape_is_steep():
    steep = ml.Polynomial({6: 1.0})
    values = cells_of(steep, np.array([[-10.0], [10.0]]), 8, 1e-3).values
    assert np.isfinite(values).all()
    assert (values[1::2] < np.maximum(values[:-2:2], values[2::2])).all()


def test_a_point_is_found_in_its_cell():
    cells = cells_of(CAMEL, np.array([[-2.0, -1.0], [2.0, 1.0]]), 40, 0.1)
    points = np.array([[0.04, 0.96], [-2.0, -1.0], [2.0, 1.0]])
    np.testing.assert_array_equal(cells.rows(points, 0), [[20, 20], [0, 0], [40, 20]])
    np.testing.assert_array_equal(cells.rows(points, 1), [[20, 19], [0, 0], [39, 19]])


@pytest.mark.parametrize("land", [WELLS, CAMEL], ids=repr)
def test_the_box_holds_the_points_and_is_high_on_its_faces(land):
    points, h = land.critical_points, 0.05
    low, high = enclosing_box(land, points, h, None)
    places = points.points.numpy()
    assert (low < places).all()
    assert (places < high).all()
    faces = torch.tensor(np.stack([low, high]))
    if land.dim == 2:
        along = torch.linspace(0, 1, 1001, dtype=torch.float64)[:, None]
        line = faces[0] + along * (faces[1] - faces[0])
        sides = [(axis, end) for axis in (0, 1) for end in (0, 1)]
        faces = torch.cat([line.clone().index_fill_(1, torch.tensor([axis]), 0.0) +
                           torch.eye(2, dtype=torch.float64)[axis] * faces[end, axis]
                           for axis, end in sides])  # fmt: skip
    assert window_level(points, h) == float(points.values.max()) + MARGIN * h
    assert float(land.value(faces).min()) >= window_level(points, h) - 1e-3


def test_a_domain_is_the_box():
    land = ml.analytic.Rastrigin(2, 1)
    found = enclosing_box(land, land.critical_points, 0.5, None)
    np.testing.assert_array_equal(found, land.domain)


def test_a_given_box_is_kept_or_refused():
    points = WELLS.critical_points
    wide = torch.tensor([[-4.0], [4.0]], dtype=torch.float64)
    np.testing.assert_array_equal(enclosing_box(WELLS, points, 0.05, wide), wide)
    with pytest.raises(ValueError, match=r"without point \d at .*; enlarge it, or leave it out"):
        enclosing_box(WELLS, points, 0.05, wide / 4)
    narrow = torch.stack([points.points.min(0).values, points.points.max(0).values])
    with pytest.raises(ValueError, match=r"cuts off a well: on its faces .* enlarge it"):
        enclosing_box(WELLS, points, 0.05, narrow)


def test_a_landscape_that_does_not_grow_has_no_box():
    land = ml.Function(lambda x: torch.cos(x[:, 0]), dim=1)
    points = ml.classify(land, torch.tensor([[0.0], [np.pi]], dtype=torch.float64))
    with pytest.raises(ValueError, match=r"no box around `points` has .* lower the temperature"):
        enclosing_box(land, points, 0.05, None)


def test_cells_grow_with_the_stiffest_well_up_to_a_limit():
    points = CAMEL.critical_points
    box = np.array([[-2.0, -1.0], [2.0, 1.0]])
    curvature = points.eigenvalues[points.indices < 2].abs().max().item()
    assert stiffest(points, 0) == curvature
    h = curvature / 400  # a width of 1/20
    assert enough_cells(points, box, h, 0) == MOST_CELLS[2] == 200
    assert enough_cells(points, box, 4 * h, 0) in (120, 122)  # three to each of 40 widths
    assert enough_cells(points, box, 1e9, 0) == 16


def test_the_number_of_cells_does_not_hang_on_the_last_bit_of_the_box(generator):
    """One side is half as long as the other, but for round-off."""
    bowl = ml.Polynomial({(2, 0): 1.0, (0, 2): 1.0})
    for noise in (1e-15 * torch.randn(20, generator=generator, dtype=torch.float64)).tolist():
        box = np.array([[-1.3, -0.65], [1.3, 0.65 + noise]])
        assert cells_of(bowl, box, 40, 0.1).values.shape == (81, 41)
    for corner in torch.linspace(2, 3, 20, dtype=torch.float64).tolist():
        assert len(cells_of(WELLS, np.array([[-corner], [corner]]), 1876, 0.1).values) == 3753


def test_of_two_cells_equally_near_the_lower_one_is_taken(generator):
    box = np.array([[-2.0, -2.0], [2.0, 2.0]])
    cells = cells_of(CAMEL, box, 40, 0.1)
    points = 1e-14 * torch.randn(20, 2, generator=generator, dtype=torch.float64).numpy()
    assert (cells.rows(points, 0) == 20).all()
    assert (cells.rows(points, 1) == 19).all()
