"""Steps of noisy gradient descent, compiled by numba; imported only where steps are taken.

The one idea: every walk draws from a stream of its own, so neither the order nor the number of
threads can change a bit. The stream is splitmix64: a counter that starts at the walk's seed, and a
mixing of its bits. Normal numbers come from a ziggurat of 256 layers. Tests reach all of it, but
coverage cannot see into machine code.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, UInt64
from numba import njit, uint64

__all__ = ["Batches", "Gaussian", "Walks", "batch_walks", "gaussian_walks", "normals"]

LAYERS = 256
FOOT = 3.6541528853610088  # where the tail of the ziggurat of this many layers begins
UNIT = 2.0**-53
GOLDEN = uint64(0x9E3779B97F4A7C15)
AREA = FOOT * math.exp(-(FOOT**2) / 2) + math.sqrt(math.pi / 2) * math.erfc(FOOT / math.sqrt(2))


def _edges() -> np.ndarray:
    """Right ends of the layers, the lowest, which holds the tail, first; each has the same area."""
    edges = np.zeros(LAYERS + 1)
    edges[0], edges[1] = AREA / math.exp(-(FOOT**2) / 2), FOOT
    for layer in range(2, LAYERS):
        below = edges[layer - 1]
        edges[layer] = math.sqrt(-2 * math.log(AREA / below + math.exp(-(below**2) / 2)))
    return edges


EDGES = _edges()
INNER = EDGES[1:] / EDGES[:-1]  # part of each layer that lies wholly under the bell


class Walks(NamedTuple):
    """Walks under way, which the steps change in place.

    Attributes
    ----------
    points : ndarray, shape (n,)
        Where each walk is.
    counters : ndarray of uint64, shape (n,)
        Of the stream of each walk.
    steps : ndarray of int, shape (n,)
        How many it has taken.
    """

    points: Float[np.ndarray, " n"]
    counters: UInt64[np.ndarray, " n"]
    steps: Int[np.ndarray, " n"]


class Gaussian(NamedTuple):
    """Steps `x - (size p'(x) + noise xi)` with standard normal numbers xi.

    Attributes
    ----------
    slope : ndarray, shape (powers,)
        Coefficients of p', the highest power first.
    size, noise : float
        The learning rate, and the same times the deviation of the noise.
    """

    slope: Float[np.ndarray, " powers"]
    size: float
    noise: float


class Batches(NamedTuple):
    """Steps along the mean gradient of a random batch of parts.

    Attributes
    ----------
    slopes : ndarray, shape (parts, powers)
        Coefficients of the gradient of each part, the highest power first.
    orders : ndarray of int, shape (n, parts)
        A permutation of the parts for each walk; its first `batch` entries, shuffled into place,
        are the batch.
    batch : int
        Parts in a batch.
    size : float
        The learning rate.
    """

    slopes: Float[np.ndarray, "parts powers"]
    orders: Int[np.ndarray, "n parts"]
    batch: int
    size: float


@njit(cache=True, nogil=True)
def _mixed(counter):  # pragma: no cover
    word = (counter ^ (counter >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> uint64(27))) * uint64(0x94D049BB133111EB)
    return word ^ (word >> uint64(31))


@njit(cache=True, nogil=True)
def _uniform(word):  # pragma: no cover
    return (np.float64(np.int64(word >> uint64(11))) + 0.5) * UNIT


@njit(cache=True, nogil=True)
def _normal(counter):  # pragma: no cover
    """Return a standard normal number and the counter after it."""
    while True:
        counter += GOLDEN
        word = _mixed(counter)
        layer = np.int64(word & uint64(255))
        place = 2.0 * _uniform(word) - 1.0
        if abs(place) < INNER[layer]:
            return place * EDGES[layer], counter
        x, counter = _outer(counter, place, layer)
        if x == x:
            return x, counter


@njit(cache=True, nogil=True)
def _outer(counter, place, layer):  # pragma: no cover
    """Finish a draw outside the inner part of its layer: the number, or nan to draw again."""
    if layer == 0:
        while True:
            beyond = -math.log(_uniform(_mixed(counter + GOLDEN))) / FOOT
            counter += GOLDEN + GOLDEN
            if -2 * math.log(_uniform(_mixed(counter))) > beyond * beyond:
                return math.copysign(FOOT + beyond, place), counter
    counter += GOLDEN
    x = place * EDGES[layer]
    outer = math.exp(-0.5 * (EDGES[layer] ** 2 - x * x))
    inner = math.exp(-0.5 * (EDGES[layer + 1] ** 2 - x * x))
    kept = inner + _uniform(_mixed(counter)) * (outer - inner) < 1.0
    return (x if kept else math.nan), counter


@njit(cache=True, nogil=True)
def normals(counter, out):  # pragma: no cover
    """Fill `out` with standard normal numbers from one stream; return its counter."""
    for k in range(len(out)):
        out[k], counter = _normal(counter)
    return counter


@njit(cache=True, nogil=True)
def gaussian_walks(rows, walks, more, gaussian, left, right):  # pragma: no cover
    """Take up to `more` steps with the walks in `rows`, in place, while within (left, right)."""
    slope, size, noise = gaussian.slope, gaussian.size, gaussian.noise
    for row in rows:
        x, counter = walks.points[row], walks.counters[row]
        taken = 0
        while taken < more and left < x < right:
            gradient = slope[0]
            for k in range(1, len(slope)):
                gradient = gradient * x + slope[k]
            xi, counter = _normal(counter)
            x -= size * gradient + noise * xi
            taken += 1
        walks.points[row], walks.counters[row] = x, counter
        walks.steps[row] += taken


@njit(cache=True, nogil=True)
def batch_walks(rows, walks, more, batches, left, right):  # pragma: no cover
    """Take up to `more` steps with the walks in `rows`, in place, while within (left, right)."""
    slopes, batch, size = batches.slopes, batches.batch, batches.size
    parts, powers = slopes.shape
    for row in rows:
        x, counter = walks.points[row], walks.counters[row]
        order = batches.orders[row]
        taken = 0
        while taken < more and left < x < right:
            total = 0.0
            for k in range(batch):
                counter += GOLDEN
                ahead = (_mixed(counter) >> uint64(32)) * uint64(parts - k)
                other = k + np.int64(ahead >> uint64(32))
                chosen = order[other]
                order[other] = order[k]
                order[k] = chosen
                gradient = slopes[chosen, 0]
                for power in range(1, powers):
                    gradient = gradient * x + slopes[chosen, power]
                total += gradient
            x -= size / batch * total
            taken += 1
        walks.points[row], walks.counters[row] = x, counter
        walks.steps[row] += taken
