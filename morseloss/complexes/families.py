"""`vineyard`: the bars of a family of graphs, complexes or diagrams, each followed along it.

The one idea: a cell of one member is a cell of the next if it has the same row, or if each of the
two is the nearest to the other's place; bars are then followed by their cells.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

from morseloss.complexes.morse import MorseComplex
from morseloss.graphs.graph import LandscapeGraph, as_graph
from morseloss.topology.diagram import Diagram
from morseloss.topology.elder import elder_rule
from morseloss.topology.vines import Vineyard, follow, match_step
from morseloss.topology.vines.table import check_family

__all__ = ["vineyard"]

Following = Literal["rows", "places", "nearness"]
Maps = tuple[Int[np.ndarray, " n"], Int[np.ndarray, " m"]]
NOTHING = np.zeros(0, dtype=int)


def vineyard(
    parameters: Sequence[float] | Float[np.ndarray, " n"],
    members: Sequence[Any],
    *,
    by: Following | None = None,
) -> Vineyard:
    """Follow the bars of a family from member to member: along a parameter, a training, a cooling.

    Parameters
    ----------
    parameters : sequence of float, length n
        The parameter of each member, finite and all different, in any order.
    members : sequence, length n
        Graphs (whatever `as_graph` reads), MorseComplexes, or Diagrams; all of one kind.
    by : {"rows", "places", "nearness"}, optional
        What tells that a cell of one member is a cell of the next. "rows": minima and critical
        points have the same row, edges the same two ends. "places": each is the nearest of the
        other, among minima, among passes, or among critical points of one index; all members must
        have places. "nearness": nothing does, so bars are followed by their births and deaths
        alone. By default "places" where all members have them, "rows" for other graphs and
        complexes, "nearness" for Diagrams, whose cells may be numbered anew in each.

    Returns
    -------
    Vineyard
        The table of all bars, the members in the order of their parameters.

    Raises
    ------
    ValueError
        If the numbers of parameters and members differ, a parameter is not finite or comes twice,
        the members are of several kinds or of another one, or do not have what `by` asks for.

    Notes
    -----
    Where two values cross between two members, two bars exchange a cell. They are continued so that
    they move least, which is right if the members are near enough to each other; `switched` tells
    the rows at which that was done.

    References
    ----------
    Cohen-Steiner, Edelsbrunner and Morozov, Vines and vineyards by updating persistence in linear
    time, 2006.

    Examples
    --------
    Two wells beside a deepest one, of which the second sinks below the first:

    >>> edges, passes = [[0, 1], [1, 2]], [4.0, 3.0]
    >>> graphs = [([0.0, 1.0, 2.0 - 2 * t], edges, passes) for t in (0.0, 0.4, 0.6)]
    >>> vines = vineyard([0.0, 0.4, 0.6], graphs)
    >>> vines
    Vineyard(3 vines of 3 members)
    >>> vines.lengths.round(1)
    array([[inf, 3. , 1. ],
           [inf, 3. , 1.8],
           [inf, 3.2, 2. ]])
    >>> vines.birth_cells[vines.vines == 2], vines.death_cells[vines.vines == 2]
    (array([2, 2, 1]), array([1, 1, 1]))
    """
    order = np.argsort(at := check_family(parameters, members))
    family = _one_kind([members[row] for row in order.tolist()])
    chosen = _chosen(by, family)
    diagrams = [_diagram(member) for member in family]
    steps = [
        match_step(*bars, *_maps(chosen, *pair))
        for bars, pair in zip(pairwise(diagrams), pairwise(family), strict=True)
    ]
    return follow(at[order], diagrams, steps)


def _one_kind(members: list) -> list:
    """Return the members, graphs of any form as LandscapeGraphs.

    Raises
    ------
    ValueError
        If they are of several kinds, or one is none of them.
    """
    kinds = [kind for kind in (MorseComplex, Diagram) if any(isinstance(m, kind) for m in members)]
    if not kinds:
        return [as_graph(member) for member in members]
    strange = [m for m in members if not isinstance(m, kinds[0])]
    if strange:
        raise ValueError(
            f"`members` must be of one kind, got a {kinds[0].__name__} and a "
            f"{type(strange[0]).__name__}; take the barcodes of all, or the graphs of all"
        )
    return members


def _chosen(by: str | None, family: list) -> str:
    """Return how cells are told from each other.

    Raises
    ------
    ValueError
        If the members do not have what that needs.
    """
    bare = bool(family) and isinstance(family[0], Diagram)
    placed = not bare and all(_has_places(member) for member in family)
    if by is None:
        return "nearness" if bare else "places" if placed else "rows"
    if by not in ("rows", "places", "nearness"):
        raise ValueError(f'`by` must be "rows", "places" or "nearness", got {by!r}')
    if by == "places" and not placed:
        raise ValueError(
            "members that are followed by places must all have `points`, graphs `peaks` too; "
            'follow them by="rows", if their rows are the same'
        )
    return by


def _has_places(member: LandscapeGraph | MorseComplex) -> bool:
    if isinstance(member, LandscapeGraph):
        return member.points is not None and member.peaks is not None
    return member.points is not None


def _diagram(member: LandscapeGraph | MorseComplex | Diagram) -> Diagram:
    if isinstance(member, Diagram):
        return member
    return elder_rule(member.filtration) if isinstance(member, LandscapeGraph) else member.diagram()


def _maps(by: str, a: Any, b: Any) -> Maps:
    """Return for each cell of births, and of deaths, the one in the next member, -1 for none."""
    if isinstance(a, Diagram):
        most = max(int(part.max(initial=-1)) for part in (a.birth_cells, a.death_cells)) + 1
        same = np.arange(most) if by == "rows" else np.full(most, -1)
        return same, same
    if isinstance(a, MorseComplex):
        same = _of_complex(by, a, b)
        return same, same
    if by == "rows":
        return _kept(len(a), len(b)), _same_ends(a.edges, b.edges)
    if by == "places":
        return nearest(a.points, b.points), nearest(a.peaks, b.peaks)
    return np.full(len(a), -1), np.full(len(a.weights), -1)


def _of_complex(by: str, a: MorseComplex, b: MorseComplex) -> Int[np.ndarray, " n"]:
    """Return for each critical point the one in the next member, of the same index."""
    found = np.full(len(a), -1)
    if by == "rows":
        found = _kept(len(a), len(b))
        there = found >= 0
        found[there] = np.where(a.indices[there] == b.indices[found[there]], found[there], -1)
    elif by == "places":
        for index in np.unique(a.indices):
            rows, others = (np.flatnonzero(one.indices == index) for one in (a, b))
            to = nearest(a.points[rows], b.points[others])  # pyright: ignore[reportOptionalSubscript]
            found[rows[to >= 0]] = others[to[to >= 0]]
    return found


def _kept(n: int, m: int) -> Int[np.ndarray, " n"]:
    rows = np.arange(n)
    return np.where(rows < m, rows, -1)


def _same_ends(a: Int[np.ndarray, "n 2"], b: Int[np.ndarray, "m 2"]) -> Int[np.ndarray, " n"]:
    """Return for each edge the one with the same ends; of parallel ones the first for the first."""
    seen, rows = ({}, {}), {}
    for row, edge in enumerate(map(_ends, b.tolist())):
        rows[edge, _count(seen[0], edge)] = row
    return np.array([rows.get((e, _count(seen[1], e)), -1) for e in map(_ends, a.tolist())], int)


def _ends(edge: list[int]) -> tuple[int, int]:
    return min(edge), max(edge)


def _count(seen: dict, edge: tuple[int, int]) -> int:
    """Return how often an edge came before, and count it."""
    seen[edge] = seen.get(edge, -1) + 1
    return seen[edge]


def nearest(a: Any, b: Any) -> Int[np.ndarray, " n"]:
    """Return for each place the nearest of the others, -1 if another place is nearer to that.

    Parameters
    ----------
    a, b : ndarray, shape (n, dim) and (m, dim)
        Places.

    Examples
    --------
    >>> nearest(np.array([[0.0], [1.0], [1.2]]), np.array([[1.05], [0.2]])).tolist()
    [1, 0, -1]
    """
    if not len(a) or not len(b):
        return np.full(len(a), -1)
    from scipy.spatial import KDTree

    there, back = (np.asarray(KDTree(to).query(of)[1]) for to, of in ((b, a), (a, b)))
    return np.where(back[there] == np.arange(len(a)), there, -1)
