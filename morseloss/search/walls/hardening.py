"""Between a landscape on a box and the same with soft walls: critical points there and back.

The one idea: a critical point on walls and its soft companion just beyond them are one Newton
search apart, in both ways; what is found among soft walls, where every search works as anywhere, is
then put on the walls, where its value is exact.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from morseloss._rows import put
from morseloss._shapes import Points
from morseloss.landscapes.boxes.soft_walls import DEPTH, SoftWalls
from morseloss.landscapes.boxes.strata import OnFace, nearest_face
from morseloss.landscapes.boxes.walls import growth_inward, outside
from morseloss.landscapes.critical import CriticalPoints, Origins, classify, merge
from morseloss.landscapes.landscape import Landscape
from morseloss.search.dynamics import SaddleDynamics
from morseloss.search.iterate import Progress
from morseloss.status import Interrupted, SearchError, Status

__all__ = ["hardened", "searched_on_box", "softened"]

NEWTON_STEPS, HALVINGS = 40, 8
ASTRAY = 20.0  # depths of a soft wall: a point and its companion are not farther apart
DEPTHS = (DEPTH, DEPTH / 10, DEPTH / 100)

Searched = Callable[[Landscape, Points, SaddleDynamics, int, Progress | None], CriticalPoints]


def hardened(landscape: Landscape, soft: SoftWalls, points: Points) -> CriticalPoints:
    """Return the critical points on the box whose companions among soft walls these points are.

    Parameters
    ----------
    landscape : Landscape
        With a domain.
    soft : SoftWalls
        The same with soft walls.
    points : Tensor, shape (n, dim)
        Critical points of it.

    Returns
    -------
    CriticalPoints
        One row a point, in the order given; `WRONG_INDEX` where there is none nearby.
    """
    if not len(points):
        return classify(landscape, points)
    places, groups = nearest_face(landscape, points)
    for face, rows in groups:
        if face.dim and face.dim < landscape.dim:
            found = _newton(OnFace(landscape, face), places[rows][:, face.free])
            low, high = face.box.to(found)
            places = places.index_copy(0, rows, face.embedded(found.clamp(low, high)))
    found = classify(landscape, places)
    size = (landscape.domain[1] - landscape.domain[0]).to(places)  # pyright: ignore
    gone = ((places - points).abs() > ASTRAY * soft.depth * size).any(-1)
    growth = growth_inward(landscape, places, landscape.gradient(places))
    off = (found.indices >= 0) & (growth < 0).any(-1)
    status = torch.where(gone | off, int(Status.WRONG_INDEX), found.status)
    return replace(found, status=status)


def softened(
    landscape: Landscape, points: CriticalPoints, depth: float | None = None
) -> tuple[SoftWalls, CriticalPoints]:
    """Return soft walls, and the companions of critical points among them, in the order given.

    Parameters
    ----------
    landscape : Landscape
        With a domain.
    points : CriticalPoints
        Of the landscape on its domain.
    depth : float, optional
        How soft the walls are; by default as soft as all points have companions of their indices.

    Raises
    ------
    SearchError
        If a point has none, however hard the walls: it is degenerate, or nearly so.
    """
    lost = 0
    for chosen in DEPTHS if depth is None else (depth,):
        soft = SoftWalls(landscape, chosen)
        found = _companions(landscape, soft, points)
        wrong = (found.indices != points.indices) & (points.indices >= 0)
        if not wrong.any():
            return soft, found
        lost = int(wrong.nonzero()[0])
    raise SearchError(
        f"the critical point in row {lost}, at {points.points[lost].tolist()}, is degenerate or "
        "nearly so: its slope across a wall is too small beside the curvature there; move that "
        "wall, or use `perturb(landscape, size)`, and find the critical points again",
        points,
    )


def _companions(landscape: Landscape, soft: SoftWalls, points: CriticalPoints) -> CriticalPoints:
    if not len(points):
        return points
    places = points.points
    growth = growth_inward(landscape, places, landscape.gradient(places)).nan_to_num(0.0)
    low, _ = soft.walls.to(places)
    outward = torch.where(places == low, -1.0, 1.0)
    found = _newton(soft, places + outward * soft.held_at(growth))
    size = (soft.walls[1] - soft.walls[0]).to(places)
    stayed = ((found - places).abs() <= ASTRAY * soft.depth * size).all(-1)
    companions = classify(soft, torch.where(stayed[:, None], found, places))
    return replace(companions, indices=torch.where(stayed, companions.indices, -1))


def _newton(landscape: Landscape, points: Points) -> Points:
    """Where Newton's method on the gradient arrives; a step that makes it larger is halved."""
    _, gradients, hessians = landscape.jet(points)
    for _ in range(NEWTON_STEPS):
        moves = torch.linalg.solve_ex(hessians, gradients).result.nan_to_num(0.0, 0.0, 0.0)
        still = torch.ones_like(points[:, 0], dtype=torch.bool)
        for halving in range(HALVINGS):
            _, there, beyond = landscape.jet(points - moves / 2**halving)
            better = still & (there.norm(dim=-1) < gradients.norm(dim=-1))
            points = torch.where(better[:, None], points - moves / 2**halving, points)
            gradients = torch.where(better[:, None], there, gradients)
            hessians = torch.where(better[:, None, None], beyond, hessians)
            still = still & ~better
            if not still.any():
                break
        if still.all():
            break
    return points


def searched_on_box(
    searched: Searched,
    landscape: Landscape,
    starts: Points,
    solver: SaddleDynamics,
    max_steps: int,
    progress: Progress | None,
) -> CriticalPoints:
    """Return the critical points of one index on a box with walls that the starts lead to.

    Parameters
    ----------
    searched : callable
        The search of a landscape without walls, as for `find_saddles`.
    landscape, starts, solver, max_steps, progress
        As for `find_saddles`; starts outside of the domain lead nowhere.

    Raises
    ------
    Interrupted
        At an interrupt from the keyboard; `found` is what has arrived by then.
    """
    soft, starts = SoftWalls(landscape), starts.double()
    within = (~outside(landscape, starts)).nonzero().flatten()
    found = classify(soft, starts[:0])
    if len(within):
        try:
            found = searched(soft, starts[within], solver, max_steps, progress)
        except Interrupted as stop:
            exact = _of_index(landscape, soft, stop.found, solver.index)
            raise Interrupted(exact) from None
    exact = _of_index(landscape, soft, found, solver.index)
    return replace(exact, origins=_origins(exact, found, starts, within))


def _of_index(
    landscape: Landscape, soft: SoftWalls, found: CriticalPoints, index: int
) -> CriticalPoints:
    """The distinct points on the box, of this index or degenerate; `origins` maps rows."""
    exact = hardened(landscape, soft, found.points)
    other = (exact.indices >= 0) & (exact.indices != index)
    status = torch.where(other, int(Status.WRONG_INDEX), exact.status)
    good = (status == Status.CONVERGED) | (status == Status.DEGENERATE)
    kept = good.nonzero().flatten()
    merged = merge(exact.take(kept))
    rows = torch.full_like(status, -1)
    if merged.origins is not None:
        rows[kept] = merged.origins.rows.to(rows)
    return replace(merged, origins=Origins(status, rows, exact.points))


def _origins(
    exact: CriticalPoints, found: CriticalPoints, starts: Points, within: Tensor
) -> Origins:
    """What became of each start: of those outside nothing, of the others what the search says."""
    status = torch.full((len(starts),), int(Status.OUTSIDE), device=starts.device)
    whole = Origins(status, torch.full_like(status, -1), starts)
    if exact.origins is None or found.origins is None:
        return whole
    known = found.origins.rows >= 0
    reached = found.origins.rows.clamp_min(0)
    if not len(exact.origins.rows):
        rows, ends = torch.full_like(reached, -1), found.origins.status
    else:
        rows = torch.where(known, exact.origins.rows[reached], -1)
        ends = torch.where(known, exact.origins.status[reached], found.origins.status)
    part = Origins(ends, rows, found.origins.points)
    return put(whole, within, part)
