"""`thin_out`: leave out most edges of a dense graph that kill nothing, at one look each.

The one idea: a small forest of some of the edges tells how high one must climb from each minimum to
a lowest one; an edge above that at both its ends is the heaviest of a cycle.
"""

from math import isqrt

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.forest.components import Edges, unite
from morseloss.topology.forest.kernels import compiled, run_compiled
from morseloss.topology.forest.team import Team

__all__ = ["levels", "thin_out"]


def thin_out(
    edges: Edges, values: Float[np.ndarray, " n"], minima: Int[np.ndarray, " n"], team: Team
) -> list[Edges]:
    """Return fewer edges, with the same barcode.

    Parameters
    ----------
    edges : Edges
        All edges of the graph.
    values : ndarray, shape (n,)
        Values of the minima.
    minima : ndarray, shape (n,)
        Rows of the minima in their total order.
    team : Team
        Who works.

    Examples
    --------
    >>> edges = Edges(
    ...     np.array([0, 0, 0]), np.array([1, 1, 1]), np.array([3.0, 4.0, 2.0]), range(3)
    ... )
    >>> with Team(3) as team:
    ...     (left,) = thin_out(edges, np.array([0.0, 1.0]), np.array([0, 1]), team)
    >>> 2.0 in left.weights
    True
    """
    sample = _sample(edges, len(values))
    killers, elders = unite(sample, values, run_compiled)
    level = levels(np.where(killers >= 0, sample.weights[killers], -np.inf), elders, minima)
    keep = compiled(_keep)

    def keep_low(piece):
        kept = np.empty(len(piece.weights) + 1, np.int32)
        kept = kept[: keep(piece.named(), level, kept)]
        return Edges(*(column[kept] for column in piece.named()))

    left = team.share(keep_low, edges.pieces())
    return [piece for piece in left if len(piece.weights)] or left[:1]


def levels(
    deaths: Float[np.ndarray, " n"], elders: Int[np.ndarray, " n"], minima: Int[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """Return how high one must climb from each minimum to the lowest one of the largest piece.

    It is infinite where there is no way.

    Parameters
    ----------
    deaths : ndarray, shape (n,)
        Where the bar of each minimum ends, `-inf` if it does not.
    elders : ndarray, shape (n,)
        Lowest minimum of the component which it joins there, -1 if it joins none.
    minima : ndarray, shape (n,)
        Rows of the minima in their total order.

    Examples
    --------
    >>> levels(np.array([-np.inf, 3.0, 2.0]), np.array([-1, 0, 1]), np.array([0, 1, 2]))
    array([-inf,   3.,   3.])
    """
    level, piece = compiled(_climb)(
        elders, minima, deaths.copy(), np.arange(len(deaths), dtype=elders.dtype)
    )
    level[piece != np.bincount(piece).argmax()] = np.inf
    return level


def _sample(edges, n):
    """Draw `sqrt(m n)` of `m` edges between `n` minima, one at random from each stretch.

    Of all edges about as many will not be thinned out by them. The seed is fixed; what is drawn
    decides on the time alone.
    """
    m = len(edges.weights)
    stretch = isqrt(m // n)
    starts = np.arange(0, m - stretch + 1, stretch)
    rows = starts + np.random.default_rng(0).integers(0, stretch, len(starts))
    return Edges(edges.heads[rows], edges.tails[rows], edges.weights[rows], range(len(rows)))


def _climb(elders, minima, level, piece):
    """Raise the level of each minimum to that of its elder, from where the way leads on."""
    for b in minima:
        a = elders[b]
        if a >= 0:
            level[b] = max(level[b], level[a])
            piece[b] = piece[a]
    return level, piece


def _keep(edges, level, kept):
    """Leave out each edge above the levels of both its ends: it is the heaviest of a cycle.

    The cycle leads from both ends down to one minimum. Such an edge kills nothing. The rows of the
    others stand at the front of `kept`; the count of them is returned.
    """
    count = 0
    for i in range(len(edges.weights)):
        kept[count] = i
        count += edges.weights[i] <= max(level[edges.heads[i]], level[edges.tails[i]])
    return count
