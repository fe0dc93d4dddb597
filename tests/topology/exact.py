"""Distances of small barcodes in exact arithmetic, by all matchings, and barcodes of any scale.

The one idea: every float is a whole number of 2**-1074, so Python's integers hold births, deaths
and squared costs exactly, whatever their size. Roots and powers are taken with 60 digits.
"""

from decimal import Context, Decimal, localcontext
from itertools import combinations, permutations

import numpy as np

DIGITS = Context(prec=60, Emax=10**9, Emin=-(10**9))
LARGEST = Decimal(float(np.finfo(float).max))


def exact_distance(a, b, metric, order):
    """Return the distance as a Decimal: bottleneck if the order is infinite, else Wasserstein.

    It is `inf` if the essential bars differ in number.
    """
    ends = [sorted(map(whole, bars[np.isinf(bars[:, 1]), 0].tolist())) for bars in (a, b)]
    if len(ends[0]) != len(ends[1]):
        return Decimal("inf")
    squares = [4 * (p - q) ** 2 for p, q in zip(*ends, strict=True)]
    a, b = (bars[np.isfinite(bars[:, 1])].tolist() for bars in (a, b))
    a, b = ([tuple(map(whole, bar)) for bar in bars] for bars in (a, b))
    with localcontext(DIGITS):
        costs = Table(a, b, metric, order)
        known = [costs.priced(square) for square in squares]
        best = min(costs.total(rows, columns, known) for rows, columns in matchings(len(a), len(b)))
        root = best.sqrt() if np.isinf(order) else best ** (1 / Decimal(order))
        return root / 2 / Decimal(2) ** 1074


def matchings(n, m):
    """Yield all matchings of some of `n` bars with as many of `m`."""
    for size in range(min(n, m) + 1):
        for rows in combinations(range(n), size):
            for columns in permutations(range(m), size):
                yield rows, columns


def whole(number):
    """Return a float as a whole number of 2**-1074."""
    over, under = number.as_integer_ratio()
    return over * (2**1074 // under)


class Table:
    """What pairs of bars and bars alone pay: four times a squared cost, or a power of twice it."""

    def __init__(self, a, b, metric, order):
        self.order = order
        size = max if metric == "chebyshev" else sum
        self.between = [
            [self.priced(4 * size(((p[0] - q[0]) ** 2, (p[1] - q[1]) ** 2))) for q in b] for p in a
        ]
        share = 1 if metric == "chebyshev" else 2
        self.down = [
            [self.priced(share * (death - birth) ** 2) for birth, death in bars] for bars in (a, b)
        ]

    def priced(self, square):
        """Return what a cost counts for, of which four times the square is given."""
        if np.isinf(self.order):
            return Decimal(square)
        root = Decimal(square).sqrt()
        return root if self.order == 1 else root ** Decimal(self.order)

    def total(self, rows, columns, known):
        """Return what a matching pays, besides what is known."""
        costs = known + [self.between[i][j] for i, j in zip(rows, columns, strict=True)]
        costs += [cost for i, cost in enumerate(self.down[0]) if i not in rows]
        costs += [cost for j, cost in enumerate(self.down[1]) if j not in columns]
        return max(costs, default=Decimal(0)) if np.isinf(self.order) else sum(costs, Decimal(0))


def drawn_pair(generator, most=3):
    """Draw two barcodes whose numbers are of any size that floats have."""
    kind = KINDS[generator.integers(len(KINDS))]
    a, b = (drawn(generator, kind, most) for _ in range(2))
    if generator.random() < 0.4:  # the same bars in both, which only a matching can tell apart
        shared = drawn(generator, KINDS[generator.integers(len(KINDS))], 2)
        a, b = (np.concatenate([bars, shared])[: most + 1] for bars in (a, b))
    if generator.random() < 0.1:
        b = a[generator.permutation(len(a))]
    return a, b


def drawn(generator, kind, most):
    """Draw a barcode of one kind, with up to so many bars."""
    count = generator.integers(0, most + 1)
    bars = np.sort(kind(generator, (count, 2)), axis=1)
    bars[generator.random(count) < 0.1, 1] = np.inf
    return bars


def scale(generator, shape=()):
    """Draw powers of two from 1e-301 to 1e301."""
    return 2.0 ** generator.integers(-1000, 1000, shape)


def long_bar(generator, shape):
    """One bar so long that it stands for an infinite one."""
    bars = generator.integers(0, 9, shape) / 4
    bars[:1, 1] = generator.choice([1e16, 1e150, 1e308])
    return bars


KINDS = [
    lambda g, shape: g.integers(-4, 5, shape) * scale(g),  # with ties
    lambda g, shape: g.normal(size=shape) * scale(g),
    lambda g, shape: g.normal(size=shape) * scale(g, (shape[0], 1)),  # a scale for each bar
    lambda g, shape: g.normal(size=shape) * scale(g, shape),  # and for each number
    lambda g, shape: g.integers(-9, 10, shape) * 5e-324,  # the smallest floats
    lambda g, shape: g.uniform(-1, 1, shape) * np.finfo(float).max,  # differences overflow
    lambda g, shape: (1 + g.integers(0, 9, shape) * 2.0**-52) * scale(g),  # neighbouring floats
    long_bar,
]
