"""`find_saddles`: critical points of a given index from many starts, all in one batch.

The one idea: run the dynamics of that index from every start, then believe only what the Hessian
at the end says. `find_minima` is the same with index 0.
"""

from dataclasses import replace

import torch

from morseloss._shapes import Points
from morseloss.critical import CriticalPoints, classify, merge
from morseloss.landscape import Landscape, check_points
from morseloss.search.dynamics import DynamicsState, SaddleDynamics
from morseloss.search.iterate import Progress, iterate
from morseloss.status import Interrupted, Status

__all__ = ["find_saddles"]


def find_saddles(
    landscape: Landscape,
    starts: Points,
    *,
    solver: SaddleDynamics = SaddleDynamics(index=1),
    max_steps: int = 200,
    progress: Progress | None = None,
) -> CriticalPoints:
    """Find the critical points of index `solver.index` that the starts lead to.

    Parameters
    ----------
    landscape : Landscape
        Smooth: twice differentiable along the way.
    starts : Tensor, shape (starts, dim)
        One search a row, all in one batch.
    solver : SaddleDynamics
        Its `index` is the Morse index sought.
    max_steps : int
        Steps after which a row is given up.
    progress : callable, optional
        Gets `(step, running, total)` every few steps.

    Returns
    -------
    CriticalPoints
        Distinct points, ordered by value, gradient at round-off; degenerate ones are among them,
        marked. `origins` says what became of every start. There may be none: a convex bowl has no
        saddle.

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
    state = solver.init(landscape, starts)
    try:
        state = iterate(solver, landscape, state, max_steps=max_steps, progress=progress)
    except Interrupted as stop:
        raise Interrupted(gather(landscape, stop.found, solver.index)) from None
    return gather(landscape, state, solver.index)


def gather(landscape: Landscape, state: DynamicsState, index: int) -> CriticalPoints:
    """Return the distinct critical points among the ends of a search, with their origins."""
    ends = classify(landscape, state.points, curvature=float(state.scales.median()))
    settled = (state.status == Status.CONVERGED) | (state.status == Status.WRONG_INDEX)
    other = (ends.indices >= 0) & (ends.indices != index)
    status = torch.where(settled, ends.status, state.status)
    status[settled & other] = Status.WRONG_INDEX
    if landscape.domain is not None:
        low, high = landscape.domain.to(state.points)
        inside = ((state.points >= low) & (state.points <= high)).all(-1)
        status[settled & ~inside] = Status.OUTSIDE
    good = (status == Status.CONVERGED) | (status == Status.DEGENERATE)
    kept = good.nonzero().flatten()
    points = merge(replace(ends, status=status).take(kept))
    rows = torch.full_like(status, -1)
    origins = points.origins
    if origins is not None:
        rows[kept] = origins.rows.to(rows)
        origins = replace(origins, status=status, rows=rows, points=state.points)
    return replace(points, origins=origins)
