"""`SoftWalls`: a landscape on a box as one on the whole space, steep beyond the walls.

The one idea: where the landscape falls outward across a wall it is stopped a little beyond it, by
the fourth power of the way; so a critical point on a wall is an ordinary one just outside, of the
same index, a trajectory that slides along a wall is an ordinary one in a thin layer, and whatever
is known of ordinary landscapes holds. As the walls harden all of it tends to the box.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Points, SomeValues, Values
from morseloss.landscapes.boxes.walls import wall_slopes
from morseloss.landscapes.landscape import Jet, Landscape

__all__ = ["DEPTH", "SoftWalls"]

DEPTH = 1e-3  # of the width of the box: how far beyond a wall the steepest fall is stopped
REACH = 3.0  # depths beyond a wall, from which the landscape itself levels off
LEAST_SLOPE = 1e-3  # of the steepest fall across any wall, what is taken for the one of a wall


class SoftWalls(Landscape):
    """The landscape plus `stiffness e^4` along each axis, e the way beyond a wall.

    Farther out than `reach` the landscape itself is taken at a place that stops at 1.5 `reach`:
    it is asked for nothing beyond, and the sum grows in every direction.

    Parameters
    ----------
    base : Landscape
        With a domain, smooth a little beyond its walls.
    depth : float
        How far beyond the walls the steepest fall is stopped, in widths of the box.
    """

    def __init__(self, base: Landscape, depth: float = DEPTH) -> None:
        if base.domain is None:
            raise ValueError(f"{base!r} has no walls; put it on a box with `OnBox`")
        self.base, self.dim, self.depth = base, base.dim, depth
        self.box = self.walls = base.domain
        width = base.domain[1] - base.domain[0]
        slopes = wall_slopes(base)
        slopes = slopes.clamp_min(LEAST_SLOPE * float(slopes.max()) or 1.0)
        self.stiffness = slopes / (4 * (depth * width) ** 3)
        self.reach = REACH * depth * width

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        places, beyond = self._places(points)[:2]
        return self.base.value(places) + (self.stiffness.to(points) * beyond**4).sum(-1)

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        places, beyond, first, _ = self._places(points)
        return first * self.base.gradient(places) + self._push(beyond)

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        return (self.hessian(points) @ vectors[..., None])[..., 0]

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points."""
        return self.jet(points)[2]

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian together."""
        places, beyond, first, second = self._places(points)
        values, gradients, hessians = self.base.jet(places)
        stiffness = self.stiffness.to(points)
        bend = second * gradients + 12 * stiffness * beyond**2
        return (
            values + (stiffness * beyond**4).sum(-1),
            first * gradients + self._push(beyond),
            first[:, :, None] * hessians * first[:, None, :] + torch.diag_embed(bend),
        )

    def held_at(self, growth: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        """Return how far beyond walls from which the landscape grows so steeply inward is held."""
        return (growth.clamp_min(0.0) / (4 * self.stiffness.to(growth))) ** (1 / 3)

    def stiffening(
        self, points: Points, radii: Values, smallest: Float[Tensor, "batch 1"]
    ) -> Values:
        """Return what the walls add to the change of the Hessian in balls around points.

        A wall that holds a point has all of its curvature K across; what it changes there counts as
        a part of K, in units of the smallest curvature, since nothing else happens across it.
        """
        low, high = self.walls.to(points)
        beyond = torch.maximum(points - high, low - points)
        stiffness, r = 12 * self.stiffness.to(points), radii[:, None]
        held = beyond > 0
        part = r / torch.where(held, beyond, 1.0)
        relative = smallest * (2 * part + part**2)
        added = stiffness * (beyond + r).clamp_min(0.0) ** 2
        return torch.where(held, relative, added).amax(-1)

    def _push(self, beyond: Tensor) -> Tensor:
        return 4 * self.stiffness.to(beyond) * beyond**3

    def _places(self, points: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Where the base is asked, the signed ways beyond the walls, and two slopes of the places.

        Along each axis the place is `e` up to the reach r, then `r + r (t - t^3 + t^4/2)` with
        `t = (e - r)/r`, up to `1.5 r`: twice differentiable.
        """
        low, high = self.walls.to(points)
        held = points.clamp(low, high)
        beyond, reach = points - held, self.reach.to(points)
        t = ((beyond.abs() - reach) / reach).clamp(0.0, 1.0)
        ways = torch.minimum(beyond.abs(), reach) + reach * t * (1 - t**2 + t**3 / 2)
        first, second = 1 - t**2 * (3 - 2 * t), beyond.sign() * -6 * t * (1 - t) / reach
        inside = beyond == 0
        places = torch.where(inside, points, held + beyond.sign() * ways)
        return places, beyond, first, second

    def shifts(self, points: Points) -> SomeValues:
        """Return by how much the values at points just outside differ from those on the walls."""
        low, high = self.walls.to(points)
        return (self.value(points) - self.base.value(points.clamp(low, high))).abs()

    def __repr__(self) -> str:
        return repr(self.base)
