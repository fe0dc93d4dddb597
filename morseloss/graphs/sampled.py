"""`grid_graph`: the minima of a sampled grid and the passes between their basins, as a graph.

The one idea: what `barcode`, `merge_tree`, `minimax` and the pictures do with a graph of minima
they do with a grid, once it is one.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from morseloss.graphs.graph import LandscapeGraph
from morseloss.topology.door import sealed
from morseloss.topology.forest.order import total_order
from morseloss.topology.grids import Cells, as_grid, passes_of, survivors_of

__all__ = ["grid_graph"]


def grid_graph(
    values: Any,
    cells: Cells = "vertices",
    *,
    periodic: bool | Sequence[bool] = False,
    mask: Any = None,
    shorter_than: float = 0.0,
) -> LandscapeGraph:
    """Return the graph of the minima of a sampled grid, an edge over the lowest pass of each two.

    Parameters
    ----------
    values, cells, periodic, mask
        As for `grid_barcode`.
    shorter_than : float
        Bars shorter than this are cancelled, which coarsens the grid: minima and passes stay as
        they are, but fewer. Bars of length zero always are.

    Returns
    -------
    LandscapeGraph
        `points` and `peaks` hold the grid indices of minima and passes; minima come in the order
        of the grid. Its `barcode` is that of the grid, without what was cancelled.

    Raises
    ------
    ValueError
        As for `grid_barcode`; if `shorter_than` is no number from 0 on.

    Examples
    --------
    >>> import morseloss as ml
    >>> graph = ml.grid_graph([0.0, 3.0, 1.0, 2.0, 1.5])
    >>> graph.points.ravel(), graph.peaks.ravel(), graph.weights
    (array([0., 2., 4.]), array([1., 3.]), array([3., 2.]))
    >>> ml.merge_tree(graph)
    MergeTree(3 minima, 2 merges, 1 piece)
    """
    grid = as_grid(values, cells, periodic, mask)
    found = passes_of(grid)
    survivors, rows = survivors_of(found, shorter_than)
    pairs = np.sort(rows[found.filtration.edges], axis=1)
    order = total_order(found.filtration.weights)
    order = order[pairs[order, 0] < pairs[order, 1]]
    names = pairs[order, 0] * len(survivors) + pairs[order, 1]
    edges = np.sort(order[np.unique(names, return_index=True)[1]])  # the lowest of each pair
    return LandscapeGraph(
        values=sealed(found.filtration.values[survivors]),
        edges=sealed(pairs[edges]),
        weights=sealed(found.filtration.weights[edges]),
        points=_places(found.minima[survivors], grid.shape),
        peaks=_places(found.peaks[edges], grid.shape),
    )


def _places(cells, shape):
    """Return the grid indices of flat ones, a row for each."""
    return np.stack(np.unravel_index(cells, shape), axis=1).astype(np.float64)
