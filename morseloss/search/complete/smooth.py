"""All critical points of a smooth function on a box, by Chebyshev proxies of its gradient.

The one idea: proxies only say where to look, and that there is exactly one; the points themselves
are Newton's on the function, so they are as good as the function is.
"""

from dataclasses import replace

import torch
from jaxtyping import Bool
from torch import Tensor

from morseloss._rows import joined, take
from morseloss._shapes import Points, Rows, SomePoints, Values
from morseloss.caution import caution
from morseloss.landscapes.certificate import Certificate
from morseloss.landscapes.critical import CriticalPoints, classify, join, merge, ranked, tied
from morseloss.landscapes.landscape import Box, Landscape
from morseloss.landscapes.spaces.space import EUCLIDEAN
from morseloss.search.complete.isolated import Zeros, isolated
from morseloss.search.complete.proxies import COUNTS, LEVEL, proxies, refitted
from morseloss.search.iterate import Progress
from morseloss.status import SearchError

__all__ = ["MOST_VARIABLES", "covered", "enclosed"]

MOST_VARIABLES = max(COUNTS)
NEWTON = 8  # steps from inside a box with one zero: each squares what is left
ANEW = 4  # times that places which are not decided are fitted
CREEP = 60  # steps towards a zero that may be degenerate: each takes a third off
FLAT = 1e-8  # of the largest curvature at a point
EDGE = 1e-9  # of the box, by which a point of its wall may lie beyond
SAME = 1e-7  # of the box: one zero, from boxes that overlap
TOGETHER = 1e-3  # of the box: one place, of which it is not known what it holds


def enclosed(landscape: Landscape, box: Box, *, progress: Progress | None = None) -> CriticalPoints:
    """Return all critical points in a box of at most three variables, with their certificate.

    Raises
    ------
    SearchError
        If the function is not smooth: no series converges on some cell; or if critical points are
        not isolated, but fill a curve, or the whole box.

    Warns
    -----
    UserWarning
        If there are places of which it is not known whether they hold a critical point, or only
        one; or if the alternating count is not 1.
    """
    found = covered(landscape, box, progress=progress)
    _tell(landscape, found.certificate)
    return found


def covered(landscape: Landscape, box: Box, *, progress: Progress | None = None) -> CriticalPoints:
    """Return what `enclosed` does, without a word on what its certificate says.

    Raises
    ------
    SearchError
        As `enclosed`.
    """
    cover = proxies(landscape, box, progress=progress)
    if cover.flat == cover.count and not cover.rise:
        raise SearchError(
            f"{landscape!r} is constant on its box, so that every point is critical; take another",
            classify(landscape, box[:0]),
        )
    width = box[1] - box[0]
    zeros = _decided(landscape, isolated(cover.cells, progress=progress), width)
    sure = _newton(landscape, zeros.middles()[zeros.single], NEWTON)
    sure = sure[_first_of(sure / width, SAME)]
    regular = classify(landscape, sure)
    regular = classify(landscape, sure, curvature=regular.eigenvalues.abs().amax(1))
    places = zeros.middles()[~zeros.single]
    ends = classify(landscape, _newton(landscape, places, CREEP), curvature=cover.bend)
    near = ((ends.points - places) / width).abs().amax(1) < TOGETHER
    fresh = near & _apart(ends.points / width, sure / width)
    both = join(regular, merge(ends.take(fresh.nonzero().flatten())))
    found = both.take(_inside(both.points, box))
    found = tied(found if landscape.space == EUCLIDEAN else merge(found))
    unknown = ~(near & (ends.indices >= 0))
    certificate = Certificate.of(
        found.indices,
        characteristic=landscape.space.euler,
        cells=cover.count,
        flat=cover.flat,
        undecided=len(_first_of(places[unknown] / width, TOGETHER)),
        fit_error=cover.error,
        fit_rise=max(cover.slip, LEVEL * cover.rise if cover.flat else 0.0),
    )
    return replace(found.take(ranked(found)), certificate=certificate)


def _decided(landscape: Landscape, zeros: Zeros, width: Values) -> Zeros:
    """Fit anew where nothing is decided: a series is as good as its largest value on a cell."""
    for _ in range(ANEW):
        wide = ((zeros.high - zeros.low) > TOGETHER / 10 * width).any(1)
        asked = (wide & ~zeros.single).nonzero().flatten()
        if not len(asked):
            break
        cells = refitted(landscape, zeros.low[asked], zeros.high[asked])
        good = cells.errors.isfinite().all(1)
        found = isolated(take(cells, good))
        kept = torch.ones(len(zeros), dtype=torch.bool)
        kept[asked[good]] = False
        zeros = joined(take(zeros, kept), found)
    return zeros


def _tell(landscape: Landscape, certificate: Certificate | None) -> None:
    """Say aloud where the counts are not those of a complete set."""
    if certificate is None:
        return
    undecided = certificate.undecided
    if undecided:
        caution(
            f"incomplete: of {undecided} place{'s' if undecided > 1 else ''} of {landscape!r} it "
            "is not known whether there is no critical point, one, or more: the Hessian is "
            "singular there, or nearly so; `perturb` it away"
        )
    elif certificate.degenerate:
        caution(
            f"{certificate.degenerate} critical points of {landscape!r} are degenerate: a Hessian "
            "eigenvalue there is zero; `perturb` it away"
        )
    elif not certificate.consistent:
        caution(
            f"the critical points of {landscape!r} in its box have the alternating count "
            f"{certificate.euler}, not {certificate.characteristic}: minus the gradient does not "
            "point inward on the boundary of the box"
        )


def _newton(landscape: Landscape, points: Points, steps: int) -> Points:
    """Step towards zeros of the gradient, not along directions without curvature."""
    for _ in range(steps if len(points) else 0):
        _, gradients, hessians = landscape.jet(points)
        good = hessians.isfinite().flatten(1).all(1) & gradients.isfinite().all(1)
        inverses = torch.linalg.pinv(
            torch.where(good[:, None, None], hessians, 0.0), rtol=FLAT, hermitian=True
        )
        moves = (inverses @ torch.where(good[:, None], gradients, 0.0)[..., None])[..., 0]
        points = points - moves.detach()
    return points


def _first_of(points: Points, reach: float) -> Rows:
    """The first row of each group of points linked by steps within reach."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    if not len(points):
        return torch.zeros(0, dtype=torch.long)
    pairs = KDTree(points.numpy()).query_pairs(reach, output_type="ndarray")
    links = coo_array((torch.ones(len(pairs)), pairs.T), shape=(len(points),) * 2)
    labels = torch.from_numpy(connected_components(links, directed=False)[1]).long()
    first = torch.full((int(labels.max()) + 1,), len(points))
    return first.scatter_reduce(0, labels, torch.arange(len(points)), "amin")


def _apart(points: Points, others: SomePoints) -> Bool[Tensor, " batch"]:
    """Which points are none of the others."""
    if not len(points) or not len(others):
        return torch.ones(len(points), dtype=torch.bool)
    # not through a matrix product, which would lose half of the digits
    gaps = torch.cdist(points, others, compute_mode="donot_use_mm_for_euclid_dist")
    return gaps.amin(1) > SAME


def _inside(points: Points, box: Box) -> Rows:
    slack = EDGE * (box[1] - box[0])
    return ((points >= box[0] - slack) & (points <= box[1] + slack)).all(1).nonzero().flatten()
