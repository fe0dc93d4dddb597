import numpy as np
import pytest

import morseloss as ml
from tests.topology.grids.arrays import WAYS, ordered, random_grids

NEIGHBOURS = {
    cells: [
        step for step in np.ndindex((3,) * 2) if step != (1, 1) and (cells == "pixels" or 1 in step)
    ]
    for cells in WAYS
}


def walked_down(values, cells):
    """Return the flat index of the minimum below each cell of a plane, one step after the other."""
    rows, columns = values.shape
    bottoms = np.empty(values.shape, int)
    for start in np.ndindex(values.shape):
        at = start
        while True:
            around = [(at[0] + a - 1, at[1] + b - 1) for a, b in NEIGHBOURS[cells]]
            inside = [(i, j) for i, j in around if 0 <= i < rows and 0 <= j < columns]
            lowest = min([at, *inside], key=lambda cell: (values[cell], cell))
            if lowest == at:
                break
            at = lowest
        bottoms[start] = at[0] * columns + at[1]
    return bottoms


@pytest.mark.parametrize("cells", WAYS)
def test_basins_are_where_steepest_descent_leads(cells):
    values = np.random.default_rng(0).random((25, 21))
    graph = ml.grid_graph(values, cells)
    cells_of_minima = graph.points.astype(int) @ (21, 1)
    basins = ml.grid_basins(values, cells)
    np.testing.assert_array_equal(cells_of_minima[basins], walked_down(values, cells))


@pytest.mark.parametrize("cells", WAYS)
def test_cancelling_leaves_the_longer_bars_as_they_were(cells):
    for values, periodic in random_grids(80, seed=1):
        bars = ml.grid_barcode(values, cells, periodic=periodic)
        for least in (0.0, 1.0, 2.5, np.inf):
            options = {"periodic": periodic, "shorter_than": least}
            coarse = ml.barcode(ml.grid_graph(values, cells, **options))
            kept = ordered(bars)[ordered(bars)[:, 1] - ordered(bars)[:, 0] >= least]
            np.testing.assert_array_equal(ordered(coarse), kept)
            basins = ml.grid_basins(values, cells, **options)
            assert basins.shape == values.shape
            np.testing.assert_array_equal(basins >= 0, np.isfinite(values))
            assert set(basins[basins >= 0].tolist()) == set(range(len(coarse)))


@pytest.mark.parametrize("cells", WAYS)
def test_a_minimum_lies_in_its_own_basin_and_is_the_lowest_there(cells):
    for values, periodic in random_grids(40, seed=2):
        options = {"periodic": periodic, "shorter_than": 1.5}
        graph = ml.grid_graph(values, cells, **options)
        basins = ml.grid_basins(values, cells, **options)
        own = basins[tuple(graph.points.astype(int).T)]
        np.testing.assert_array_equal(own, np.arange(len(graph)))
        lowest = [values[basins == row].min() for row in range(len(graph))]
        np.testing.assert_array_equal(graph.values, lowest)


@pytest.mark.parametrize("length", [-1.0, np.nan])
def test_a_length_below_zero_is_refused(length):
    with pytest.raises(ValueError, match="`shorter_than` must be a length from 0 on"):
        ml.grid_basins([0.0, 1.0], shorter_than=length)
