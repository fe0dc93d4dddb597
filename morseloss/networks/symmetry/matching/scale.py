"""`Scale`: the move that scales each unit of one group by the factor that is nearest.

The one idea: the squared distance is a sum over units, so each unit has its own curve over the
logarithm of its factor, and all are gone down at once. A gain may change its sign too, since its
readers take it back.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from morseloss._shapes import Points
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.networks.symmetry.unit_groups import units_first

__all__ = ["Scale", "gains_of", "scales"]

WIDEST, GRID, STEPS = 4.0, 81, 30  # logarithms looked at first, then steps of Newton
NEAR = 1e-6  # of a logarithm: values are round-off there, and slopes tell what is lower
SHORT = 1e-12  # of a logarithm: the step after it is round-off


@dataclass(frozen=True)
class Scale:
    """Scale the units of one group by the factors that bring networks nearest.

    Attributes
    ----------
    place : int
        Of the scaling.
    signed : bool
        Factors may be negative: those of a gain, which its readers take back.
    """

    place: int
    signed: bool = False

    def __call__(self, networks: Sight, wanted: Points) -> Sight:
        """Return the networks with the units scaled."""
        scaling = networks.seen_symmetry.scalings[self.place]
        for kind in range(scaling.kinds):
            factors = torch.ones(len(networks), scaling.kinds, scaling.size, dtype=torch.float64)
            factors[:, kind] = self._factors(networks, wanted, kind)
            networks = networks.scaled(self.place, factors.to(wanted.device))
        return networks

    def _factors(self, networks: Sight, wanted: Points, kind: int) -> Tensor:
        """Return the factors of one kind, (batch, units)."""
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
        return _nearest(powers, torch.stack(squares, -1), torch.stack(products, -1), self.signed)


def scales(symmetry: Symmetry) -> tuple[Scale, ...]:
    """Return the moves of all scalings."""
    signed = {
        place for mixing in range(len(symmetry.mixings)) for place in gains_of(symmetry, mixing)
    }
    return tuple(Scale(place, place in signed) for place in range(len(symmetry.scalings)))


def gains_of(symmetry: Symmetry, mixing: int) -> tuple[int, ...]:
    """Return the places of the scalings of gains that stand on the units of a mixing."""
    gains = {(gain.axis.name, gain.axis.axis) for gain in symmetry.mixings[mixing].gains}
    return tuple(
        number
        for number, scaling in enumerate(symmetry.scalings)
        if scaling.kinds == 1 and any((axis.name, axis.axis) in gains for axis in scaling.axes)
    )


def _nearest(powers: Tensor, squares: Tensor, products: Tensor, signed: bool) -> Tensor:
    """Return the factors f for which `sum over axes of |f^p a - r|^2` is lowest."""
    if not signed:
        return _lowest(powers, squares, products).exp()
    both = torch.stack([products, products * (1 - 2 * (powers % 2))])  # the second mirrored
    found = _lowest(powers, squares, both)
    values = _value(powers, squares, both, found)
    return torch.where(values[1] < values[0], -found[1].exp(), found[0].exp())


def _lowest(powers: Tensor, squares: Tensor, products: Tensor) -> Tensor:
    """Return where `sum over axes of |e^(p t) a - r|^2` is lowest, for each row and unit.

    The best of a grid around 0 and of 0 itself, then steps of Newton where these go down.
    """
    grid = torch.linspace(-WIDEST, WIDEST, GRID, dtype=squares.dtype)
    grid = torch.cat([torch.zeros(1, dtype=squares.dtype), grid])  # of equal ones the first
    grid = grid.reshape(-1, *[1] * (products.ndim - 1))
    found = grid.flatten()[_value(powers, squares, products, grid).argmin(0)]
    here = _value(powers, squares, products, found)
    slope, step = _slopes(powers, squares, products, found)
    for _ in range(STEPS):
        there = found + step
        value = _value(powers, squares, products, there)
        slope_there, step_there = _slopes(powers, squares, products, there)
        lower = value < here
        lower |= (step.abs() < NEAR) & (slope_there.abs() < slope.abs())
        found, slope = torch.where(lower, there, found), torch.where(lower, slope_there, slope)
        here, step = torch.where(lower, value, here), torch.where(lower, step_there, step / 2)
        if not bool((step.abs() > SHORT).any()):
            break
    return found


def _value(powers: Tensor, squares: Tensor, products: Tensor, t: Tensor) -> Tensor:
    factor = (powers * t[..., None]).exp()
    return (factor * (factor * squares - 2 * products)).sum(-1)


def _slopes(powers: Tensor, squares: Tensor, products: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return half the derivative in t, and the step of Newton, or of Gauss-Newton, from there."""
    factor = (powers * t[..., None]).exp()
    own, cross = factor**2 * squares, factor * products
    slope = (powers * (own - cross)).sum(-1)
    bend, rough = (powers**2 * (2 * own - cross)).sum(-1), (powers**2 * own).sum(-1)
    bend = torch.where(bend > 0, bend, rough)
    return slope, torch.where(bend > 0, -slope / bend.where(bend > 0, 1), 0).clamp(-1, 1)
