"""`fall`: from certified passes down both sides, to the minima that they join.

The one idea: what joins two minima below a level need not be the gradient flow. Any way down does:
quasi-Newton steps are cheap, and each is looked at on its whole length; so the pass is the highest
point of the way from one minimum to the other.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morseloss._shapes import Points, Values
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.passes.certified import FINISHING, certified
from morseloss.networks.passes.mode_newton import ModeNewtonState
from morseloss.networks.passes.whole_hessian import check_size, whole_hessian
from morseloss.networks.training.lbfgs import LBFGS, LBFGSState
from morseloss.search.eigenmodes import eigenmodes
from morseloss.search.iterate import iterate

__all__ = ["Falls", "fall"]

FLATTENING = LBFGS(gtol=1e-6, ftol=0.0)
NEWTON = 100  # steps of Newton's method at the end of a fall
HAIR = 1e-2  # of 1 and the size of a pass: how far from it a fall starts
LOOKS, MOST = 3, 200  # points on each step, at least and at most
APART = 0.02  # of 1 and the size of a point: how far apart they are at most


@dataclass(frozen=True, eq=False)
class Falls:
    """Two falls for each pass, rows 2 i and 2 i + 1 for pass i.

    Attributes
    ----------
    ends : CriticalPoints
        Where each fall ended: certified minima, or what `status` says.
    heights : Tensor, shape (falls,)
        Highest value seen on the way, the pass itself left out, [value].
    below : Tensor of bool, shape (falls,)
        Whether all that was seen lies below the pass.
    """

    ends: CriticalPoints
    heights: Values
    below: Bool[Tensor, " falls"]


def fall(landscape: Landscape, passes: CriticalPoints, *, max_steps: int = 5000) -> Falls:
    """Fall from each pass on both sides.

    Parameters
    ----------
    landscape : Landscape
    passes : CriticalPoints
        Of index 1, as `certify_passes` certifies them.
    max_steps : int
        Gradients of each fall, before Newton's method takes over.

    Raises
    ------
    ValueError
        If the landscape is too large, or a point is not of index 1.

    Examples
    --------
    >>> import morseloss as ml
    >>> from morseloss.networks.passes.falls import fall
    >>> land = ml.analytic.DoubleWell(1)
    >>> fall(land, land.critical_points.of_index(1)).ends
    CriticalPoints(2 points in R^1: 2 minima)
    """
    check_size(landscape, passes.points, "passes")
    if not bool((passes.indices == 1).all()):
        raise ValueError(
            f"`passes` must all be of index 1, got {passes!r}; use `passes.of_index(1)`"
        )
    starts = _beside(landscape, passes.points)
    saddles = passes.points.repeat_interleave(2, 0)
    here, tops = starts.clone(), _highest(landscape, starts, saddles)

    def trace(state: LBFGSState | ModeNewtonState, rows: Tensor) -> None:
        moved = (here[rows] != state.points).any(1)
        rows, points = rows[moved], state.points[moved]
        if len(rows):
            tops[rows] = torch.maximum(tops[rows], _highest(landscape, here[rows], points))
            here[rows] = points

    rough = FLATTENING.init(landscape, starts)
    iterate(FLATTENING, landscape, rough, max_steps=max_steps, every=1, trace=trace)
    fine = FINISHING.init(landscape, here.clone())
    fine = iterate(FINISHING, landscape, fine, max_steps=NEWTON, every=1, trace=trace)
    ends = certified(fine, FINISHING)
    return Falls(ends, tops, tops < passes.values.repeat_interleave(2))


def _beside(landscape: Landscape, points: Points) -> Float[Tensor, "sides dim"]:
    """Points a small way off each pass, on both sides of it along its lowest mode."""
    modes = eigenmodes(whole_hessian(landscape, points))[1][..., 0]
    ways = HAIR * (1 + points.abs().amax(1, keepdim=True)) * modes
    return torch.stack([points - ways, points + ways], 1).flatten(0, 1)


def _highest(landscape: Landscape, starts: Points, ends: Points) -> Values:
    """Highest values on straight ways, the far end left out: it is looked at by the next way."""
    sizes = 1 + starts.abs().amax(1)
    longest = float(((ends - starts).norm(dim=1) / sizes).max())
    looks = min(max(LOOKS, math.ceil(longest / APART)), MOST)
    times = torch.linspace(0, 1, looks + 1).to(starts)[:-1, None, None]
    places = torch.lerp(starts[None], ends[None], times)
    return landscape.value(places.flatten(0, 1)).unflatten(0, places.shape[:2]).amax(0)
