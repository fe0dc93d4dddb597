"""`grid_barcode`: from an array of values to the bars of its sublevel sets.

The one idea: each degree goes the fastest way that is exact. Degree 0 and, by duality, the top one
are walks on the grid; gudhi computes what is left.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from morseloss.topology.diagram import COLUMNS, Diagram
from morseloss.topology.door import sealed, shown
from morseloss.topology.grids.cubical import bars_of_complex
from morseloss.topology.grids.dual import bars_of_holes
from morseloss.topology.grids.grid import Cells, Grid, as_grid, check_values
from morseloss.topology.grids.pairs import pairs_of
from morseloss.topology.provenance import ours

__all__ = ["bars_of_pieces", "grid_barcode"]


def grid_barcode(
    values: Any,
    cells: Cells = "vertices",
    *,
    periodic: bool | Sequence[bool] = False,
    mask: Any = None,
    degrees: int | Sequence[int] = 0,
) -> Diagram:
    """Return the bars of a sampled grid, by sublevels of its values.

    Parameters
    ----------
    values : array_like, 1 to 4 axes
        Of numpy, torch or lists, of any real dtype that float64 holds exactly, or bool. A cell with
        nan or inf, or masked in a masked array of numpy, is not there. -inf is refused.
    cells : {"vertices", "pixels"}
        What the values stand on. Vertices (the V-construction, `vertices` in gudhi) are joined
        along axes, to 2 d neighbours; pixels (the T-construction, `top_dimensional_cells`) also
        where they share a corner, to 3^d - 1.
    periodic : bool or sequence of bool
        Whether the two ends of an axis are neighbours, of all axes or of each. A periodic axis has
        at least 3 cells.
    mask : array_like of bool, shape of `values`, optional
        True where a cell is there.
    degrees : int or sequence of int
        The homological degrees to compute, from 0 up to the number of axes. 0 is fast, and so is
        the number of axes less one if none is periodic. The others take gudhi's cubical complex:
        up to a hundred times the time and 40 bytes of memory a cell of the complex, of which there
        are `2^d` per value.

    Returns
    -------
    Diagram
        Cells are flat indices: `numpy.unravel_index(bars.birth_cells, values.shape)` are the grid
        indices of the minima, and those of `death_cells` the ones of the passes. Bars of length
        zero are left out, since which of them a plateau has hangs on the order of its cells alone.
        Of degrees that were not asked for there is no bar.

    Raises
    ------
    ValueError
        If `values` are not real numbers in 1 to 4 axes, none is there or one is -inf; if `cells`,
        `periodic`, `mask` or `degrees` is none of the above.

    Notes
    -----
    Ties go to the earlier cell, so of two equally deep minima the one with the larger flat index
    dies. The values of the bars do not depend on it.

    References
    ----------
    Bleile, Garin, Heiss, Maggs and Robins, The persistent homology of dual digital image
    constructions, 2022 (the two constructions and their duality).

    Examples
    --------
    Two wells in a plane, the one at (0, 3) left over the pass at (1, 1):

    >>> values = [[1.0, 7.0, 8.0, 2.0], [2.0, 4.0, 3.0, 2.5], [9.0, 9.0, 9.0, 9.0]]
    >>> bars = grid_barcode(values)
    >>> bars.births, bars.deaths
    (array([1., 2.]), array([inf,  4.]))
    >>> np.unravel_index(bars.death_cells[1], (3, 4))
    (np.int64(1), np.int64(1))
    """
    grid = as_grid(values, cells, periodic, mask)
    asked = _degrees(degrees, len(grid.shape))
    if 0 not in asked:  # whose walks see every minimum
        check_values(grid)
    holes = len(grid.shape) - 1 if not any(grid.periodic) else 0
    found = []
    if 0 in asked:
        found.append(bars_of_pieces(grid))
    if holes in asked and holes > 0:
        found.append(bars_of_holes(grid))
    # of the degree of all axes there is no bar unless all are periodic
    above = len(grid.shape) + (all(grid.periodic) or len(asked) == 1)
    rest = [degree for degree in asked if degree not in (0, holes) and degree < above]
    if rest:
        found.append(bars_of_complex(grid, rest))
    columns = (np.concatenate([getattr(bars, name) for bars in found]) for name in COLUMNS)
    field = None if max(asked) == 0 else 2  # bars of degree 0 are the same over each
    return Diagram(*map(sealed, columns), highest=max(asked), provenance=ours(field))


def bars_of_pieces(grid: Grid) -> Diagram:
    """Return the bars of degree 0 of a grid.

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
    >>> bars_of_pieces(as_grid([0.0, 3.0, 1.0], "vertices", False, None)).death_cells
    array([-1,  1])
    """
    births, deaths, minima, passes = map(sealed, pairs_of(grid))
    return Diagram(births, deaths, birth_cells=minima, death_cells=passes, highest=0)


def _degrees(given, axes):
    """Return the degrees asked for, increasing."""
    given = given[()] if isinstance(given, np.ndarray) else given
    several = tuple(given) if isinstance(given, Sequence | np.ndarray | range) else (given,)
    whole = all(isinstance(one, int | np.integer) and not isinstance(one, bool) for one in several)
    if not several or not whole or min(several) < 0 or max(several) > axes:
        raise ValueError(
            f"`degrees` must be integers from 0 to {axes}, the number of axes, got {shown(given)}"
        )
    return sorted({int(one) for one in several})
