"""`Symmetry`: what can be done to the hidden units of a network, and what that does to its vector.

The one idea: a group of units is a list of axes of parameters that must be permuted, mixed or
scaled together. The outputs of the network, and so its loss, stay as they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._shapes import Points
from morseloss.networks.loss.door import PROBED
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.loss.pure import Layout, Pure
from morseloss.networks.loss.rows import Tree, cast, taken, tensors_of
from morseloss.networks.symmetry.symmetry_table import rows_of_groups, table_of, text_of
from morseloss.networks.symmetry.unit_groups import (
    Axis,
    Gain,
    Group,
    Mixing,
    Scaling,
    check_places,
    fan,
    size_of,
    sliced,
    units_back,
    units_first,
)
from morseloss.tables.table import Table, frame_of, html_of

__all__ = ["Axis", "Element", "Group", "Mixing", "Scaling", "Symmetry"]

TOLERANCE = 1e-9  # of the outputs, by which a true symmetry may change them by round-off
ROUNDING, ROUNDINGS = 1e-15, 1e3  # of each number, and how many of them a symmetry may cost


@dataclass(frozen=True, eq=False)
class Element:
    """What is done to each group, for each row.

    Attributes
    ----------
    orders : tuple of Tensor, shape (batch, units), int64
        One a group: unit i becomes what unit `order[i]` was.
    signs : tuple of Tensor, shape (batch, flips, units)
        Then it is multiplied by these, each 1 or -1.
    matrices : tuple of Tensor, shape (batch, units, units)
        One a mixing, before the units are exchanged; empty: nothing is mixed.
    factors : tuple of Tensor, shape (batch, kinds, units)
        One a scaling, after the matrices; empty: nothing is scaled.
    """

    orders: tuple[Int[Tensor, "batch _"], ...]
    signs: tuple[Float[Tensor, "batch _ _"], ...]
    matrices: tuple[Float[Tensor, "batch _ _"], ...] = ()
    factors: tuple[Float[Tensor, "batch _ _"], ...] = ()


@dataclass(frozen=True, repr=False)
class Symmetry:
    """What leaves a network's outputs alone: units exchanged, flipped, mixed and scaled.

    Parameters
    ----------
    layout : Layout
        `landscape.pure.layout`.
    groups : iterable of Group
        What can be exchanged; `symmetry_of` reads it off the module.
    mixings : iterable of Mixing
        What can be mixed by matrices: the stream of a transformer, queries and keys of a head.
    scalings : iterable of Scaling
        What can be scaled: units before ReLU.
    pinned : iterable of (str, tuple of str)
        What was not understood, and so is not moved: a reason, and the parameters.

    Raises
    ------
    ValueError
        If a group names an unknown parameter or axis, axes of different lengths, or one twice.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks.loss.pure import Pure
    >>> from morseloss.networks.symmetry.symmetry import Axis, Group, Symmetry
    >>> layout = Pure(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))).layout
    >>> hidden = Group((Axis("0.weight", 0), Axis("0.bias", 0), Axis("2.weight", 1)))
    >>> symmetry = Symmetry(layout, [hidden])
    >>> symmetry.sizes
    (3,)
    >>> element = symmetry.random(5, generator=torch.Generator().manual_seed(0))
    >>> symmetry.act(torch.randn(5, layout.dim), element).shape
    torch.Size([5, 13])
    """

    layout: Layout
    groups: tuple[Group, ...]
    mixings: tuple[Mixing, ...]
    scalings: tuple[Scaling, ...]
    pinned: tuple[tuple[str, tuple[str, ...]], ...]

    def __init__(
        self,
        layout: Layout,
        groups: Iterable[Group] = (),
        mixings: Iterable[Mixing] = (),
        scalings: Iterable[Scaling] = (),
        pinned: Iterable[tuple[str, tuple[str, ...]]] = (),
    ) -> None:
        object.__setattr__(self, "layout", layout)
        object.__setattr__(self, "groups", tuple(groups))
        object.__setattr__(self, "mixings", tuple(mixings))
        object.__setattr__(self, "scalings", tuple(scalings))
        object.__setattr__(self, "pinned", tuple(pinned))
        check_places((*self.groups, *self.mixings, *self.scalings), self._shapes)
        check_once(self.groups)

    @cached_property
    def _shapes(self) -> dict[str, torch.Size]:
        return dict(zip(self.layout.names, self.layout.shapes, strict=True))

    def __repr__(self) -> str:
        groups = (self.groups, self.mixings, self.scalings)
        words = zip(map(len, groups), ("group", "mixing", "scaling"), strict=True)
        told = ", ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in words)
        return f"Symmetry({told} of {self.layout.dim} parameters)"

    def __str__(self) -> str:
        return text_of(self.table())

    def table(self) -> Table:
        """Return what may be done to how many units, where they stand, and what was pinned."""
        groups = (*self.groups, *self.mixings, *self.scalings)
        rows = rows_of_groups((group, size_of(group, self._shapes)) for group in groups)
        return table_of(repr(self), rows, self.pinned)

    to_frame, _repr_html_ = frame_of, html_of

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many units each group has."""
        return tuple(size_of(group, self._shapes) for group in self.groups)

    @property
    def permutations(self) -> "Symmetry":
        """The part that permutes the numbers of the vector and changes signs."""
        groups = (*self.groups, *(m.exchange for m in self.mixings if m.exchange is not None))
        return Symmetry(self.layout, self._ordered(groups), pinned=self.pinned)

    @property
    def isometries(self) -> "Symmetry":
        """The part that keeps the norm of the vector too, and so the loss under weight decay.

        Permutations, signs, and rotations for which no gain must be taken over.
        """
        left = [m.exchange for m in self.mixings if m.gains and m.exchange is not None]
        turned = [
            replace(m, axes=(*m.axes, *m.duals), duals=(), orthogonal=True)
            for m in self.mixings
            if not m.gains
        ]
        return Symmetry(
            self.layout, self._ordered((*self.groups, *left)), turned, pinned=self.pinned
        )

    def _ordered(self, groups: Iterable[Group]) -> list[Group]:
        """Return groups in the order in which their parameters stand in the vector."""
        order = {name: number for number, name in enumerate(self.layout.names)}
        return sorted(groups, key=lambda g: (order[(a := g.axes[0]).name], a.axis, a.start))

    def act(self, points: Points, element: Element) -> Points:
        """Return the vectors with units mixed, scaled, exchanged and flipped.

        Exchanging and flipping rounds not a digit.
        """
        parts = {name: part.clone() for name, part in self.layout.split(points).items()}
        if element.matrices:
            for mixing, matrix in zip(self.mixings, element.matrices, strict=True):
                _mixed(parts, mixing, matrix.to(points))
        if element.factors:
            for scaling, factors in zip(self.scalings, element.factors, strict=True):
                _scaled(parts, scaling, factors.to(points))
        for group, order, signs in zip(self.groups, element.orders, element.signs, strict=True):
            rows = torch.arange(len(order), device=order.device)[:, None]
            for axis in group.axes:
                units = units_first(parts[axis.name], axis, order.shape[1])[rows, order]
                units = units * signs[:, list(axis.flips)].prod(1).to(units)[..., None]
                _put(parts, axis, units)
        return self.layout.rows(parts)

    def bare(self, points: Points, mixing: Mixing) -> Points:
        """Return the vectors with the gains on the units of a mixing taken over by their readers.

        Raises
        ------
        ValueError
            If a gain is 0 where the shift is not.
        """
        parts = {name: part.clone() for name, part in self.layout.split(points).items()}
        moved = torch.ones(len(points), dtype=torch.bool, device=points.device)
        for gain in mixing.gains:
            _taken_over(parts, gain, mixing.size, moved)
        return self.layout.rows(parts)

    def identity(self, batch: int) -> Element:
        """Return the element that changes nothing, one a row."""
        orders = tuple(torch.arange(size).repeat(batch, 1) for size in self.sizes)
        flips = zip(self.groups, self.sizes, strict=True)
        signs = tuple(torch.ones(batch, g.flips, size) for g, size in flips)
        matrices = (torch.eye(m.size, dtype=torch.float64) for m in self.mixings)
        factors = (torch.ones(s.kinds, s.size, dtype=torch.float64) for s in self.scalings)
        return Element(
            orders, signs, tuple(m.repeat(batch, 1, 1) for m in matrices),
            tuple(f.repeat(batch, 1, 1) for f in factors),
        )  # fmt: skip

    def random(self, batch: int, *, generator: torch.Generator) -> Element:
        """Return random elements, one a row.

        Permutations, signs and rotations are uniform; other matrices and factors are drawn well
        conditioned.
        """
        orders, signs = [], []
        for group, size in zip(self.groups, self.sizes, strict=True):
            drawn = torch.rand(batch, size, generator=generator).argsort(1)
            orders.append(drawn if group.exchanged else torch.arange(size).repeat(batch, 1))
            coins = torch.randint(0, 2, (batch, group.flips, size), generator=generator)
            signs.append(2.0 * coins - 1.0)
        matrices = tuple(m.random(batch, generator=generator) for m in self.mixings)
        factors = []
        for scaling in self.scalings:
            shape = (batch, scaling.kinds, scaling.size)
            drawn = torch.rand(shape, generator=generator, dtype=torch.float64)
            factors.append((2 * drawn - 1).exp())
        return Element(tuple(orders), tuple(signs), matrices, tuple(factors))

    def check(self, landscape: NetworkLandscape) -> None:
        """See on a few images that a random element leaves the outputs alone.

        Raises
        ------
        ValueError
            If it does not; the group that fails is named.
        """
        few = taken(landscape.inputs, slice(0, PROBED))
        wrong = self.faults(landscape.pure, few, landscape.device)
        if wrong:
            group, change = next(iter(wrong.items()))
            raise ValueError(
                f"exchanging the units of {group} changes the outputs by {change:.3g}: it is "
                "no symmetry of the module. Name every axis along which its units stand "
                "(outgoing weights too), and only units that meet in no sum or skip connection"
            )

    def faults(
        self, pure: Pure, inputs: Tree, device: torch.device
    ) -> dict[Group | Mixing | Scaling, float]:
        """Return by group how far it changes outputs of a random network, where it does at all.

        Relative to the largest output, or 1. All groups are tried together first. Where rounding
        alone changes outputs by much, as behind a variance of nearly nothing, that much is let
        pass.
        """
        generator = torch.Generator().manual_seed(0)
        few, point = cast(inputs, torch.float64), probe(self.layout, generator)
        before = tensors_of(pure(self.layout.split(point[0].to(device)), few))

        def changed(moved: Points) -> float:
            return _change(before, tensors_of(pure(self.layout.split(moved[0].to(device)), few)))

        def change(symmetry: Symmetry) -> float:
            return changed(symmetry.act(point, symmetry.random(1, generator=generator)))

        if change(self) <= TOLERANCE:
            return {}
        noise = torch.randn(point.shape, generator=generator, dtype=point.dtype)
        tolerance = max(TOLERANCE, ROUNDINGS * changed(point * (1 + ROUNDING * noise)))
        alone = [Symmetry(self.layout, [g]) for g in self.groups]
        alone += [Symmetry(self.layout, (), [m]) for m in self.mixings]
        alone += [Symmetry(self.layout, (), (), [s]) for s in self.scalings]
        tried = {(*s.groups, *s.mixings, *s.scalings)[0]: change(s) for s in alone}
        return {group: off for group, off in tried.items() if not off <= tolerance}


def check_once(groups: tuple[Group, ...]) -> None:
    """See that no two groups exchange units along the same entries.

    Raises
    ------
    ValueError
        If two groups do.
    """
    seen = set()
    for axis in (axis for group in groups for axis in group.axes):
        place = (axis.name, axis.axis, axis.block, axis.start, axis.within)
        if place in seen:
            raise ValueError(f"axis {axis.axis} of `{axis.name}` is named twice; name it once")
        seen.add(place)


def probe(layout: Layout, generator: torch.Generator) -> Float[Tensor, "1 dim"]:
    """Return a random network in which signals neither vanish nor grow, and no gain is near 0."""
    normal = torch.randn(1, layout.dim, generator=generator, dtype=torch.float64)
    sizes = torch.tensor(layout.sizes)
    widths = torch.tensor([fan(shape) ** -0.5 for shape in layout.shapes], dtype=torch.float64)
    lone = torch.tensor([len(shape) == 1 for shape in layout.shapes]).repeat_interleave(sizes)
    away = torch.where(lone, 0.5 * normal.sign(), torch.zeros_like(normal))
    return (normal + away) * widths.repeat_interleave(sizes)


def _change(before: list[Tensor], after: list[Tensor]) -> float:
    pairs = list(zip(before, after, strict=True))
    change = max(float((b - a).detach().abs().max()) for a, b in pairs)
    return change / max(1.0, *(float(part.detach().abs().max()) for part in before))


def _put(parts: dict[str, Tensor], axis: Axis, units: Tensor) -> None:
    view = sliced(parts[axis.name], axis, units.shape[1])
    view.copy_(units_back(units, axis, view.shape))


def _mixed(parts: dict[str, Tensor], mixing: Mixing, matrix: Tensor) -> None:
    """Mix units in place; where the matrix is the identity nothing is touched."""
    moved = (matrix != torch.eye(mixing.size).to(matrix)).flatten(1).any(1)
    for gain in mixing.gains:
        _taken_over(parts, gain, mixing.size, moved)
    for axis in mixing.axes:
        _put(parts, axis, matrix @ units_first(parts[axis.name], axis, mixing.size))
    if mixing.duals:
        dual = torch.linalg.inv(matrix).mT
        for axis in mixing.duals:
            _put(parts, axis, dual @ units_first(parts[axis.name], axis, mixing.size))


def _taken_over(parts: dict[str, Tensor], gain: Gain, size: int, moved: Tensor) -> None:
    """Give a gain to its readers, in the rows that are moved."""
    found = units_first(parts[gain.axis.name], gain.axis, size)
    found = torch.where(moved[:, None, None], found, torch.ones_like(found))
    for axis in gain.readers:
        _put(parts, axis, units_first(parts[axis.name], axis, size) * found)
    for axis in gain.shifts:
        shift = units_first(parts[axis.name], axis, size)
        if bool(((found == 0) & (shift != 0)).any()):
            raise ValueError(
                f"a gain in `{gain.axis.name}` is 0 where the shift in `{axis.name}` is not: its "
                "readers cannot take it over; use `symmetry.isometries`"
            )
        _put(parts, axis, torch.where(found == 0, shift, shift / found))
    axis = gain.axis
    mine = units_first(parts[axis.name], axis, size)
    _put(parts, axis, torch.where(moved[:, None, None], torch.ones_like(mine), mine))


def _scaled(parts: dict[str, Tensor], scaling: Scaling, factors: Tensor) -> None:
    for axis, powers in zip(scaling.axes, scaling.powers, strict=True):
        exponents = torch.tensor(powers).to(factors)[:, None]
        factor = (factors**exponents).prod(1)[..., None]
        _put(parts, axis, units_first(parts[axis.name], axis, scaling.size) * factor)
