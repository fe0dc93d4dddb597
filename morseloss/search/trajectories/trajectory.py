"""Gradient trajectories, followed closely: to basins, across levels, past saddles.

The one idea: an exponential Rosenbrock method is exact where the landscape is quadratic, so the
long stays near saddles and the stiff slides along valleys cost a few steps, and a small remainder
carries the rest to order four. The steps that pass a level are kept, and where they cross it is
found for all of them together at the end.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morseloss._rows import chosen, finite, joined, take
from morseloss._shapes import Gradients, Hessians, Indices, Points, Rows, Values
from morseloss.landscapes.boxes.walls import outside
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.spaces.space import EUCLIDEAN, Space
from morseloss.search.iterate import iterate
from morseloss.search.modes import across, along, curvature, exponents, phi1, phi34
from morseloss.search.trajectories.dense_output import MOST_GROWTH, Step, crossings, walls_left
from morseloss.status import Status

__all__ = ["Basins", "GradientFlow", "Trajectories", "follow"]

FIRST_STEP = 0.3  # of the time scale of the curvature
ROUND_OFF = 16  # units in the last place of the terms of a value


@dataclass(frozen=True, eq=False)
class Basins:
    """Balls around minima in which the landscape is convex: no trajectory leaves one.

    Attributes
    ----------
    points : Tensor, shape (minima, dim)
    radii : Tensor, shape (minima,)
    depths : Tensor, shape (minima,)
        Value at which a trajectory in the basin may stop: below all levels above the minimum.
    space : Space
        Of the minima; the ball around each image of one is its basin.
    """

    points: Points
    radii: Values
    depths: Values
    space: Space = EUCLIDEAN

    def holding(self, points: Points, values: Values) -> Indices:
        """Return for each point the row of the basin at whose bottom it is, -1 for none."""
        if not len(self.radii):
            return torch.full((len(points),), -1, device=points.device)
        depth, row = (self.space.distances(points, self.points) / self.radii).min(1)
        return torch.where((depth < 1) & (values < self.depths[row]), row, -1)


@dataclass(frozen=True)
class FlowState:
    """Where each trajectory is, and the step that led there.

    Attributes
    ----------
    points : Tensor, shape (rows, dim)
    values, gradients, hessians : Tensor
        The jet at the points.
    times : Tensor, shape (rows,)
        Length of the next step in time, [point]^2/[value].
    last : Step
        The last step, taken or refused.
    floors : Tensor, shape (rows,)
        Value below which a trajectory is of no more interest.
    basins : Tensor, shape (rows,), int64
        Row of the basin in which it ended, -1 for none.
    status : Tensor, shape (rows,), int64
    """

    points: Points
    values: Values
    gradients: Gradients
    hessians: Hessians
    times: Values
    last: Step
    floors: Values
    basins: Indices
    status: Indices


@dataclass(frozen=True, eq=False)
class GradientFlow:
    """The flow `x' = -grad L`, by the exponential Rosenbrock method exprb43.

    Parameters
    ----------
    basins : Basins
        A trajectory that enters one has arrived.
    rtol : float
        Largest difference to the embedded method of order three, as a part of the step.

    References
    ----------
    Hochbruck, Ostermann, Schweitzer, "Exponential Rosenbrock-type methods", SIAM J. Numer. Anal.
    47, 2009, for the method.
    """

    basins: Basins
    rtol: float = 1e-3

    def init(self, landscape: Landscape, points: Points, floors: Values) -> FlowState:
        """Return the state of trajectories that start at the points."""
        values, gradients, hessians = landscape.jet(points)
        still = torch.zeros_like(points)
        return FlowState(
            points=points,
            values=values,
            gradients=gradients,
            hessians=hessians,
            times=FIRST_STEP / curvature(hessians),
            last=Step(
                points, values, torch.zeros_like(values), still, still, still, still, hessians
            ),
            floors=floors,
            basins=torch.full_like(values, -1, dtype=torch.long),
            status=torch.full_like(values, int(Status.RUNNING), dtype=torch.long),
        )

    def step(self, landscape: Landscape, state: FlowState) -> FlowState:
        """Return the state after one step of each trajectory; a refused step moves nothing."""
        last, moved, error = self._tried(landscape, state)
        points = state.points + across(last.modes, moved)
        values, gradients, hessians = landscape.jet(points)
        running = state.status == Status.RUNNING
        fine = finite(values, hessians) & (error <= self.rtol) & running
        fine &= _falls(state, points, values, gradients)
        values = torch.minimum(values, state.values)
        ends = torch.where(fine, self.basins.holding(points, values), -1)
        arrived = (ends >= 0) | (fine & (values < state.floors))
        left = fine & (ends < 0) & outside(landscape, points)
        ended = torch.where(arrived, int(Status.CONVERGED), state.status)
        there = replace(
            state,
            points=points,
            values=values,
            gradients=gradients,
            hessians=hessians,
            basins=ends,
            status=torch.where(left, int(Status.OUTSIDE), ended),
        )
        after = chosen(fine, there, state)
        still = moved.abs().amax(-1) <= 1e-16 * (1 + state.points.abs().amax(-1))
        stalled = torch.where(~fine & still & running, int(Status.STALLED), after.status)
        factor = 0.8 * (self.rtol / error.nan_to_num(nan=1e30).clamp_min(1e-30)) ** (1 / 3)
        factor = torch.where(fine, factor.clamp(0.3, 4.0), factor.clamp(0.1, 0.6))
        return replace(after, times=state.times * factor, last=last, status=stalled)

    def _tried(self, landscape: Landscape, state: FlowState) -> tuple[Step, Points, Values]:
        """Return a step of each trajectory, its move along the modes, and its relative error."""
        eigenvalues, modes = torch.linalg.eigh(state.hessians)
        slopes, h = along(modes, state.gradients), state.times[:, None]

        def left_out(moved: Tensor) -> Tensor:
            there = landscape.gradient(state.points + across(modes, moved))
            return along(modes, there) - (slopes + eigenvalues * moved)

        z = exponents(eigenvalues, h, limit=MOST_GROWTH)
        first, (phi3, phi4) = phi1(z), phi34(z)
        half = left_out(-h / 2 * phi1(z / 2) * slopes)
        whole = left_out(-h * first * (slopes + half))
        second, third = 8 * half - whole, 2 * whole - 8 * half
        fourth = h * 6 * third * phi4
        moved = -h * (first * slopes + 2 * second * phi3) - fourth
        error = fourth.norm(dim=-1) / moved.norm(dim=-1)
        last = Step(
            state.points, state.values, state.times, eigenvalues, slopes, second, third, modes
        )
        return last, moved, error


def _falls(
    state: FlowState, points: Points, values: Values, gradients: Gradients
) -> Bool[Tensor, " batch"]:
    """Tell which steps go down: by values, or by both gradients where round-off hides the fall.

    The terms of a value are as large as itself and what its curvature makes of the way to 0.
    """
    change, way, far = values - state.values, points - state.points, state.points.abs()
    terms = state.values.abs() + torch.einsum("ni,nij,nj->n", far, state.hessians.abs(), far)
    hidden = change.abs() <= ROUND_OFF * torch.finfo(values.dtype).eps * terms
    slopes = torch.stack([state.gradients, gradients])
    return (change < 0) | (hidden & ((slopes * way).sum(-1) < 0).all(0))


@dataclass(frozen=True, eq=False)
class Trajectories:
    """What became of trajectories.

    Attributes
    ----------
    basins : Tensor, shape (rows,), int64
        Row of the basin that each trajectory ended in, -1 where it ended below its floor, or left
        the domain.
    crossings : Tensor, shape (rows, levels, dim)
        Where each one reached each level, nan where it did not; the place on the wall for the
        levels that it had not reached when it left the domain there.
    status : Tensor, shape (rows,), int64
        `Status.OUTSIDE` for one that left the domain: it ends on the wall.
    steps : tuple of (Tensor, Tensor)
        The rows that ran at each step, and where they were after it.
    """

    basins: Indices
    crossings: Float[Tensor, "batch levels dim"]
    status: Indices
    steps: tuple[tuple[Tensor, Tensor], ...]

    def line(self, row: int) -> Float[Tensor, "_ dim"]:
        """Return the places where one trajectory was after each of its steps."""
        places = [points[rows == row] for rows, points in self.steps]
        line = torch.cat(places)
        moved = torch.ones(len(line), dtype=torch.bool)
        moved[1:] = (line[1:] != line[:-1]).any(-1)
        return line[moved]


def follow(
    landscape: Landscape,
    flow: GradientFlow,
    starts: Points,
    levels: Float[Tensor, "batch levels"],
    floors: Values,
    *,
    max_steps: int = 2000,
) -> Trajectories:
    """Follow the gradient flow from the starts, and find where it crosses levels.

    Parameters
    ----------
    landscape : Landscape
    flow : GradientFlow
    starts : Tensor, shape (rows, dim)
    levels : Tensor, shape (rows, levels)
        Values whose crossing is wanted; nan for none.
    floors : Tensor, shape (rows,)
        Value below which a trajectory may stop.
    max_steps : int
        Steps after which a trajectory is given up.

    Returns
    -------
    Trajectories
    """
    steps, passed, exits = [(torch.arange(len(starts)), starts)], [], []

    def trace(state: FlowState, rows: Rows) -> None:
        left = (state.status == Status.OUTSIDE) & (state.points != state.last.before).any(-1)
        points, gone = state.points, left.nonzero().flatten()
        if len(gone):
            walls = walls_left(landscape, take(state.last, gone))
            points = points.index_copy(0, gone, walls)
            exits.append((rows[gone], walls))
        steps.append((rows, points))
        goals = levels[rows]
        falls = (goals <= state.last.above[:, None]) & (goals > state.values[:, None])
        where, columns = falls.nonzero(as_tuple=True)
        if len(where):
            below = state.values[where]
            passed.append(_Passed(rows[where], columns, take(state.last, where), below))

    state = flow.init(landscape, starts, floors)
    state = iterate(flow, landscape, state, max_steps=max_steps, trace=trace)
    places = starts.new_full((*levels.shape, starts.shape[1]), torch.nan)
    if passed:
        every = joined(*passed)
        at = every.rows, every.columns
        places[at] = crossings(landscape, every.step, every.below, levels[at])
    for rows, walls in exits:
        missed = places[rows].isnan().any(-1) & levels[rows].isfinite()
        missed |= outside(landscape, places[rows].flatten(0, 1)).reshape(missed.shape)
        places[rows] = torch.where(missed[..., None], walls[:, None], places[rows])
    return Trajectories(state.basins, places, state.status, tuple(steps))


@dataclass(frozen=True, eq=False)
class _Passed:
    """Steps that pass a level: of which row, which level, and the values after them."""

    rows: Rows
    columns: Rows
    step: Step
    below: Values
