"""`climb`: from points on slopes up to the saddles above them, the counterpart of `descend`.

The one idea: follow the index-1 dynamics, which rises along the softest mode and falls along all
others. A climb that symmetry leads onto a summit leaves it sideways and falls to its saddles.
"""

from dataclasses import replace

from morseloss._shapes import Points
from morseloss.critical import CriticalPoints, classify, join, merge
from morseloss.landscape import Landscape
from morseloss.search.dynamics import SaddleDynamics
from morseloss.search.flow import step_off
from morseloss.search.saddles import find_saddles
from morseloss.status import Status

__all__ = ["climb"]

SOLVER = SaddleDynamics(index=1, rtol=0.5)
SIDESTEP = 1e-2


def climb(landscape: Landscape, starts: Points, *, max_steps: int) -> CriticalPoints:
    """Return the saddles of index 1 that climbs from the starts arrive at.

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
    found = find_saddles(landscape, starts, solver=SOLVER, max_steps=max_steps)
    saddles, origins = found.of_index(1), found.origins
    summits = _summits(landscape, found)
    if len(summits):
        aside = step_off(landscape, summits.points, size=SIDESTEP, mode=1)
        more = find_saddles(landscape, aside, solver=SOLVER, max_steps=max_steps)
        saddles = join(saddles, more.of_index(1))
    return replace(saddles, origins=origins)


def _summits(landscape: Landscape, found: CriticalPoints) -> CriticalPoints:
    """The distinct critical points of index 2 or more at which climbs ended."""
    if found.origins is None:
        return found.of_index(2)
    rested = found.origins.points[found.origins.status == Status.WRONG_INDEX]
    summits = merge(classify(landscape, rested)) if len(rested) else found.of_index(2)
    return summits.take((summits.indices > 1).nonzero().flatten())
