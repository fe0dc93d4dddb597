"""`Group`, `Mixing`, `Scaling`: what may be done to the hidden units of a network, as data.

The one idea: units stand along axes of parameters, and whoever exchanges, mixes or scales them must
do it along all of these axes together. `Axis` says where, the group says what.
"""

from dataclasses import dataclass
from math import prod

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["Axis", "Gain", "Group", "Mixing", "Scaling", "sliced", "units_back", "units_first"]


@dataclass(frozen=True)
class Axis:
    """One axis of one parameter, or a part of it, along which the units of a group stand.

    Attributes
    ----------
    name : str
        The parameter.
    axis : int
    block : int
        Entries a unit has next to each other: the pixels of a channel after `nn.Flatten`.
    flips : tuple of int
        Which sign flips of the group change its sign.
    start : int
        Where along the axis the first unit begins: 8 for the keys where queries take 0 to 7.
    within : tuple of (int, int, int)
        Only these parts of other axes, each `(axis, start, length)`: in a grouped convolution,
        the rows that read the units.
    """

    name: str
    axis: int
    block: int = 1
    flips: tuple[int, ...] = ()
    start: int = 0
    within: tuple[tuple[int, int, int], ...] = ()


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
    size : int
        How many units; by default as many as the first axis holds.
    exchanged : bool
        False if the units must stay in their places, and only change signs.
    """

    axes: tuple[Axis, ...]
    flips: int = 0
    size: int = 0
    exchanged: bool = True

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


@dataclass(frozen=True)
class Gain:
    """A gain on units that are to be mixed: their readers take it over first.

    Attributes
    ----------
    axis : Axis
        The gain, which becomes 1.
    readers : tuple of Axis
        Weights that read the units, and are multiplied by it.
    shifts : tuple of Axis
        What is added after the gain, and is divided by it.
    """

    axis: Axis
    readers: tuple[Axis, ...]
    shifts: tuple[Axis, ...] = ()


@dataclass(frozen=True)
class Mixing:
    """Units that can be mixed by a matrix: the vector of units `x` becomes `M x`.

    Attributes
    ----------
    axes : tuple of Axis
        Along these the matrix M acts.
    duals : tuple of Axis
        Along these its inverse transpose; empty if it is orthogonal, where both are one.
    size : int
        How many units.
    orthogonal : bool
        M must be orthogonal; else it may be any invertible matrix.
    ones : bool
        M must also keep the vector of ones, as layer normalisation demands.
    gains : tuple of Gain
        Gains that their readers take over before the units are mixed.
    exchange : Group or None
        What is left of it if units are only exchanged and flipped, and no gain is taken over.
    """

    axes: tuple[Axis, ...]
    duals: tuple[Axis, ...] = ()
    size: int = 0
    orthogonal: bool = False
    ones: bool = False
    gains: tuple[Gain, ...] = ()
    exchange: Group | None = None

    def __post_init__(self) -> None:
        everywhere = (*self.axes, *self.duals)
        if not everywhere or not all(isinstance(a, Axis) for a in everywhere) or self.size < 1:
            raise ValueError(
                "a mixing needs axes, `Axis(name, axis)`, and the number of its units as `size`; "
                f"got {everywhere} and {self.size}"
            )
        if (self.ones or self.gains) and not self.orthogonal:
            raise ValueError("a mixing that keeps ones, or has gains, must be orthogonal")

    def random(self, batch: int, *, generator: torch.Generator) -> Float[Tensor, "batch _ _"]:
        """Return random matrices, one a row: uniform ones if orthogonal, else well conditioned."""
        fixed = int(self.ones)
        matrices = _orthogonal(batch, self.size - fixed, generator)
        if self.orthogonal and fixed:
            return _keeping_ones(matrices)
        if self.orthogonal:
            return matrices
        stretch = torch.rand(batch, self.size, generator=generator, dtype=torch.float64)
        other = _orthogonal(batch, self.size, generator)
        return matrices * (stretch - 0.5).exp()[:, None] @ other


@dataclass(frozen=True)
class Scaling:
    """Units that can be scaled, each by a positive number of its own.

    Attributes
    ----------
    axes : tuple of Axis
    powers : tuple of tuple of int
        For each axis the power of each factor: 1 for what comes into a ReLU unit, -1 for what
        goes out.
    size : int
        How many units.
    """

    axes: tuple[Axis, ...]
    powers: tuple[tuple[int, ...], ...]
    size: int = 0

    def __post_init__(self) -> None:
        kinds = {len(p) for p in self.powers}
        if not self.axes or len(self.axes) != len(self.powers) or len(kinds) != 1 or self.size < 1:
            raise ValueError(
                "a scaling needs axes, the powers of each factor for each axis, and the number of "
                f"its units as `size`; got {self}"
            )

    @property
    def kinds(self) -> int:
        """How many factors a unit has."""
        return len(self.powers[0])


def sliced(part: Tensor, axis: Axis, units: int) -> Tensor:
    """Return the view of a batched parameter that an axis of so many units is about."""
    part = part.narrow(axis.axis + 1, axis.start, units * axis.block)
    for other, start, length in axis.within:
        part = part.narrow(other + 1, start, length)
    return part


def units_first(part: Tensor, axis: Axis, units: int) -> Float[Tensor, "batch units rest"]:
    """Return a batched parameter with one row a unit and all else in the row."""
    split = sliced(part, axis, units).unflatten(axis.axis + 1, (units, axis.block))
    return split.movedim(axis.axis + 1, 1).flatten(2)


def units_back(units: Tensor, axis: Axis, shape: torch.Size) -> Tensor:
    """Undo `units_first`, for a part of that (batched) shape, as `sliced` gives it."""
    place = axis.axis + 1
    rest = [*shape[1:place], axis.block, *shape[place + 1 :]]
    return units.unflatten(2, rest).movedim(1, place).reshape(shape)


def check_places(groups: tuple, shapes: dict[str, torch.Size]) -> None:
    """See that the axes of each group are there, have one length, and meet nowhere.

    Raises
    ------
    ValueError
        If a group names an unknown parameter or axis, axes of different lengths, or one twice.
    """
    for group in groups:
        axes = axes_of(group)
        for axis in axes:
            _check_axis(axis, shapes)
        _check_lengths(group, axes, shapes)
        _check_meetings(axes, size_of(group, shapes))


def axes_of(group: Group | Mixing | Scaling) -> tuple[Axis, ...]:
    """Return all axes along which a group acts."""
    return (*group.axes, *group.duals) if isinstance(group, Mixing) else group.axes


def size_of(group: Group | Mixing | Scaling, shapes: dict[str, torch.Size]) -> int:
    """Return how many units a group has."""
    first = axes_of(group)[0]
    return group.size or shapes[first.name][first.axis] // first.block


def _check_axis(axis: Axis, shapes: dict[str, torch.Size]) -> None:
    if axis.name not in shapes:
        raise ValueError(
            f"no parameter `{axis.name}` to exchange units of; there are {list(shapes)[:8]}"
        )
    shape = shapes[axis.name]
    others = all(
        0 <= other < len(shape) and other != axis.axis and 0 <= start <= start + length
        and length >= 1 and start + length <= shape[other]
        for other, start, length in axis.within
    ) and len({other for other, *_ in axis.within}) == len(axis.within)  # fmt: skip
    inside = 0 <= axis.axis < len(shape) and axis.block >= 1 and axis.start >= 0
    if not (inside and others):
        raise ValueError(f"{axis} does not fit the shape {tuple(shape)} of the parameter")


def _check_lengths(
    group: Group | Mixing | Scaling, axes: tuple[Axis, ...], shapes: dict[str, torch.Size]
) -> None:
    if group.size:
        ends = [a for a in axes if a.start + group.size * a.block > shapes[a.name][a.axis]]
        if ends:
            raise ValueError(
                f"{ends[0]} does not fit {group.size} units into the shape "
                f"{tuple(shapes[ends[0].name])} of the parameter"
            )
        return
    lengths = {a: (shapes[a.name][a.axis] - a.start) / a.block for a in axes}
    if len(set(lengths.values())) > 1 or not all(n.is_integer() for n in lengths.values()):
        told = ", ".join(f"{a.name} axis {a.axis}: {n:g}" for a, n in lengths.items())
        raise ValueError(f"the axes of a group must have one length, got {told}")


def _check_meetings(axes: tuple[Axis, ...], size: int) -> None:
    """Units of other blocks may meet: heads, and places within each head in the same order."""
    seen: dict[tuple[str, int, int], list[tuple[int, int, Axis]]] = {}
    for axis in axes:
        start, end = axis.start, axis.start + size * axis.block
        for first, last, other in seen.setdefault((axis.name, axis.axis, axis.block), []):
            if start < last and first < end and not _apart(axis, other):
                raise ValueError(f"axis {axis.axis} of `{axis.name}` is named twice; name it once")
        seen[axis.name, axis.axis, axis.block].append((start, end, axis))


def _apart(one: Axis, other: Axis) -> bool:
    return any(
        a == b and (s >= t + m or t >= s + n)
        for a, s, n in one.within
        for b, t, m in other.within
    )  # fmt: skip


def _orthogonal(batch: int, size: int, generator: torch.Generator) -> Tensor:
    """Return uniform orthogonal matrices."""
    normal = torch.randn(batch, size, size, generator=generator, dtype=torch.float64)
    found, upper = torch.linalg.qr(normal)
    return found * upper.diagonal(dim1=1, dim2=2).sign()[:, None]


def _keeping_ones(matrices: Tensor) -> Tensor:
    """Return the matrices with one more axis, along the vector of ones, which they keep."""
    size = matrices.shape[1] + 1
    whole = torch.zeros(len(matrices), size, size, dtype=matrices.dtype)
    whole[:, 0, 0], whole[:, 1:, 1:] = 1, matrices
    first = torch.zeros(size, dtype=matrices.dtype)
    first[0] = 1
    mirror = first - size**-0.5  # takes the first axis to the ones
    if not float(mirror.norm()):
        return whole
    house = torch.eye(size, dtype=matrices.dtype) - 2 * torch.outer(mirror, mirror) / (
        mirror @ mirror
    )
    return house @ whole @ house


def fan(shape: torch.Size) -> int:
    """Return how many numbers meet in each entry of a layer of that shape."""
    return max(1, prod(shape[1:]))
