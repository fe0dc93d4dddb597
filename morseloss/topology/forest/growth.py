"""`grow`: the minimum spanning forest of a large graph, of whose edges only few are ever sorted.

The one idea: contract what the exits settle, let the lightest of the other edges grow a forest in
the same way, then drop the heavy ones whose ends it has joined (filter-Kruskal over Boruvka).
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.forest.components import Edges, unite
from morseloss.topology.forest.exits import Exits, Joined, find_exits, is_sparse, join, settle
from morseloss.topology.forest.kernels import SMALL, compiled, run_compiled
from morseloss.topology.forest.order import narrow
from morseloss.topology.forest.sieve import thin_out
from morseloss.topology.forest.team import Team

__all__ = ["find_killers", "grow"]

LIGHT = 3  # edges for each component that grow a forest before the others are looked at
MOST = 1 << 19  # edges that are moved into one piece
FEW = 300_000  # edges that are sorted as they are
DRAWN = 1 << 12  # weights, from which it is told which edges are light


def grow(
    pieces: list[Edges], values: Float[np.ndarray, " n"], team: Team, exits: Exits | None = None
) -> tuple[Int[np.ndarray, " n"], Joined]:
    """Return the edge that ends the bar of each vertex, and the components at the end.

    Parameters
    ----------
    pieces : list of Edges
        The later piece has the later names.
    values : ndarray, shape (n,)
        Values of the vertices; among equal ones the earlier vertex is the elder.
    team : Team
        Who works.
    exits : Exits, optional
        Those of these edges, if they are known.

    Returns
    -------
    killers : ndarray, shape (n,)
        Names of the edges, -1 where a bar does not end.
    joined : Joined
        The components, each with the vertex whose bar does not end.

    Examples
    --------
    >>> edges = Edges(np.array([0, 0]), np.array([1, 1]), np.array([3.0, 2.0]), np.array([0, 1]))
    >>> with Team(2) as team:
    ...     killers, joined = grow([edges], np.array([0.0, 1.0]), team)
    >>> killers, joined.eldest.tolist()
    (array([-1,  1]), [0])
    """
    count = sum(len(piece.weights) for piece in pieces)
    if count <= FEW and not exits:
        return _by_sorting(pieces, values, team)
    if not exits:
        exits, _ = find_exits(pieces, values, team)
    killers, joined = settle(exits, values, team)
    way = grow if len(joined.eldest) < 0.8 * len(values) else _by_sorting
    settled = len(values) - len(joined.eldest)
    pivot = _pivot(pieces, (settled + LIGHT * len(joined.eldest)) / count)
    for low, high in ((-np.inf, pivot), (pivot, np.inf)):
        between = _between(pieces, joined.label, (low, high), team) if low < high else []
        if between:
            late, later = way(between, values[joined.eldest], team)
            ended = late >= 0
            killers[joined.eldest[ended]] = late[ended]
            joined = Joined(later.label[joined.label], joined.eldest[later.eldest])
    return killers, joined


def find_killers(
    edges: Edges,
    values: Float[np.ndarray, " n"],
    minima: Callable[[], Int[np.ndarray, " n"]],
    team: Team,
    exits: Exits | None = None,
) -> Int[np.ndarray, " n"]:
    """Return the name of the edge that ends the bar of each minimum, -1 if none does.

    Parameters
    ----------
    edges : Edges
        In the order of their names.
    values : ndarray, shape (n,)
        Values of the minima.
    minima : callable
        Returns the rows of the minima in their total order, the eldest first.
    team : Team
        Who works.
    exits : Exits, optional
        Those of these edges, if they are known.

    Examples
    --------
    >>> edges = Edges(np.array([0]), np.array([1]), np.array([3.0]), range(1))
    >>> with Team(1) as team:
    ...     find_killers(edges, np.array([0.0, 1.0]), lambda: np.array([0, 1]), team)
    array([-1,  0])
    """
    n, m = len(values), len(edges.weights)
    if m <= SMALL:
        return unite(edges, values)[0]
    pieces = edges.pieces() if is_sparse(n, m) else thin_out(edges, values, minima(), team)
    return grow(pieces, values, team, exits)[0]


def _by_sorting(pieces, values, team):
    """Sort all edges."""
    edges = Edges(*map(np.concatenate, zip(*(piece.named() for piece in pieces), strict=True)))
    killers, elders = unite(edges, values, run_compiled)
    here = np.arange(len(values))
    root = np.where(elders >= 0, elders, here).astype(narrow(len(values)))
    return killers, join(root, team)


def _pivot(pieces, share):
    """Estimate up to which weight so large a share of the edges goes; it decides on time alone."""
    if share > 0.8:
        return np.inf
    drawn = [piece.weights[:: len(pieces) * len(piece.weights) // DRAWN + 1] for piece in pieces]
    weights = np.concatenate(drawn)
    rank = int(share * len(weights))
    return np.partition(weights, rank)[rank]


def _between(pieces, label, ends, team):
    """Return the edges with low < weight <= high that join two components, between these."""
    move_ends = compiled(_move)

    names = narrow(pieces[-1].names[-1] + 1)

    def move(group):
        size = sum(len(piece.weights) for piece in group) + 1
        kinds = label.dtype, label.dtype, np.float64, names
        room, count = Edges(*(np.empty(size, kind) for kind in kinds)), 0
        for piece in group:
            chosen = np.empty(len(piece.weights) + 1, np.int32)
            count = move_ends(piece.named(), label, ends, chosen, room, count)
        return Edges(*(np.array(column[:count]) for column in room))

    moved = team.share(move, _groups(pieces, team))
    return [piece for piece in moved if len(piece.weights)]


def _groups(pieces, team):
    """Return runs of pieces, so many that all threads have enough to do, and no more."""
    most = min(sum(len(piece.weights) for piece in pieces) // (4 * team.size), MOST)
    groups, size = [[]], 0
    for piece in pieces:
        if groups[-1] and size + len(piece.weights) > most:
            groups.append([])
            size = 0
        groups[-1].append(piece)
        size += len(piece.weights)
    return groups


def _move(edges, label, ends, chosen, room, kept):
    """Move edges with such weights to the components of their ends, but for those inside of one.

    They follow the first `kept` that are in `room` already; the count of all is returned.
    """
    low, high = ends
    count = 0
    for i in range(len(edges.weights)):
        w = edges.weights[i]
        chosen[count] = i
        count += (low < w) & (w <= high)
    joining = 0
    for j in range(count):
        i = chosen[j]
        chosen[joining] = i
        joining += label[edges.heads[i]] != label[edges.tails[i]]
    for j in range(joining):
        i = chosen[j]
        room.heads[kept + j] = label[edges.heads[i]]
        room.tails[kept + j] = label[edges.tails[i]]
        room.weights[kept + j] = edges.weights[i]
        room.names[kept + j] = edges.names[i]
    return kept + joining
