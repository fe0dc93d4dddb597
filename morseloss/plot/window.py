"""The window a landscape is drawn in: which points, and which range of values."""

from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import Float

from morseloss.graphs.graph import LandscapeGraph
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape, check_box
from morseloss.plot.seams import one_period

__all__ = ["heights_of", "places_of", "value_range", "values_at", "window_around"]

WALL_ROOM = 0.03  # of the width, beyond an edge on which something was found
SIDES = np.array([[-1.0], [1.0]])


def window_around(
    landscape: Landscape,
    places: Iterable[Float[np.ndarray, "_ dim"]],
    box: Float[torch.Tensor, "2 dim"] | None,
) -> Float[np.ndarray, "2 dim"]:
    """Return the lower and upper corner of what is drawn: the box, or one around the places.

    Without a box, periodic axes show one period.

    Raises
    ------
    ValueError
        If there is nothing to go by.
    """
    if box is not None:
        return check_box(box, landscape.dim).numpy()
    if len(landscape.space.closed(landscape.dim)) == landscape.dim:
        return one_period(landscape, np.zeros((2, landscape.dim)))
    seen = np.concatenate([np.zeros((0, landscape.dim)), *places])
    known = None if landscape.box is None else landscape.box.cpu().numpy()
    if len(seen) and np.ptp(seen, axis=0).max() > 0:
        low, high = seen.min(0), seen.max(0)
        margin = np.maximum(0.3 * (high - low), 0.15 * (high - low).max())
        window, seen_ends = np.stack([low - margin, high + margin]), np.stack([low, high])
        if known is not None:  # stay in the box, yet never cut away what was found
            low = np.fmin(np.fmax(window[0], known[0]), low)
            high = np.fmax(np.fmin(window[1], known[1]), high)
            window = np.stack([low, high])
            # marks on a wall, or beyond the box, are not to be cut
            room = WALL_ROOM * np.ptp(known if landscape.domain is not None else window, axis=0)
            window = window + np.where(window == seen_ends, room, 0) * SIDES
        return one_period(landscape, window)
    if known is None:
        raise ValueError(
            f"{landscape!r} does not know a box to draw; pass `box`, a tensor of shape "
            f"(2, {landscape.dim}): lower corner, upper corner"
        )
    return one_period(landscape, known)


def places_of(
    graph: LandscapeGraph | None, points: CriticalPoints | None
) -> list[Float[np.ndarray, "_ dim"]]:
    """Return where something was found: points, peaks and paths."""
    places = [] if points is None else [points.points.cpu().numpy()]
    if graph is not None:
        found = graph.points, graph.peaks, *(graph.paths or ())
        places += [part for part in found if part is not None]
    return places


def heights_of(graph: LandscapeGraph | None, points: CriticalPoints | None) -> list[float]:
    """Return the values at which something was found."""
    heights = [] if graph is None else [*graph.values.tolist(), *graph.weights.tolist()]
    return heights + ([] if points is None else points.values.tolist())


def value_range(values: Float[np.ndarray, " n"], heights: Iterable[float]) -> tuple[float, float]:
    """Return the lowest value that counts and the highest pass; without one, the lower half."""
    known = [values.min(), *heights]
    low, top = float(min(known)), float(max(known))
    if top - low <= 1e-9 * max(abs(low), abs(top), 1e-300) or len(known) <= 2:
        top = max(top, float(np.quantile(values, 0.5)))
    return low, (top if top > low else low + max(abs(low), 1.0))


def values_at(landscape: Landscape, points: Float[np.ndarray, "n dim"]) -> Float[np.ndarray, " n"]:
    """Return the values at the points.

    Raises
    ------
    ValueError
        If none of them is finite.
    """
    with torch.no_grad():
        values = landscape.value(torch.from_numpy(points)).double().cpu().numpy()
    if not np.isfinite(values).any():
        raise ValueError(f"{landscape!r} has no finite value in the window; pass another `box`")
    return values
