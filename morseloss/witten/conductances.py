"""`Network`: the Witten Laplacian as an electrical network with positive conductances.

The one idea: with `u = exp(-L/h) v` the quadratic form `|D u|^2` is a sum of positive conductances
times squared differences of v, and `|u|^2` a sum of positive masses times v^2. Functions sit on the
vertices of the grid; in the plane, forms of top degree sit on its faces, with -L for L, and an edge
at the rim leads to the ground.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from morseloss.witten.cells import Cells

__all__ = ["FLOOR", "Network", "network_of"]

FLOOR = 680.0
"""Weights below exp(-FLOOR) are zero: near there floats end."""


@dataclass(frozen=True, eq=False)
class Network:
    """A network on a rectangle of nodes.

    Attributes
    ----------
    masses : ndarray, shape (a, b)
        Positive at the nodes there are, 0 elsewhere.
    down, across : ndarray, shapes (a - 1, b) and (a, b - 1)
        Conductances between neighbours along the first and the second axis.
    ground : ndarray, shape (a, b)
        Conductance from each node to the ground.
    """

    masses: Float[np.ndarray, "a b"]
    down: Float[np.ndarray, "_ b"]
    across: Float[np.ndarray, "a _"]
    ground: Float[np.ndarray, "a b"]

    def __repr__(self) -> str:
        a, b = self.masses.shape
        return f"Network({np.count_nonzero(self.masses)} nodes of {a} x {b})"

    @property
    def transposed(self) -> "Network":
        """The same network with its axes exchanged."""
        return Network(self.masses.T, self.across.T, self.down.T, self.ground.T)


def network_of(cells: Cells, degree: int, level: float, floor: float = FLOOR) -> Network:
    """Return the network of `D_0^T D_0` (degree 0) or of `D_1 D_1^T` (degree 1, in the plane).

    Parameters
    ----------
    cells : Cells
    degree : int
        Of the forms on which D acts.
    level : float
        Vertices above it are left out, with every cell they touch.
    floor : float
        Weights below exp(-floor) of the largest are zero.
    """
    values = cells.values if cells.dim == 2 else cells.values[:, None]
    low = values[::2, ::2] <= level
    # in units of the temperature, and of an edge: D is h delta / step
    scaled = 2 * values / cells.temperature
    squares = np.append((cells.temperature / cells.steps) ** 2, 1.0)[:2]
    return (_of_functions if degree == 0 else _of_top_forms)(scaled, low, squares, floor)


def _of_functions(
    scaled: Float[np.ndarray, "..."],
    low: Bool[np.ndarray, "a b"],
    squares: Float[np.ndarray, " 2"],
    floor: float,
) -> Network:
    base = scaled[::2, ::2][low].min()
    down = _weights(base - scaled[1::2, ::2], low[1:] & low[:-1], floor)
    across = _weights(base - scaled[::2, 1::2], low[:, 1:] & low[:, :-1], floor)
    masses = _weights(base - scaled[::2, ::2], low, floor)
    return Network(masses, squares[0] * down, squares[1] * across, np.zeros(low.shape))


def _of_top_forms(
    scaled: Float[np.ndarray, "..."],
    low: Bool[np.ndarray, "a b"],
    squares: Float[np.ndarray, " 2"],
    floor: float,
) -> Network:
    full = low[1:, 1:] & low[:-1, 1:] & low[1:, :-1] & low[:-1, :-1]
    base = scaled[1::2, 1::2][full].max()
    faces = np.pad(full, 1).astype(int)
    beside = faces[:-1, 1:-1] + faces[1:, 1:-1], faces[1:-1, :-1] + faces[1:-1, 1:]
    edges = scaled[::2, 1::2] - base, scaled[1::2, ::2] - base
    inner = [
        square * _weights(edge, count == 2, floor)
        for square, edge, count in zip(squares, edges, beside, strict=True)
    ]
    rim = [
        square * _weights(edge, count == 1, floor)
        for square, edge, count in zip(squares, edges, beside, strict=True)
    ]
    ground = rim[0][:-1] + rim[0][1:] + rim[1][:, :-1] + rim[1][:, 1:]
    masses = _weights(scaled[1::2, 1::2] - base, full, floor)
    return Network(masses, inner[0][1:-1], inner[1][:, 1:-1], np.where(full, ground, 0.0))


def _weights(
    exponents: Float[np.ndarray, "a b"], there: Bool[np.ndarray, "a b"], floor: float
) -> Float[np.ndarray, "a b"]:
    there = there & (exponents > -floor)
    return np.where(there, np.exp(np.where(there, exponents, 0.0)), 0.0)
