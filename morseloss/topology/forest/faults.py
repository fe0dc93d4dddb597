"""What is no edge of a filtration: which edge is the first such, and why.

Used wherever edges come in, all at once or block by block.
"""

import numpy as np
from jaxtyping import Float

from morseloss.topology.forest.components import Edges
from morseloss.topology.forest.kernels import run

__all__ = ["check_edges"]


def check_edges(edges: Edges, values: Float[np.ndarray, " n"], name: str = "`edges`") -> None:
    """Pass edges between known minima, with finite weights at or above the values of both ends.

    Parameters
    ----------
    edges : Edges
        All of them, or a block.
    values : ndarray, shape (n,)
        Values of the minima.
    name : str
        What the caller calls the ends.

    Raises
    ------
    ValueError
        If one is no such edge; the message names the first.

    Examples
    --------
    >>> check_edges(Edges(np.array([0]), np.array([1]), np.array([1.0]), range(1)), np.zeros(2))
    """
    row = run(_first_fault, values, edges.heads, edges.tails, edges.weights)
    if row >= 0:
        raise ValueError(_stranger(edges, len(values), name) or _fault(edges, values, row))


def _first_fault(values, heads, tails, weights):
    """Return the first row that is no edge of a filtration, -1 if all are; nan fails any test."""
    n = len(values)
    for e in range(len(weights)):
        a = heads[e]
        b = tails[e]
        w = weights[e]
        if not (0 <= a < n and 0 <= b < n and values[a] <= w and values[b] <= w and w < np.inf):
            return e
    return -1


def _stranger(edges, n, name):
    """Say which is the first edge that names no minimum, "" if none does.

    Rows that count from 1 make wrong weights too, so this is told first.
    """
    ends = np.stack([edges.heads, edges.tails], axis=1)
    wrong = np.flatnonzero(((ends < 0) | (ends >= n)).any(axis=1))
    if not len(wrong):
        return ""
    return (
        f"{name} must hold rows of minima from 0 to {n - 1}, got {ends[wrong[0]].tolist()} in "
        f"row {wrong[0]}; number the minima from 0"
    )


def _fault(edges, values, row):
    """Say what is wrong with the weight of the edge in this row."""
    a, b, weight = int(edges.heads[row]), int(edges.tails[row]), edges.weights[row]
    if not np.isfinite(weight):
        return (
            f"`weights` must be finite, got {weight} in row {row}; "
            "leave out an edge whose barrier is unknown"
        )
    top = max(values[a], values[b])
    return (
        f"`weights` must not lie below the values of the ends, got {weight} in row {row} for edge "
        f"[{a}, {b}], which has an end at {top}; no path stays below its ends, so look at how the "
        f"weight was found, and raise it to {top} if this is round-off"
    )
