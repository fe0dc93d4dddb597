"""Symmetric matrices in their eigenbasis: coordinates along the modes, and functions of the matrix.

The one idea: along the modes of its Hessian the flow of a quadratic landscape falls apart into
numbers, and each of them is an exponential. What an integrator needs of it are phi-functions of
`-lambda t`, the mean values of that exponential over a step; near 0 they are power series.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Hessians, SomeValues

__all__ = ["across", "along", "curvature", "exponents", "phi1", "phi34"]

NEAR_ZERO = 0.05  # where the series of phi_4 takes over


def along(
    modes: Float[Tensor, "*batch dim dim"], vectors: Float[Tensor, "*batch dim"]
) -> Float[Tensor, "*batch dim"]:
    """Return the coordinates of vectors along modes, which are the columns of matrices."""
    return (modes.mT @ vectors[..., None])[..., 0]


def across(
    modes: Float[Tensor, "*batch dim dim"], coordinates: Float[Tensor, "*batch dim"]
) -> Float[Tensor, "*batch dim"]:
    """Return the vectors of given coordinates along modes; also any matrix times a vector."""
    return (modes @ coordinates[..., None])[..., 0]


def curvature(hessians: Hessians) -> SomeValues:
    """Return a size of each Hessian that is no less than any eigenvalue's, and positive."""
    if not len(hessians):
        return hessians.new_zeros(0)
    sizes = torch.linalg.matrix_norm(hessians, ord=float("inf"))
    return sizes.clamp_min(torch.finfo(sizes.dtype).tiny)


def exponents(rates: Tensor, times: Tensor, *, limit: float) -> Tensor:
    """Return `-rates * times`, at most the limit: a step so long is refused anyway."""
    return (-rates * times).clamp_max(limit)


def phi1(z: Tensor) -> Tensor:
    """Return `phi_1 = (e^z - 1)/z`, 1 at 0: the mean of `e^(z s)` over s in [0, 1]."""
    return torch.where(z == 0, 1.0, torch.expm1(z) / torch.where(z == 0, 1.0, z))


def phi34(z: Tensor) -> tuple[Tensor, Tensor]:
    """Return `phi_3 = z phi_4 + 1/6` and `phi_4 = (e^z - 1 - z - z^2/2 - z^3/6)/z^4`.

    They are right to 4e-9 in double precision: the first term that the series leaves out.
    """
    small = z.abs() < NEAR_ZERO
    series = 1 / 24 + z * (1 / 120 + z * (1 / 720 + z / 5040))
    far = torch.where(small, 1.0, z)
    phi4 = (torch.expm1(far) - far * (1 + far * (0.5 + far / 6))) / far**4
    phi4 = torch.where(small, series, phi4)
    return z * phi4 + 1 / 6, phi4
