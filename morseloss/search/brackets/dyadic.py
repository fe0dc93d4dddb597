"""Cells of a cube that was halved again and again: where each lies, which touch, which holds what.

The one idea: along the curve of bits of all coordinates, one of each in turn (Morton's order), a
cell is an interval. So the cell that holds a point is found by a search among sorted numbers, and
the neighbours of a cell are the cells that hold the corners of its shifted copies.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

__all__ = ["BITS", "Dyadic", "children", "uniform"]

BITS = {1: 40, 2: 30, 3: 20}  # halvings of each axis, by dimension: all bits in one integer
CHUNK = 10

Corners = Int[np.ndarray, "cells dim"]
Rows = Int[np.ndarray, " rows"]


@dataclass(frozen=True, eq=False)
class Dyadic:
    """Cells that fill the cube `[0, 1]^dim`, in Morton's order.

    Attributes
    ----------
    corners : ndarray of int, shape (cells, dim)
        Lower corners, in units of the smallest cell that there can be.
    levels : ndarray of int, shape (cells,)
        How often the cube was halved for each.
    codes : ndarray of int, shape (cells,)
        The bits of the corners, one of each coordinate in turn; ascending.
    """

    corners: Corners
    levels: Int[np.ndarray, " cells"]
    codes: Int[np.ndarray, " cells"]

    def __len__(self) -> int:
        return len(self.levels)

    @property
    def sizes(self) -> Int[np.ndarray, " cells"]:
        """Widths, in units of the smallest cell."""
        return 1 << (BITS[self.corners.shape[1]] - self.levels)

    def boxes(self) -> Float[np.ndarray, "2 cells dim"]:
        """Return the lower and upper corners in `[0, 1]^dim`, without rounding."""
        whole = float(1 << BITS[self.corners.shape[1]])
        return np.stack([self.corners, self.corners + self.sizes[:, None]]) / whole

    def holding(self, points: Float[np.ndarray, "points dim"]) -> Rows:
        """Return the cell that holds each point of the cube."""
        whole = 1 << BITS[self.corners.shape[1]]
        places = np.clip((points * whole).astype(np.int64), 0, whole - 1)
        return self._at(places)

    def on_walls(self) -> Bool[np.ndarray, " cells"]:
        """Tell which cells touch the boundary of the cube."""
        ends = self.corners + self.sizes[:, None]
        return ((self.corners == 0) | (ends == 1 << BITS[self.corners.shape[1]])).any(1)

    def touching(self, among: Bool[np.ndarray, " cells"]) -> Int[np.ndarray, "2 pairs"]:
        """Return the pairs of cells that touch, by a face, an edge or a corner."""
        rows, dim = np.flatnonzero(among), self.corners.shape[1]
        sizes, pairs = self.sizes[rows, None], []
        for shift in itertools.product((-1, 0, 1), repeat=dim):
            moved = self.corners[rows] + np.array(shift) * sizes
            within = ((moved >= 0) & (moved < 1 << BITS[dim])).all(1) & any(shift)
            here = rows[within]
            there = self._at(moved[within])
            # a smaller cell finds the larger one, and not the other way round
            kept = among[there] & (self.levels[there] <= self.levels[here])
            pairs.append(np.stack([here[kept], there[kept]]))
        here, there = np.concatenate(pairs, axis=1)
        once = np.unique(np.minimum(here, there) * len(self) + np.maximum(here, there))
        return np.stack([once // len(self), once % len(self)])

    def _at(self, places: Corners) -> Rows:
        return np.searchsorted(self.codes, _interleaved(places), side="right") - 1


def uniform(level: int, dim: int) -> Dyadic:
    """Return the cube in `2^level` equal parts an axis."""
    line = np.arange(1 << level, dtype=np.int64) << (BITS[dim] - level)
    corners = np.stack(np.meshgrid(*[line] * dim, indexing="ij"), -1).reshape(-1, dim)
    return _ordered(corners, np.full(len(corners), level))[0]


def children(
    cells: Dyadic, rows: Rows
) -> tuple[Dyadic, Int[np.ndarray, " all"], Bool[np.ndarray, " all"]]:
    """Halve some cells along every axis.

    Returns
    -------
    cells : Dyadic
        All of them, those that were not cut too.
    parents : ndarray of int
        The row of each before.
    fresh : ndarray of bool
        Which are new.
    """
    dim = cells.corners.shape[1]
    halves = np.array(list(itertools.product((0, 1), repeat=dim)))
    stay = np.ones(len(cells), dtype=bool)
    stay[rows] = False
    half = cells.sizes[rows] // 2
    parts = (cells.corners[rows, None] + halves * half[:, None, None]).reshape(-1, dim)
    levels = np.repeat(cells.levels[rows] + 1, len(halves))
    parents = np.concatenate([np.flatnonzero(stay), np.repeat(rows, len(halves))])
    every, order = _ordered(
        np.concatenate([cells.corners[stay], parts]), np.concatenate([cells.levels[stay], levels])
    )
    return every, parents[order], order >= np.count_nonzero(stay)


def _ordered(corners: Corners, levels: np.ndarray) -> tuple[Dyadic, Rows]:
    codes = _interleaved(corners)
    order = np.argsort(codes)
    return Dyadic(corners[order], levels[order], codes[order]), order


def _interleaved(corners: Corners) -> Int[np.ndarray, " cells"]:
    """The bits of all coordinates, one of each in turn."""
    dim = corners.shape[1]
    spread = _spread(dim)
    codes = np.zeros(len(corners), dtype=np.int64)
    for axis in range(dim):
        for start in range(0, BITS[dim], CHUNK):
            bits = spread[(corners[:, axis] >> start) & ((1 << CHUNK) - 1)]
            codes |= bits << (start * dim + axis)
    return codes


def _spread(dim: int) -> Int[np.ndarray, " numbers"]:
    """Numbers of few bits, with room for the bits of other axes between them."""
    numbers = np.arange(1 << CHUNK, dtype=np.int64)
    bits = [((numbers >> bit) & 1) << (bit * dim) for bit in range(CHUNK)]
    return np.sum(bits, axis=0)
