"""Minima and passes of a grid, and the filtered graph between them that has the bars of the grid.

The one idea: of the whole grid only cells at which two basins meet can end a bar, and they are few.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from morseloss.topology.door import borrowing, sealed
from morseloss.topology.filtration import Filtration
from morseloss.topology.forest.order import narrow
from morseloss.topology.grids.grid import Grid, check_bottoms
from morseloss.topology.grids.lattice import lattice_of

__all__ = ["Passes", "passes_of"]


@dataclass(frozen=True, eq=False)
class Passes:
    """Hold where a grid is critical, as far as degree 0 can see.

    Parameters
    ----------
    filtration : Filtration
        The minima, and an edge for each two basins that meet at a pass.
    minima : ndarray of int, shape (n,)
        Flat index of each minimum, increasing.
    peaks : ndarray of int, shape (m,)
        Flat index of the pass of each edge, increasing.
    labels : ndarray of int, shape (cells,)
        From a minimum or a cell that a walk from a pass came through, steepest descent leads to the
        minimum in the row one less than its label; other cells have 0. A walk from anywhere stops
        at the first label.
    """

    filtration: Filtration
    minima: Int[np.ndarray, " n"]
    peaks: Int[np.ndarray, " m"]
    labels: Int[np.ndarray, " cells"]


def passes_of(grid: Grid) -> Passes:
    """Find the minima of a grid and the passes between their basins.

    Parameters
    ----------
    grid : Grid
        The values.

    Raises
    ------
    ValueError
        If no cell is there, or a value is -inf.

    Examples
    --------
    >>> from morseloss.topology.grids.grid import as_grid
    >>> found = passes_of(as_grid([0.0, 3.0, 1.0], "vertices", False, None))
    >>> found.filtration, found.minima, found.peaks
    (Filtration(2 minima, 1 edge), array([0, 2]), array([1]))
    """
    from morseloss.topology.grids.walk import find_critical, find_edges

    values = grid.values.reshape(-1)
    lattice = lattice_of(grid.shape, grid.periodic, pixels=grid.pixels)
    # memory that is not written to is not taken
    minima, passes = np.empty((2, len(values)), np.int64)
    n, saddles, m = find_critical(values, lattice, minima, passes)
    minima = minima[:n].copy()
    check_bottoms(grid, minima)
    labels = np.zeros(len(values), narrow(len(values) + 1))
    labels[minima] = np.arange(1, n + 1)
    edges, peaks = np.empty((m, 2), narrow(n)), np.empty(m, np.int64)
    count = find_edges(values, lattice, passes[:saddles], labels, edges, peaks)
    edges, peaks = edges[:count], peaks[:count]
    with borrowing():
        filtration = Filtration(values[minima], edges, values[peaks])
    return Passes(filtration, sealed(minima), sealed(peaks), labels)
