"""`reach`: a box that holds the critical points of a polynomial, as far as directions can tell.

The one idea: along a ray the polynomial is one in a single variable, whose slope has a largest
root. Where the axes are of very different sizes, rays are spread evenly in units in which the
coefficients are of one size, or bent as the leading powers are: `(r u, r^2 v)` for `x^4 + y^2`,
along its `main_axes` where they are turned.
"""

import math

import numpy as np
from jaxtyping import Float, Int

from morseloss.landscapes.boxes.main_axes import balanced, main_axes
from morseloss.landscapes.units import ordinary

__all__ = ["reach"]

ROUND_OFF = 1e-13  # of the terms of one degree
TOO_FAR = 1e150  # where squares overflow
HALVINGS = 60  # of an interval: to the last bit

Terms = dict[tuple[int, ...], float]
Speeds = Int[np.ndarray, " dim"]


def reach(terms: Terms) -> Float[np.ndarray, "2 dim"] | None:
    """Return a box that holds the critical points of a polynomial, None where it is not coercive.

    Parameters
    ----------
    terms : dict
        Coefficients by exponents.

    Notes
    -----
    Only where that box is far from 1 or from a cube, or none is found, is the polynomial looked at
    in other units.
    """
    found = main_axes(terms)
    if found is None:
        return _along_axes(terms)
    box = _along_axes(found.terms)
    if box is None:
        return None
    middle = found.axes @ box.mean(0) + found.origin
    half = np.abs(found.axes) @ (box[1] - box[0]) / 2
    return np.stack([middle - half, middle + half])


def _along_axes(terms: Terms) -> Float[np.ndarray, "2 dim"] | None:
    """The box of a polynomial whose main axes are those of its coordinates."""
    box = _reached(terms)
    if box is not None and _handy(box):
        return box
    exponents, coefficients = np.array(list(terms)), np.array(list(terms.values()))
    powers = balanced(exponents, coefficients)
    if ordinary(powers):
        return box if box is None else _narrowed(terms, box)
    sizes = np.log2(np.abs(coefficients)) + exponents @ powers
    alike = np.sign(coefficients) * np.exp2(sizes - sizes.max())
    even = dict(zip(terms, alike.tolist(), strict=True))
    seen = _reached(even)
    if seen is None:
        return box
    with np.errstate(over="ignore"):
        found = (seen if _handy(seen) else _narrowed(even, seen)) * np.exp2(powers)
    return found if np.isfinite(found).all() else box


def _handy(box: Float[np.ndarray, "2 dim"]) -> bool:
    """Return whether a box is neither far from 1 nor from a cube."""
    return ordinary(np.log2(box[1] - box[0]) - 1)


def _bent(terms: Terms) -> Speeds:
    """How fast each coordinate of a ray grows, so that all leading powers grow alike.

    Along straight rays the slope of `(y - x^2)^2 + x^2` has roots as far out as one likes, near the
    axis of y; along `(r u, r^2 v)` it has not.
    """
    dim = len(next(iter(terms)))
    pure = [max((e[i] for e in terms if e[i] == sum(e)), default=0) for i in range(dim)]
    if min(pure) < 1:
        return np.ones(dim, dtype=int)
    speeds = math.lcm(*pure) // np.array(pure)
    return speeds // np.gcd.reduce(speeds)


def _narrowed(terms: Terms, box: Float[np.ndarray, "2 dim"]) -> Float[np.ndarray, "2 dim"]:
    """What bent rays leave of a box, which straight ones found where units are not to blame."""
    speeds = _bent(terms)
    seen = None if (speeds == speeds[0]).all() else _reached(terms, speeds)
    if seen is None:
        return box
    low, high = np.maximum(box[0], seen[0]), np.minimum(box[1], seen[1])
    return np.stack([low, high]) if (low < high).all() else box


def _reached(terms: Terms, speeds: Speeds | None = None) -> Float[np.ndarray, "2 dim"] | None:
    """The box in the units of the terms, by straight rays or bent ones."""
    dim = len(next(iter(terms)))
    speeds = np.ones(dim, dtype=int) if speeds is None else speeds
    directions = _directions(dim)
    radial = _radial_coefficients(terms, directions, speeds)
    if not (_leading(radial) > 0).all():
        return None
    roots = _largest_roots(radial)
    if not (roots < TOO_FAR).all():
        return None
    reach = roots[:, None] ** speeds * directions
    if dim > 1:
        reach = np.concatenate([reach, _farther(terms, reach, speeds)])
    low, high = reach.min(0), reach.max(0)
    extent = high - low
    margin = np.where(extent > 0, 0.1 * extent, 1.0)
    return np.stack([low - margin, high + margin])


def _directions(dim: int) -> np.ndarray:
    """Unit vectors spread over the sphere, always the same ones, axes included."""
    from scipy.stats import qmc

    axes = np.concatenate([np.eye(dim), -np.eye(dim)])
    if dim == 1:
        return axes
    normal = qmc.MultivariateNormalQMC(np.zeros(dim), rng=0).random(1024)
    return np.concatenate([axes, normal / np.linalg.norm(normal, axis=1, keepdims=True)])


def _radial_coefficients(terms: Terms, directions: np.ndarray, speeds: Speeds) -> np.ndarray:
    """Coefficients of `d/dr L(r u)`, powers 0..degree-1, one row a direction.

    What is left of terms of one degree that cancel is 0. A small one beside those of lower degrees
    is not: far out it is the largest.
    """
    degree = max(int(speeds @ e) for e in terms)
    radial = np.zeros((len(directions), max(degree, 1)))
    sizes = np.zeros_like(radial)
    for exponents, coefficient in terms.items():
        total = int(speeds @ exponents)
        if total:
            monomial = np.prod(directions ** np.array(exponents), axis=1)
            radial[:, total - 1] += total * coefficient * monomial
            sizes[:, total - 1] += np.abs(total * coefficient * monomial)
    return np.where(np.abs(radial) > ROUND_OFF * sizes, radial, 0.0)


def _powers(radial: np.ndarray) -> np.ndarray:
    """The highest power with a coefficient, for each row."""
    present = radial != 0
    return np.where(present.any(1), radial.shape[1] - 1 - present[:, ::-1].argmax(axis=1), 0)


def _leading(radial: np.ndarray) -> np.ndarray:
    return np.take_along_axis(radial, _powers(radial)[:, None], axis=1)[:, 0]


def _largest_roots(radial: np.ndarray) -> np.ndarray:
    """The largest real root of each row; 0 where none is positive, inf beyond all floats."""
    powers, largest = _powers(radial), np.zeros(len(radial))
    for power in set(powers.tolist()) - {0}:
        rows = np.flatnonzero(powers == power)
        companion = np.zeros((len(rows), power, power))
        companion[:, 1:, :-1] = np.eye(power - 1)
        with np.errstate(over="ignore"):
            companion[:, :, -1] = -radial[rows, :power] / radial[rows, power, None]
        if not np.isfinite(companion).all():
            return np.full(len(radial), np.inf)
        roots = np.linalg.eigvals(companion)
        real = np.where(np.abs(roots.imag) <= 1e-6 * (1 + np.abs(roots)), roots.real, 0.0)
        largest[rows] = np.maximum(real.max(axis=1), 0.0)
    return largest


def _farther(terms: Terms, reach: np.ndarray, speeds: Speeds) -> np.ndarray:
    """Points of radial slope zero farther out: directions near the farthest ones, always the same.

    Critical points may lie in narrow gorges that a thousand directions miss.
    """
    rng = np.random.default_rng(0)
    for spread in (0.2, 0.1, 0.05, 0.02, 0.01):
        farthest = reach[np.argsort(-np.linalg.norm(reach, axis=1))[:64]]
        along = _time(farthest, speeds).clip(1e-300)
        near = np.repeat(farthest / along**speeds, 8, axis=0)
        near = near + spread * rng.normal(size=near.shape)
        near /= np.linalg.norm(near, axis=1, keepdims=True)
        radial = _radial_coefficients(terms, near, speeds)
        near = near[_leading(radial) > 0]
        roots = _largest_roots(radial[_leading(radial) > 0])
        reach = np.concatenate([farthest, roots[:, None] ** speeds * near])
    return reach


def _time(points: np.ndarray, speeds: Speeds) -> np.ndarray:
    """When rays from the unit sphere come to points; along straight ones it is the distance."""
    low = np.zeros((len(points), 1))
    high = np.linalg.norm(points, axis=1, keepdims=True)
    if (speeds == 1).all():
        return high
    high = high.clip(1.0)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        beyond = np.linalg.norm(points / middle.clip(1e-300) ** speeds, axis=1, keepdims=True) > 1
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    return high
