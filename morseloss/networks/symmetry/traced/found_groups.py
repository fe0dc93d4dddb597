"""`groups_of`: what was read off a tape, as groups of units along axes of parameters.

The one idea: each class of spaces is one group, by what is left of its freedom; where it never
stands without another space beside it, as the units of a head without the heads, each entry of that
one has a group of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product as combinations

from morseloss.networks.symmetry.traced.charges import (
    Scale,
    scale_kernel,
    scale_pivots,
    sign_kernel,
    sign_pivots,
)
from morseloss.networks.symmetry.traced.companions import beside, cells
from morseloss.networks.symmetry.traced.reader import Reader, Taken
from morseloss.networks.symmetry.traced.spaces import Space, found
from morseloss.networks.symmetry.traced.standing import Standing
from morseloss.networks.symmetry.unit_groups import Axis, Gain, Group, Mixing, Scaling

__all__ = ["groups_of"]

Found = tuple[tuple[Group, ...], tuple[Mixing, ...], tuple[Scaling, ...]]


def groups_of(reader: Reader) -> Found:
    """Return the groups of all classes that a reader has found, in the order of parameters.

    Parameters
    ----------
    reader : Reader
        That has read a tape to the end; see `read`.
    """
    finder = _Finder(reader)
    order = {name: number for number, name in enumerate(finder.standing.shapes)}

    def first(group: Group | Mixing | Scaling) -> tuple[int, int, int]:
        axis = group.axes[0]
        return order[axis.name], axis.axis, axis.start

    found_ = [group for root in finder.classes for group in finder.of(root)]
    found_.sort(key=first)
    return (
        tuple(g for g in found_ if isinstance(g, Group)),
        tuple(g for g in found_ if isinstance(g, Mixing)),
        tuple(g for g in found_ if isinstance(g, Scaling)),
    )


class _Finder:
    """Goes through the classes of a reader."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.unknowns = reader, reader.world.unknowns
        self.standing, self.cells = Standing(reader), cells(reader)
        absorbed = {number for taken in reader.taken.values() for number in taken.spaces}
        self.classes: dict[Space, list[int]] = defaultdict(list)
        for number, (key, _) in enumerate(self.unknowns):
            if number not in absorbed and reader.used[str(key[0])]:
                self.classes[self._root(number)].append(number)
        always = beside(reader)
        self.fibres = {
            root: self._fibres(always.get(root, set()), numbers)
            for root, numbers in self.classes.items()
        }
        self.scales: dict[Space, list[Scale]] = defaultdict(list)
        self.signs: dict[Space, list[frozenset[int]]] = defaultdict(list)
        self._write_forms(absorbed)
        self._fix_gauges()

    def of(self, root: Space) -> Iterator[Group | Mixing | Scaling]:
        """Yield the groups of a class."""
        numbers, fibres = self.classes[root], self.fibres[root]
        signs = sign_kernel(numbers, self.signs[root])
        scales = scale_kernel(numbers, self.scales[root])
        if not (_mixes(root) or signs or scales or (root.size > 1 and not root.pinned)):
            return
        for entries in combinations(*(range(space.size) for space in fibres)):
            entry = dict(zip(fibres, entries, strict=True))
            axes = [(n, axis) for n in numbers for axis in self.standing.axes(n, entry)]
            if _mixes(root):
                mixing = self._mixing(root, axes, entry)
                yield mixing
                yield from (_shared(gain, root.size) for gain in mixing.gains)
                continue
            if signs or (root.size > 1 and not root.pinned):
                yield _group(root, axes, signs)
            if scales:
                yield _scaling(root, axes, scales)

    def _root(self, number: int) -> Space:
        return found(self.unknowns[number][1])[0]

    def _fibres(self, always: set[Space], numbers: list[int]) -> list[Space]:
        listed = [s for s in always if all(self.standing.holds(n, s) for n in numbers)]
        return sorted(listed, key=lambda space: min(map(str, space.keys)))

    # charges

    def _write_forms(self, absorbed: set[int]) -> None:
        for form in self.reader.world.scales:
            kept = tuple((n, v) for n, v in form if n not in absorbed)
            if kept:
                self.scales[self._root(kept[0][0])].append(kept)
        for form in self.reader.world.signs:
            kept = form - absorbed
            if kept:
                self.signs[self._root(next(iter(kept)))].append(kept)

    def _fix_gauges(self) -> None:
        """Leave out of each class what groups beside it do already.

        All units of a head scaled alike is a scale of the head: it need not be counted twice.
        """
        scales: dict[Space, list[dict[int, int]]] = defaultdict(list)
        signs: dict[Space, list[frozenset[int]]] = defaultdict(list)
        for root, numbers in self.classes.items():
            powers, flips = self._whole(root, numbers) if self.fibres[root] else ([], [])
            for other in self.fibres[root]:
                others = set(self.classes.get(other, ()))
                scales[other] += [r for p in powers if (r := self._induced(p, others, 0))]
                ones = [r for f in flips if (r := self._induced(dict.fromkeys(f, 1), others, 2))]
                signs[other] += [frozenset(n for n, odd in row.items() if odd) for row in ones]
        for root in self.classes:
            self.scales[root] += [((n, 1),) for n in scale_pivots(scales[root])]
            self.signs[root] += [frozenset((n,)) for n in sign_pivots(signs[root])]

    def _induced(self, power: dict[int, int], others: set[int], modulus: int) -> dict[int, int]:
        """Return what powers of all units alike are at the unknowns of a class beside them.

        Nothing if they are no such thing, because they differ between parts.
        """
        row: dict[int, int] = {}
        for cell in self.cells:
            value = sum(power.get(number, 0) for number in cell)
            value = value % modulus if modulus else value
            for number in others & cell:
                if row.setdefault(number, value) != value:
                    return {}
        return row

    def _whole(
        self, root: Space, numbers: list[int]
    ) -> tuple[list[dict[int, int]], list[frozenset[int]]]:
        """Return what groups of a class can do to all of its units alike."""
        if not _mixes(root):
            return scale_kernel(numbers, self.scales[root]), sign_kernel(numbers, self.signs[root])
        if root.orthogonal:
            return [], [] if root.ones else [frozenset(numbers)]
        powers = {n: -1 if found(self.unknowns[n][1])[1] else 1 for n in numbers}
        return [powers], [frozenset(numbers)]

    # mixings

    def _mixing(
        self, root: Space, axes: Sequence[tuple[int, Axis]], entry: dict[Space, int]
    ) -> Mixing:
        gains = tuple(
            self._gain(taken, number, entry)
            for taken in self.reader.taken.values()
            for number, space in taken.spaces.items()
            if found(space)[0] is root
        )
        turned = [found(self.unknowns[n][1])[1] and not root.orthogonal for n, _ in axes]
        first = turned[0]
        return Mixing(
            tuple(a for (_, a), t in zip(axes, turned, strict=True) if t == first),
            tuple(a for (_, a), t in zip(axes, turned, strict=True) if t != first),
            root.size, root.orthogonal, root.ones, gains,
        )  # fmt: skip

    def _gain(self, taken: Taken, number: int, entry: dict[Space, int]) -> Gain:
        def axes(numbers: Iterable[int]) -> tuple[Axis, ...]:
            return tuple(axis for n in numbers for axis in self.standing.axes(n, entry))

        (own,) = axes([number])
        return Gain(own, axes(taken.readers[number]), axes(taken.shifts[number]))


def _shared(gain: Gain, size: int) -> Scaling:
    """What a gain may hand over to its readers, or take back."""
    more = (gain.axis, *gain.shifts)
    powers = ((1,),) * len(more) + ((-1,),) * len(gain.readers)
    return Scaling((*more, *gain.readers), powers, size)


def _mixes(root: Space) -> bool:
    free = root.orthogonal or not root.ones
    return free and not root.exchanged and not root.pinned


def _group(
    root: Space, axes: Sequence[tuple[int, Axis]], kernel: Sequence[frozenset[int]]
) -> Group:
    flipped = [
        replace(axis, flips=tuple(i for i, kind in enumerate(kernel) if n in kind))
        for n, axis in axes
    ]
    moved = tuple(axis for axis in flipped if axis.flips or not root.pinned)
    return Group(moved, len(kernel), root.size, not root.pinned)


def _scaling(
    root: Space, axes: Sequence[tuple[int, Axis]], kernel: Sequence[dict[int, int]]
) -> Scaling:
    powers = [(axis, tuple(kind.get(n, 0) for kind in kernel)) for n, axis in axes]
    moved = [pair for pair in powers if any(pair[1])]
    return Scaling(tuple(a for a, _ in moved), tuple(p for _, p in moved), root.size)
