"""`SingleLandscape`: the loss of a network on all images, computed in single precision.

The one idea: heights and descents on all images take their points in double precision, where
convolutions on a CPU are ten times as slow. Points stay double here, losses are good to six digits,
and what depends on the seventh is not asked for; `off` tells by how much they are off.
"""

import torch
from torch import Tensor

from morseloss._shapes import Gradients, Points, Values
from morseloss.networks import NetworkLandscape

__all__ = ["SingleLandscape", "off"]


class SingleLandscape(NetworkLandscape):
    """A `NetworkLandscape` whose values and gradients are computed in float32.

    Mini-batches, and by them what a run folder knows its landscape by, are computed in the
    precision of their points.
    """

    single = True

    def value(self, points: Points) -> Values:
        """Return the losses on all images, one a network."""
        return super().value(self._taken(points)).to(points.dtype)

    def value_and_gradient(self, points: Points) -> tuple[Values, Gradients]:
        """Return losses and gradients together."""
        values, gradients = super().value_and_gradient(self._taken(points))
        return values.to(points.dtype), gradients.to(points.dtype)

    def batch(self, rows: Tensor) -> NetworkLandscape:
        """Return the landscape of some of the images, in the precision of its points."""
        part = super().batch(rows)
        if isinstance(part, SingleLandscape):  # a copy of this one
            part.single = False
        return part

    def _taken(self, points: Points) -> Points:
        return points.float() if self.single else points


def off(landscape: SingleLandscape, points: Points) -> float:
    """Return the largest difference of losses from those in double precision."""
    every = torch.arange(len(landscape), device=landscape.device)
    points = points.double()
    return float((landscape.batch(every).value(points) - landscape.value(points)).abs().max())
