"""`Symmetry`: which hidden units of a network can be exchanged, and what that does to its vector.

The one idea: a group of units is a list of axes of parameters that must be permuted together, or
change their sign together. The outputs of the network, and so its loss, stay as they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._shapes import Points
from morseloss.networks.loss.door import PROBED
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.loss.pure import Layout
from morseloss.networks.loss.rows import cast, taken, tensors_of

__all__ = ["Axis", "Element", "Group", "Symmetry"]

TOLERANCE = 1e-9  # of the outputs, by which a true symmetry may change them by round-off


@dataclass(frozen=True)
class Axis:
    """One axis of one parameter, along which the units of a group stand.

    Attributes
    ----------
    name : str
        The parameter.
    axis : int
    block : int
        Entries a unit has next to each other: the pixels of a channel after `nn.Flatten`.
    flips : tuple of int
        Which sign flips of the group change its sign.
    """

    name: str
    axis: int
    block: int = 1
    flips: tuple[int, ...] = ()


@dataclass(frozen=True)
class Group:
    """Units that can be exchanged.

    Attributes
    ----------
    axes : tuple of Axis
        All axes of parameters along which the units stand: incoming weights, biases, outgoing
        weights.
    flips : int
        How many kinds of sign flip each unit has: 0 for ReLU, 1 for an odd activation.
    """

    axes: tuple[Axis, ...]
    flips: int = 0

    def __post_init__(self) -> None:
        wrong = [a for a in self.axes if not isinstance(a, Axis)]
        wrong += [a for a in self.axes if a not in wrong and not set(a.flips) <= {*self.numbers}]
        if wrong or not self.axes:
            raise ValueError(
                f"a group needs axes, `Axis(name, axis)`, with flips in {[*self.numbers]}; got "
                f"{wrong[:1] or self.axes}"
            )

    @property
    def numbers(self) -> range:
        """The numbers of its flips."""
        return range(self.flips)


@dataclass(frozen=True, eq=False)
class Element:
    """Permutations and signs, one of each a row and group.

    Attributes
    ----------
    orders : tuple of Tensor, shape (batch, units), int64
        Unit i becomes what unit `order[i]` was.
    signs : tuple of Tensor, shape (batch, flips, units)
        Then it is multiplied by these, each 1 or -1.
    """

    orders: tuple[Int[Tensor, "batch _"], ...]
    signs: tuple[Float[Tensor, "batch _ _"], ...]


@dataclass(frozen=True)
class Symmetry:
    """Permutations and sign flips of hidden units that leave a network's outputs alone.

    Parameters
    ----------
    layout : Layout
        `landscape.pure.layout`.
    groups : iterable of Group
        What can be exchanged; `symmetry_of` reads it off a chain of layers.

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

    def __init__(self, layout: Layout, groups: Iterable[Group]) -> None:
        object.__setattr__(self, "layout", layout)
        object.__setattr__(self, "groups", tuple(groups))
        shapes, seen = dict(zip(layout.names, layout.shapes, strict=True)), set()
        for axis in (axis for group in self.groups for axis in group.axes):
            if axis.name not in shapes:
                raise ValueError(
                    f"no parameter `{axis.name}` to exchange units of; there are "
                    f"{list(layout.names[:8])}"
                )
            if not (0 <= axis.axis < len(shapes[axis.name]) and axis.block >= 1):
                raise ValueError(
                    f"{axis} does not fit the shape {tuple(shapes[axis.name])} of the parameter"
                )
            if (axis.name, axis.axis) in seen:
                raise ValueError(f"axis {axis.axis} of `{axis.name}` is named twice; name it once")
            seen.add((axis.name, axis.axis))
        for group in self.groups:
            lengths = {a: shapes[a.name][a.axis] / a.block for a in group.axes}
            if len(set(lengths.values())) > 1 or not all(n.is_integer() for n in lengths.values()):
                told = ", ".join(f"{a.name} axis {a.axis}: {n:g}" for a, n in lengths.items())
                raise ValueError(f"the axes of a group must have one length, got {told}")

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many units each group has."""
        shapes = dict(zip(self.layout.names, self.layout.shapes, strict=True))
        firsts = (group.axes[0] for group in self.groups)
        return tuple(shapes[axis.name][axis.axis] // axis.block for axis in firsts)

    def act(self, points: Points, element: Element) -> Points:
        """Return the vectors with units exchanged and flipped; not a digit is rounded."""
        parts = self.layout.split(points)
        for group, order, signs in zip(self.groups, element.orders, element.signs, strict=True):
            for axis in group.axes:
                units = units_first(parts[axis.name], axis, order.shape[1])
                units = units[torch.arange(len(order), device=order.device)[:, None], order]
                units = units * signs[:, list(axis.flips)].prod(1).to(units)[..., None]
                parts[axis.name] = units_back(units, axis, parts[axis.name].shape)
        return torch.cat([parts[name].flatten(1) for name in self.layout.names], dim=1)

    def identity(self, batch: int) -> Element:
        """Return the element that changes nothing, one a row."""
        orders = tuple(torch.arange(size).repeat(batch, 1) for size in self.sizes)
        flips = zip(self.groups, self.sizes, strict=True)
        return Element(orders, tuple(torch.ones(batch, g.flips, size) for g, size in flips))

    def random(self, batch: int, *, generator: torch.Generator) -> Element:
        """Return uniform elements, one a row."""
        orders, signs = [], []
        for group, size in zip(self.groups, self.sizes, strict=True):
            orders.append(torch.rand(batch, size, generator=generator).argsort(1))
            coins = torch.randint(0, 2, (batch, group.flips, size), generator=generator)
            signs.append(2.0 * coins - 1.0)
        return Element(tuple(orders), tuple(signs))

    def check(self, landscape: NetworkLandscape) -> None:
        """See on a few images that a random element leaves the outputs alone.

        Raises
        ------
        ValueError
            If it does not; the group that fails is named.
        """
        generator = torch.Generator().manual_seed(0)
        device = landscape.device
        few = cast(taken(landscape.inputs, slice(0, PROBED)), torch.float64)
        pure, shapes = landscape.pure, self.layout.shapes
        widths = [max(1, prod(shape[1:])) ** -0.5 for shape in shapes]
        scale = torch.tensor(widths).repeat_interleave(torch.tensor(self.layout.sizes))
        point = torch.randn(1, self.layout.dim, generator=generator, dtype=torch.float64) * scale
        before = tensors_of(pure(self.layout.split(point[0].to(device)), few))
        for group in self.groups:
            alone = Symmetry(self.layout, [group])
            moved = alone.act(point, alone.random(1, generator=generator))[0].to(device)
            after = tensors_of(pure(self.layout.split(moved), few))
            pairs = list(zip(before, after, strict=True))
            change = max(float((b - a).detach().abs().max()) for a, b in pairs)
            size = max(float(part.detach().abs().max()) for part in before)
            if not change <= TOLERANCE * max(size, 1.0):
                raise ValueError(
                    f"exchanging the units of {group} changes the outputs by {change:.3g}: it is "
                    "no symmetry of the module. Name every axis along which its units stand "
                    "(outgoing weights too), and only units that meet in no sum or skip connection"
                )


def units_first(part: Tensor, axis: Axis, units: int) -> Float[Tensor, "batch units rest"]:
    """Return a batched parameter with one row a unit and all else in the row."""
    split = part.unflatten(axis.axis + 1, (units, axis.block))
    return split.movedim(axis.axis + 1, 1).flatten(2)


def units_back(units: Tensor, axis: Axis, shape: torch.Size) -> Tensor:
    """Undo `units_first`, for a parameter of that (batched) shape."""
    place = axis.axis + 1
    rest = [*shape[1:place], axis.block, *shape[place + 1 :]]
    split = units.unflatten(2, rest) if rest else units
    return split.movedim(1, place).reshape(shape)
