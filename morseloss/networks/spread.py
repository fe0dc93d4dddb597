"""`Spread`: mean, deviation and band of numbers that were drawn many times.

The one idea: a draw may lack a number; what is there is counted, and the draws are kept.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["Spread"]


@dataclass(frozen=True, eq=False)
class Spread:
    """Numbers that were drawn many times.

    Attributes
    ----------
    draws : ndarray, shape (draws, ...)
        `nan` where a draw has no such number.
    mean, deviation : ndarray, shape (...)
        Over the draws; the deviation is that of the sample, with `draws - 1`, and `nan` for one.
    low, high : ndarray, shape (...)
        Percentiles that enclose the band.

    Examples
    --------
    >>> import numpy as np
    >>> from morseloss.networks.spread import Spread
    >>> spread = Spread.of(np.array([1.0, 2.0, 3.0]), level=0.5)
    >>> float(spread.mean), float(spread.deviation), float(spread.low), float(spread.high)
    (2.0, 1.0, 1.5, 2.5)
    """

    draws: Float[np.ndarray, "draws ..."]
    mean: Float[np.ndarray, "..."]
    deviation: Float[np.ndarray, "..."]
    low: Float[np.ndarray, "..."]
    high: Float[np.ndarray, "..."]

    @classmethod
    def of(cls, draws: Float[np.ndarray, "draws ..."], *, level: float) -> "Spread":
        """Return mean, deviation and the band that holds the part `level` of the draws."""
        draws = np.asarray(draws, np.float64)
        known = ~np.isnan(draws)
        count = known.sum(axis=0)
        filled = np.where(known, draws, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = filled.sum(axis=0) / count
            square = np.where(known, (draws - mean) ** 2, 0.0).sum(axis=0) / (count - 1)
        deviation = np.asarray(np.sqrt(np.where(count > 1, square, np.nan)))
        low, high = _quantiles(draws, ((1 - level) / 2, (1 + level) / 2))
        return cls(draws, np.asarray(mean), deviation, low, high)


def _quantiles(draws, at):
    kept = [column[~np.isnan(column)] for column in draws.reshape(len(draws), -1).T]
    rows = [np.quantile(column, at) if len(column) else (np.nan, np.nan) for column in kept]
    low, high = np.array(rows).T
    return low.reshape(draws.shape[1:]), high.reshape(draws.shape[1:])
