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
from morseloss._shapes import Points, Rows
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.search.dynamics import DynamicsState, SaddleDynamics
from morseloss.search.eigenmodes import eigenmodes
from morseloss.search.iterate import iterate
from morseloss.status import Status

__all__ = ["Descents", "descend", "step_off"]

HAIR = 1e-4  # of 1 and the size of a saddle: how far from it a descent starts
SIDESTEP = 1e-2  # of the same: how far from a critical point a search for others starts
RESTARTS = 3  # of a descent that rests on a saddle


@dataclass(frozen=True, eq=False)
class Descents:
    """Two descents for each saddle, rows 2 i and 2 i + 1 for saddle i.

    Attributes
    ----------
    state : DynamicsState
        Where the descents ended.
    lines : tuple of Tensor, each of shape (k, dim)
        The polylines from the saddle to the end.
    """

    state: DynamicsState
    lines: tuple[Float[Tensor, "_ dim"], ...]


def descend(
    landscape: Landscape,
    saddles: CriticalPoints,
    *,
    solver: SaddleDynamics = SaddleDynamics(index=0, rtol=0.1),
    max_steps: int = 1000,
) -> Descents:
    """Follow the gradient flow down both sides of each saddle.

    Parameters
    ----------
    landscape : Landscape
    saddles : CriticalPoints
        Of index 1.
    solver : SaddleDynamics
        Of index 0; a small `rtol` keeps it close to the flow.
    max_steps : int
        Steps after which a descent is given up.

    Returns
    -------
    Descents
    """
    starts = step_off(landscape, saddles.points, size=HAIR)
    lines = [[point] for point in saddles.points.repeat_interleave(2, 0)]
    state = _followed(landscape, solver, starts, torch.arange(len(starts)), lines, max_steps)
    for _ in range(RESTARTS):
        resting = (state.status == Status.WRONG_INDEX).nonzero().flatten()
        if not len(resting):
            break
        again = step_off(landscape, state.points[resting], size=HAIR)[::2]
        fresh = _followed(landscape, solver, again, resting, lines, max_steps)
        state = put(state, resting, fresh)
    for line, end in zip(lines, state.points, strict=True):
        line.append(end)
    return Descents(state, tuple(torch.stack(line) for line in lines))


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
    direction = eigenmodes(landscape.hessian(points))[1][..., mode]
    way = size * (1 + points.abs().amax(-1, keepdim=True)) * direction
    return torch.stack([points - way, points + way], dim=1).flatten(0, 1)


def _followed(
    landscape: Landscape,
    solver: SaddleDynamics,
    starts: Points,
    rows: Rows,
    lines: list[list[Tensor]],
    max_steps: int,
) -> DynamicsState:
    def trace(state: DynamicsState, running: Tensor) -> None:
        for row, point in zip(rows[running.cpu()].tolist(), state.points, strict=True):
            if not torch.equal(lines[row][-1], point):
                lines[row].append(point)

    for row, point in zip(rows.tolist(), starts, strict=True):
        lines[row].append(point)
    return iterate(
        solver, landscape, solver.init(landscape, starts), max_steps=max_steps, trace=trace
    )
