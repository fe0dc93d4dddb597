"""`grid_barcode`: from an array of values to the bars of its sublevel sets."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from morseloss.topology.diagram import Diagram
from morseloss.topology.door import sealed
from morseloss.topology.elder import elder_rule
from morseloss.topology.grids.grid import Cells, Grid, as_grid
from morseloss.topology.grids.passes import passes_of

__all__ = ["grid_barcode"]


def grid_barcode(
    values: Any,
    cells: Cells = "vertices",
    *,
    periodic: bool | Sequence[bool] = False,
    mask: Any = None,
    degrees: int | Sequence[int] = 0,
) -> Diagram:
    grid = as_grid(values, cells, periodic, mask)
    return bars_of_components(grid)


def bars_of_components(grid: Grid) -> Diagram:
    found = passes_of(grid)
    bars = elder_rule(found.filtration)
    kept = bars.births < bars.deaths
    killers = bars.death_cells[kept]
    ends = np.full(len(killers), -1)
    ends[killers >= 0] = found.peaks[killers[killers >= 0]]
    return Diagram(
        births=sealed(bars.births[kept]),
        deaths=sealed(bars.deaths[kept]),
        birth_cells=sealed(found.minima[bars.birth_cells[kept]]),
        death_cells=sealed(ends),
        highest=0,
    )
