"""Matrix Market files: one entry a line, read number by number.

The one idea: the readers at hand stop at the first character that is no digit, so that "1,5" is 1
to them; here it is no number.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from morseloss.files.tables import parsed
from morseloss.topology.door import integers, reals, shown

__all__ = ["read_matrix_market"]

KINDS = ("real", "integer", "double")
SYMMETRIES = ("general", "symmetric")


def read_matrix_market(content: bytes) -> Any:
    """Return the matrix in a Matrix Market file: sparse, or an array.

    Of a symmetric one the entries stand as they are written, in one triangle.

    Raises
    ------
    ValueError
        If it is none, of other things than real numbers, or has more or fewer entries than it
        says.
    """
    lines = iter(content.decode("utf-8-sig", errors="replace").splitlines())
    head = next(lines, "").lower().split()
    if len(head) != 5 or head[:2] != ["%%matrixmarket", "matrix"]:
        raise ValueError(
            "no first line such as %%MatrixMarket matrix coordinate real symmetric; add it"
        )
    form, kind, symmetry = head[2:]
    if kind not in KINDS or symmetry not in SYMMETRIES or form not in ("coordinate", "array"):
        raise ValueError(
            f"{shown(' '.join(head[2:]))}; write coordinate or array, {' or '.join(KINDS)}, "
            f"{' or '.join(SYMMETRIES)}"
        )
    rows = (line.split() for line in lines if line.strip() and not line.startswith("%"))
    wide = 3 if form == "coordinate" else 2
    sizes = integers("sizes", [parsed(word) for word in next(rows, [])]).tolist()
    if len(sizes) != wide or min(sizes) < 0 or sizes[0] != sizes[1]:
        raise ValueError(f"{shown(sizes)} as sizes; write the rows and columns of a square matrix")
    return _sparse(rows, *sizes[1:]) if form == "coordinate" else _array(rows, sizes[0], symmetry)


def _sparse(rows: Iterator[list[str]], n: int, count: int) -> Any:
    from scipy import sparse

    table = list(_entries(rows, 3, count))
    places = integers("places", [entry[:2] for entry in table], axes=2).reshape(-1, 2) - 1
    if len(places) and not (0 <= places.min() <= places.max() < n):
        raise ValueError(f"an entry outside a matrix of {n} rows; number rows from 1")
    numbers = reals("entries", [entry[2] for entry in table])
    return sparse.coo_array((numbers, tuple(places.T)), shape=(n, n))


def _array(rows: Iterator[list[str]], n: int, symmetry: str) -> np.ndarray:
    count = n * n if symmetry == "general" else n * (n + 1) // 2
    numbers = reals("entries", [entry for (entry,) in _entries(rows, 1, count)])
    if symmetry == "general":
        return numbers.reshape(n, n).T
    matrix = np.empty((n, n))
    above = np.triu_indices(n)  # by rows, as the lower triangle goes by columns
    matrix[above] = matrix.T[above] = numbers
    return matrix


def _entries(rows: Iterator[list[str]], wide: int, count: int) -> Iterator[list[int | float]]:
    """Read line by line.

    Yields
    ------
    list
        The numbers in the line.

    Raises
    ------
    ValueError
        If one is none, or there are more or fewer lines.
    """
    found = 0
    for found, row in enumerate(rows, start=1):
        if len(row) != wide or found > count:
            raise ValueError(f"{shown(' '.join(row))} as entry {found} of {count}; correct it")
        yield [parsed(word) for word in row]
    if found != count:
        raise ValueError(f"{found} entries of {count}; the file is cut short")
