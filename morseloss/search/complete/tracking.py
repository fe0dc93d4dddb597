"""`Homotopy`: paths from the solutions of one system to those of another, followed all at once.

The one idea: steps by Runge-Kutta and Newton, short enough that no path jumps to its neighbour; the
ends that Newton's method cannot settle are found by Cauchy's integral around them.
"""

import cmath
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Complex
from torch import Tensor

from morseloss._rows import chosen, take
from morseloss._shapes import Indices, Rows, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.search.iterate import Progress, iterate
from morseloss.search.shares import ALONE, Shares, batched, tell_of_idle
from morseloss.status import Interrupted, Status

__all__ = ["ComplexPoints", "Ends", "Homotopy", "TrackState", "followed"]

AWAY_RADII = 1e5  # a path so many radii from 0 goes to infinity
LEAST_STEP = 1e-14  # of the time from 0 to 1
SETTLED = 1e-11  # of 1 and the size of the point: a Newton step below it has settled
LOOP_RADII = (1e-3, 1e-5, 1e-7)  # the next one where more than the end was inside
LOOP_SAMPLES, MOST_WINDINGS = 24, 6
ESCAPE = 10.0  # growth between a loop and the end of a path that goes to infinity
FAR, RATE = 30.0, 0.05  # radii; powers of the time left, by which a path that ends far out grows
RETREATS = (10.0, 100.0)  # times the time left, between which that is measured

ComplexPoints = Complex[Tensor, "batch dim"]


@dataclass(frozen=True)
class TrackState:
    """Where each path is.

    Attributes
    ----------
    points : Tensor, shape (paths, dim), complex
    times : Tensor, shape (paths,)
        From 0, the start system, to 1, the polynomial's.
    steps : Tensor, shape (paths,)
        Length of the next step.
    status : Tensor, shape (paths,), int64
    """

    points: ComplexPoints
    times: Values
    steps: Values
    status: Indices


class Homotopy(ABC):
    """A family of square systems in complex unknowns, from the time 0 to the time 1.

    Attributes
    ----------
    radii : Tensor, shape (dim,)
        Unit of length of each unknown.
    rtol : float
        Largest Newton correction after a predicted step, in units of the size of the point.
    """

    radii: Tensor
    rtol: float

    @abstractmethod
    def system(
        self, landscape: Landscape, x: ComplexPoints, t: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the equations, their Jacobian and their derivative by the time."""

    @abstractmethod
    def solves(self, landscape: Landscape, x: ComplexPoints) -> Bool[Tensor, " batch"]:
        """Return which points solve the system of time 1 up to rounding."""

    def step(self, landscape: Landscape, state: TrackState) -> TrackState:
        """Return the state after one predicted and corrected step of each path."""
        h = torch.minimum(state.steps, 1 - state.times)
        goal = torch.where(h == 1 - state.times, 1.0, state.times + h)
        times = torch.complex(state.times, torch.zeros_like(h))
        moved = self.predicted(landscape, state.points, times, h.to(times))
        points, first, last = self.corrected(landscape, moved, goal.to(times))
        error = first / self.rtol
        good = (error <= 1) & (last <= SETTLED) & (state.status == Status.RUNNING)
        factor = (0.8 * error.nan_to_num(nan=1e9).clamp_min(1e-9) ** -0.2).clamp(0.2, 3.0)
        factor = torch.where(good, factor, factor.clamp_max(0.5))
        moved = chosen(good, replace(state, points=points, times=goal), state)
        status = state.status.clone()
        running = status == Status.RUNNING
        away = (moved.points.abs() / self.radii).amax(-1) > AWAY_RADII
        status[running & (h * factor < LEAST_STEP) & ~good] = Status.STALLED
        status[good & (goal == 1)] = Status.CONVERGED
        status[running & away] = Status.DIVERGED
        return replace(moved, steps=h * factor, status=status)

    def predicted(
        self, landscape: Landscape, x: ComplexPoints, t: Tensor, h: Tensor
    ) -> ComplexPoints:
        """Return the points after a Runge-Kutta step of order four along the paths."""
        k1 = self.slope(landscape, x, t)
        k2 = self.slope(landscape, x + (h / 2)[:, None] * k1, t + h / 2)
        k3 = self.slope(landscape, x + (h / 2)[:, None] * k2, t + h / 2)
        k4 = self.slope(landscape, x + h[:, None] * k3, t + h)
        return x + (h / 6)[:, None] * (k1 + 2 * k2 + 2 * k3 + k4)

    def corrected(
        self, landscape: Landscape, x: ComplexPoints, t: Tensor, rounds: int = 3
    ) -> tuple[ComplexPoints, Values, Values]:
        """Return the points after Newton steps, and the relative sizes of the first and last."""
        sizes = []
        for _ in range(rounds):
            equations, jacobian, _ = self.system(landscape, x, t)
            move = _solved(jacobian, equations)
            x = x - move
            sizes.append((move.abs() / self.radii).amax(-1) / (1 + (x.abs() / self.radii).amax(-1)))
        return x, sizes[0], sizes[-1]

    def carried(
        self, landscape: Landscape, x: ComplexPoints, here: Tensor, there: Tensor
    ) -> ComplexPoints:
        """Return the points carried along the paths from one time to another, without a check."""
        x = self.predicted(landscape, x, here, there - here)
        return self.corrected(landscape, x, there, rounds=4)[0]

    def slope(self, landscape: Landscape, x: ComplexPoints, t: Tensor) -> ComplexPoints:
        """Return the derivative of the solution by the time."""
        _, jacobian, change = self.system(landscape, x, t)
        return -_solved(jacobian, change)


@dataclass(frozen=True, eq=False)
class Ends:
    """Where the paths of a homotopy ended.

    Attributes
    ----------
    points : Tensor, shape (paths, dim), complex
    status : Tensor, shape (paths,), int64
        `CONVERGED`, `DIVERGED` (to infinity), or `STALLED`.
    windings : Tensor, shape (paths,), int64
        1 for an end that Newton's method settles; for a singular one the number of turns after
        which a loop around the end of the path closes; 0 where that was not found out.
    """

    points: ComplexPoints
    status: Indices
    windings: Indices


def followed(
    homotopy: Homotopy,
    landscape: Landscape,
    state: TrackState,
    *,
    max_steps: int,
    shares: Shares = ALONE,
    progress: Progress | None = None,
) -> Ends:
    """Follow all paths of a homotopy from a state to their ends.

    Parameters
    ----------
    homotopy : Homotopy
    landscape : Landscape
    state : TrackState
        At the time 0.
    max_steps : int
        Steps after which a path is given up.
    shares : Shares
        How many paths are followed together, and by whom.
    progress : callable, optional
        Gets `(step, running, total)` of the batch at work; with workers, how many batches are done,
        running, and there in all.

    Raises
    ------
    Interrupted
        At an interrupt from the keyboard; `found` is the ends of the paths that had arrived.
    WorkersError
        If workers died over a batch: of the others nothing can be counted.
    """
    tell_of_idle(shares, "paths", len(state.status))
    rows = torch.arange(len(state.status)).split(shares.together or max(len(state.status), 1))
    parts = [take(state, some) for some in rows]
    return batched(
        _followed, parts, _ends, shares.executor, shared=(homotopy, landscape, max_steps),
        named="batch {} of paths".format, needed=True, progress=progress,
    )  # fmt: skip


def _followed(
    shared: tuple[Homotopy, Landscape, int], state: TrackState, progress: Progress | None = None
) -> Ends:
    homotopy, landscape, max_steps = shared
    try:
        state = iterate(homotopy, landscape, state, max_steps=max_steps, progress=progress)
    except Interrupted as stop:
        raise Interrupted(_ends(stop.found)) from None
    ends = _run_off(landscape, homotopy, state, _ends(state))
    for radius in LOOP_RADII:
        stuck = ((ends.windings == 0) & (ends.status != Status.DIVERGED)).nonzero().flatten()
        if len(stuck):
            ends = _closed_in(landscape, homotopy, state, ends, stuck, radius)
    return ends


def _ends(state: TrackState) -> Ends:
    return Ends(state.points, state.status, (state.status == Status.CONVERGED).long())


def _run_off(landscape: Landscape, homotopy: Homotopy, state: TrackState, ends: Ends) -> Ends:
    """Return the ends with those said to be at infinity whose paths got stuck on their way there.

    Far out round-off may stop a path before it is as far as what is called away. Near its end a
    path is a series in a power of the time left: one to infinity grows as a negative power of it,
    any other has a limit. It has to have grown so over each of the last two powers of ten of it.

    References
    ----------
    Huber, Verschelde, "Polyhedral end games for polynomial continuation", Numerical Algorithms 18,
    1998.
    """
    stuck = (ends.status != Status.CONVERGED) & (ends.status != Status.DIVERGED)
    rows = (stuck & ((state.points.abs() / homotopy.radii).amax(-1) > FAR)).nonzero().flatten()
    if not len(rows):
        return ends
    back = take(state, rows)
    left = 1 - back.times
    places = [back.points, *(_retreated(landscape, homotopy, back, k * left) for k in RETREATS)]
    sizes = torch.stack([(x.abs() / homotopy.radii).amax(-1) for x in places]).log10()
    gone = (-sizes.diff(dim=0) > RATE).all(0)  # a nan is not
    status = ends.status.clone()
    status[rows[gone]] = int(Status.DIVERGED)
    return replace(ends, status=status)


def _closed_in(
    landscape: Landscape,
    homotopy: Homotopy,
    state: TrackState,
    ends: Ends,
    rows: Rows,
    radius: float,
) -> Ends:
    """Return the ends with the given ones found by Cauchy's integral around the end of the path.

    Near a singular end the path is a power series in `(1 - t)^(1/w)`: it closes after w turns
    around `t = 1`, and the mean over the turns is the end; that of a wider loop is no solution.
    """
    back = take(state, rows)
    centre = torch.ones(len(rows), dtype=torch.complex128)
    x = _retreated(landscape, homotopy, back, torch.full_like(back.times, radius))
    start, total = x, torch.zeros_like(x)
    points, status = ends.points.clone(), ends.status.clone()
    windings = ends.windings.clone()
    for turn in range(1, MOST_WINDINGS + 1):
        for k in range(LOOP_SAMPLES):
            total = total + x
            here, there = (
                centre - radius * cmath.exp(1j * a)
                for a in (2 * math.pi * j / LOOP_SAMPLES for j in (k, k + 1))
            )
            x = homotopy.carried(landscape, x, here, there)
        size = (1 + (start.abs() / homotopy.radii).amax(-1)) * homotopy.radii.amax()
        closed = ((x - start).abs().amax(-1) < 1e-7 * size) & (windings[rows] == 0)
        mean = total / (turn * LOOP_SAMPLES)
        # a path to infinity closes too, around a mean from which it moves away
        nearer = (back.points - mean).norm(dim=-1) < (start - mean).norm(dim=-1)
        ended = closed & nearer & homotopy.solves(landscape, mean)
        before, after = ((x.abs() / homotopy.radii).amax(-1) for x in (start, back.points))
        away = closed & ~nearer & (after > ESCAPE * before)
        points[rows[ended]], points[rows[away]] = mean[ended], back.points[away]
        windings[rows[ended | away]] = turn
        status[rows[ended]], status[rows[away]] = int(Status.CONVERGED), int(Status.DIVERGED)
        if windings[rows].all():
            break
    return Ends(points, status, windings)


def _retreated(
    landscape: Landscape, homotopy: Homotopy, state: TrackState, left: Values
) -> ComplexPoints:
    """Where the paths were when so much time was left: followed back from where they are."""
    x, steps = state.points, 64
    times = torch.complex(state.times, torch.zeros_like(state.times))
    # even in the logarithm of the distance from the end
    ladder = torch.linspace(0, 1, steps + 1, dtype=torch.float64)
    gaps = (1 - state.times).clamp_min(1e-12)
    for k in range(steps):
        nxt = 1 - gaps ** (1 - ladder[k + 1]) * left ** ladder[k + 1]
        there = nxt.to(times)
        x, times = homotopy.carried(landscape, x, times, there), there
    return x


def _solved(matrices: Tensor, vectors: Tensor) -> Tensor:
    """Solve each row's system; a singular one gives what is not finite, not an error."""
    return torch.linalg.solve_ex(matrices, vectors).result
