"""`find_saddles`: critical points of a given index from many starts, all in one batch.

The one idea: run the dynamics of that index from every start, then believe only what the Hessian
at the end says. `find_minima` is the same with index 0; `climb` rises from slopes to the saddles
above them, as `descend` falls from saddles.
"""

from dataclasses import replace
from functools import partial

import torch

from morseloss._shapes import Points, Values
from morseloss.landscapes.boxes.walls import inward, outside
from morseloss.landscapes.critical import (
    ZERO_TOLERANCE,
    CriticalPoints,
    classify,
    join,
    merge,
)
from morseloss.landscapes.landscape import Landscape, check_points
from morseloss.landscapes.measured import measured
from morseloss.search.dynamics import NEWTON_NEAR, DynamicsState, SaddleDynamics
from morseloss.search.flow import step_off
from morseloss.search.iterate import Progress, iterate
from morseloss.search.modes import along, curvature
from morseloss.search.shares import stepped
from morseloss.search.walls.hardening import searched_on_box
from morseloss.status import Interrupted, Status
from morseloss.workers import Workers

__all__ = ["climb", "find_saddles", "searched", "zero_scales"]

CLIMBING = SaddleDynamics(index=1, rtol=0.5)
AROUND = (-0.1, -0.01, 0.01, 0.1)  # of 1 and the size of a point: where to look for curvature


@measured
def find_saddles(
    landscape: Landscape,
    starts: Points,
    *,
    solver: SaddleDynamics = SaddleDynamics(index=1),
    max_steps: int = 200,
    together: int | None = None,
    executor: Workers | None = None,
    progress: Progress | None = None,
) -> CriticalPoints:
    """Find the critical points of index `solver.index` that the starts lead to.

    Parameters
    ----------
    landscape : Landscape
        Smooth: twice differentiable along the way.
    starts : Tensor, shape (starts, dim)
        One search a row, all in one batch; in float64 from there on, whatever their precision:
        in float32 a flat direction looks curved, and the sign of an eigenvalue decides.
    solver : SaddleDynamics
        Its `index` is the Morse index sought.
    max_steps : int
        Steps after which a row is given up.
    together, executor
        As for `find_minima`.
    progress : callable, optional
        Gets `(step, running, total)` every few steps.

    Returns
    -------
    CriticalPoints
        In float64: distinct points, ordered by value, gradient at round-off; degenerate ones are
        among them, marked. `origins` says what became of every start. There may be none: a convex
        bowl has no saddle.

    Raises
    ------
    ValueError
        If `starts` is not a batch of finite points of the landscape, or the index sought is above
        its dimension.
    Interrupted
        At an interrupt from the keyboard; `found` is what has arrived by then.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> land = ml.analytic.SixHumpCamel()
    >>> starts = ml.sample_box(land, 256, generator=torch.Generator().manual_seed(0))
    >>> ml.find_saddles(land, starts)
    CriticalPoints(7 points in R^2: 7 of index 1)
    """
    check_points(landscape, starts, "starts")
    if solver.index > landscape.dim:
        raise ValueError(
            f"`solver.index` must be at most the dimension {landscape.dim}, got {solver.index}"
        )
    if not inward(landscape, starts.device):
        work = partial(searched, together=together, executor=executor)
        return searched_on_box(work, landscape, starts, solver, max_steps, progress)
    return searched(
        landscape, starts, solver, max_steps, progress, together=together, executor=executor
    )


def searched(
    landscape: Landscape,
    starts: Points,
    solver: SaddleDynamics,
    max_steps: int,
    progress: Progress | None = None,
    *,
    together: int | None = None,
    executor: Workers | None = None,
) -> CriticalPoints:
    """Return what `find_saddles` does of a landscape whose walls hold nothing."""
    try:
        state = stepped(
            solver, landscape, starts.double(), max_steps=max_steps, together=together,
            executor=executor, progress=progress,
        )  # fmt: skip
    except Interrupted as stop:
        raise Interrupted(gather(landscape, stop.found, solver.index)) from None
    return gather(landscape, state, solver.index)


def gather(landscape: Landscape, state: DynamicsState, index: int) -> CriticalPoints:
    """Return the distinct critical points among the ends of a search, with their origins."""
    ends = classify(landscape, state.points, curvature=zero_scales(landscape, state))
    settled = (state.status == Status.CONVERGED) | (state.status == Status.WRONG_INDEX)
    other = (ends.indices >= 0) & (ends.indices != index)
    status = torch.where(settled, ends.status, state.status)
    status[settled & other] = Status.WRONG_INDEX
    ended = settled | (state.status == Status.DIVERGED)
    status[ended & outside(landscape, state.points)] = Status.OUTSIDE
    good = (status == Status.CONVERGED) | (status == Status.DEGENERATE)
    kept = good.nonzero().flatten()
    points = merge(replace(ends, status=status).take(kept))
    rows = torch.full_like(status, -1)
    origins = points.origins
    if origins is not None:
        rows[kept] = origins.rows.to(rows)
        origins = replace(origins, status=status, rows=rows, points=state.points)
    return replace(points, origins=origins)


def zero_scales(landscape: Landscape, state: DynamicsState) -> Values:
    """Curvature against which an eigenvalue counts as zero at each end of a search.

    That of the median start; but starts on steep walls know nothing of the wells below them, so
    where Newton's step arrived it is at most the one that is seen along the softest mode nearby.
    """
    usual = state.scales.median().expand_as(state.values)
    eigenvalues, modes = torch.linalg.eigh(state.hessians)
    newton = (along(modes, state.gradients) / eigenvalues).norm(dim=-1)
    sizes = 1.0 + state.points.abs().amax(-1)
    smallest, softest = eigenvalues.abs().min(-1)
    flat = smallest <= ZERO_TOLERANCE[torch.float64] * usual
    rows = (flat & (newton <= NEWTON_NEAR * sizes)).nonzero().flatten()
    if not len(rows):
        return usual
    ways = sizes[rows, None] * modes[rows, :, softest[rows]]
    places = torch.stack([state.points[rows] + part * ways for part in AROUND])
    hessians = landscape.hessian(places.flatten(0, 1)).nan_to_num(0.0, torch.inf, torch.inf)
    seen = torch.cat([curvature(hessians), curvature(state.hessians[rows])])
    nearby = seen.reshape(1 + len(AROUND), -1).amax(0)
    return usual.index_put((rows,), torch.minimum(usual[rows], nearby))


def climb(landscape: Landscape, starts: Points, *, max_steps: int) -> CriticalPoints:
    """Return the saddles of index 1 that climbs from the starts arrive at.

    The index-1 dynamics rises along the softest mode and falls along all others. A climb that
    symmetry leads onto a summit leaves it sideways and falls to its saddles.

    Parameters
    ----------
    landscape : Landscape
    starts : Tensor, shape (starts, dim)
        Tops of strings, or points beside minima.
    max_steps : int
        Steps after which a climb is given up.

    Returns
    -------
    CriticalPoints
        Of index 1; a saddle may stand there twice. `origins` tells where each climb is.
    """
    if not len(starts):
        return classify(landscape, starts)
    found = _climbed(landscape, starts, max_steps)
    saddles, origins = found.of_index(1), found.origins
    summits = _summits(landscape, found)
    if len(summits):
        aside = step_off(landscape, summits.points, mode=1)
        more = _climbed(landscape, aside, max_steps)
        saddles = join(saddles, more.of_index(1))
    return replace(saddles, origins=origins)


def _climbed(landscape: Landscape, starts: Points, max_steps: int) -> CriticalPoints:
    """Climbs looked at after every step: most are short, and one that has arrived costs no more."""
    state = CLIMBING.init(landscape, starts.double())
    state = iterate(CLIMBING, landscape, state, max_steps=max_steps, every=1)
    return gather(landscape, state, CLIMBING.index)


def _summits(landscape: Landscape, found: CriticalPoints) -> CriticalPoints:
    """The distinct critical points of index 2 or more at which climbs ended."""
    if found.origins is None:
        return found.of_index(2)
    rested = found.origins.points[found.origins.status == Status.WRONG_INDEX]
    summits = merge(classify(landscape, rested)) if len(rested) else found.of_index(2)
    return summits.take((summits.indices > 1).nonzero().flatten())
