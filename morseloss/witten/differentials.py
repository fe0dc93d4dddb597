"""`differentials`: the twisted coboundaries of the grid, as sparse matrices.

The one idea: conjugating the coboundary with `exp(L/h)` leaves a complex, with the kernel that the
continuum has: the function `exp(-L/h)`, to the last bit of its weights.
"""

from typing import TYPE_CHECKING

import numpy as np

from morseloss.witten.cells import Cells

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["differentials"]


def differentials(cells: Cells) -> list["sparse.csr_array"]:
    """Return the matrices `D_p = h W_{p+1} delta_p W_p^{-1} / step`, `W = exp(-v/h)`, by degree p.

    Parameters
    ----------
    cells : Cells
        The grid, with the effective value v of each cell.

    Returns
    -------
    list of csr_array
        `[D_0]` on a line, `[D_0, D_1]` in the plane. Rows and columns run over the vertices, edges
        and faces in their order; of edges those along the first axis come first. `D_1 D_0` is
        zero, and `exp(-v/h)` on the vertices is the kernel of `D_0`.

    Examples
    --------
    >>> import numpy as np, morseloss as ml
    >>> from morseloss.witten.cells import cells_of
    >>> land = ml.Polynomial({4: 1.0, 2: -2.0})
    >>> cells = cells_of(land, np.array([[-2.0], [2.0]]), 40, 0.2)
    >>> (d,) = ml.witten.differentials(cells)
    >>> bool(np.abs(d @ np.exp(-cells.values[::2] / 0.2)).max() < 1e-12)
    True
    """
    shape = tuple(size // 2 for size in cells.values.shape)
    if cells.dim == 1:
        return [_twisted(cells, _difference(shape[0]) / cells.steps[0], [(0,)], [(1,)])]
    from scipy import sparse

    first, second = _difference(shape[0]) / cells.steps[0], _difference(shape[1]) / cells.steps[1]
    points = [sparse.eye_array(n + 1) for n in shape]
    edges = [sparse.eye_array(n) for n in shape]
    d0 = sparse.vstack([sparse.kron(first, points[1]), sparse.kron(points[0], second)])
    d1 = sparse.hstack([-sparse.kron(edges[0], second), sparse.kron(first, edges[1])])
    kinds = [[(0, 0)], [(1, 0), (0, 1)], [(1, 1)]]
    return [_twisted(cells, sparse.csr_array(d), *kinds[p : p + 2]) for p, d in enumerate((d0, d1))]


def _difference(cells: int) -> "sparse.csr_array":
    from scipy import sparse

    rows = np.arange(cells)
    data = np.concatenate([-np.ones(cells), np.ones(cells)])
    places = np.concatenate([rows, rows]), np.concatenate([rows, rows + 1])
    return sparse.csr_array((data, places), shape=(cells, cells + 1))


def _twisted(
    cells: Cells,
    coboundary: "sparse.sparray",
    before: list[tuple[int, ...]],
    after: list[tuple[int, ...]],
) -> "sparse.csr_array":
    """Weigh each entry by `exp((v_column - v_row) / h)`, a quotient that does not overflow."""
    from scipy import sparse

    entries = sparse.coo_array(coboundary)
    columns, rows = _flat(cells, before)[entries.col], _flat(cells, after)[entries.row]
    h = cells.temperature
    data = h * entries.data * np.exp((columns - rows) / h)
    return sparse.csr_array((data, (entries.row, entries.col)), shape=entries.shape)


def _flat(cells: Cells, parities: list[tuple[int, ...]]) -> np.ndarray:
    parts = [cells.values[tuple(slice(p, None, 2) for p in parity)] for parity in parities]
    return np.concatenate([part.ravel() for part in parts])
