"""The graph of a landscape on a box with walls: built among soft walls, then put on the box.

The one idea: among soft walls a minimum on a wall is a minimum like any other, and so is a pass;
the points that the graph ends with are moved onto the walls, which makes their values exact.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float

from morseloss.caution import caution
from morseloss.graphs.graph import LandscapeGraph
from morseloss.landscapes.boxes.soft_walls import SoftWalls
from morseloss.landscapes.boxes.walls import outside
from morseloss.landscapes.critical import CriticalPoints, in_float64, join, tied
from morseloss.landscapes.landscape import Landscape
from morseloss.search.paths.curve import Paths, Polyline
from morseloss.search.paths.height import heights
from morseloss.search.walls.hardening import hardened, softened
from morseloss.status import Interrupted, Status

__all__ = ["graph_on_box"]

Built = Callable[[Landscape, CriticalPoints, CriticalPoints | None], LandscapeGraph]


def graph_on_box(
    built: Built,
    landscape: Landscape,
    minima: CriticalPoints,
    saddles: CriticalPoints | None = None,
) -> LandscapeGraph:
    """Build a graph among soft walls, and return it on the box.

    Parameters
    ----------
    built : callable
        Takes a landscape without walls, its minima and saddles, and gives its graph.
    landscape : Landscape
        With a domain.
    minima, saddles : CriticalPoints
        Of the landscape; saddles outside of the domain are left out.

    Raises
    ------
    SearchError
        If one of them is degenerate.
    Interrupted
        At an interrupt from the keyboard; `found` is the graph as known by then.
    """
    known = minima
    if saddles is not None:
        saddles = in_float64(landscape, saddles).of_index(1)
        saddles = saddles.take((~outside(landscape, saddles.points)).nonzero().flatten())
        known = join(minima, saddles)
    soft, found = softened(landscape, known)
    rows = torch.arange(len(known))
    below, above = (found.take(rows[part]) for part in (rows < len(minima), rows >= len(minima)))
    try:
        graph = built(soft, below, None if saddles is None else above)
    except Interrupted as stop:
        raise Interrupted(_on_walls(landscape, soft, stop.found)) from None
    return _on_walls(landscape, soft, graph)


def _on_walls(landscape: Landscape, soft: SoftWalls, graph: LandscapeGraph) -> LandscapeGraph:
    """The graph with its points on the box, and the values there."""
    low, high = soft.walls.numpy(force=True)
    m = len(graph.weights)
    exact = np.zeros(m, bool) if graph.exact is None else graph.exact
    nodes, tops = (_placed(landscape, soft, part) for part in (graph.points, graph.peaks))
    values, points = nodes[0], nodes[1]
    paths = tuple(path.clip(low, high) for path in graph.paths or ())
    weights, peaks = tops[0].copy(), tops[1].copy()
    for row in np.flatnonzero(~(exact & tops[2])):
        line = torch.from_numpy(paths[row])[None]
        top = heights(landscape, Paths(line, Polyline(), torch.ones(1, dtype=torch.long)))
        weights[row], peaks[row] = float(top.values[0]), top.points[0].numpy(force=True)
    if not nodes[2].all():
        lost = np.flatnonzero(~nodes[2]).tolist()
        caution(
            f"minima in rows {lost[:5]} are not exact: no minimum on the box is certified there, "
            "whose slope across a wall is nearly zero; move that wall"
        )
    return replace(
        graph,
        values=values,
        points=points,
        weights=np.maximum(weights, values[graph.edges].max(axis=1, initial=-np.inf)),
        peaks=peaks,
        exact=exact & tops[2],
        paths=paths,
    )


def _placed(
    landscape: Landscape, soft: SoftWalls, points: Float[np.ndarray, "n dim"] | None
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n dim"], Bool[np.ndarray, " n"]]:
    """Values and places on the box, and whether each is certified to be a critical point."""
    if points is None:
        points = np.zeros((0, landscape.dim))
    found = tied(hardened(landscape, soft, torch.tensor(points, dtype=torch.float64)))
    good = found.status != Status.WRONG_INDEX
    return tuple(part.numpy(force=True) for part in (found.values, found.points, good))  # pyright: ignore
