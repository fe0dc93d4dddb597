"""Columns of a Morse complex, read at the door: values, indices, and what must fit them.

The one idea: an index is a count of directions down, so it is zero or more, and no more than there
are directions; and the boundary is the count of the lines, nothing else.
"""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from morseloss.complexes.flow_lines import one_each
from morseloss.topology.door import reals

__all__ = ["check_count_of_lines", "check_fits", "critical_columns"]

HIGHEST = 10_000  # index; a barcode lists every degree up to it


def critical_columns(
    values: Any, indices: Any
) -> tuple[Float[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """Return values and indices as arrays, one of each for every critical point.

    Raises
    ------
    ValueError
        If there are more of one than of the other, or one is no number or no index.
    """
    values = reals("values", values)
    indices = one_each("indices", indices, len(values))
    wrong = np.flatnonzero((indices < 0) | (indices > HIGHEST))
    if len(wrong):
        wanted = "zero or more" if indices[wrong[0]] < 0 else f"at most {HIGHEST}"
        raise ValueError(
            f"`indices` must be {wanted}, got {indices[wrong[0]]} in row {wrong[0]}; "
            "leave degenerate critical points out"
        )
    return values, indices


def check_fits(indices: Int[np.ndarray, " n"], points: Float[np.ndarray, "n dim"]) -> None:
    """Refuse an index above the dimension: there are no more directions than that to go down.

    Raises
    ------
    ValueError
        If there is one; the message names the first such row.
    """
    wrong = np.flatnonzero(indices > points.shape[1])
    if len(wrong):
        raise ValueError(
            f"`indices` must be at most the dimension of the points, {points.shape[1]}, got "
            f"{indices[wrong[0]]} in row {wrong[0]}"
        )


def check_count_of_lines(boundary: Any, count: Any) -> None:
    """Refuse a boundary which is not the signed count of the lines.

    Raises
    ------
    ValueError
        If it is not; the message names the first such entry.
    """
    difference = (boundary - count).tocoo()
    wrong = np.flatnonzero(difference.data)
    if len(wrong):
        q, p = difference.row[wrong[0]], difference.col[wrong[0]]
        raise ValueError(
            f"`boundary` must count the lines with their signs, got {boundary[q, p]} at [{q}, {p}] "
            f"for lines that add up to {count[q, p]}; use `MorseComplex.from_lines`"
        )
