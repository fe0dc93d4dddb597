"""`Stock`: the minimum spanning forest of the edges that came so far, and room for those that wait.

The one idea: an edge that is the heaviest of a cycle of earlier ones never matters again. How high
one must climb in the forest tells this of most edges at one look; the few others wait behind the
forest in columns that are allocated once, until these are full.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.forest.components import Edges, unite
from morseloss.topology.forest.faults import check_edges
from morseloss.topology.forest.kernels import run
from morseloss.topology.forest.order import narrow, total_order
from morseloss.topology.forest.sieve import levels
from morseloss.topology.forest.team import STRETCH, Team

__all__ = ["Forest", "Stock"]

WAITING = STRETCH  # edges that there is room for beside the forest, at least


class Forest(NamedTuple):
    """A minimum spanning forest.

    Attributes
    ----------
    edges : Edges
        At most one fewer than there are minima, called by their rows in all blocks together.
    killers : ndarray, shape (n,)
        Row in `edges` of the edge that ends the bar of each minimum, -1 if none does.
    """

    edges: Edges
    killers: Int[np.ndarray, " n"]


class Stock:
    """Keep of all edges that come what their forest needs.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values of the minima.

    Examples
    --------
    >>> stock = Stock(np.array([0.0, 1.0]))
    >>> stock.take(Edges(np.array([0, 1]), np.array([1, 0]), np.array([4.0, 2.0]), range(2)))
    >>> stock.forest().edges.weights
    array([2.])
    """

    def __init__(self, values: Float[np.ndarray, " n"]) -> None:
        n = len(values)
        self.values = values
        self.most = 1 + max(n // 2, WAITING)
        kinds = narrow(n), narrow(n), np.float64, np.int64  # heads, tails, weights, names
        self.columns = [np.empty(n + self.most, kind) for kind in kinds]
        self.count = 0
        self.minima = total_order(values)
        self.level = np.full(n, np.inf)

    def take(self, edges: Edges) -> None:
        """Take edges that are later than all before.

        Raises
        ------
        ValueError
            If one is no edge of a filtration.
        """
        m, size = len(edges.weights), min(STRETCH, self.most)
        with Team(m) as team:
            for low in range(0, m, size * team.size):
                high = min(low + size * team.size, m)
                pieces = [edges.stretch(k, min(k + size, high)) for k in range(low, high, size)]
                chosen = team.share(self._choose, pieces)
                if not all(sound for _, sound in chosen):
                    check_edges(edges, self.values, "`heads` and `tails`")
                for piece, (rows, _) in zip(pieces, chosen, strict=True):
                    self._add(piece, rows)

    def forest(self) -> Forest:
        """Return the forest of all that came; nothing can be taken after that."""
        killers, _ = self._merge()
        return Forest(Edges(*(column[: self.count].copy() for column in self.columns)), killers)

    def _choose(self, edges):
        """Return the rows of the edges that are not the heaviest of a cycle with the forest.

        And whether all are edges of a filtration.
        """
        kept = np.empty(len(edges.weights), np.int32)
        kept, count = run(_sift, *edges[:3], self.values, self.level, kept)
        return np.array(kept[: max(count, 0)], np.int32), count >= 0

    def _add(self, edges, rows):
        """Let some of the edges wait."""
        if self.count + len(rows) > len(self.columns[0]):
            self._learn(*self._merge())
        here = slice(self.count, self.count + len(rows))
        for column, given in zip(self.columns, edges[:3], strict=False):
            column[here] = given[rows]
        np.add(rows, edges.names.start, out=self.columns[3][here])
        self.count += len(rows)

    def _merge(self):
        """Merge the edges that wait into the forest.

        Returned are the row of the edge that ends each bar, and the minimum which it joins there.
        """
        heads, tails, weights, _ = (column[: self.count] for column in self.columns)
        del self.level  # which makes room
        killers, elders = unite(Edges(heads, tails, weights, range(self.count)), self.values)
        rows = np.sort(killers[killers >= 0])
        for column in self.columns:
            column[: len(rows)] = column[rows]
        places = np.full(self.count + 1, -1, killers.dtype)  # the last is that of no edge, -1
        places[rows] = np.arange(len(rows))
        self.count = len(rows)
        return places[killers], elders

    def _learn(self, killers, elders):
        """Note how high one must climb in the forest, but not lower than one stands."""
        ended = killers >= 0
        deaths = np.full(len(killers), -np.inf)
        deaths[ended] = self.columns[2][killers[ended]]
        self.level = levels(deaths, elders, self.minima)
        np.maximum(self.level, self.values, out=self.level)


def _sift(heads, tails, weights, values, level, kept):
    """Note at the front of `kept` the edges below the level of an end, -1 of a faulty one.

    No level lies below the value of its minimum, so an edge above both is none of the faulty; nan
    fails any test.
    """
    n = len(values)
    count = 0
    for i in range(len(weights)):
        a = heads[i]
        b = tails[i]
        w = weights[i]
        if not (0 <= a < n and 0 <= b < n and w < np.inf):
            return kept, -1
        if not (level[a] <= w and level[b] <= w):
            if not (values[a] <= w and values[b] <= w):
                return kept, -1
            kept[count] = i
            count += 1
    return kept, count
