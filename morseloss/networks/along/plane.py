"""`plane`: the loss on the plane through three networks.

The one idea: three points make a plane, and a network on it is two numbers. Values on a grid are
kept, so that a picture is drawn in no time, and a path is told how far it is off.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points
from morseloss.kinds import check_count
from morseloss.landscapes.landscape import Landscape, check_landscape, check_points
from morseloss.landscapes.wrappers import Pullback
from morseloss.search.iterate import Progress

__all__ = ["Plane", "plane"]

STEPS = 41
MARGIN = 0.25
FLAT = 1e-9  # of the sides, below which three points lie on a line


@dataclass(frozen=True, eq=False)
class Plane:
    """Values of a landscape on the plane through three points.

    Attributes
    ----------
    corners : Tensor, shape (3, dim)
        The points. The first is the origin, the second lies on the first axis.
    axes : Tensor, shape (2, dim)
        Orthogonal, of length one: distances on the plane are those of the points.
    box : Tensor, shape (2, 2)
        Lower and upper corner of the grid.
    values : Tensor, shape (steps, steps)
        On the grid: columns along the first axis, rows along the second.
    """

    corners: Float[Tensor, "3 dim"]
    axes: Float[Tensor, "2 dim"]
    box: Float[Tensor, "2 2"]
    values: Float[Tensor, "steps steps"]

    def project(self, points: Points) -> Float[Tensor, "n 2"]:
        """Return where on the plane the points nearest to these are."""
        return (points.to(self.axes) - self.corners[0]) @ self.axes.T

    def distances(self, points: Points) -> Float[Tensor, " n"]:
        """Return how far from the plane the points are."""
        return torch.linalg.vector_norm(points.to(self.axes) - self.at(self.project(points)), dim=1)

    def at(self, places: Float[Tensor, "n 2"]) -> Points:
        """Return the points at places of the plane."""
        return self.corners[0] + places.to(self.axes) @ self.axes

    def slice(self, landscape: Landscape) -> Pullback:
        """Return the landscape on the plane, in two variables, to be searched like any other."""
        return Pullback(landscape, self.at, box=self.box)

    def __repr__(self) -> str:
        size = " x ".join(map(str, self.values.shape))
        return f"Plane({size} values in R^{self.axes.shape[1]})"


def plane(
    landscape: Landscape,
    corners: Float[Tensor, "3 dim"],
    *,
    steps: int = STEPS,
    margin: float = MARGIN,
    rows: int = 64,
    progress: Progress | None = None,
) -> Plane:
    """Evaluate a landscape on the plane through three points.

    Three trained networks; or both ends and the bend of a curve, which then lies on the plane; or
    a network and two directions added to it, those of the Hessian or random ones.

    Parameters
    ----------
    landscape : Landscape
        Such as a NetworkLandscape.
    corners : Tensor, shape (3, dim)
    steps : int
        Points along each side of the grid: steps^2 networks are evaluated.
    margin : float
        How far the grid reaches beyond the points, in units of their extent.
    rows : int
        Networks at a time.
    progress : callable, optional
        Gets `(points done, points left, points)`.

    Returns
    -------
    Plane
        In the precision and on the device of the corners; `plot.plane` draws it.

    Raises
    ------
    ValueError
        If there are not three points of this landscape, they lie on a line, or a number is none.

    References
    ----------
    Garipov et al., "Loss surfaces, mode connectivity, and fast ensembling of DNNs", 2018, Figure 1
    and appendix A.1.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> land = ml.analytic.DoubleWell(3)
    >>> corners = torch.tensor([[-1.0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=torch.float64)
    >>> found = ml.networks.plane(land, corners, steps=5)
    >>> found, found.project(corners)[2].tolist()
    (Plane(5 x 5 values in R^3), [1.0, 1.0])
    """
    check_landscape(landscape, "landscape")
    check_points(landscape, corners, "corners")
    check_count("steps", steps)
    check_count("rows", rows)
    if len(corners) != 3 or steps < 2 or not margin >= 0:
        raise ValueError(
            f"`corners` must hold 3 points, `steps` be 2 or more and `margin` 0 or more, got "
            f"{len(corners)}, {steps} and {margin}"
        )
    axes = _axes(corners)
    places = (corners - corners[0]) @ axes.T
    low, high = places.min(0).values, places.max(0).values
    room = margin * (high - low)
    box = torch.stack([low - room, high + room])
    sides = [
        torch.linspace(low.item(), high.item(), steps, dtype=torch.float64).to(corners)
        for low, high in box.T
    ]
    y, x = torch.meshgrid(sides[1], sides[0], indexing="ij")
    grid = torch.stack([x.flatten(), y.flatten()], 1)
    parts = []
    with torch.no_grad():
        for part in grid.split(rows):
            if progress is not None:
                done = rows * len(parts)
                progress(done, len(grid) - done, len(grid))
            parts.append(landscape.value(corners[0] + part @ axes))
    return Plane(corners, axes, box, torch.cat(parts).reshape(steps, steps))


def _axes(corners: Float[Tensor, "3 dim"]) -> Float[Tensor, "2 dim"]:
    """Return two orthogonal directions of length one that span the plane."""
    first, second = corners[1] - corners[0], corners[2] - corners[0]
    length = torch.linalg.vector_norm(first)
    one = first / length
    across = second - (second @ one) * one
    across = across - (across @ one) * one  # once more: the first time leaves round-off
    height = torch.linalg.vector_norm(across)
    if not height > FLAT * max(length, torch.linalg.vector_norm(second)):
        raise ValueError(
            "`corners` must not lie on a line, got three points that do; move one of them aside"
        )
    return torch.stack([one, across / height])
