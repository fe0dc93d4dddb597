"""What is in front of what: a level surface in a box, and the eye that looks at it.

The one idea: a point below the level is enclosed by the surface, and one above it is hidden where
the line of sight to the eye dips below the level. So five layers, painted from back to front, let a
translucent surface cover exactly what it should.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from morseloss.landscapes.landscape import Landscape
from morseloss.plot.window import values_at

__all__ = ["BEFORE", "BEHIND", "FAR_SIDE", "INSIDE", "NEAR_SIDE", "Camera", "Scene", "widened"]

BEHIND, FAR_SIDE, INSIDE, NEAR_SIDE, BEFORE = range(1, 11, 2)
"""Layers from back to front: points, far side of the surface, points, near side, points."""

GRID = 61  # points along each side of the box
SIGHT = 200  # points on a line of sight


@dataclass(frozen=True)
class Camera:
    """Look at a box from infinitely far, with a lamp above the left shoulder.

    Attributes
    ----------
    elevation, azimuth : float
        Where the eye is, in degrees, as matplotlib counts them.
    """

    elevation: float
    azimuth: float

    @cached_property
    def eye(self) -> Float[np.ndarray, " 3"]:
        """Unit vector towards the eye."""
        up, round = np.deg2rad([self.elevation, self.azimuth])
        return np.array([np.cos(up) * np.cos(round), np.cos(up) * np.sin(round), np.sin(up)])

    @cached_property
    def lamp(self) -> Float[np.ndarray, " 3"]:
        """Unit vector towards the lamp."""
        round = np.deg2rad(self.azimuth)
        right = np.array([-np.sin(round), np.cos(round), 0.0])
        lamp = self.eye - 0.5 * right + 0.8 * np.cross(self.eye, right)
        return lamp / np.linalg.norm(lamp)


class Scene:
    """A landscape in a box of three dimensions, cut at a level.

    Parameters
    ----------
    landscape : Landscape
    level : float
    window : ndarray, shape (2, 3)
        Lower and upper corner of the box.
    camera : Camera
        Sees the box with the sides `aspect`.

    Raises
    ------
    ValueError
        If the level does not cut the box.
    """

    def __init__(
        self,
        landscape: Landscape,
        level: float,
        window: Float[np.ndarray, "2 3"],
        camera: Camera,
    ) -> None:
        self.landscape, self.window, self.camera = landscape, window, camera
        sides = np.ptp(window, axis=0)
        self.aspect = np.clip(sides / sides.max(), 0.5, 1.0)
        self.scale = self.aspect / sides
        self.rises = _rises(landscape, level, window)

    def surface(self) -> Float[np.ndarray, "faces 3 3"]:
        """Return the corners of the triangles that make up the level set."""
        spacing = np.ptp(self.window, axis=0) / (GRID - 1)
        # where nothing is known the grid is taken to be high, and what that brings about is dropped
        rises = np.where(np.isfinite(self.rises), self.rises, 1.0)
        corners, faces, *_ = _marching_cubes()(rises, 0.0, spacing=spacing)
        triangles = (self.window[0] + corners)[faces]
        return triangles[np.isfinite(self._rises_at(triangles.mean(axis=1)))]

    def light(
        self, triangles: Float[np.ndarray, "faces 3 3"]
    ) -> tuple[Bool[np.ndarray, " faces"], Float[np.ndarray, " faces"]]:
        """Return which triangles turn their outside to the eye, and how bright each is, in [0, 1].

        The outside is where the gradient points.
        """
        centres = torch.from_numpy(triangles.mean(axis=1)).double()
        with torch.no_grad():
            gradients = self.landscape.gradient(centres).double().cpu().numpy()
        normals = np.nan_to_num(gradients / self.scale, posinf=0.0, neginf=0.0)
        normals /= np.maximum(np.abs(normals).max(axis=1, keepdims=True), 1e-300)  # or overflow
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
        outside = normals @ self.camera.eye > 0
        facing = np.where(outside[:, None], normals, -normals)
        return outside, np.clip(facing @ self.camera.lamp, 0, 1)

    def layers(self, places: Float[np.ndarray, "n 3"]) -> Int[np.ndarray, " n"]:
        """Return the layer of each place: `BEHIND` the surface, `INSIDE` it or `BEFORE` it."""
        ways = np.linspace(0, np.linalg.norm(self.aspect), SIGHT)
        rises = self._rises_at(places[:, None] + ways[:, None] * self.camera.eye / self.scale)
        return np.select([rises[:, 0] < 0, (rises < 0).any(axis=1)], [INSIDE, BEHIND], BEFORE)

    def _rises_at(self, places: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n"]:
        """Return how far the landscape rises above the level; nan outside of what is known."""
        from scipy.ndimage import map_coordinates

        steps = (places - self.window[0]) / np.ptp(self.window, axis=0) * (GRID - 1)
        return map_coordinates(self.rises, np.moveaxis(steps, -1, 0), order=1, cval=np.nan)


def widened(
    window: Float[np.ndarray, "2 3"], landscape: Landscape, level: float
) -> Float[np.ndarray, "2 3"]:
    """Return the window made wide enough for all that lies below the level, as far as is known.

    The box of a landscape holds its critical points, and what lies below a level may well reach out
    of it: so twice the box is searched, unless the landscape ends with it.
    """
    if landscape.box is None:
        return window
    known = landscape.box.cpu().numpy()
    if landscape.domain is None:
        known = known + np.ptp(known, axis=0) * [[-0.5], [0.5]]
    for _ in range(2):  # the second time with a finer grid
        places, values = _on_grid(landscape, known)
        below = places[values <= level]
        if not len(below):
            return window
        step = np.ptp(known, axis=0) / (GRID - 1)
        low = np.fmax(below.min(axis=0) - step, known[0])
        high = np.fmin(below.max(axis=0) + step, known[1])
        known = np.stack([low, high])
    return np.stack([np.fmin(window[0], known[0]), np.fmax(window[1], known[1])])


def _rises(
    landscape: Landscape, level: float, window: Float[np.ndarray, "2 3"]
) -> Float[np.ndarray, "x y z"]:
    """Return how far the landscape rises above the level on a grid, in units of the farthest."""
    values = _on_grid(landscape, window)[1]
    finite = values[np.isfinite(values)]
    low, high = finite.min(), finite.max()
    if not low < level < high:
        raise ValueError(
            f"`level` must lie between {low:g} and {high:g}, the lowest and the highest value of "
            f"{landscape!r} in the window, got {level:g}; pass another level, or a `box` that "
            "holds it"
        )
    return (values - level) / max(high - level, level - low)


def _on_grid(
    landscape: Landscape, window: Float[np.ndarray, "2 3"]
) -> tuple[Float[np.ndarray, "x y z 3"], Float[np.ndarray, "x y z"]]:
    """Return the points of a grid that fills the window, and the values at them."""
    sides = np.linspace(window[0], window[1], GRID).T
    places = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1)
    return places, values_at(landscape, places.reshape(-1, 3)).reshape(places.shape[:3])


def _marching_cubes():
    try:
        from skimage.measure import marching_cubes
    except ImportError as error:
        raise ImportError(
            "`plot.level_surface` takes its surface from scikit-image, which is not installed; "
            "use `pip install scikit-image`, or the extra `plot`"
        ) from error
    return marching_cubes
