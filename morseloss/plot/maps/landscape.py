"""`landscape`: a contour map in two variables, a curve in one, with what was found on it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float

from morseloss.graphs.graph import LandscapeGraph, as_graph
from morseloss.graphs.persistence import barcode
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.plot.maps.contours import draw_map
from morseloss.plot.marks import MAXIMUM, MINIMUM, kinds, mark
from morseloss.plot.seams import moved_in
from morseloss.plot.style import AID, INK, PASS, arrow, legend_above, open_axes
from morseloss.plot.window import (
    heights_of,
    places_of,
    value_range,
    values_at,
    window_around,
)

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["landscape"]


def landscape(
    landscape: Landscape,
    graph: Any = None,
    points: CriticalPoints | None = None,
    ax: "matplotlib.axes.Axes | None" = None,
    box: Float[torch.Tensor, "2 dim"] | None = None,
    levels: Float[np.ndarray, " levels"] | None = None,
) -> "matplotlib.axes.Axes":
    """Draw a landscape in one or two variables, with its minima, passes and paths.

    Parameters
    ----------
    landscape : Landscape
        Of dimension 1 (a curve, each minimum with its bar) or 2 (a contour map).
    graph : LandscapeGraph, or whatever `as_graph` reads, optional
        Its minima are numbered by row; its edges are drawn as paths (dashed where the weight is
        only an upper bound), with a cross where an edge reaches its weight.
    points : CriticalPoints, optional
        More critical points, marked by their index.
    ax : Axes, optional
        Where to draw; by default a new figure. A map brings a colour bar along.
    box : Tensor, shape (2, dim), optional
        Lower and upper corner of the window; by default one around the graph and the points, or
        else the box of the landscape.
    levels : ndarray, shape (k,), optional
        Contour levels, increasing: give the same to all frames of a family. By default even ones
        up to a little above the highest pass, and ever wider ones beyond.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the dimension is above 2, `graph` or `points` have another, or no window is known.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.DoubleWell(1)
    >>> ml.plot.landscape(land, ml.build_graph(land, land.critical_points)).get_xlabel()
    'x0'
    """
    if landscape.dim > 2:
        raise ValueError(
            f"`landscape` must have dimension 1 or 2 to be drawn, got {landscape!r} of dimension "
            f"{landscape.dim}; draw its graph with `plot.graph`, its paths with `plot.heights`"
        )
    graph = None if graph is None else as_graph(graph)
    for name, found in (("graph", graph), ("points", points)):
        where = None if found is None else found.points
        if where is not None and where.shape[1] != landscape.dim:
            raise ValueError(
                f"`{name}` must hold points of dimension {landscape.dim} for {landscape!r}, got "
                f"{where.shape[1]}; pass what was found on this landscape"
            )
    window = window_around(landscape, places_of(graph, points), box)
    graph, points = _in_window(landscape, window, graph, points)
    if landscape.dim == 1:
        return _draw_curve(landscape, graph, points, open_axes(ax), window)
    return draw_map(landscape, graph, points, open_axes(ax, 5.6, 4.6), window, levels)


def _in_window(
    landscape: Landscape,
    window: Float[np.ndarray, "2 dim"],
    graph: LandscapeGraph | None,
    points: CriticalPoints | None,
) -> tuple[LandscapeGraph | None, CriticalPoints | None]:
    """Return what was found at its images in the window; paths are cut where they are drawn."""
    if not landscape.space.closed(landscape.dim):
        return graph, points
    if points is not None:
        places = moved_in(landscape, window, points.points.cpu().numpy())
        points = replace(points, points=torch.from_numpy(places))
    if graph is not None:
        places, peaks = (
            None if part is None else moved_in(landscape, window, part)
            for part in (graph.points, graph.peaks)
        )
        graph = replace(graph, points=places, peaks=peaks)
    return graph, points


def _draw_curve(
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
    ax.set(xlabel=landscape.variables[0], ylabel="value")
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
