"""`trust_radii`: how far around a critical point its Hessian still decides everything.

The one idea: in a ball where the Hessian differs from that at the centre by less than half of its
smallest eigenvalue, a minimum attracts every trajectory, and at a saddle a trajectory that has come
nearer to the unstable directions than to the stable ones must leave on that side. "Arrived" and
"passed on the left" are facts there, not tolerances.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points, Values
from morseloss.landscapes.boxes.soft_walls import SoftWalls
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.spaces.space import Space
from morseloss.landscapes.wrappers import unwrapped

__all__ = ["trust_radii"]

Change = Callable[[Values], Values]

SHARE = 0.5  # of the smallest curvature, by which the Hessian may change in the ball
HALVINGS = 40  # of the interval in which a radius lies
DIRECTIONS = 64  # in which the Hessian is sampled on a sphere
CAUTION = 1.5  # by which sampled changes are multiplied


def trust_radii(landscape: Landscape, points: CriticalPoints) -> Values:
    """Return the radius of a ball around each point in which the Hessian decides.

    Parameters
    ----------
    landscape : Landscape
        For a polynomial the radii are guaranteed, by its Taylor expansion; for another landscape
        they come from Hessians sampled on spheres, with some caution.
    points : CriticalPoints
        Non-degenerate ones.

    Returns
    -------
    Tensor, shape (n,)
        At most half of the distance to the next of the points, or of their images.

    Notes
    -----
    With `|H(x) - H(q)| <= lambda/2` in the ball, lambda the smallest curvature in size, and u, s
    the parts of `x - q` in the unstable and stable space, `|u|^2 - |s|^2` grows along every
    trajectory in the ball, and `|u|` grows where `|u| > |s|`.
    """
    if not len(points):
        return points.values
    allowed = SHARE * points.eigenvalues.abs().amin(-1)
    high = _half_gaps(points.points, landscape.space)
    change = _change(unwrapped(landscape), points)
    low = torch.zeros_like(high)
    fits = change(high) <= allowed
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        good = change(middle) <= allowed
        low, high = torch.where(good, middle, low), torch.where(good, high, middle)
    return torch.where(fits, high, low)


def _change(landscape: Landscape, points: CriticalPoints) -> Change:
    """How much the Hessian may change in balls around the points, as a function of their radii."""
    if isinstance(landscape, SoftWalls):
        inner = _change(unwrapped(landscape.base), points)
        smallest = points.eigenvalues.abs().amin(-1, keepdim=True)
        return lambda radii: inner(radii) + landscape.stiffening(points.points, radii, smallest)
    if isinstance(landscape, Polynomial):
        table = _change_by_power(landscape, points.points)
        powers = torch.arange(1, table.shape[1] + 1).to(table)
        return lambda radii: (table * radii[:, None] ** powers).sum(-1)
    return lambda radii: CAUTION * _sampled_change(landscape, points.points, radii)


def _half_gaps(points: Points, space: Space) -> Values:
    """Half of the distance to the nearest other point or image; 1 for a point alone."""
    if len(points) == 1:
        return torch.ones_like(points[:, 0]).clamp_max(space.girth / 2)
    gaps = space.distances(points, points, compute_mode="donot_use_mm_for_euclid_dist")
    return gaps.fill_diagonal_(space.girth).amin(-1) / 2


def _change_by_power(polynomial: Polynomial, points: Points) -> Float[Tensor, "batch powers"]:
    """Bounds c_k with `|H(x + y) - H(x)| <= sum_k c_k |y|^k`, from the Taylor expansion."""
    exponents, coefficients = polynomial.taylor(points)
    dim, highest = polynomial.dim, max(polynomial.degree - 2, 1)
    entries = points.new_zeros(len(points), highest, dim, dim)
    for exponent, column in zip(exponents.tolist(), coefficients.abs().T, strict=True):
        total = sum(exponent)
        for i in range(dim):
            for j in range(dim):
                left = list(exponent)
                factor = left[i]
                left[i] -= 1
                factor *= left[j]
                left[j] -= 1
                if total > 2 and factor > 0:
                    entries[:, total - 3, i, j] += factor * _largest(left) * column
    return entries.flatten(2).norm(dim=-1)


def _largest(exponent: list[int]) -> float:
    """The largest size of a monomial on the unit sphere."""
    total = sum(exponent)
    product = 1.0
    for k in exponent:
        product *= (k / total) ** (k / 2) if k else 1.0
    return product


def _sampled_change(landscape: Landscape, points: Points, radii: Values) -> Values:
    """The largest change of the Hessian seen on two spheres around each point."""
    generator = torch.Generator().manual_seed(0)
    ways = torch.randn(DIRECTIONS, points.shape[1], generator=generator, dtype=torch.float64)
    ways = (ways / ways.norm(dim=-1, keepdim=True)).to(points)
    ways = torch.cat([ways, ways / 2])
    around = points[:, None] + radii[:, None, None] * ways
    hessians = landscape.hessian(around.flatten(0, 1)).unflatten(0, around.shape[:2])
    change = torch.linalg.matrix_norm(hessians - landscape.hessian(points)[:, None], ord=2)
    return change.amax(-1)
