"""`graph`: the graph of minima on a plane, edges coloured by weight and nodes by value."""

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from morseloss.graphs.graph import LandscapeGraph, as_graph
from morseloss.graphs.persistence import barcode
from morseloss.plot.style import (
    EMBER,
    INK,
    MOST_NAMES,
    PASS,
    SEA,
    SMALLEST,
    legend_above,
    literal,
    open_axes,
    ramp,
)

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["graph"]

SAME = 1e-9  # relative difference of values below which they have one colour


def graph(graph: Any, ax: "matplotlib.axes.Axes | None" = None) -> "matplotlib.axes.Axes":
    """Draw a graph of minima on the plane.

    Parameters
    ----------
    graph : LandscapeGraph, or whatever `as_graph` reads
        A minimum stands at its first two coordinates; in one variable, at its coordinate and
        value; without points, where a spring layout puts it. Loops are left out, and of parallel
        edges the lowest is on top.
    ax : Axes, optional
        Where to draw; by default a new figure. A colour bar each for minima and edges comes along,
        where their values differ.

    Returns
    -------
    Axes
        Broad lines are the edges that end a bar, the lowest passes between the minima; the others
        are thin and dashed.

    Raises
    ------
    ValueError
        If `graph` is no graph.

    Examples
    --------
    >>> import morseloss as ml
    >>> len(ml.plot.graph(([0.0, 1.0], [[0, 1]], [3.0])).collections)
    2
    """
    graph = as_graph(graph)
    ax = open_axes(ax, 5.8, 4.4)
    places = _places(graph, ax)
    edges = _draw_edges(ax, graph, places)
    size = float(np.clip(2500 / len(graph), 12, 220))
    nodes = ax.scatter(
        *places.T, c=graph.values, cmap=ramp(SEA), s=size, edgecolors=INK, linewidths=1, zorder=3
    )
    if len(graph) <= MOST_NAMES:
        low, spread = graph.values.min(), np.ptp(graph.values)
        deep = graph.values < low + 0.4 * spread
        for row, place in enumerate(places):
            _name(ax, graph.name_of(row), place, "white" if deep[row] else INK, size**0.5)
    ax.margins(0.12)
    for mappable, label in ((nodes, "minima"), (edges, "edges")):
        shades = np.asarray([] if mappable is None else mappable.get_array())
        if mappable is not None and np.ptp(shades) > SAME * np.abs(shades).max():
            bar = ax.figure.colorbar(mappable, ax=ax, aspect=30, pad=0.02)
            bar.ax.set_title(label, fontsize="small", loc="left")
            bar.outline.set_visible(False)
    _explain(ax, edges)
    return ax


def _explain(ax: "matplotlib.axes.Axes", edges: Any) -> None:
    """Say what broad and dashed lines are, where there are both."""
    widths = [] if edges is None else edges.get_linewidths()
    if len(widths) and max(widths) > min(widths):
        ax.plot([], [], color=PASS, linewidth=3, label="edge that ends a bar")
        ax.plot([], [], color=PASS, linewidth=1, linestyle=(0, (4, 3)), label="other edge")
        legend_above(ax)


def _name(
    ax: "matplotlib.axes.Axes", name: str, place: Float[np.ndarray, "2"], colour: str, room: float
) -> None:
    """Write a name into the circle of its minimum, `room` points wide; a long one above it."""
    letters = min(8.0, room / (0.75 * len(name)))
    inside = letters >= SMALLEST
    ax.annotate(
        literal(name),
        (float(place[0]), float(place[1])),
        (0, 0 if inside else 9),
        textcoords="offset points",
        ha="center",
        va="center" if inside else "bottom",
        size=letters if inside else 8,
        color=colour if inside else INK,
        zorder=4,
    )


def _draw_edges(
    ax: "matplotlib.axes.Axes", graph: LandscapeGraph, places: Float[np.ndarray, "n 2"]
) -> Any:
    """Draw the edges, the lowest last; return what a colour bar can be made from, or None."""
    from matplotlib.collections import LineCollection

    killers = barcode(graph).death_cells
    order = np.argsort(-graph.weights, kind="stable")
    order = order[graph.edges[order, 0] != graph.edges[order, 1]]
    if not len(order):
        return None
    broad = np.isin(order, killers)
    thin = float(np.clip(60 / len(order), 0.3, 1.0))
    lines = LineCollection(
        list(places[graph.edges[order]]),
        cmap=ramp(EMBER),
        linewidths=np.where(broad, 3.0 if len(graph) <= 100 else 1.5, thin),
        linestyles=["-" if kills else (0, (4, 3)) for kills in broad],
        zorder=1,
    )
    lines.set_array(graph.weights[order])
    ax.add_collection(lines)
    return lines


def _places(graph: LandscapeGraph, ax: "matplotlib.axes.Axes") -> Float[np.ndarray, "n 2"]:
    """Return where the minima stand, and label the axes accordingly."""
    if graph.points is None or graph.points.shape[1] == 0:
        ax.set(xticks=[], yticks=[])
        return _spring_layout(graph)
    if graph.points.shape[1] == 1:
        ax.set(xlabel="x0", ylabel="value")
        return np.stack([graph.points[:, 0], graph.values], axis=1)
    ax.set(xlabel="x0", ylabel="x1")
    return graph.points[:, :2]


def _spring_layout(graph: LandscapeGraph) -> Float[np.ndarray, "n 2"]:
    import networkx

    plain = networkx.Graph()
    plain.add_nodes_from(range(len(graph)))
    plain.add_edges_from(graph.edges.tolist())
    layout = networkx.spring_layout(plain, seed=0)
    return np.array([layout[row] for row in range(len(graph))])
