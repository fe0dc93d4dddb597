"""`Standing`: where along the axes of parameters the spaces of a reading stand.

The one idea: an axis is cut into parts and split into factors; each way down to a space gives its
start, the entries within a unit, and at which entries of slower spaces it is.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product as combinations
from math import prod

from morseloss.networks.symmetry.traced.reader import Reader
from morseloss.networks.symmetry.traced.spaces import Key, Space, found
from morseloss.networks.symmetry.unit_groups import Axis

__all__ = ["Place", "Standing"]

Beside = tuple[tuple[Space, int], ...]
Slice = tuple[int, int, int]  # an axis, the first of some entries along it, and how many they are


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


class Standing:
    """All places.

    Parameters
    ----------
    reader : Reader
        That has read a tape to the end.

    Attributes
    ----------
    shapes : dict of str to tuple of int
    places : dict of int to list of Place
        By unknown.
    """

    def __init__(self, reader: Reader) -> None:
        self.world = reader.world
        self.shapes = {name: reader.tape.shapes[s] for s, name in reader.tape.parameters.items()}
        self.number = {key: i for i, (key, _) in enumerate(self.world.unknowns)}
        self.places: dict[int, list[Place]] = defaultdict(list)
        self._along: dict[tuple[str, int], list[tuple[Space, Place]]] = defaultdict(list)
        for name, shape in self.shapes.items():
            for axis, size in enumerate(shape):
                for number, start, block, before, after in self._walk((name, axis), size):
                    place = Place(Axis(name, axis, block, (), start), before, after)
                    self.places[number].append(place)
                    self._along[name, axis].append((self._root(number), place))

    def holds(self, number: int, other: Space) -> bool:
        """Whether all places of an unknown can be had at one entry of another space."""
        return all(
            other not in place.after
            and (any(space is other for space, _ in place.before) or self._across(other, place))
            for place in self.places[number]
        )

    def axes(self, number: int, entry: dict[Space, int]) -> Iterator[Axis]:
        """Yield the axes of an unknown at some entries of what is beside it."""
        for place in self.places[number]:
            before = dict(place.before)
            if any(space in entry and entry[space] != i for space, i in place.before):
                continue
            axes = [place.axis]
            for other in [space for space in entry if space not in before]:
                slices = [
                    (p.axis.axis, p.axis.start + entry[other] * p.axis.block, p.axis.block)
                    for p in self._across(other, place)
                ]
                both = [(a, _within(a.within, s)) for a in axes for s in slices]
                axes = [replace(a, within=w) for a, w in both if w]
            yield from axes

    def _root(self, number: int) -> Space:
        return found(self.world.unknowns[number][1])[0]

    def _across(self, other: Space, place: Place) -> list[Place]:
        """Return the places of another space along other axes of the same parameter."""
        name, axis = place.axis.name, place.axis.axis
        others = (a for a in range(len(self.shapes[name])) if a != axis)
        return [p for a in others for space, p in self._along[name, a] if space is other]

    def _walk(
        self, key: Key, size: int, start: int = 0, block: int = 1, before: Beside = (),
        after: tuple[Space, ...] = (),
    ) -> Iterator[tuple[int, int, int, Beside, tuple[Space, ...]]]:  # fmt: skip
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
            faster = [
                space
                for j in range(i + 1, len(sizes))
                for space in self._spaces((*key, j), sizes[j])
            ]
            slower = [list(self._entries((*key, j), n)) for j, n in enumerate(sizes[:i])]
            for indices in combinations(*slower):
                offset, row = 0, before
                for (index, beside), n in zip(indices, sizes, strict=False):
                    offset, row = offset * n + index, (*row, *beside)
                at = start + offset * part * inner * block
                yield from self._walk((*key, i), part, at, inner * block, row, (*after, *faster))

    def _entries(self, key: Key, size: int) -> Iterator[tuple[int, Beside]]:
        """Yield each entry below a key, with its numbers in the spaces there."""
        if size == 1:
            yield 0, ()
        elif key not in self.world.forms:
            space = self._root(self.number[key])
            yield from ((i, ((space, i),)) for i in range(size))
        elif self.world.forms[key][0] == "cat":
            yield from ((i, ()) for i in range(size))
        else:
            sizes = self.world.forms[key][1]
            rows = [list(self._entries((*key, i), part)) for i, part in enumerate(sizes)]
            for number, row in enumerate(combinations(*rows)):
                yield number, tuple(pair for _, beside in row for pair in beside)

    def _spaces(self, key: Key, size: int) -> Iterator[Space]:
        if size > 1 and key not in self.world.forms:
            yield self._root(self.number[key])
        elif size > 1:
            for i, part in enumerate(self.world.forms[key][1]):
                yield from self._spaces((*key, i), part)


def _within(slices: tuple[Slice, ...], more: Slice) -> tuple[Slice, ...]:
    """Return slices, one an axis, of what lies in all of them; none where nothing does."""
    axis, start, length = more
    end = start + length
    for other, first, count in slices:
        if other == axis:
            start, end = max(start, first), min(end, first + count)
    if start >= end:
        return ()
    return (*(s for s in slices if s[0] != axis), (axis, start, end - start))
