"""`Cells`: the cells of a grid around the critical points, each with its effective value.

The one idea: the cells of a grid are the points of a grid twice as fine. Where all coordinates are
even stands a vertex, where one is odd an edge, where all are odd a cell of full dimension.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape, check_box

__all__ = [
    "MARGIN",
    "Cells",
    "cells_of",
    "enclosing_box",
    "enough_cells",
    "stiffest",
    "window_level",
]

MARGIN = 12.0
"""Temperatures between the highest critical value and the level of the window: a path to there
weighs exp(-24) of one over the highest pass."""

FACE = 257  # points along a face of the box on which the landscape is looked at
GROWTH = 0.05  # of the box, by which a face moves outward at a time
MOST_STEPS = 100
WHOLE = 1e-6  # of a cell, by which round-off may miss a whole number of them
STEPS_A_WIDTH = {1: 16, 2: 3}  # edges along the narrowest well, by dimension
MOST_CELLS = {1: 8192, 2: 200}  # along the longest side, unless the caller asks for more


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of a grid, on which the forms of the Witten complex live.

    Attributes
    ----------
    values : ndarray, shape (2 n + 1,) or (2 n + 1, 2 m + 1)
        Effective value of each cell: at a vertex the landscape's, on every other cell the `v` with
        `exp(2 v / h)` the mean of `exp(2 L / h)` over the cell.
    steps : ndarray, shape (dim,)
        Length of an edge along each axis, [point].
    corner : ndarray, shape (dim,)
        The vertex `[0, ..., 0]`.
    temperature : float
        The temperature h of the mean, [value].
    """

    values: Float[np.ndarray, "..."]
    steps: Float[np.ndarray, " dim"]
    corner: Float[np.ndarray, " dim"]
    temperature: float

    @property
    def dim(self) -> int:
        """Dimension of the grid."""
        return self.values.ndim

    def __repr__(self) -> str:
        shape = " x ".join(str(size // 2) for size in self.values.shape)
        return f"Cells({shape} at temperature {self.temperature:.3g})"

    def rows(self, points: Float[np.ndarray, "n dim"], parity: int) -> Int[np.ndarray, "n dim"]:
        """Return the vertex (parity 0) or full cell (parity 1) next to each point, by axis."""
        places = (points - self.corner) / self.steps - parity / 2
        most = [(size - 1) // 2 - parity for size in self.values.shape]
        # midway between two, by a symmetry, the lower one: not the one that round-off picks
        return np.ceil(places - 0.5 - WHOLE).astype(int).clip(0, most)


def cells_of(
    landscape: Landscape, box: Float[np.ndarray, "2 dim"], cells: int, temperature: float
) -> Cells:
    """Return the cells of a grid on a box, near cubes, so many along its longest side."""
    extent = box[1] - box[0]
    pairs = np.ceil(cells / 2 * (extent / extent.max()) - WHOLE)
    counts = np.maximum(2, 2 * pairs.astype(int))
    axes = [
        torch.linspace(low, high, 2 * count + 1, dtype=torch.float64)
        for low, high, count in zip(*box.tolist(), counts.tolist(), strict=True)
    ]
    points = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).flatten(0, -2)
    values = landscape.value(points).detach().numpy().reshape(2 * counts + 1)
    for axis in range(len(counts)):
        values = _means(values, axis, temperature)
    return Cells(values, extent / counts, box[0], temperature)


def enough_cells(
    points: CriticalPoints, box: Float[np.ndarray, "2 dim"], temperature: float, degree: int
) -> int:
    """Return how many cells along the longest side resolve the narrowest well, up to a limit."""
    dim = box.shape[1]
    width = math.sqrt(temperature / stiffest(points, degree))
    wanted = STEPS_A_WIDTH[dim] * float((box[1] - box[0]).max()) / width
    return 2 * math.ceil(min(max(wanted, 16), MOST_CELLS[dim]) / 2)


def stiffest(points: CriticalPoints, degree: int) -> float:
    """Return the largest curvature at a well or pass of a degree, [value]/[point]^2."""
    concerned = (points.indices == degree) | (points.indices == degree + 1)
    return float(points.eigenvalues[concerned].abs().max())


def window_level(points: CriticalPoints, temperature: float) -> float:
    """Return the value above which cells are left out."""
    return float(points.values.max()) + MARGIN * temperature


def enclosing_box(
    landscape: Landscape, points: CriticalPoints, temperature: float, box: torch.Tensor | None
) -> Float[np.ndarray, "2 dim"]:
    """Return a box around the critical points on whose faces the landscape is high.

    On the domain of a landscape that has one nothing is asked of the faces.

    Raises
    ------
    ValueError
        If the given box cuts the sublevel set, or none is found that holds it.
    """
    level = window_level(points, temperature)
    if box is None and landscape.domain is not None:
        return landscape.domain.numpy()
    if box is not None:
        return _checked(landscape, points, level, temperature, check_box(box, landscape.dim))
    places = points.points.detach().double()
    width = math.sqrt(temperature / float(points.eigenvalues.abs().min(1).values.max()))
    grown = torch.stack([places.min(0).values - width, places.max(0).values + width])
    for _ in range(MOST_STEPS):
        low = torch.tensor(_face_values(landscape, grown)) <= level
        if not low.any():
            return grown.numpy()
        step = GROWTH * (grown[1] - grown[0])
        grown = grown + torch.stack([-step * low[0], step * low[1]])
    raise ValueError(
        f"no box around `points` has {landscape!r} above {level:.6g} on all its faces (the highest "
        f"critical value plus {MARGIN:g} temperatures); lower the temperature {temperature:g}, or "
        "take a landscape that grows in every direction"
    )


def _checked(
    landscape: Landscape,
    points: CriticalPoints,
    level: float,
    temperature: float,
    box: Float[torch.Tensor, "2 dim"],
) -> Float[np.ndarray, "2 dim"]:
    inside = ((points.points >= box[0]) & (points.points <= box[1])).all(1)
    if not bool(inside.all()):
        row = int((~inside).nonzero()[0])
        raise ValueError(
            f"`box` must hold all critical points, got {box.tolist()} without point {row} at "
            f"{points.points[row].tolist()}; enlarge it, or leave it out"
        )
    lowest = float(np.min(_face_values(landscape, box)))
    if lowest <= level:
        raise ValueError(
            f"`box` cuts off a well: on its faces the landscape falls to {lowest:.6g}, but must "
            f"stay above {level:.6g}, the highest critical value plus {MARGIN:g} temperatures of "
            f"{temperature:g}; enlarge it, or leave it out"
        )
    return box.numpy()


def _face_values(landscape: Landscape, box: Float[torch.Tensor, "2 dim"]) -> list[list[float]]:
    """The least value on each face of the box: those of the lower corner, of the upper one."""
    dim = landscape.dim
    unit = torch.linspace(0, 1, FACE, dtype=torch.float64)[:, None].expand(-1, dim)
    face = box[0] + unit * (box[1] - box[0])
    least = []
    for end in (0, 1):
        row = []
        for axis in range(dim):
            points = face.clone()
            points[:, axis] = box[end, axis]
            row.append(float(landscape.value(points).detach().min()))
        least.append(row)
    return least


def _means(
    values: Float[np.ndarray, "..."], axis: int, temperature: float
) -> Float[np.ndarray, "..."]:
    """Simpson's mean of `exp(2 L / h)` along one axis, on the odd coordinates."""
    scaled = np.moveaxis(values, axis, 0) * (2 / temperature)
    ends = np.logaddexp(scaled[:-2:2], scaled[2::2])
    scaled[1::2] = np.logaddexp(ends, scaled[1::2] + np.log(4.0)) - np.log(6.0)
    return np.moveaxis(scaled, 0, axis) * (temperature / 2)
