"""`Orbits`: the space in which all points of an orbit are one.

The one idea: invariants tell most points apart at once, and only those that they do not are brought
together by the best element; so one point stands for all equal ones that come after it.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss.landscapes.spaces.space import USUAL, Places, Space
from morseloss.landscapes.symmetries.action import SAME, GroupAction

__all__ = ["Orbits"]


@dataclass(frozen=True)
class Orbits(Space):
    """R^d up to a group.

    Parameters
    ----------
    symmetry : GroupAction

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> space = Orbits(ml.MatrixGroup([[[1.0]], [[-1.0]]]))
    >>> space.nearest(torch.tensor([[1.0]]), torch.tensor([[-0.9]]))
    tensor([[0.9000]])
    """

    symmetry: GroupAction

    @property
    def euler(self) -> int:
        """The alternating count of a complete set, where orbits are free.

        Raises
        ------
        ValueError
            If they are not: the count then depends on the points that elements leave in place; or
            if there are free directions, where the slice is the place to count.
        """
        check_free(self.symmetry)
        if self.symmetry.continuous:
            raise ValueError(
                "the flow above degree 0 is followed on the slice across the free directions: use "
                "`land.slice()` of the quotient, and its critical points"
            )
        return 1

    @property
    def turned(self) -> bool:
        """True: a group keeps distances, in one unit."""
        return True

    def named(self, dim: int) -> str:
        """Return the name of the space in so many dimensions."""
        return f"R^{dim} up to symmetry"

    def canonical(self, points: Places) -> Places:
        """Return the points with the free shifts taken out; turned they are not."""
        return self.symmetry.centred(points)

    def ordering(self, points: Places, slack: float) -> Float[Tensor, "*batch _"]:
        """Return invariants, by which points are ordered."""
        rows = self.symmetry.invariants(points.detach().cpu().double().numpy())
        return torch.from_numpy(rows).to(points)

    def nearest(self, points: Places, others: Places) -> Places:
        """Return for each point the nearest copy found of the other one of its row."""
        flat = points.reshape(-1, points.shape[-1]), others.reshape(-1, others.shape[-1])
        return self.symmetry.nearest(*flat).reshape(others.shape)

    def images(self, starts: Places, ends: Places) -> Float[Tensor, "images *batch dim"]:
        """Return copies of the ends, the nearest first: a lower way may lead to a farther one."""
        flat = starts.reshape(-1, starts.shape[-1]), ends.reshape(-1, ends.shape[-1])
        copies = self.symmetry.copies(*flat)
        return copies.reshape(len(copies), *ends.shape)

    def distances(
        self, points: Places, known: Float[Tensor, "known dim"], compute_mode: str = USUAL
    ) -> Float[Tensor, "*batch known"]:
        """Return the distance of each point to each known one, if small.

        Where the orbits are the same it is what the best element leaves, as `GroupAction.gap` says;
        elsewhere a lower bound, the largest difference of two invariants, but above `SAME`.
        """
        rows = points.detach().cpu().double().numpy().reshape(-1, points.shape[-1])
        others = known.detach().cpu().double().numpy()
        slack = _slack(others)
        ours, theirs = self.symmetry.invariants(rows), self.symmetry.invariants(others)
        apart = np.stack([np.abs(theirs - one).max(1, initial=0.0) for one in ours])
        for row, place in np.argwhere(apart <= slack):
            gap = self.symmetry.gap(others[place], rows[row], slack)
            apart[row, place] = min(gap, 2 * slack)
        return torch.from_numpy(apart).to(points).reshape(*points.shape[:-1], len(known))

    def pairs(self, places: Float[np.ndarray, "n dim"], reach: float) -> Int[np.ndarray, "pairs 2"]:
        """Return pairs of rows at most so far apart: each row with the first that it equals.

        That is enough to say which rows hang together; all pairs of many copies would be very many.
        """
        from scipy.spatial import KDTree

        if not len(places):
            return np.zeros((0, 2), np.int64)
        told = self.symmetry.invariants(places)
        tree, pairs, linked = KDTree(told), [], np.zeros(len(places), bool)
        for row in range(len(places)):
            if linked[row]:
                continue
            near = tree.query_ball_point(told[row], reach * (1 + SAME), p=np.inf)
            for other in sorted(near):
                if other > row and self.symmetry.gap(places[row], places[other], reach) <= reach:
                    linked[other] = True
                    pairs.append((row, other))
        return np.array(pairs, np.int64).reshape(-1, 2)


def check_free(symmetry: GroupAction) -> None:
    """Pass a symmetry of which no element but the identity leaves a point in place.

    Raises
    ------
    ValueError
        If one does, or may.
    """
    if not symmetry.free:
        raise ValueError(
            f"{symmetry!r} leaves some points in place, and there the quotient is no manifold: its "
            "Morse complex above degree 0 is not that of the critical points; `build_graph` and "
            "`barcode` give degree 0, which needs no more; `land.base` has all points, with copies"
        )


def _slack(places: Float[np.ndarray, "n dim"]) -> float:
    return SAME * (1.0 + float(np.abs(places).max(initial=0.0)))
