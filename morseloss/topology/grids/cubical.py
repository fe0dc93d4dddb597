"""The bars of any degree, by the cubical complexes of gudhi: slow, for what no walk can see."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from morseloss.topology.diagram import Diagram
from morseloss.topology.grids.grid import Grid

__all__ = ["bars_of_complex"]


def bars_of_complex(grid: Grid, degrees: Iterable[int]) -> Diagram:
    """Return the bars of some degrees of a grid, as gudhi computes them over Z/2.

    Parameters
    ----------
    grid : Grid
        The values.
    degrees : iterable of int
        Which degrees to return.

    Returns
    -------
    Diagram
        With the flat index of the cell whose value a bar begins with, and of that it ends with.

    Examples
    --------
    >>> from morseloss.topology.grids.grid import as_grid
    >>> values = [[0.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 0.0]]
    >>> bars_of_complex(as_grid(values, "vertices", False, None), [1]).death_cells
    array([4])
    """
    from gudhi import CubicalComplex, PeriodicCubicalComplex

    name = "top_dimensional_cells" if grid.pixels else "vertices"
    filled = np.where(grid.values < np.inf, grid.values, np.inf)  # no nan
    given: dict[str, Any] = {name: filled}
    if any(grid.periodic):
        complex_ = PeriodicCubicalComplex(**given, periodic_dimensions=list(grid.periodic))
    else:
        complex_ = CubicalComplex(**given)
    complex_.compute_persistence(homology_coeff_field=2)
    ending, endless = (
        complex_.cofaces_of_persistence_pairs()
        if grid.pixels
        else complex_.vertices_of_persistence_pairs()
    )
    births, deaths, kinds = [], [], []
    for degree in degrees:
        pairs = ending[degree] if degree < len(ending) else np.empty((0, 2), np.int64)
        alone = endless[degree] if degree < len(endless) else np.empty(0, np.int64)
        births += [_in_rows(pairs[:, 0], grid.shape), _in_rows(alone, grid.shape)]
        deaths += [_in_rows(pairs[:, 1], grid.shape), np.full(len(alone), -1)]
        kinds += [np.full(len(pairs) + len(alone), degree)]
    return _bars(filled, *map(np.concatenate, (births, deaths, kinds)))


def _in_rows(places, shape):
    """Return the flat indices of gudhi, whose first axis runs fastest, as those of numpy."""
    return np.ravel_multi_index(np.unravel_index(places, shape, order="F"), shape)


def _bars(filled, births, deaths, degrees):
    """Return the bars between cells, a death in -1 or in what is not there being none."""
    values = np.append(filled, np.inf)
    kept = np.isfinite(values[births]) & (values[births] < values[deaths])
    births, deaths, degrees = births[kept], deaths[kept], degrees[kept]
    ends = np.isfinite(values[deaths])
    return Diagram(values[births], values[deaths], degrees, births, np.where(ends, deaths, -1))
