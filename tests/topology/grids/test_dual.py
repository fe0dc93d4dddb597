import numpy as np
import pytest

import morseloss as ml
from tests.topology.grids.arrays import WAYS, check_cells, gudhi_bars, ordered, random_grids


@pytest.mark.parametrize("cells", WAYS)
def test_holes_of_random_grids_are_those_of_gudhi_to_the_bit(cells):
    for values, _ in random_grids(120, seed=0):
        if values.ndim > 1:
            bars = ml.grid_barcode(values, cells, degrees=values.ndim - 1)
            check_cells(bars, values)
            expected = gudhi_bars(values, cells, (False,), values.ndim - 1)
            np.testing.assert_array_equal(ordered(bars), expected)


@pytest.mark.parametrize("cells, other", [WAYS, WAYS[::-1]])
def test_the_two_constructions_are_dual(cells, other):
    """Holes of f on the one are pieces of -f on the other, within a rim lower than everything."""
    for values, _ in random_grids(40, seed=1):
        if values.ndim > 1 and np.isfinite(values).all():
            rim = values.max() + 1
            holes = ml.grid_barcode(values, cells, degrees=values.ndim - 1)
            pieces = ml.grid_barcode(-np.pad(values, 1, constant_values=rim), other)
            turned = -np.stack([pieces.deaths, pieces.births], axis=1)[pieces.finite]
            np.testing.assert_array_equal(ordered(holes), ordered(turned))


def test_a_hole_around_what_is_not_there_is_never_filled():
    values = np.array([[1.0, 2.0, 3.0], [4.0, np.nan, 5.0], [6.0, 7.0, 8.0]])
    bars = ml.grid_barcode(values, "vertices", degrees=1)
    assert (bars.births.tolist(), bars.deaths.tolist()) == ([8.0], [np.inf])
    assert ml.grid_barcode(values, "pixels", degrees=1).births.tolist() == [7.0]


def test_a_top_of_the_largest_float_is_refused():
    with pytest.raises(ValueError, match="below the largest float"):
        ml.grid_barcode(np.full((3, 3), np.finfo(float).max), degrees=1)
