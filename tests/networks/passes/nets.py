"""Networks so small that their certified minima and passes take a second."""

import torch
from torch import nn

from morseloss.networks import LBFGS, NetworkLandscape, converge


def tanh_net(hidden: int = 2, chunk: int = 4096) -> NetworkLandscape:
    """Two features, two classes that no line parts, and weight decay."""
    draws = torch.Generator().manual_seed(3)
    x = torch.randn(24, 2, generator=draws, dtype=torch.float64)
    y = (x[:, 0] * x[:, 1] > 0).long()
    module = nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 2))
    return NetworkLandscape(
        module, nn.functional.cross_entropy, x, y, weight_decay=1e-2, chunk=chunk
    )


def near_minima(land: NetworkLandscape, count: int, seed: int = 0) -> torch.Tensor:
    """Networks as training leaves them: a gradient of about 1e-4."""
    draws = torch.Generator().manual_seed(seed)
    starts = torch.randn(count, land.dim, generator=draws, dtype=torch.float64)
    return converge(land, starts, LBFGS(gtol=1e-4, ftol=0.0), max_steps=300).points
