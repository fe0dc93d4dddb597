"""`bridge`: a way from what a minimum reaches over passes to a lower minimum beyond.

The one idea: where climbs along soft modes do not lead on, a path does. Of all gaps between the
minima in reach and the lower ones out of reach, copies counted, the shortest is crossed by a relay,
and each of its pieces that has a top of its own is worth a climb.
"""

import torch
from jaxtyping import Int
from torch import Tensor

from morseloss._rows import take
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.passes.chains import LOWER, Chains
from morseloss.networks.passes.tops import Tops, tops
from morseloss.networks.paths.relay import Relay, relay
from morseloss.networks.symmetry.alignment import align
from morseloss.search.paths.curve import Bezier, Paths

__all__ = ["bridge"]

CROSSING = Relay()
RESTARTS = 10  # of the search for the nearest copy


def bridge(
    landscape: NetworkLandscape,
    chains: Chains,
    row: int,
    method: Relay = CROSSING,
    *,
    budget: float,
    generator: torch.Generator,
) -> Tops:
    """Return tops of a relay across the shortest gap before an open bar, for `grow` to climb from.

    Parameters
    ----------
    landscape : NetworkLandscape
        A chain of layers, whose copies are known.
    chains : Chains
    row : int
        Of `given`: a minimum without a chain to a lower one.
    method : Relay
    budget : float
        Gradients on all images.
    generator : torch.Generator
        Names random numbers of copies and relay.

    Returns
    -------
    Tops
        Of the pieces that climb above both of their ends, in their order on the way; perhaps none.

    Raises
    ------
    ValueError
        If no lower minimum out of reach is known, or what `relay` refuses.
    """
    near, beyond = _sides(chains, row)
    if not len(beyond):
        raise ValueError(
            f"no minimum lower than number {row} is known out of its reach; find one first, by "
            "climbs of `grow` or by training more networks"
        )
    pairs = torch.cartesian_prod(near, beyond)
    starts, ends = chains.minima.points[pairs[:, 0]], chains.minima.points[pairs[:, 1]]
    ends = align(landscape, starts, ends, restarts=RESTARTS, generator=generator)
    place = int((ends - starts).norm(dim=1).argmin())
    both = torch.stack([starts[place], ends[place]])
    way = relay(landscape, both, method, budget=budget, generator=generator)
    return _inner(landscape, way.controls, method.tolerance)


def _sides(chains: Chains, row: int) -> tuple[Int[Tensor, " here"], Int[Tensor, " there"]]:
    """Rows of the minima in reach of a given one, and of the lower ones that are not."""
    start = int(chains.given[row])
    reached = torch.from_numpy(chains.heights()[start]).isfinite()
    value = chains.minima.values[start]
    lower = chains.minima.values < value - LOWER * (1 + value.abs())
    return reached.nonzero().flatten(), (lower & ~reached).nonzero().flatten()


def _inner(landscape: NetworkLandscape, controls: Tensor, tolerance: float) -> Tops:
    """Tops of the pieces that climb above both of their ends."""
    pieces = Paths(controls, Bezier(), torch.zeros(len(controls), dtype=torch.int64))
    found = tops(landscape, pieces)
    ends = landscape.value(controls[:, [0, -1]].flatten(0, 1)).unflatten(0, (-1, 2))
    return take(found, found.values > ends.amax(1) + tolerance)
