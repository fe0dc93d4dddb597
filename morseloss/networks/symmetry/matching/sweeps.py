"""`matched`: networks brought near others, group after group, until nothing moves.

The one idea: a step is taken only where it brings a row nearer, by more than round-off. So the
search ends, and no row is farther than it was.
"""

from collections.abc import Sequence

import torch

from morseloss._shapes import Points
from morseloss.networks.symmetry.matching.assignment import nearest_order
from morseloss.networks.symmetry.matching.sight import Sight

__all__ = ["GAIN", "matched"]

GAIN = 1e-6  # of the squared distance: less is round-off of float32, not a better copy


def matched(networks: Sight, wanted: Points, order: Sequence[int]) -> Sight:
    """Return copies of networks that lie near the rows wanted of what is seen.

    Parameters
    ----------
    networks : Sight
    wanted : Tensor, shape (batch, seen dim)
    order : sequence of int
        Places of the groups, in which they are taken.
    """
    moving = torch.arange(len(networks), device=wanted.device)
    while len(moving):
        now, target = networks.take(moving), wanted[moving]
        moved = torch.zeros(len(moving), dtype=torch.bool, device=wanted.device)
        for place in order:
            other = now.moved(place, nearest_order(now.seen_symmetry, place, target, now.seen))
            nearer = other.squares(target) < now.squares(target) * (1 - GAIN)
            now, moved = now.where(nearer, other), moved | nearer
        networks = networks.put(moving, now)
        moving = moving[moved]
    return networks
