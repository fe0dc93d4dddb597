"""`matched`: networks brought near others, move after move, until nothing moves.

The one idea: a move is taken only where it brings a row nearer, by more than round-off. So the
search ends, and no row is farther than it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from jaxtyping import Bool
from torch import Tensor

from morseloss._shapes import Points
from morseloss.networks.symmetry.matching.exchange import Exchange, exchanges
from morseloss.networks.symmetry.matching.mix import Mix, mixes
from morseloss.networks.symmetry.matching.scale import Scale, scales
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.symmetry import Symmetry

__all__ = ["GAIN", "Move", "arrived", "matched", "moves_of", "polished", "rigid"]

GAIN = 1e-6  # of the squared distance: less is round-off of float32, not a better copy
WORTH = 1e-4  # of it: what a sweep must gain to be followed by one, if no units were exchanged
MOST = 200  # sweeps
THERE = 64.0  # times the round-off of a vector: so near it is the same

Move = Callable[[Sight, Points], Sight]
"""Brings networks near what is wanted by one group, the others held still."""


def moves_of(symmetry: Symmetry) -> tuple[Move, ...]:
    """Return the moves of all groups: streams, units and heads, what is inside them, scales."""
    orders, mixed = exchanges(symmetry), mixes(symmetry)
    inside = {place for move in orders for kind in move.inside for place in kind}
    return (
        *(move for move in mixed if move.place not in inside),
        *orders,
        *(move for move in mixed if move.place in inside),
        *scales(symmetry),
    )


def rigid(symmetry: Symmetry, moves: Sequence[Move]) -> list[Move]:
    """Return the moves that keep distances: without factors, and matrices that are no rotations."""
    bent = [
        move
        for move in moves
        if isinstance(move, Scale)
        or (isinstance(move, Mix) and not symmetry.mixings[move.place].orthogonal)
    ]
    return [move for move in moves if move not in bent]


def matched(networks: Sight, wanted: Points, moves: Sequence[Move], *, sweeps: int = MOST) -> Sight:
    """Return copies of networks that lie near the rows wanted of what is seen.

    Parameters
    ----------
    networks : Sight
    wanted : Tensor, shape (batch, seen dim)
    moves : sequence of Move
        In the order in which they are taken.
    sweeps : int
        Through all moves, at most.
    """
    moving = torch.arange(len(networks), device=wanted.device)
    for _ in range(sweeps):
        if not len(moving):
            break
        now, target = networks.take(moving), wanted[moving]
        before, again = now.squares(target), torch.zeros_like(moving, dtype=torch.bool)
        for move in moves:
            other = move(now, target)
            nearer = other.squares(target) < now.squares(target) * (1 - GAIN)
            now = now.where(nearer, other)
            again |= nearer & isinstance(move, Exchange)
        networks = networks.put(moving, now)
        after = now.squares(target)
        again |= after < before * (1 - WORTH)
        moving = moving[again & ~arrived(now, target)]
    return networks


def arrived(networks: Sight, wanted: Points) -> Bool[Tensor, " batch"]:
    """Return which rows are what is wanted, up to round-off."""
    there = (THERE * torch.finfo(wanted.dtype).eps * wanted.norm(dim=1)) ** 2
    return networks.squares(wanted) <= there


def polished(networks: Sight, wanted: Points) -> Sight:
    """Return networks with factors and invertible matrices that bring them near rows of points.

    Where activations are seen, which do not tell those; others are returned as they are.
    """
    if networks.whole:
        return networks
    symmetry = networks.symmetry
    bent = [move for move in mixes(symmetry) if not symmetry.mixings[move.place].orthogonal]
    weights = matched(
        Sight.of_weights(symmetry, networks.points), wanted, [*bent, *scales(symmetry)]
    )
    return replace(networks, points=weights.points)
