"""Weighted graphs as matrices, dense and sparse: births on the diagonal, barriers off it.

The one idea: an entry is an edge, and what is no entry is none; where a form cannot tell the two
apart, or two entries contradict each other, it is refused.
"""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from morseloss.kinds import kind_of
from morseloss.topology.door import reals

__all__ = ["dense_columns", "lowest_edges", "matrix_of_graph", "sparse_columns"]

Columns = tuple[Float[np.ndarray, " n"], Int[np.ndarray, "m 2"], Float[np.ndarray, " m"]]


def dense_columns(matrix: Any) -> Columns:
    """Return values, edges and weights of a symmetric matrix, whose nan and inf are no edges.

    Raises
    ------
    ValueError
        If the matrix is not square or not symmetric, or holds other things than numbers.
    """
    matrix = reals("matrix", matrix, axes=2)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(
            f"`matrix` must be square, got shape {matrix.shape}; values on a grid, of an image "
            "say, are for `grid_barcode`"
        )
    if not np.array_equal(matrix, matrix.T, equal_nan=True):
        i, j = np.argwhere(~((matrix == matrix.T) | (np.isnan(matrix) & np.isnan(matrix.T))))[0]
        raise ValueError(
            f"`matrix` must be symmetric, got {matrix[i, j]} at ({i}, {j}) and "
            f"{matrix[j, i]} at ({j}, {i}); use `numpy.fmin(matrix, matrix.T)`; values on a grid, "
            "of an image say, are for `grid_barcode`"
        )
    present = ~(np.isnan(matrix) | np.isposinf(matrix))
    edges = np.argwhere(np.triu(present, 1))
    return np.diag(matrix), edges, matrix[edges[:, 0], edges[:, 1]]


def sparse_columns(matrix: Any) -> Columns:
    """Return values, edges and weights of a sparse matrix; of (i, j) and (j, i) the lower stays.

    Raises
    ------
    ValueError
        If the matrix is not square, its format cannot tell zero from nothing, an entry is no
        finite number, two are at one place, or the diagonal is not stored.
    """
    row, column, data = _entries(matrix)
    on, n = row == column, matrix.shape[0]
    births = np.argsort(row[on])
    stored = row[on][births]
    if len(stored) < n:
        gaps = np.flatnonzero(stored != np.arange(len(stored)))
        first = gaps[0] if len(gaps) else len(stored)
        raise ValueError(
            f"the diagonal of `matrix` must store the value of every minimum, {n - len(stored)} of "
            f"{n} rows have none, the first is {first}; store zeros explicitly"
        )
    edges = np.stack([row[~on], column[~on]], axis=1).astype(np.int64)
    return data[on][births], *_lowest_parallel(edges, data[~on])


def matrix_of_graph(
    values: Float[np.ndarray, " n"], edges: Int[np.ndarray, "m 2"], weights: Float[np.ndarray, " m"]
) -> Float[np.ndarray, "n n"]:
    """Return the dense matrix of a graph, nan where there is no edge; loops are left out.

    Examples
    --------
    >>> matrix_of_graph(np.array([0.0, 1.0]), np.array([[0, 1]]), np.array([2.0]))
    array([[0., 2.],
           [2., 1.]])
    """
    matrix = np.full((len(values), len(values)), np.nan)
    for one, other in (edges.T, edges.T[::-1]):
        np.fmin.at(matrix, (one, other), weights)
    np.fill_diagonal(matrix, values)
    return matrix


def lowest_edges(
    n: int, edges: Int[np.ndarray, "m 2"], weights: Float[np.ndarray, " m"]
) -> Float[np.ndarray, " n"]:
    """Return the weight of the lowest edge that leads away from each minimum, `inf` for none."""
    lowest, away = np.full(n, np.inf), edges[:, 0] != edges[:, 1]
    for ends in edges[away].T:
        np.minimum.at(lowest, ends, weights[away])
    return lowest


def _entries(matrix: Any) -> tuple[np.ndarray, np.ndarray, Float[np.ndarray, " k"]]:
    """Return row, column and number of each stored entry, each place once.

    Raises
    ------
    ValueError
        If they are no such entries.
    """
    if not hasattr(matrix, "tocoo"):
        raise ValueError(
            f"`matrix` must be a sparse one of scipy, got {kind_of(matrix)}; an array is read by "
            "`from_dense`"
        )
    kind, shape = getattr(matrix, "format", type(matrix).__name__), tuple(matrix.shape)
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ValueError(f"`matrix` must be square, got shape {shape}")
    if kind in ("dia", "bsr"):
        raise ValueError(
            f"`matrix` must tell a stored zero from no entry, got the format {kind}, which fills "
            "up with zeros; build a `scipy.sparse.coo_array` of the entries alone"
        )
    entries = matrix.tocoo()
    row, column, n = entries.row, entries.col, shape[0]
    data = reals("matrix", entries.data)
    wrong = np.flatnonzero((row < 0) | (column < 0) | (row >= n) | (column >= n))
    if len(wrong):
        place = int(row[wrong[0]]), int(column[wrong[0]])
        raise ValueError(f"`matrix` must hold entries from (0, 0) to {(n - 1,) * 2}, got {place}")
    wrong = np.flatnonzero(~np.isfinite(data))
    if len(wrong):
        raise ValueError(
            f"`matrix` must hold finite numbers, got {data[wrong[0]]} at ({row[wrong[0]]}, "
            f"{column[wrong[0]]}); store no entry where there is no edge"
        )
    order = np.lexsort((column, row))
    double = np.flatnonzero((np.diff(row[order]) == 0) & (np.diff(column[order]) == 0))
    if len(double):
        one, other = order[double[0]], order[double[0] + 1]
        raise ValueError(
            f"`matrix` must hold one entry at a place, got {data[one]} and {data[other]} at "
            f"({row[one]}, {column[one]}); keep the lower one (scipy would add them up)"
        )
    return row, column, data


def _lowest_parallel(
    edges: Int[np.ndarray, "m 2"], weights: Float[np.ndarray, " m"]
) -> tuple[Int[np.ndarray, "k 2"], Float[np.ndarray, " k"]]:
    """Of edges with the same ends, in either order, keep the lowest."""
    ends = np.sort(edges, axis=1)
    order = np.lexsort((weights, ends[:, 1], ends[:, 0]))
    ends, weights = ends[order], weights[order]
    first = np.ones(len(ends), dtype=bool)
    first[1:] = (ends[1:] != ends[:-1]).any(axis=1)
    return ends[first], weights[first]
