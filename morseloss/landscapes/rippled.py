"""`Rippled`: a periodic landscape plus a wave on each circle, as a tilt is to a landscape on R^d.

The one idea: sines and cosines of one angle each have no common zero of their slopes, so almost
every small choice of them makes a periodic landscape Morse and breaks its symmetries.
"""

import torch
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Points, Values
from morseloss.landscapes.landscape import Jet, Landscape
from morseloss.landscapes.trigonometric import TrigonometricPolynomial

__all__ = ["Rippled"]


class Rippled(Landscape):
    """A landscape plus a trigonometric polynomial in its periodic coordinates.

    Parameters
    ----------
    base : Landscape
        On a torus or cylinder.
    ripple : TrigonometricPolynomial
        In the periodic coordinates alone, in their order, with their periods.
    """

    def __init__(self, base: Landscape, ripple: TrigonometricPolynomial) -> None:
        self.base, self.ripple, self.dim = base, ripple, base.dim
        self.box, self.domain, self.space = base.box, base.domain, base.space
        self.names = base.names
        self.axes = list(base.space.closed(base.dim))

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return self.base.value(points) + self.ripple.value(points[:, self.axes])

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        return self.base.gradient(points) + self._spread(self.ripple.gradient(points[:, self.axes]))

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        waves = self.ripple.hvp(points[:, self.axes], vectors[:, self.axes])
        return self.base.hvp(points, vectors) + self._spread(waves)

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points."""
        return self.jet(points)[2]

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian together."""
        value, gradient, hessian = self.base.jet(points)
        more, slope, curvature = self.ripple.jet(points[:, self.axes])
        curvature = self._spread(self._spread(curvature).mT)
        return value + more, gradient + self._spread(slope), hessian + curvature

    def _spread(self, part: Tensor) -> Tensor:
        """Put columns on the periodic axes among zeros."""
        whole = part.new_zeros(*part.shape[:-1], self.dim)
        return whole.index_copy(-1, torch.tensor(self.axes, device=part.device), part)

    def __repr__(self) -> str:
        return f"Rippled({self.base!r}, {self.ripple!r})"
