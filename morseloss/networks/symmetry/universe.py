"""`universe`: copies of many networks in one frame, so that all pairs of them are near at once.

The one idea: a sum of squared distances of all pairs falls, when one network after the other is
brought near the mean of the others. One copy of each serves all pairs, so every cycle of exchanges
closes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch

from morseloss._shapes import Indices, Points
from morseloss.landscapes.landscape import check_points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.symmetry.alignment import check_restarts
from morseloss.networks.symmetry.matching.criteria import WEIGHTS, Criterion
from morseloss.networks.symmetry.matching.freedom import freedom
from morseloss.networks.symmetry.matching.nearest import nearest
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.matching.sweeps import Move, matched, moves_of, polished, rigid
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.search.iterate import Progress

__all__ = ["universe"]

WORTH, LEAST = 1e-2, 1e-4  # of the sum of squares: what new beginnings, and a round, must gain

ROUNDS = 30  # through all networks, at most: matrices and factors settle slowly
AT_ONCE = 2**25  # numbers of all frames that are brought near at once


def universe(
    landscape: NetworkLandscape,
    points: Points,
    *,
    symmetry: Symmetry | None = None,
    criterion: Criterion = WEIGHTS,
    restarts: int = 0,
    generator: torch.Generator | None = None,
    progress: Progress | None = None,
) -> Points:
    """Return a copy of each network, of the same loss, such that all lie near each other.

    Parameters
    ----------
    landscape : NetworkLandscape
    points : Tensor, shape (n, dim)
        Two networks or more.
    symmetry : Symmetry, optional
        What may be exchanged. By default what `symmetry_of` reads off the module.
    criterion : Criterion
        By what they are near: `WeightMatching` or `ActivationMatching`.
    restarts : int
        Beginnings besides those at each network: random copies, groups and networks in random
        order.
    generator : torch.Generator, optional
        Needed by restarts.
    progress : callable, optional
        Gets `(networks moved, frames that still change, frames tried together)`, after each of
        the networks of all frames; an exception that it raises ends the search.

    Returns
    -------
    Tensor, shape (n, dim)
        The sum of squared distances of all pairs, as the criterion sees them, is at most that of
        all networks aligned to any one of them (`align`), and at most that of `points`.

    Raises
    ------
    ValueError
        If there are fewer than two networks, no symmetry of a module that cannot be traced, there
        is nothing to exchange, a given symmetry changes the outputs, or a generator is missing.

    Notes
    -----
    `align` finds a copy for each pair anew, nearer for that pair; exchanges along a cycle of pairs
    then need not come back to where they began. Here pair `i, j` is joined from row `i` to row `j`.
    It minimises `sum of |g_i x_i - g_j x_j|^2 over pairs`, which is `n` times the sum of squared
    distances from the mean, by blocks: `g_i` given the others. The best of all beginnings is kept.

    References
    ----------
    Crisostomi et al., "C2M3: cycle-consistent multi-model merging", 2024, section 3.
    Ainsworth, Hayase, Srinivasa, "Git Re-Basin", 2023, appendix (MergeMany).

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape, symmetry_of, universe
    >>> module = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    >>> x, y = torch.randn(20, 4), torch.arange(20) % 2
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y)
    >>> generator, symmetry = torch.Generator().manual_seed(0), symmetry_of(land.pure)
    >>> point = torch.randn(1, land.dim, generator=generator).expand(5, -1)
    >>> copies = symmetry.act(point, symmetry.random(5, generator=generator))
    >>> bool((universe(land, copies) == copies[:1]).all())
    True
    """
    _check(landscape, points, restarts, generator)
    symmetry = freedom(landscape, symmetry)
    networks = criterion.sight(landscape, symmetry, points)
    moves, told = moves_of(networks.seen_symmetry), _teller(progress)
    first = _best(networks, _beginnings(landscape, networks, moves, told), told)
    best = _renewed(landscape, first, told)
    if restarts:
        drawn = _at_random(landscape, networks, restarts, generator)  # pyright: ignore[reportArgumentType]
        other, count = _renewed(landscape, _best(networks, drawn, told), told), len(networks)
        best = other if float(_spreads(other, count)) < float(_spreads(best, count)) else best
    order = torch.arange(len(points))[None]
    for row in order[0]:
        others = best.points[_beside(order, torch.tensor([0]), int(row))].mean(1)
        best = best.put(row[None], polished(best.take(row[None]), others))
    return best.points


Told = Callable[[int, int, int], None]
"""Gets how many networks were moved since the last call, and the frames as `progress` does."""


def _teller(progress: Progress | None) -> Told:
    """Return what adds up moved networks and tells them."""
    moved = 0

    def told(more: int, running: int, total: int) -> None:
        nonlocal moved
        moved += more
        if progress is not None:
            progress(moved, running, total)

    return told


def _best(networks: Sight, beginnings: Iterable["Beginning"], told: Told) -> Sight:
    """Return the nearest of what all beginnings settle to, of equal ones the first."""
    count, best, lowest = len(networks), networks, torch.inf
    for beginning in beginnings:
        frames = _settled(*beginning, told)
        spreads = _spreads(frames, count)
        if float(spreads.min()) < lowest:
            lowest = float(spreads.min())
            best = frames.take(int(spreads.argmin()) * count + torch.arange(count))
    return best


def _renewed(landscape: NetworkLandscape, networks: Sight, told: Told) -> Sight:
    """Begin again from what was found, as long as that is worth it; with matrices it is dear.

    Factors stay: with another network held each time all would shrink on one side of them.
    """
    before, count = torch.inf, len(networks)
    stiff = rigid(networks.seen_symmetry, moves_of(networks.seen_symmetry))
    while not networks.symmetry.mixings and float(_spreads(networks, count)) < before * (1 - WORTH):
        before = float(_spreads(networks, count))
        networks = _best(networks, _beginnings(landscape, networks, stiff, told), told)
    return networks


def _check(
    landscape: NetworkLandscape, points: Points, restarts: int, generator: torch.Generator | None
) -> None:
    check_points(landscape, points, "points")
    if len(points) < 2:
        raise ValueError(
            f"`points` must be two networks or more, to be brought near each other, got "
            f"{len(points)}; one alone is its own frame"
        )
    check_restarts(restarts, generator)


Beginning = tuple[Sight, torch.Tensor, Sequence[Move]]
"""Frames one after the other, the order in which the networks of each are taken, and the moves."""


def _beginnings(
    landscape: NetworkLandscape, networks: Sight, moves: Sequence[Move], told: Told
) -> Iterator[Beginning]:
    """Yield all networks near each of them, and as they are; so many at once as memory holds."""
    count = len(networks)
    numbers = networks.points.shape[1] + networks.seen.shape[1]
    for rows in torch.arange(count + 1).split(max(1, AT_ONCE // (count * numbers))):
        orders = torch.stack([_others_first(int(row), torch.arange(count)) for row in rows])
        near = _near(landscape, networks, networks, rows, moves)
        told(len(near), len(rows), len(rows))
        yield near, orders, moves


def _at_random(
    landscape: NetworkLandscape, networks: Sight, restarts: int, generator: torch.Generator
) -> Iterator[Beginning]:
    """Yield random copies near each of the networks, in random order."""
    count, moves = len(networks), moves_of(networks.seen_symmetry)
    for number in range(restarts):
        row, element = number % count, networks.symmetry.random(count, generator=generator)
        rows, order = (torch.randperm(size, generator=generator) for size in (count, len(moves)))
        taken = [moves[place] for place in order.tolist()]
        near = _near(landscape, networks.act(element), networks, torch.tensor([row]), taken)
        yield near, _others_first(row, rows)[None], taken


def _near(
    landscape: NetworkLandscape, networks: Sight, references: Sight, rows: Indices,
    moves: Sequence[Move],
) -> Sight:  # fmt: skip
    """Bring all networks near some of the references, each of which stands in its frame as it is.

    A row beyond the last reference is a frame of the networks as they are.
    """
    count = len(networks)
    there, here = rows.repeat_interleave(count), torch.arange(count).repeat(len(rows))
    frames, moved = networks.take(here), ((there < count) & (there != here)).nonzero()[:, 0]
    own = (there == here).nonzero()[:, 0]
    frames = frames.put(own, references.take(there[own]))
    if not len(moved):
        return frames
    near = nearest(landscape, frames.take(moved), references.take(there[moved]), moves)
    return frames.put(moved, near)


def _others_first(row: int, rows: Indices) -> Indices:
    """Return an order with one row last; one that is not there changes nothing."""
    return torch.cat([rows[rows != row], rows[rows == row]])


def _settled(
    frames: Sight, orders: torch.Tensor, moves: Sequence[Move], told: Told
) -> Sight:  # fmt: skip
    """Bring each network near the mean of the others, in turn, until that gains no more.

    All frames at once. The last network of each is not scaled nor stretched: else all would shrink
    on one side of their factors.
    """
    stiff, count = rigid(frames.seen_symmetry, moves), orders.shape[1]
    before, active = torch.full((len(orders),), torch.inf).double(), torch.arange(len(orders))
    for _ in range(ROUNDS):
        spreads = _spreads(frames, count).cpu()
        active = active[spreads[active] < before[active] * (1 - LEAST)]
        if not len(active):
            break
        before = spreads
        for place in range(count):
            rows, others = active * count + orders[active, place], _beside(orders, active, place)
            allowed = stiff if place == count - 1 else moves
            wanted = frames.seen[others].mean(1)
            frames = frames.put(rows, matched(frames.take(rows), wanted, allowed, sweeps=1))
            told(len(rows), len(active), len(orders))
    told(0, 0, len(orders))
    return frames


def _beside(orders: torch.Tensor, frames: Indices, place: int) -> torch.Tensor:
    """Return the rows of all other networks of some frames, (frames, others), in their order."""
    count = orders.shape[1]
    others = orders[frames]
    others = torch.cat([others[:, :place], others[:, place + 1 :]], 1).sort(1)[0]
    return frames[:, None] * count + others


def _spreads(frames: Sight, count: int) -> torch.Tensor:
    """Return the sum of squared distances from the mean of each frame.

    It is that of all pairs over their number.
    """
    seen = frames.seen.unflatten(0, (-1, count))
    return ((seen - seen.mean(1, keepdim=True)) ** 2).sum((1, 2))
