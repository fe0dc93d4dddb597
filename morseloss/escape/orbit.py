"""`orbit`: the points of one trajectory, for pictures and for stepping by hand."""

import numpy as np
from jaxtyping import Float

from morseloss.escape.basin import Basins, basins
from morseloss.escape.series import derivative, evaluate
from morseloss.polynomial import Polynomial

__all__ = ["orbit"]


def orbit(
    where: Basins | Polynomial, rate: float, start: float, steps: int
) -> Float[np.ndarray, " points"]:
    """Return the points of gradient descent on one polynomial, the start first.

    Parameters
    ----------
    where : Basins or Polynomial
        One landscape.
    rate : float
        Learning rate.
    start : float
        Anywhere.
    steps : int
        Most steps; the orbit ends early where it overflows.

    Returns
    -------
    ndarray, shape (points,)

    Examples
    --------
    >>> import morseloss as ml
    >>> orbit(ml.Polynomial({2: 1.0, 4: -1.0, 6: 0.2}), 0.25, 0.1, 2).round(6)
    array([0.1     , 0.050997, 0.025631])
    """
    found = basins(where)
    slopes = derivative(found.coefficients)
    points = np.array([[start - found.minima[0]]])
    path = [start]
    for _ in range(steps):
        with np.errstate(over="ignore", invalid="ignore"):
            points = points - rate * evaluate(slopes, points)
        if not np.isfinite(points).all():
            break
        path.append(float(points[0, 0] + found.minima[0]))
    return np.array(path)
