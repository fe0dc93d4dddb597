"""`morse_complex` and `flow_lines`: from critical points to the boundary that flow lines count.

The one idea: only two things are ever followed, the two branches of an unstable line and the disc
of an unstable plane, and both can be seen from above as well. That covers every index up to
dimension four, and the two lowest and highest boundaries in any dimension. `boundary o boundary =
0` over the integers is the check that no line is missing and no sign wrong.
"""

from contextlib import nullcontext
from functools import partial

import numpy as np

from morseloss.complexes.flow_lines import FlowLines
from morseloss.complexes.followed import Fineness, Flow
from morseloss.complexes.morse import MorseComplex
from morseloss.complexes.walled_complex import complex_on_box, lines_on_box
from morseloss.kinds import check_count
from morseloss.landscapes.boxes.walls import inward, outside
from morseloss.landscapes.critical import CriticalPoints, check_critical, in_float64
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.measured import measured
from morseloss.search.iterate import Progress
from morseloss.status import SearchError
from morseloss.topology.door import number, shown
from morseloss.workers import Workers, hired

__all__ = ["flow_lines", "morse_complex"]

ATTEMPTS = 3
MOST_DIRECTIONS = 100_000


@measured
def morse_complex(
    landscape: Landscape,
    points: CriticalPoints,
    *,
    directions: int = 48,
    closeness: float = 0.5,
    together: int | None = None,
    executor: Workers | None = None,
    progress: Progress | None = None,
) -> MorseComplex:
    """Count the gradient flow lines between critical points, with signs, in every index.

    Parameters
    ----------
    landscape : Landscape
        Smooth, in one to four variables. On a domain (`OnBox`) a line that meets a wall slides
        along it while the landscape falls outward there; lines that ascend to a wall end there.
    points : CriticalPoints
        All critical points, of every index, as `critical_points` gives them.
    directions : int
        Trajectories that leave each point of index 2 to begin with (or enter it, from above);
        more are put in between wherever neighbours part.
    closeness : float
        Largest gap between neighbours on the level of a saddle, as a part of their distance to it.
    together : int, optional
        Points whose trajectories are followed together; by default all. Another number refines in
        another order: the complex is the same, paths are others along the same lines.
    executor : Executor or callable, optional
        Workers that such groups are handed to, see `morseloss.workers`, with the same bits. It
        pays in three and four variables, from some hundred critical points on.
    progress : callable, optional
        Gets `(round, open gaps, trajectories)` of the discs at work, which are followed again with
        more of them, or among harder walls, where that is not enough; with workers, how many
        groups are done, running, and there in all.

    Returns
    -------
    MorseComplex
        Rows in the order of `points`, flow lines with paths. The orientation of each unstable
        space is that of its Hessian eigenvectors in ascending order of eigenvalue.

    Raises
    ------
    ValueError
        If the dimension is above 4 (`flow_lines` still gives the outer boundaries), a point is
        degenerate or outside the domain, or the points cannot be all there are: their
        alternating count is not 1 (0 on a torus).
    SearchError
        If the flow is not Morse-Smale (the saddle connection is named), a descent is lost, or the
        boundary of a boundary is not zero after the discs were refined three times; `found` then
        holds the `FlowLines`.
    WorkersError
        If workers died over a group: some of the lines are no complex.

    References
    ----------
    Barannikov et al., Loss barcode, Appendix A, Equations 8 and 9.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.DoubleWell(3)
    >>> ml.morse_complex(land, ml.critical_points(land))
    MorseComplex(27 critical points: 8 minima, 12 of index 1, 6 of index 2, 1 of index 3; \
54 flow lines)
    """
    check_critical(landscape, points, "points")
    fineness = _fineness(directions, closeness, together)
    if landscape.dim > 4:
        raise ValueError(
            f"the whole Morse complex is computed in one to four variables, got {landscape!r} of "
            f"dimension {landscape.dim}; `flow_lines(landscape, points, index)` works there for "
            f"index 1, 2, {landscape.dim - 1} and {landscape.dim}, `build_graph` for degree 0"
        )
    points = _checked(landscape, points)
    with nullcontext() if executor is None else hired(executor) as crew:
        if inward(landscape, points.points.device):
            return _refined(landscape, points, fineness, crew, progress)
        settings = {"directions": directions, "closeness": closeness, "together": together}
        made = partial(morse_complex, **settings, executor=crew, progress=progress)
        return complex_on_box(made, landscape, points)


def _refined(
    landscape: Landscape,
    points: CriticalPoints,
    fineness: Fineness,
    crew: Workers | None,
    progress: Progress | None,
) -> MorseComplex:
    """The complex where there are no walls: until the boundary of a boundary is zero.

    Raises
    ------
    SearchError
        If it is not after a few attempts, or the lines cannot be followed.
    """
    flow, dim = Flow(landscape, points), landscape.dim
    wanted = [(index, index == dim > 1 or index > 2) for index in range(1, dim + 1)]
    places = flow.points.points.detach().cpu().numpy()
    attempt = 0
    while True:
        finer = fineness.doubled(attempt)
        lines = _together(flow.lines(wanted, finer, crew, progress))
        try:
            return MorseComplex.from_lines(flow.values, flow.indices, lines, places)
        except ValueError as problem:
            attempt += 1
            if attempt == ATTEMPTS:
                raise SearchError(
                    f"{problem} (after {ATTEMPTS} attempts, with up to {finer.directions} "
                    "directions on each disc; raise `directions`, or lower `closeness`)",
                    lines,
                ) from None


@measured
def flow_lines(
    landscape: Landscape,
    points: CriticalPoints,
    index: int,
    *,
    upward: bool | None = None,
    directions: int = 48,
    closeness: float = 0.5,
    together: int | None = None,
    executor: Workers | None = None,
) -> FlowLines:
    """Find the gradient flow lines from the points of one index down to those of the next lower.

    Parameters
    ----------
    landscape : Landscape
        Smooth, in any number d of variables.
    points : CriticalPoints
        All critical points.
    index : int
        Of the sources: 1, 2, d - 1 or d.
    upward : bool, optional
        Follow them from the lower ends up (index d - 1 and d), or from the upper ends down (1 and
        2). Both must give the same boundary; by default the cheaper one is taken.
    directions, closeness, together, executor
        As for `morse_complex`.

    Returns
    -------
    FlowLines
        One row a line, with sign and path.

    Raises
    ------
    ValueError
        If `index` is another one, or cannot be followed that way; if a point is degenerate or
        outside the domain, or the points are not complete.
    SearchError
        If the flow is not Morse-Smale, or a descent is lost.
    WorkersError
        If workers died over a group of points.

    Notes
    -----
    One boundary alone has no check like `boundary o boundary = 0`, by which `morse_complex` refines
    until no line is missing. Where each line counts, compare both ways.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.SixHumpCamel()
    >>> ml.flow_lines(land, land.critical_points, index=2)
    FlowLines(8 flow lines)
    """
    fineness = _fineness(directions, closeness, together)
    check_critical(landscape, points, "points")
    dim = landscape.dim
    ways = {False: [1, 2], True: [dim, dim - 1]}
    chosen = sorted({k for way in ways if upward in (None, way) for k in ways[way] if 0 < k <= dim})
    if index not in chosen:
        raise ValueError(
            f"`index` must be one of {chosen} in dimension {dim}"
            f"{'' if upward is None else f' with `upward={upward}`'}, got {index}"
        )
    if upward is None:
        upward = index == dim > 1 or index > 2
    points = _checked(landscape, points)
    with nullcontext() if executor is None else hired(executor) as crew:
        if inward(landscape, points.points.device):
            return Flow(landscape, points).lines([(index, upward)], fineness, crew)[0]
        settings = {"directions": directions, "closeness": closeness, "together": together}
        followed = partial(flow_lines, index=index, upward=upward, **settings, executor=crew)
        return lines_on_box(followed, landscape, points)


def _fineness(directions: int, closeness: float, together: int | None) -> Fineness:
    """Refuse what no disc can be followed with.

    Raises
    ------
    ValueError
        If there are fewer than three directions, no positive closeness, or no disc in a group.
    """
    if type(directions) is not int or not 3 <= directions <= MOST_DIRECTIONS:
        raise ValueError(
            f"`directions` must be an integer from 3 to {MOST_DIRECTIONS}, got {shown(directions)}"
        )
    if not 0 < number("closeness", closeness) < np.inf:
        raise ValueError(f"`closeness` must be positive and finite, got {closeness}")
    check_count("together", 1 if together is None else together)
    return Fineness(directions, closeness, together)


def _checked(landscape: Landscape, points: CriticalPoints) -> CriticalPoints:
    points = in_float64(landscape, points)
    if points.points.shape[1] != landscape.dim or not len(points):
        raise ValueError(
            f"`points` must hold the critical points of {landscape!r}, got {points!r}; use "
            "`critical_points(landscape)`"
        )
    beyond = outside(landscape, points.points).nonzero().flatten().tolist()
    if beyond:
        raise ValueError(
            f"`points` must lie in the domain of {landscape!r}, got rows {beyond[:5]} outside "
            f"({len(beyond)} in all); use `critical_points` with this landscape"
        )
    degenerate = (points.indices < 0).nonzero().flatten().tolist()
    if degenerate:
        rows = ", ".join(f"{row} (value {float(points.values[row]):.6g})" for row in degenerate[:3])
        more = f" and {len(degenerate) - 3} more" if len(degenerate) > 3 else ""
        raise ValueError(
            f"`points` must not be degenerate, got point {rows}{more} with a zero Hessian "
            "eigenvalue, or a zero slope across a wall, whose index is unknown; use "
            "`perturb(landscape, size, generator=...)` (`--perturb` on the command line) with a "
            "size far below the bars of interest, and find the critical points again"
        )
    euler = int((1 - 2 * (points.indices % 2)).sum())
    if euler != landscape.space.euler:
        raise ValueError(
            f"`points` cannot be all critical points of {landscape!r}: the alternating count of "
            f"{points!r} is {euler}, not {landscape.space.euler}; use `critical_points`, with more "
            "`starts` where it takes any, on a region where minus the gradient points inward, or "
            "on a box (`OnBox`)"
        )
    return points


def _together(parts: list[FlowLines]) -> FlowLines:
    sources, targets, signs = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("sources", "targets", "signs")
    )
    paths = tuple(path for part in parts for path in part.paths or ())
    return FlowLines(sources, targets, signs, paths)
