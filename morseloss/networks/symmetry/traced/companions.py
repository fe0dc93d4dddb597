"""Which spaces stand beside which, in all values of a reading.

The one idea: units of a head never stand without the heads. Where a space has such a companion, an
element of its own may act for each entry of the companion.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import product as combinations

from morseloss.networks.symmetry.traced.reader import Reader, Value
from morseloss.networks.symmetry.traced.spaces import Cat, Leaf, Mul, Space, Tree, found
from morseloss.networks.symmetry.traced.world import World

__all__ = ["beside", "cells"]


def beside(reader: Reader) -> dict[Space, set[Space]]:
    """Return by class the classes that stand beside it, once, wherever it is."""
    always: dict[Space, set[Space]] = {}
    for value in reader.values:
        for leaf, others in _companions(reader.world, value):
            root = found(leaf.space)[0]
            counts = Counter(found(other.space)[0] for other in others)
            once = {space for space, times in counts.items() if times == 1 and space is not root}
            always[root] = always[root] & once if root in always else once
    return always


def cells(reader: Reader) -> list[frozenset[int]]:
    """Return the pieces of all parameters, each as the unknowns that meet in its entries."""
    found_ = []
    for value in reader.values[: len(reader.tape.parameters)]:
        rows = [list(_ways(reader.world, axis)) for axis in value.axes]
        found_ += [frozenset(n for way in ways for n in way) for ways in combinations(*rows)]
    return found_


def _ways(world: World, tree: Tree) -> Iterator[tuple[int, ...]]:
    """Yield the unknowns of each part of an axis."""
    tree = world.opened(tree)
    if isinstance(tree, Leaf):
        yield (tree.charge.scale[0][0],)
    elif isinstance(tree, Cat):
        for part in tree.parts:
            yield from _ways(world, part)
    elif isinstance(tree, Mul):
        rows = [list(_ways(world, part)) for part in tree.parts]
        yield from (tuple(n for way in ways for n in way) for ways in combinations(*rows))


def _companions(world: World, value: Value) -> Iterator[tuple[Leaf, list[Leaf]]]:
    """Yield each space of a value, with all that stand beside it."""
    opened = [list(_open(world, axis)) for axis in value.axes]
    for place, axis in enumerate(value.axes):
        rest = [leaf for i, row in enumerate(opened) if i != place for leaf in row]
        for leaf, others in _paths(world, axis):
            yield leaf, rest + others


def _open(world: World, tree: Tree) -> Iterator[Leaf]:
    """Yield what is beside whatever stands along other axes: not what is one of several parts."""
    tree = world.opened(tree)
    if isinstance(tree, Leaf):
        yield tree
    elif isinstance(tree, Mul):
        for part in tree.parts:
            yield from _open(world, part)


def _paths(world: World, tree: Tree) -> Iterator[tuple[Leaf, list[Leaf]]]:
    tree = world.opened(tree)
    if isinstance(tree, Leaf):
        yield tree, []
    elif isinstance(tree, Cat):
        for part in tree.parts:
            yield from _paths(world, part)
    elif isinstance(tree, Mul):
        for i, part in enumerate(tree.parts):
            others = [f for j, p in enumerate(tree.parts) if j != i for f in _open(world, p)]
            for leaf, more in _paths(world, part):
                yield leaf, others + more
