"""`Slice`: a landscape across directions along which it does not change.

The one idea: one point of every line is enough, and the coordinates that are left are those of a
landscape of fewer.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Points, Values
from morseloss.landscapes.landscape import Landscape

__all__ = ["Slice"]

LEFT = 1e-6  # of a unit vector, that must be left across the directions for it to be a new axis


class Slice(Landscape):
    """The base on the points `y @ axes`; `Quotient.slice` makes it.

    Parameters
    ----------
    base : Landscape
    along : ndarray, shape (k, dim)
        Orthonormal free directions.

    Attributes
    ----------
    axes : Tensor, shape (dim - k, dim)
        Orthonormal; coordinate axes where the free directions are.
    box : Tensor, shape (2, dim - k), or None
        That of the base where the axes are its own.

    Examples
    --------
    >>> import morseloss as ml
    >>> flat = ml.Function(lambda v: (v[:, 0] ** 2 - 1) ** 2 + v[:, 1] ** 2, dim=3)
    >>> ml.Quotient(flat, ml.Translations([[0.0, 0.0, 1.0]])).slice().dim
    2
    """

    def __init__(self, base: Landscape, along: Float[np.ndarray, "k dim"]) -> None:
        rows = list(along)
        for unit in np.eye(base.dim):
            rest = unit - sum((unit @ row) * row for row in rows)
            if np.linalg.norm(rest) > LEFT:
                rows.append(rest / np.linalg.norm(rest))
        self.base, self.dim = base, base.dim - len(along)
        self.axes = torch.from_numpy(np.array(rows[len(along) :]).reshape(self.dim, base.dim))
        own = bool(((self.axes == 1).sum(1) == 1).all()) and self.axes.abs().sum() == self.dim
        self.box = base.box[:, self.axes.argmax(1)] if own and base.box is not None else None

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return self.base.value(points @ self._axes(points))

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        axes = self._axes(points)
        return self.base.gradient(points @ axes) @ axes.mT

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points."""
        axes = self._axes(points)
        return axes @ self.base.hessian(points @ axes) @ axes.mT

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        axes = self._axes(points)
        return self.base.hvp(points @ axes, vectors @ axes) @ axes.mT

    def __repr__(self) -> str:
        return f"Slice({self.base!r}, dim={self.dim})"

    def _axes(self, like: Tensor) -> Float[Tensor, "rest dim"]:
        return self.axes.to(like)
