"""`critical_points`: all critical points of every index, with the certificate of completeness.

The one idea: what can be counted beforehand is counted; a smooth function of few variables is
covered by series; for any other landscape searches for every index run from many starts, and the
Euler characteristic says whether the set can be complete.
"""

from contextlib import nullcontext
from dataclasses import replace

import torch

from morseloss._shapes import Points
from morseloss.caution import caution
from morseloss.kinds import check_count
from morseloss.landscapes.boxes.walls import inward
from morseloss.landscapes.certificate import Certificate
from morseloss.landscapes.critical import CriticalPoints, classify, join, merge
from morseloss.landscapes.landscape import Box, Landscape, check_landscape, check_points
from morseloss.landscapes.measured import measured
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.trigonometric import TrigonometricPolynomial
from morseloss.landscapes.wrappers import unwrapped
from morseloss.search.complete.counted import counted
from morseloss.search.complete.fourier import counted_waves
from morseloss.search.complete.smooth import MOST_VARIABLES, enclosed
from morseloss.search.dynamics import SaddleDynamics
from morseloss.search.flow import step_off
from morseloss.search.iterate import Progress
from morseloss.search.saddles import find_saddles
from morseloss.search.shares import Shares
from morseloss.search.walls.stratified import stratified
from morseloss.status import Interrupted
from morseloss.workers import Workers, hired

__all__ = ["critical_points"]


@measured
def critical_points(
    landscape: Landscape,
    starts: Points | None = None,
    *,
    rounds: int = 3,
    max_steps: int = 400,
    together: int | None = None,
    executor: Workers | None = None,
    progress: Progress | None = None,
) -> CriticalPoints:
    """Find all critical points of every index.

    Parameters
    ----------
    landscape : Landscape
        A coercive polynomial whose pure powers dominate, any polynomial on a box (`OnBox`) that
        cuts through its wells, or a trigonometric polynomial: then no starts are needed, and the
        result is complete by count. A smooth (analytic) function of one to three variables that
        knows its box: the result is complete in it, by Chebyshev series on cells. Any other smooth
        landscape, with `starts`. On a domain (`OnBox`) the critical points of faces, edges and
        corners count as well, where the landscape grows inward.
    starts : Tensor, shape (starts, dim), optional
        Where searches for critical points of every index begin, in float64 whatever their
        precision; where they are given, polynomials and functions on a box are searched as well.
    rounds : int
        Most attempts: the paths of a polynomial are followed again, more closely and with another
        gamma, while some are missing; searches go on from beside the points found while the Euler
        characteristic is wrong.
    max_steps : int
        Steps after which a search from a start is given up.
    together : int, optional
        Paths of a polynomial, or starts, that are followed together; by default all. Another number
        may change what lies below round-off.
    executor : Executor or callable, optional
        Workers that such batches are handed to, see `morseloss.workers`, with the same bits. It
        pays for thousands of paths, and where a batch of searches takes a second or more. Series
        on cells stay here.
    progress : callable, optional
        Gets `(step, running, total)` every few steps; with workers, how many batches are done,
        running, and there in all.

    Returns
    -------
    CriticalPoints
        Ordered by value, gradients at round-off, degenerate points marked. `certificate` says how
        complete they are.

    Raises
    ------
    ValueError
        If a landscape that is no polynomial comes without starts, and without a box or in more
        than three variables; if a polynomial falls towards infinity in some direction, or its
        pure powers do not dominate; if a trigonometric one is constant along some direction.
    SearchError
        If a polynomial does not rise along a curve to infinity, where `found` holds the critical
        points; if a function on a box is not smooth, or its critical points fill a curve.
    WorkersError
        If workers died over a batch of paths: of the others nothing can be counted. Searches are
        left out with a warning, as by `find_saddles`.
    Interrupted
        At an interrupt from the keyboard; `found` holds those that had arrived.

    Warns
    -----
    UserWarning
        If the certificate fails: solutions are missing, places are undecided, or the alternating
        count is not that of the space, 1 on R^d and 0 on a torus. If solutions of a polynomial lie
        at infinity.

    References
    ----------
    Barannikov et al., Loss barcode, Appendix A, Definition 4. Sommese, Wampler, "The numerical
    solution of systems of polynomials", 2005, for the homotopy. Trefethen, "Approximation theory
    and approximation practice", 2013, for series on cells; on each, boxes are cut and shrunk by
    the linear part of the system until they provably hold one zero or none.

    Examples
    --------
    >>> import morseloss as ml
    >>> points = ml.critical_points(ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 1): 0.3}))
    >>> points
    CriticalPoints(3 points in R^2: 2 minima, 1 of index 1)
    >>> points.certificate.complete, points.certificate.expected
    (True, 9)
    >>> ml.critical_points(ml.analytic.MuellerBrown())
    CriticalPoints(5 points in R^2: 3 minima, 2 of index 1)
    """
    check_landscape(landscape)
    check_count("together", 1 if together is None else together)
    landscape.space.euler  # noqa: B018, raises where nothing can be counted
    with nullcontext() if executor is None else hired(executor) as crew:
        shares = Shares(together, crew)
        if starts is not None:
            check_points(landscape, starts, "starts")
            search = _searched if inward(landscape, starts.device) else stratified
            return search(landscape, starts.double(), rounds, max_steps, progress, shares)
        return _complete(landscape, rounds, max_steps, progress, shares)


def _complete(
    landscape: Landscape, rounds: int, max_steps: int, progress: Progress | None, shares: Shares
) -> CriticalPoints:
    """The critical points of what needs no starts.

    Raises
    ------
    ValueError
        If a polynomial falls towards infinity.
    """
    polynomial = unwrapped(landscape)
    if isinstance(polynomial, TrigonometricPolynomial):
        return counted_waves(landscape, polynomial, rounds, progress, shares)
    if not isinstance(polynomial, Polynomial):
        return _of_function(landscape, rounds, max_steps, progress, shares)
    if not inward(landscape):
        return stratified(landscape, polynomial, rounds, max_steps, progress, shares)
    if landscape.domain is None and polynomial.box is None:
        raise ValueError(
            f"{polynomial!r} is not coercive: it falls, or stays level, towards infinity in some "
            "direction, and its sublevel sets are not those of its critical points; add a term "
            "that grows, or study it on a box (`OnBox`)"
        )
    return counted(landscape, polynomial, rounds, progress, shares)


def _of_function(
    landscape: Landscape, rounds: int, max_steps: int, progress: Progress | None, shares: Shares
) -> CriticalPoints:
    """The critical points of a smooth function on its box, walls included where they hold any."""
    box = _boxed(landscape)
    if not inward(landscape):
        return stratified(landscape, None, rounds, max_steps, progress, shares)
    return enclosed(landscape, box, progress=progress)


def _boxed(landscape: Landscape) -> Box:
    """The box that a function is covered on."""
    box = landscape.box if landscape.domain is None else landscape.domain
    if box is None or landscape.dim > MOST_VARIABLES:
        why = "knows no box" if box is None else f"has more than {MOST_VARIABLES} variables"
        cure = "give it a `box`, or " if box is None else ""
        raise ValueError(
            f"`starts` is required for {landscape!r}, whose critical points cannot be counted "
            f"beforehand: it is no polynomial and {why}; {cure}pass "
            "`starts=sample_box(landscape, 512, generator=...)`"
        )
    for axis in landscape.space.closed(landscape.dim):  # once round each circle
        box = box.clone()
        box[1, axis] = box[0, axis] + landscape.space.periods[axis]  # pyright: ignore
    return box


def _searched(
    landscape: Landscape,
    starts: Points,
    rounds: int,
    max_steps: int,
    progress: Progress | None,
    shares: Shares,
) -> CriticalPoints:
    """Critical points of every index that searches from the starts lead to."""
    found, wanted = classify(landscape, starts[:0]), landscape.space.euler
    certificate = Certificate.of(found.indices, characteristic=wanted)
    try:
        for count in range(1, max(1, rounds) + 1):
            for index in range(landscape.dim + 1):
                solver = SaddleDynamics(index=index)
                fresh = find_saddles(
                    landscape, starts, solver=solver, max_steps=max_steps,
                    together=shares.together, executor=shares.executor, progress=progress,
                )  # fmt: skip
                found = merge(join(found, fresh))
            certificate = Certificate.of(found.indices, rounds=count, characteristic=wanted)
            if certificate.consistent:
                break
            starts = torch.cat(
                [step_off(landscape, found.points, mode=mode) for mode in range(landscape.dim)]
            )
    except Interrupted:
        known = Certificate.of(found.indices, characteristic=wanted)
        raise Interrupted(replace(found, certificate=known)) from None
    if not certificate.consistent:
        counted = f"have the alternating count {certificate.euler}, not {wanted}"
        if certificate.euler == wanted:
            counted = f"count up to {wanted} only without the degenerate ones"
        caution(
            f"incomplete: the critical points found in {landscape!r}, {found!r}, {counted}; "
            "draw more `starts`, make sure that minus the gradient points inward on the boundary "
            "of the box" + (", perturb the degenerate ones away" if certificate.degenerate else "")
        )
    return replace(found, origins=None, certificate=certificate)
