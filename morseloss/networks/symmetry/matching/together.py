"""`together`: networks brought near others by all matrices and factors at once.

The one idea: each matrix is the nearest one given the others, and yet all of them go down a narrow
valley in many small steps. Linearised in all together it is a problem of least squares, and
conjugate gradients need only products with the derivative and its transpose.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points, Values
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.matching.sweeps import arrived
from morseloss.networks.symmetry.matching.turns import Turns, turns_of

__all__ = ["together"]

STEPS, PRODUCTS, HALVINGS = 20, 100, 6
LEAST = 1e-2  # of a squared distance: a step that gains less is the last
CLOSE = 1e-2  # of a slope: so far linear problems are solved
LONGEST = 1.0  # of a step, in logarithms of factors and of singular values

Along = Float[Tensor, "batch freedom"]


def together(networks: Sight, wanted: Points) -> Sight:
    """Return networks mixed and scaled such that they lie near the rows wanted of points.

    Steps of Gauss and Newton, which settle within a few steps where little is left apart.

    References
    ----------
    Nocedal, Wright, "Numerical Optimization", 2006, section 10.3 (Gauss-Newton method) and
    algorithm 5.2 (conjugate gradients).
    """
    turns, target = turns_of(networks.symmetry, networks.points.double()), wanted.double()
    found, squares = networks, ((turns.copies - target) ** 2).sum(1)
    for _ in range(STEPS):
        before = squares
        turns, squares = _stepped(turns, target, before)
        found = Sight.of_weights(networks.symmetry, turns.copies.to(wanted))
        slow = squares >= before * (1 - LEAST)
        if bool((slow | arrived(found, wanted)).all()):
            break
    return found


def _stepped(turns: Turns, target: Points, before: Values) -> tuple[Turns, Values]:
    """Go along the solution of the linear problem, half as far until that is nearer."""
    steps = _solved(turns, target)
    length, best, lowest = torch.ones_like(before), torch.zeros_like(before), before
    for _ in range(HALVINGS):
        squares = ((turns.moved(_times(length, steps)).copies - target) ** 2).sum(1)
        lower = squares < lowest
        best, lowest = torch.where(lower, length, best), torch.where(lower, squares, lowest)
        length = length / 2
        if bool((best > 0).all()):
            break
    return turns.moved(_times(best, steps)), lowest


def _solved(turns: Turns, target: Points) -> list[Tensor]:
    """Solve `J^T J x = -J^T r` by conjugate gradients, J the derivative of the copies."""
    mixed = turns.mixed
    copies = turns.scaled(mixed)
    slopes = turns.slopes(mixed, copies, target - copies)
    shapes = [slope.shape[1:] for slope in slopes]

    def parts(row: Along) -> list[Tensor]:
        sizes = [shape.numel() for shape in shapes]
        split = zip(row.split(sizes, 1), shapes, strict=True)
        return [part.unflatten(1, shape) for part, shape in split]

    def bent(row: Along) -> Along:
        return _joined(turns.slopes(mixed, copies, turns.pushed(mixed, copies, parts(row))))

    found = parts(_conjugate(bent, _joined(slopes)))
    longest = torch.stack([part.flatten(1).norm(dim=1) for part in found]).amax(0)
    return _times(1 / (longest / LONGEST).clamp_min(1), found)


def _conjugate(bent: Callable[[Along], Along], right: Along) -> Along:
    """Conjugate gradients, row by row, from 0."""
    found, rest, way = torch.zeros_like(right), right, right
    squares = enough = (rest * rest).sum(1, keepdim=True)
    for _ in range(PRODUCTS):
        image = bent(way)
        length = _ratio(squares, (way * image).sum(1, keepdim=True))
        found, rest = found + length * way, rest - length * image
        before, squares = squares, (rest * rest).sum(1, keepdim=True)
        if not bool((squares > CLOSE**2 * enough).any()):
            break
        way = rest + _ratio(squares, before) * way
    return found


def _ratio(one: Tensor, other: Tensor) -> Tensor:
    return torch.where(other > 0, one / other.where(other > 0, 1), 0)


def _times(factors: Values, steps: list[Tensor]) -> list[Tensor]:
    return [factors[:, None, None] * step for step in steps]


def _joined(parts: list[Tensor]) -> Along:
    return torch.cat([part.flatten(1) for part in parts], 1)
