"""Points and paths on a torus, brought into the window of a picture and cut at its seam.

The one idea: a path lives in R^d and may run around; a picture shows one period. Each part of it is
moved into the window by whole periods, so that no line runs across the picture.
"""

import itertools

import numpy as np
from jaxtyping import Float

from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.spaces.torus import Torus

__all__ = ["cut", "moved_in", "one_period"]

Window = Float[np.ndarray, "2 dim"]


def one_period(landscape: Landscape, window: Window) -> Window:
    """Return the window with one period, from 0 on, on every periodic axis."""
    periods = _periods(landscape)
    periodic = np.isfinite(periods)
    return np.where(periodic, [0.0 * periods, periods], window) if periodic.any() else window


def moved_in(
    landscape: Landscape, window: Window, points: Float[np.ndarray, "n dim"]
) -> Float[np.ndarray, "n dim"]:
    """Return the images of points in the period that begins at the lower corner of the window."""
    periods = _periods(landscape)
    if not np.isfinite(periods).any():
        return points
    return points - _turns(points - window[0], periods) * _finite(periods)


def cut(
    landscape: Landscape, window: Window, path: Float[np.ndarray, "k dim"]
) -> list[Float[np.ndarray, "_ dim"]]:
    """Return the parts of a path, each moved into the window; whole where nothing is periodic."""
    periods = _periods(landscape)
    if not np.isfinite(periods).any() or len(path) < 2:
        return [path]
    nodes = _with_crossings(path - window[0], periods)
    turns = _turns((nodes[1:] + nodes[:-1]) / 2, periods)
    breaks = np.flatnonzero((turns[1:] != turns[:-1]).any(axis=1)) + 1
    ends = [0, *breaks.tolist(), len(turns)]
    unit = _finite(periods)
    return [
        nodes[first : last + 1] - turns[first] * unit + window[0]
        for first, last in itertools.pairwise(ends)
    ]


def _periods(landscape: Landscape) -> Float[np.ndarray, " dim"]:
    space = landscape.space
    return np.array(space.periods if isinstance(space, Torus) else [np.inf] * landscape.dim)


def _finite(periods: Float[np.ndarray, " dim"]) -> Float[np.ndarray, " dim"]:
    return np.where(np.isfinite(periods), periods, 0.0)


def _turns(
    places: Float[np.ndarray, "n dim"], periods: Float[np.ndarray, " dim"]
) -> Float[np.ndarray, "n dim"]:
    """How many whole periods each coordinate lies beyond the first one."""
    return np.where(np.isfinite(periods), np.floor(places / periods), 0.0)


def _with_crossings(
    path: Float[np.ndarray, "k dim"], periods: Float[np.ndarray, " dim"]
) -> Float[np.ndarray, "_ dim"]:
    """Return a path with a node wherever it crosses a whole period."""
    nodes = [path[:1]]
    for start, end in itertools.pairwise(path):
        parts = [1.0]
        for axis in np.flatnonzero(np.isfinite(periods)):
            low, high = sorted((start[axis], end[axis]))
            period = periods[axis]
            walls = period * np.arange(np.ceil(low / period), np.floor(high / period) + 1)
            if high > low:
                parts += ((walls - start[axis]) / (end[axis] - start[axis])).tolist()
        at = np.unique([part for part in parts if 0 < part <= 1])
        nodes.append(start + at[:, None] * (end - start))
    return np.concatenate(nodes)
