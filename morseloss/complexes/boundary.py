"""`morse_complex` and `flow_lines`: from critical points to the boundary that flow lines count.

The one idea: only two things are ever followed, the two branches of an unstable line and the disc
of an unstable plane, and both can be seen from above as well. That covers every index up to
dimension four, and the two lowest and highest boundaries in any dimension. `boundary o boundary =
0` over the integers is the check that no line is missing and no sign wrong.
"""

from functools import cached_property, partial

import numpy as np
import torch
from torch import Tensor

from morseloss.complexes.flow_lines import FlowLines
from morseloss.complexes.morse import MorseComplex
from morseloss.complexes.walled_complex import complex_on_box, lines_on_box
from morseloss.landscapes.boxes.walls import inward, outside
from morseloss.landscapes.critical import CriticalPoints, check_critical, in_float64
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.measured import measured
from morseloss.landscapes.wrappers import Negated
from morseloss.search.discs.discs import DiscLines, descending_discs
from morseloss.search.trajectories.branches import Branches, branches
from morseloss.search.trajectories.frame import Frame, frame
from morseloss.status import SearchError
from morseloss.topology.door import number, shown

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
    _check_discs(directions, closeness)
    if landscape.dim > 4:
        raise ValueError(
            f"the whole Morse complex is computed in one to four variables, got {landscape!r} of "
            f"dimension {landscape.dim}; `flow_lines(landscape, points, index)` works there for "
            f"index 1, 2, {landscape.dim - 1} and {landscape.dim}, `build_graph` for degree 0"
        )
    points = _checked(landscape, points)
    if not inward(landscape, points.points.device):
        settings = {"directions": directions, "closeness": closeness}
        return complex_on_box(partial(morse_complex, **settings), landscape, points)
    flow = _Flow(landscape, points)
    places = flow.points.points.detach().cpu().numpy()
    attempt = 0
    while True:
        finer = 2**attempt
        lines = _together(
            [
                flow.lines(
                    index,
                    upward=index == landscape.dim > 1 or index > 2,
                    directions=finer * directions,
                    closeness=closeness / finer,
                )
                for index in range(1, landscape.dim + 1)
            ]
        )
        try:
            return MorseComplex.from_lines(flow.values, flow.indices, lines, places)
        except ValueError as problem:
            attempt += 1
            if attempt == ATTEMPTS:
                raise SearchError(
                    f"{problem} (after {ATTEMPTS} attempts, with up to {finer * directions} "
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
    directions, closeness
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
    _check_discs(directions, closeness)
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
    if not inward(landscape, points.points.device):
        settings = {"upward": upward, "directions": directions, "closeness": closeness}
        return lines_on_box(partial(flow_lines, index=index, **settings), landscape, points)
    flow = _Flow(landscape, points)
    return flow.lines(index, upward, directions=directions, closeness=closeness)


def _check_discs(directions: int, closeness: float) -> None:
    """Refuse what no disc can be followed with.

    Raises
    ------
    ValueError
        If there are fewer than three directions, or no positive closeness.
    """
    if type(directions) is not int or not 3 <= directions <= MOST_DIRECTIONS:
        raise ValueError(
            f"`directions` must be an integer from 3 to {MOST_DIRECTIONS}, got {shown(directions)}"
        )
    if not 0 < number("closeness", closeness) < np.inf:
        raise ValueError(f"`closeness` must be positive and finite, got {closeness}")


class _Flow:
    """The flow of one landscape, seen from below and from above, each looked at once."""

    def __init__(self, landscape: Landscape, points: CriticalPoints) -> None:
        self.landscape, self.points, self.dim = landscape, points, landscape.dim
        self.values = points.values.detach().cpu().numpy()
        self.indices = points.indices.cpu().numpy()

    @cached_property
    def frame(self) -> Frame:
        """Orientation and trust radius of every point."""
        return frame(self.landscape, self.points)

    @cached_property
    def dual(self) -> Frame:
        """The same upside down."""
        return self.frame.dual()

    @cached_property
    def down(self) -> Branches:
        """Both ways down from the points of index 1."""
        found = branches(self.landscape, self.frame)
        lost = (found.targets < 0).nonzero().flatten()
        if len(lost):
            source = int(found.sources[lost[0] // 2])
            free = self.landscape.domain is None
            raise SearchError(
                f"a descent from point {source} (value {self.values[source]:.6g}) "
                + (
                    "fell below every minimum: one is missing from `points`, or the landscape is "
                    "not coercive"
                    if free
                    else f"left the domain of {self.landscape!r}: take a box on whose walls minus "
                    "the gradient points inward"
                )
            )
        return found

    @cached_property
    def up(self) -> Branches:
        """Both ways up from the points of index d - 1, to maxima, infinity or the walls."""
        return branches(Negated(self.landscape), self.dual)

    def lines(self, index: int, upward: bool, *, directions: int, closeness: float) -> FlowLines:
        """Return the flow lines from one index to the next lower one."""
        here = self.indices == index
        if not here.any() or not (self.indices == index - 1).any():
            none = np.zeros(0, dtype=np.int64)
            return FlowLines(none, none, none, ())
        landscape = Negated(self.landscape) if upward else self.landscape
        frame, below = (self.dual, self.up) if upward else (self.frame, self.down)
        if index == (self.dim if upward else 1):
            found = _from_branches(below)
        else:
            discs = descending_discs(
                landscape, frame, below, directions=directions, closeness=closeness
            )
            found = _from_discs(discs)
        return self.turned(found, index) if upward else found

    def turned(self, lines: FlowLines, index: int) -> FlowLines:
        """Return flow lines that were found from above, from their upper end down.

        Orienting stable spaces so that stable before unstable space is the orientation of R^d, a
        line from index k has the sign `(-1)^(d-k+1)` times that of the same line of `-L`.
        """
        signs = self.frame.orientation().long().cpu().numpy()
        turn = (-1) ** (self.dim - index + 1)
        return FlowLines(
            lines.targets,
            lines.sources,
            turn * lines.signs * signs[lines.sources] * signs[lines.targets],
            tuple(path[::-1].copy() for path in lines.paths or ()),
        )


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
            "`perturb(landscape, size, generator=...)` with a size far below the bars of interest, "
            "and find the critical points again"
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


def _from_branches(found: Branches) -> FlowLines:
    arrived = (found.targets >= 0).nonzero().flatten()
    sides = torch.tensor([-1, 1]).repeat(len(found.sources)).to(arrived.device)
    sources = found.sources.repeat_interleave(2)
    return _lines(sources, found.targets, sides, found.lines, arrived.tolist())


def _from_discs(found: DiscLines) -> FlowLines:
    rows = range(len(found.sources))
    return _lines(found.sources, found.targets, found.signs.long(), found.lines, list(rows))


def _lines(
    sources: Tensor, targets: Tensor, signs: Tensor, lines: tuple[Tensor, ...], rows: list[int]
) -> FlowLines:
    source, target, sign = (part[rows].cpu().numpy() for part in (sources, targets, signs))
    return FlowLines(source, target, sign, tuple(lines[row].detach().cpu().numpy() for row in rows))


def _together(parts: list[FlowLines]) -> FlowLines:
    sources, targets, signs = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("sources", "targets", "signs")
    )
    paths = tuple(path for part in parts for path in part.paths or ())
    return FlowLines(sources, targets, signs, paths)
