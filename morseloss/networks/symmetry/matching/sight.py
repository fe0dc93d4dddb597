"""`Sight`: networks, and what a criterion sees of them, which the same elements move.

The one idea: what is seen of a network (its weights, the activations of its units) is a vector of a
layout of its own, on which the symmetry acts as well. So one search serves all criteria.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from morseloss._shapes import Indices, Points, Values
from morseloss.networks.symmetry.symmetry import Element, Symmetry

__all__ = ["Sight"]


@dataclass(frozen=True, eq=False)
class Sight:
    """Networks and what is seen of them, row by row.

    Attributes
    ----------
    symmetry : Symmetry
        Of the networks.
    points : Tensor, shape (batch, dim)
    seen_symmetry : Symmetry
        The same groups, by where they stand in what is seen; `symmetry` itself if weights are.
    seen : Tensor, shape (batch, seen dim)
        What distances are taken of; `points` itself if weights are.
    """

    symmetry: Symmetry
    points: Points
    seen_symmetry: Symmetry
    seen: Points

    @classmethod
    def of_weights(cls, symmetry: Symmetry, points: Points) -> "Sight":
        """Return networks that are seen as they are."""
        return cls(symmetry, points, symmetry, points)

    @property
    def whole(self) -> bool:
        """Whether the weights themselves are seen."""
        return self.seen_symmetry is self.symmetry

    def __len__(self) -> int:
        return len(self.points)

    def squares(self, wanted: Points) -> Values:
        """Return the squared distances from a reference, as far as they are seen."""
        return ((self.seen - wanted) ** 2).sum(1)

    def act(self, element: Element) -> "Sight":
        """Return the networks with units exchanged, and what is then seen of them."""
        points = self.symmetry.act(self.points, element)
        seen = points if self.whole else self.seen_symmetry.act(self.seen, element)
        return replace(self, points=points, seen=seen)

    def moved(self, place: int, element: Element) -> "Sight":
        """Return them after an element of the one group that stands at a place."""
        points = alone(self.symmetry, place).act(self.points, element)
        seen = points if self.whole else alone(self.seen_symmetry, place).act(self.seen, element)
        return replace(self, points=points, seen=seen)

    def take(self, rows: Indices) -> "Sight":
        """Return some of the rows."""
        points = self.points[rows]
        return replace(self, points=points, seen=points if self.whole else self.seen[rows])

    def put(self, rows: Indices, others: "Sight") -> "Sight":
        """Return them with some rows replaced."""
        points = self.points.index_put((rows,), others.points)
        seen = points if self.whole else self.seen.index_put((rows,), others.seen)
        return replace(self, points=points, seen=seen)

    def where(self, chosen: Tensor, others: "Sight") -> "Sight":
        """Return them with the other where a row is chosen."""
        points = torch.where(chosen[:, None], others.points, self.points)
        seen = points if self.whole else torch.where(chosen[:, None], others.seen, self.seen)
        return replace(self, points=points, seen=seen)


def alone(symmetry: Symmetry, place: int) -> Symmetry:
    """Return the symmetry of one group."""
    return Symmetry(symmetry.layout, [symmetry.groups[place]])
