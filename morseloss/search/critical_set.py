"""`critical_points`: all critical points of every index, with the certificate of completeness.

The one idea: for a polynomial the complex critical points can be counted beforehand, so they are
all tracked and the real ones picked; for any other landscape searches for every index run from many
starts, and the Euler characteristic says whether the set can be complete.
"""

import cmath
import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Bool, Complex
from torch import Tensor

from morseloss._rows import take
from morseloss._shapes import Indices, Points
from morseloss.caution import caution
from morseloss.landscapes.certificate import Certificate
from morseloss.landscapes.critical import CriticalPoints, classify, join, merge
from morseloss.landscapes.landscape import Landscape, check_landscape, check_points
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.walls import outside
from morseloss.landscapes.wrappers import unwrapped
from morseloss.search.dynamics import SaddleDynamics
from morseloss.search.flow import step_off
from morseloss.search.homotopy import Ends, leading_powers, track, variable_scales
from morseloss.search.iterate import Progress
from morseloss.search.saddles import find_saddles
from morseloss.search.smale import ALPHA, smale
from morseloss.status import Interrupted, SearchError, Status

__all__ = ["critical_points"]

GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
TRACKER_RTOLS = (1e-3, 1e-5, 1e-6, 1e-7)  # round by round
SAME_RADII = 1e-5  # singular ends closer than this, in units of the radii, are one


def critical_points(
    landscape: Landscape,
    starts: Points | None = None,
    *,
    rounds: int = 3,
    max_steps: int = 400,
    progress: Progress | None = None,
) -> CriticalPoints:
    """Find all critical points of every index.

    Parameters
    ----------
    landscape : Landscape
        A coercive polynomial whose pure powers dominate: then no starts are needed, and the result
        is complete by count. Any other smooth landscape, with `starts`.
    starts : Tensor, shape (starts, dim), optional
        Where searches for critical points of every index begin, in float64 whatever their
        precision; required unless the landscape is a polynomial, which is then searched as if it
        were none.
    rounds : int
        Most attempts: the paths of a polynomial are followed again, more closely and with another
        gamma, while some are missing; searches go on from beside the points found while the Euler
        characteristic is wrong.
    max_steps : int
        Steps after which a search from a start is given up.
    progress : callable, optional
        Gets `(step, running, total)` every few steps.

    Returns
    -------
    CriticalPoints
        Ordered by value, gradients at round-off, degenerate points marked. `certificate` says how
        complete they are.

    Raises
    ------
    ValueError
        If a landscape that is no polynomial comes without starts; if a polynomial falls towards
        infinity in some direction, or has solutions at infinity that spoil the count.
    SearchError
        If paths of a polynomial run off to infinity; `found` holds the finite critical points.
    Interrupted
        At an interrupt from the keyboard; `found` holds those that had arrived.

    Warns
    -----
    UserWarning
        If the certificate fails: solutions are missing, or the alternating count is not 1.

    References
    ----------
    Barannikov et al., Loss barcode, Appendix A, Definition 4. Sommese, Wampler, "The numerical
    solution of systems of polynomials", 2005, for the homotopy.

    Examples
    --------
    >>> import morseloss as ml
    >>> points = ml.critical_points(ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 1): 0.3}))
    >>> points
    CriticalPoints(3 points in R^2: 2 minima, 1 of index 1)
    >>> points.certificate.complete, points.certificate.expected
    (True, 9)
    """
    check_landscape(landscape)
    if starts is not None:
        check_points(landscape, starts, "starts")
        return _searched(landscape, starts.double(), rounds, max_steps, progress)
    polynomial = unwrapped(landscape)
    if not isinstance(polynomial, Polynomial):
        raise ValueError(
            f"`starts` is required for {landscape!r}, whose critical points cannot be counted "
            "beforehand; pass `starts=sample_box(landscape, 512, generator=...)`"
        )
    if landscape.domain is None and polynomial.box is None:
        raise ValueError(
            f"{polynomial!r} is not coercive: it falls, or stays level, towards infinity in some "
            "direction, and its sublevel sets are not those of its critical points; add a term "
            "that grows, or study it on a box where minus the gradient points inward (`OnBox`)"
        )
    return _counted(landscape, polynomial, rounds, progress)


@dataclass(frozen=True, eq=False)
class _Solutions:
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


def _counted(
    landscape: Landscape, polynomial: Polynomial, rounds: int, progress: Progress | None
) -> CriticalPoints:
    """All critical points of a polynomial, by homotopy."""
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
) -> _Solutions:
    """Follow the paths of one attempt, more closely each time and with another gamma."""
    gamma = cmath.exp(1j * GOLDEN_ANGLE * (attempt + 1))
    rtol = TRACKER_RTOLS[min(attempt, len(TRACKER_RTOLS) - 1)]
    try:
        ends = track(polynomial, gamma=gamma, rtol=rtol, progress=progress)
    except Interrupted as stop:
        raise Interrupted(_chosen(landscape, _distinct(polynomial, stop.found), 0, 0)) from None
    return _distinct(polynomial, ends)


def _distinct(polynomial: Polynomial, ends: Ends) -> _Solutions:
    """The distinct ends of paths; a regular one counts once however many paths led to it."""
    radii = variable_scales(polynomial)
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
        return _Solutions(arrived.points, arrived.windings, alphas, betas, radii, away)
    first = same.long().argmax(1)  # the first of those at the same place
    chosen = (first == torch.arange(len(first))).nonzero().flatten()
    counts = torch.stack([(first == row).sum() for row in chosen])
    return _Solutions(
        arrived.points[chosen],
        torch.where(regular[chosen], 1, counts),
        torch.where(regular[chosen], alphas[chosen], math.inf),
        betas[chosen],
        radii,
        away,
    )


def _chosen(
    landscape: Landscape, solutions: _Solutions, expected: int, rounds: int
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
        certificate=_certified(
            points,
            expected=expected,
            found=solutions.count,
            real=int(real.sum()),
            alpha=float(certified.max()) if len(certified) else math.nan,
            rounds=rounds,
        ),
    )


def _searched(
    landscape: Landscape,
    starts: Points,
    rounds: int,
    max_steps: int,
    progress: Progress | None,
) -> CriticalPoints:
    """Critical points of every index that searches from the starts lead to."""
    found = classify(landscape, starts[:0])
    certificate = _certified(found)
    try:
        for count in range(1, max(1, rounds) + 1):
            for index in range(landscape.dim + 1):
                solver = SaddleDynamics(index=index)
                fresh = find_saddles(
                    landscape, starts, solver=solver, max_steps=max_steps, progress=progress
                )
                found = merge(join(found, fresh))
            certificate = _certified(found, rounds=count)
            if certificate.consistent:
                break
            starts = torch.cat(
                [step_off(landscape, found.points, mode=mode) for mode in range(landscape.dim)]
            )
    except Interrupted:
        raise Interrupted(replace(found, certificate=_certified(found))) from None
    if not certificate.consistent:
        caution(
            f"incomplete: the critical points found in {landscape!r}, {found!r}, have the "
            f"alternating count {certificate.euler}, not 1; draw more `starts`, make sure that "
            "minus the gradient points inward on the boundary of the box"
            + (", perturb the degenerate ones away" if certificate.degenerate else "")
        )
    return replace(found, origins=None, certificate=certificate)


def _certified(points: CriticalPoints, **counts: Any) -> Certificate:
    known = points.indices[points.indices >= 0]
    euler = int((1 - 2 * (known % 2)).sum())
    return Certificate(euler=euler, degenerate=len(points) - len(known), **counts)


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
