"""Basins of a grid, and their simplification: what remains when short bars are cancelled.

The one idea: to cancel a bar is to let its basin flow over the pass that ends it. The basins that
are left are those of the minima with longer bars, and so are the bars of the graph between them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Int

from morseloss.topology.door import number
from morseloss.topology.elder import elder_rule
from morseloss.topology.grids.grid import Cells, as_grid
from morseloss.topology.grids.lattice import lattice_of
from morseloss.topology.grids.passes import Passes, passes_of

__all__ = ["grid_basins", "survivors_of"]


def grid_basins(
    values: Any,
    cells: Cells = "vertices",
    *,
    periodic: bool | Sequence[bool] = False,
    mask: Any = None,
    shorter_than: float = 0.0,
) -> Int[np.ndarray, "..."]:
    """Return to which minimum of a sampled grid steepest descent leads from each cell.

    Parameters
    ----------
    values, cells, periodic, mask
        As for `grid_barcode`.
    shorter_than : float
        Bars shorter than this are cancelled: their basins join the one beyond the pass that ends
        them. Bars of length zero always are.

    Returns
    -------
    ndarray of int, shape of `values`
        Rows of the minima of `grid_graph` with the same arguments, which count from 0 in the order
        of the grid; -1 where a cell is not there.

    Raises
    ------
    ValueError
        As for `grid_barcode`; if `shorter_than` is no number from 0 on.

    Examples
    --------
    >>> grid_basins([0.0, 3.0, 1.0, 2.0, 1.5])
    array([0, 0, 1, 1, 2])
    >>> grid_basins([0.0, 3.0, 1.0, 2.0, 1.5], shorter_than=1.0)
    array([0, 0, 1, 1, 1])
    """
    from morseloss.topology.grids.walk import find_basins

    grid = as_grid(values, cells, periodic, mask)
    found = passes_of(grid)
    _, rows = survivors_of(found, shorter_than)
    lattice = lattice_of(grid.shape, grid.periodic, pixels=grid.pixels)
    basins = np.full(grid.values.size, -1)
    find_basins(grid.values.reshape(-1), lattice, found.labels, rows, basins)
    return basins.reshape(grid.shape)


def survivors_of(
    found: Passes, shorter_than: float
) -> tuple[Int[np.ndarray, " k"], Int[np.ndarray, " n"]]:
    """Return which minima are left when short bars are cancelled.

    Parameters
    ----------
    found : Passes
        Minima and passes of a grid.
    shorter_than : float
        The least length of a bar that stays, in the unit of the values.

    Returns
    -------
    survivors : ndarray of int, shape (k,)
        Rows of the minima that stay, increasing.
    rows : ndarray of int, shape (n,)
        For each minimum, where in `survivors` the one is into whose basin its own flows.

    Raises
    ------
    ValueError
        If `shorter_than` is no number from 0 on.

    Notes
    -----
    The passes that end the cancelled bars are edges of the spanning forest of the graph. Each tree
    that is left of it, when those of longer bars are cut, holds one minimum with a longer bar, and
    it is the lowest: for all that a minimum had swallowed has a shorter bar than its own.

    Examples
    --------
    >>> found = passes_of(as_grid([0.0, 3.0, 1.0, 2.0, 1.5], "vertices", False, None))
    >>> survivors_of(found, 1.0)
    (array([0, 1]), array([0, 1, 1]))
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    least = number("shorter_than", shorter_than)
    if not least >= 0:
        raise ValueError(f"`shorter_than` must be a length from 0 on, got {least}")
    bars = elder_rule(found.filtration)
    n = len(bars)
    with np.errstate(over="ignore"):
        lengths = bars.deaths - bars.births
    gone = bars.finite & ((lengths < least) | (lengths == 0))
    heads, tails = found.filtration.edges[bars.death_cells[gone]].T
    joins = coo_array((np.ones(len(heads)), (heads, tails)), shape=(n, n))
    count, trees = connected_components(joins, directed=False)
    survivors = np.sort(bars.birth_cells[~gone])
    row_of_tree = np.empty(count, np.int64)
    row_of_tree[trees[survivors]] = np.arange(count)
    return survivors, row_of_tree[trees]
