"""`match_step`: the bars of one member of a family matched with those of the next.

The one idea: a bar whose two cells still belong together is the same bar. Bars exchange cells where
two values cross; at the crossing itself no bar moves, so those bars go on as they move least.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from morseloss.topology.diagram import Diagram, to_diagonal
from morseloss.topology.distances.matching import assign

__all__ = ["Step", "match_step"]


class Step(NamedTuple):
    """What becomes of the bars of a member in the next one.

    Attributes
    ----------
    partners : ndarray, shape (k,)
        Rows of the bars in the next diagram, -1 where a bar ends.
    same_birth, same_death : ndarray, shape (k,)
        Whether a bar keeps the cell of its birth, and that of its death; two half-lines both have
        none for their death, which is the same.
    """

    partners: Int[np.ndarray, " k"]
    same_birth: Bool[np.ndarray, " k"]
    same_death: Bool[np.ndarray, " k"]


def match_step(
    a: Diagram, b: Diagram, births: Int[np.ndarray, " n"], deaths: Int[np.ndarray, " m"]
) -> Step:
    """Match the bars of two diagrams by their cells, and the rest by their nearness.

    Bars are matched within a degree, half-lines with half-lines: first those that have both cells
    in common; then the rest so that the sum of their ways in the plane is least, where the way
    between two bars that have a cell in common counts half. A bar ends, or begins, on the diagonal
    if one of its cells does, or if there is no other bar left.

    Parameters
    ----------
    a, b : Diagram
        The bars of a member and of the next one.
    births, deaths : ndarray of int, shape (n,) and (m,)
        For each cell of `a`, the cell of `b` which it is, -1 if it is none. An unknown cell of a
        bar, -1, is none; where no death cell is known, that of the birth is enough.

    Examples
    --------
    Two minima cross, so that the younger one is the other; their bars go on along the edges:

    >>> deaths, edges = np.array([np.inf, 4.0, 3.0]), np.array([-1, 1, 0])
    >>> a, b = (
    ...     Diagram(np.array([0.0, 1.0, 1.1]), deaths, birth_cells=minima, death_cells=edges)
    ...     for minima in (np.array([0, 1, 2]), np.array([0, 2, 1]))
    ... )
    >>> step = match_step(a, b, np.arange(3), np.arange(2))
    >>> step.partners, step.same_birth
    (array([0, 1, 2]), array([ True, False, False]))
    """
    by_birth = _heirs(a, b, _found(a.birth_cells, births), b.birth_cells)
    by_death = _heirs(a, b, _found(a.death_cells, deaths), b.death_cells)
    both = (by_birth >= 0) & ((by_birth == by_death) | _no_deaths(a, b, by_birth))
    partners = np.where(both, by_birth, -1)
    heirs = np.stack([by_birth, by_death], axis=1)
    last = _lost(a, births >= 0, deaths >= 0)
    first = _lost(b, *(_reached(to, b) for to in (births, deaths)))
    for degree in np.unique(a.degrees):
        for kind in (False, True):
            rows = np.flatnonzero((partners < 0) & (a.degrees == degree) & (a.finite == kind))
            columns = np.flatnonzero((b.degrees == degree) & (b.finite == kind))
            columns = np.setdiff1d(columns, partners)
            ways = _ways(a, b, rows, columns)
            ways[(heirs[rows][:, :, None] == columns).any(axis=1)] /= 2
            ends = _way_down(a, rows, last), _way_down(b, columns, first)
            found = _least(ways, *ends)
            partners[rows[found >= 0]] = columns[found[found >= 0]]
    met = partners >= 0
    return Step(partners, met & (partners == by_birth), met & ((partners == by_death) | ~a.finite))


def _found(cells: Int[np.ndarray, " k"], to: Int[np.ndarray, " n"]) -> Int[np.ndarray, " k"]:
    """Return the cells of the next member which these are, -1 for none."""
    known = cells >= 0
    found = np.full(len(cells), -1)
    found[known] = to[cells[known]]
    return found


def _heirs(
    a: Diagram, b: Diagram, wanted: Int[np.ndarray, " k"], cells: Int[np.ndarray, " l"]
) -> Int[np.ndarray, " k"]:
    """Return the rows of the bars of `b` that have these cells, -1 where none of a kind has."""
    if not len(b):
        return np.full(len(a), -1)
    order = np.argsort(cells, kind="stable")
    places = np.minimum(np.searchsorted(cells, wanted, sorter=order), len(b) - 1)
    rows = order[places]
    found = (wanted >= 0) & (cells[rows] == wanted)
    found &= (a.degrees == b.degrees[rows]) & (a.finite == b.finite[rows])
    return np.where(found, rows, -1)


def _no_deaths(a: Diagram, b: Diagram, heirs: Int[np.ndarray, " k"]) -> Bool[np.ndarray, " k"]:
    """Return which bars have no death cell, or none that is known, before and after."""
    after = b.death_cells[heirs] if len(b) else heirs
    return (a.death_cells < 0) & (after < 0)


def _reached(to: Int[np.ndarray, " n"], b: Diagram) -> Bool[np.ndarray, " m"]:
    """Return which cells of the next member are cells of this one."""
    most = max(int(part.max(initial=-1)) for part in (b.birth_cells, b.death_cells, to))
    reached = np.zeros(most + 1, dtype=bool)
    reached[to[to >= 0]] = True
    return reached


def _lost(
    bars: Diagram, births: Bool[np.ndarray, " n"], deaths: Bool[np.ndarray, " m"]
) -> Bool[np.ndarray, " k"]:
    """Return which bars have a cell that is not in the other member."""
    lost = np.zeros(len(bars), dtype=bool)
    for cells, there in ((bars.birth_cells, births), (bars.death_cells, deaths)):
        known = np.flatnonzero(cells >= 0)
        lost[known] |= ~there[cells[known]]
        lost |= (cells < 0) & bars.finite
    return lost


def _ways(
    a: Diagram, b: Diagram, rows: np.ndarray, columns: np.ndarray
) -> Float[np.ndarray, "r c"]:
    """Return how far bars of one kind are from each other in the plane."""
    born = a.births[rows][:, None] - b.births[columns]
    if not len(rows) or not a.finite[rows[0]]:
        return np.abs(born)
    return np.hypot(born, a.deaths[rows][:, None] - b.deaths[columns])


def _way_down(
    bars: Diagram, rows: Int[np.ndarray, " r"], lost: Bool[np.ndarray, " k"]
) -> Float[np.ndarray, " r"]:
    """Return what it costs that bars end: the way to the diagonal, `inf` if it should not be."""
    finite = bars.finite[rows]
    deaths = np.where(finite, bars.deaths[rows], bars.births[rows])
    down = to_diagonal(bars.births[rows], deaths, "euclidean")
    return np.where(lost[rows] & finite, down, np.inf)


def _least(
    ways: Float[np.ndarray, "r c"], down: Float[np.ndarray, " r"], up: Float[np.ndarray, " c"]
) -> Int[np.ndarray, " r"]:
    """Return the columns of the matching that costs least; what should not end, seldom does.

    Examples
    --------
    >>> _least(np.array([[1.0, 5.0]]), np.array([np.inf]), np.array([np.inf, 3.0]))
    array([0])
    """
    if not ways.size:
        return np.full(len(ways), -1)
    finite = np.concatenate([ways.ravel(), down, up])
    dear = (finite[np.isfinite(finite)].max() + 1) * (sum(ways.shape) + 1)
    # to match two bars saves that both end
    saved = np.minimum(down, dear)[:, None] + np.minimum(up, dear) - ways
    return assign(np.maximum(saved, 0.0))[0]
