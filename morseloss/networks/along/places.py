"""`lines`, and the points of paths of every kind: straight lines, curves, ways of a relay.

The one idea: a path is asked for its points at times from 0 to 1, whatever it is made of.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points
from morseloss.networks.paths.relayed import Relayed
from morseloss.search.paths.curve import Bezier, Paths, Polyline
from morseloss.status import Status

__all__ = ["lines", "places_on"]


def lines(starts: Points, ends: Points) -> Paths:
    """Return the straight lines between networks, row by row, as paths.

    Raises
    ------
    ValueError
        If shapes differ.
    """
    if starts.shape != ends.shape or starts.ndim != 2:
        raise ValueError(
            "`starts` and `ends` must have one shape (n, dim), got "
            f"{tuple(starts.shape)} and {tuple(ends.shape)}"
        )
    done = torch.full((len(starts),), int(Status.CONVERGED), device=starts.device)
    return Paths(torch.stack([starts, ends], 1), Polyline(), done)


def places_on(paths: Paths | Relayed, times: Tensor) -> Float[Tensor, "paths t dim"]:
    """Return the points of all paths at times; of a way, each piece takes the same time.

    Raises
    ------
    ValueError
        If they are no paths.
    """
    if isinstance(paths, Paths):
        return paths.at(times.to(paths.controls))
    if not isinstance(paths, Relayed):
        raise ValueError(
            f"`paths` must be Paths, as of `lines`, or Relayed, got {type(paths).__name__}"
        )
    return torch.stack([_on_way(paths, way, times) for way in range(len(paths))])


def _on_way(relayed: Relayed, way: int, times: Tensor) -> Float[Tensor, "t dim"]:
    """Points of one way, whose pieces take the same time each."""
    controls = relayed.controls[relayed.ways == way]
    scaled = times.to(controls) * len(controls)
    piece = scaled.floor().clamp_max(len(controls) - 1)
    weights = Bezier().weights(scaled - piece, controls.shape[1])
    return torch.einsum("tc,tcd->td", weights, controls[piece.long()])
