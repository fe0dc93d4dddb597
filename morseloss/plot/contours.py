"""`landscape`: a contour map in two variables, a curve in one, with what was found on it.

The one idea: heights are drawn where the topology is. Levels are even from the lowest point to a
little above the highest pass and spread out beyond, so that a wall of any height leaves the wells
in sight; a stronger line marks each level at which two wells flow together.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float, Int

from morseloss.barcode import barcode
from morseloss.critical import CriticalPoints
from morseloss.graph import LandscapeGraph, as_graph
from morseloss.landscape import Landscape, check_box
from morseloss.plot.style import AID, INK, PASS, SEA, arrow, legend_above, open_axes, ramp

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["landscape"]

GRID = 241  # points along each side of a map
MOST_MERGES = 8  # levels of merging beyond which their lines would hide the map
MOST_NUMBERS = 20  # minima beyond which a map does not number them
KINDS = {
    # Morse index: marker, size, fill, edge, name; -1 is degenerate
    0: ("o", 8, INK, "white", "minimum"),
    1: ("X", 9, "white", PASS, "saddle"),
    2: ("^", 8, "white", INK, "maximum"),
    -1: ("s", 7, AID, "white", "degenerate"),
}


def landscape(
    landscape: Landscape,
    graph: Any = None,
    points: CriticalPoints | None = None,
    ax: "matplotlib.axes.Axes | None" = None,
    box: Float[torch.Tensor, "2 dim"] | None = None,
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
    window = _window(landscape, graph, points, box)
    if landscape.dim == 1:
        return _curve(landscape, graph, points, open_axes(ax), window)
    return _map(landscape, graph, points, open_axes(ax, 5.6, 4.6), window)


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


def _map(
    landscape: Landscape,
    graph: LandscapeGraph | None,
    points: CriticalPoints | None,
    ax: "matplotlib.axes.Axes",
    window: Float[np.ndarray, "2 dim"],
) -> "matplotlib.axes.Axes":
    from matplotlib.colors import BoundaryNorm

    x, y = np.linspace(window[0], window[1], GRID).T
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    values = _values(landscape, places)
    finite = values[np.isfinite(values)]
    low, top = _range(finite, graph, points)
    steps = levels(finite, min(low, finite.min()), top)
    values = np.ma.masked_invalid(values).reshape(GRID, GRID)
    colours = ramp(SEA)
    norm = BoundaryNorm(steps, colours.N, extend="max")
    filled = ax.contourf(x, y, values, steps, cmap=colours, norm=norm, extend="max")
    ax.contour(x, y, values, steps, colors="white", linewidths=0.5, linestyles="solid")
    if graph is not None:
        merging = _merging_weights(graph)
        if 0 < len(merging) <= MOST_MERGES:
            ax.contour(x, y, values, merging, colors=INK, linewidths=0.8, linestyles="solid")
        _draw_graph(ax, graph)
    if points is not None:
        _mark(ax, points.points.cpu().numpy(), None, _kinds(points, 2))
    bar = ax.figure.colorbar(filled, ax=ax, ticks=steps[:: max(1, len(steps) // 8)], label="value")
    bar.ax.tick_params(length=0)
    bar.outline.set_visible(False)
    ax.set(xlim=window[:, 0], ylim=window[:, 1], xlabel="x0", ylabel="x1")
    legend_above(ax)
    return ax


def _curve(
    landscape: Landscape,
    graph: LandscapeGraph | None,
    points: CriticalPoints | None,
    ax: "matplotlib.axes.Axes",
    window: Float[np.ndarray, "2 dim"],
) -> "matplotlib.axes.Axes":
    x = np.linspace(window[0, 0], window[1, 0], 1001)
    values = _values(landscape, x[:, None])
    ax.plot(x, values, color=AID, linewidth=1.5, zorder=1)
    if graph is not None and graph.points is not None:
        _draw_bars(ax, graph)
    if points is not None:
        _mark(ax, points.points.cpu().numpy(), points.values.cpu().numpy(), _kinds(points, 1))
    low, top = _range(values[np.isfinite(values)], graph, points)
    ax.set(xlim=window[:, 0], ylim=(low - 0.1 * (top - low), top + 0.3 * (top - low)))
    ax.set(xlabel="x0", ylabel="value")
    legend_above(ax)
    return ax


def _draw_bars(ax: "matplotlib.axes.Axes", graph: LandscapeGraph) -> None:
    """Stand each bar on its minimum, and lead from its end to the maximum that ends it."""
    bars, points = barcode(graph), np.asarray(graph.points)
    at = points[bars.birth_cells, 0]
    for row in np.flatnonzero(~bars.finite):
        arrow(ax, at[row], bars.births[row], width=3)
    born, died, where = (part[bars.finite] for part in (bars.births, bars.deaths, at))
    ax.vlines(where, born, died, INK, linewidth=3, zorder=2, label="bar")
    if graph.peaks is not None:
        tops = graph.peaks[np.asarray(bars.death_cells)[bars.finite], 0]
        ax.hlines(died, where, tops, PASS, linestyle=":", linewidth=1.2, zorder=2)
        _mark(ax, graph.peaks, graph.weights, np.full(len(graph.peaks), 2))
    _mark(ax, points, graph.values, np.zeros(len(graph), dtype=int))


def _draw_graph(ax: "matplotlib.axes.Axes", graph: LandscapeGraph) -> None:
    """Put the paths, tops and numbered minima of the graph on a map."""
    from matplotlib import patheffects

    halo = [patheffects.withStroke(linewidth=3, foreground="white")]
    exact = np.zeros(len(graph.weights), bool) if graph.exact is None else graph.exact
    for edge, path in enumerate(_lines(graph)):
        style = "-" if exact[edge] else (0, (4, 2))
        (line,) = ax.plot(*path.T, color=PASS, linewidth=1.4, linestyle=style, path_effects=halo)
        line.set_label("path" if exact[edge] else "path (upper bound)")
    if graph.peaks is not None:
        _mark(ax, graph.peaks[exact], None, np.ones(int(exact.sum()), dtype=int))
        for peak in graph.peaks[~exact]:
            ax.plot(*peak, "x", color=PASS, markersize=6, label="top of a path", zorder=4)
    if graph.points is not None:
        _mark(ax, graph.points, None, np.zeros(len(graph), dtype=int))
        for row, point in enumerate(graph.points if len(graph) <= MOST_NUMBERS else ()):
            ax.annotate(
                str(row), point, (6, 5), textcoords="offset points", color=INK,
                weight="bold", path_effects=halo, zorder=6, annotation_clip=True,
            )  # fmt: skip


def _mark(
    ax: "matplotlib.axes.Axes",
    points: Float[np.ndarray, "n dim"],
    values: Float[np.ndarray, " n"] | None,
    kinds: Int[np.ndarray, " n"],
) -> None:
    """Draw markers at the points of a map, or above the points of a line."""
    for kind in np.unique(kinds).tolist():
        marker, size, fill, edge, name = KINDS[kind]
        rows = kinds == kind
        ax.plot(
            points[rows, 0],
            points[rows, 1] if values is None else values[rows],
            marker,
            markersize=size,
            markerfacecolor=fill,
            markeredgecolor=edge,
            label=name,
            zorder=5 if kind else 4,
        )


def _kinds(points: CriticalPoints, dim: int) -> Int[np.ndarray, " n"]:
    """Return the rows of `KINDS`: a point of full index is a maximum, also in one variable."""
    indices = points.indices.cpu().numpy()
    return np.where(indices == dim, 2, indices)


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


def _range(
    values: Float[np.ndarray, " n"], graph: LandscapeGraph | None, points: CriticalPoints | None
) -> tuple[float, float]:
    """Return the lowest value that counts and the highest pass; without one, the lower half."""
    known = [values.min()]
    if graph is not None:
        known += [*graph.values, *graph.weights]
    if points is not None:
        known += points.values.tolist()
    low, top = float(min(known)), float(max(known))
    if top - low <= 1e-9 * max(abs(low), abs(top), 1e-300) or len(known) <= 2:
        top = max(top, float(np.quantile(values, 0.5)))
    return low, (top if top > low else low + max(abs(low), 1.0))


def _values(landscape: Landscape, points: Float[np.ndarray, "n dim"]) -> Float[np.ndarray, " n"]:
    with torch.no_grad():
        values = landscape.value(torch.from_numpy(points)).double().cpu().numpy()
    if not np.isfinite(values).any():
        raise ValueError(f"{landscape!r} has no finite value in the window; pass another `box`")
    return values


def _window(
    landscape: Landscape,
    graph: LandscapeGraph | None,
    points: CriticalPoints | None,
    box: Float[torch.Tensor, "2 dim"] | None,
) -> Float[np.ndarray, "2 dim"]:
    """Return the lower and upper corner of what is drawn.

    Raises
    ------
    ValueError
        If there is nothing to go by.
    """
    if box is not None:
        return check_box(box, landscape.dim).numpy()
    parts = [] if points is None else [points.points.cpu().numpy()]
    if graph is not None:
        found = graph.points, graph.peaks, *(graph.paths or ())
        parts += [part for part in found if part is not None]
    seen = np.concatenate([np.zeros((0, landscape.dim)), *parts])
    known = None if landscape.box is None else landscape.box.cpu().numpy()
    if len(seen) and np.ptp(seen, axis=0).max() > 0:
        low, high = seen.min(0), seen.max(0)
        margin = np.maximum(0.3 * (high - low), 0.15 * (high - low).max())
        window = np.stack([low - margin, high + margin])
        if known is not None:  # stay in the box, yet never cut away what was found
            low = np.fmin(np.fmax(window[0], known[0]), low)
            high = np.fmax(np.fmin(window[1], known[1]), high)
            window = np.stack([low, high])
        return window
    if known is None:
        raise ValueError(
            f"{landscape!r} does not know a box to draw; pass `box`, a tensor of shape "
            f"(2, {landscape.dim}): lower corner, upper corner"
        )
    return known
