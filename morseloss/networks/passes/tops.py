"""`Tops`: the highest points of paths, the way of the path there, and how settled it is.

The one idea: at a pass the gradient is zero, and on a settled path it is zero across the path. So
the part of the gradient across the path, at its top, is the measure of convergence to show.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.paths.network_heights import network_heights
from morseloss.networks.paths.relayed import Relayed
from morseloss.search.paths.curve import Bezier, Paths

__all__ = ["Tops", "tops", "tops_of_ways"]

NEAR = 1e-5  # of the whole time: between two points this far apart lies the way of the path


@dataclass(frozen=True, eq=False)
class Tops:
    """Where paths are highest.

    Attributes
    ----------
    points : Tensor, shape (n, dim)
    values : Tensor, shape (n,)
    ways : Tensor, shape (n, dim)
        Along the path, of length 1.
    along, across : Tensor, shape (n,)
        Norms of the parts of the gradient along the path and across it, [value]/[point].
    """

    points: Points
    values: Values
    ways: Float[Tensor, "n dim"]
    along: Values
    across: Values

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        worst = f", at most {float(self.across.max()):.2g} steep across" if len(self) else ""
        return f"Tops({len(self)} of paths{worst})"


def tops(landscape: Landscape, paths: Paths) -> Tops:
    """Return the top of each path, and the gradient there.

    Parameters
    ----------
    landscape : Landscape
        On all images.
    paths : Paths
        A top at an end of its path has the gradient of that end.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.networks.passes.tops import tops
    >>> land = ml.analytic.DoubleWell(1, tilt=(0.0,))
    >>> line = torch.tensor([[[-1.0], [1.0]]], dtype=torch.float64)
    >>> tops(land, ml.Paths(line, ml.Polyline(), torch.tensor([1]))).ways
    tensor([[1.]], dtype=torch.float64)
    """
    found = network_heights(landscape, paths)
    before, after = (found.times - NEAR).clamp_min(0), (found.times + NEAR).clamp_max(1)
    sides = paths.at(torch.stack([before, after], 1))
    ways = torch.nn.functional.normalize(sides[:, 1] - sides[:, 0], dim=1)
    gradients = landscape.gradient(found.points)
    along = (gradients * ways).sum(1)
    across = (gradients - along[:, None] * ways).norm(dim=1)
    return Tops(found.points, found.values, ways, along.abs(), across)


def tops_of_ways(landscape: Landscape, relayed: Relayed) -> Tops:
    """Return the top of each way of a relay, that of its highest piece, in their order."""
    rows = [
        int(torch.where(relayed.ways == way, relayed.heights, -torch.inf).argmax())
        for way in range(len(relayed))
    ]
    pieces = Paths(relayed.controls[rows], Bezier(), relayed.status)
    return tops(landscape, pieces)
