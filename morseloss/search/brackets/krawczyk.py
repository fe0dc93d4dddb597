"""`prove`: that there is exactly one critical point near a given one, and of which index.

The one idea: on a box around the point the Hessian is a matrix and a bounded change of it. If
Newton's step with that matrix is short, and the change small beside it, Newton's map takes the box
into itself and contracts it; if the change is smaller than all eigenvalues, none changes its sign.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morseloss._rows import put, take
from morseloss._shapes import Gradients, Indices, Points, Values
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape, check_landscape, check_points
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.spaces.space import EUCLIDEAN
from morseloss.landscapes.wrappers import unwrapped
from morseloss.search.brackets.variation import NODES, variation
from morseloss.search.complete.smale import gradient_terms

__all__ = ["Proofs", "prove"]

FIRST = 0.25  # of the box, or of 1 and the size of a point
HALVINGS = 40
GAIN = 0.9  # of a radius, at least, for which a smaller box is looked at
NOISE, SAFETY = 8, 4.0  # neighbours a few roundings away


@dataclass(frozen=True, eq=False)
class Proofs:
    """What is proved of critical points, row by row.

    Attributes
    ----------
    radii : Tensor, shape (batch,)
        Within this distance there is an exact critical point; `inf` where that is not proved.
    alone : Tensor, shape (batch,)
        Within this distance, in each coordinate, there is no other; 0 where that is not proved.
    indices : Tensor, shape (batch,), int
        The index of that point, proved; -1 where it is not.
    """

    radii: Values
    alone: Values
    indices: Indices

    def __len__(self) -> int:
        return len(self.radii)

    def __repr__(self) -> str:
        proved = f"{int(self.proved.sum())} of {len(self)} proved"
        radii = self.radii[self.radii.isfinite()]
        return f"Proofs({proved}{f', within {float(radii.max()):.1g}' if len(radii) else ''})"

    @property
    def proved(self) -> Bool[Tensor, " batch"]:
        """Mask of the points of which existence and index are proved."""
        return self.radii.isfinite() & (self.indices >= 0)


def prove(landscape: Landscape, points: CriticalPoints | Points) -> Proofs:
    """Prove that there is exactly one critical point next to each given one, and its index.

    Parameters
    ----------
    landscape : Landscape
        Smooth, in one to three variables.
    points : CriticalPoints or Tensor of shape (batch, dim)
        Critical points up to rounding, as `critical_points` finds them.

    Returns
    -------
    Proofs
        A radius a point, `inf` where nothing is proved, and the index.

    Raises
    ------
    ValueError
        If there are more than three variables, or no points, or space is a quotient.

    Notes
    -----
    Let `|x - p|_i <= r w_i` be a box, `C` the Hessian in its middle and `|H(x) - C| <= V` on it,
    entry by entry. With `b = |C^-1 grad L(p)|` and `q = |C^-1| V`, both measured in the units
    `w`, `b + q r < r` proves exactly one zero of the gradient in the box, at most `b / (1 - q)`
    away (the theorem of Krawczyk). If all eigenvalues of `C` are larger than the norm of `V`, the
    index is that of `C`. For polynomials of which no variable has a power above the nodes, 17, 13
    and 9 in one, two and three variables, `V` is a bound up to rounding, and the rounding of the
    gradient is bounded; for other functions what the series of the Hessian leaves, and the
    rounding, are measured. Arithmetic is in double precision, not in intervals. Of flow lines
    nothing is proved here.

    References
    ----------
    Krawczyk, "Newton-Algorithmen zur Bestimmung von Nullstellen mit Fehlerschranken", Computing 4,
    1969. Moore, Kearfott, Cloud, "Introduction to interval analysis", 2009, section 8.2.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.MuellerBrown()
    >>> found = ml.prove(land, land.critical_points)
    >>> found.indices.tolist(), bool((found.radii < 1e-13).all())
    ([0, 0, 0, 1, 1], True)
    """
    check_landscape(landscape)
    if landscape.dim not in NODES:
        raise ValueError(
            f"points are proved in one to {max(NODES)} variables, got {landscape!r} in "
            f"{landscape.dim}; those of a polynomial have a certificate by `critical_points`"
        )
    if landscape.space.girth == torch.inf and landscape.space != EUCLIDEAN:
        raise ValueError(
            f"points are proved on R^d or a torus, got {landscape!r} on {landscape.space!r}, where "
            "none is alone; use the landscape itself, or its slice across the free directions"
        )
    if isinstance(points, CriticalPoints):
        points = points.points
    check_points(landscape, points, "points")
    points = points.double()
    gradients = landscape.gradient(points).detach()
    hidden = _rounding(landscape, points, gradients)
    width = 1 + points.abs()
    if landscape.box is not None:
        width = (landscape.box[1] - landscape.box[0]).expand_as(points)
    whole = Proofs(
        torch.full_like(points[:, 0], torch.inf),
        torch.zeros_like(points[:, 0]),
        torch.full((len(points),), -1),
    )
    factor, rows = FIRST, torch.arange(len(points))
    for _ in range(HALVINGS):
        reach = factor * width[rows]
        tried = _tried(landscape, points[rows], reach, gradients[rows], hidden[rows])
        before = take(whole, rows)
        whole = put(whole, rows, _better(before, tried))
        # a smaller box tells better where the point is, until it no longer holds it
        gained = tried.radii < GAIN * before.radii
        rows = rows[gained | ~whole.proved[rows]]
        if not len(rows):
            break
        factor /= 2
    return _unrefuted(landscape, points, whole)


def _unrefuted(landscape: Landscape, points: Points, whole: Proofs) -> Proofs:
    """Withdraw what is seen to be wrong: series may miss what is narrower than their nodes.

    The index at the point itself must be the one proved, and no other point proved may be alone's.
    """
    seen = (torch.linalg.eigvalsh(landscape.hessian(points)) < 0).sum(-1)
    gaps = (points[:, None] - points).abs().amax(-1)
    apart = gaps > whole.radii[:, None] + whole.radii
    met = (apart & (gaps < whole.alone[:, None]) & whole.proved).any(1)
    wrong = (whole.proved & (whole.indices != seen)) | met
    return Proofs(
        torch.where(wrong, torch.inf, whole.radii),
        torch.where(wrong, 0.0, whole.alone),
        torch.where(wrong, -1, whole.indices),
    )


def _better(before: Proofs, fresh: Proofs) -> Proofs:
    """Put together what two boxes prove, the larger one first."""
    return Proofs(
        torch.minimum(before.radii, fresh.radii),
        torch.maximum(before.alone, fresh.alone),
        torch.maximum(before.indices, fresh.indices),
    )


def _tried(
    landscape: Landscape, points: Points, reach: Points, gradients: Gradients, hidden: Gradients
) -> Proofs:
    """What a box around each point proves."""
    middle, change, finite = variation(landscape, points - reach, points + reach)
    inverse, fault = torch.linalg.inv_ex(middle)
    good = finite & (fault == 0) & inverse.isfinite().flatten(1).all(1)
    inverse = torch.where(good[:, None, None], inverse, 0.0)
    steps = (inverse @ gradients[..., None]).abs() + inverse.abs() @ hidden[..., None]
    beta = (steps[..., 0] / reach).amax(1)
    slope = ((inverse.abs() @ change @ reach[..., None])[..., 0] / reach).amax(1)
    one = good & (beta + slope < 1)
    away = beta / (1 - slope) * reach.norm(dim=1)
    values = torch.linalg.eigvalsh(middle)
    sure = one & (values.abs() > torch.linalg.matrix_norm(change)[:, None]).all(1)
    return Proofs(
        torch.where(one, away, torch.inf),
        torch.where(one, reach.amin(1), 0.0),
        torch.where(sure, (values < 0).sum(1), -1),
    )


def _rounding(
    landscape: Landscape, points: Points, gradients: Gradients
) -> Float[Tensor, "batch dim"]:
    """What rounding may hide of gradients: bounded for polynomials, otherwise measured."""
    smallest, polynomial = torch.finfo(points.dtype).eps, unwrapped(landscape)
    if isinstance(polynomial, Polynomial):
        return 2 * polynomial.degree * smallest * gradient_terms(polynomial, points.abs())
    hessians = landscape.hessian(points).detach()
    largest = torch.zeros_like(gradients)
    for step in range(1, NOISE + 1):
        signs = torch.tensor([(-1.0) ** (step >> axis) for axis in range(landscape.dim)])
        near = points + step * smallest * signs * points
        wanted = gradients + (hessians @ (near - points)[..., None])[..., 0]
        largest = torch.maximum(largest, (landscape.gradient(near).detach() - wanted).abs())
    return SAFETY * largest
