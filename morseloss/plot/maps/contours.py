"""A landscape in two variables: a contour map, and the graph and critical points on it.

The one idea: heights are drawn where the topology is. Levels are even from the lowest point to a
little above the highest pass and spread out beyond, so that a wall of any height leaves the wells
in sight; a stronger line marks each level at which two wells flow together.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from morseloss.graphs.graph import LandscapeGraph
from morseloss.graphs.persistence import barcode
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.plot.marks import MINIMUM, SADDLE, kinds, mark
from morseloss.plot.seams import cut
from morseloss.plot.style import INK, PASS, SEA, halo, legend_above, ramp
from morseloss.plot.window import heights_of, value_range, values_at

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["draw_contours", "draw_map", "fill_contours", "levels"]

GRID = 241  # points along each side of a map
MOST_MERGES = 8  # levels of merging beyond which their lines would hide the map
MOST_NUMBERS = 20  # minima beyond which a map does not number them


def draw_map(
    landscape: Landscape,
    graph: LandscapeGraph | None,
    points: CriticalPoints | None,
    ax: "matplotlib.axes.Axes",
    window: Float[np.ndarray, "2 dim"],
    steps: Float[np.ndarray, " levels"] | None,
) -> "matplotlib.axes.Axes":
    """Draw a landscape in two variables; see `plot.landscape`."""
    grid = draw_contours(landscape, ax, window, heights_of(graph, points), steps)
    if graph is not None:
        merging = _merging_weights(graph)
        if 0 < len(merging) <= MOST_MERGES:
            ax.contour(*grid, merging, colors=INK, linewidths=0.8, linestyles="solid")
        _draw_graph(ax, graph, lambda path: cut(landscape, window, path))
    if points is not None:
        mark(ax, points.points.cpu().numpy(), kinds(points.indices.cpu().numpy(), 2))
    legend_above(ax)
    return ax


def draw_contours(
    landscape: Landscape,
    ax: "matplotlib.axes.Axes",
    window: Float[np.ndarray, "2 dim"],
    heights: Iterable[float],
    steps: Float[np.ndarray, " levels"] | None = None,
) -> tuple[Float[np.ndarray, " x"], Float[np.ndarray, " y"], Float[np.ndarray, "y x"]]:
    """Fill the contours of a landscape in two variables and add their colour bar.

    Parameters
    ----------
    landscape : Landscape
    ax : Axes
        Gets its limits and labels here.
    window : ndarray, shape (2, 2)
        Lower and upper corner.
    heights : iterable of float
        Values which the levels should resolve: those of the critical points.
    steps : ndarray, shape (levels,), optional
        The levels, increasing, where they are given.

    Returns
    -------
    tuple of ndarray
        The grid and the values on it, as `contour` takes them.
    """
    x, y = np.linspace(window[0], window[1], GRID).T
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    values = values_at(landscape, places)
    finite = values[np.isfinite(values)]
    low, top = value_range(finite, heights)
    values = np.ma.masked_invalid(values).reshape(GRID, GRID)
    if steps is None:
        steps = levels(finite, min(low, finite.min()), top)
    fill_contours(ax, (x, y, values), np.asarray(steps, float))
    xlabel, ylabel = landscape.variables
    ax.set(xlim=window[:, 0], ylim=window[:, 1], xlabel=xlabel, ylabel=ylabel)
    return x, y, values


def fill_contours(
    ax: "matplotlib.axes.Axes",
    grid: tuple[Float[np.ndarray, " x"], Float[np.ndarray, " y"], Float[np.ndarray, "y x"]],
    steps: Float[np.ndarray, " levels"],
) -> None:
    """Fill the contours of values on a grid, and add a colour bar of the levels.

    Its colours have equal steps, whatever the steps of the levels are: it is headed "levels".
    """
    from matplotlib.colors import BoundaryNorm

    colours = ramp(SEA)
    norm = BoundaryNorm(steps, colours.N, extend="max")
    filled = ax.contourf(*grid, steps, cmap=colours, norm=norm, extend="max")
    ax.contour(*grid, steps, colors="white", linewidths=0.5, linestyles="solid")
    bar = ax.figure.colorbar(filled, ax=ax, ticks=steps[:: max(1, len(steps) // 8)])
    bar.ax.set_title("levels", fontsize="small", loc="left")
    bar.ax.tick_params(length=0)
    bar.outline.set_visible(False)


def levels(
    values: Float[np.ndarray, " points"], low: float, top: float
) -> Float[np.ndarray, " levels"]:
    """Return contour levels, even from `low` to a little above `top` and ever wider beyond.

    Parameters
    ----------
    values : ndarray, shape (points,)
        Values on the map; one in twenty may lie above the last level.
    low, top : float
        The lowest value and the highest pass.

    Returns
    -------
    ndarray, shape (levels,)
        Multiples of one round number, increasing.
    """
    from matplotlib.ticker import MaxNLocator

    even = MaxNLocator(nbins=14, steps=[1, 2, 2.5, 5, 10]).tick_values(low, top + 0.2 * (top - low))
    wider = even[-1] + (even[1] - even[0]) * np.cumsum(2.0 ** np.arange(1, 30))
    return np.concatenate([even, wider[: np.searchsorted(wider, np.quantile(values, 0.95))]])


def _draw_graph(
    ax: "matplotlib.axes.Axes", graph: LandscapeGraph, parts: Callable[[np.ndarray], list]
) -> None:
    """Put the paths, in parts that stay in the window, tops and numbered minima on a map."""
    exact = np.zeros(len(graph.weights), bool) if graph.exact is None else graph.exact
    for edge, path in enumerate(_lines(graph)):
        style = "-" if exact[edge] else (0, (4, 2))
        name = "path" if exact[edge] else "path (upper bound)"
        for part in parts(path):
            ax.plot(
                *part.T,
                color=PASS,
                linewidth=1.4,
                linestyle=style,
                label=name,
                path_effects=halo(3),
            )
    if graph.peaks is not None:
        mark(ax, graph.peaks[exact], np.full(int(exact.sum()), SADDLE))
        for peak in graph.peaks[~exact]:
            ax.plot(*peak, "x", color=PASS, markersize=6, label="top of a path", zorder=4)
    if graph.points is not None:
        mark(ax, graph.points, np.full(len(graph), MINIMUM))
        for row, point in enumerate(graph.points if len(graph) <= MOST_NUMBERS else ()):
            ax.annotate(
                str(row), point, (6, 5), textcoords="offset points", color=INK,
                weight="bold", path_effects=halo(3), zorder=6, annotation_clip=True,
            )  # fmt: skip


def _lines(graph: LandscapeGraph) -> list[Float[np.ndarray, "k dim"]]:
    """Return the paths of the graph, or straight lines over its peaks, or none."""
    if graph.paths is not None:
        return list(graph.paths)
    if graph.points is None:
        return []
    stops = [graph.points[graph.edges[:, 0]], graph.points[graph.edges[:, 1]]]
    if graph.peaks is not None:
        stops.insert(1, graph.peaks)
    return list(np.stack(stops, axis=1))


def _merging_weights(graph: LandscapeGraph) -> Float[np.ndarray, " k"]:
    """Return the heights at which wells merge; those equal up to round-off only once."""
    bars = barcode(graph)
    weights = np.unique(bars.deaths[bars.finite])
    apart = np.diff(weights, prepend=-np.inf) > 1e-6 * np.ptp([*graph.values, *graph.weights])
    return weights[apart]
