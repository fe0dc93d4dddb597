"""`Span`: the loss on the networks between a few given ones, in coordinates that are weights.

The one idea: the first layer is linear in its parameters, so what it makes of all images is a
weighted mean of what it makes of them with the given networks. That is computed once, and each
network between costs the rest of its layers only: of 784-32-32-10 a twentieth.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from morseloss._shapes import Points, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.loss.engine import Dense
from morseloss.networks.loss.network_landscape import NetworkLandscape

__all__ = ["Span", "spans"]

BYTES = 2**30  # the most that is kept of first layers


def spans(landscape: Landscape, controls: int) -> bool:
    """Return whether a span of so many networks saves work, and is small enough to be kept."""
    if not isinstance(landscape, NetworkLandscape) or not isinstance(landscape.engine, Dense):
        return False
    first = landscape.engine.layers[0][1]
    assert isinstance(first, nn.Linear), "a chain that `Dense` takes begins so"
    kept = controls * first.out_features
    return 2 * kept <= first.in_features and kept * len(landscape) * 8 <= BYTES


class Span(Landscape):
    """The landscape of weighted means of a few networks.

    Parameters
    ----------
    whole : NetworkLandscape
        Of a chain of layers, as `spans` demands.
    controls : Tensor, shape (k, dim)
        The networks.
    """

    def __init__(self, whole: NetworkLandscape, controls: Float[Tensor, "k dim"]) -> None:
        assert isinstance(whole.engine, Dense), "only chains of layers have spans"
        self.whole, self.engine, self.controls = whole, whole.engine, controls
        self.dim = len(controls)
        parts = whole.pure.layout.split(controls)
        with torch.no_grad():
            self.first = [
                (self.engine.first(parts, inputs).flatten(1), targets, share)
                for inputs, targets, share in whole.chunks(controls.dtype)
            ]

    def value(self, points: Float[Tensor, "batch k"]) -> Values:
        """Return the losses on all images of the means with those weights, one a row."""
        networks: Points = points @ self.controls
        parts, total = self.whole.pure.layout.split(networks), points.new_zeros(len(points))
        for first, targets, share in self.first:
            units = (points @ first).unflatten(1, (-1, len(targets)))
            total = total + share * self.engine.rest(parts, units, targets)
        return total + self.whole.weight_decay / 2 * (networks**2).sum(-1)
