"""`Sight`: networks, and what a criterion sees of them, which the same elements move.

The one idea: what is seen of a network (its weights, the activations of its units) is a vector of a
layout of its own, on which the symmetry acts as well. So one search serves all criteria.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
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
    seen: Float[Tensor, "batch seen"]

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

    def squares(self, wanted: Float[Tensor, "batch seen"]) -> Values:
        """Return the squared distances from a reference, as far as they are seen."""
        return ((self.seen - wanted) ** 2).sum(1)

    def act(self, element: Element) -> "Sight":
        """Return the networks with all groups moved, and what is then seen of them."""
        points = self.symmetry.act(self.points, element)
        if self.whole:
            return replace(self, points=points, seen=points)
        element = element if self.seen_symmetry.scalings else replace(element, factors=())
        return replace(self, points=points, seen=self.seen_symmetry.act(self.seen, element))

    def exchanged(self, place: int, order: Tensor, signs: Tensor) -> "Sight":
        """Return them with the units of one group in another order, with other signs."""

        def only(symmetry: Symmetry) -> Symmetry:
            return Symmetry(symmetry.layout, [symmetry.groups[place]])

        return self._moved(only, Element((order,), (signs,)))

    def mixed(self, place: int, matrices: Tensor) -> "Sight":
        """Return them with the units of one mixing mixed."""

        def only(symmetry: Symmetry) -> Symmetry:
            return Symmetry(symmetry.layout, mixings=[symmetry.mixings[place]])

        return self._moved(only, Element((), (), matrices=(matrices,)))

    def scaled(self, place: int, factors: Tensor) -> "Sight":
        """Return them with the units of one scaling scaled."""

        def only(symmetry: Symmetry) -> Symmetry:
            return Symmetry(symmetry.layout, scalings=[symmetry.scalings[place]])

        return self._moved(only, Element((), (), factors=(factors,)))

    def _moved(self, only: Callable[[Symmetry], Symmetry], element: Element) -> "Sight":
        points = only(self.symmetry).act(self.points, element)
        seen = points if self.whole else only(self.seen_symmetry).act(self.seen, element)
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
