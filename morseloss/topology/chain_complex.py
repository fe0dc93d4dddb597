"""A filtered chain complex over the integers: cells with values, and what bounds what.

It is the algebra behind the Morse complex, where cells are critical points and the boundary counts
flow lines, and behind any other finite complex. Everything is checked once, here, so that the
reduction above needs no checks. The total order of cells, `(value, degree, row)`, is written here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.diagram import to_degree
from morseloss.topology.door import integers, owned, reals, rebuilt, sealed

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["ChainComplex"]


@dataclass(frozen=True, eq=False)
class ChainComplex:
    """Hold cells of every degree, filtered by their values, and their integer boundary.

    Parameters
    ----------
    values : ndarray, shape (n,), float64
        Cell `p` enters the filtration at `values[p]`.
    degrees : ndarray, shape (n,), int64
        Degree of each cell, zero or more.
    boundary : scipy.sparse.csc_array, shape (n, n), int64
        Column `p` is the boundary of cell `p`; entry `[q, p]` counts how often `q` lies in it. A
        dense matrix and any other sparse one are converted; zeros are not stored.

    Raises
    ------
    ValueError
        If a shape or dtype is wrong, a value is not finite, an entry leads from degree `k` to
        another one than `k - 1` or to a cell of higher value, or the boundary of a boundary is not
        zero; the message names the first such cells.

    References
    ----------
    Barannikov et al., Loss barcode, Equations 9 and 11.

    Examples
    --------
    An interval: two points, and the edge from the first to the second.

    >>> interval = ChainComplex(
    ...     values=[0.0, 1.0, 3.0], degrees=[0, 0, 1], boundary=[[0, 0, -1], [0, 0, 1], [0, 0, 0]]
    ... )
    >>> interval
    ChainComplex(3 cells: 2 of degree 0, 1 of degree 1)
    >>> interval.matrix(1)
    array([[-1],
           [ 1]])
    """

    values: Float[np.ndarray, " n"]
    degrees: Int[np.ndarray, " n"]
    boundary: "sparse.csc_array"

    def __post_init__(self):
        values = reals("values", self.values)
        infinite = np.flatnonzero(~np.isfinite(values))
        if len(infinite):
            row = infinite[0]
            raise ValueError(
                f"`values` must be finite, got {values[row]} in row {row}; drop that cell"
            )
        degrees = _degrees(self.degrees, len(values))
        boundary = _compressed("boundary", self.boundary, (len(values), len(values)))
        _check(values, degrees, boundary)
        for array in (boundary.data, boundary.indices, boundary.indptr):
            sealed(array)
        for name, array in (("values", values), ("degrees", degrees), ("boundary", boundary)):
            object.__setattr__(self, name, array)

    __reduce__ = rebuilt

    def __len__(self):
        return len(self.values)

    def __repr__(self):
        degrees, counts = np.unique(self.degrees, return_counts=True)
        parts = [f"{count} of degree {k}" for k, count in zip(degrees, counts, strict=True)]
        cells = f"{len(self)} cell{'' if len(self) == 1 else 's'}"
        return f"ChainComplex({cells}{': ' if parts else ''}{', '.join(parts)})"

    @classmethod
    def from_matrices(
        cls, values: Sequence[Float[np.ndarray, " _"]], matrices: Sequence[Any]
    ) -> "ChainComplex":
        """Return the complex of one boundary matrix a degree; cells are numbered degree by degree.

        Parameters
        ----------
        values : sequence of ndarray, the entry `k` of shape (m_k,)
            Values of the cells of degree 0, 1, ..., d.
        matrices : sequence of d integer matrices, dense or sparse
            The boundaries of degree 1, ..., d; that of degree `k` has shape (m_{k-1}, m_k).

        Raises
        ------
        ValueError
            If there is not one matrix between each degree and the next, one has the wrong shape or
            dtype, or the complex is none.

        Examples
        --------
        >>> ChainComplex.from_matrices([[0.0, 1.0], [3.0]], [[[-1], [1]]])
        ChainComplex(3 cells: 2 of degree 0, 1 of degree 1)
        """
        from scipy import sparse

        columns = [reals(f"values[{k}]", column) for k, column in enumerate(values)]
        if len(matrices) != max(len(columns) - 1, 0):
            raise ValueError(
                f"`matrices` must hold a boundary from each degree to the one below, "
                f"{max(len(columns) - 1, 0)} for values of {len(columns)} degrees, "
                f"got {len(matrices)}"
            )
        counts = [len(column) for column in columns]
        n = sum(counts)
        boundary = sparse.csc_array((n, n), dtype=np.int64)
        for k, shape in enumerate(pairwise(counts), start=1):
            block = _compressed(f"matrices[{k - 1}]", matrices[k - 1], shape).tocoo()
            first = sum(counts[: k - 1])
            place = block.row + first, block.col + first + shape[0]
            boundary = boundary + sparse.csc_array((block.data, place), shape=(n, n))
        degrees = np.repeat(np.arange(len(counts)), counts)
        return cls(np.concatenate([np.empty(0), *columns]), degrees, boundary)

    @property
    def euler(self) -> int:
        """Euler characteristic: the number of cells of even degree less that of odd degree."""
        return int((1 - 2 * (self.degrees % 2)).sum())

    def order(self) -> Int[np.ndarray, " n"]:
        """Return the cells in increasing order of `(value, degree, row)`.

        In this order every cell comes after its boundary, also where values are equal.

        Examples
        --------
        >>> ChainComplex([1.0, 1.0, 0.0], [1, 0, 0], np.zeros((3, 3), int)).order()
        array([2, 1, 0])
        """
        return np.lexsort((self.degrees, self.values))

    def of_degree(self, degree: int) -> Int[np.ndarray, " m"]:
        """Return the rows of the cells of one degree.

        Parameters
        ----------
        degree : int
            The degree to look for; the complex may be without cells of it.

        Raises
        ------
        ValueError
            If it is no integer, or negative.
        """
        return np.flatnonzero(self.degrees == to_degree(degree))

    def matrix(self, degree: int) -> Int[np.ndarray, "_ _"]:
        """Return the boundary of one degree as a dense matrix.

        Parameters
        ----------
        degree : int
            Degree `k` of the cells whose boundary is wanted.

        Returns
        -------
        ndarray, shape (m_{k-1}, m_k), int64
            Rows are the cells of degree `k - 1`, columns those of degree `k`, in the order of
            `of_degree`; without rows or columns where there are no such cells.

        Raises
        ------
        ValueError
            If the degree is no integer, or negative.
        """
        columns = self.boundary[:, self.of_degree(degree)]
        return columns[np.flatnonzero(self.degrees == degree - 1)].toarray()

    def dual(self, dimension: int | None = None) -> "ChainComplex":
        """Return the complex of the negative function: turned upside down.

        A bar from `b` to `d` of degree `k` becomes one from `-d` to `-b` of degree
        `dimension - k - 1`, an essential one of degree `k` one of degree `dimension - k`.

        Parameters
        ----------
        dimension : int, optional
            Dimension of the space; the highest degree if left out. Degree `k` becomes
            `dimension - k`.

        Raises
        ------
        ValueError
            If the dimension is no integer, or below the highest degree.

        Examples
        --------
        >>> ChainComplex.from_matrices([[0.0, 1.0], [3.0]], [[[-1], [1]]]).dual().values
        array([-0., -1., -3.])
        """
        highest = int(self.degrees.max(initial=0))
        dimension = highest if dimension is None else to_degree(dimension, name="dimension")
        if dimension < highest:
            raise ValueError(
                f"`dimension` must be at least {highest}, the highest degree, got {dimension}"
            )
        return ChainComplex(-self.values, dimension - self.degrees, self.boundary.T.tocsc())


def _degrees(degrees, n):
    """Return one degree per cell, as int64."""
    degrees = integers("degrees", degrees)
    if len(degrees) != n:
        raise ValueError(
            f"`degrees` must have one entry per cell, got shape {degrees.shape} for {n} cells"
        )
    degrees = owned(degrees.astype(np.int64, copy=False))
    wrong = np.flatnonzero(degrees < 0)
    if len(wrong):
        raise ValueError(
            f"`degrees` must be zero or more, got {degrees[wrong[0]]} in row {wrong[0]}"
        )
    return degrees


def _compressed(name, matrix, shape):
    """Return an integer matrix in compressed columns, with sorted rows and its own arrays."""
    from scipy import sparse

    matrix = matrix if sparse.issparse(matrix) else np.asarray(matrix)
    if matrix.shape == (0,):
        matrix = matrix.reshape(0, 0)
    if matrix.shape != shape:
        raise ValueError(
            f"`{name}` must have shape {shape}, one row per face and one column per cell, "
            f"got {matrix.shape}"
        )
    if 0 not in shape and matrix.dtype.kind not in "iu":
        raise ValueError(
            f"`{name}` must hold integers, got dtype {matrix.dtype}; "
            f"use `{name}.astype(numpy.int64)`"
        )
    entries = sparse.coo_array(matrix)
    total = abs(entries.data.astype(np.float64)).sum()
    if total >= 2**31:
        raise ValueError(
            f"`{name}` must hold small integers, so that sums of their products fit into 64 bits, "
            f"got entries whose sizes add up to {total:.3g}"
        )
    # int64 first: int8 would overflow where entries at one place are added up
    compressed = sparse.csc_array(entries.astype(np.int64))
    compressed.sum_duplicates()
    compressed.eliminate_zeros()
    return compressed


def _check(values, degrees, boundary):
    """Refuse what is no filtered complex, and name the first entry that is wrong."""

    def cell(row):
        return f"cell {row} (degree {degrees[row]}, value {values[row]})"

    entries = boundary.tocoo()
    faces, cells = entries.row, entries.col
    wrong = np.flatnonzero(degrees[faces] != degrees[cells] - 1)
    if len(wrong):
        face, whole = faces[wrong[0]], cells[wrong[0]]
        raise ValueError(
            f"`boundary` must lead one degree down, got the entry {entries.data[wrong[0]]} at "
            f"[{face}, {whole}], from {cell(whole)} to {cell(face)}; column p holds the boundary "
            "of cell p, so transpose the matrix if rows do"
        )
    wrong = np.flatnonzero(values[faces] > values[cells])
    if len(wrong):
        face, whole = faces[wrong[0]], cells[wrong[0]]
        raise ValueError(
            f"a cell must not lie below its boundary, got {cell(whole)} with {cell(face)} in its "
            "boundary; that is no filtration by sublevels, so look at how the values were found"
        )
    square = (boundary @ boundary).sorted_indices().tocoo()
    wrong = np.flatnonzero(square.data)
    if len(wrong):
        count = square.data[wrong[0]]
        raise ValueError(
            f"boundary of boundary is not zero: {cell(square.col[wrong[0]])} reaches "
            f"{cell(square.row[wrong[0]])} {count} time{'' if abs(count) == 1 else 's'}; "
            f"{_cause(count)}"
        )


def _cause(count):
    if count % 2:
        return "a flow line is missing or doubled"
    return "a flow line has the wrong sign, or two are missing or doubled"
