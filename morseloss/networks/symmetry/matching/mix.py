"""`Mix`: the move that mixes the units of one group by the matrix that is nearest.

The one idea: the nearest rotation is known in closed form (Procrustes). An invertible matrix starts
there, or where it is, and goes down by steps that solve the linearised problem.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points
from morseloss.networks.symmetry.matching.scale import Scale, gains_of
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.networks.symmetry.unit_groups import Axis, Mixing, units_first

__all__ = ["Mix", "mixes", "stacked", "without_gains"]

STEPS, HALVINGS = 8, 8  # of an invertible matrix
LEAST = 1e-7  # of a squared distance: a step that gains less is the last
SHORT = 1e-10  # of a step: round-off

Matrices = Float[Tensor, "batch size size"]


@dataclass(frozen=True)
class Mix:
    """Mix the units of one group by the matrix that brings networks nearest.

    Attributes
    ----------
    place : int
        Of the mixing.
    scalings : tuple of int
        Places of scalings of its gains, which are set to what is wanted after a rotation, for
        which the readers of the gains took these over.

    References
    ----------
    Schönemann, "A generalized solution of the orthogonal Procrustes problem", 1966.
    Theus et al., "Generalized linear mode connectivity for transformers", 2025, section 3
    (rotations of the residual stream, invertible matrices inside attention).
    """

    place: int
    scalings: tuple[int, ...] = ()

    def __call__(self, networks: Sight, wanted: Points) -> Sight:
        """Return the networks with the units mixed."""
        mixing = networks.seen_symmetry.mixings[self.place]
        if not mixing.orthogonal:
            return networks.mixed(self.place, _invertible(networks, mixing, wanted))
        if not mixing.gains:
            return networks.mixed(self.place, _rotation(networks, mixing, wanted))
        bare, rows = without_gains(networks, self.place), torch.arange(len(networks))
        target = without_gains(Sight.of_weights(networks.symmetry, wanted), self.place).points
        both = torch.cat([target, wanted])  # either may lead nearer
        moved = bare.take(rows.repeat(2))
        moved = moved.mixed(self.place, _rotation(moved, mixing, both))
        for scaling in self.scalings:
            moved = Scale(scaling, signed=True)(moved, wanted.repeat(2, 1))
        first, second = moved.take(rows), moved.take(rows + len(rows))
        return first.where(second.squares(wanted) < first.squares(wanted), second)


def mixes(symmetry: Symmetry) -> tuple[Mix, ...]:
    """Return the moves of all mixings, with the scalings of their gains."""
    places = range(len(symmetry.mixings))
    return tuple(Mix(place, gains_of(symmetry, place)) for place in places)


def without_gains(networks: Sight, place: int) -> Sight:
    """Return the networks with the gains taken over by their readers, and all else as it was."""
    symmetry = networks.symmetry
    points = symmetry.bare(networks.points, symmetry.mixings[place])
    return replace(networks, points=points, seen=points if networks.whole else networks.seen)


def stacked(
    symmetry: Symmetry, axes: Sequence[Axis], size: int, rows: Points
) -> Float[Tensor, "batch size rest"]:
    """Return all that stands along some axes."""
    parts = symmetry.layout.split(rows)
    units = [units_first(parts[axis.name], axis, size) for axis in axes]
    empty = rows.new_zeros(len(rows), size, 0)
    return torch.cat([empty, *units], 2)


def _rotation(networks: Sight, mixing: Mixing, wanted: Points) -> Matrices:
    """Return the nearest orthogonal matrices, which keep the vector of ones where they must."""
    axes, symmetry = (*mixing.axes, *mixing.duals), networks.seen_symmetry
    target, units = (
        stacked(symmetry, axes, mixing.size, rows).double() for rows in (wanted, networks.seen)
    )
    cross = target @ units.mT
    if not mixing.ones:
        return _polar(cross)
    basis = _beside_ones(mixing.size).to(cross)
    return _polar(basis.mT @ cross @ basis, basis)


def _polar(cross: Tensor, basis: Tensor | None = None) -> Tensor:
    left, _, right = torch.linalg.svd(cross)
    if basis is None:
        return left @ right
    ones = torch.ones_like(basis[:, :1]) / len(basis)
    return basis @ left @ right @ basis.mT + ones @ torch.ones_like(ones).mT


def _beside_ones(size: int) -> Float[Tensor, "size rest"]:
    """Return an orthonormal basis of what is orthogonal to the vector of ones."""
    square = torch.eye(size, dtype=torch.float64)
    square[:, 0] = 1
    return torch.linalg.qr(square)[0][:, 1:]


def _invertible(networks: Sight, mixing: Mixing, wanted: Points) -> Matrices:
    """Return matrices that bring the units near, from where they are or from the rotation."""
    sides, symmetry = (mixing.axes, mixing.duals), networks.seen_symmetry
    ends = [
        [stacked(symmetry, axes, mixing.size, rows).double() for axes in sides]
        for rows in (wanted, networks.seen)
    ]
    rotation = _rotation(networks, mixing, wanted)
    here = torch.eye(mixing.size).to(rotation).expand_as(rotation)
    nearer = _squares(rotation, *ends) < _squares(here, *ends)
    return _descended(torch.where(nearer[:, None, None], rotation, here), *ends)


def _applied(matrix: Matrices, given: list[Tensor]) -> tuple[Tensor, Tensor]:
    return matrix @ given[0], torch.linalg.solve(matrix.mT, given[1])


def _squares(matrix: Matrices, wanted: list[Tensor], given: list[Tensor]) -> Tensor:
    pairs = zip(_applied(matrix, given), wanted, strict=True)
    return sum(((now - target) ** 2).sum((1, 2)) for now, target in pairs)  # pyright: ignore[reportReturnType]


def _descended(matrix: Matrices, wanted: list[Tensor], given: list[Tensor]) -> Matrices:
    """Go down by `(1 + X) M`, X the best one for `1 + X` and `1 - X^T`: a Sylvester equation."""
    squares = _squares(matrix, wanted, given)
    for _ in range(STEPS):
        step = _gauss_newton(_applied(matrix, given), wanted)
        if float(step.abs().max()) < SHORT:
            break
        before, length = squares, torch.ones_like(squares)[:, None, None]
        for _ in range(HALVINGS):
            tried = torch.linalg.matrix_exp(length * step) @ matrix
            there = _squares(tried, wanted, given)
            lower = there < squares
            matrix = torch.where(lower[:, None, None], tried, matrix)
            squares = torch.where(lower, there, squares)
            length = torch.where((there < before)[:, None, None], 0 * length, length / 2)
            if not bool(length.any()):
                break
        if not bool((squares < before * (1 - LEAST)).any()):
            break
    return matrix


def _gauss_newton(now: tuple[Tensor, Tensor], wanted: list[Tensor]) -> Matrices:
    """Solve `X A A^T + B B^T X = (R - A) A^T - B (S - B)^T` for the step X."""
    (primal, dual), (target, other) = now, wanted
    right = (target - primal) @ primal.mT - dual @ (other - dual).mT
    columns, vectors = torch.linalg.eigh(primal @ primal.mT)
    rows, others = torch.linalg.eigh(dual @ dual.mT)
    sums = rows.clamp_min(0)[:, :, None] + columns.clamp_min(0)[:, None]
    floor = 1e-12 * sums.amax((1, 2), keepdim=True) + torch.finfo(sums.dtype).tiny
    step = others @ (others.mT @ right @ vectors / (sums + floor)) @ vectors.mT
    return step / torch.linalg.matrix_norm(step)[:, None, None].clamp_min(1)
