"""Sampled grids: arrays of values on vertices or pixels, and the bars of their sublevel sets."""

from morseloss.topology.grids.bars import grid_barcode
from morseloss.topology.grids.basins import grid_basins, survivors_of
from morseloss.topology.grids.grid import Cells, Grid, as_grid
from morseloss.topology.grids.passes import Passes, passes_of

__all__ = [
    "Cells",
    "Grid",
    "Passes",
    "as_grid",
    "grid_barcode",
    "grid_basins",
    "passes_of",
    "survivors_of",
]
