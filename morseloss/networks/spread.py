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
        Over the draws; the deviation is that of the sample, with `draws - 1`, and `nan` for one
        draw, or where the mean is infinite.
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
            off = draws - np.where(np.isfinite(mean), mean, np.nan)
            square = np.where(known, off**2, 0.0).sum(axis=0) / (count - 1)
        deviation = np.asarray(np.sqrt(np.where(count > 1, square, np.nan)))
        low, high = _quantiles(draws, ((1 - level) / 2, (1 + level) / 2))
        return cls(draws, np.asarray(mean), deviation, low, high)


def _ends(column, at):
    """Quantiles by interpolation; where an end is infinite, the draw beyond it."""
    if np.isfinite(column).all():
        return np.quantile(column, at)
    return np.quantile(column, at[0], method="lower"), np.quantile(column, at[1], method="higher")


def _quantiles(draws, at):
    kept = [column[~np.isnan(column)] for column in draws.reshape(len(draws), -1).T]
    rows = [_ends(column, at) if len(column) else (np.nan, np.nan) for column in kept]
    low, high = np.array(rows).T
    return low.reshape(draws.shape[1:]), high.reshape(draws.shape[1:])
