"""`World`: all spaces of one reading of a tape, tied and restricted as the reading goes on.

The one idea: an axis is a tree of spaces. Where two trees of one size meet, the coarser one is cut
or split until they fit, and the cut is remembered by its place in a parameter: the next reading
begins with it.
"""

from collections.abc import Callable, Iterator

from morseloss.networks.symmetry.traced.charges import NONE, Charge, Scale, variable
from morseloss.networks.symmetry.traced.spaces import (
    Cat,
    Choice,
    Flat,
    Index,
    Key,
    Leaf,
    Mul,
    Space,
    Tree,
    Void,
    found,
    size_of_tree,
)

__all__ = ["ONE", "Join", "Mismatch", "World", "product"]

ONE = Mul()

Join = Callable[[Tree, Tree], Tree]


class Mismatch(Exception):
    """Two trees cannot be cut to fit: six as 2 by 3, and as 3 by 2."""


class World:
    """Spaces, and what is known of them.

    Parameters
    ----------
    forms : dict
        By key how a part of a parameter is made up: `("cat", sizes)` or `("mul", sizes)`. What is
        found anew is added.

    Attributes
    ----------
    dirty : bool
        A form was added, so another reading is needed.
    unknowns : list of (Key, Space)
        Each part of a parameter, by the number of its charge.
    scales, signs : list
        Forms that must vanish.
    """

    def __init__(self, forms: dict[Key, tuple[str, tuple[int, ...]]]) -> None:
        self.forms, self.dirty = forms, False
        self.unknowns: list[tuple[Key, Space]] = []
        self.scales: list[Scale] = []
        self.signs: list[frozenset[int]] = []
        self.count = 0  # of indices

    # what a parameter is made of

    def parameter(self, key: Key, size: int) -> Tree:
        """Return the tree of an axis of a parameter, or of a part of it."""
        if size == 1:
            return ONE
        if key not in self.forms:
            self.unknowns.append((key, Space(size, keys=[key])))
            return Leaf(self.unknowns[-1][1], charge=variable(len(self.unknowns) - 1))
        kind, sizes = self.forms[key]
        parts = tuple(self.parameter((*key, i), part) for i, part in enumerate(sizes))
        return Cat(parts) if kind == "cat" else Mul(parts)

    def fixed(self, size: int, why: str = "inputs") -> Tree:
        """Return a space of its own on which nothing acts."""
        return Leaf(Space(size, pinned=True, why=why)) if size > 1 else ONE

    # restrictions

    def restrict(self, tree: Tree, *flags: str, why: str = "") -> None:
        """Take freedom from all spaces of a tree: name attributes of `Space`."""
        for leaf in self.leaves(tree):
            root, _ = found(leaf.space)
            for flag in flags:
                setattr(root, flag, True)
            root.why = root.why or why

    def vanish(self, charge: Charge, *, scale: bool = True, sign: bool = True) -> None:
        """Demand that a scale, or a sign, is 1."""
        if scale and charge.scale:
            self.scales.append(charge.scale)
        if sign and charge.sign:
            self.signs.append(charge.sign)

    def fix(self, tree: Tree, why: str) -> None:
        """Leave nothing that acts on a tree."""
        self.restrict(tree, "pinned", why=why)
        for leaf in self.leaves(tree):
            self.vanish(leaf.charge)

    def tie(self, one: Leaf, other: Leaf, *, turned: bool) -> None:
        """Make two spaces one class, of which one may act by the inverse transpose."""
        (a, s), (b, t) = found(one.space), found(other.space)
        turned = turned ^ s ^ t ^ one.turned ^ other.turned
        if a is b:
            a.orthogonal |= turned
            return
        if len(a.keys) < len(b.keys):
            a, b = b, a
        b.parent, b.turned = a, turned
        a.keys += b.keys
        a.why = a.why or b.why
        a.owner = a.owner or b.owner
        for flag in ("orthogonal", "ones", "exchanged", "pinned"):
            setattr(a, flag, getattr(a, flag) or getattr(b, flag))

    # trees

    def opened(self, tree: Tree) -> Tree:
        """Return what a space was found to be made of, if it is one."""
        if not isinstance(tree, Leaf):
            return tree
        root, turned = found(tree.space)
        if root.form is None:
            return tree
        return _turned(root.form, turned ^ tree.turned)

    def leaves(self, tree: Tree) -> Iterator[Leaf]:
        """Yield all spaces of a tree."""
        tree = self.opened(tree)
        if isinstance(tree, Leaf):
            yield tree
        elif isinstance(tree, Cat | Mul | Choice):
            for part in tree.parts:
                yield from self.leaves(part)

    def changed(self, tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
        """Return a tree with its ends changed."""
        tree = self.opened(tree)
        if isinstance(tree, Cat):
            return Cat(tuple(self.changed(part, change) for part in tree.parts))
        if isinstance(tree, Mul):
            return product(self.changed(part, change) for part in tree.parts)
        if isinstance(tree, Choice):
            return Choice(tree.number, tuple(self.changed(part, change) for part in tree.parts))
        return change(tree)

    def cut(self, tree: Tree, place: int) -> tuple[Tree, Tree]:
        """Return the two parts of a tree before and after a place.

        Raises
        ------
        Mismatch
            If a product cannot be cut there.
        """
        tree, size = self.opened(tree), size_of_tree(tree)
        match tree:
            case Flat() | Void():
                return type(tree)(place), type(tree)(size - place)
            case Cat():
                return self._cut_cat(tree, place)
            case Mul() if tree.parts:
                first, *rest = tree.parts
                block = size // size_of_tree(first)
                if place % block:
                    raise Mismatch
                low, high = self.cut(first, place // block)
                return product((low, *rest)), product((high, *rest))
            case Leaf():
                return self._bound(tree, "cat", (place, size - place))
            case _:
                raise Mismatch

    def split(self, tree: Tree, outer: int) -> tuple[Tree, Tree]:
        """Return a tree as a product of two.

        Raises
        ------
        Mismatch
            If it is cut elsewhere.
        """
        tree, size = self.opened(tree), size_of_tree(tree)
        inner = size // outer
        match tree:
            case Flat() | Void():
                return type(tree)(outer), type(tree)(inner)
            case Leaf():
                return self._bound(tree, "mul", (outer, inner))
            case Mul():
                first, second = self.regrouped(tree.parts, (outer, inner))
                return first, second
            case Choice():
                pairs = [self.split(part, outer) for part in tree.parts]
                low, high = zip(*pairs, strict=True)
                return Choice(tree.number, low), Choice(tree.number, high)
            case Cat():
                self.count += 1
                parts, rest = [], tree
                for _ in range(outer - 1):
                    part, rest = self.cut(rest, inner)
                    parts.append(part)
                return Index(outer, self.count), Choice(self.count, (*parts, rest))
            case _:
                raise Mismatch

    def regrouped(self, trees: tuple[Tree, ...], sizes: tuple[int, ...]) -> list[Tree]:
        """Return a product of trees as another product of these sizes.

        Raises
        ------
        Mismatch
            If sizes do not fit into each other.
        """
        left = [f for tree in reversed(trees) for f in reversed(self.factors(tree))]
        groups = []
        for size in sizes:
            parts, need = [], size
            while need > 1:
                if not left:
                    raise Mismatch
                factor = left.pop()
                if (width := size_of_tree(factor)) > need:
                    if width % need:
                        raise Mismatch
                    factor, rest = self.split(factor, need)
                    left.extend(reversed(self.factors(rest)))
                width = size_of_tree(factor)
                if need % width:
                    raise Mismatch
                parts.append(factor)
                need //= width
            groups.append(product(parts))
        return groups

    def factors(self, tree: Tree) -> list[Tree]:
        """Return the factors of a tree of more than one entry, the slowest first."""
        tree = self.opened(tree)
        if isinstance(tree, Mul):
            return [factor for part in tree.parts for factor in self.factors(part)]
        return [] if size_of_tree(tree) == 1 else [tree]

    def joined(self, one: Tree, other: Tree, join: Join) -> Tree:
        """Cut two trees of one size until they fit, and join their ends.

        Raises
        ------
        Mismatch
            If they cannot be made to fit.
        """
        one, other = self.opened(one), self.opened(other)
        if one is ONE and other is ONE:
            return ONE
        one, other = (Flat(1) if tree is ONE else tree for tree in (one, other))
        if isinstance(one, Cat) or isinstance(other, Cat):
            return self._joined_cats(one, other, join)
        if isinstance(one, Mul) or isinstance(other, Mul):
            return self._joined_products(one, other, join)
        return join(one, other)

    # within

    def _joined_cats(self, one: Tree, other: Tree, join: Join) -> Tree:
        rows: list[list[Tree]] = [
            [*tree.parts] if isinstance(tree, Cat) else [tree] for tree in (one, other)
        ]
        (a, b), parts = rows, []
        while a and b:
            x, y = a.pop(0), b.pop(0)
            m, n = size_of_tree(x), size_of_tree(y)
            if m > n:
                x, rest = self.cut(x, n)
                a.insert(0, rest)
            elif n > m:
                y, rest = self.cut(y, m)
                b.insert(0, rest)
            parts.append(self.joined(x, y, join))
        return self.row(parts)

    def _joined_products(self, one: Tree, other: Tree, join: Join) -> Tree:
        a, b = self.factors(one), self.factors(other)
        parts = []
        while a and b:
            x, y = a.pop(0), b.pop(0)
            m, n = size_of_tree(x), size_of_tree(y)
            if max(m, n) % min(m, n):
                raise Mismatch
            if m > n:
                x, rest = self.split(x, n)
                a[:0] = self.factors(rest)
            elif n > m:
                y, rest = self.split(y, m)
                b[:0] = self.factors(rest)
            parts.append(self.joined(x, y, join))
        return product(parts)

    def row(self, parts: list[Tree]) -> Tree:
        """Return parts one after the other; what nothing acts on is one part."""
        flat: list[Tree] = []
        for part in (self.opened(part) for part in parts):
            flat += part.parts if isinstance(part, Cat) else [part]
        if len(flat) == 1:
            return flat[0]
        sized = [Flat(1) if size_of_tree(part) == 1 else part for part in flat]
        kinds = {type(part) for part in sized}
        total = sum(size_of_tree(part) for part in sized)
        if kinds == {Void}:
            return Void(total)
        still = ((isinstance(p, Leaf) and found(p.space)[0].bare) or p == Flat(1) for p in sized)
        return self.fixed(total) if all(still) else Cat(tuple(sized))

    def _cut_cat(self, tree: Cat, place: int) -> tuple[Tree, Tree]:
        low: list[Tree] = []
        for number, part in enumerate(tree.parts):
            size = size_of_tree(part)
            if place < size and place:
                first, second = self.cut(part, place)
                rest = [second, *tree.parts[number + 1 :]]
                return self.row([*low, first]), self.row(rest)
            if not place:
                return self.row(low), self.row([*tree.parts[number:]])
            low.append(part)
            place -= size
        raise Mismatch

    def _bound(self, leaf: Leaf, kind: str, sizes: tuple[int, int]) -> tuple[Tree, Tree]:
        """Cut or split a space in two, in all parameters along which it stands."""
        root, turned = found(leaf.space)
        if root.bare:
            return self.fixed(sizes[0], root.why), self.fixed(sizes[1], root.why)
        self.dirty = True
        parts = []
        for place, size in enumerate(sizes):
            space = Space(size, keys=[(*key, place) for key in root.keys])
            for flag in ("orthogonal", "ones", "exchanged", "pinned", "why"):
                setattr(space, flag, getattr(root, flag))
            parts.append(Leaf(space) if size > 1 else ONE)
            if kind == "mul" and not place:
                space.owner = root
        for key in root.keys:
            self.forms[key] = kind, sizes
        root.form = Cat(tuple(parts)) if kind == "cat" else Mul(tuple(parts))
        low, high = (_turned(part, turned ^ leaf.turned) for part in parts)
        return low, high

    def recast(self, space: Space, parts: int) -> bool:
        """Turn the product of which a space counts the parts into a row of different parts.

        For what is taken apart by number: queries, keys and values of one matrix.
        """
        owner = found(space)[0].owner
        keys = found(owner)[0].keys if owner is not None else []
        for key in keys:
            self.forms[key] = "cat", (sum(self.forms[key][1][1:2]),) * parts
            for other in [k for k in self.forms if k[: len(key)] == key and k != key]:
                del self.forms[other]
        self.dirty |= bool(keys)
        return bool(keys)


def product(parts) -> Tree:
    """Return a product without nested products, and without factors of one entry."""
    flat: list[Tree] = []
    for part in parts:
        flat += part.parts if isinstance(part, Mul) else [part]
    flat = [part for part in flat if not (isinstance(part, Flat | Void) and part.size == 1)]
    if any(isinstance(part, Void) for part in flat):
        total = 1
        for part in flat:
            total *= size_of_tree(part)
        return Void(total)
    return (flat[0] if len(flat) == 1 else Mul(tuple(flat))) if flat else ONE


def _turned(tree: Tree, turned: bool) -> Tree:
    if isinstance(tree, Leaf):
        return Leaf(tree.space, tree.turned ^ turned, NONE)
    if isinstance(tree, Cat | Mul):
        return type(tree)(tuple(_turned(part, turned) for part in tree.parts))
    return tree
