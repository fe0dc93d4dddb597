"""Faces of a box, and a landscape restricted to one: the strata of Morse theory with walls.

The one idea: a box is the disjoint union of the insides of its faces, of every dimension from the
box itself down to its corners, and on each of them the landscape is one in fewer variables. Its
critical points there count if the landscape grows inward from every wall that meets in the face.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Points, Rows, SomePoints, Values
from morseloss.landscapes.landscape import Box, Jet, Landscape
from morseloss.landscapes.polynomial import Polynomial

__all__ = ["Face", "OnFace", "face_polynomial", "faces", "nearest_face"]

WITHIN = 1e-9  # of half a width: nearer to a wall a point is on it
VANISHED = 1e-14  # of the largest coefficient: what is left where terms cancel


@dataclass(frozen=True, eq=False)
class Face:
    """The inside of a face of a box.

    Attributes
    ----------
    domain : Tensor, shape (2, dim)
        Lower and upper corner of the box.
    sides : tuple of int
        For each axis -1 where the face lies on the lower wall, 1 on the upper one, 0 between.
    """

    domain: Box
    sides: tuple[int, ...]

    @cached_property
    def free(self) -> Rows:
        """The axes along which the face extends."""
        axes = [axis for axis, side in enumerate(self.sides) if not side]
        return torch.tensor(axes, dtype=torch.long, device=self.domain.device)

    @property
    def dim(self) -> int:
        """Dimension of the face."""
        return self.sides.count(0)

    @property
    def box(self) -> Float[Tensor, "2 free"]:
        """The face as a box in its own variables."""
        return self.domain[:, self.free]

    def embedded(self, points: Float[Tensor, "n free"]) -> Float[Tensor, "n dim"]:
        """Return points of the face, given in its own variables, as points of the box."""
        sides = torch.tensor(self.sides, device=points.device)
        low, high = self.domain.to(points)
        whole = torch.where(sides > 0, high, low).expand(len(points), -1)
        return whole.index_copy(1, self.free.to(points.device), points)

    def inside(self, points: SomePoints) -> Bool[Tensor, " _"]:
        """Return which points, in the variables of the face, lie inside it, on no wall."""
        low, high = self.box.to(points)
        offset = (points - (low + high) / 2) / ((high - low) / 2)
        return (offset.abs() < 1 - WITHIN).all(-1)

    def __repr__(self) -> str:
        walls = [
            f"x{axis} = {float(self.domain[int(side > 0), axis]):g}"
            for axis, side in enumerate(self.sides)
            if side
        ]
        return ", ".join(walls) or "the inside of the box"


class OnFace(Landscape):
    """A landscape restricted to the plane of a face, in the variables of the face."""

    def __init__(self, base: Landscape, face: Face) -> None:
        self.base, self.face, self.dim, self.box = base, face, face.dim, face.box

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return self.base.value(self.face.embedded(points))

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients along the face."""
        return self.base.gradient(self.face.embedded(points))[:, self.face.free]

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian of the restriction with the vector of each row."""
        across = points.new_zeros(len(points), self.base.dim)
        ways = across.index_copy(1, self.face.free, vectors)
        return self.base.hvp(self.face.embedded(points), ways)[:, self.face.free]

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians of the restriction."""
        return self._along(self.base.hessian(self.face.embedded(points)))

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian together."""
        values, gradients, hessians = self.base.jet(self.face.embedded(points))
        return values, gradients[:, self.face.free], self._along(hessians)

    def _along(self, hessians: Tensor) -> Tensor:
        return hessians[:, self.face.free][:, :, self.face.free]

    def __repr__(self) -> str:
        return f"{self.base!r} on {self.face!r}"


def faces(landscape: Landscape) -> Iterator[Face]:
    """Yield all `3^dim` faces of the domain of a landscape, from the box to the corners."""
    if landscape.domain is None:
        return
    every = itertools.product((0, -1, 1), repeat=landscape.dim)
    for sides in sorted(every, key=lambda sides: -sides.count(0)):
        yield Face(landscape.domain, sides)


def nearest_face(landscape: Landscape, points: Points) -> tuple[Points, list[tuple[Face, Rows]]]:
    """Return the points moved into the domain, and the faces that those beyond a wall came to.

    Parameters
    ----------
    landscape : Landscape
        With a domain.
    points : Tensor, shape (n, dim)

    Returns
    -------
    points : Tensor, shape (n, dim)
    faces : list of (Face, rows)
        Each row in one of them.
    """
    domain = landscape.domain
    if domain is None:
        return points, []
    low, high = domain.to(points)
    sides = (points >= high).long() - (points <= low).long()
    groups: dict[tuple[int, ...], list[int]] = {}
    for row, key in enumerate(sides.tolist()):
        groups.setdefault(tuple(key), []).append(row)
    found = [
        (Face(domain, key), torch.tensor(rows, device=points.device))
        for key, rows in groups.items()
    ]
    return points.clamp(low, high), found


def face_polynomial(polynomial: Polynomial, face: Face) -> Polynomial:
    """Return the restriction to a face in the variables in which the face is `[-1, 1]^m`.

    Coefficients that vanish but for rounding are left out, so that the degree is right.
    """
    low, high = face.domain
    exponents, coefficients = polynomial.taylor(((low + high) / 2)[None])
    weights = ((high - low) / 2) ** exponents
    free = face.free.tolist()
    terms: dict[tuple[int, ...], float] = {}
    sizes: dict[tuple[int, ...], float] = {}
    scaled = (coefficients[0] * weights.prod(-1)).tolist()
    for exponent, coefficient in zip(exponents.tolist(), scaled, strict=True):
        sign = 1
        for side, power in zip(face.sides, exponent, strict=True):
            sign *= side**power if side else 1
        key = tuple(exponent[axis] for axis in free)
        terms[key] = terms.get(key, 0.0) + sign * coefficient
        sizes[key] = sizes.get(key, 0.0) + abs(coefficient)
    largest = max(sizes.values())
    return Polynomial({k: c if abs(c) > VANISHED * largest else 0.0 for k, c in terms.items()})
