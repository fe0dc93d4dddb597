"""The fused steps of a batch of polynomials on the CPU.

The one idea: a step of gradient descent is a polynomial map itself. With the learning rate
multiplied into the coefficients a step is one Horner evaluation, and lanes of trajectories run side
by side in vector registers. numba is imported when the first batch is run.
"""

from functools import cache

import numpy as np
import torch

__all__ = ["FUSED", "advance"]

LANES = 128  # trajectories side by side: their numbers fit into the first cache
AHEAD = 2  # steps that one pass over the lanes takes where one block of powers is all
FUSED = 5  # powers that one pass over the lanes multiplies in


def advance(
    maps: np.ndarray,
    points: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    inside: np.ndarray,
    strides: int,
) -> None:
    """Move `points` on by so many steps, in place, on as many threads as torch uses.

    Parameters
    ----------
    maps : ndarray, shape (powers, rows)
        Column i holds the coefficients of the map of trajectory i from the highest power down, one
        more than a multiple of `FUSED`.
    points, low, high : ndarray, shape (rows,)
        Where the trajectories are, and the gates.
    inside : ndarray, shape (rows,)
        Gets the number of steps before the first one beyond a gate.
    strides : int
        How many steps. No row depends on another, nor on the number of threads.
    """
    threads = torch.get_num_threads()
    if threads == 1 or len(points) <= LANES:
        _alone()(maps, points, low, high, inside, strides)
        return
    from numba import set_num_threads
    from numba.core import config

    kernel = _together()
    most = config.NUMBA_NUM_THREADS  # pyright: ignore[reportAttributeAccessIssue]
    set_num_threads(min(threads, most))
    kernel(maps, points, low, high, inside, strides)


@cache
def _alone():
    """Compile the loop over pieces on one thread; waking others would take milliseconds."""
    from numba import njit

    piece_of = _piece()

    @njit(cache=True, nogil=True)
    def alone(maps, points, low, high, inside, strides):  # pragma: no cover
        for piece in range((len(points) + LANES - 1) // LANES):
            piece_of(piece, maps, points, low, high, inside, strides)

    return alone


@cache
def _together():
    """Compile the loop over pieces on several threads."""
    from numba import njit, prange

    piece_of = _piece()

    @njit(cache=True, parallel=True, nogil=True)
    def together(maps, points, low, high, inside, strides):  # pragma: no cover
        for piece in prange((len(points) + LANES - 1) // LANES):
            piece_of(piece, maps, points, low, high, inside, strides)

    return together


@cache
def _piece():
    """Compile the steps of `LANES` trajectories; the machine code is kept on disk."""
    from numba import njit

    @njit(cache=True, nogil=True, fastmath={"contract"})  # fused multiply-add
    def piece_of(piece, maps, points, low, high, inside, strides):  # pragma: no cover
        powers, rows = maps.shape
        first = piece * LANES
        count = min(LANES, rows - first)
        lanes = np.zeros((6 + powers, LANES))  # point, next, gates, still inside, steps, map
        for j in range(count):
            lanes[0, j] = points[first + j]
            lanes[2, j] = low[first + j]
            lanes[3, j] = high[first + j]
            lanes[4, j] = 1.0
            for power in range(powers):
                lanes[6 + (power + FUSED) % powers, j] = maps[power, first + j]
        ahead = strides // AHEAD * AHEAD if powers == FUSED + 1 else 0
        for _ in range(ahead // AHEAD):
            for j in range(LANES):
                x, still, count_j = lanes[0, j], lanes[4, j], lanes[5, j]
                for _ in range(AHEAD):
                    y = lanes[11, j] * x + lanes[6, j]
                    y = y * x + lanes[7, j]
                    y = y * x + lanes[8, j]
                    y = y * x + lanes[9, j]
                    x = y * x + lanes[10, j]
                    still = still if (x >= lanes[2, j]) & (x <= lanes[3, j]) else 0.0
                    count_j += still
                lanes[0, j], lanes[4, j], lanes[5, j] = x, still, count_j
        for _ in range(strides - ahead):
            for j in range(LANES):
                lanes[1, j] = lanes[11, j]
            for block in range(12, powers + 6, FUSED):
                for j in range(LANES):
                    x = lanes[0, j]
                    y = lanes[1, j] * x + lanes[block, j]
                    y = y * x + lanes[block + 1, j]
                    y = y * x + lanes[block + 2, j]
                    y = y * x + lanes[block + 3, j]
                    lanes[1, j] = y * x + lanes[block + 4, j]
            for j in range(LANES):
                x = lanes[0, j]
                y = lanes[1, j] * x + lanes[6, j]
                y = y * x + lanes[7, j]
                y = y * x + lanes[8, j]
                y = y * x + lanes[9, j]
                y = y * x + lanes[10, j]
                still = lanes[4, j] if (y >= lanes[2, j]) & (y <= lanes[3, j]) else 0.0
                lanes[0, j] = y
                lanes[4, j] = still
                lanes[5, j] += still
        for j in range(count):
            points[first + j] = lanes[0, j]
            inside[first + j] = lanes[5, j]

    return piece_of
