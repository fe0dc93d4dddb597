"""`groups_of`: what was read off a tape, as groups of units along axes of parameters.

The one idea: each class of spaces is one group, by what is left of its freedom; where it never
stands without another space beside it, as the units of a head without the heads, each of these has
a group of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product as combinations
from math import prod

from morseloss.networks.symmetry.traced.charges import scale_kernel, sign_kernel
from morseloss.networks.symmetry.traced.reader import Reader, Value
from morseloss.networks.symmetry.traced.spaces import (
    Cat,
    Key,
    Leaf,
    Mul,
    Space,
    Tree,
    found,
    size_of_tree,
)
from morseloss.networks.symmetry.traced.world import World
from morseloss.networks.symmetry.unit_groups import Axis, Gain, Group, Mixing, Scaling

__all__ = ["groups_of"]

Beside = tuple[tuple[Space, int], ...]


@dataclass(frozen=True)
class Place:
    """Where a space stands along an axis of a parameter.

    Attributes
    ----------
    axis : Axis
    before : tuple of (Space, int)
        The entries of slower spaces at which it is.
    after : tuple of Space
        Faster spaces, which lie within its units.
    """

    axis: Axis
    before: Beside
    after: tuple[Space, ...]


class _Finder:
    """Goes through the classes of a reader."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.world = reader, reader.world
        self.absorbed = {taken.unknown for taken in reader.taken.values()}
        self.shapes = {
            name: reader.tape.tensors[slot].shape for slot, name in reader.tape.parameters.items()
        }
        self.number = {key: i for i, (key, _) in enumerate(self.world.unknowns)}
        self.places: dict[int, list[Place]] = defaultdict(list)
        self.standing: dict[tuple[str, int], list[tuple[int, Place]]] = defaultdict(list)
        for name, shape in self.shapes.items():
            for axis, size in enumerate(shape):
                self._placed((name, axis), size)
        self.beside = self._beside()
        self.scales, self.signs = self._forms()

    def classes(self) -> dict[Space, list[int]]:
        """Return by class the unknowns that stand for its places in parameters."""
        classes: dict[Space, list[int]] = defaultdict(list)
        for number, (key, space) in enumerate(self.world.unknowns):
            if number not in self.absorbed and self.reader.used[str(key[0])]:
                classes[found(space)[0]].append(number)
        return classes

    # places

    def _placed(self, key: Key, size: int) -> None:
        for number, start, block, before, after in self._walk(key, size, 0, 1, (), ()):
            place = Place(Axis(str(key[0]), int(key[1]), block, (), start), before, after)
            self.places[number].append(place)
            self.standing[str(key[0]), int(key[1])].append((number, place))

    def _walk(
        self, key: Key, size: int, start: int, block: int, before: Beside, after: tuple[Space, ...]
    ) -> Iterator[tuple[int, int, int, Beside, tuple[Space, ...]]]:
        """Yield unknown, start, block, and what is beside, for each space below a key."""
        if size == 1:
            return
        if key not in self.world.forms:
            yield self.number[key], start, block, before, after
            return
        kind, sizes = self.world.forms[key]
        for i, part in enumerate(sizes):
            if kind == "cat":
                yield from self._walk((*key, i), part, start, block, before, after)
                start += part * block
                continue
            inner = prod(sizes[i + 1 :])
            slower = [list(self._entries((*key, j), n)) for j, n in enumerate(sizes[:i])]
            faster = tuple(
                space for j, n in enumerate(sizes[i + 1 :], i + 1)
                for space in self._spaces((*key, j), n)
            )  # fmt: skip
            for indices in combinations(*slower):
                offset, row = 0, []
                for (index, beside), n in zip(indices, sizes, strict=False):
                    offset = offset * n + index
                    row += beside
                at = start + offset * part * inner * block
                yield from self._walk(
                    (*key, i), part, at, inner * block, (*before, *row), (*after, *faster)
                )

    def _entries(self, key: Key, size: int) -> Iterator[tuple[int, Beside]]:
        """Yield each entry below a key, with its numbers in the spaces there."""
        if size == 1:
            yield 0, ()
        elif key not in self.world.forms:
            space = found(self.world.unknowns[self.number[key]][1])[0]
            yield from ((i, ((space, i),)) for i in range(size))
        else:
            kind, sizes = self.world.forms[key]
            if kind == "cat":
                start = 0
                for i, part in enumerate(sizes):
                    yield from ((start + e, ()) for e, _ in self._entries((*key, i), part))
                    start += part
                return
            rows = [list(self._entries((*key, i), part)) for i, part in enumerate(sizes)]
            for number, row in enumerate(combinations(*rows)):
                yield number, tuple(pair for _, beside in row for pair in beside)

    def _spaces(self, key: Key, size: int) -> Iterator[Space]:
        if size > 1 and key not in self.world.forms:
            yield found(self.world.unknowns[self.number[key]][1])[0]
        elif size > 1:
            for i, part in enumerate(self.world.forms[key][1]):
                yield from self._spaces((*key, i), part)

    # what is beside what

    def _beside(self) -> dict[Space, set[Space]]:
        """Return by class the classes that stand, once, beside it wherever it is."""
        beside: dict[Space, set[Space]] = {}
        for value in self.reader.values:
            for root, others in _companions(self.world, value):
                beside[root] = beside[root] & others if root in beside else others
        return beside

    def fibres(self, root: Space, numbers: list[int]) -> list[Space]:
        """Return the classes of which each entry has a group of its own."""
        listed = []
        for other in self.beside.get(root, ()):
            if other is root or any(
                other in place.after for n in numbers for place in self.places[n]
            ):
                continue
            if all(self._seen(other, n, p) for n in numbers for p in self.places[n]):
                listed.append(other)
        return sorted(listed, key=lambda space: (min(map(str, space.keys)), space.size))

    def _seen(self, other: Space, number: int, place: Place) -> bool:
        """Whether a class is beside a place, before it or along another axis of the parameter."""
        inside = sum(space is other for space, _ in place.before)
        return inside + len(self._across(other, place)) >= 1

    def _across(self, other: Space, place: Place) -> list[Place]:
        name, axis = place.axis.name, place.axis.axis
        return [
            p for a in range(len(self.shapes[name])) if a != axis
            for n, p in self.standing[name, a]
            if found(self.world.unknowns[n][1])[0] is other
        ]  # fmt: skip

    def along(self, place: Place, entry: dict[Space, int]) -> list[Axis]:
        """Return the axes of a place at some entries of what is beside it."""
        for space, index in place.before:
            if space in entry and entry[space] != index:
                return []
        before = {space for space, _ in place.before}
        axes = [place.axis]
        for other in [space for space in entry if space not in before]:
            slices = [
                (p.axis.axis, p.axis.start + entry[other] * p.axis.block, p.axis.block)
                for p in self._across(other, place)
            ]
            axes = [replace(a, within=(*a.within, s)) for a in axes for s in slices]
        return axes

    # charges

    def _forms(self) -> tuple[dict[Space, list], dict[Space, list]]:
        scales: dict[Space, list] = defaultdict(list)
        signs: dict[Space, list] = defaultdict(list)
        for form in self.world.scales:
            kept = tuple((n, v) for n, v in form if n not in self.absorbed)
            if kept:
                scales[found(self.world.unknowns[kept[0][0]][1])[0]].append(kept)
        for form in self.world.signs:
            kept = form - self.absorbed
            if kept:
                signs[found(self.world.unknowns[next(iter(kept))][1])[0]].append(kept)
        return scales, signs


def _companions(world: World, value: Value) -> Iterator[tuple[Space, set[Space]]]:
    """Yield each space of a value, with those that stand once beside all of it."""
    opened = [Counter(_open(world, axis)) for axis in value.axes]
    for place, axis in enumerate(value.axes):
        rest: Counter[Space] = Counter()
        for other, counts in enumerate(opened):
            if other != place:
                rest += counts
        for root, beside in _paths(world, axis, Counter()):
            total = rest + beside
            yield root, {space for space, times in total.items() if times == 1}


def _open(world: World, tree: Tree) -> list[Space]:
    """Spaces that are beside whatever stands along other axes: not those in a row of parts."""
    tree = world.opened(tree)
    if isinstance(tree, Leaf):
        return [found(tree.space)[0]]
    if isinstance(tree, Mul):
        return [space for part in tree.parts for space in _open(world, part)]
    return []


def _paths(
    world: World, tree: Tree, beside: Counter[Space]
) -> Iterator[tuple[Space, Counter[Space]]]:
    tree = world.opened(tree)
    if isinstance(tree, Leaf):
        yield found(tree.space)[0], beside
    elif isinstance(tree, Cat):
        for part in tree.parts:
            yield from _paths(world, part, beside)
    elif isinstance(tree, Mul):
        for i, part in enumerate(tree.parts):
            others = Counter(
                space for j, p in enumerate(tree.parts) if j != i for space in _open(world, p)
            )
            yield from _paths(world, part, beside + others)


def groups_of(reader: Reader) -> tuple[list[Group], list[Mixing], list[Scaling]]:
    """Return the groups of all classes that a reader has found, in the order of parameters.

    Parameters
    ----------
    reader : Reader
        That has read a tape to the end; see `read`.
    """
    finder = _Finder(reader)
    groups: list[Group] = []
    mixings: list[Mixing] = []
    scalings: list[Scaling] = []
    for root, numbers in finder.classes().items():
        fibres = finder.fibres(root, numbers)
        for entries in combinations(*(range(space.size) for space in fibres)):
            entry = dict(zip(fibres, entries, strict=True))
            free = root.orthogonal or not root.ones
            if not root.exchanged and not root.pinned and free:
                mixings.append(_mixing(finder, root, numbers, entry))
            else:
                groups += _group(finder, root, numbers, entry)
                scalings += _scaling(finder, root, numbers, entry)
    order = {name: number for number, name in enumerate(finder.shapes)}

    def first(group: Group | Mixing | Scaling) -> tuple[int, int, int]:
        axis = group.axes[0]
        return order[axis.name], axis.axis, axis.start

    return sorted(groups, key=first), sorted(mixings, key=first), sorted(scalings, key=first)


def _axes(finder: _Finder, numbers: list[int], entry: dict[Space, int]) -> list[tuple[int, Axis]]:
    return [
        (number, axis)
        for number in numbers
        for place in finder.places[number]
        for axis in finder.along(place, entry)
    ]


def _group(
    finder: _Finder, root: Space, numbers: list[int], entry: dict[Space, int]
) -> Iterator[Group]:
    kernel = sign_kernel(numbers, finder.signs[root])
    if (root.pinned or root.size == 1) and not kernel:
        return
    flips = {n: tuple(i for i, k in enumerate(kernel) if n in k) for n in numbers}
    axes = [replace(axis, flips=flips[n]) for n, axis in _axes(finder, numbers, entry)]
    moved = [axis for axis in axes if axis.flips or not root.pinned]
    if moved:
        yield Group(tuple(moved), len(kernel), root.size, not root.pinned)


def _scaling(
    finder: _Finder, root: Space, numbers: list[int], entry: dict[Space, int]
) -> Iterator[Scaling]:
    kernel = scale_kernel(numbers, finder.scales[root])
    if not kernel:
        return
    axes = [
        (axis, tuple(kind.get(n, 0) for kind in kernel)) for n, axis in _axes(finder, numbers, entry)
    ]
    moved = [pair for pair in axes if any(pair[1])]
    yield Scaling(tuple(a for a, _ in moved), tuple(p for _, p in moved), root.size)


def _mixing(
    finder: _Finder, root: Space, numbers: list[int], entry: dict[Space, int]
) -> Mixing:
    unknowns, gains = finder.world.unknowns, []
    for name, taken in finder.reader.taken.items():
        if found(taken.space)[0] is root:
            def axes(listed: list[tuple[str, int]], gain: str = name) -> tuple[Axis, ...]:
                numbers = dict.fromkeys(number for _, number in listed)
                return tuple(axis for _, axis in _axes(finder, [*numbers], entry))

            (axis,) = axes([(name, taken.unknown)])
            gains.append(Gain(axis, axes(taken.readers), axes(taken.shifts)))
    turned = {n: found(unknowns[n][1])[1] for n in numbers}
    along = _axes(finder, numbers, entry)
    plain = tuple(a for n, a in along if turned[n] == turned[along[0][0]] or root.orthogonal)
    duals = tuple(a for n, a in along if not (turned[n] == turned[along[0][0]] or root.orthogonal))
    return Mixing(
        plain, duals, root.size, root.orthogonal, root.ones and root.orthogonal, tuple(gains)
    )


_ = size_of_tree, Tree
