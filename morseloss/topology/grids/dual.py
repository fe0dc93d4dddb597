"""The bars of top degree, by duality: where sublevel sets have holes, superlevel sets have pieces.

The one idea: a bar of degree d - 1 in d axes is a piece of what is higher, closed in by what is
lower. It is born where that piece is cut off from the outside, and dies at its maximum. Outside is
what lies beyond the rim, and what is not there; vertices are dual to pixels.
"""

import numpy as np

from morseloss.topology.diagram import Diagram
from morseloss.topology.door import sealed
from morseloss.topology.grids.grid import Grid
from morseloss.topology.grids.pairs import pairs_of

__all__ = ["bars_of_holes"]


def bars_of_holes(grid: Grid) -> Diagram:
    """Return the bars of degree d - 1 of a grid with d axes, none of them periodic.

    Parameters
    ----------
    grid : Grid
        With 2 axes or more.

    Returns
    -------
    Diagram
        Birth cells are where a hole is closed, death cells where it is filled. A hole around what
        is not there is never filled.

    Raises
    ------
    ValueError
        If the largest value is the largest float, above which there is none for the outside.

    Examples
    --------
    A ring of zeros around a top of 5:

    >>> from morseloss.topology.grids.grid import as_grid
    >>> values = [[0.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 0.0]]
    >>> bars_of_holes(as_grid(values, "vertices", False, None))
    Diagram(1 bar: 1 of degree 1)
    """
    there = grid.values < np.inf
    top = grid.values.max(where=there, initial=-np.inf)
    with np.errstate(over="ignore"):
        outside = np.nextafter(-top, -np.inf)
    if np.isneginf(outside):
        raise ValueError(
            f"`values` must be below the largest float, got {top}; divide them by a power of two"
        )
    upside_down = np.pad(np.where(there, -grid.values, outside), 1, constant_values=outside)
    no = (False,) * there.ndim
    found = pairs_of(Grid(sealed(upside_down), not grid.pixels, no))
    places = np.pad(np.arange(there.size).reshape(there.shape), 1, constant_values=-1).ravel()
    kept = found.passes >= 0  # all but the outside
    filled, closed = places[found.minima[kept]], places[found.passes[kept]]
    ends = found.births[kept] > outside
    values = grid.values.reshape(-1)
    return Diagram(
        births=sealed(values[closed]),
        deaths=np.where(ends, values[filled], np.inf),
        degrees=np.asarray(there.ndim - 1),
        birth_cells=sealed(closed),
        death_cells=np.where(ends, filled, -1),
    )
