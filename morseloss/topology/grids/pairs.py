"""`pairs_of`: the minima of a grid and the passes that end their bars.

The one idea: a bar of length zero is left out here, for which of them a plateau has hangs on the
order of its cells alone.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.elder import elder_rule
from morseloss.topology.grids.grid import Grid
from morseloss.topology.grids.passes import passes_of

__all__ = ["Pairs", "pairs_of"]


class Pairs(NamedTuple):
    """Bars of degree 0 of a grid, in the order of their minima.

    Attributes
    ----------
    births, deaths : ndarray, shape (n,)
        Values of the minima, and of the passes that end their bars, `inf` where none does.
    minima, passes : ndarray of int, shape (n,)
        Flat indices of both, -1 for no pass.
    """

    births: Float[np.ndarray, " n"]
    deaths: Float[np.ndarray, " n"]
    minima: Int[np.ndarray, " n"]
    passes: Int[np.ndarray, " n"]


def pairs_of(grid: Grid) -> Pairs:
    """Pair the minima of a grid with passes, by the elder rule.

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
    >>> pairs_of(as_grid([0.0, 3.0, 1.0], "vertices", False, None)).passes
    array([-1,  1])
    """
    found = passes_of(grid)
    bars = elder_rule(found.filtration)
    kept = bars.births < bars.deaths
    return Pairs(
        bars.births[kept],
        bars.deaths[kept],
        found.minima[bars.birth_cells[kept]],
        np.append(found.peaks, -1)[bars.death_cells[kept]],
    )
