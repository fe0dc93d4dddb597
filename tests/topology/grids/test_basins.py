import numpy as np
import pytest
from scipy.ndimage import label

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


def tied_grids():
    """Yield planes with many ties, whole plateaus among them."""
    rng = np.random.default_rng(7)
    for levels in (1, 2, 3, 5, 5, 9):
        yield rng.integers(0, levels, rng.integers(1, 14, 2)).astype(float)
    yield np.kron(rng.integers(0, 3, (4, 5)), np.ones((3, 2)))
    yield -np.kron(np.eye(4), np.ones((3, 3)))


@pytest.mark.parametrize("cells", WAYS)
def test_cells_whose_steepest_descents_meet_are_of_one_basin_ties_too(cells):
    for values in tied_grids():
        basins, bottoms = ml.grid_basins(values, cells), walked_down(values, cells)
        np.testing.assert_array_equal(basins, basins.reshape(-1)[bottoms])


@pytest.mark.parametrize("cells", WAYS)
def test_of_tied_minima_the_earliest_of_a_piece_keeps_its_basin(cells):
    joined = np.ones((3, 3)) if cells == "pixels" else None
    for values in tied_grids():
        basins, bottoms = ml.grid_basins(values, cells), np.unique(walked_down(values, cells))
        own = ml.grid_graph(values, cells).points.astype(int) @ (values.shape[1], 1)
        flat, earliest = values.reshape(-1), []
        for cell in bottoms:
            pieces = label(values <= flat[cell], joined)[0].reshape(-1)
            piece = np.flatnonzero(pieces == pieces[cell])
            earliest += [cell] if piece[np.argmin(flat[piece])] == cell else []
            assert own[basins.reshape(-1)[cell]] in piece
        assert own.tolist() == earliest


@pytest.mark.parametrize("cells", WAYS)
def test_a_plateau_is_one_basin(cells):
    for shape in ((7,), (4, 5), (3, 3, 3)):
        assert not ml.grid_basins(np.ones(shape), cells, periodic=True).any()


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
