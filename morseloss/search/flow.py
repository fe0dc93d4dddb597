"""`descend`: from a saddle down both sides, to the minima that it joins.

The one idea: step off along the unstable direction by a hair and follow the gradient flow closely.
Where a descent comes to rest on another saddle (a saddle connection, as symmetric landscapes have
them), it steps off that one as well: for the components of the sublevel set this is the same.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._rows import put
from morseloss._shapes import Indices, Points, Rows
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.search.dynamics import DynamicsState, SaddleDynamics
from morseloss.search.eigenmodes import eigenmodes
from morseloss.search.iterate import iterate
from morseloss.search.modes import across, curvature
from morseloss.search.secant import SecantFlow, SecantState, Wells
from morseloss.status import Status

__all__ = ["Descents", "both_sides", "descend", "step_off"]

HAIR = 1e-4  # of 1 and the size of a saddle: how far from it a descent starts
SIDESTEP = 1e-2  # of the same: how far from a critical point a search for others starts
RESTARTS = 3  # of a descent that rests on a saddle
CHEAP_STEPS = 60  # of a model that is mended on the way, before Hessians are asked for


@dataclass(frozen=True, eq=False)
class Descents:
    """Two descents for each saddle, rows 2 i and 2 i + 1 for saddle i.

    Attributes
    ----------
    state : DynamicsState
        Where the descents ended.
    lines : tuple of Tensor, each of shape (k, dim)
        The polylines from the saddle to the end.
    wells : Tensor, shape (descents,), int64
        Row of the known minimum that each descent ended in, -1 where it ended elsewhere.
    """

    state: DynamicsState
    lines: tuple[Float[Tensor, "_ dim"], ...]
    wells: Indices


def descend(
    landscape: Landscape,
    saddles: CriticalPoints,
    *,
    wells: Wells | None = None,
    solver: SaddleDynamics = SaddleDynamics(index=0, rtol=0.1),
    max_steps: int = 1000,
) -> Descents:
    """Follow the gradient flow down both sides of each saddle.

    Parameters
    ----------
    landscape : Landscape
    saddles : CriticalPoints
        Of index 1.
    wells : Wells, optional
        Minima that are known. A descent arrives in one where its gradient is, twice in a row, that
        of the minimum's quadratic to within 0.4 of it, or once to within 0.1.
    solver : SaddleDynamics
        Of index 0; a small `rtol` keeps it close to the flow. It follows what `wells` do not take.
    max_steps : int
        Steps after which a descent is given up.

    Returns
    -------
    Descents
    """
    record = _Record([], [])
    record.add(torch.arange(2 * len(saddles)), saddles.points.repeat_interleave(2, 0))
    if wells is None or not len(wells.points):
        starts = step_off(landscape, saddles.points, size=HAIR)
        state = record.followed(landscape, solver, starts, torch.arange(len(starts)), max_steps)
        rows = torch.full((len(starts),), -1, device=starts.device)
    else:
        state, rows = _into_wells(landscape, saddles, wells, solver, record, max_steps)
    for _ in range(RESTARTS):
        resting = (state.status == Status.WRONG_INDEX).nonzero().flatten()
        if not len(resting):
            break
        again = step_off(landscape, state.points[resting], size=HAIR)[::2]
        fresh = record.followed(landscape, solver, again, resting, max_steps)
        state = put(state, resting, fresh)
    record.add(torch.arange(len(state.points)), state.points)
    return Descents(state, record.lines(), rows)


def step_off(
    landscape: Landscape, points: Points, *, size: float = SIDESTEP, mode: int = 0
) -> Float[Tensor, "both dim"]:
    """Return two points for each point, rows 2 i and 2 i + 1: a small way off it on both sides.

    Parameters
    ----------
    landscape : Landscape
    points : Tensor, shape (n, dim)
    size : float
        Length of the way, in units of 1 plus the size of the point; as it is, far enough for a
        search to lead elsewhere.
    mode : int
        Which Hessian mode to go along; 0 is the lowest.
    """
    if not len(points):
        return points
    return both_sides(points, eigenmodes(landscape.hessian(points))[1][..., mode], size)


def both_sides(
    points: Points, directions: Points, size: float = SIDESTEP
) -> Float[Tensor, "both dim"]:
    """Return two points for each point, rows 2 i and 2 i + 1, as `step_off`, along unit vectors."""
    way = size * (1 + points.abs().amax(-1, keepdim=True)) * directions
    return torch.stack([points - way, points + way], dim=1).flatten(0, 1)


@dataclass(frozen=True, eq=False)
class _Record:
    """Where descents were, step by step: the rows that ran, and their points."""

    rows: list[Rows]
    points: list[Points]

    def add(self, rows: Rows, points: Points) -> None:
        """Append where some descents are now."""
        self.rows.append(rows.to(points.device))
        self.points.append(points)

    def followed(
        self,
        landscape: Landscape,
        solver: SaddleDynamics,
        starts: Points,
        rows: Rows,
        max_steps: int,
    ) -> DynamicsState:
        """Follow the dynamics from the starts, and record it as descents of these rows."""
        self.add(rows, starts)
        rows = rows.to(starts.device)

        def trace(state: DynamicsState, running: Tensor) -> None:
            self.add(rows[running], state.points)

        state = solver.init(landscape, starts)
        return iterate(solver, landscape, state, max_steps=max_steps, trace=trace)

    def lines(self) -> tuple[Float[Tensor, "_ dim"], ...]:
        """Return the polyline of each descent, without the steps that moved nothing."""
        rows, points = torch.cat(self.rows), torch.cat(self.points)
        order = rows.argsort(stable=True)
        rows, points = rows[order], points[order]
        moved = torch.ones_like(rows, dtype=torch.bool)
        moved[1:] = (rows[1:] != rows[:-1]) | (points[1:] != points[:-1]).any(-1)
        return torch.split(points[moved], rows[moved].bincount().tolist())


def _into_wells(
    landscape: Landscape,
    saddles: CriticalPoints,
    wells: Wells,
    solver: SaddleDynamics,
    record: _Record,
    max_steps: int,
) -> tuple[DynamicsState, Indices]:
    """Follow descents into known wells by gradients alone, and the rest with Hessians."""
    hessians = landscape.hessian(saddles.points)
    starts = both_sides(saddles.points, eigenmodes(hessians)[1][..., 0], HAIR)
    hessians = hessians.repeat_interleave(2, 0)
    gradients = across(hessians, starts - saddles.points.repeat_interleave(2, 0))
    flow = SecantFlow(wells, solver.rtol)

    def trace(state: SecantState, running: Tensor) -> None:
        record.add(running, state.points)

    record.add(torch.arange(len(starts)), starts)
    cheap = flow.init(starts, gradients, hessians)
    cheap = iterate(flow, landscape, cheap, max_steps=CHEAP_STEPS, every=1, trace=trace)
    arrived = cheap.status == Status.CONVERGED
    rows = torch.where(arrived, cheap.wells, -1)
    scales = curvature(hessians)
    state = DynamicsState(
        wells.points[rows],
        wells.values[rows],
        torch.zeros_like(starts),
        wells.hessians[rows],
        1 / scales,
        torch.zeros_like(scales),
        scales,
        torch.full_like(rows, int(Status.CONVERGED)),
    )
    going = (~arrived).nonzero().flatten()
    if len(going):
        rest = record.followed(landscape, solver, cheap.points[going], going, max_steps)
        state = put(state, going, rest)
    return state, rows
