"""Steps of noisy gradient descent, compiled by numba; imported only where steps are taken.

The one idea: every walk draws from a stream of its own, so neither the order nor the number of
threads can change a bit. The stream is splitmix64: a counter that starts at the walk's seed, and a
mixing of its bits. Normal numbers come from a ziggurat of 256 layers. Tests reach all of it, but
coverage cannot see into machine code.
"""

import math

import numpy as np
from numba import njit, uint64

__all__ = ["batch_walks", "gaussian_walks", "normals"]

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
def gaussian_walks(
    rows, points, counters, steps, more, slope, size, noise, left, right
):  # pragma: no cover
    """Take up to `more` steps `x - (size p'(x) + noise xi)` with each walk in `rows`, in place.

    A walk stops where it leaves (left, right). `slope` holds the coefficients of p', the highest
    power first.
    """
    for row in rows:
        x, counter = points[row], counters[row]
        taken = 0
        while taken < more and left < x < right:
            gradient = slope[0]
            for k in range(1, len(slope)):
                gradient = gradient * x + slope[k]
            xi, counter = _normal(counter)
            x -= size * gradient + noise * xi
            taken += 1
        points[row], counters[row] = x, counter
        steps[row] += taken


@njit(cache=True, nogil=True)
def batch_walks(
    rows, points, counters, steps, more, slopes, orders, batch, size, left, right
):  # pragma: no cover
    """Take up to `more` steps along the mean gradient of a random batch with each walk, in place.

    A row of `orders` is a permutation of the parts; its first `batch` entries, shuffled into
    place, are the batch. `slopes` has one row of coefficients a part, the highest power first.
    """
    parts, powers = slopes.shape
    for row in rows:
        x, counter = points[row], counters[row]
        order = orders[row]
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
        points[row], counters[row] = x, counter
        steps[row] += taken
