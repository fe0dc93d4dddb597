"""`level_surface`: a level set in three variables, with what lies inside it and around it.

The one idea: paint from back to front. What lies outside and behind comes first, then the far side
of the surface, then all that it encloses, then its near side, and last what stands before it; so a
translucent surface covers exactly what it should, seen from where the axes look.
"""

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from jaxtyping import Float, Shaped

from morseloss.complexes.morse import MorseComplex
from morseloss.landscapes.landscape import Landscape
from morseloss.plot.maps.flows import FLOWS, flow_lines, points_of
from morseloss.plot.maps.scene import FAR_SIDE, NEAR_SIDE, Camera, Scene, widened
from morseloss.plot.marks import KINDS, kinds, mark
from morseloss.plot.polylines import spread
from morseloss.plot.seams import cut, moved_in
from morseloss.plot.style import AID, SEA, legend_above, open_axes, ramp
from morseloss.plot.window import window_around

if TYPE_CHECKING:
    from mpl_toolkits.mplot3d import Axes3D

__all__ = ["level_surface"]

CAMERA = Camera(elevation=24.0, azimuth=-56.0)


def level_surface(
    landscape: Landscape,
    level: float,
    complex: MorseComplex | None = None,
    ax: "Axes3D | None" = None,
    box: Float[torch.Tensor, "2 dim"] | None = None,
) -> "Axes3D":
    """Draw the level set `{L = level}` of a landscape in three variables.

    Parameters
    ----------
    landscape : Landscape
        Of dimension 3.
    level : float
        A value that the landscape takes in the window; below it is the inside.
    complex : MorseComplex, optional
        Its critical points are marked by their index, and joined by the flow lines if it knows
        them.
    ax : Axes3D, optional
        Where to draw, seen from where it looks; by default a new figure.
    box : Tensor, shape (2, 3), optional
        Lower and upper corner of the window, at whose faces the surface is cut; by default one
        around the complex and the inside of the surface, up to twice the box of the landscape.

    Returns
    -------
    Axes3D
        To be looked at from where it looks: what hides what is settled when it is drawn.

    Raises
    ------
    ValueError
        If the dimension is not 3, the window does not hold the level or is not known, `complex`
        has another dimension or no points, or the axes are flat.
    ImportError
        If scikit-image, which finds the surface, is not installed.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.plot.level_surface(ml.analytic.DoubleWell(3), 1.0).get_zlabel()
    'x2'
    """
    if landscape.dim != 3:
        raise ValueError(
            f"`landscape` must have dimension 3, got {landscape!r} of dimension {landscape.dim}; "
            "draw one or two variables with `plot.landscape`, and the bars in any dimension with "
            "`plot.barcode`"
        )
    if ax is not None and ax.name != "3d":
        raise ValueError(
            f"`ax` must be three-dimensional, got {type(ax).__name__}; make it with "
            '`figure.add_subplot(projection="3d")`'
        )
    points = np.zeros((0, 3)) if complex is None else points_of(complex, landscape)
    lines = [] if complex is None else flow_lines(complex, landscape)
    window = window_around(landscape, [points, *(path for _, path in lines)], box)
    if box is None and not landscape.space.closed(3):
        window = widened(window, landscape, level)
    points = moved_in(landscape, window, points)
    lines = [(name, part) for name, path in lines for part in cut(landscape, window, path)]
    camera = CAMERA if ax is None else Camera(ax.elev, ax.azim)
    scene = Scene(landscape, level, window, camera)
    triangles = scene.surface()
    if ax is None:
        ax = cast("Axes3D", open_axes(None, 6.4, 5.6, projection="3d"))
        ax.view_init(camera.elevation, camera.azimuth)
    _frame(ax, scene)
    _draw_surface(ax, scene, triangles, f"level {level:g}")
    if complex is not None:
        _draw_points(ax, scene, points, kinds(complex.indices, 3))
    for name, path in lines:
        _draw_flow(ax, scene, spread(path, 100)[1], name)
    legend_above(ax, columns=2, order=(*KINDS, *FLOWS), height=0.92)
    return ax


def _frame(ax: "Axes3D", scene: Scene) -> None:
    """Put a bare box around the window."""
    from matplotlib.ticker import MaxNLocator

    ax.computed_zorder = False  # the layers say what is in front
    ax.set_proj_type("ortho")
    room: Any = 0.92  # for the name of the upright axis, which no layout knows of
    ax.set_box_aspect(scene.aspect, zoom=room)
    ax.set_anchor("N")  # right under the legend, where a layout makes room for it
    ax.grid(False)
    xlim, ylim, zlim = scene.window.T
    xlabel, ylabel, zlabel = scene.landscape.variables
    ax.set(xlim=xlim, ylim=ylim, zlim=zlim, xlabel=xlabel, ylabel=ylabel, zlabel=zlabel)
    axes: Any = ax.xaxis, ax.yaxis, ax.zaxis
    for axis in axes:
        axis.set_pane_color((1, 1, 1, 0))
        axis.line.set_color(AID)
        axis.labelpad = -1
        axis.set_tick_params(pad=0)
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], prune="both"))


def _draw_surface(
    ax: "Axes3D", scene: Scene, triangles: Float[np.ndarray, "faces 3 3"], name: str
) -> None:
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    outside, light = scene.light(triangles)
    colours = ramp(SEA)(light)
    for side, layer, opacity in ((~outside, FAR_SIDE, 0.6), (outside, NEAR_SIDE, 0.3)):
        surface = Poly3DCollection(
            triangles[side],
            facecolors=colours[side],
            edgecolors=colours[side],  # as wide as a hair: closes the gaps between triangles
            linewidths=0.4,
            rasterized=True,
            zorder=layer,
            agg_filter=_fade(opacity),
            label=name,
        )
        ax.add_collection3d(surface)


def _fade(opacity: float) -> Any:
    """Return a filter that makes a picture translucent as a whole, its parts hiding each other.

    matplotlib applies it twice to a collection of polygons, hence a bound and not a factor.
    """

    def fade(image: np.ndarray, dpi: float) -> tuple[np.ndarray, int, int]:
        return np.minimum(image, [1, 1, 1, opacity]), 0, 0

    return fade


def _draw_points(
    ax: "Axes3D",
    scene: Scene,
    points: Float[np.ndarray, "n 3"],
    kind: Shaped[np.ndarray, " n"],
) -> None:
    layers = scene.layers(points)
    for layer in np.unique(layers).tolist():
        rows = layers == layer
        mark(ax, points[rows], kind[rows], zorder=layer + 0.5)


def _draw_flow(ax: "Axes3D", scene: Scene, path: Float[np.ndarray, "k 3"], name: str) -> None:
    layers = scene.layers(path)
    for layer in np.unique(layers).tolist():
        here = layers == layer
        here[1:] |= here[:-1]  # as far as the next piece, so that no gap is left
        piece = np.where(here[:, None], path, np.nan)
        ax.plot(*piece.T, label=name, zorder=layer, **FLOWS[name])
