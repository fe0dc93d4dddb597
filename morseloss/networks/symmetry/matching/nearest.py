"""`nearest`: networks brought near others, copies of which are recognised first.

The one idea: where two networks give the same outputs they may be one network, and then it is told
which unit is which. Else, and where that leads nowhere, moves are taken from where networks are.
"""

from collections.abc import Sequence
from dataclasses import replace

from morseloss._shapes import Points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.symmetry.matching.contributions import alike, told
from morseloss.networks.symmetry.matching.exchange import Exchange
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.matching.sweeps import GAIN, Move, arrived, matched
from morseloss.networks.symmetry.matching.together import together

__all__ = ["nearest"]

SWEEPS = 8  # through all moves, before all matrices move together
RECOGNISED = 1e-12  # of a squared length: so near to each other are copies only


def nearest(
    landscape: NetworkLandscape, networks: Sight, references: Sight, moves: Sequence[Move]
) -> Sight:
    """Return copies of networks that lie near their references, as the criterion sees them.

    Parameters
    ----------
    landscape : NetworkLandscape
    networks, references : Sight
        As many of each.
    moves : sequence of Move
        In the order in which they are taken.
    """
    wanted = references.seen
    same = alike(landscape, networks.points, references.points)
    rows = (same & ~arrived(networks, wanted)).nonzero()[:, 0]
    if not len(rows):
        return matched(networks, wanted, moves)
    begun = told(landscape, networks.take(rows), references.take(rows))
    found = networks.put(rows, _held(begun, wanted[rows], moves))
    found = matched(found, wanted, moves)
    far = found.squares(wanted) > RECOGNISED * (wanted**2).sum(1)
    left = rows[far[rows]]
    plain = networks.put(left, matched(networks.take(left), wanted[left], moves))
    return found.where(plain.squares(wanted) < found.squares(wanted) * (1 - GAIN), plain)


def _held(begun: Sight, wanted: Points, moves: Sequence[Move]) -> Sight:
    """Bring networks near while units keep their order."""
    held = [replace(move, held=True) if isinstance(move, Exchange) else move for move in moves]
    found = matched(begun, wanted, held, sweeps=SWEEPS)
    rows = (~arrived(found, wanted)).nonzero()[:, 0]
    if not (found.whole and found.symmetry.mixings and len(rows)):
        return found
    return found.put(rows, together(found.take(rows), wanted[rows]))
