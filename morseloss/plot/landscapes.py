"""`landscape`: a contour map in two variables, a curve in one, with what was found on it."""

from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float

from morseloss.critical import CriticalPoints
from morseloss.graph import as_graph
from morseloss.landscape import Landscape
from morseloss.plot.contours import draw_map
from morseloss.plot.curve import draw_curve
from morseloss.plot.style import open_axes
from morseloss.plot.window import places_of, window_around

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["landscape"]


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
    window = window_around(landscape, places_of(graph, points), box)
    if landscape.dim == 1:
        return draw_curve(landscape, graph, points, open_axes(ax), window)
    return draw_map(landscape, graph, points, open_axes(ax, 5.6, 4.6), window)
