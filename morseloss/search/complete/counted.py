"""All critical points of a polynomial: the complex ones are counted, tracked, the real ones picked.

The one idea: their number is known beforehand, so what is missing is seen, and what is found twice
counts once. Some may lie at infinity; those who know the finite ones need the rest only to be told
whether the polynomial rises there.
"""

import cmath
import math
from dataclasses import replace

import torch
from jaxtyping import Bool, Complex, Float
from torch import Tensor

from morseloss._rows import take
from morseloss.caution import caution
from morseloss.landscapes.boxes.main_axes import MainAxes, main_axes
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.units import InUnits
from morseloss.search.complete.growth import rises_beyond
from morseloss.search.complete.homotopy import leading_powers, track, variable_scales
from morseloss.search.complete.smale import ALPHA, gradient_terms, smale
from morseloss.search.complete.solutions import Solutions, distinct, real_points
from morseloss.search.complete.tracking import Ends
from morseloss.search.iterate import Progress
from morseloss.search.shares import Shares
from morseloss.status import Interrupted, SearchError, Status

__all__ = ["GOLDEN_ANGLE", "TRACKER_RTOLS", "counted", "distinct_of"]

GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
ASIDE = 0.1  # of the radii: from a solution to a plane beside it
FARTHEST = 10.0  # of this, from a solution to one in that plane
BESIDE = 8  # searches in the plane
CLOSER = 24  # steps of each: where they arrive they square what is left
MET = 1e-14  # of the largest terms of the equations: what is left is rounding
TRACKER_RTOLS = (1e-3, 1e-5, 1e-6, 1e-7)  # round by round


def counted(
    landscape: Landscape,
    polynomial: Polynomial,
    rounds: int,
    progress: Progress | None,
    shares: Shares,
) -> CriticalPoints:
    """Return all critical points of a polynomial, by homotopy, with their certificate.

    Raises
    ------
    SearchError
        If it does not rise towards infinity, along a curve where the leading part vanishes; `found`
        holds the critical points.
    Interrupted
        At an interrupt from the keyboard; `found` holds those that had arrived.
    """
    axes = _axes(polynomial)
    plain = polynomial if axes is None else Polynomial(axes.terms)
    powers = leading_powers(plain)
    expected = math.prod(m - 1 for m in powers)
    best, count = _tracked(landscape, plain, axes, 0, progress, shares), 1
    while best.count + len(best.away) < expected and count < rounds and best.spread is None:
        found = _tracked(landscape, plain, axes, count, progress, shares)
        best = found if found.count > best.count else best
        count += 1
    away = len(best.away)
    points = real_points(landscape, best, expected - away, count, axes)
    if away:
        _check_infinity(landscape, plain, axes, powers, best, points)
    certificate = points.certificate
    if best.spread is not None:
        through = _shown(best.spread)
        caution(
            f"incomplete: complex critical points of {landscape!r} are not isolated, they fill a "
            f"curve or a surface, as through {through}, which no count covers; `perturb` it, or "
            "take away what makes it symmetric"
        )
    elif certificate is not None and not certificate.complete:
        caution(
            f"incomplete: {best.count + away} of {expected} complex critical points of "
            f"{landscape!r} "
            f"were found in {count} rounds; raise `rounds`, or rescale the variables"
        )
    elif certificate is not None and certificate.euler != 1 and not certificate.degenerate:
        caution(
            f"the critical points of {landscape!r} have the alternating count {certificate.euler}, "
            "not 1: minus the gradient does not point inward on the boundary of the box"
        )
    return points


def _axes(polynomial: Polynomial) -> MainAxes | None:
    """The main axes of a polynomial, where it can be counted along them."""
    axes = main_axes(polynomial.terms)
    if axes is None:
        return None
    try:
        leading_powers(Polynomial(axes.terms))
    except ValueError:
        return None
    return axes


def _check_infinity(
    landscape: Landscape,
    polynomial: Polynomial,
    axes: MainAxes | None,
    powers: tuple[int, ...],
    solutions: Solutions,
    points: CriticalPoints,
) -> None:
    """Say what solutions at infinity leave open.

    Raises
    ------
    SearchError
        If the polynomial was seen not to rise there.
    """
    away, expected = len(solutions.away), math.prod(m - 1 for m in powers)
    way = ""
    if len({*powers}) == 1 and axes is None:
        way = f", in the direction {_direction(solutions.away[0])}"
    there = (
        f"{away} of {expected} complex critical points of {landscape!r} lie at infinity{way}, "
        "where the gradient of the leading part vanishes"
    )
    real = solutions.points[solutions.real()].real
    place = rises_beyond(polynomial, real, powers)
    if place is not None:
        place = place if axes is None else axes.axes @ place + axes.origin
        place = place * landscape.units.numpy() if isinstance(landscape, InUnits) else place
        shown = ", ".join(f"{x:.3g}" for x in place)
        raise SearchError(
            f"{there}, and it does not rise without bound along a curve through about ({shown}): "
            "it is not coercive, and its sublevel sets are not those of its critical points; add "
            "a term that grows there, or study it on a box (`OnBox`)",
            points,
        )
    caution(
        f"{there}: the finite ones are complete as far as paths to infinity were told from others, "
        "and it was seen to rise on large boxes; neither is certified, pass `starts` to search "
        "as well"
    )


def _tracked(
    landscape: Landscape,
    polynomial: Polynomial,
    axes: MainAxes | None,
    attempt: int,
    progress: Progress | None,
    shares: Shares,
) -> Solutions:
    """Follow the paths of one attempt, more closely each time and with another gamma."""
    gamma = cmath.exp(1j * GOLDEN_ANGLE * (attempt + 1))
    rtol = TRACKER_RTOLS[min(attempt, len(TRACKER_RTOLS) - 1)]
    radii = variable_scales(polynomial)
    try:
        ends = track(polynomial, gamma=gamma, rtol=rtol, shares=shares, progress=progress)
    except Interrupted as stop:
        found = distinct_of(polynomial, stop.found, radii)
        raise Interrupted(real_points(landscape, found, 0, 0, axes)) from None
    return distinct_of(polynomial, ends, radii)


def distinct_of(polynomial: Polynomial, ends: Ends, radii: Float[Tensor, " dim"]) -> Solutions:
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
    places = torch.view_as_real(arrived.points / radii).flatten(1)
    # not through a matrix product, which would lose half of the digits
    gaps = torch.cdist(places, places, compute_mode="donot_use_mm_for_euclid_dist")
    return _isolated(
        polynomial, distinct(ends, *smale(polynomial, arrived.points, radii), radii, gaps)
    )


def _isolated(polynomial: Polynomial, solutions: Solutions) -> Solutions:
    """Solutions that count: those on a curve or a surface of solutions have multiplicity 0.

    A generic plane beside such a solution meets the curve; one beside an isolated solution, however
    many paths end there, meets none.
    """
    rows = (solutions.alphas >= ALPHA).nonzero().flatten()
    if not len(rows):
        return solutions
    spread = _meets_beside(polynomial, solutions.points[rows], solutions.radii)
    multiplicities = solutions.multiplicities.clone()
    multiplicities[rows[spread]] = 0
    return replace(solutions, multiplicities=multiplicities)


def _meets_beside(
    polynomial: Polynomial, points: Complex[Tensor, "batch dim"], radii: Float[Tensor, " dim"]
) -> Bool[Tensor, " batch"]:
    """Whether there are solutions in a generic plane beside each, by Gauss and Newton."""
    generator = torch.Generator().manual_seed(0)
    dim = points.shape[1]
    drawn = torch.randn(1 + BESIDE, dim, dtype=torch.complex128, generator=generator)
    normal, ways = drawn[0] / drawn[0].norm(), drawn[1:] / drawn[1:].norm(dim=-1, keepdim=True)
    # so far aside that of a solution of the highest multiplicity more is left than rounding
    aside = max(ASIDE, (100 * MET) ** (1 / (polynomial.degree - 1)))
    places = (points / radii)[:, None] + aside * ways
    middles = (points / radii)[:, None].expand_as(places).flatten(0, 1)
    places = places.flatten(0, 1)
    reach = (points.abs() / radii).amax() + 1
    size = float((gradient_terms(polynomial, (reach * radii)[None]) * radii).max())
    residuals = torch.full(places.shape[:1], torch.inf, dtype=torch.float64)
    for _ in range(CLOSER):
        _, gradients, hessians = polynomial.jet(places * radii)
        equations, jacobian = gradients * radii / size, hessians * radii * radii[:, None] / size
        plane = ((places - middles) * normal).sum(-1) - aside
        residuals = torch.maximum(equations.abs().amax(-1), plane.abs())
        system = torch.cat([jacobian, normal.expand(len(places), 1, dim)], 1)
        right = torch.cat([equations, plane[:, None]], 1)
        places = places - (torch.linalg.pinv(system) @ right[..., None])[..., 0]
        places = torch.where(places.isfinite().all(-1, keepdim=True), places, middles)
    near = (places - middles).norm(dim=-1) < FARTHEST * aside
    return ((residuals <= MET) & near).unflatten(0, (len(points), BESIDE)).any(1)


def _direction(point: Complex[Tensor, " dim"]) -> str:
    """A point far away as a direction, its largest coordinate 1."""
    return _shown(point / point[point.abs().argmax()])


def _shown(point: Complex[Tensor, " dim"]) -> str:
    """A complex point, to two decimals, real coordinates as such."""
    rounded = [complex(round(z.real, 2) + 0.0, round(z.imag, 2) + 0.0) for z in point.tolist()]
    shown = [f"{z:g}" if z.imag else f"{z.real:g}" for z in rounded]
    return f"({', '.join(shown)})"
