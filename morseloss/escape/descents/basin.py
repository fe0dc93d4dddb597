"""`Basins`: a local minimum of each of many polynomials, the gates of its basin, and its bar.

The one idea: on the line a basin is the interval between the maxima beside the minimum, and its bar
ends at the lower of the two ways to a lower minimum. Coefficients are kept in powers of the
distance to the minimum, in which descent near it loses no digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from morseloss.escape.fault import Fault, complain
from morseloss.escape.series import SAME_VALUE, critical_rows, evaluate, rows_of, shifted
from morseloss.landscapes.polynomial import Polynomial

__all__ = ["Basins", "basins"]

SAME_PLACE = 1e-12  # [point]: a start midway between two minima, but for round-off
FLAT = 1e-9  # curvature, relative to the largest of the polynomial's, that counts as none


@dataclass(frozen=True, eq=False)
class Basins:
    """The basins of one local minimum each, of a batch of polynomials in one variable.

    Attributes
    ----------
    coefficients : ndarray, shape (n, powers)
        In powers of the distance to the minimum, from the constant term up.
    minima : ndarray, shape (n,)
        Where the local minimum is.
    left, right : ndarray, shape (n,)
        The gates: the maxima beside the minimum, `-inf` or `inf` where there is none.
    curvatures : ndarray, shape (n,)
        Second derivative at the minimum, [value]/[point]^2: a learning rate times it is a number.
    saddles : ndarray, shape (n,)
        The maximum at which the bar of the minimum ends; `nan` where it never does.
    lengths : ndarray, shape (n,)
        Length of that bar, [value]; `inf` where it never ends.
    wells : ndarray, shape (n, minima)
        All minima, ascending, filled up with infinity.
    faults : ndarray of int, shape (n,)
        A `Fault` each, `NONE` where a row can be asked how it is left.
    """

    coefficients: Float[np.ndarray, "n powers"]
    minima: Float[np.ndarray, " n"]
    left: Float[np.ndarray, " n"]
    right: Float[np.ndarray, " n"]
    curvatures: Float[np.ndarray, " n"]
    saddles: Float[np.ndarray, " n"]
    lengths: Float[np.ndarray, " n"]
    wells: Float[np.ndarray, "n minima"]
    faults: Int[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.minima)

    def __repr__(self) -> str:
        bad = int((self.faults > 0).sum())
        return f"Basins({len(self)} of polynomials{f', {bad} with a fault' if bad else ''})"

    def take(self, rows: Any) -> "Basins":
        """Return the given rows, in their order."""
        return Basins(**{part.name: getattr(self, part.name)[rows] for part in fields(self)})

    @property
    def widths(self) -> Float[np.ndarray, " n"]:
        """Distance from the minimum to the nearer gate, [point]."""
        return np.minimum(self.right - self.minima, self.minima - self.left)


def basins(
    polynomials: Polynomial | Sequence[Polynomial] | Float[np.ndarray, "n powers"] | Basins,
    near: float | Float[np.ndarray, " n"] | None = None,
) -> Basins:
    """Find the basin of one local minimum of each polynomial, and its bar.

    Parameters
    ----------
    polynomials : Polynomial, sequence of Polynomial, or ndarray of shape (n, powers)
        In one variable; an array holds coefficients from the constant term up.
    near : float or ndarray of shape (n,), optional
        The minimum nearest to it is taken; by default the one with the longest finite bar.

    Returns
    -------
    Basins
        Rows of a batch that have no such minimum are marked in `faults`.

    Raises
    ------
    ValueError
        If the polynomials are not in one variable, or a single one has no minimum to escape from.

    References
    ----------
    Barannikov et al., Loss barcode, Definition 1.

    Examples
    --------
    >>> import morseloss as ml
    >>> one = basins(ml.Polynomial({2: 1.0, 4: -1.0, 6: 0.2}), near=0.0)
    >>> one.right.round(4), one.lengths.round(4)
    (array([0.7827]), array([0.2833]))
    """
    if isinstance(polynomials, Basins):
        return polynomials
    rows = rows_of(polynomials)
    points, curvatures = critical_rows(rows)
    size = np.abs(curvatures).max(axis=1, keepdims=True)
    low, top = curvatures > FLAT * size, curvatures < -FLAT * size
    values = np.where(np.isfinite(points), evaluate(rows, np.where(low | top, points, 0.0)), np.inf)
    deaths, saddles = _bars(points, values, low, top)
    chosen = _chosen(points, values, low, deaths, near)
    count = np.arange(len(rows))
    minima = np.where(chosen >= 0, points[count, chosen], np.nan)
    found = _around(rows, minima, points, top)
    curvature = np.where(chosen >= 0, curvatures[count, chosen], np.nan)
    with np.errstate(invalid="ignore"):
        lengths = deaths[count, chosen] - values[count, chosen]
    faults = np.where(np.isfinite(lengths), Fault.NONE, Fault.NO_LOWER)
    faults = np.where(~_coercive(rows), Fault.NO_LOWER, faults)
    faults = np.where(chosen < 0, Fault.NO_MINIMUM, faults)
    wells = np.sort(np.where(low, points, np.inf), axis=1)
    complain(faults, f"the polynomial with coefficients {rows[0].tolist()}")
    return Basins(
        found[0], minima, *found[1:], curvature, saddles[count, chosen], lengths, wells, faults
    )


def _coercive(rows: Float[np.ndarray, "n powers"]) -> np.ndarray:
    powers = rows.shape[1] - 1 - (rows != 0)[:, ::-1].argmax(axis=1)
    leading = rows[np.arange(len(rows)), powers]
    return (powers % 2 == 0) & (leading > 0)


def _bars(
    points: np.ndarray, values: np.ndarray, low: np.ndarray, top: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the bar of each minimum ends, and at which maximum: the lower of both ways.

    Level minima do not end each other's bars, and of level maxima the first on the way counts.
    """
    shape, slack = points.shape, _slack(values)
    deaths, saddles = np.full(shape, np.inf), np.full(shape, np.nan)
    for column in range(shape[1]):
        for way in (1, -1):
            barrier, at = np.full(len(points), -np.inf), np.full(len(points), np.nan)
            arrived = np.zeros(len(points), bool)
            value = values[:, column] - slack
            for other in range(column + way, shape[1] if way > 0 else -1, way):
                height = values[:, other]
                higher = top[:, other] & (height > barrier + slack) & ~arrived
                barrier = np.where(higher, height, barrier)
                at = np.where(higher, points[:, other], at)
                arrived |= low[:, other] & (height < value)
            better = arrived & low[:, column] & (barrier < deaths[:, column] - slack)
            deaths[better, column], saddles[better, column] = barrier[better], at[better]
    return deaths, saddles


def _chosen(
    points: np.ndarray,
    values: np.ndarray,
    low: np.ndarray,
    deaths: np.ndarray,
    near: float | np.ndarray | None,
) -> Int[np.ndarray, " n"]:
    """Return the column of the minimum that is meant, the left one of two; -1 for none."""
    if near is None:
        with np.errstate(invalid="ignore"):
            lengths = np.where(low & np.isfinite(deaths), deaths - values, -np.inf)
        longest = lengths >= lengths.max(axis=1, keepdims=True) - _slack(values)[:, None]
        return np.where(np.isfinite(lengths).any(axis=1), longest.argmax(axis=1), -1)
    distances = np.abs(points - np.broadcast_to(near, len(points))[:, None])
    distances = np.where(low, distances, np.inf)
    nearest = distances <= distances.min(axis=1, keepdims=True) + SAME_PLACE
    return np.where(low.any(axis=1), nearest.argmax(axis=1), -1)


def _slack(values: Float[np.ndarray, "n points"]) -> Float[np.ndarray, " n"]:
    """Return by how much round-off may part values that a symmetry makes equal."""
    known = np.isfinite(values)
    highest = np.where(known, values, -np.inf).max(axis=1)
    span = highest - np.where(known, values, np.inf).min(axis=1)
    return SAME_VALUE * np.where(np.isfinite(span), span, 0.0)


def _around(
    rows: np.ndarray, minima: np.ndarray, points: np.ndarray, top: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the coefficients around the minimum, and the maxima beside it."""
    known = np.where(np.isfinite(minima), minima, 0.0)
    around = shifted(rows, known)
    around[:, 1] = 0.0  # the slope at the minimum: what is left is round-off
    left = np.where(top & (points < known[:, None]), points, -np.inf).max(axis=1)
    right = np.where(top & (points > known[:, None]), points, np.inf).min(axis=1)
    return around, left, right
