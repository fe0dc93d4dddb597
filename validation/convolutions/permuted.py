"""Permutation tests: whether numbers of one kind are higher, and whether two go together.

The one idea: were labels or partners exchanged at random, how often would the difference be as
large? The level counts the arrangement at hand, so it is never 0.
"""

from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np

__all__ = ["higher", "together"]

MOST = 20000  # arrangements looked at; beyond, so many are drawn at random


def higher(ones: np.ndarray, others: np.ndarray) -> float:
    """Return the chance that the mean of the first lies so far above that of the others.

    Parameters
    ----------
    ones, others : ndarray, shape (n,) and (m,)

    Returns
    -------
    float
        One-sided. All arrangements are looked at where they are few, else a random part.

    Examples
    --------
    >>> import numpy as np
    >>> higher(np.array([3.0, 4.0]), np.array([1.0, 2.0]))  # one of six arrangements
    0.16666666666666666
    """
    every, count = np.concatenate([ones, others]), len(ones)
    sums = np.array([every[list(rows)].sum() for rows in _chosen(len(every), count)])
    return float(np.mean(sums >= every[:count].sum() - 1e-12 * np.abs(every).sum()))


def together(
    groups: Sequence[tuple[np.ndarray, np.ndarray]], *, within: bool
) -> tuple[float, float]:
    """Return the rank correlation of two numbers, and the chance that it is so large.

    Parameters
    ----------
    groups : sequence of (ndarray, ndarray)
        Both numbers of each member of each group.
    within : bool
        Rank and exchange in each group alone, so that differences of groups have no say.

    Returns
    -------
    correlation, chance : float
        Spearman's, the mean over groups within them; one-sided.

    Examples
    --------
    >>> import numpy as np
    >>> up = np.arange(8.0)
    >>> correlation, chance = together([(up, up**2)], within=True)
    >>> round(correlation, 6), chance < 0.001
    (1.0, True)
    """
    joined = [tuple(np.concatenate(part) for part in zip(*groups, strict=True))]
    parts = [(_ranks(one), _ranks(other)) for one, other in (groups if within else joined)]
    draws = np.random.default_rng(0)
    found = np.mean([_correlation(one, other) for one, other in parts])
    chance = [
        np.mean([_correlation(one, draws.permutation(other)) for one, other in parts])
        for _ in range(MOST // 4)
    ]
    return float(found), float((1 + np.sum(np.array(chance) >= found - 1e-12)) / (1 + len(chance)))


def _chosen(count: int, some: int):
    if comb(count, some) <= MOST:
        return combinations(range(count), some)
    draws = np.random.default_rng(0)
    drawn = [tuple(draws.permutation(count)[:some]) for _ in range(MOST - 1)]
    return [tuple(range(some)), *drawn]


def _ranks(numbers: np.ndarray) -> np.ndarray:
    """Ranks, equal numbers sharing theirs."""
    from scipy.stats import rankdata

    return rankdata(numbers)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
