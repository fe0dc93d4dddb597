"""`surface`: a landscape in two variables in space, with its points, passes and flow lines.

The one idea: lines and marks lie on the surface, and what a hill hides is hidden.
"""

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from jaxtyping import Float, Shaped

from morseloss.complexes.morse import MorseComplex
from morseloss.graphs.graph import LandscapeGraph, as_graph
from morseloss.landscapes.landscape import Landscape
from morseloss.plot.maps.contours import levels
from morseloss.plot.maps.flows import FLOWS, flow_lines, points_of
from morseloss.plot.maps.relief import ASPECT, Relief
from morseloss.plot.maps.scene import Camera
from morseloss.plot.marks import KINDS, MINIMUM, SADDLE, kinds, mark
from morseloss.plot.polylines import spread
from morseloss.plot.seams import cut, moved_in
from morseloss.plot.style import AID, PASS, SEA, halo, legend_above, open_axes, ramp
from morseloss.plot.window import value_range, values_at, window_around

if TYPE_CHECKING:
    from mpl_toolkits.mplot3d import Axes3D

__all__ = ["surface"]

VIEWS = [(up, round) for up in (50.0, 60.0, 70.0) for round in range(-60, 300, 30)]
"""Elevation and azimuth of the views to choose from, in degrees."""
ROOM = 0.25  # of the range of the points, shown above the highest one
PATH = "path"
LOOKS = {**FLOWS, PATH: {"color": PASS, "linewidth": 1.6, "linestyle": "-"}}

Found = tuple[
    Float[np.ndarray, "n 2"], Shaped[np.ndarray, " n"], list[tuple[str, Float[np.ndarray, "_ 2"]]]
]


def surface(
    landscape: Landscape,
    found: Any = None,
    ax: "Axes3D | None" = None,
    box: Float[torch.Tensor, "2 dim"] | None = None,
) -> "Axes3D":
    """Draw a landscape in two variables as a surface in space.

    Parameters
    ----------
    landscape : Landscape
        Of dimension 2.
    found : MorseComplex, LandscapeGraph, or whatever `as_graph` reads, optional
        Critical points and flow lines of the one, minima, passes and paths of the other, drawn on
        the surface.
    ax : Axes3D, optional
        Where to draw, seen from where it looks; by default a new figure, seen from where most of
        the points are in sight.
    box : Tensor, shape (2, 2), optional
        Lower and upper corner of the window; by default one around what was found, or else the box
        of the landscape.

    Returns
    -------
    Axes3D
        The surface is cut off a little above the highest point found. To be looked at from where it
        looks: what hides what is settled when it is drawn.

    Raises
    ------
    ValueError
        If the dimension is not 2, `found` has another or no points, no window is known, or the axes
        are flat.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.DoubleWell(2)
    >>> ml.plot.surface(land, ml.build_graph(land, land.critical_points)).get_zlabel()
    'value'
    """
    if landscape.dim != 2:
        raise ValueError(
            f"`landscape` must have dimension 2, got {landscape!r} of dimension {landscape.dim}; "
            "draw one variable with `plot.landscape`, three with `plot.level_surface`"
        )
    if ax is not None and ax.name != "3d":
        raise ValueError(
            f"`ax` must be three-dimensional, got {type(ax).__name__}; make it with "
            '`figure.add_subplot(projection="3d")`'
        )
    points, names, lines = _read(landscape, found)
    window = window_around(landscape, [points, *(path for _, path in lines)], box)
    points = _on(landscape, moved_in(landscape, window, points))
    lines = [
        (name, _on(landscape, spread(part, 100)[1]))
        for name, path in lines
        for part in cut(landscape, window, path)
    ]
    relief = _relief(landscape, window, points[:, 2].tolist())
    if ax is None:
        ax = cast("Axes3D", open_axes(None, 6.4, 5.4, projection="3d"))
        ax.view_init(*_best_view(relief, points, lines))
    camera = Camera(ax.elev, ax.azim)
    _frame(ax, landscape, relief)
    _draw_relief(ax, relief, camera)
    for name, path in lines:
        seen = np.where(relief.in_sight(path, camera)[:, None], path, np.nan)
        ax.plot(*seen.T, label=name, zorder=3, path_effects=halo(2.8), **LOOKS[name])
    seen = relief.in_sight(points, camera)
    mark(ax, points[seen], names[seen], zorder=4)
    legend_above(ax, columns=3, order=(*KINDS, *LOOKS), height=0.94)
    return ax


def _read(landscape: Landscape, found: Any) -> Found:
    """Return points, what each is, and lines with their names."""
    if found is None:
        return np.zeros((0, 2)), np.zeros(0, dtype=object), []
    if isinstance(found, MorseComplex):
        return points_of(found, landscape), kinds(found.indices, 2), flow_lines(found, landscape)
    graph = as_graph(found)
    if graph.points is None or graph.points.shape[1] != 2:
        came = "none" if graph.points is None else f"those of dimension {graph.points.shape[1]}"
        raise ValueError(
            f"`found` must hold points of dimension 2 for {landscape!r}, got {came}; pass what was "
            "found on this landscape"
        )
    return _of_graph(graph, graph.points)


def _of_graph(graph: LandscapeGraph, minima: Float[np.ndarray, "n 2"]) -> Found:
    passes = np.zeros((0, 2))
    if graph.peaks is not None and graph.exact is not None:
        passes = graph.peaks[graph.exact]
    names = np.array([MINIMUM] * len(minima) + [SADDLE] * len(passes), dtype=object)
    return np.concatenate([minima, passes]), names, [(PATH, path) for path in graph.paths or ()]


def _on(landscape: Landscape, places: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 3"]:
    """Return the places at their heights."""
    if not len(places):
        return np.zeros((0, 3))
    return np.column_stack([places, values_at(landscape, np.array(places))])


def _relief(landscape: Landscape, window: np.ndarray, heights: list[float]) -> Relief:
    sides = np.linspace(window[0], window[1], 61).T
    plane = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2)
    values = values_at(landscape, plane)
    low, top = value_range(values[np.isfinite(values)], heights)
    return Relief(landscape, window, low - 0.05 * (top - low), top + ROOM * (top - low))


def _best_view(relief: Relief, points: np.ndarray, lines: list) -> tuple[float, float]:
    """Return from where most of what was found is in sight, a point as much as a line."""
    whole = np.concatenate([points, *(path[::8] for _, path in lines)])
    parts = [1.0] * len(points)
    for _, path in lines:
        parts += [1 / len(path[::8])] * len(path[::8])

    def seen(view: tuple[float, float]) -> float:
        return float(relief.in_sight(whole, Camera(*view)) @ np.array(parts))

    return max(VIEWS, key=seen)


def _frame(ax: "Axes3D", landscape: Landscape, relief: Relief) -> None:
    """Put a bare box around the relief."""
    from matplotlib.ticker import MaxNLocator

    ax.computed_zorder = False  # what is in front of what is settled here
    ax.set_proj_type("ortho")
    zoom: Any = 0.94
    ax.set_box_aspect(ASPECT, zoom=zoom)
    ax.set_anchor("N")
    ax.grid(False)
    xlabel, ylabel = landscape.variables
    xlim, ylim = relief.window.T
    ax.set(xlim=xlim, ylim=ylim, zlim=(relief.bottom, relief.top))
    ax.set(xlabel=xlabel, ylabel=ylabel, zlabel="value")
    axes: Any = ax.xaxis, ax.yaxis, ax.zaxis
    for axis in axes:
        axis.set_pane_color((1, 1, 1, 0))
        axis.line.set_color(AID)
        axis.set_tick_params(pad=0)
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], prune="both"))


def _draw_relief(ax: "Axes3D", relief: Relief, camera: Camera) -> None:
    """Draw the surface, shaded, with a white line at each level."""
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    triangles = relief.triangles
    middle = triangles[..., 2].mean(axis=1)
    share = np.clip((middle - relief.bottom) / (relief.top - relief.bottom), 0, 1)
    colours = ramp(SEA)(share)
    colours[:, :3] *= 0.62 + 0.38 * relief.light(camera)[:, None]
    order = np.argsort((triangles.mean(axis=1) * relief.scale) @ camera.eye)
    faces = Poly3DCollection(
        triangles[order], facecolors=colours[order], edgecolors=colours[order], linewidths=0.3,
        rasterized=True, zorder=1, zsort="average",
    )  # fmt: skip
    ax.add_collection3d(faces)
    for level in levels(middle, relief.bottom, relief.top):
        if level < relief.top:
            for line in relief.level_lines(level):
                seen = np.where(relief.in_sight(line, camera)[:, None], line, np.nan)
                ax.plot(*seen.T, color="white", linewidth=0.5, alpha=0.8, zorder=2)
