"""`universe`: copies of many networks in one frame, so that all pairs of them are near at once.

The one idea: a sum of squared distances of all pairs falls, when one network after the other is
brought near the mean of the others. One copy of each serves all pairs, so every cycle of exchanges
closes.
"""

from collections.abc import Iterator, Sequence

import torch

from morseloss._shapes import Points, SomePoints
from morseloss.landscapes.landscape import check_points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.symmetry.alignment import check_restarts
from morseloss.networks.symmetry.matching.criteria import WEIGHTS, Criterion
from morseloss.networks.symmetry.matching.freedom import freedom
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.matching.sweeps import Move, matched, moves_of, polished, rigid
from morseloss.networks.symmetry.symmetry import Symmetry

__all__ = ["universe"]

WORTH, LEAST = 1e-2, 1e-4  # of the sum of squares: what new beginnings, and a round, must gain

ROUNDS = 30  # through all networks, at most: matrices and factors settle slowly


def universe(
    landscape: NetworkLandscape,
    points: Points,
    *,
    symmetry: Symmetry | None = None,
    criterion: Criterion = WEIGHTS,
    restarts: int = 0,
    generator: torch.Generator | None = None,
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
    best = _renewed(_best(_beginnings(networks)))
    if restarts:
        other = _renewed(_best(_at_random(networks, restarts, generator)))  # pyright: ignore[reportArgumentType]
        best = other if float(_spread(other)) < float(_spread(best)) else best
    for row, _ in enumerate(points):
        one, others = torch.tensor([row]), _beside(row, best.points)
        best = best.put(one, polished(best.take(one), others))
    return best.points


def _best(beginnings: Iterator["Beginning"]) -> Sight:
    """Return the nearest of what all beginnings settle to, of equal ones the first."""
    found = [_settled(*beginning) for beginning in beginnings]
    squares = [float(_spread(one)) for one in found]
    return found[squares.index(min(squares))]


def _renewed(networks: Sight) -> Sight:
    """Begin again from what was found, as long as that is worth it; with matrices it is dear."""
    before = torch.inf
    while not networks.symmetry.mixings and float(_spread(networks)) < before * (1 - WORTH):
        before = float(_spread(networks))
        networks = _best(_beginnings(networks))
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


Beginning = tuple[Sight, Sequence[int], Sequence[Move]]
"""Networks, the order in which they are taken, and that of the moves."""


def _beginnings(networks: Sight) -> Iterator[Beginning]:
    """Yield all networks near each of them, and as they are."""
    count, moves = len(networks), moves_of(networks.seen_symmetry)
    for row in range(count):
        yield _near(networks, networks, row, moves), _others_first(row, range(count)), moves
    yield networks, range(count), moves


def _at_random(networks: Sight, restarts: int, generator: torch.Generator) -> Iterator[Beginning]:
    """Yield random copies near each of the networks, in random order."""
    count, moves = len(networks), moves_of(networks.seen_symmetry)
    for number in range(restarts):
        row, element = number % count, networks.symmetry.random(count, generator=generator)
        rows, order = (
            torch.randperm(size, generator=generator).tolist() for size in (count, len(moves))
        )
        taken = [moves[place] for place in order]
        yield (
            _near(networks.act(element), networks, row, taken), _others_first(row, rows), taken
        )  # fmt: skip


def _near(networks: Sight, references: Sight, row: int, moves: Sequence[Move]) -> Sight:
    """Bring all networks near one of the references, which stands among them as it is."""
    reference = references.take(torch.tensor([row]))
    near = matched(networks, reference.seen.expand(len(networks), -1), moves)
    return near.put(torch.tensor([row]), reference)


def _others_first(row: int, rows: Sequence[int]) -> list[int]:
    return [*(other for other in rows if other != row), row]


def _settled(networks: Sight, rows: Sequence[int], moves: Sequence[Move]) -> Sight:
    """Bring each network near the mean of the others, in turn, until that gains no more.

    The last one is not scaled nor stretched: else all would shrink on one side of their factors.
    """
    stiff = rigid(networks.seen_symmetry, moves)
    before = torch.inf
    for _ in range(ROUNDS):
        if not float(spread := _spread(networks)) < before * (1 - LEAST):
            break
        before = float(spread)
        for row in rows:
            one, others = torch.tensor([row]), _beside(row, networks.seen)
            allowed = stiff if row == rows[-1] else moves
            networks = networks.put(one, matched(networks.take(one), others, allowed, sweeps=1))
    return networks


def _beside(row: int, points: Points) -> SomePoints:
    """Return the mean of all other rows."""
    others = [other for other in range(len(points)) if other != row]
    return points[others].mean(0, keepdim=True)


def _spread(networks: Sight) -> torch.Tensor:
    """Return the sum of squared distances from the mean: that of all pairs over their number."""
    return networks.squares(networks.seen.mean(0).expand_as(networks.seen)).sum()
