"""`start_system`: a series of given frequencies all of whose critical points are known.

The one idea: where the hull of the frequencies is a cross, a sum of one cosine an axis will do.
Elsewhere amplitudes are chosen for one solution, and moved around loops, which carry solutions to
other ones: the system of all of them cannot be taken apart, so every one is reached, and their
number says when.
"""

import cmath
import itertools
import math
from functools import lru_cache

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from morseloss.landscapes.trigonometric import TrigonometricPolynomial
from morseloss.search.complete.smale import ALPHA
from morseloss.search.complete.tracking import ComplexPoints, followed
from morseloss.search.complete.waves import Frequencies, Waves, state_at, volume, wave_alphas
from morseloss.status import SearchError, Status

__all__ = ["apart", "start_system"]

SHIFT = 0.7390851332151607  # of no symmetry: an even series would hold a path still
MOST_LOOPS = 200
LOOP_RTOL = 1e-4
LOOP_STEPS = 2000
KEPT = 16  # start systems

Start = tuple[Complex[Tensor, " waves"], ComplexPoints]


@lru_cache(maxsize=KEPT)
def start_system(frequencies: Frequencies) -> Start:
    """Return amplitudes and all solutions of their system, as many as the volume says.

    Parameters
    ----------
    frequencies : tuple of tuple of int
        Each with its opposite, of full dimension.

    Raises
    ------
    SearchError
        If loops do not lead to all of them.

    References
    ----------
    Duff, Hill, Jensen, Lee, Leykin, Sommars, "Solving polynomial systems via homotopy continuation
    and monodromy", IMA J. Numer. Anal. 39, 2019, for the loops.
    """
    dim = len(frequencies[0])
    alone = [
        max((abs(k[axis]) for k in frequencies if abs(k[axis]) == sum(map(abs, k))), default=0)
        for axis in range(dim)
    ]
    if math.prod(2 * k for k in alone) == volume(frequencies, dim):
        return _of_cosines(frequencies, alone)
    return _by_loops(frequencies, volume(frequencies, dim))


def apart(
    points: Complex[Tensor, "points dim"], others: Complex[Tensor, "others dim"]
) -> Float[Tensor, "points others"]:
    """Return how far points are from others, angles that differ by whole turns being one."""
    turn = 2 * math.pi
    total = torch.zeros(len(points), len(others), dtype=torch.float64)
    for axis in range(points.shape[1]):
        gaps = points[:, None, axis] - others[None, :, axis]
        around = gaps.real - turn * (gaps.real / turn).round()
        total = total + around**2 + gaps.imag**2
    return total.sqrt()


def _of_cosines(frequencies: Frequencies, alone: list[int]) -> Start:
    """The sum of one shifted cosine an axis: its gradient vanishes where every sine does."""
    axes = [
        [(math.pi * n + SHIFT * (axis + 1)) / k for n in range(2 * k)]
        for axis, k in enumerate(alone)
    ]
    points = torch.tensor(list(itertools.product(*axes)), dtype=torch.complex128)
    weights = {}
    for axis, k in enumerate(alone):
        for sign in (1, -1):
            wave = tuple(sign * k * (axis == j) for j in range(len(alone)))
            # so that every axis bends alike
            weights[wave] = cmath.exp(-1j * sign * SHIFT * (axis + 1)) / k**2
    values = [weights.get(k, 0.0) for k in frequencies]
    return torch.tensor(values, dtype=torch.complex128), points


def _by_loops(frequencies: Frequencies, count: int) -> Start:
    """Amplitudes drawn once and for all, and their solutions, found by loops from one of them."""
    generator = torch.Generator().manual_seed(0)
    k = torch.tensor(frequencies, dtype=torch.float64)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.complex128)

    known = drawn(1, k.shape[1])
    rows = (k.to(known) * (1j * (known @ k.to(known).T)).exp().T).T
    base = drawn(len(k))
    base = base - torch.linalg.pinv(rows) @ (rows @ base)
    for _ in range(MOST_LOOPS):
        if len(known) >= count:
            return base, known[:count]
        other, turn = drawn(len(k)), cmath.exp(2j * math.pi * float(drawn(1).real))
        there = _arrived(k, base, other, known)
        back = _arrived(k, turn * other, base, there)
        known = _with_new(Waves(k, base, base, LOOP_RTOL), known, back)
    raise SearchError(
        f"{len(known)} of {count} solutions of a start system with {len(k)} waves were found in "
        f"{MOST_LOOPS} loops; pass `starts` to search instead"
    )


def _arrived(
    k: Tensor, start: Tensor, end: Tensor, points: ComplexPoints
) -> Complex[Tensor, "_ dim"]:
    waves = Waves(k, start, end, LOOP_RTOL)
    nowhere = TrigonometricPolynomial({1: 1.0})
    ends = followed(waves, nowhere, state_at(points), max_steps=LOOP_STEPS)
    return ends.points[(ends.status == Status.CONVERGED) & (ends.windings == 1)]


def _with_new(
    waves: Waves, known: Complex[Tensor, "known dim"], points: ComplexPoints
) -> Complex[Tensor, "_ dim"]:
    """The known solutions and those of the points that are certified, and apart from the rest."""
    alphas, betas = wave_alphas(waves, points)
    for row in ((alphas < ALPHA) & (betas < 1e-8)).nonzero().flatten().tolist():
        if float(apart(points[row : row + 1], known).min()) > 1e-6:
            known = torch.cat([known, points[row : row + 1]])
    return known
