"""`LBFGS`: networks brought to full convergence on all images, all of them in one batch.

The one idea: each step is one gradient of all rows, and every row is somewhere in its own line
search; a row that accepts its point starts the next search while others still halve theirs.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Gradients, Indices, Points, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.status import Status

__all__ = ["LBFGS", "LBFGSState"]

DECREASE, CURVATURE = 1e-4, 0.9  # Wolfe's conditions
TRIALS = 30  # points tried on one line
FIRST = 0.1  # the first step is no longer than that, and no longer than the gradient
ROUNDING = 4  # units of rounding by which a value may seem to rise


@dataclass(frozen=True)
class LBFGSState:
    """Where each row stands, on which line, and what it remembers of the curvature.

    Attributes
    ----------
    points, gradients : Tensor, shape (rows, dim)
        Last accepted point, its gradient.
    values, norms : Tensor, shape (rows,)
        Loss and gradient norm there.
    ways : Tensor, shape (rows, dim)
        Directions of the lines.
    lengths, lows, highs : Tensor, shape (rows,)
        Step to try next, and between which steps Wolfe's conditions are met.
    trials : Tensor, shape (rows,), int64
        Points tried on this line.
    moves, bends : Tensor, shape (rows, memory, dim)
        Last steps and changes of the gradient, in a ring; changed in place.
    weights : Tensor, shape (rows, memory)
        `1 / <move, bend>`, 0 where there is none.
    scales : Tensor, shape (rows,)
        Inverse curvature along the last step.
    marks, falls : Tensor, shape (rows,)
        Value at the last mark, and relative fall from the mark before to it.
    steps : Tensor, shape (rows,), int64
        Gradients evaluated.
    status : Tensor, shape (rows,), int64
    """

    points: Points
    gradients: Gradients
    values: Values
    norms: Values
    ways: Points
    lengths: Values
    lows: Values
    highs: Values
    trials: Indices
    moves: Float[Tensor, "rows memory dim"]
    bends: Float[Tensor, "rows memory dim"]
    weights: Float[Tensor, "rows memory"]
    scales: Values
    marks: Values
    falls: Values
    steps: Indices
    status: Indices


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS on all images, with weak Wolfe conditions on each line.

    A row has the status `CONVERGED` where its gradient norm is at most `gtol`; `STALLED` where its
    loss is flat to `ftol` while the gradient is not small, as at a kink of ReLU networks.

    Parameters
    ----------
    memory : int
        Steps remembered; each costs two vectors of every network.
    gtol : float
        Gradient norm at which a row has converged, [value]/[point].
    ftol : float
        Relative fall of the loss over `window` steps below which it is called flat.
    window : int
        Steps from mark to mark.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    Nocedal and Wright, "Numerical optimization", 2006, Algorithms 7.4 and 7.5. Lewis and Overton,
    "Nonsmooth optimization via quasi-Newton methods", 2013, Algorithm 2.6: the line search that
    serves functions with kinks too.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.networks.training.lbfgs import LBFGS
    >>> from morseloss.search.iterate import iterate
    >>> bowl = ml.Function(lambda x: (x**4 + x**2).sum(-1), dim=2)
    >>> state = LBFGS().init(bowl, torch.ones(3, 2, dtype=torch.float64))
    >>> state = iterate(LBFGS(), bowl, state, max_steps=30)
    >>> bool((state.norms <= 1e-5).all())
    True
    """

    memory: int = 40
    gtol: float = 1e-5
    ftol: float = 1e-7
    window: int = 100

    def __post_init__(self) -> None:
        if min(self.memory, self.window) < 1 or not min(self.gtol, self.ftol) >= 0:
            raise ValueError(
                f"`memory` and `window` must be 1 or more, `gtol` and `ftol` 0 or more; got {self}"
            )

    def init(self, landscape: Landscape, points: Points) -> LBFGSState:
        """Return the state at the points, looking down the gradient."""
        values, gradients = _at(landscape, points)
        norms = gradients.norm(dim=1)
        finite = values.isfinite() & norms.isfinite()
        none = torch.zeros_like(values)
        count = torch.zeros(len(points), dtype=torch.long, device=points.device)
        status = torch.where(finite, int(Status.RUNNING), int(Status.NONFINITE))
        room = points.new_zeros(len(points), self.memory, points.shape[1])
        scales = _first(norms)
        return LBFGSState(
            points, gradients, values, norms,
            ways=-scales[:, None] * gradients, lengths=none + 1, lows=none, highs=none + torch.inf,
            trials=count, moves=room, bends=room.clone(), weights=room[:, :, 0].clone(),
            scales=scales, marks=values, falls=none + torch.inf, steps=count,
            status=torch.where((norms <= self.gtol) & finite, int(Status.CONVERGED), status),
        )  # fmt: skip

    def step(self, landscape: Landscape, state: LBFGSState) -> LBFGSState:
        """Return the state after one more point on the line of each row."""
        running = state.status == Status.RUNNING
        tried = torch.addcmul(state.points, state.lengths[:, None], state.ways)
        values, gradients = _at(landscape, tried)
        finite = values.isfinite() & gradients.isfinite().all(1)
        slope = (state.gradients * state.ways).sum(1)
        after = (gradients * state.ways).sum(1)
        low = values <= state.values + DECREASE * state.lengths * slope
        slack = ROUNDING * torch.finfo(values.dtype).eps * state.values.abs()
        level = (values <= state.values + slack) & (after <= (2 * DECREASE - 1) * slope)
        low = (low | level) & finite
        bent = after >= CURVATURE * slope
        accepted = low & bent & running
        slot = int(state.steps.max()) % self.memory
        state = self._remembered(state, tried, gradients, accepted, slot)
        lost = running & ~accepted & (state.trials + 1 >= TRIALS)
        stuck = lost & (state.weights == 0).all(1)
        state = replace(
            state,
            points=torch.where(accepted[:, None], tried, state.points),
            gradients=torch.where(accepted[:, None], gradients, state.gradients),
            values=torch.where(accepted, values, state.values),
            weights=torch.where(lost[:, None], 0.0, state.weights),
            scales=torch.where(lost, _first(state.norms), state.scales),
            norms=torch.where(accepted, gradients.norm(dim=1), state.norms),
            steps=state.steps + running.long(),
        )
        state = self._turned(state, accepted | lost, low, slot)
        return self._judged(state, running, stuck)

    def seen(self, landscape: Landscape, state: LBFGSState) -> tuple[Values, Values]:
        """Return the losses and gradient norms of all rows, as they are reported."""
        return state.values, state.norms

    def _remembered(
        self, state: LBFGSState, tried: Tensor, gradients: Tensor, accepted: Tensor, slot: int
    ) -> LBFGSState:
        """Return the state with this step in the ring, where it was accepted."""
        keep = accepted[:, None]
        moves, bends = state.moves[:, slot], state.bends[:, slot]
        moves.copy_(torch.where(keep, tried - state.points, 0.0))
        bends.copy_(torch.where(keep, gradients - state.gradients, 0.0))
        along, square = (moves * bends).sum(1), (bends**2).sum(1)
        good = accepted & (along > torch.finfo(along.dtype).eps * square)
        state.weights[:, slot] = torch.where(good, 1 / along, 0.0)
        return replace(state, scales=torch.where(good, along / square, state.scales))

    def _turned(self, state: LBFGSState, fresh: Tensor, low: Tensor, slot: int) -> LBFGSState:
        """Return the state with new lines where `fresh`, and the next step to try elsewhere."""
        highs = torch.where(low, state.highs, state.lengths)
        lows = torch.where(low, state.lengths, state.lows)
        between = torch.where(highs.isfinite(), (lows + highs) / 2, 2 * state.lengths)
        ways = torch.where(fresh[:, None], self._ways(state, slot), state.ways)
        return replace(
            state,
            ways=ways,
            lengths=torch.where(fresh, 1.0, between),
            lows=torch.where(fresh, 0.0, lows),
            highs=torch.where(fresh, torch.inf, highs),
            trials=torch.where(fresh, 0, state.trials + 1),
        )

    def _ways(self, state: LBFGSState, slot: int) -> Tensor:
        """Return minus the inverse Hessian, as remembered, times the gradient."""
        newest_first = [(slot - back) % self.memory for back in range(self.memory)]
        way = -state.gradients
        parts = torch.zeros_like(state.weights)
        for place in newest_first:
            parts[:, place] = state.weights[:, place] * (state.moves[:, place] * way).sum(1)
            way = way.addcmul(parts[:, place, None], state.bends[:, place], value=-1)
        way = way * state.scales[:, None]
        for place in reversed(newest_first):
            back = state.weights[:, place] * (state.bends[:, place] * way).sum(1)
            way = way.addcmul((parts[:, place] - back)[:, None], state.moves[:, place])
        return way

    def _judged(self, state: LBFGSState, running: Tensor, stuck: Tensor) -> LBFGSState:
        """Return the state with marks and statuses."""
        due = running & (state.steps % self.window == 0)
        fall = (state.marks - state.values) / state.values.abs().clamp_min(
            torch.finfo(state.values.dtype).tiny
        )
        falls = torch.where(due, fall, state.falls)
        status = torch.where(stuck | (due & (falls <= self.ftol)), int(Status.STALLED), 0)
        status = torch.where(state.norms <= self.gtol, int(Status.CONVERGED), status)
        return replace(
            state,
            marks=torch.where(due, state.values, state.marks),
            falls=falls,
            status=torch.where(running, status, state.status),
        )


def _first(norms: Tensor) -> Tensor:
    """Return the scale of a first step down the gradient."""
    return (FIRST / norms.clamp_min(torch.finfo(norms.dtype).tiny)).clamp_max(1.0)


def _at(landscape: Landscape, points: Points) -> tuple[Values, Gradients]:
    """Return values and gradients, in one pass where the landscape can."""
    both = getattr(landscape, "value_and_gradient", None)
    return both(points) if both else (landscape.value(points), landscape.gradient(points))
