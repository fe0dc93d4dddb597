"""`lowered`: rates between the threshold and the answer of a scan, denser towards the threshold.

The one idea: below the threshold nothing can leave, so what a scan has missed lies between it and
the lowest rate that the scan found. Mostly there is no room; where there is, a scan of this gap
alone is cheap, and it is repeated below whatever it finds.
"""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

from morseloss.escape.descents.descent import TOGETHER
from morseloss.escape.descents.threshold import Leap

__all__ = ["PIECE", "Bracket", "Leaves", "bisected", "first_of", "lowered", "rounds_of"]

NEAR = 1e-5  # relative: a gap that is no wider is none
DENSE = 32  # rates in a gap, in each of three progressions
CLOSEST = 1e-6  # relative distance of the lowest of them to the threshold
MOST = 20  # scans of one gap
PIECE = 128  # rates of a scan that are tried together

Leaves = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""`leaves(rows, rates)`: the step at which each row leaves at its rate, -1 where it does not."""

Bracket = tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " rows"]]
"""Rates that do not leave, and rates that do."""


def lowered(
    leaves: Leaves,
    leap: Leap,
    rows: Int[np.ndarray, " rows"],
    tops: Float[np.ndarray, " rows"],
    tolerance: float,
) -> Bracket:
    """Return brackets of rates lower than the given ones; the upper end is `tops` where none is.

    Parameters
    ----------
    leaves : callable
    leap : Leap
        Of these rows.
    rows : ndarray of int, shape (m,)
    tops : ndarray, shape (m,)
        The rates to go below.
    tolerance : float
        Relative width of the brackets.
    """
    floors = leap.floors(tops, NEAR, CLOSEST)
    below, above = floors.copy(), tops.copy()
    going = np.arange(len(rows))
    for _ in range(MOST):
        going = going[above[going] > floors[going] * (1 + NEAR)]
        if not len(going):
            break
        rates = _denser(floors[going], above[going])
        first = first_of(leaves, rows[going], rates)
        less = first > 0  # at 0 the floor itself leaves: it came out too high for a bracket
        going, rates, first = going[less], rates[less], first[less]
        at = np.arange(len(going))
        bracket = rates[at, first - 1], rates[at, first]
        below[going], above[going] = bisected(leaves, rows[going], *bracket, tolerance)
    return below, above


def _denser(
    floors: Float[np.ndarray, " rows"], tops: Float[np.ndarray, " rows"]
) -> Float[np.ndarray, "rows scan"]:
    """Return rates from each floor to below its top, ascending.

    Windows of escape gather at the threshold and below a rate at which leaving begins, hence
    distances to both that grow geometrically; wide ones may lie anywhere, hence equal distances.
    """
    wide = (tops / floors - 1)[:, None]
    parts = np.arange(DENSE) / DENSE
    near = CLOSEST * (wide / CLOSEST) ** parts
    ways = np.sort(np.column_stack([near, wide - near, wide * parts]), axis=1)
    return floors[:, None] * (1 + np.maximum(ways, 0.0))


def first_of(
    leaves: Leaves,
    rows: Int[np.ndarray, " rows"],
    rates: Float[np.ndarray, "rows scan"],
    piece: int = PIECE,
) -> Int[np.ndarray, " rows"]:
    """Return the place of the lowest of its rates at which each row leaves, -1 where none does.

    Rates are ascending and tried in pieces: none is looked at far above the first that leaves.
    """
    found, together = np.full(len(rows), -1), max(1, TOGETHER // piece)
    for begin in range(0, len(rows), together):
        going = np.arange(begin, min(begin + together, len(rows)))
        for at in range(0, rates.shape[1], piece):
            some = rates[going, at : at + piece]
            out = leaves(np.repeat(rows[going], some.shape[1]), some.ravel()) > 0
            out = out.reshape(some.shape)
            left = out.any(axis=1)
            found[going[left]] = at + out[left].argmax(axis=1)
            going = going[~left]
            if not len(going):
                break
    return found


def bisected(
    leaves: Leaves,
    rows: Int[np.ndarray, " rows"],
    low: Float[np.ndarray, " rows"],
    high: Float[np.ndarray, " rows"],
    tolerance: float,
    levels: int = 1,
) -> Bracket:
    """Return the brackets, narrowed to the tolerance; the upper end always leaves.

    Parameters
    ----------
    leaves : callable
    rows : ndarray of int, shape (m,)
    low, high : ndarray, shape (m,)
        The brackets.
    tolerance : float
        Relative width of the brackets at the end.
    levels : int
        Bisections at a time. All middles that they can ask for, two to their power less one, are
        tried together: the same brackets from fewer and larger batches.
    """
    rounds = rounds_of(high / low, tolerance)
    for done in range(0, rounds, levels):
        low, high = _halved(leaves, rows, low, high, min(levels, rounds - done))
    return low, high


def _halved(
    leaves: Leaves, rows: np.ndarray, low: np.ndarray, high: np.ndarray, levels: int
) -> Bracket:
    """Bisect so many times, from one batch of all middles that can be asked for."""
    ends = np.stack([low, high], axis=1)
    for _ in range(levels):
        middles = np.sqrt(ends[:, :-1] * ends[:, 1:])
        finer = np.empty((len(rows), ends.shape[1] + middles.shape[1]))
        finer[:, ::2], finer[:, 1::2] = ends, middles
        ends = finer
    inner = ends[:, 1:-1]
    out = leaves(np.repeat(rows, inner.shape[1]), inner.ravel()).reshape(inner.shape) > 0
    at, left = np.arange(len(rows)), np.zeros(len(rows), dtype=int)
    for level in range(levels):
        width = 2 ** (levels - level - 1)
        left = np.where(out[at, left + width - 1], left, left + width)
    return ends[at, left], ends[at, left + 1]


def rounds_of(ratios: Float[np.ndarray, " rows"], tolerance: float) -> int:
    """Return how many bisections bring brackets, upper over lower end, to the tolerance."""
    if not len(ratios):
        return 0
    return max(0, math.ceil(math.log2(math.log(float(ratios.max())) / math.log1p(tolerance))))
