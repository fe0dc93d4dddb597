"""`attractors`: where descent stays in the long run, learning rate by learning rate."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from morseloss.escape.descents.basin import Basins, basins
from morseloss.escape.descents.descent import faults_of, spread
from morseloss.escape.descents.maps import maps_of
from morseloss.escape.fault import complain
from morseloss.landscapes.polynomial import Polynomial

__all__ = ["Attractors", "attractors"]


@dataclass(frozen=True, eq=False)
class Attractors:
    """Late points of one trajectory for each learning rate.

    Attributes
    ----------
    rates : ndarray, shape (rates,)
        Learning rates.
    points : ndarray, shape (rates, kept)
        Consecutive points after the transient; `nan` from where the trajectory leaves the basin.
    left : ndarray of bool, shape (rates,)
        Whether it left, in the transient or later.
    """

    rates: Float[np.ndarray, " rates"]
    points: Float[np.ndarray, "rates kept"]
    left: np.ndarray

    def __len__(self) -> int:
        return len(self.rates)

    def __repr__(self) -> str:
        return f"Attractors({len(self)} rates, {int(self.left.sum())} of them leave)"

    def periods(self, tolerance: float = 1e-6) -> np.ndarray:
        """Return the period of each attractor, 0 where it has none among the points kept.

        Parameters
        ----------
        tolerance : float
            Distance at which two points are the same, in units of the spread of all points.
        """
        late = np.where(self.left[:, None], np.inf, self.points)
        scale = 0.0 if self.left.all() else tolerance * float(np.ptp(self.points[~self.left]))
        found = np.zeros(len(late), dtype=int)
        for period in range(late.shape[1] // 2, 0, -1):
            with np.errstate(invalid="ignore"):
                apart = np.abs(late[:, period:] - late[:, :-period]).max(axis=1)
            found[apart <= scale] = period
        return found


def attractors(
    where: Basins | Polynomial,
    rates: Float[np.ndarray, " rates"],
    start: float,
    *,
    transient: int = 4000,
    kept: int = 256,
) -> Attractors:
    """Follow one start at many learning rates, and keep the points after a transient.

    Parameters
    ----------
    where : Basins or Polynomial
        One landscape, and the minimum.
    rates : ndarray, shape (rates,)
        Learning rates, positive.
    start : float
        In the basin.
    transient : int
        Steps that are not kept.
    kept : int
        Steps that are.

    Returns
    -------
    Attractors

    Raises
    ------
    ValueError
        If a rate is not positive, or the start is not in the basin.

    Examples
    --------
    >>> import morseloss as ml, numpy as np
    >>> land = ml.Polynomial({2: 1.0, 4: -1.0, 6: 0.2})
    >>> attractors(land, np.array([0.9, 1.01, 2.5]), 0.1).periods()
    array([1, 2, 0])
    """
    found, rates, starts = spread(basins(where), rates, start)
    faults = faults_of(found, rates, starts)
    bad = np.flatnonzero(faults)
    if len(bad):
        complain(faults[bad[:1]], f"the row with start {start:g} and rate {rates[bad[0]]:g}")
    gates = found.left - found.minima, found.right - found.minima
    maps = maps_of(found.coefficients, rates, *gates, np.zeros(len(found)))
    points, inside = maps.advance(torch.tensor(starts - found.minima), transient)
    gone = (inside < transient).numpy()
    late = np.empty((len(found), kept))
    for column in range(kept):
        points, inside = maps.advance(points, 1)
        gone |= (inside < 1).numpy()
        late[:, column] = np.where(gone, np.nan, points.numpy() + found.minima)
    return Attractors(rates, late, gone)
