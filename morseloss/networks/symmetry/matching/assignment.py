"""`nearest_order`: the order and signs of one group of units that bring networks nearest.

The one idea: with the other groups held still the distance is a sum over pairs of units, and the
best pairing an assignment problem, solved exactly.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points
from morseloss.networks.symmetry.symmetry import Element, Group, Symmetry
from morseloss.networks.symmetry.unit_groups import units_first

__all__ = ["nearest_order"]


def nearest_order(symmetry: Symmetry, place: int, wanted: Points, given: Points) -> Element:
    """Return the element of one group that brings each row nearest to the row wanted.

    Where a parameter holds the group along two axes it is that of the linear part at the present
    order, and need not be nearer.

    References
    ----------
    Ainsworth, Hayase, Srinivasa, "Git Re-Basin: merging models modulo permutation symmetries",
    2023, section 3.2 (weight matching).
    """
    from scipy.optimize import linear_sum_assignment

    signs = _signs(symmetry.groups[place])
    likeness, which = _likeness(symmetry, place, wanted, given).max(1)
    orders = torch.stack(
        [
            torch.as_tensor(linear_sum_assignment(table, maximize=True)[1])
            for table in likeness.cpu().numpy()
        ]
    )
    chosen = which.cpu().gather(2, orders[..., None])[..., 0]
    return Element((orders,), (signs[chosen].movedim(2, 1),))


def _likeness(
    symmetry: Symmetry, place: int, reference: Points, points: Points
) -> Float[Tensor, "batch signs units units"]:
    """Inner products of unit i of the reference with unit j of the points, for all signs of it."""
    group, size = symmetry.groups[place], symmetry.sizes[place]
    wanted, given = symmetry.layout.split(reference), symmetry.layout.split(points)
    signs, total = _signs(group), points.new_zeros(len(points), 1, size, size)
    for axis in group.axes:
        target, units = (units_first(parts[axis.name], axis, size) for parts in (wanted, given))
        sign = signs[:, list(axis.flips)].prod(1).to(points)
        total = total + sign[:, None, None] * (target @ units.mT)[:, None]
    return total


def _signs(group: Group) -> Float[Tensor, "signs flips"]:
    """All signs that a unit of the group can have."""
    if not group.flips:
        return torch.ones(1, 0)
    both = torch.tensor([1.0, -1.0])
    return torch.cartesian_prod(*[both] * group.flips).reshape(-1, group.flips)
