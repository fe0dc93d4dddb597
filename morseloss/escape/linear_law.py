"""`linear_law`: how far escape rates are a linear function of bar lengths."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["LinearLaw", "linear_law"]


@dataclass(frozen=True, eq=False)
class LinearLaw:
    """The least-squares line through rates against lengths.

    Attributes
    ----------
    slope, intercept : float
        `rate = intercept + slope * length`.
    r_squared : float
        Share of the variance of the rates that the line explains; 1 where they do not vary.
    monotone : bool
        Whether the rates only rise or only fall with the length.
    count : int
        Number of points, n.
    mean, spread : float
        Mean of the lengths, and the sum of the squares of their distances to it.
    error : float
        Standard error of a rate about the line, with n - 2 degrees of freedom.
    """

    slope: float
    intercept: float
    r_squared: float
    monotone: bool
    count: int
    mean: float
    spread: float
    error: float

    def __repr__(self) -> str:
        return f"LinearLaw(slope {self.slope:.4g}, R^2 {self.r_squared:.5f}, {self.count} points)"

    def at(self, lengths: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
        """Return the line at these lengths."""
        return self.intercept + self.slope * lengths

    def band(self, lengths: Float[np.ndarray, " k"], level: float = 0.95) -> np.ndarray:
        """Return half the width of the confidence band of the line at these lengths.

        Student's band for the mean, which takes deviations for independent and normal; here they
        are the curvature of the law, and the band measures how far a line describes it.
        """
        from scipy.stats import t

        quantile = t.ppf((1 + level) / 2, self.count - 2)
        return (
            quantile
            * self.error
            * np.sqrt(1 / self.count + (lengths - self.mean) ** 2 / self.spread)
        )


def linear_law(lengths: Float[np.ndarray, " n"], rates: Float[np.ndarray, " n"]) -> LinearLaw:
    """Fit a line to escape rates against bar lengths.

    Parameters
    ----------
    lengths : ndarray, shape (n,)
        Bar lengths of the members of a family, [value].
    rates : ndarray, shape (n,)
        Their escape rates, or these times a curvature.

    Returns
    -------
    LinearLaw

    Raises
    ------
    ValueError
        If there are fewer than three points, one is not finite, or all lengths are equal.

    Examples
    --------
    >>> import numpy as np
    >>> linear_law(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0]))
    LinearLaw(slope 2, R^2 1.00000, 3 points)
    """
    lengths, rates = np.asarray(lengths, dtype=float), np.asarray(rates, dtype=float)
    finite = np.isfinite(lengths).all() and np.isfinite(rates).all()
    if lengths.shape != rates.shape or len(lengths) < 3 or not finite or not np.ptp(lengths):
        raise ValueError(
            "`lengths` and `rates` must hold three or more finite numbers each, not all lengths "
            f"equal; got {len(lengths)} and {len(rates)}; leave out rows with a fault"
        )
    mean = lengths.mean()
    spread = float(((lengths - mean) ** 2).sum())
    slope = float((lengths - mean) @ rates) / spread
    intercept = float(rates.mean() - slope * mean)
    residual = float(((rates - intercept - slope * lengths) ** 2).sum())
    total = float(((rates - rates.mean()) ** 2).sum())
    changes = np.diff(rates[np.argsort(lengths)])
    return LinearLaw(
        slope,
        intercept,
        1 - residual / total if total else 1.0,
        bool((changes >= 0).all() or (changes <= 0).all()),
        len(lengths),
        float(mean),
        spread,
        float(np.sqrt(residual / (len(lengths) - 2))),
    )
