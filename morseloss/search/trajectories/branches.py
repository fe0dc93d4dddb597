"""`branches`: both ways down from every point of index 1, to the minima.

The one idea: an unstable line has two halves, and each is one trajectory. Where one of them meets
another saddle the flow is not Morse-Smale, and nothing can be counted: that is said by name.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._shapes import SomeRows, SomeValues
from morseloss.landscapes.landscape import Landscape
from morseloss.search.trajectories.frame import START, Frame
from morseloss.search.trajectories.trajectory import Basins, GradientFlow, follow
from morseloss.status import SearchError, Status

__all__ = ["Branches", "basins", "branches", "connection_message", "levels_below"]

SUSPECT = 2e-2  # of the trust radius, from a saddle: look again, more closely
CONNECTED = 1e-4  # of the same: nearer than this it ends there, as far as floats can tell
CLOSELY = 1e-7  # rtol of the second look
AT_REST = 1e-6  # of 1 and the size of the point: a Newton step below it stays
DEPTH_SLACK = 1e-10  # of the range of the values: a level nearer to a minimum has no saddle there


@dataclass(frozen=True, eq=False)
class Branches:
    """Two descents from every point of index 1, rows 2 i and 2 i + 1 for the i-th of them.

    Attributes
    ----------
    sources : Tensor, shape (m,), int64
        Rows of the points of index 1; the even branch leaves against the first mode, the odd one
        along it.
    targets : Tensor, shape (2 m,), int64
        Rows of the minima they end in, -1 for infinity or a wall of the domain.
    tops : Tensor, shape (2 m,)
        Value from which each was followed: no level above has a crossing.
    crossings : Tensor, shape (2 m, levels, dim)
        Where they cross the levels of all points of index 1 and more.
    lines : tuple of Tensor, each of shape (k, dim)
    """

    sources: SomeRows
    targets: Int[Tensor, " branches"]
    tops: SomeValues
    crossings: Float[Tensor, "branches levels dim"]
    lines: tuple[Float[Tensor, "_ dim"], ...]


def levels_below(frame: Frame, rows: SomeRows) -> tuple[SomeRows, Float[Tensor, "_ levels"]]:
    """Return the points of index 1 and more, highest first, and their values as levels.

    A level is nan for the rows that are not above it.
    """
    saddles = (frame.indices >= 1).nonzero().flatten()
    saddles = saddles[frame.values[saddles].argsort(descending=True, stable=True)]
    levels = frame.values[saddles].expand(len(rows), -1)
    return saddles, torch.where(levels < frame.values[rows, None], levels, torch.nan)


def basins(frame: Frame) -> Basins:
    """Return the basins of the minima; a trajectory stops in one below the last level there."""
    minima = frame.of_index(0)
    saddles = frame.values[frame.indices >= 1]
    slack = DEPTH_SLACK * (frame.values.max() - frame.values.min())
    above = saddles > frame.values[minima][:, None] + slack
    depths = torch.where(above, saddles, torch.inf)
    depths = depths.amin(1) if len(saddles) else frame.values[minima] + torch.inf
    return Basins(frame.points[minima], frame.radii[minima], depths, frame.space)


def branches(landscape: Landscape, frame: Frame) -> Branches:
    """Follow both branches of the unstable line of every point of index 1.

    Parameters
    ----------
    landscape : Landscape
    frame : Frame
        All its critical points.

    Returns
    -------
    Branches

    Raises
    ------
    SearchError
        If a branch ends at no minimum although it stays bounded, or meets another saddle: a
        saddle connection.
    """
    sources, minima = frame.of_index(1), frame.of_index(0)
    if not len(sources):
        none = frame.values[sources]
        saddles = (frame.indices >= 1).nonzero().flatten()
        return Branches(sources, sources, none, frame.points[saddles].expand(0, -1, -1), ())
    rows = sources.repeat_interleave(2)
    sides = torch.tensor([-1.0, 1.0]).to(frame.points).repeat(len(sources))
    starts = frame.beside(rows, (START * frame.radii[rows] * sides)[:, None])
    saddles, levels = levels_below(frame, rows)
    floors = frame.values.min().expand(len(rows))  # below: only the way to infinity
    flow = GradientFlow(basins(frame))
    found = follow(landscape, flow, starts, levels, floors)
    ends = [found.line(row) for row in range(len(rows))]
    crossings, feet, status = found.crossings.clone(), found.basins.clone(), found.status.clone()
    again = (_nearness(frame, saddles, crossings) < SUSPECT).nonzero().flatten()
    if len(again):
        closely = GradientFlow(flow.basins, rtol=CLOSELY)
        more = follow(
            landscape, closely, starts[again], levels[again], floors[again], max_steps=20000
        )
        crossings[again], feet[again], status[again] = more.crossings, more.basins, more.status
        for place, row in enumerate(again.tolist()):
            ends[row] = more.line(place)
    _refuse_connections(frame, saddles, rows, crossings, torch.stack([line[-1] for line in ends]))
    _refuse_lost(landscape, frame, rows, status, [line[-1] for line in ends])
    targets = torch.where(feet < 0, -1, minima[feet] if len(minima) else feet)
    lines = tuple(
        torch.cat([frame.points[row][None], line, frame.image(target, line[-1])[None]])
        if target >= 0
        else torch.cat([frame.points[row][None], line])
        for row, line, target in zip(rows.tolist(), ends, targets.tolist(), strict=True)
    )
    return Branches(sources, targets, landscape.value(starts), crossings, lines)


def _distances(frame: Frame, saddles: SomeRows, crossings: Tensor) -> Tensor:
    """How near each branch comes to each saddle at its level, in units of its trust radius."""
    places = frame.space.nearest(crossings, frame.points[saddles])
    distance = (crossings - places).norm(dim=-1) / frame.radii[saddles]
    return distance.nan_to_num(nan=torch.inf)


def _nearness(frame: Frame, saddles: SomeRows, crossings: Tensor) -> SomeValues:
    distances = _distances(frame, saddles, crossings)
    return distances.amin(-1) if distances.shape[1] else distances.sum(-1) + torch.inf


def _refuse_connections(
    frame: Frame, saddles: SomeRows, rows: SomeRows, crossings: Tensor, ends: Tensor
) -> None:
    """Refuse branches that pass a saddle too closely, or, by a symmetry, end in one."""
    passed = _distances(frame, saddles, crossings)
    ended = frame.space.distances(ends, frame.points[saddles]) / frame.radii[saddles]
    near = (torch.minimum(passed, ended) < CONNECTED).nonzero()
    if len(near):
        named = sorted({(int(rows[i]), int(saddles[j])) for i, j in near.tolist()})
        raise SearchError(connection_message(frame, named))


def connection_message(frame: Frame, pairs: list[tuple[int, int]]) -> str:
    """Say between which points the flow is not Morse-Smale, and what to do."""
    shown = ", ".join(f"from {frame.named(p)} to {frame.named(q)}" for p, q in pairs[:3])
    more = f" and {len(pairs) - 3} more" if len(pairs) > 3 else ""
    return (
        f"the gradient flow is not Morse-Smale: saddle connection {shown}{more}, or so nearly that "
        "floats cannot tell; a symmetry makes them: use `perturb(landscape, size)` with a size far "
        "below the bars of interest, then find the critical points again"
    )


def _refuse_lost(
    landscape: Landscape, frame: Frame, rows: SomeRows, status: Tensor, ends: list[Tensor]
) -> None:
    ended = (status == Status.CONVERGED) | (status == Status.OUTSIDE)
    lost = (~ended).nonzero().flatten()
    if len(lost):
        row, end = int(rows[lost[0]]), ends[int(lost[0])]
        state = Status(int(status[lost[0]]))
        if _at_rest(landscape, end):
            place = ", ".join(f"{x:.6g}" for x in end.tolist())
            raise SearchError(
                f"a trajectory from {frame.named(row)} came to rest at ({place}), where the "
                "gradient is zero: a critical point there is missing from `points`; find them "
                "with more `starts`"
            )
        raise SearchError(
            f"a trajectory from {frame.named(row)} did not arrive at the end of a flow line: it "
            f"{state.message}; a critical point may be missing from `points`"
        )


def _at_rest(landscape: Landscape, point: Tensor) -> bool:
    """Whether Newton's method would stay where a trajectory ended."""
    _, gradient, hessian = landscape.jet(point[None])
    move = torch.linalg.solve_ex(hessian, gradient).result.norm()
    return bool(move <= AT_REST * (1 + point.norm()))
