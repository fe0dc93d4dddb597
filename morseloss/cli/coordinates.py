"""Where the minimum of a bar is, and the pass that ends it: columns beside the bars of a graph.

The one idea: in JSON all coordinates, in the table the first few, under the names of the variables.
"""

from typing import Any

import numpy as np

from morseloss.cli.barcode import Column
from morseloss.cli.output import shown
from morseloss.graphs.graph import LandscapeGraph
from morseloss.landscapes.landscape import Landscape
from morseloss.topology import Diagram

__all__ = ["coordinates"]

FEW = 4  # in a table


def coordinates(landscape: Landscape, graph: LandscapeGraph, bars: Diagram) -> list[Column]:
    """Return the columns of the minima and of the passes, as far as the graph knows where."""
    dim = landscape.dim
    head = ", ".join(landscape.variables[:FEW]) + (", ..." if dim > FEW else "")
    columns = []
    for called, places, cells in (
        ("point", graph.points, bars.birth_cells),
        ("pass", graph.peaks, bars.death_cells),
    ):
        if places is not None:
            chosen = [places[cell].tolist() if cell >= 0 else None for cell in np.asarray(cells)]
            scale = float(np.abs(places[np.isfinite(places)]).max(initial=0.0))
            words = [_word(place, scale) for place in chosen]
            title = f"({head})" if called == "point" else "pass at"
            columns.append(Column(called, title, [_plain(p) for p in chosen], words, ""))
    return columns


def _plain(place: list[float] | None) -> Any:
    if place is None or not np.isfinite(place).all():
        return None
    return place


def _word(place: list[float] | None, scale: float) -> str:
    if _plain(place) is None or place is None:
        return "-"
    near = [shown(float(f"{entry:.5g}"), 1e5 * scale) for entry in place[:FEW]]
    return f"({', '.join(near)}{', ...' if len(place) > FEW else ''})"
