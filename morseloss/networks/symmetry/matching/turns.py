"""`Turns`: matrices and factors of networks that move smoothly, with the slopes along them.

The one idea: a matrix moves by `exp(X) M` and a factor by its logarithm. The slope along X is read
off the gradient at the copy and the units as they stand, so no derivative passes the symmetry.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from morseloss._shapes import Gradients, Points
from morseloss.networks.symmetry.matching.mix import mixes, stacked, without_gains
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.symmetry import Element, Symmetry
from morseloss.networks.symmetry.unit_groups import (
    Axis,
    Mixing,
    Scaling,
    sliced,
    units_back,
    units_first,
)

__all__ = ["Turns", "turns_of"]


@dataclass(frozen=True, eq=False)
class Turns:
    """Networks whose gains were taken over, and what they are moved by.

    Attributes
    ----------
    symmetry : Symmetry
        Its mixings and scalings.
    bare : Tensor, shape (batch, dim)
        The networks, without gains.
    matrices : tuple of Tensor, shape (batch, size, size)
    logarithms : tuple of Tensor, shape (batch, kinds, size)
        Of the factors; those of gains begin at the gains.
    signs : tuple of Tensor, shape (batch, kinds, size)
        Of the factors: 1, or -1 for gains that are negative.
    """

    symmetry: Symmetry
    bare: Points
    matrices: tuple[Tensor, ...]
    logarithms: tuple[Tensor, ...]
    signs: tuple[Tensor, ...]

    @property
    def mixed(self) -> Points:
        """The networks after the matrices, before the factors."""
        return _only(self.symmetry, mixings=True).act(
            self.bare, Element((), (), matrices=self.matrices)
        )

    @property
    def copies(self) -> Points:
        """The networks after matrices and factors."""
        return self.scaled(self.mixed)

    def scaled(self, points: Points) -> Points:
        """Return points after the factors."""
        pairs = zip(self.signs, self.logarithms, strict=True)
        factors = tuple(sign * logarithm.exp() for sign, logarithm in pairs)
        return _only(self.symmetry, mixings=False).act(points, Element((), (), factors=factors))

    def slopes(self, mixed: Points, copies: Points, gradients: Gradients) -> list[Tensor]:
        """Return the slopes along matrices and logarithms, given gradients at the copies."""
        before = self.scaled(gradients)  # factors are a diagonal, which is its own adjoint
        found = [_along_matrix(self.symmetry, m, mixed, before) for m in self.symmetry.mixings]
        found += [
            _along_factors(self.symmetry, s, copies, gradients) for s in self.symmetry.scalings
        ]
        return found

    def pushed(self, mixed: Points, copies: Points, steps: list[Tensor]) -> Points:
        """Return how fast the copies move along steps: what `slopes` is the adjoint of."""
        change, count = torch.zeros_like(mixed), len(self.matrices)
        for mixing, step in zip(self.symmetry.mixings, steps[:count], strict=True):
            for axes, way in ((mixing.axes, step), (mixing.duals, -step.mT)):
                ways = [way] * len(axes)
                _add(self.symmetry, axes, mixing.size, change, mixed, ways)
        change = self.scaled(change)
        for scaling, step in zip(self.symmetry.scalings, steps[count:], strict=True):
            powers = torch.tensor(scaling.powers).to(step)
            ways = (powers[:, None, :, None] * step).sum(2).diag_embed()
            _add(self.symmetry, scaling.axes, scaling.size, change, copies, ways)
        return change

    def moved(self, steps: list[Tensor]) -> "Turns":
        """Return them after steps along matrices and logarithms."""
        count = len(self.matrices)
        turned = zip(self.symmetry.mixings, steps[:count], self.matrices, strict=True)
        scaled = zip(self.logarithms, steps[count:], strict=True)
        return replace(
            self,
            matrices=tuple(torch.linalg.matrix_exp(_allowed(m, x)) @ old for m, x, old in turned),
            logarithms=tuple(old + step for old, step in scaled),
        )


def turns_of(symmetry: Symmetry, points: Points) -> Turns:
    """Return networks that are not turned yet."""
    networks = Sight.of_weights(symmetry, points)
    batch, moves = len(points), mixes(symmetry)
    logarithms = [points.new_zeros(batch, s.kinds, s.size) for s in symmetry.scalings]
    signs = [torch.ones_like(logarithm) for logarithm in logarithms]
    for scaling in {place for move in moves for place in move.scalings}:
        axis, size = symmetry.scalings[scaling].axes[0], symmetry.scalings[scaling].size
        gain = units_first(symmetry.layout.split(points)[axis.name], axis, size)
        logarithms[scaling][:, 0] = gain.abs()[..., 0].clamp_min(1e-6).log()
        signs[scaling][:, 0] = torch.where(gain[..., 0] < 0, -1, 1)
    for place in range(len(symmetry.mixings)):
        networks = without_gains(networks, place)
    eyes = [torch.eye(m.size).to(points).repeat(batch, 1, 1) for m in symmetry.mixings]
    return Turns(symmetry, networks.points, tuple(eyes), tuple(logarithms), tuple(signs))


def _add(
    symmetry: Symmetry, axes: Sequence[Axis], size: int, change: Points, points: Points,
    ways: Iterable[Tensor],
) -> None:  # fmt: skip
    """Add to a change, in place, what a matrix for each axis makes of the units there."""
    parts, changes = symmetry.layout.split(points), symmetry.layout.split(change)
    for axis, way in zip(axes, ways, strict=True):
        view = sliced(changes[axis.name], axis, size)
        view.add_(units_back(way @ units_first(parts[axis.name], axis, size), axis, view.shape))


def _only(symmetry: Symmetry, *, mixings: bool) -> Symmetry:
    if mixings:
        return Symmetry(symmetry.layout, mixings=symmetry.mixings)
    return Symmetry(symmetry.layout, scalings=symmetry.scalings)


def _along_matrix(symmetry: Symmetry, mixing: Mixing, mixed: Points, gradients: Tensor) -> Tensor:
    """Slopes along X of `exp(X) A` and, for what takes the dual, `exp(-X^T) B`."""
    units, slope = (stacked(symmetry, mixing.axes, mixing.size, r) for r in (mixed, gradients))
    duals, other = (stacked(symmetry, mixing.duals, mixing.size, r) for r in (mixed, gradients))
    return _allowed(mixing, slope @ units.mT - duals @ other.mT)


def _allowed(mixing: Mixing, matrix: Tensor) -> Tensor:
    """The part of a generator that a mixing may have: skew, and nothing along the ones."""
    if not mixing.orthogonal:
        return matrix
    skew = (matrix - matrix.mT) / 2
    if not mixing.ones:
        return skew
    beside = torch.eye(mixing.size).to(matrix) - 1 / mixing.size
    return beside @ skew @ beside


def _along_factors(
    symmetry: Symmetry, scaling: Scaling, copies: Points, gradients: Gradients
) -> Tensor:
    parts, slopes = symmetry.layout.split(copies), symmetry.layout.split(gradients)
    total = copies.new_zeros(len(copies), scaling.kinds, scaling.size)
    for axis, powers in zip(scaling.axes, scaling.powers, strict=True):
        units, slope = (units_first(p[axis.name], axis, scaling.size) for p in (parts, slopes))
        total = total + torch.tensor(powers).to(total)[:, None] * (units * slope).sum(2)[:, None]
    return total
