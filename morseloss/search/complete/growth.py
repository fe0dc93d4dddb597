"""`rises_beyond`: whether a polynomial with solutions at infinity grows beyond its critical points.

The one idea: where the leading part vanishes along a curve, lower terms decide there. So the lowest
values on the walls of ever larger boxes, bent as the leading powers are, are looked at: along a
valley that rises as a power of the size they grow faster and faster, along one that falls or only
levels off they do not.
"""

import itertools

import numpy as np
import torch
from jaxtyping import Float

from morseloss._shapes import Points
from morseloss.landscapes.polynomial import Polynomial
from morseloss.search.complete.homotopy import variable_scales

__all__ = ["rises_beyond"]

SAMPLES, LOWEST = 512, 8  # on each wall; of them those from which one descends
DOUBLINGS = (4, 10, 16, 22, 28)  # of the value of the leading part on the walls

Point = Float[np.ndarray, " dim"]


def rises_beyond(polynomial: Polynomial, points: Points, powers: tuple[int, ...]) -> Point | None:
    """Return None where the polynomial rises in all directions, and else where it was seen not to.

    That is strong evidence, not a proof.

    Parameters
    ----------
    polynomial : Polynomial
    points : Tensor, shape (n, dim)
        All its critical points.
    powers : tuple of int
        The leading ones, one a variable.

    Returns
    -------
    array, shape (dim,), or None
        The lowest place on the wall of a box.
    """
    size = variable_scales(polynomial).numpy()
    if len(points):
        size = np.maximum(size, points.abs().amax(0).numpy())
    top = float(polynomial.value(points).max()) if len(points) else -np.inf
    lows: list[float] = []
    place = size
    for doublings in DOUBLINGS:
        half = 2.0 * size * np.exp2(doublings / np.array(powers))
        value, place = _lowest(polynomial, half)
        lows.append(value)
        faster = len(lows) > 2 and lows[-1] - lows[-2] > lows[-2] - lows[-3] > 0
        if faster and value > top:
            return None
    return place


def _lowest(polynomial: Polynomial, half: Point) -> tuple[float, Point]:
    """The lowest value on the walls of a box around 0, and where it is."""
    from scipy.optimize import minimize

    def scaled(unit: Point) -> tuple[float, Point]:
        where = torch.from_numpy(unit * half)[None]
        slopes = polynomial.gradient(where)[0].numpy() * half
        return float(polynomial.value(where)[0]) / scale, slopes / scale

    best, place = np.inf, half
    for axis, side in itertools.product(range(len(half)), (-1.0, 1.0)):
        starts = _on_wall(len(half), axis, side)
        values = polynomial.value(torch.from_numpy(starts * half)).numpy()
        scale = max(float(np.median(np.abs(values))), 1e-300)
        bounds = [(side, side) if k == axis else (-1.0, 1.0) for k in range(len(half))]
        for row in values.argsort()[:LOWEST]:
            end = minimize(scaled, starts[row], jac=True, bounds=bounds, method="L-BFGS-B",
                           options={"ftol": 0.0, "gtol": 0.0, "maxiter": 500})  # fmt: skip
            if end.fun * scale < best:
                best, place = float(end.fun * scale), end.x * half
    return best, place


def _on_wall(dim: int, axis: int, side: float) -> Float[np.ndarray, "samples dim"]:
    """Points of a wall of the box of half widths 1, always the same ones."""
    points = np.random.default_rng(0).uniform(-1.0, 1.0, (SAMPLES, dim))
    points[:, axis] = side
    return points
