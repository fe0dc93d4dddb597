"""All critical points of a polynomial: the complex ones are counted, tracked, the real ones picked.

The one idea: their number is known beforehand, so what is missing is seen, and what is found twice
counts once.
"""

import cmath
import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Complex, Float
from torch import Tensor

from morseloss._rows import take
from morseloss._shapes import Indices
from morseloss.caution import caution
from morseloss.landscapes.certificate import Certificate
from morseloss.landscapes.critical import CriticalPoints, classify, merge
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.walls import outside
from morseloss.search.complete.homotopy import Ends, leading_powers, track, variable_scales
from morseloss.search.complete.smale import ALPHA, smale
from morseloss.search.iterate import Progress
from morseloss.status import Interrupted, SearchError, Status

__all__ = ["GOLDEN_ANGLE", "TRACKER_RTOLS", "Solutions", "counted", "distinct"]

GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
TRACKER_RTOLS = (1e-3, 1e-5, 1e-6, 1e-7)  # round by round
SAME_RADII = 1e-5  # singular ends closer than this, in units of the radii, are one


@dataclass(frozen=True, eq=False)
class Solutions:
    """Distinct complex solutions: multiplicities, alphas (inf where singular), beta; paths away."""

    points: Complex[Tensor, "batch dim"]
    multiplicities: Indices
    alphas: Tensor
    betas: Tensor
    radii: Tensor
    away: Complex[Tensor, "paths dim"]

    @property
    def count(self) -> int:
        """Solutions, counted with multiplicity."""
        return int(self.multiplicities.sum())

    def real(self) -> Bool[Tensor, " batch"]:
        """Solutions that are their own conjugates, among solutions closed under conjugation."""
        shift = (self.points.imag.abs() / self.radii).amax(-1)
        slack = torch.where(self.alphas < ALPHA, 4 * self.betas + 1e-12, 1e-4)
        return shift <= slack


def counted(
    landscape: Landscape, polynomial: Polynomial, rounds: int, progress: Progress | None
) -> CriticalPoints:
    """Return all critical points of a polynomial, by homotopy, with their certificate.

    Raises
    ------
    SearchError
        If paths run off to infinity; `found` holds the finite critical points.
    Interrupted
        At an interrupt from the keyboard; `found` holds those that had arrived.
    """
    expected = math.prod(m - 1 for m in leading_powers(polynomial))
    best, count = _tracked(landscape, polynomial, 0, progress), 1
    while best.count + len(best.away) < expected and count < rounds:
        found = _tracked(landscape, polynomial, count, progress)
        best = found if found.count > best.count else best
        count += 1
    points = _chosen(landscape, best, expected, count)
    away = len(best.away)
    if away and best.count + away >= expected:
        raise SearchError(
            f"{away} of {expected} complex critical points of {polynomial!r} lie at infinity, in "
            f"the direction {_direction(best.away[0])}, where the gradient of the leading part "
            "vanishes: the count certifies nothing there; add `1e-3 sum x_i^m` in the leading "
            "degree m, or pass `starts` to search instead",
            points,
        )
    certificate = points.certificate
    if certificate is not None and not certificate.complete:
        caution(
            f"incomplete: {best.count} of {expected} complex critical points of {polynomial!r} "
            f"were found in {count} rounds; raise `rounds`, or rescale the variables"
        )
    elif certificate is not None and certificate.euler != 1 and not certificate.degenerate:
        caution(
            f"the critical points of {landscape!r} have the alternating count {certificate.euler}, "
            "not 1: minus the gradient does not point inward on the boundary of the box"
        )
    return points


def _tracked(
    landscape: Landscape, polynomial: Polynomial, attempt: int, progress: Progress | None
) -> Solutions:
    """Follow the paths of one attempt, more closely each time and with another gamma."""
    gamma = cmath.exp(1j * GOLDEN_ANGLE * (attempt + 1))
    rtol = TRACKER_RTOLS[min(attempt, len(TRACKER_RTOLS) - 1)]
    radii = variable_scales(polynomial)
    try:
        ends = track(polynomial, gamma=gamma, rtol=rtol, progress=progress)
    except Interrupted as stop:
        found = distinct(polynomial, stop.found, radii)
        raise Interrupted(_chosen(landscape, found, 0, 0)) from None
    return distinct(polynomial, ends, radii)


def distinct(polynomial: Polynomial, ends: Ends, radii: Float[Tensor, " dim"]) -> Solutions:
    """Return the distinct ends of paths; a regular one counts once however many led to it.

    Parameters
    ----------
    polynomial : Polynomial
    ends : Ends
        Of all paths.
    radii : Tensor, shape (dim,)
        Size of the solutions in each variable.
    """
    arrived = take(ends, ends.status == Status.CONVERGED)
    away = ends.points[ends.status == Status.DIVERGED]
    alphas, betas = smale(polynomial, arrived.points, radii)
    regular = alphas < ALPHA
    places = torch.view_as_real(arrived.points / radii).flatten(1)
    # not through a matrix product, which would lose half of the digits
    gaps = torch.cdist(places, places, compute_mode="donot_use_mm_for_euclid_dist")
    reach = torch.where(regular, 2 * betas + 1e-14, SAME_RADII)
    same = gaps <= reach[:, None] + reach[None, :]
    if not len(same):
        return Solutions(arrived.points, arrived.windings, alphas, betas, radii, away)
    first = same.long().argmax(1)  # the first of those at the same place
    chosen = (first == torch.arange(len(first))).nonzero().flatten()
    counts = torch.stack([(first == row).sum() for row in chosen])
    return Solutions(
        arrived.points[chosen],
        torch.where(regular[chosen], 1, counts),
        torch.where(regular[chosen], alphas[chosen], math.inf),
        betas[chosen],
        radii,
        away,
    )


def _chosen(
    landscape: Landscape, solutions: Solutions, expected: int, rounds: int
) -> CriticalPoints:
    """The real ones among the complex solutions, polished in real arithmetic."""
    real = solutions.real()
    regular = solutions.alphas[real] < ALPHA
    rows = solutions.points[real].real.contiguous()
    for _ in range(2):
        _, gradients, hessians = landscape.jet(rows) if len(rows) else (rows, rows, rows)
        if len(rows):
            moves = torch.linalg.solve_ex(hessians, gradients).result
            rows = torch.where(regular[:, None], rows - moves, rows)
    found = classify(landscape, rows)
    several = solutions.multiplicities[real] > 1  # in one place: degenerate, whatever it looks like
    indices = torch.where(several, -1, found.indices)
    status = torch.where(several, int(Status.DEGENERATE), found.status)
    points = _inside(landscape, merge(replace(found, indices=indices, status=status)))
    certified = solutions.alphas[torch.isfinite(solutions.alphas)]
    return replace(
        points,
        origins=None,
        certificate=Certificate.of(
            points.indices,
            expected=expected,
            found=solutions.count,
            real=int(real.sum()),
            alpha=float(certified.max()) if len(certified) else math.nan,
            rounds=rounds,
        ),
    )


def _inside(landscape: Landscape, points: CriticalPoints) -> CriticalPoints:
    if landscape.domain is None:
        return points
    return points.take((~outside(landscape, points.points)).nonzero().flatten())


def _direction(point: Complex[Tensor, " dim"]) -> str:
    """A point far away as a direction, its largest coordinate 1."""
    unit = (point / point[point.abs().argmax()]).tolist()
    rounded = [complex(round(z.real, 2) + 0.0, round(z.imag, 2) + 0.0) for z in unit]
    shown = [f"{z:g}" if z.imag else f"{z.real:g}" for z in rounded]
    return f"({', '.join(shown)})"
