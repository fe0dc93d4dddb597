"""`fused`: chains with batch normalisation as plain chains, normalised by all images at once.

The one idea: with the mean and the deviation of each unit over all images held, a normalisation is
a linear map, and goes into the linear layer before it.
"""

import torch
from torch import Tensor, nn

from morseloss._shapes import Points
from morseloss.networks.loss.pure import Layout, Pure

__all__ = ["fused"]


def fused(module: nn.Sequential, plain: nn.Sequential, points: Points, inputs: Tensor) -> Points:
    """Return networks of `plain` that compute what those of `module` compute on all images.

    Parameters
    ----------
    module : nn.Sequential
        Linear layers, each but the last with batch normalisation and an activation after it.
    plain : nn.Sequential
        The same without batch normalisation.
    points : Tensor, shape (n, dim)
        Of `module`.
    inputs : Tensor, shape (images, ...)
    """
    layout, target = Pure(module).layout, Pure(plain).layout
    with torch.no_grad():
        return torch.stack([_fused(module, layout, target, point, inputs) for point in points])


def _fused(
    module: nn.Sequential, layout: Layout, target: Layout, point: Tensor, inputs: Tensor
) -> Tensor:
    parts, seen, found = layout.split(point), inputs.to(point), []
    for name, layer in module.named_children():
        if isinstance(layer, nn.Linear):
            found += [parts[f"{name}.weight"], parts[f"{name}.bias"]]
            seen = nn.functional.linear(seen, found[-2], found[-1])
        elif isinstance(layer, nn.BatchNorm1d):
            variances, means = torch.var_mean(seen, 0, correction=0)
            scales = parts[f"{name}.weight"] / (variances + layer.eps).sqrt()
            shifts = parts[f"{name}.bias"] - means * scales
            found[-2:] = [found[-2] * scales[:, None], found[-1] * scales + shifts]
            seen = seen * scales + shifts
        else:
            seen = layer(seen)
    return target.join(dict(zip(target.names, found, strict=True)))
