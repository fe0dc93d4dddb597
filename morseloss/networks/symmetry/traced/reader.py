"""`Reader`: goes along a tape with an abstract value for each tensor.

The one idea: a value is the tree of spaces along each of its axes. What an operation does to trees
is said by a function of its name; an operation without one pins all that it touches.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_map

from morseloss.networks.symmetry.traced.spaces import (
    Choice,
    Flat,
    Index,
    Key,
    Leaf,
    Space,
    Tree,
    Void,
    found,
    size_of_tree,
)
from morseloss.networks.symmetry.traced.tape import Slot, Step, Tape, slots_of
from morseloss.networks.symmetry.traced.world import ONE, Join, Mismatch, World

__all__ = ["Reader", "Value"]


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor as the reader sees it.

    Attributes
    ----------
    axes : tuple of Tree
    constant : Tensor or None
        Its numbers, if they depend on no parameter and no input.
    parameter : str
        The parameter that it is, or is a view of.
    squared : bool
        The numbers are the squares of this.
    gain : str
        A parameter by which it is still to be multiplied.
    """

    axes: tuple[Tree, ...]
    constant: Tensor | None = None
    parameter: str = ""
    squared: bool = False
    gain: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return tuple(size_of_tree(axis) for axis in self.axes)

    @property
    def zero(self) -> bool:
        """Whether all numbers are 0."""
        if self.constant is not None:
            return not bool(self.constant.count_nonzero())
        return any(isinstance(axis, Void) for axis in self.axes)


@dataclass
class Taken:
    """A gain that its readers are to take over.

    Attributes
    ----------
    tree : Tree
        Of the gain.
    spaces : dict of int to Space
        By unknown of the gain the units that it multiplies.
    times : int
        How often it does.
    readers, shifts : dict of int to dict of int to str
        By unknown of the gain those of the parameters that read, or are added to, its units.
    uses : Counter of str
        How often each of these parameters was met here.
    """

    tree: Tree
    spaces: dict[int, Space]
    times: int = 0
    readers: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    shifts: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    uses: Counter[str] = field(default_factory=Counter)


class Reader:
    """Goes along a tape once.

    Parameters
    ----------
    tape : Tape
    forms : dict
        What parameters are known to be made of; see `World`.
    kept : set of str
        Gains that are not to be taken over.

    Attributes
    ----------
    world : World
    values : list of Value
        All of them.
    taken : dict of str to Taken
    failed : set of str
        Gains of which it turned out that they cannot be taken over.
    """

    def __init__(self, tape: Tape, forms: dict[Key, Any], kept: set[str]) -> None:
        self.tape, self.world, self.kept = tape, World(forms), kept
        self.values: list[Value] = []
        self.taken: dict[str, Taken] = {}
        self.failed: set[str] = set()
        self.used: Counter[str] = Counter()
        self.unknown: dict[str, set[str]] = defaultdict(set)
        self.sizes: list[tuple[int, ...]] = []  # of what the operation at hand gives
        self.wanted: list[bool] = []  # which of them outputs depend on

    def run(self, operations: dict[str, Callable[..., Any]], views: set[str]) -> None:
        """Read the whole tape."""
        found_ = {
            slot: self._parameter(name, self.tape.shapes[slot])
            for slot, name in self.tape.parameters.items()
        }
        found_ |= {slot: self.fresh(self.tape.shapes[slot]) for slot in self.tape.inputs}
        self.values += found_.values()

        def value(part: Any) -> Any:
            if not isinstance(part, Slot):
                return part
            if part not in found_:
                found_[part] = self.constant(self.tape.constants[part])
            return found_[part]

        needed = self.tape.needed()
        for step in self.tape.steps:
            self.wanted = [slot in needed for slot in slots_of(step.outs)]
            known = all(slot in self.tape.constants for slot in slots_of(step.outs))
            if known or not any(self.wanted):
                continue
            args, kwargs = tree_map(value, (step.args, step.kwargs))
            outs = self._done(operations, views, step, args, kwargs)
            for slot, out in zip(tree_flatten(step.outs)[0], tree_flatten(outs)[0], strict=True):
                if isinstance(slot, Slot) and slot in needed:
                    found_[slot] = out
                    self.values.append(out)
        for slot in self.tape.outputs:
            for axis in self.plain(value(slot)).axes:
                self.world.fix(axis, "outputs")

    # values

    def fresh(self, shape: Iterable[int], why: str = "inputs") -> Value:
        """Return a value on which nothing acts."""
        return Value(tuple(self.world.fixed(size, why) for size in shape))

    def constant(self, tensor: Tensor | float) -> Value:
        """Return the value of known numbers."""
        tensor = torch.as_tensor(tensor)
        if tensor.layout != torch.strided:
            tensor = tensor.to_dense()
        if not bool(tensor.count_nonzero()):
            return Value(tuple(Void(n) if n > 1 else ONE for n in tensor.shape), tensor)
        axes = []
        for axis, size in enumerate(tensor.shape):
            alike = bool((tensor == tensor.narrow(axis, 0, 1)).all()) if size > 1 else True
            axes.append(Flat(size) if alike else self.world.fixed(size, "constants"))
        return Value(tuple(ONE if size_of_tree(a) == 1 else a for a in axes), tensor)

    def beside(self, place: int, value: Callable[[], Value]) -> Value:
        """Return another result of an operation, on which nothing acts if nobody wants it."""
        return value() if self.wanted[place] else self.fresh(self.sizes[place])

    def _parameter(self, name: str, shape: Iterable[int]) -> Value:
        axes = (self.world.parameter((name, i), size) for i, size in enumerate(shape))
        return Value(tuple(axes), parameter=name)

    def plain(self, value: Value) -> Value:
        """Return a value that hides nothing: no square, no gain, no parts told apart."""
        if value.squared:
            axes = [self.acted(axis, lambda leaf: leaf.charge.power(2)) for axis in value.axes]
            value = Value(tuple(axes))
        if value.gain:
            self.failed.add(value.gain)
            for axis in value.axes:
                self.world.restrict(axis, "exchanged")
            value = replace(value, gain="")
        if any(self._told_apart(axis) for axis in value.axes):
            value = replace(value, axes=tuple(self._melted(axis) for axis in value.axes))
        return value

    def waits(self, value: Value) -> int | None:
        """Return along which axis units wait for their gain, if along one alone."""
        if not value.gain:
            return None
        roots = {found(space)[0] for space in self.taken[value.gain].spaces.values()}
        along = [
            place
            for place, axis in enumerate(value.axes)
            if any(self.root(leaf) in roots for leaf in self.world.leaves(axis))
        ]
        return along[0] if len(along) == 1 else None

    def acted(self, tree: Tree, charge: Callable[[Leaf], Any], end: Any = None) -> Tree:
        """Return a tree on which units may only be exchanged, with other charges."""
        self.world.restrict(tree, "exchanged")

        def change(part: Tree) -> Tree:
            if isinstance(part, Leaf):
                return Leaf(part.space, part.turned, charge(part))
            return end(part) if end else part

        return self.world.changed(tree, change)

    def _told_apart(self, tree: Tree) -> bool:
        if isinstance(tree, Index | Choice):
            return True
        return any(self._told_apart(part) for part in getattr(tree, "parts", ()))

    def _melted(self, tree: Tree) -> Tree:
        tree = self.world.opened(tree)
        if isinstance(tree, Index):
            return self.world.fixed(tree.size)
        if isinstance(tree, Choice):
            first, *others = (self._melted(part) for part in tree.parts)
            for other in others:
                first = self.met(first, other, self.added)
            return first
        if hasattr(tree, "parts"):
            return type(tree)(tuple(self._melted(part) for part in tree.parts))  # pyright: ignore
        return tree

    def root(self, leaf: Leaf) -> Space:
        """Return the class of a space."""
        return found(leaf.space)[0]

    def pairs(self, one: Tree, other: Tree) -> list[tuple[Leaf, Leaf]] | None:
        """Return which spaces of two trees fall on each other, if they are nothing but spaces."""
        found_: list[tuple[Tree, Tree]] = []

        def join(a: Tree, b: Tree) -> Tree:
            found_.append((a, b))
            return a

        try:
            self.world.joined(one, other, join)
        except Mismatch:
            return None
        leaves = [(a, b) for a, b in found_ if isinstance(a, Leaf) and isinstance(b, Leaf)]
        return leaves if len(leaves) == len(found_) else None

    # where two trees meet

    def met(self, one: Tree, other: Tree, join: Join) -> Tree:
        """Join two trees, or pin them if they do not fit."""
        try:
            return self.world.joined(one, other, join)
        except Mismatch:
            size = size_of_tree(one)
            why = f"{size} units are divided in two ways that do not fit"
            for tree in (one, other):
                self.world.fix(tree, why)
                self.noted(why, tree)
            return self.world.fixed(size, why)

    def noted(self, why: str, *trees: Tree) -> None:
        """Remember which parameters were pinned by something that is not understood."""
        for tree in trees:
            for leaf in self.world.leaves(tree):
                self.unknown[why] |= {str(key[0]) for key in found(leaf.space)[0].keys}

    def added(self, one: Tree, other: Tree) -> Tree:
        """Join by a sum: all that is linear may act."""
        if isinstance(one, Void):
            return other
        if isinstance(other, Void):
            return one
        if isinstance(one, Leaf) and isinstance(other, Leaf):
            self.world.tie(one, other, turned=False)
            self.world.vanish(one.charge.plus(other.charge, -1))
            return one
        for part in (one, other):
            if isinstance(part, Leaf):
                self.world.restrict(part, "ones")
                self.world.vanish(part.charge)
                return part
        return one

    def multiplied(self, one: Tree, other: Tree, times: int = 1) -> Tree:
        """Join by a product, or a quotient: axes may be exchanged, and scaled."""
        for part in (one, other):
            if isinstance(part, Void):
                return part
        if isinstance(one, Leaf) and isinstance(other, Leaf):
            self.world.restrict(one, "exchanged")
            self.world.tie(one, other, turned=False)
            return Leaf(one.space, one.turned, one.charge.plus(other.charge, times))
        if isinstance(other, Leaf):
            charge = other.charge if times == 1 else other.charge.power(-1)
            return Leaf(other.space, other.turned, charge)
        return one

    def contracted(self, one: Tree, other: Tree) -> Tree:
        """Join by a sum of products."""
        if isinstance(one, Leaf) and isinstance(other, Leaf):
            self.world.tie(one, other, turned=True)
            self.world.vanish(one.charge.plus(other.charge))
        else:
            for part, against in ((one, other), (other, one)):
                if isinstance(part, Leaf) and isinstance(against, Flat):
                    self.world.restrict(part, "ones")
                    self.world.vanish(part.charge)
        return one

    # the tape

    def _done(
        self, operations: dict[str, Any], views: set[str], step: Step, args: Any, kwargs: Any
    ) -> Any:
        given = [part for part in tree_flatten((args, kwargs))[0] if isinstance(part, Value)]
        if step.name not in views:
            for part in given:
                self.used[part.parameter] += bool(part.parameter)
        self.sizes = [self.tape.shapes[slot] for slot in slots_of(step.outs)]
        if step.name in operations:
            try:
                outs = operations[step.name](self, *args, **kwargs)
                got = [v.shape for v in tree_flatten(outs)[0] if isinstance(v, Value)]
                pairs = list(zip(got, self.sizes, strict=True))
                if all(size == shape or 0 in size for shape, size in pairs):
                    return outs
            except (Mismatch, NotImplementedError, TypeError, ValueError, LookupError):
                pass  # called in a way that is not understood
        return self._pinned(step, given)

    def _pinned(self, step: Step, given: Iterable[Value]) -> Any:
        why = f"`{step.name}` is not understood"
        for part in given:
            for axis in self.plain(part).axes:
                self.noted(why, axis)
                self.world.fix(axis, why)
        return tree_map(
            lambda s: self.fresh(self.tape.shapes[s], why) if isinstance(s, Slot) else None,
            step.outs,
        )
