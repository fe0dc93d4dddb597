"""Who is next to whom on a grid: the neighbours of a cell, and which of them touch each other.

The one idea: a cell joins two pieces of the sublevel set only if its lower neighbours are not all
connected among themselves, and that can be read off bits, one for each neighbour.
"""

from itertools import combinations, product
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, UInt64

__all__ = ["Lattice", "lattice_of"]


class Lattice(NamedTuple):
    """Neighbours of the cells of a grid, as what the compiled loops read.

    Attributes
    ----------
    frame : ndarray of int, shape (3, d)
        Cells along each axis; flat indices from one to the next, the last axis running fastest;
        and 1 where the axis is periodic.
    steps : ndarray of int, shape (k, d)
        From a cell to each neighbour. Those that are joined to it come first, then those that only
        connect others.
    offsets : ndarray of int, shape (k,)
        The same in flat indices, away from the rim. They increase among those that are joined.
    touching : ndarray of uint64, shape (k, 2)
        Bits of the neighbours that touch each neighbour, in two words of 64.
    near : int
        How many neighbours are joined to the cell.
    pixels : bool
        Whether cells are pixels, which meet in corners too.
    """

    frame: Int[np.ndarray, "3 d"]
    steps: Int[np.ndarray, "k d"]
    offsets: Int[np.ndarray, " k"]
    touching: UInt64[np.ndarray, "k 2"]
    near: int
    pixels: bool


def lattice_of(shape: tuple[int, ...], periodic: tuple[bool, ...], *, pixels: bool) -> Lattice:
    """Return the neighbours on a grid.

    Vertices are joined along axes; two axis neighbours touch through the square that they span
    with the cell, when its fourth corner is lower too. Pixels are joined to all that share a corner
    with them.

    Parameters
    ----------
    shape : tuple of int
        Of the grid, 1 to 4 axes.
    periodic : tuple of bool
        Which axes are.
    pixels : bool
        Whether values stand on pixels, in place of vertices.

    Examples
    --------
    >>> lattice_of((5, 7), (False, False), pixels=False).offsets
    array([-7, -1,  1,  7, -8, -6,  6,  8])
    """
    axes = len(shape)
    cube = [step for step in product((-1, 0, 1), repeat=axes) if any(step)]
    near = [step for step in cube if pixels or _size(step) == 1]
    corners = [] if pixels else [step for step in cube if _size(step) == 2]
    steps = np.array(near + corners, dtype=np.int64)
    strides = np.ones(axes, np.int64)
    strides[:-1] = np.cumprod(np.array(shape[:0:-1], dtype=np.int64))[::-1]
    touching = np.zeros((len(steps), 2), np.uint64)
    for a, b in combinations(range(len(steps)), 2):
        if _touch(steps[a], steps[b], pixels):
            touching[a] |= _bit(b)
            touching[b] |= _bit(a)
    frame = np.stack([np.array(shape, np.int64), strides, np.array(periodic, np.int64)])
    return Lattice(frame, steps, steps @ strides, touching, len(near), pixels)


def _size(step):
    """Return along how many axes a step leads."""
    return sum(map(abs, step))


def _touch(one, other, pixels):
    """Tell whether two neighbours of a cell are joined where they and the cell are there."""
    apart = np.abs(one - other)
    return apart.max() == 1 if pixels else apart.sum() == 1


def _bit(place):
    """Return the bit of a place in two words of 64."""
    words = np.zeros(2, np.uint64)
    words[place // 64] = np.uint64(1) << np.uint64(place % 64)
    return words
