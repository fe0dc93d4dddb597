"""`Chains`: certified minima and the passes between them, up to the symmetry of the network.

The one idea: a chain of passes, each the highest point of a way between two minima, is a way as
well, and its height is known to round-off. So the barcode of these minima has no path in it: each
edge is `exact`.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._shapes import Indices
from morseloss.graphs.graph import LandscapeGraph, many
from morseloss.landscapes.critical import CriticalPoints
from morseloss.status import summary
from morseloss.topology import Filtration, minimax

__all__ = ["LOWER", "Chains"]

LOWER = 1e-9  # of 1 and the size of a value, by which a lower minimum must be lower


@dataclass(frozen=True, eq=False)
class Chains:
    """Minima and passes found so far, all certified.

    Attributes
    ----------
    minima : CriticalPoints
        Distinct up to symmetry, in the order in which they were found.
    passes : CriticalPoints
        Of index 1, distinct up to symmetry.
    ends : Tensor, shape (passes, 2), int64
        Rows of the two minima below each pass; one twice where a pass joins two copies.
    given : Tensor, shape (n,), int64
        Rows of the minima with which the search began.
    tried : Tensor, shape (minima,), int64
        Climbs begun at each minimum.
    attempts : Tensor, shape (attempts, 3), int64
        For each climb where it began (row of a minimum, or `-1 - top`), the `Status` in which it or
        a fall from its pass ended (`STALLED` also where a fall leapt over what lies above the
        pass), and the row of its pass, -1 where there is none.
    """

    minima: CriticalPoints
    passes: CriticalPoints
    ends: Int[Tensor, "passes 2"]
    given: Int[Tensor, " given"]
    tried: Int[Tensor, " tried"]
    attempts: Int[Tensor, "attempts 3"]

    @property
    def filtration(self) -> Filtration:
        """The weighted graph of the minima."""
        return self.graph().filtration

    def graph(self) -> LandscapeGraph:
        """Return the graph with certified edges only, peaks and points known."""
        parts = (self.minima.values, self.ends, self.passes.values, self.minima.points)
        values, edges, weights, points = (part.cpu().numpy() for part in parts)
        exact = np.ones(len(weights), dtype=bool)
        peaks = self.passes.points.cpu().numpy()
        return LandscapeGraph(values, edges, weights, points=points, peaks=peaks, exact=exact)

    def heights(self) -> Float[np.ndarray, "n n"]:
        """Return the least height of a chain between every two minima, `inf` without one."""
        return minimax(self.filtration)

    def closing(self) -> Float[Tensor, " n"]:
        """Return the height of each given minimum's lowest chain to a lower one, `inf` without."""
        heights, values = self.heights(), self.minima.values.cpu().numpy()
        found = [
            heights[row, values < values[row] - LOWER * (1 + abs(values[row]))].min(initial=np.inf)
            for row in self.given.tolist()
        ]
        return torch.tensor(found, dtype=torch.float64)

    def bars(self) -> Float[Tensor, " n"]:
        """Return the length of each given minimum's bar, `inf` where no chain ends it."""
        return self.closing() - self.minima.values[self.given].cpu()

    def chain(self, row: int) -> Indices:
        """Return the rows of the passes on the way by which a given minimum's bar ends.

        Parameters
        ----------
        row : int
            Of `given`.

        Returns
        -------
        Tensor, shape (passes of the chain,), int64
            In their order from the minimum on; none where no chain ends the bar.
        """
        import networkx

        start, height = int(self.given[row]), float(self.closing()[row])
        level = self.minima.values[start] - LOWER * (1 + self.minima.values[start].abs())
        graph = networkx.Graph()
        graph.add_node(start)
        for edge, (a, b) in enumerate(self.ends.tolist()):
            if float(self.passes.values[edge]) <= height and a != b:
                known = graph.get_edge_data(a, b)
                if known is None or self.passes.values[known["edge"]] > self.passes.values[edge]:
                    graph.add_edge(a, b, edge=edge)
        ways = networkx.single_source_shortest_path(graph, start)
        lower = [way for end, way in ways.items() if self.minima.values[end] < level]
        way = min(lower, key=len, default=[start])
        edges = [graph.edges[pair]["edge"] for pair in pairwise(way)]
        return torch.tensor(edges, dtype=torch.int64)

    def __repr__(self) -> str:
        closed = int(self.bars().isfinite().sum())
        return (
            f"Chains({many(len(self.minima), 'minimum', 'minima')}, "
            f"{many(len(self.passes), 'pass', 'passes')}, "
            f"{closed} of {len(self.given)} bars closed; {many(len(self.attempts), 'climb')}: "
            f"{summary(self.attempts[:, 1].tolist())})"
        )
