"""Gradient trajectories, followed closely: to basins, across levels, past saddles.

The one idea: an exponential Rosenbrock method is exact where the landscape is quadratic, so the
long stays near saddles and the stiff slides along valleys cost a few steps, and a small remainder
carries the rest to order four. The same formula at a part of a step is its dense output, with which
the crossings of levels are found, all together at the end.
"""

from dataclasses import dataclass, fields, replace

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Indices, Points, Rows, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.walls import outside
from morseloss.search.iterate import iterate
from morseloss.status import Status

__all__ = ["Basins", "GradientFlow", "Trajectories", "follow"]

EXPONENT_LIMIT = 60.0
FIRST_STEP = 0.3  # of the time scale of the curvature
CROSSING_LOOKS = (4, 4, 8)  # secant steps, after each of which what has settled is left
CROSSING_TOLERANCE = 1e-8  # of the fall of the step
NEAR_ZERO = 0.05  # where the series of phi_4 takes over
HALVINGS = 52  # of a step that leaves the domain


@dataclass(frozen=True, eq=False)
class Basins:
    """Balls around minima in which the landscape is convex: no trajectory leaves one.

    Attributes
    ----------
    points : Tensor, shape (minima, dim)
    radii : Tensor, shape (minima,)
    depths : Tensor, shape (minima,)
        Value at which a trajectory in the basin may stop: below all levels above the minimum.
    """

    points: Points
    radii: Values
    depths: Values

    def holding(self, points: Points, values: Values) -> Indices:
        """Return for each point the row of the basin at whose bottom it is, -1 for none."""
        if not len(self.radii):
            return torch.full((len(points),), -1, device=points.device)
        depth, row = (torch.cdist(points, self.points) / self.radii).min(1)
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
    before, above : Tensor
        Points and values before the last step.
    span : Tensor, shape (rows,)
        Length of the last step in time.
    eigenvalues, slopes, second, third : Tensor, shape (rows, dim)
        The last step: Hessian and gradient along the modes; the remainder of the gradient at a
        part s of the step is `second s^2 + third s^3`.
    modes : Tensor, shape (rows, dim, dim)
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
    before: Points
    above: Values
    span: Values
    eigenvalues: Gradients
    slopes: Gradients
    second: Gradients
    third: Gradients
    modes: Hessians
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
        scales = torch.linalg.matrix_norm(hessians, ord=float("inf")) if len(points) else values
        still = torch.zeros_like(points)
        return FlowState(
            points=points,
            values=values,
            gradients=gradients,
            hessians=hessians,
            times=FIRST_STEP / scales.clamp_min(torch.finfo(points.dtype).tiny),
            before=points,
            above=values,
            span=torch.zeros_like(values),
            eigenvalues=still,
            slopes=still,
            second=still,
            third=still,
            modes=hessians,
            floors=floors,
            basins=torch.full_like(values, -1, dtype=torch.long),
            status=torch.full_like(values, int(Status.RUNNING), dtype=torch.long),
        )

    def step(self, landscape: Landscape, state: FlowState) -> FlowState:
        """Return the state after one step of each trajectory; a refused step moves nothing."""
        eigenvalues, modes = torch.linalg.eigh(state.hessians)
        slopes, h = _along(modes, state.gradients), state.times[:, None]

        def left_out(moved: Tensor) -> Tensor:
            there = landscape.gradient(state.points + _across(modes, moved))
            return _along(modes, there) - (slopes + eigenvalues * moved)

        z = (-eigenvalues * h).clamp_max(EXPONENT_LIMIT)
        phi1, phi3, phi4 = _phi1(z), *_phi34(z)
        half = left_out(-h / 2 * _phi1(z / 2) * slopes)
        whole = left_out(-h * phi1 * (slopes + half))
        second, third = 8 * half - whole, 2 * whole - 8 * half
        fourth = h * 6 * third * phi4
        moved = -h * (phi1 * slopes + 2 * second * phi3) - fourth

        points = state.points + _across(modes, moved)
        values, gradients, hessians = landscape.jet(points)
        error = fourth.norm(dim=-1) / moved.norm(dim=-1)
        finite = values.isfinite() & hessians.isfinite().all(-1).all(-1)
        fine = finite & (error <= self.rtol) & (values < state.values)
        fine &= state.status == Status.RUNNING
        factor = 0.8 * (self.rtol / error.nan_to_num(nan=1e30).clamp_min(1e-30)) ** (1 / 3)
        factor = torch.where(fine, factor.clamp(0.3, 4.0), factor.clamp(0.1, 0.6))
        ends = torch.where(fine, self.basins.holding(points, values), -1)
        arrived = (ends >= 0) | (fine & (values < state.floors))
        still = moved.abs().amax(-1) <= 1e-16 * (1 + state.points.abs().amax(-1))
        stuck = ~fine & still & (state.status == Status.RUNNING)
        status = torch.where(arrived, int(Status.CONVERGED), state.status)
        left = fine & (ends < 0) & outside(landscape, points)
        status = torch.where(left, int(Status.OUTSIDE), status)
        one, two = fine[:, None], fine[:, None, None]
        return replace(
            state,
            points=torch.where(one, points, state.points),
            values=torch.where(fine, values, state.values),
            gradients=torch.where(one, gradients, state.gradients),
            hessians=torch.where(two, hessians, state.hessians),
            times=state.times * factor,
            before=state.points,
            above=state.values,
            span=state.times,
            eigenvalues=eigenvalues,
            slopes=slopes,
            second=second,
            third=third,
            modes=modes,
            basins=torch.where(arrived, ends, state.basins),
            status=torch.where(stuck, int(Status.STALLED), status),
        )


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
    steps, events, exits = [(torch.arange(len(starts)), starts)], [], []

    def trace(state: FlowState, rows: Rows) -> None:
        left = (state.status == Status.OUTSIDE) & (state.points != state.before).any(-1)
        points, gone = state.points, left.nonzero().flatten()
        if len(gone):
            walls = _exits(landscape, _step_of(state).take(gone))
            points = points.index_copy(0, gone, walls)
            exits.append((rows[gone], walls))
        steps.append((rows, points))
        goals = levels[rows]
        passed = (goals <= state.above[:, None]) & (goals > state.values[:, None])
        where, columns = passed.nonzero(as_tuple=True)
        if len(where):
            step = _step_of(state).take(where)
            parts = (getattr(step, field.name) for field in fields(step))
            above, below = state.above[where], state.values[where]
            events.append((rows[where], columns, above, below, *parts))

    state = flow.init(landscape, starts, floors)
    state = iterate(flow, landscape, state, max_steps=max_steps, trace=trace)
    crossings = starts.new_full((*levels.shape, starts.shape[1]), torch.nan)
    if events:
        rows, columns, above, below, *step = (torch.cat(c) for c in zip(*events, strict=True))
        goals = levels[rows, columns]
        crossings[rows, columns] = _crossing(landscape, goals, above, below, _Step(*step))
    for rows, walls in exits:
        passed = crossings[rows].isnan().any(-1) & levels[rows].isfinite()
        passed |= outside(landscape, crossings[rows].flatten(0, 1)).reshape(passed.shape)
        crossings[rows] = torch.where(passed[..., None], walls[:, None], crossings[rows])
    return Trajectories(state.basins, crossings, state.status, tuple(steps))


@dataclass(frozen=True, eq=False)
class _Step:
    """Steps as functions of the time: the dense output of the method."""

    before: Points
    span: Values
    eigenvalues: Gradients
    slopes: Gradients
    second: Gradients
    third: Gradients
    modes: Hessians

    def take(self, rows: Rows) -> "_Step":
        """Return the given rows."""
        return _Step(*(getattr(self, field.name)[rows] for field in fields(self)))

    def at(self, part: Values) -> Points:
        """Return the points after a part of each step, in [0, 1]."""
        s = part[:, None]
        t = s * self.span[:, None]
        z = (-self.eigenvalues * t).clamp_max(EXPONENT_LIMIT)
        phi3, phi4 = _phi34(z)
        left = 2 * self.second * phi3 * s**2 + 6 * self.third * phi4 * s**3
        return self.before + _across(self.modes, -t * (_phi1(z) * self.slopes + left))


def _step_of(state: FlowState) -> _Step:
    return _Step(*(getattr(state, field.name) for field in fields(_Step)))


def _exits(landscape: Landscape, step: _Step) -> Points:
    """Return where steps leave the domain."""
    low, high = torch.zeros_like(step.span), torch.ones_like(step.span)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        out = outside(landscape, step.at(middle))
        low, high = torch.where(out, low, middle), torch.where(out, middle, high)
    return step.at(low)


def _crossing(
    landscape: Landscape, levels: Values, above: Values, below: Values, step: _Step
) -> Points:
    """Where steps reach their levels."""
    part, height = torch.zeros_like(levels), above - levels
    bracket = torch.stack([part, part + 1, height, below - levels, 0 * part])
    rows = torch.arange(len(levels))
    for looks in CROSSING_LOOKS:
        best = torch.stack([part[rows], height[rows]])
        best, bracket = _secant(landscape, step.take(rows), levels[rows], best, bracket, looks)
        part[rows], height[rows] = best
        rough = height[rows].abs() > CROSSING_TOLERANCE * (above - below)[rows]
        rows, bracket = rows[rough], bracket[:, rough]
        if not len(rows):
            break
    return step.at(part)


def _secant(
    landscape: Landscape, step: _Step, levels: Values, best: Tensor, bracket: Tensor, looks: int
) -> tuple[Tensor, Tensor]:
    """Some secant steps (Illinois) that keep the root inside.

    Best is the part of the step and the height there that came nearest to the level; the bracket
    is both ends, the heights there, and the side on which the last look fell.
    """
    part, height = best
    low, high, over, under, side = bracket
    for _ in range(looks):
        look = (low * under - high * over) / (under - over)
        look = torch.where((look > low) & (look < high), look, (low + high) / 2)
        found = landscape.value(step.at(look)) - levels
        up, better = found >= 0, found.abs() < height.abs()
        part, height = torch.where(better, look, part), torch.where(better, found, height)
        # an end that has stayed twice is believed less
        over = torch.where(up, found, torch.where(side < 0, over / 2, over))
        under = torch.where(up, torch.where(side > 0, under / 2, under), found)
        low, high = torch.where(up, look, low), torch.where(up, high, look)
        side = torch.where(up, 1.0, -1.0)
    return torch.stack([part, height]), torch.stack([low, high, over, under, side])


def _along(modes: Tensor, vectors: Tensor) -> Tensor:
    return (modes.mT @ vectors[..., None])[..., 0]


def _across(modes: Tensor, coordinates: Tensor) -> Tensor:
    return (modes @ coordinates[..., None])[..., 0]


def _phi1(z: Tensor) -> Tensor:
    """`(e^z - 1)/z`, 1 at 0."""
    return torch.where(z == 0, 1.0, torch.expm1(z) / torch.where(z == 0, 1.0, z))


def _phi34(z: Tensor) -> tuple[Tensor, Tensor]:
    """`phi_4 = (e^z - 1 - z - z^2/2 - z^3/6)/z^4` and `phi_3 = z phi_4 + 1/6`."""
    small = z.abs() < NEAR_ZERO
    series = 1 / 24 + z * (1 / 120 + z * (1 / 720 + z / 5040))
    far = torch.where(small, 1.0, z)
    phi4 = (torch.expm1(far) - far * (1 + far * (0.5 + far / 6))) / far**4
    phi4 = torch.where(small, series, phi4)
    return z * phi4 + 1 / 6, phi4
