"""`Scale`: the move that scales each unit of one group by the factor that is nearest.

The one idea: the squared distance is a sum over units, so each unit has its own curve over the
logarithm of its factor, and all are gone down at once.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from morseloss._shapes import Points
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.networks.symmetry.unit_groups import units_first

__all__ = ["Scale", "scales"]

WIDEST, GRID, STEPS = 4.0, 81, 30  # logarithms looked at first, then steps of Gauss-Newton
NEAR = 1e-6  # of a logarithm: values are round-off there, and slopes tell what is lower


@dataclass(frozen=True)
class Scale:
    """Scale the units of one group by the factors that bring networks nearest.

    Attributes
    ----------
    place : int
        Of the scaling.
    """

    place: int

    def __call__(self, networks: Sight, wanted: Points) -> Sight:
        """Return the networks with the units scaled."""
        scaling = networks.seen_symmetry.scalings[self.place]
        for kind in range(scaling.kinds):
            factors = torch.ones(len(networks), scaling.kinds, scaling.size, dtype=torch.float64)
            factors[:, kind] = self._logarithms(networks, wanted, kind).exp()
            networks = networks.scaled(self.place, factors.to(wanted.device))
        return networks

    def _logarithms(self, networks: Sight, wanted: Points, kind: int) -> Tensor:
        """Return the logarithms of the factors of one kind, (batch, units)."""
        symmetry = networks.seen_symmetry
        scaling = symmetry.scalings[self.place]
        powers = torch.tensor([power[kind] for power in scaling.powers], dtype=torch.float64)
        given, targets = (symmetry.layout.split(rows) for rows in (networks.seen, wanted))
        squares, products = [], []
        for axis in scaling.axes:
            units, target = (
                units_first(p[axis.name], axis, scaling.size).double() for p in (given, targets)
            )
            squares.append((units * units).sum(2).cpu())
            products.append((units * target).sum(2).cpu())
        return _lowest(powers, torch.stack(squares, -1), torch.stack(products, -1))


def scales(symmetry: Symmetry) -> tuple[Scale, ...]:
    """Return the moves of all scalings."""
    return tuple(Scale(place) for place in range(len(symmetry.scalings)))


def _lowest(powers: Tensor, squares: Tensor, products: Tensor) -> Tensor:
    """Return where `sum over axes of |e^(p t) a - r|^2` is lowest, for each row and unit.

    The best of a grid around 0 and of 0 itself, then Gauss-Newton steps where these go down.
    """

    def value(t: Tensor) -> Tensor:
        factor = (powers * t[..., None]).exp()
        return (factor * (factor * squares - 2 * products)).sum(-1)

    grid = torch.linspace(-WIDEST, WIDEST, GRID, dtype=squares.dtype)
    grid = torch.cat([torch.zeros(1, dtype=squares.dtype), grid])  # of equal ones the first
    found = grid[value(grid[:, None, None]).argmin(0)]
    slope, step = _slopes(powers, squares, products, found)
    for _ in range(STEPS):
        there = found + step
        slope_there, step_there = _slopes(powers, squares, products, there)
        lower = value(there) < value(found)
        lower |= (step.abs() < NEAR) & (slope_there.abs() < slope.abs())
        found, slope = torch.where(lower, there, found), torch.where(lower, slope_there, slope)
        step = torch.where(lower, step_there, step / 2)
        if not bool(lower.any()):
            break
    return found


def _slopes(powers: Tensor, squares: Tensor, products: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return half the derivative in t, and the step of Gauss-Newton from there."""
    factor = (powers * t[..., None]).exp()
    slope = (powers * factor * (factor * squares - products)).sum(-1)
    bend = (powers**2 * factor**2 * squares).sum(-1)
    return slope, torch.where(bend > 0, -slope / bend.where(bend > 0, 1), 0).clamp(-1, 1)
