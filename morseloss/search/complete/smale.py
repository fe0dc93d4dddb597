"""Smale's alpha: a number at one point that proves there is a solution next to it.

The one idea: Newton's step at the point (beta) and a bound on all higher derivatives there (gamma)
decide whether Newton's method converges from it, and how near the solution is. No interval
arithmetic, but the rounding of the equations counts as a part of the step: where they vanish only
because they are rounded, next to a singular solution, nothing is certified.
"""

import math

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from morseloss._shapes import Values
from morseloss.landscapes.polynomial import Polynomial

__all__ = ["ALPHA", "gradient_terms", "smale"]

ALPHA = (13 - 3 * math.sqrt(17)) / 4
"""Below this value Newton's method converges quadratically to a solution within `2 beta`."""


def smale(
    polynomial: Polynomial, points: Complex[Tensor, "batch dim"], radii: Float[Tensor, " dim"]
) -> tuple[Values, Values]:
    """Return alpha and beta of the equations `grad L = 0` at each point.

    Parameters
    ----------
    polynomial : Polynomial
        L.
    points : Tensor, shape (batch, dim), complex
        Approximate solutions.
    radii : Tensor, shape (dim,)
        Unit of length of each variable; sizes about those of the solutions give small bounds.

    Returns
    -------
    alpha : Tensor, shape (batch,)
        A solution is certified where it is below `ALPHA`.
    beta : Tensor, shape (batch,)
        Length of Newton's step in these units, and of what rounding may have hidden of it; the
        solution is within twice that.

    Notes
    -----
    With the equations divided by their Bombieri-Weyl norms, degrees D_i, `|x|_1^2 = 1 + |x|^2`:
    `gamma <= mu max(D)^(3/2) / (2 |x|_1)` and `mu = max(1, sqrt(dim) |J^-1 diag(sqrt(D_i)
    |x|_1^(D_i - 1))|)`; alpha is beta times this bound.

    References
    ----------
    Shub, Smale, "Complexity of Bézout's theorem I", J. AMS 6, 1993. Hauenstein, Sottile,
    "Algorithm 921: alphaCertified", ACM TOMS 38, 2012.
    """
    norms, degrees = _equations(polynomial, radii)
    _, equations, jacobian = polynomial.jet(points)
    equations, jacobian = equations / norms, jacobian * radii / norms[:, None]
    inverse, failed = torch.linalg.inv_ex(jacobian)
    inverse = torch.where((failed == 0)[:, None, None], inverse, math.inf)
    terms = gradient_terms(polynomial, points.abs())
    hidden = polynomial.degree * torch.finfo(terms.dtype).eps * terms / norms
    step, slack = inverse @ equations[..., None], inverse.abs() @ hidden[..., None]
    beta = (step.abs() + slack)[..., 0].norm(dim=-1).nan_to_num(nan=math.inf)
    size = (1 + ((points / radii).abs() ** 2).sum(-1)).sqrt()
    weights = degrees.sqrt() * size[:, None] ** (degrees - 1)
    inverse = torch.where(inverse.isfinite(), inverse, 0.0) * weights[:, None]
    mu = (math.sqrt(polynomial.dim) * torch.linalg.matrix_norm(inverse, ord=2)).clamp_min(1.0)
    gamma = mu * degrees.max() ** 1.5 / (2 * size)
    return (beta * gamma).nan_to_num(nan=math.inf, posinf=math.inf), beta


def gradient_terms(
    polynomial: Polynomial, sizes: Float[Tensor, "batch dim"]
) -> Float[Tensor, "batch dim"]:
    """Return the sums of the sizes of the gradient's terms, of which its rounding is a part."""
    return Polynomial({e: abs(c) for e, c in polynomial.terms.items()}).gradient(sizes)


def _equations(polynomial: Polynomial, radii: Tensor) -> tuple[Tensor, Tensor]:
    """Bombieri-Weyl norm and degree of each partial derivative, in the units of the radii."""
    units, norms, degrees = radii.tolist(), [], []
    for axis in range(polynomial.dim):
        terms = {
            (*e[:axis], e[axis] - 1, *e[axis + 1 :]): e[axis] * c
            for e, c in polynomial.terms.items()
            if e[axis]
        }
        degree = max(sum(e) for e in terms)
        parts = (
            c
            * math.prod(r**k for r, k in zip(units, e, strict=True))
            * math.sqrt(
                math.prod(map(math.factorial, (*e, degree - sum(e)))) / math.factorial(degree)
            )
            for e, c in terms.items()
        )
        norms.append(math.hypot(*parts))  # right at any scale
        degrees.append(degree)
    return torch.tensor(norms, dtype=torch.float64), torch.tensor(degrees, dtype=torch.float64)
