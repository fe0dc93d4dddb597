"""Exits: the lightest edge of each component, at which the first of its bars may end (Boruvka).

The one idea: before its exit a component meets nobody. From exit to exit the edges get lighter, so
when the exit enters, all that lie along this way are one component already; is one of them elder,
then the bar ends there.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.forest.components import Edges
from morseloss.topology.forest.kernels import SMALL, compiled
from morseloss.topology.forest.order import narrow
from morseloss.topology.forest.team import STRETCH, Team, stretches

__all__ = ["Exits", "Joined", "find_exits", "is_sparse", "join", "settle"]

SPARSE = 50  # edges per vertex, up to which looking for exits pays
REACH = 4  # exits to follow: farther ones seldom find an elder
HOPS = 32  # from root to root in one go


class Exits(NamedTuple):
    """The lightest edge at each vertex, the earlier one among equals; loops are none.

    Attributes
    ----------
    lightest : ndarray, shape (n,)
        Its weight, `inf` where there is no edge.
    names : ndarray, shape (n,)
        Its name, -1 where there is none.
    others : ndarray, shape (n,)
        The vertex at its other end.
    """

    lightest: Float[np.ndarray, " n"]
    names: Int[np.ndarray, " n"]
    others: Int[np.ndarray, " n"]


class Joined(NamedTuple):
    """Vertices that are joined in components.

    Attributes
    ----------
    label : ndarray, shape (n,)
        Number of the component of each vertex.
    eldest : ndarray, shape (k,)
        The eldest vertex of each component, in increasing order.
    """

    label: Int[np.ndarray, " n"]
    eldest: Int[np.ndarray, " k"]


def is_sparse(n: int, m: int) -> bool:
    """Tell whether a graph is large, and so sparse that its forest grows from exits.

    Examples
    --------
    >>> is_sparse(1_000_000, 5_000_000), is_sparse(3000, 4_500_000)
    (True, False)
    """
    return SMALL < m <= SPARSE * n


def find_exits(
    pieces: list[Edges], values: Float[np.ndarray, " n"], team: Team
) -> tuple[Exits, bool]:
    """Return the exit of each vertex, and whether all edges may be edges of a filtration.

    Parameters
    ----------
    pieces : list of Edges
        The later piece has the later names.
    values : ndarray, shape (n,)
        Values of the vertices.
    team : Team
        Who works.

    Examples
    --------
    >>> edges = Edges(np.array([0, 0]), np.array([1, 1]), np.array([3.0, 2.0]), np.array([0, 1]))
    >>> with Team(2) as team:
    ...     exits, sound = find_exits([edges], np.array([0.0, 1.0]), team)
    >>> exits.lightest, exits.names, sound
    (array([2., 2.]), array([1, 1], dtype=int32), True)
    """
    n = len(values)
    names = narrow(pieces[-1].names[-1] + 1)
    found: list[Exits] = []
    note, choose = compiled(_find_exits), compiled(_choose)

    def begin():
        exits = Exits(np.full(n, np.inf), np.full(n, -1, names), np.full(n, -1, narrow(n)))
        found.append(exits)
        return lambda piece: note(piece.named(), values, exits)

    faults = team.take_turns(begin, pieces)
    first, *more = found
    for other in more:
        team.share(lambda rows, o=other: choose(*rows, first, o), stretches(n))
    sound = max(faults) < 0 and not (first.lightest < values).any()
    return first, sound


def settle(
    exits: Exits, values: Float[np.ndarray, " n"], team: Team
) -> tuple[Int[np.ndarray, " n"], Joined]:
    """End the bar of each vertex that meets an elder one at its exit.

    Returns
    -------
    killers : ndarray, shape (n,)
        Names of the edges at which they end, -1 where a bar goes on.
    joined : Joined
        Whom they join; the bars of the eldest go on.
    """
    n = len(values)
    root = np.empty(n, narrow(n))
    names = exits.names.dtype
    killers = np.empty(n, names)
    step = compiled(_settle)

    def begin():
        room = tuple(np.empty(STRETCH + 1, kind) for kind in (root.dtype, root.dtype, names))
        return lambda rows: step(*rows, exits, values, room, root, killers)

    team.take_turns(begin, stretches(n))
    return killers, join(root, team)


def join(root: Int[np.ndarray, " n"], team: Team) -> Joined:
    """Return the components of which each vertex knows an elder vertex, the eldest itself.

    Examples
    --------
    >>> with Team(3) as team:
    ...     joined = join(np.array([1, 1, 0, 3]), team)
    >>> joined.label, joined.eldest
    (array([0, 0, 0, 1]), array([1, 3]))
    """
    n = len(root)
    hop, pass_on = compiled(_hop), compiled(_label)
    while any(team.share(lambda rows: hop(*rows, root), stretches(n))):
        pass
    label, eldest = np.empty_like(root), np.empty(n + 1, root.dtype)
    eldest = eldest[: compiled(_number)(root, label, eldest)].copy()
    team.share(lambda rows: pass_on(*rows, root, label), stretches(n))
    return Joined(label, eldest)


def _find_exits(edges, values, exits):
    """Note each edge that is lighter than the exits of its ends so far.

    Returned is the first row that is no edge of a filtration, -1 if none is seen; that an exit lies
    below its end is not looked at here.
    """
    n = len(values)
    for i in range(len(edges.weights)):
        a = edges.heads[i]
        b = edges.tails[i]
        w = edges.weights[i]
        if not (0 <= a < n and 0 <= b < n and abs(w) < np.inf):
            return i
        if a == b:
            if w < values[a]:
                return i
            continue
        if w < exits.lightest[a]:
            exits.lightest[a] = w
            exits.names[a] = edges.names[i]
            exits.others[a] = b
        if w < exits.lightest[b]:
            exits.lightest[b] = w
            exits.names[b] = edges.names[i]
            exits.others[b] = a
    return -1


def _choose(low, high, exits, other):
    """Take over the lighter or, among equals, earlier exits that another thread found."""
    for b in range(low, high):
        w = other.lightest[b]
        lighter = w < exits.lightest[b]
        if lighter or (w == exits.lightest[b] and other.names[b] < exits.names[b]):
            exits.lightest[b] = w
            exits.names[b] = other.names[b]
            exits.others[b] = other.others[b]


def _settle(low, high, exits, values, room, root, killers):
    """Follow the exits from each vertex to an elder one, up to the edge that is the exit of both.

    All go step by step together, those under way at the front of `room`: no branch is left to
    chance.
    """
    starts, places, names = room
    count = 0
    for b in range(low, high):
        a = exits.others[b]
        elder = (values[a] < values[b]) | ((values[a] == values[b]) & (a < b))
        starts[count] = b
        count += (not elder) & (exits.names[b] >= 0)
    for b in range(low, high):
        root[b] = exits.others[b] if exits.names[b] >= 0 else b
        killers[b] = exits.names[b]
    for k in range(count):
        b = starts[k]
        root[b] = b
        killers[b] = -1
        places[k] = exits.others[b]
        names[k] = exits.names[b]
    for _ in range(REACH):
        left = 0
        for k in range(count):
            a = places[k]
            last = names[k]
            starts[left] = starts[k]
            places[left] = exits.others[a]
            names[left] = exits.names[a]
            left += exits.names[a] != last
        count = left
        left = 0
        for k in range(count):
            b = starts[k]
            a = places[k]
            elder = (values[a] < values[b]) | ((values[a] == values[b]) & (a < b))
            root[b] = b + elder * (a - b)
            killers[b] = elder * (exits.names[b] + 1) - 1
            starts[left] = b
            places[left] = a
            names[left] = names[k]
            left += not elder
        count = left


def _hop(low, high, root):
    """Move the root of each vertex on towards the eldest; tell whether one is not there yet.

    Another thread may have moved the root of a root on already: the way is shorter then.
    """
    under_way = False
    for b in range(low, high):
        a = root[b]
        for _ in range(HOPS):
            if root[a] == a:
                break
            a = root[a]
        root[b] = a
        under_way |= root[a] != a
    return under_way


def _number(root, label, eldest):
    """Number the eldest, one more of them being written than there are."""
    count = 0
    for b in range(len(root)):
        label[b] = count
        eldest[count] = b
        count += root[b] == b
    return count


def _label(low, high, root, label):
    """Pass the numbers of the eldest on to all others."""
    for b in range(low, high):
        label[b] = label[root[b]]
