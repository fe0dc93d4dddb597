"""Points and polylines that belong to the rows of a graph or of a complex.

The one idea: as many as there are rows, all finite, and owned by who holds them.
"""

from typing import Any

import numpy as np
from jaxtyping import Float

from morseloss.topology.door import reals

__all__ = ["polylines", "positions"]


def positions(rows: Any, count: int, name: str) -> Float[np.ndarray, "rows dim"]:
    """Return an array of points, one a row.

    Raises
    ------
    ValueError
        If it has another shape, or a point is not finite.
    """
    matrix = reals(name, rows, axes=2)
    if matrix.ndim != 2 or len(matrix) != count:
        raise ValueError(f"`{name}` must have shape ({count}, dim), got {matrix.shape}")
    wrong = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if len(wrong):
        raise ValueError(f"`{name}` must be finite, got {matrix[wrong[0]]} in row {wrong[0]}")
    return matrix


def polylines(paths: Any, count: int, owner: str) -> tuple[Float[np.ndarray, "_ dim"], ...]:
    """Return one polyline an edge or line.

    Raises
    ------
    ValueError
        If there are more or fewer, or one is no array of finite points.
    """
    try:
        paths = tuple(paths)
    except TypeError:
        raise ValueError(f"`paths` must be a sequence, got {type(paths).__name__}") from None
    if len(paths) != count:
        article = "an" if owner == "edge" else "a"
        raise ValueError(f"`paths` must hold one path {article} {owner}, {count}, got {len(paths)}")
    read = (reals(f"paths[{row}]", path, axes=2) for row, path in enumerate(paths))
    found = tuple(positions(path, len(path), f"paths[{row}]") for row, path in enumerate(read))
    dims = sorted({path.shape[1] for path in found})
    if len(dims) > 1:
        raise ValueError(f"`paths` must be in one space, got points of {dims} coordinates")
    return found
