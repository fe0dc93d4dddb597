"""`Waves`: the gradient of a finite Fourier series in complex angles, its solutions counted.

The one idea: in `z = e^(i t)` the gradient is a system of Laurent polynomials with one common set
of frequencies, and has `d! Vol` solutions, the volume that of the convex hull of the frequencies.
The angles themselves, made complex, are followed: a solution at `z = 0` or infinity is one whose
angle drifts off, and every other is as near as any.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Complex, Float
from torch import Tensor

from morseloss._shapes import Values
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.trigonometric import TrigonometricPolynomial
from morseloss.search.complete.tracking import ComplexPoints, Homotopy, TrackState
from morseloss.status import Status

__all__ = ["Frequencies", "Waves", "amplitudes", "state_at", "volume", "wave_alphas"]

ROUNDING = 8.0  # units in the last place of a term and its phase
SOLVED = 1e-12  # of the terms of an equation: what may be left of it at a solution

Frequencies = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Waves(Homotopy):
    """The systems `sum_k i k c_k e^(i k . t) = 0`, with amplitudes on a straight line.

    Parameters
    ----------
    frequencies : Tensor, shape (waves, dim)
        Each with its opposite.
    start, end : Tensor, shape (waves,), complex
        Amplitudes at the times 0 and 1.
    rtol : float
        Largest Newton correction after a predicted step, in units of the size of the point.
    """

    frequencies: Float[Tensor, "waves dim"]
    start: Complex[Tensor, " waves"]
    end: Complex[Tensor, " waves"]
    rtol: float

    @property
    def radii(self) -> Float[Tensor, " dim"]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Radians, on every axis."""
        return torch.ones(self.frequencies.shape[1], dtype=torch.float64)

    def system(
        self, landscape: Landscape, x: ComplexPoints, t: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the equations, their Jacobian and their derivative by the time."""
        k = self.frequencies.to(x)
        waves = (1j * (x @ k.T)).exp()
        there = ((1 - t)[:, None] * self.start + t[:, None] * self.end) * waves
        squares = (k[:, :, None] * k[:, None, :]).flatten(1)
        jacobian = -(there @ squares).reshape(len(x), k.shape[1], k.shape[1])
        return 1j * there @ k, jacobian, 1j * ((self.end - self.start) * waves) @ k

    def solves(self, landscape: Landscape, x: ComplexPoints) -> Bool[Tensor, " batch"]:
        """Return which points solve the system of time 1 up to rounding."""
        equations = self.system(landscape, x, torch.ones_like(x[:, 0]))[0]
        sizes = (self.end * (1j * (x @ self.frequencies.to(x).T)).exp()).abs()
        return (equations.abs() <= SOLVED * (sizes @ self.frequencies.abs())).all(-1)


def state_at(points: ComplexPoints) -> TrackState:
    """Return the state of paths that begin at the points."""
    times = torch.zeros(len(points), dtype=torch.float64)
    running = torch.full((len(points),), int(Status.RUNNING))
    return TrackState(points, times, torch.full_like(times, 0.05), running)


def amplitudes(
    series: TrigonometricPolynomial,
) -> tuple[Frequencies, Complex[Tensor, " waves"]]:
    """Return the frequencies of a series, each with its opposite, and their amplitudes.

    The largest amplitude has the size 1; the constant is left out.
    """
    found = {}
    for k, (a, b) in series.terms.items():
        if any(k):
            found[k] = complex(a, -b) / 2
            found[tuple(-n for n in k)] = complex(a, b) / 2
    largest = max(map(abs, found.values()), default=1.0)
    values = [c / largest for c in found.values()]
    return tuple(found), torch.tensor(values, dtype=torch.complex128)


def volume(frequencies: Frequencies, dim: int) -> int:
    """Return how many solutions there are for almost all amplitudes: `d!` times the volume.

    0 where the frequencies span no more than a subspace: the series is constant across it.

    References
    ----------
    Kouchnirenko, "Polyèdres de Newton et nombres de Milnor", Invent. Math. 32, 1976; Bernstein,
    "The number of roots of a system of equations", 1975.
    """
    from scipy.spatial import ConvexHull

    points = np.array(frequencies, dtype=float).reshape(-1, dim)
    if not len(points) or np.linalg.matrix_rank(points) < dim:
        return 0
    if dim == 1:
        return round(float(np.ptp(points)))
    return round(math.factorial(dim) * float(ConvexHull(points).volume))


def wave_alphas(waves: Waves, points: ComplexPoints) -> tuple[Values, Values]:
    """Return Smale's alpha and beta of the system of time 1 at each point.

    Returns
    -------
    alpha : Tensor, shape (batch,)
        A solution is certified where it is below `smale.ALPHA`.
    beta : Tensor, shape (batch,)
        Length of Newton's step in radians, and of what rounding may have hidden of it.

    Notes
    -----
    With `w_k = |c_k e^(i k . t)|` and K the largest length of a frequency, the m-th derivative of
    the system is at most `sum_k w_k |k|^2 K^(m-1)`, so that `B = |J^-1| sum_k w_k |k|^2` gives
    `gamma <= max_m K (B/m!)^(1/(m-1)) = K B/2`, since `B >= 1`; alpha is beta times this.

    References
    ----------
    Blum, Cucker, Shub, Smale, "Complexity and Real Computation", 1998, chapter 8: the theorem holds
    for analytic equations.
    """
    equations, jacobian, _ = waves.system(_NOWHERE, points, torch.ones_like(points[:, 0]))
    k = waves.frequencies
    phases = points @ k.to(points).T
    sizes = (waves.end * (1j * phases).exp()).abs()
    inverse, failed = torch.linalg.inv_ex(jacobian)
    inverse = torch.where((failed == 0)[:, None, None], inverse, math.inf)
    hidden = ROUNDING * torch.finfo(k.dtype).eps * (sizes * (1 + phases.abs())) @ k.abs()
    step, slack = inverse @ equations[..., None], inverse.abs() @ hidden[..., None]
    beta = (step.abs() + slack)[..., 0].norm(dim=-1).nan_to_num(nan=math.inf)
    lengths = k.norm(dim=1)
    known = torch.where(inverse.isfinite(), inverse, 0.0)
    size = torch.linalg.matrix_norm(known, ord=2) * (sizes @ lengths**2)
    gamma = lengths.max() * size.clamp_min(1.0) / 2
    return (beta * gamma).nan_to_num(nan=math.inf, posinf=math.inf), beta


_NOWHERE = TrigonometricPolynomial({1: 1.0})  # the system is in the waves alone
