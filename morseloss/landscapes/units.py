"""Units of length: what is small or large on each axis, read off the box of a landscape.

The one idea: tolerances of searches are relative to 1, so a landscape whose box is far from that
size, or far from a cube, is searched in units of its box. The units are powers of two: to change to
them and back is exact.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Points, Values
from morseloss.landscapes.landscape import Box, Jet, Landscape
from morseloss.landscapes.spaces.torus import Torus

__all__ = ["InUnits", "ordinary", "units_of"]

SMALLEST, LARGEST = -6, 10  # powers of two: half widths in between are as they should be
SPREAD = 4  # between the powers of two axes

Units = Float[Tensor, " dim"]


def units_of(landscape: Landscape) -> Units | None:
    """Return a power of two for each axis, or None where 1 does, or nothing is known of sizes."""
    box, space = _sides(landscape), landscape.space
    if box is None:
        return None
    widths = box[1] - box[0]
    if isinstance(space, Torus):
        periods = torch.tensor(space.periods, dtype=torch.float64)
        widths = torch.where(periods.isfinite(), periods, widths)
    powers = (widths / 2).log2().round()
    if space.turned:
        powers = powers.amax().expand_as(powers)
    return None if ordinary(powers.numpy()) else torch.exp2(powers)


def _sides(landscape: Landscape) -> Box | None:
    """The box; inside walls that of the landscape without them, where it lies inside.

    Walls may stand beyond all that matters: they do not say how large it is.
    """
    domain = landscape.domain
    if domain is None or landscape.expected is None:
        box = landscape.box if domain is None else domain
        return None if box is None else _plain(box)
    (low, high), (least, most) = _plain(landscape.expected), _plain(domain)
    low, high = torch.maximum(low, least), torch.minimum(high, most)
    return torch.stack([low, high]) if bool((low < high).all()) else _plain(domain)


def _plain(box: Box) -> Box:
    return box.double().cpu()


def ordinary(powers: Float[np.ndarray, " dim"]) -> bool:
    """Return whether axes of these half widths, as powers of two, may be measured in units of 1."""
    low, high = powers.round().min(), powers.round().max()
    return bool(low >= SMALLEST and high <= LARGEST and high - low <= SPREAD)


class InUnits(Landscape):
    """A landscape whose coordinates are measured in units of one's own, `L(units * y)`.

    Parameters
    ----------
    base : Landscape
    units : Tensor, shape (dim,)
        Powers of two, which cost no digit.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> wells = ml.Polynomial({4: 1e32, 2: -2e16})
    >>> InUnits(wells, units_of(wells)).box.round(decimals=1).tolist()
    [[-0.8], [0.8]]
    """

    def __init__(self, base: Landscape, units: Units) -> None:
        self.base, self.units, self.dim = base, units, base.dim
        self.box, self.domain, self.expected = (
            None if part is None else part / units.to(part)
            for part in (base.box, base.domain, base.expected)
        )
        self.space, self.names = base.space.rescaled(units), base.names

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return self.base.value(points * self.units.to(points))

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        units = self.units.to(points)
        return self.base.gradient(points * units) * units

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        units = self.units.to(points)
        return self.base.hvp(points * units, vectors * units) * units

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points."""
        return scaled(self.base.hessian(points * self.units.to(points)), self.units)

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian together."""
        units = self.units.to(points)
        value, gradient, hessian = self.base.jet(points * units)
        return value, gradient * units, scaled(hessian, units)

    def __repr__(self) -> str:
        return f"{self.base!r} in units of {self.units.tolist()}"


def scaled(hessians: Hessians, units: Units) -> Hessians:
    """Return Hessians in units of length."""
    units = units.to(hessians)
    return hessians * units[:, None] * units
