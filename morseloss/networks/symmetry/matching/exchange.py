"""`Exchange`: the move that puts the units of one group into the order that is nearest.

The one idea: with the other groups held still the distance is a sum over pairs of units, and the
best pairing an assignment problem, solved exactly. What can be mixed inside a unit, as the queries
and keys of a head, is mixed as well as it can be for each pair.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points
from morseloss.networks.symmetry.matching.mix import Mix
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.networks.symmetry.unit_groups import Axis, Group, Mixing, units_first

__all__ = ["Exchange", "exchanges"]


@dataclass(frozen=True)
class Exchange:
    """Put the units of one group into the order, with the signs, that bring networks nearest.

    Where a parameter holds the group along two axes it is the order for the linear part, and need
    not be nearer.

    Attributes
    ----------
    place : int
        Of the group.
    inside : tuple of tuple of int
        Places of the mixings that act inside one unit: of each kind (queries and keys, values) one
        a unit.
    held : bool
        The units keep their order, and only signs change.

    References
    ----------
    Ainsworth, Hayase, Srinivasa, "Git Re-Basin: merging models modulo permutation symmetries",
    2023, section 3.2 (weight matching).
    """

    place: int
    inside: tuple[tuple[int, ...], ...] = ()
    held: bool = False

    def __call__(self, networks: Sight, wanted: Points) -> Sight:
        """Return the networks with the units exchanged, and what is inside them mixed."""
        symmetry, given = networks.seen_symmetry, networks.seen
        signs = _signs(symmetry.groups[self.place])
        likeness, which = self._likeness(symmetry, wanted, given).max(1)
        free = symmetry.groups[self.place].exchanged and not self.held
        order = _assigned(likeness) if free else _kept(likeness)
        if self.inside and bool((order == torch.arange(order.shape[1])).all()):
            return networks  # what is inside has moves of its own
        chosen = which.cpu().gather(2, order[..., None])[..., 0]
        moved = networks.exchanged(self.place, order, signs[chosen].movedim(2, 1))
        for mixing in (mixing for kind in self.inside for mixing in kind):
            moved = Mix(mixing)(moved, wanted)
        return moved

    def _likeness(
        self, symmetry: Symmetry, wanted: Points, given: Points
    ) -> Float[Tensor, "batch signs units units"]:
        """Inner products of unit i of what is wanted and unit j as given, for all signs of it."""
        group, size = symmetry.groups[self.place], symmetry.sizes[self.place]
        targets, parts = symmetry.layout.split(wanted), symmetry.layout.split(given)
        signs, total = _signs(group), given.new_zeros(len(given), 1, size, size)
        mixed = {_place(a) for kind in self.inside for a in _axes(symmetry.mixings[kind[0]])}
        for axis in group.axes:
            if _place(axis) not in mixed:
                target, units = (units_first(p[axis.name], axis, size) for p in (targets, parts))
                sign = signs[:, list(axis.flips)].prod(1).to(given)
                total = total + sign[:, None, None] * (target @ units.mT)[:, None]
        for kind in self.inside:
            total = total + _mixed_likeness([symmetry.mixings[m] for m in kind], targets, parts)
        return total


def exchanges(symmetry: Symmetry) -> tuple[Exchange, ...]:
    """Return the moves of all groups, with what can be mixed inside their units."""
    places = range(len(symmetry.groups))
    return tuple(Exchange(place, tuple(_inside(symmetry, place))) for place in places)


def _inside(symmetry: Symmetry, place: int) -> Iterable[tuple[int, ...]]:
    """Yield mixings that act inside the units of a group, of each kind one a unit, by unit."""
    group, size = symmetry.groups[place], symmetry.sizes[place]
    slots = [
        {_place(axis, unit): None for axis in group.axes if axis.block > 1} for unit in range(size)
    ]
    kinds: dict[tuple, dict[int, int]] = {}
    for number, mixing in enumerate(symmetry.mixings):
        own = [_place(axis) for axis in _axes(mixing)]
        blocks = {axis.block for axis in group.axes if axis.block > 1}
        for unit, slot in enumerate(slots):
            if blocks == {mixing.size} and all(where in slot for where in own):
                kind = tuple(list(slot).index(where) for where in own)
                kinds.setdefault(kind, {})[unit] = number
    for found in kinds.values():
        if len(found) == size:
            yield tuple(found[unit] for unit in range(size))


def _place(axis: Axis, unit: int = 0) -> tuple:
    """Where a unit of a group, or a mixing, begins."""
    return axis.name, axis.axis, axis.start + unit * axis.block, axis.within


def _axes(mixing: Mixing) -> tuple[Axis, ...]:
    return (*mixing.axes, *mixing.duals)


def _mixed_likeness(
    mixings: list[Mixing], targets: dict[str, Tensor], parts: dict[str, Tensor]
) -> Float[Tensor, "batch 1 units units"]:
    """The largest inner products over all rotations inside the units: sums of singular values."""

    def of(split: dict[str, Tensor]) -> Float[Tensor, "batch units size rest"]:
        units = [[units_first(split[a.name], a, m.size) for a in _axes(m)] for m in mixings]
        return torch.stack([torch.cat(every, 2) for every in units], 1)

    target, units = of(targets), of(parts)
    cross = torch.einsum("bidr,bjer->bijde", target, units)
    return torch.linalg.svdvals(cross).sum(-1)[:, None]


def _assigned(likeness: Float[Tensor, "batch units units"]) -> Tensor:
    """The order of largest likeness."""
    from scipy.optimize import linear_sum_assignment

    tables = likeness.cpu().numpy()
    return torch.stack(
        [torch.as_tensor(linear_sum_assignment(table, maximize=True)[1]) for table in tables]
    )


def _kept(likeness: Float[Tensor, "batch units units"]) -> Tensor:
    """The order as it is."""
    return torch.arange(likeness.shape[1]).repeat(len(likeness), 1)


def _signs(group: Group) -> Float[Tensor, "signs flips"]:
    """All signs that a unit of the group can have."""
    if not group.flips:
        return torch.ones(1, 0)
    both = torch.tensor([1.0, -1.0])
    return torch.cartesian_prod(*[both] * group.flips).reshape(-1, group.flips)
