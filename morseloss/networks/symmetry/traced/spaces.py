"""`Space`: a set of hidden coordinates, and what may act on it.

The one idea: spaces that an operation ties are one class, and each operation takes from it a part
of its freedom: all matrices, then orthogonal ones, permutations, nothing. A class that is cut or
split becomes several, which keep what was taken.
"""

from dataclasses import dataclass, field

__all__ = ["Cat", "Flat", "Key", "Leaf", "Mul", "Space", "Tree", "Void", "found", "size_of_tree"]

from math import prod

from morseloss.networks.symmetry.traced.charges import NONE, Charge

Key = tuple[str | int, ...]
"""Name and axis of a parameter, and the way down from that axis to a part of it."""


@dataclass(eq=False)
class Space:
    """A node of a forest; its root speaks for the class.

    Attributes
    ----------
    size : int
    parent : Space or None
    turned : bool
        It transforms by the inverse transpose of what its parent does.
    form : Cat, Mul or None
        What it was found to be made of.
    owner : Space or None
        The space of which it counts the equal parts.
    keys : list of Key
        Where in parameters it stands; none for what only inputs and constants have.
    orthogonal, ones, exchanged, pinned : bool
        What may act on it keeps the scalar product, the vector of ones, the set of axes, each axis.
    why : str
        By what it was pinned.
    """

    size: int
    parent: "Space | None" = None
    turned: bool = False
    form: "Tree | None" = None
    owner: "Space | None" = None
    keys: list[Key] = field(default_factory=list)
    orthogonal: bool = False
    ones: bool = False
    exchanged: bool = False
    pinned: bool = False
    why: str = ""

    @property
    def bare(self) -> bool:
        """Whether no parameter stands along it."""
        return not self.keys


@dataclass(frozen=True, eq=False, slots=True)
class Leaf:
    """A space along an axis, or the inverse transpose of it, and the charge of its units there."""

    space: Space
    turned: bool = False
    charge: Charge = NONE


@dataclass(frozen=True, slots=True)
class Flat:
    """All entries are alike."""

    size: int


@dataclass(frozen=True, slots=True)
class Void:
    """All entries are zero."""

    size: int


@dataclass(frozen=True, eq=False, slots=True)
class Cat:
    """Parts one after the other."""

    parts: "tuple[Tree, ...]"


@dataclass(frozen=True, eq=False, slots=True)
class Mul:
    """A product; the last factor runs fastest. Without factors it is one entry."""

    parts: "tuple[Tree, ...]" = ()


@dataclass(frozen=True, slots=True)
class Index:
    """Counts the equal parts of something that is spread over another axis, a `Choice`."""

    size: int
    number: int


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """One part for each value of the `Index` of that number."""

    number: int
    parts: "tuple[Tree, ...]"


Tree = Leaf | Flat | Void | Cat | Mul | Index | Choice


def found(space: Space) -> tuple[Space, bool]:
    """Return the root of a class, and whether it is turned against it."""
    turned, node = False, space
    while node.parent is not None:
        turned ^= node.turned
        node = node.parent
    if space is not node:
        space.parent, space.turned = node, turned
    return node, turned


def size_of_tree(tree: Tree) -> int:
    """Return how many entries a tree has."""
    match tree:
        case Leaf():
            return tree.space.size
        case Cat():
            return sum(size_of_tree(part) for part in tree.parts)
        case Mul():
            return prod(size_of_tree(part) for part in tree.parts)
        case Choice():
            return size_of_tree(tree.parts[0])
        case _:
            return tree.size
