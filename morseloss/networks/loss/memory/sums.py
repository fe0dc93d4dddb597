"""Losses and derivatives of many networks: sums over chunks of the images, a block of rows each.

The one idea: images are cut by `chunk`, and both images and networks by `Blocks`; so what one pass
takes is bounded both ways, and the sums are those of the whole.
"""

from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from morseloss._shapes import Gradients, Points, Values
from morseloss.networks.loss.engine import plain_attention

if TYPE_CHECKING:
    from morseloss.networks.loss.network_landscape import NetworkLandscape

__all__ = ["products", "slopes", "values"]


def values(landscape: "NetworkLandscape", points: Points) -> Values:
    """Return the losses on all images, one a network."""
    (found,) = _cut(landscape, _values, points)
    return found


def slopes(landscape: "NetworkLandscape", points: Points) -> tuple[Values, Gradients]:
    """Return losses and gradients together."""
    found, gradients = _cut(landscape, _slopes, points)
    return found, gradients


def products(landscape: "NetworkLandscape", points: Points, vectors: Points) -> Points:
    """Return the product of the Hessian at each point with the vector of the same row."""
    (found,) = _cut(landscape, _products, points, vectors)
    return found


def _cut(landscape: "NetworkLandscape", call, *rows: Tensor) -> tuple[Tensor, ...]:
    def trial(networks: int, images: int) -> None:
        part = landscape.batch(torch.arange(images, device=landscape.device))
        few = rows[0].detach().new_zeros(networks, landscape.dim)
        call(part, *[few] * len(rows))

    images, asked, blocks = min(landscape.chunk, len(landscape)), call.__name__, landscape.blocks
    if landscape.normalised_over is None:  # then the loss is the same, however it is cut
        images = blocks.most_images(asked, rows[0].dtype, trial, images)
        landscape = landscape.cut(images)
    return blocks.through(asked, partial(call, landscape), trial, images, *rows)


def _values(landscape: "NetworkLandscape", points: Points) -> tuple[Values]:
    total = points.new_zeros(len(points))
    for inputs, targets, share in landscape.chunks(points.dtype):
        total = total + share * landscape.engine.losses(points, inputs, targets)
    return (total + landscape.weight_decay / 2 * (points**2).sum(-1),)


def _slopes(landscape: "NetworkLandscape", points: Points) -> tuple[Values, Gradients]:
    parts = (_part(landscape, points, *chunk) for chunk in landscape.chunks(points.dtype))
    total, slope = next(parts)
    for found, gradients in parts:
        total += found
        slope += gradients
    if landscape.weight_decay:
        still = points.detach()
        total = total + landscape.weight_decay / 2 * torch.linalg.vector_norm(still, dim=-1) ** 2
        slope.add_(still, alpha=landscape.weight_decay)
    return total, slope


def _part(
    landscape: "NetworkLandscape", points: Points, inputs: Tensor, targets: Tensor, share: float
) -> tuple[Values, Gradients]:
    found, gradients = landscape.engine.gradients(points, inputs, targets)
    return found.mul_(share), gradients.mul_(share)


def _products(landscape: "NetworkLandscape", points: Points, vectors: Points) -> tuple[Points]:
    leaf = points.detach().requires_grad_()
    leaf.grad = torch.zeros_like(points)
    for inputs, targets, share in landscape.chunks(points.dtype):
        with plain_attention():
            found = landscape.engine.losses(leaf, inputs, targets)
        (slope,) = torch.autograd.grad(found.sum(), leaf, create_graph=True)
        # `backward`: `grad` passes by, in silence, what has no second derivative
        (share * (slope * vectors).sum()).backward()
    return (leaf.grad + landscape.weight_decay * vectors,)
