"""`GroupAction`: what `Quotient` asks of a group that acts on the space of a landscape.

The one idea: a continuous part is known by the directions in which it moves each point, a discrete
part by its elements; whether two points lie on one orbit is decided by invariants first, and by the
best element last.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points, SomePoints
from morseloss.landscapes.spaces.space import Places

__all__ = ["SAME", "GroupAction", "Moved"]

SAME = 1e-5  # of 1 and the size of the points: the best element leaves no more between equal ones

Moved = tuple[str, Points]
"""What an element is called, and where it takes the points."""


class GroupAction(ABC):
    """A group of symmetries of a space.

    Attributes
    ----------
    dim : int
        Dimension of the space.
    order : int
        Elements up to continuous motion: how many copies, each free to move, a point has at most.
    continuous : int
        Directions in which a point in general position is moved.
    free : bool
        Whether no element but the identity leaves any point where it is.
    """

    dim: int
    order: int
    continuous: int
    free: bool

    @abstractmethod
    def tangents(self, points: Points) -> Float[Tensor, "batch dim continuous"]:
        """Return orthonormal directions in which each point is moved, as columns.

        A column is zero where fewer directions do: a row of atoms does not turn about itself.
        """

    @abstractmethod
    def centred(self, points: Places) -> Places:
        """Return the points with those shifts taken out that move all of them alike."""

    @abstractmethod
    def generated(self, points: Points) -> Iterator[Moved]:
        """Yield where elements that generate the group take the points, to be verified."""

    @abstractmethod
    def invariants(self, points: Float[np.ndarray, "n dim"]) -> Float[np.ndarray, "n _"]:
        """Return numbers that are equal along an orbit.

        None differs by more than its two points do after the best element; fast, and not enough.
        """

    @abstractmethod
    def gap(
        self, point: Float[np.ndarray, " dim"], other: Float[np.ndarray, " dim"], slack: float
    ) -> float:
        """Return how far an element brings the other point to the point, infinite above the slack.

        The largest move that is left of any particle, or the distance that is left, [point].
        """

    @abstractmethod
    def stabiliser(self, point: Float[np.ndarray, " dim"], slack: float) -> int:
        """Return how many elements, up to continuous motion, leave the point where it is."""

    @abstractmethod
    def nearest(self, points: Points, others: SomePoints) -> Points:
        """Return for each point the nearest copy found of the other point in its row."""

    def copies(self, points: Points, others: SomePoints) -> Float[Tensor, "copies batch dim"]:
        """Return copies of the others to which ways from the points lead, the nearest first."""
        return self.nearest(points, others)[None]
