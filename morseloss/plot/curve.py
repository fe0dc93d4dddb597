"""A landscape in one variable: its curve, and the bar of each minimum standing on it."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from morseloss.critical import CriticalPoints
from morseloss.graph import LandscapeGraph
from morseloss.landscape import Landscape
from morseloss.persistence import barcode
from morseloss.plot.marks import MAXIMUM, MINIMUM, kinds, mark
from morseloss.plot.style import AID, INK, PASS, arrow, legend_above
from morseloss.plot.window import heights_of, value_range, values_at

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["draw_curve"]


def draw_curve(
    landscape: Landscape,
    graph: LandscapeGraph | None,
    points: CriticalPoints | None,
    ax: "matplotlib.axes.Axes",
    window: Float[np.ndarray, "2 dim"],
) -> "matplotlib.axes.Axes":
    """Draw a landscape in one variable; see `plot.landscape`."""
    x = np.linspace(window[0, 0], window[1, 0], 1001)
    values = values_at(landscape, x[:, None])
    ax.plot(x, values, color=AID, linewidth=1.5, zorder=1)
    if graph is not None and graph.points is not None:
        _draw_bars(ax, graph)
    if points is not None:
        places = np.column_stack([points.points.cpu().numpy(), points.values.cpu().numpy()])
        mark(ax, places, kinds(points.indices.cpu().numpy(), 1))
    low, top = value_range(values[np.isfinite(values)], heights_of(graph, points))
    ax.set(xlim=window[:, 0], ylim=(low - 0.1 * (top - low), top + 0.3 * (top - low)))
    ax.set(xlabel="x0", ylabel="value")
    legend_above(ax)
    return ax


def _draw_bars(ax: "matplotlib.axes.Axes", graph: LandscapeGraph) -> None:
    """Stand each bar on its minimum, and lead from its end to the maximum that ends it."""
    bars, points = barcode(graph), np.asarray(graph.points)
    at = points[bars.birth_cells, 0]
    for row in np.flatnonzero(~bars.finite):
        arrow(ax, float(at[row]), float(bars.births[row]), width=3)
    born, died, where = (part[bars.finite] for part in (bars.births, bars.deaths, at))
    ax.vlines(where, born, died, INK, linewidth=3, zorder=2, label="bar")
    if graph.peaks is not None:
        tops = graph.peaks[np.asarray(bars.death_cells)[bars.finite], 0]
        ax.hlines(died, where, tops, PASS, linestyle=":", linewidth=1.2, zorder=2)
        exact = np.zeros(len(graph.peaks), bool) if graph.exact is None else graph.exact
        peaks = np.column_stack([graph.peaks, graph.weights])[exact]
        mark(ax, peaks, np.full(len(peaks), MAXIMUM))
    mark(ax, np.column_stack([points, graph.values]), np.full(len(graph), MINIMUM))
