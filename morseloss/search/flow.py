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
from morseloss.search.secant import SecantFlow, SecantState, Wells
from morseloss.status import Status

__all__ = ["Descents", "descend", "step_off"]

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
    lines = [[point] for point in saddles.points.repeat_interleave(2, 0)]
    if wells is None or not len(wells.points):
        starts = step_off(landscape, saddles.points, size=HAIR)
        state = _followed(landscape, solver, starts, torch.arange(len(starts)), lines, max_steps)
        rows = torch.full((len(starts),), -1, device=starts.device)
    else:
        state, rows = _into_wells(landscape, saddles, wells, solver, lines, max_steps)
    for _ in range(RESTARTS):
        resting = (state.status == Status.WRONG_INDEX).nonzero().flatten()
        if not len(resting):
            break
        again = step_off(landscape, state.points[resting], size=HAIR)[::2]
        fresh = _followed(landscape, solver, again, resting, lines, max_steps)
        state = put(state, resting, fresh)
    for line, end in zip(lines, state.points, strict=True):
        if not torch.equal(line[-1], end):
            line.append(end)
    return Descents(state, tuple(torch.stack(line) for line in lines), rows)


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
    return _both_sides(points, eigenmodes(landscape.hessian(points))[1][..., mode], size)


def _both_sides(points: Points, direction: Points, size: float) -> Float[Tensor, "both dim"]:
    way = size * (1 + points.abs().amax(-1, keepdim=True)) * direction
    return torch.stack([points - way, points + way], dim=1).flatten(0, 1)


def _into_wells(
    landscape: Landscape,
    saddles: CriticalPoints,
    wells: Wells,
    solver: SaddleDynamics,
    lines: list[list[Tensor]],
    max_steps: int,
) -> tuple[DynamicsState, Indices]:
    """Follow descents into known wells by gradients alone, and the rest with Hessians."""
    hessians = landscape.hessian(saddles.points)
    direction = eigenmodes(hessians)[1][..., 0]
    starts = _both_sides(saddles.points, direction, HAIR)
    models = hessians.repeat_interleave(2, 0)
    gradients = (models @ (starts - saddles.points.repeat_interleave(2, 0))[..., None])[..., 0]
    flow = SecantFlow(wells, solver.rtol)

    def trace(state: SecantState, running: Tensor) -> None:
        _traced(lines, running.cpu(), state.points)

    cheap = flow.init(starts, gradients, models)
    _traced(lines, torch.arange(len(starts)), starts)
    cheap = iterate(flow, landscape, cheap, max_steps=CHEAP_STEPS, every=1, trace=trace)
    arrived = cheap.status == Status.CONVERGED
    rows = torch.where(arrived, cheap.wells, -1)
    scales = torch.linalg.matrix_norm(models, ord=float("inf"))
    state = DynamicsState(
        cheap.points,
        wells.values[rows],
        torch.zeros_like(cheap.points),
        wells.hessians[rows],
        1 / scales,
        torch.zeros_like(scales),
        scales,
        torch.full_like(rows, int(Status.CONVERGED)),
    )
    going = (~arrived).nonzero().flatten()
    if len(going):
        rest = _followed(landscape, solver, cheap.points[going], going, lines, max_steps)
        state = put(state, going, rest)
    return state, rows


def _traced(lines: list[list[Tensor]], rows: Rows, points: Points) -> None:
    """Append to each line where it is now, if it has moved."""
    for row, point in zip(rows.tolist(), points, strict=True):
        if not torch.equal(lines[row][-1], point):
            lines[row].append(point)


def _followed(
    landscape: Landscape,
    solver: SaddleDynamics,
    starts: Points,
    rows: Rows,
    lines: list[list[Tensor]],
    max_steps: int,
) -> DynamicsState:
    def trace(state: DynamicsState, running: Tensor) -> None:
        _traced(lines, rows[running.cpu()], state.points)

    _traced(lines, rows, starts)
    return iterate(
        solver, landscape, solver.init(landscape, starts), max_steps=max_steps, trace=trace
    )
