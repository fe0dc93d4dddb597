"""`grow`: certified minima and passes, from a few trained networks on, until their bars close.

The one idea: a pass near the top of a path joins minima of its own, so a trained minimum is joined
to a lower one by a chain of passes. The graph grows from the tops of paths first, then by climbs
along soft modes of the lowest minima that can be reached; copies by symmetry are one minimum.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from morseloss._shapes import Points, Values
from morseloss.landscapes.critical import CriticalPoints, join
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.passes.certified import CLIMBING, certify_passes
from morseloss.networks.passes.chains import Chains
from morseloss.networks.passes.copies import recognised, symmetry_for
from morseloss.networks.passes.falls import fall
from morseloss.networks.passes.mode_newton import ModeNewton
from morseloss.networks.passes.tops import Tops
from morseloss.networks.passes.whole_hessian import check_size, whole_hessian
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.search.eigenmodes import eigenmodes
from morseloss.status import Interrupted, Status

__all__ = ["Growth", "grow"]

IDLE = 1e-9  # of the largest eigenvalue, by which one may differ from the weight decay alone
SAME = 1e-9  # [value], by which minima polished again may differ

Kept = Callable[[Chains], None]
"""Gets what there is after every climb, as `grow` takes it back."""


@dataclass(frozen=True)
class Growth:
    """How the graph of a network's minima grows.

    Parameters
    ----------
    climbing : ModeNewton
        Of index 1.
    modes : int
        Softest modes of a minimum that are climbed along, each on both sides.
    first : float
        How far from the minimum a climb starts, [point].
    max_steps : int
        Newton steps of a climb.
    symmetry : Symmetry, optional
        By which copies are known; read off the module by default.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """

    climbing: ModeNewton = CLIMBING
    modes: int = 3
    first: float = 0.1
    max_steps: int = 100
    symmetry: Symmetry | None = None

    def __post_init__(self) -> None:
        if min(self.modes, self.max_steps) < 1 or not self.first > 0 or self.climbing.index != 1:
            raise ValueError(
                "`modes` and `max_steps` must be 1 or more, `first` positive and `climbing` of "
                f"index 1; got {self}"
            )


def grow(
    landscape: Landscape,
    minima: CriticalPoints,
    tops: Tops | None = None,
    method: Growth = Growth(),
    *,
    climbs: int,
    below: Values | None = None,
    keep: Kept | None = None,
    resume: Chains | None = None,
) -> Chains:
    """Grow the graph of certified minima and passes until the bar of each given minimum closes.

    Parameters
    ----------
    landscape : Landscape
        Smooth, of at most some thousands of weights.
    minima : CriticalPoints
        As `polish` certifies them.
    tops : Tops, optional
        Of paths, from which to climb first; all of them are climbed from.
    method : Growth
    climbs : int
        At most so many along soft modes.
    below : Tensor, shape (minima,), optional
        Heights, of settled paths say: a bar that closes above goes on being worked at.
    keep : callable, optional
        Gets the `Chains` after every climb, to be stored or shown.
    resume : Chains, optional
        Of the same call: it goes on there. `climbs` counts from its beginning.

    Raises
    ------
    ValueError
        If the landscape is too large, a point is no certified minimum, or `below` or `resume` do
        not fit.
    Interrupted
        At an interrupt from the keyboard; `found` is the `Chains` after the last climb.

    Examples
    --------
    >>> import morseloss as ml
    >>> from morseloss.networks.passes.growth import grow
    >>> land = ml.analytic.SixHumpCamel()
    >>> wells = land.critical_points.of_index(0)
    >>> grow(land, wells, climbs=20)
    Chains(6 minima, 7 passes, 4 of 6 bars closed; 20 climbs: ...)
    """
    symmetry = symmetry_for(landscape, method.symmetry)
    state = _begun(landscape, minima, symmetry)
    if resume is not None:
        state = _resumed(resume, state)
    targets = torch.full((len(state.given),), torch.inf) if below is None else below.cpu()
    if targets.shape != state.given.shape:
        raise ValueError(f"`below` must hold {len(minima)} heights, one a minimum")
    most = 2 * min(method.modes, landscape.dim)
    try:
        while tops is not None and _begun_at_tops(state) < len(tops):
            row = _begun_at_tops(state)
            start = tops.points[row : row + 1], tops.ways[row : row + 1]
            state = _climbed(landscape, state, start, -1 - row, method, symmetry)
            _keep(keep, state)
        while len(state.attempts) - _begun_at_tops(state) < climbs:
            row = _next(state, targets, most)
            if row < 0:
                break
            start = _beside(landscape, state, row, method.first)
            state = _climbed(landscape, state, start, row, method, symmetry)
            _keep(keep, state)
    except KeyboardInterrupt:
        raise Interrupted(state) from None
    return state


def _begun_at_tops(state: Chains) -> int:
    return int((state.attempts[:, 0] < 0).sum())


def _resumed(resume: Chains, begun: Chains) -> Chains:
    """What goes on must be of the same minima."""
    given = resume.minima.values[resume.given], begun.minima.values[begun.given]
    if given[0].shape != given[1].shape or not torch.allclose(*given, rtol=0, atol=SAME):
        raise ValueError(
            "`resume` must be of the same minima, and is of others; pass those with which it was "
            "begun, or start anew"
        )
    return resume


def _keep(keep: Kept | None, state: Chains) -> None:
    if keep is not None:
        keep(state)


def _begun(landscape: Landscape, minima: CriticalPoints, symmetry: Symmetry | None) -> Chains:
    check_size(landscape, minima.points, "minima")
    bad = (minima.indices != 0).nonzero().flatten().tolist()
    if bad:
        raise ValueError(
            f"`minima` must be certified ones, and rows {bad[:5]} are not; bring them there by "
            "`polish`, and leave out what does not arrive"
        )
    none = minima.take(torch.zeros(0, dtype=torch.int64))
    nothing = torch.zeros(0, dtype=torch.int64)
    state = Chains(none, none, nothing.reshape(0, 2), nothing, nothing, nothing.reshape(0, 3))
    state, rows = _known(landscape, state, minima, symmetry)
    return replace(state, given=rows)


def _known(
    landscape: Landscape, state: Chains, found: CriticalPoints, symmetry: Symmetry | None
) -> tuple[Chains, Tensor]:
    """The state with these minima among its own, and their rows there."""
    rows = []
    for single in range(len(found)):
        point = found.take(torch.tensor([single]))
        row = int(recognised(landscape, point, state.minima, symmetry))
        if row < 0:
            row = len(state.minima)
            tried = torch.cat([state.tried, torch.zeros(1, dtype=torch.int64)])
            state = replace(state, minima=join(state.minima, point), tried=tried)
        rows.append(row)
    return state, torch.tensor(rows, dtype=torch.int64)


def _next(state: Chains, targets: Values, most: int) -> int:
    """The minimum to climb from: for an open bar, the lowest in reach with a mode left; or -1."""
    heights, closing = state.heights(), state.closing()
    best, least = -1, (np.inf, np.inf)
    for row, closed, target in zip(state.given.tolist(), closing, targets, strict=True):
        if closed <= target and closed < np.inf:
            continue
        near = (heights[row] < float(closed)) & (state.tried.numpy() < most)
        spent = int(state.tried.numpy()[heights[row] < float(closed)].sum())
        for place in np.flatnonzero(near):
            if (spent, heights[row, place]) < least:
                best, least = int(place), (spent, heights[row, place])
    return best


def _beside(landscape: Landscape, state: Chains, row: int, first: float) -> tuple[Points, Points]:
    """Where the next climb from a minimum starts, and its way."""
    point, tried = state.minima.points[row : row + 1], int(state.tried[row])
    mode = _soft(landscape, point)[..., tried // 2]
    way = mode if tried % 2 == 0 else -mode
    return point + first * way, way


def _soft(landscape: Landscape, point: Points) -> Tensor:
    """Modes of a minimum, the softest first, but those behind that weight decay alone bends.

    Adding one number to all classes is such a mode, and symmetry of the loss: no pass lies on it.
    """
    eigenvalues, modes = eigenmodes(whole_hessian(landscape, point))
    if not isinstance(landscape, NetworkLandscape):
        return modes
    gaps = (eigenvalues[0] - landscape.weight_decay).abs()
    idle = gaps <= IDLE * eigenvalues[0].abs().amax()
    return modes[..., idle.long().argsort(stable=True)]


def _climbed(
    landscape: Landscape,
    state: Chains,
    start: tuple[Points, Points],
    origin: int,
    method: Growth,
    symmetry: Symmetry | None,
) -> Chains:
    """The state after one more climb, and the falls from its pass, if it is a new one."""
    if origin >= 0:
        tried = state.tried.clone()
        tried[origin] += 1
        state = replace(state, tried=tried)
    found = certify_passes(landscape, *start, method.climbing, max_steps=method.max_steps)
    status, place = int(found.status), -1
    if status == Status.CONVERGED:
        place = int(recognised(landscape, found, state.passes, symmetry))
        if place < 0:
            state, status, place = _fallen(landscape, state, found, symmetry)
    attempt = torch.tensor([[origin, status, place]])
    return replace(state, attempts=torch.cat([state.attempts, attempt]))


def _fallen(
    landscape: Landscape, state: Chains, found: CriticalPoints, symmetry: Symmetry | None
) -> tuple[Chains, int, int]:
    """The state with a pass and its minima, the status of the falls, and the row of the pass."""
    falls = fall(landscape, found)
    bad = falls.ends.status[falls.ends.status != Status.CONVERGED]
    if len(bad) or not bool(falls.below.all()):
        return state, int(bad[0]) if len(bad) else int(Status.STALLED), -1
    state, rows = _known(landscape, state, falls.ends, symmetry)
    place = len(state.passes)
    state = replace(
        state, passes=join(state.passes, found), ends=torch.cat([state.ends, rows[None]])
    )
    return state, int(Status.CONVERGED), place
