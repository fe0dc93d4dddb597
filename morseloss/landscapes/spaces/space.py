"""`Space`: what two points of a landscape have to do with each other; by itself R^d.

The one idea: a space made from R^d by calling some points one (a torus, a quotient) is searched in
R^d, where every flow and every path lives; it is asked only when something arrives: which image is
nearest, which points are the same, how they are counted.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

__all__ = ["EUCLIDEAN", "Space"]

Places = Float[Tensor, "*batch dim"]
Together = Float[Tensor, "... dim"]  # of shapes that are broadcast
USUAL = "use_mm_for_euclid_dist_if_necessary"


@dataclass(frozen=True)
class Space:
    """The space R^d, in which every point is alone; other spaces override what differs.

    Only plain numbers may be fields: rows of points are taken and joined without asking the space.
    """

    @property
    def euler(self) -> int:
        """The alternating count of a complete set, where the landscape grows to infinity."""
        return 1

    @property
    def girth(self) -> float:
        """Length of the shortest way from a point to an image of itself, infinite for none."""
        return math.inf

    @property
    def turned(self) -> bool:
        """Whether axes are turned into each other, so that one unit must do for all of them."""
        return False

    def rescaled(self, units: Float[Tensor, " dim"]) -> "Space":
        """Return the space of the same points in other units, one an axis."""
        return self

    def closed(self, dim: int) -> tuple[int, ...]:
        """Return the axes that come back to where they began, so that nothing bounds them."""
        return ()

    def named(self, dim: int) -> str:
        """Return the name of the space in so many dimensions."""
        return f"R^{dim}"

    def canonical(self, points: Places) -> Places:
        """Return the representative of each point."""
        return points

    def ordering(self, points: Places, slack: float) -> Places:
        """Return coordinates by which points are ordered; those closer than `slack` stay close."""
        return points

    def nearest(self, points: Together, others: Together) -> Together:
        """Return for each point the image of the other one of its row that is nearest to it."""
        return others

    def images(self, starts: Places, ends: Places) -> Float[Tensor, "images *batch dim"]:
        """Return the images of the ends to which ways from the starts lead, the nearest first."""
        return ends[None]

    def distances(
        self, points: Places, known: Float[Tensor, "known dim"], compute_mode: str = USUAL
    ) -> Float[Tensor, "*batch known"]:
        """Return the distance of each point to the nearest image of each known one."""
        return torch.cdist(points, known, compute_mode=compute_mode)

    def closest(
        self, points: Places, known: Float[Tensor, "known dim"]
    ) -> tuple[Float[Tensor, "*batch"], Int[Tensor, "*batch"]]:
        """Return the distance to the nearest known point of each, and its row."""
        if type(self) is not Space:
            return self.distances(points, known).min(-1)
        from scipy.spatial import KDTree

        distances, rows = KDTree(known.cpu().numpy()).query(points.cpu().numpy())
        return torch.from_numpy(distances).to(points), torch.from_numpy(rows).to(points.device)

    def pairs(self, places: Float[np.ndarray, "n dim"], reach: float) -> Int[np.ndarray, "pairs 2"]:
        """Return all pairs of rows at most so far apart."""
        from scipy.spatial import KDTree

        return KDTree(places).query_pairs(reach, output_type="ndarray")


EUCLIDEAN = Space()
"""R^d, for every d."""
