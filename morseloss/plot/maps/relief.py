"""A landscape in two variables as a relief, cut off at a height, and what of it is in sight.

The one idea: over each point of the plane there is one height, so a place is hidden where the line
of sight from it to the eye dips below the surface.
"""

from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from morseloss.landscapes.landscape import Landscape
from morseloss.plot.maps.scene import Camera
from morseloss.plot.window import values_at

__all__ = ["Relief", "below"]

GRID = 121  # points along each side
SIGHT = 240  # points on a line of sight
CLEAR = 0.012  # of the box, from a place on the surface to where looking begins
ASPECT = np.array([1.0, 1.0, 0.5])


class Relief:
    """The surface over a window, as far as it lies below `top`.

    Parameters
    ----------
    landscape : Landscape
    window : ndarray, shape (2, 2)
        Lower and upper corner.
    bottom, top : float
        Lowest and highest value of the box.
    """

    def __init__(
        self, landscape: Landscape, window: Float[np.ndarray, "2 2"], bottom: float, top: float
    ) -> None:
        self.window, self.bottom, self.top = window, bottom, top
        self.x, self.y = np.linspace(window[0], window[1], GRID).T
        plane = np.stack(np.meshgrid(self.x, self.y, indexing="ij"), axis=-1)
        self.heights = values_at(landscape, plane.reshape(-1, 2)).reshape(GRID, GRID)
        self.corner = np.array([*window[0], bottom])
        self.scale = ASPECT / np.array([*np.ptp(window, axis=0), top - bottom])

    @cached_property
    def triangles(self) -> Float[np.ndarray, "faces 3 3"]:
        """Corners of the triangles that make up the surface."""
        x, y = np.meshgrid(self.x, self.y, indexing="ij")
        nodes = np.stack([x, y, self.heights], axis=-1)
        a, b, c, d = nodes[:-1, :-1], nodes[1:, :-1], nodes[1:, 1:], nodes[:-1, 1:]
        halves = [np.stack(part, axis=-2).reshape(-1, 3, 3) for part in ((a, b, c), (a, c, d))]
        every = np.concatenate(halves)
        return below(every[np.isfinite(every).all(axis=(1, 2))], self.top)

    def light(self, camera: Camera) -> Float[np.ndarray, " faces"]:
        """Return how bright each triangle is, in [0, 1]."""
        corners = self.triangles * self.scale
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
        upward = np.where(normals[:, 2:] < 0, -normals, normals)
        return np.clip(upward @ camera.lamp, 0, 1)

    def in_sight(self, places: Float[np.ndarray, "n 3"], camera: Camera) -> Bool[np.ndarray, " n"]:
        """Return which places on the surface are seen from the camera."""
        from scipy.ndimage import map_coordinates

        ways = np.linspace(CLEAR, np.linalg.norm(ASPECT), SIGHT)
        sight = places[:, None] + ways[:, None] * camera.eye / self.scale
        steps = (sight[..., :2] - self.window[0]) / np.ptp(self.window, axis=0) * (GRID - 1)
        ground = np.where(self.heights <= self.top, self.heights, -np.inf)
        ground = np.maximum(np.nan_to_num(ground, nan=-np.inf), 2 * self.bottom - self.top)
        under = map_coordinates(ground, np.moveaxis(steps, -1, 0), order=1, cval=-np.inf)
        return np.logical_not((sight[..., 2] < under).any(axis=1))

    def level_lines(self, level: float) -> list[Float[np.ndarray, "_ 3"]]:
        """Return the lines on the surface at a height."""
        from contourpy import contour_generator

        heights = np.ma.masked_invalid(self.heights.T)
        lines: Any = contour_generator(self.x, self.y, heights).lines(level)
        return [np.column_stack([line, np.full(len(line), level)]) for line in lines]


def below(triangles: Float[np.ndarray, "n 3 3"], top: float) -> Float[np.ndarray, "m 3 3"]:
    """Return triangles that cover what of these lies below a height.

    Examples
    --------
    >>> below(np.array([[[0.0, 0, 0], [1, 0, 2], [0, 1, 2]]]), 1.0)[0, 1].tolist()
    [0.5, 0.0, 1.0]
    """
    low = triangles[..., 2] <= top
    count = low.sum(axis=1)
    kept = [triangles[count == 3]]
    for number, odd in ((1, low), (2, ~low)):  # the odd corner comes first
        rows = np.flatnonzero(count == number)
        first = odd[rows].argmax(axis=1)
        turned = triangles[rows[:, None], (first[:, None] + np.arange(3)) % 3]
        one, left, right = np.moveaxis(turned, 1, 0)
        to_left, to_right = _crossing(one, left, top), _crossing(one, right, top)
        if number == 1:
            kept.append(np.stack([one, to_left, to_right], axis=1))
        else:
            kept.append(np.stack([to_left, left, right], axis=1))
            kept.append(np.stack([to_left, right, to_right], axis=1))
    return np.concatenate(kept)


def _crossing(
    a: Float[np.ndarray, "n 3"], b: Float[np.ndarray, "n 3"], top: float
) -> Float[np.ndarray, "n 3"]:
    """Return where the edges from a to b, on two sides of a height, cross it."""
    part = (top - a[:, 2]) / (b[:, 2] - a[:, 2])
    return a + part[:, None] * (b - a)
