"""`find_minima`: where many starts descend to, each minimum once.

The one idea: gradient flow from all starts in one batch, ending in Newton's step, so that the
gradient is at round-off; then duplicates are merged and what failed keeps a status.
"""

import torch

from morseloss._shapes import Points
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.measured import measured
from morseloss.search.dynamics import SaddleDynamics
from morseloss.search.iterate import Progress
from morseloss.search.saddles import find_saddles
from morseloss.status import SearchError, Status, summary
from morseloss.workers import Workers

__all__ = ["find_minima"]


@measured
def find_minima(
    landscape: Landscape,
    starts: Points,
    *,
    solver: SaddleDynamics = SaddleDynamics(index=0),
    max_steps: int = 1000,
    together: int | None = None,
    executor: Workers | None = None,
    progress: Progress | None = None,
) -> CriticalPoints:
    """Find the local minima that the starts lead to.

    Parameters
    ----------
    landscape : Landscape
        Smooth: twice differentiable along the way.
    starts : Tensor, shape (starts, dim)
        One descent a row, all in one batch; in float64 from there on, whatever their precision.
    solver : SaddleDynamics
        Of index 0.
    max_steps : int
        Steps after which a row is given up.
    together : int, optional
        Starts in a batch; by default all. Another number may change what lies below round-off.
    executor : Executor or callable, optional
        Workers that batches are handed to, see `morseloss.workers`, with the same bits. It pays
        where a batch takes a second or more, as with particles.
    progress : callable, optional
        Gets `(step, running, total)` every few steps.

    Returns
    -------
    CriticalPoints
        Distinct minima, ordered by value, gradient norm at round-off. Degenerate points, of which
        the Hessian cannot tell whether they are minima, are among them, marked. `origins` says
        what became of every start.

    Raises
    ------
    ValueError
        If `starts` is not a batch of finite points of the landscape.
    SearchError
        If a start ran away below every minimum found, and below where it began (the landscape is
        not coercive and has no global minimum; the rows are named), or if no start arrived.
        `found` holds the rest.

    References
    ----------
    Barannikov et al., Loss barcode, Algorithm 1, line 1: the set of minima.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> land = ml.analytic.Himmelblau()
    >>> starts = ml.sample_box(land, 128, generator=torch.Generator().manual_seed(0))
    >>> ml.find_minima(land, starts)
    CriticalPoints(4 points in R^2: 4 minima)
    """
    if solver.index != 0:
        raise ValueError(f"minima have index 0, got {solver}; use `find_saddles` for other indices")
    minima = find_saddles(
        landscape, starts, solver=solver, max_steps=max_steps, together=together,
        executor=executor, progress=progress,
    )  # fmt: skip
    _refuse_runaways(landscape, starts, minima)
    if not len(minima):
        status = minima.origins.status if minima.origins else torch.zeros(0)
        usual = Status(int(status.mode().values))
        raise SearchError(
            f"none of {len(status)} starts reached a minimum ({summary(status.tolist())}): "
            f"most of them: {usual.message}",
            minima,
        )
    return minima


def _refuse_runaways(landscape: Landscape, starts: Points, minima: CriticalPoints) -> None:
    """Refuse a landscape whose values were seen to fall for ever; steps are bounded on the way."""
    origins = minima.origins
    if origins is None:
        return
    away = (origins.status == Status.DIVERGED).nonzero().flatten()
    if not len(away):
        return
    ends = landscape.value(origins.points[away])
    above = landscape.value(starts[away].to(ends))
    lowest = minima.values.min() if len(minima) else above
    below = (ends < above) & (ends < lowest) & ends.isfinite()
    lost = away[below]
    if len(lost):
        rows = ", ".join(str(row) for row in lost[:5].tolist())
        more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
        known = (
            f"below every minimum found ({len(minima)} found, lowest value {float(lowest):g})"
            if len(minima)
            else "and no minimum was found"
        )
        raise SearchError(
            f"{landscape!r} has no global minimum: starts in rows {rows}{more} ran away down to "
            f"{float(ends[below].min()):.4g}, {known}; add a term that grows, or search on a box "
            "where minus the gradient points inward (`OnBox`)",
            minima,
        )
