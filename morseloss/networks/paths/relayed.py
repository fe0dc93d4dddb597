"""`Relayed`: ways between networks over stations, what they cost, and what they still lack.

The one idea: a way is a row of pieces, and its height that of the highest. Stations, the points
between pieces, are points of the landscape in their own right: bars of the networks that were given
are read with them as points on the way only, or as lower points that end bars too.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss.graphs.graph import LandscapeGraph, many
from morseloss.search.paths.curve import Bezier, Paths, Polyline
from morseloss.status import Status, Worded

__all__ = ["Relayed", "Settling"]


class Settling(Worded):
    """How far a way is lowered; `settling.message` says what is missing."""

    FALLING = 0, "was still falling when the budget ran out; raise `budget` and go on"
    SETTLED = 1, "is not expected to fall by more than the tolerance"
    LEVEL = 2, "climbs above its higher end by no more than the tolerance"
    NONFINITE = (
        3,
        "met a loss that is not finite; look at the two networks and at the weight decay",
    )

    @property
    def status(self) -> Status:
        """The same of a path."""
        if self == Settling.NONFINITE:
            return Status.NONFINITE
        return Status.RUNNING if self == Settling.FALLING else Status.CONVERGED


@dataclass(frozen=True, eq=False)
class Relayed:
    """Ways between networks, each over stations.

    Attributes
    ----------
    points : Tensor, shape (n, dim)
        The networks.
    values : Tensor, shape (n,)
        Their losses on all images.
    pairs : Tensor, shape (m, 2)
        Rows of `points`: each way leads from the higher of two networks to the lower.
    ways : Tensor, shape (pieces,)
        The way to which each piece belongs; pieces of one way follow one another.
    controls : Tensor, shape (pieces, controls, dim)
        Of Bezier curves; each begins where the one before ended.
    heights : Tensor, shape (pieces,)
        Highest loss on each piece, on all images: an upper bound of the pass between its ends.
    spent : Tensor, shape (looks,)
        Gradients on all images of one network, of all ways together, at each look.
    tops : Tensor, shape (looks, m)
        Height of each way by then; `inf` before there was one.
    status : Tensor, shape (m,)
        A `Settling` for each way.
    among : int
        Pairs of networks over which `spent` is divided: all there are, unless pairs were given.
    seed : int
        Names the random numbers of all rounds.
    """

    points: Float[Tensor, "n dim"]
    values: Float[Tensor, " n"]
    pairs: Int[Tensor, "m 2"]
    ways: Int[Tensor, " pieces"]
    controls: Float[Tensor, "pieces controls dim"]
    heights: Float[Tensor, " pieces"]
    spent: Float[Tensor, " looks"]
    tops: Float[Tensor, "looks m"]
    status: Int[Tensor, " m"]
    among: int
    seed: int

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def per_pair(self) -> Float[Tensor, " looks"]:
        """Gradients at each look for each pair of networks."""
        return self.spent / self.among

    @property
    def penalties(self) -> Float[Tensor, "looks m"]:
        """How far each way climbed above its higher end, at each look; 0 where it did not."""
        return (self.tops - self.values[self.pairs[:, 0]]).clamp_min(0)

    @property
    def stations(self) -> Float[Tensor, "stations dim"]:
        """The points between the pieces of all ways, shape (stations, dim), in their order."""
        inner = self.ways[1:] == self.ways[:-1]
        return self.controls[1:, 0][inner]

    def paths(self) -> tuple[Paths, ...]:
        """Return each way as one polyline through points of its pieces, stations among them.

        For pictures: heights are those of the curves, in `heights`.
        """
        return tuple(self._path(way) for way in range(len(self)))

    def _path(self, way: int) -> Paths:
        pieces = Paths(self.controls[self.ways == way], Bezier(), self.status[:0]).polylines(2)
        points = torch.cat([pieces[0, :1], *(piece[1:] for piece in pieces)])
        status = Settling(int(self.status[way])).status
        return Paths(points[None], Polyline(), torch.tensor([int(status)]))

    def graph(self) -> LandscapeGraph:
        """Return the graph of the networks that were given; its barcode is theirs.

        A way may run through lower points that are not among the networks: stations are points on
        it, and end no bar.
        """
        return _graph(self.points, self.values, self.pairs, self.tops[-1])

    def graph_with_stations(self, values: Float[Tensor, " stations"]) -> LandscapeGraph:
        """Return the graph of networks and stations; by Definition 1 a lower station ends a bar.

        Parameters
        ----------
        values : Tensor, shape (stations,)
            Losses of the `stations`, on all images. One that is not finite is no point of it.

        Raises
        ------
        ValueError
            If they are not as many as the stations.
        """
        points = torch.cat([self.points, self.stations])
        every = torch.cat([self.values, values.to(self.values)])
        if len(every) != len(points):
            raise ValueError(
                f"`values` must be those of the {len(self.stations)} stations, got {len(values)}; "
                "use `landscape.value(relayed.stations)`"
            )
        fine, edges = every.isfinite(), torch.stack(self._ends(), 1)
        known, place = fine[edges].all(1), fine.cumsum(0) - 1
        return _graph(points[fine], every[fine], place[edges[known]], self.heights[known])

    def _ends(self) -> tuple[Tensor, Tensor]:
        """Rows of the two ends of each piece among networks and stations."""
        starts = torch.ones_like(self.ways, dtype=torch.bool)
        starts[1:] = self.ways[1:] != self.ways[:-1]
        stops = starts.roll(-1)
        station = len(self.points) - 1 + (~starts).cumsum(0)
        first = torch.where(starts, self.pairs[self.ways, 0], station)
        last = torch.where(stops, self.pairs[self.ways, 1], station + 1)
        return first, last

    def __repr__(self) -> str:
        ways = f"{many(len(self), 'way')} between {many(len(self.points), 'network')}"
        if not len(self.spent):
            return f"Relayed({ways}, not looked at)"
        counts = [(kind, int((self.status == kind).sum())) for kind in Settling]
        told = ", ".join(f"{count} {kind.name.lower()}" for kind, count in counts if count)
        return f"Relayed({ways} at {float(self.per_pair[-1]):.0f} gradients a pair: {told})"


def _graph(points: Tensor, values: Tensor, edges: Tensor, tops: Tensor) -> LandscapeGraph:
    """Edges whose tops are known; rounding may put a top a hair below an end."""
    tops = torch.maximum(tops, values[edges].amax(1))
    known = tops.isfinite()
    parts = (part.cpu().numpy() for part in (values, edges[known], tops[known], points))
    return LandscapeGraph(*parts, exact=np.zeros(int(known.sum()), dtype=bool))
