"""The paper's own path methods: Algorithm 2 (`GradientPath`) and Algorithm 3 (`RefinedPath`).

    x_i <- x_i - rate * (g_i - (l_i (l_i . g_i) + r_i (r_i . g_i)) / 2),  g_i = grad L(x_i)

The one idea: every point of the path follows minus the gradient without the part along the path,
l_i and r_i the directions to its left and right neighbour; where the path is badly resolved, points
are inserted half way.

State: the points of each path, and the window of them that still moves.
Step: the formula, for all inner points of the window; now and then, in Algorithm 3, two new points.
It stops when no point moves by more than `tol` times the mean segment, and none is to be inserted.
"""

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._rows import chosen
from morseloss._shapes import Indices, Points
from morseloss.landscapes.landscape import Landscape
from morseloss.search.paths.curve import Polyline, asked, straight, tiny
from morseloss.status import Status

__all__ = [
    "DistanceCriterion",
    "GradientPath",
    "LossCriterion",
    "PointPathState",
    "RefinedPath",
    "orthogonal",
]


@dataclass(frozen=True)
class PointPathState:
    """Points of each path, of which a window still moves.

    Attributes
    ----------
    controls : Tensor, shape (paths, points, dim)
        All points of all paths. A path with fewer points repeats its last one.
    first : Tensor, shape (paths,)
        Row of the first point of the window; it and the last of the window do not move.
    steps : Tensor, shape (paths,)
        Steps done.
    status : Tensor, shape (paths,), int64
    """

    controls: Float[Tensor, "paths points dim"]
    first: Indices
    steps: Indices
    status: Indices


@dataclass(frozen=True)
class GradientPath:
    """Algorithm 2: gradient descent of the points of a path, across the path only.

    Parameters
    ----------
    points : int
        Points on each path, ends included; their number stays.
    learning_rate : float
        Step, [point]^2/[value].
    tol : float
        A path is finished when no point moves by more than `tol` times its mean segment.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Notes
    -----
    The gradient at a point loses the mean of its projections on the directions to its left and
    right neighbour. The printed PROJ divides by an undefined distance; a direction is a unit vector
    only if it is divided by its own length, which is what is done here. Where the two directions
    differ, the mean of the projections does not take out the whole tangential part: points drift
    along bends. That is the algorithm as printed.

    References
    ----------
    Barannikov et al., Loss barcode, Algorithm 2.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> land = ml.analytic.DoubleWell(2)
    >>> minima = land.critical_points.of_index(0).points
    >>> method = ml.GradientPath(points=12, learning_rate=0.02)
    >>> paths = ml.find_paths(land, minima[:1], minima[1:2], method)
    >>> ml.heights(land, paths).values
    tensor([0.7988], dtype=torch.float64)
    """

    points: int = 20
    learning_rate: float = 1e-2
    tol: float = 1e-4

    curve = Polyline()

    def __post_init__(self) -> None:
        if self.points < 3 or not self.learning_rate > 0 or not self.tol >= 0:
            raise ValueError(
                "`points` must be 3 or more, `learning_rate` positive, `tol` zero or more; "
                f"got {self}"
            )

    def init(
        self,
        landscape: Landscape,
        starts: Points,
        ends: Points,
        generator: torch.Generator | None = None,
    ) -> PointPathState:
        """Return straight paths."""
        zeros = torch.zeros(len(starts), dtype=torch.long, device=starts.device)
        return PointPathState(
            straight(starts, ends, self.points), zeros, zeros, zeros + int(Status.RUNNING)
        )

    def step(self, landscape: Landscape, state: PointPathState) -> PointPathState:
        """Return the paths after one step of all inner points of the window."""
        index = _window(state, self.points)
        window = state.controls.gather(1, index)
        inner = window[:, 1:-1]
        gradients = asked(landscape.gradient, inner)
        moves = -self.learning_rate * orthogonal(gradients, window)
        spacing = (window[:, 1:] - window[:, :-1]).norm(dim=-1).mean(1)
        longest = moves.norm(dim=-1).amax(1)
        # a row that blows up keeps its last good points
        fine = longest.isfinite() & (longest < 1e3 * spacing)
        running = (state.status == Status.RUNNING) & fine
        moved = torch.cat([window[:, :1], inner + moves, window[:, -1:]], dim=1)
        moved = chosen(running, moved, window)
        status = torch.where(longest <= self.tol * spacing, int(Status.CONVERGED), state.status)
        status = torch.where(longest.isfinite() & ~fine, int(Status.DIVERGED), status)
        status = torch.where(longest.isfinite(), status, int(Status.NONFINITE))
        controls = state.controls.scatter(1, index, moved)
        return replace(state, controls=controls, steps=state.steps + 1, status=status)


@runtime_checkable
class Criterion(Protocol):
    """Tells how badly each segment of the paths is resolved."""

    @property
    def threshold(self) -> float:
        """Above it, a segment gets a midpoint."""
        ...

    def measure(self, landscape: Landscape, window: Tensor) -> Tensor:
        """Return one number a segment, shape (paths, points - 1)."""
        ...


@dataclass(frozen=True)
class LossCriterion:
    """How far the value on a segment pokes above the points of the path.

    The highest value inside the segment over the highest at any point, both measured from the lower
    end of the path; the printed ratio names `L_min` and `L_max` loosely, and without the shift it
    would mean nothing for landscapes with negative values.

    Parameters
    ----------
    threshold : float
        The paper's T.
    samples : int
        Points inside each segment.

    References
    ----------
    Barannikov et al., Loss barcode, Algorithm 3, LOSS CRITERION.
    """

    threshold: float = 1.2
    samples: int = 7

    def measure(self, landscape: Landscape, window: Tensor) -> Tensor:
        """Return the ratio for each segment, shape (paths, points - 1)."""
        parts = torch.arange(1, self.samples + 1).to(window) / (self.samples + 1)
        left, right = window[:, :-1, None], window[:, 1:, None]
        inside = left * (1 - parts[:, None]) + right * parts[:, None]
        values = asked(landscape.value, inside).amax(-1)
        nodes = asked(landscape.value, window)
        floor = torch.minimum(nodes[:, 0], nodes[:, -1])[:, None]
        height = nodes.amax(1, keepdim=True) - floor
        return (values - floor) / height.clamp_min(tiny(height))


@dataclass(frozen=True)
class DistanceCriterion:
    """How long a segment is, in units of the end-to-end distance over the number of points.

    Parameters
    ----------
    threshold : float
        The paper's T.

    References
    ----------
    Barannikov et al., Loss barcode, Algorithm 3, DISTANCE CRITERION.
    """

    threshold: float = 1.2

    def measure(self, landscape: Landscape, window: Tensor) -> Tensor:
        """Return the ratio for each segment, shape (paths, points - 1)."""
        unit = (window[:, -1] - window[:, 0]).norm(dim=-1) / window.shape[1]
        lengths = (window[:, 1:] - window[:, :-1]).norm(dim=-1)
        return lengths / unit[:, None].clamp_min(tiny(unit))


@dataclass(frozen=True)
class RefinedPath:
    """Algorithm 3: a path that gets points where it needs them, at constant cost a step.

    Every `every` steps of `path` the criterion looks at each segment. Where the worst exceeds the
    threshold, midpoints are inserted into the two worst segments, and the two outermost points that
    still moved join the finished ones (the paper's buffer B), so that the moving batch keeps its
    size.

    Parameters
    ----------
    path : GradientPath
        Algorithm 2, which moves the points.
    criterion : LossCriterion or DistanceCriterion
    every : int
        Steps between two looks.

    Notes
    -----
    The printed listing writes the midpoint over a point of the path; the text and the growing
    length say that it is inserted, so all points are kept. As printed, the outermost points are
    taken out whether they have settled or not: with many insertions the window that still moves may
    end up beside the pass, and the status stays `RUNNING`. The height is an upper bound all the
    same.

    References
    ----------
    Barannikov et al., Loss barcode, Algorithm 3 and Appendix C.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.RefinedPath(ml.GradientPath(points=8), ml.DistanceCriterion()).curve
    Polyline()
    """

    path: GradientPath = GradientPath()
    criterion: Criterion = LossCriterion()
    every: int = 50

    curve = Polyline()

    def __post_init__(self) -> None:
        if self.every < 1 or self.path.points < 5:
            raise ValueError(
                f"`every` must be 1 or more and the path must have 5 points or more; got {self}"
            )

    def init(
        self,
        landscape: Landscape,
        starts: Points,
        ends: Points,
        generator: torch.Generator | None = None,
    ) -> PointPathState:
        """Return straight paths."""
        return self.path.init(landscape, starts, ends)

    def step(self, landscape: Landscape, state: PointPathState) -> PointPathState:
        """Return the paths after a step of Algorithm 2, and an insertion where one is due."""
        state = self.path.step(landscape, state)
        settled = state.status == Status.CONVERGED
        due = settled | ((state.status == Status.RUNNING) & (state.steps % self.every == 0))
        if not due.any():
            return state
        window = state.controls.gather(1, _window(state, self.path.points))
        badness = self.criterion.measure(landscape, window)
        insert = due & (badness.amax(1) > self.criterion.threshold)
        if not insert.any():
            return state
        controls = _with_midpoints(state.controls, state.first, badness, insert)
        status = torch.where(insert, int(Status.RUNNING), state.status)
        return replace(state, controls=controls, first=state.first + insert.long(), status=status)


def orthogonal(gradients: Tensor, path: Tensor) -> Tensor:
    """Return the gradients at the inner points less their mean projection on both neighbours.

    Parameters
    ----------
    gradients : Tensor, shape (paths, points - 2, dim)
    path : Tensor, shape (paths, points, dim)
    """
    chords = torch.nn.functional.normalize(path[:, 1:] - path[:, :-1], dim=-1)
    left, right = chords[:, :-1], chords[:, 1:]
    along_left = (gradients * left).sum(-1, keepdim=True) * left
    along_right = (gradients * right).sum(-1, keepdim=True) * right
    return gradients - (along_left + along_right) / 2


def _window(state: PointPathState, points: int) -> Tensor:
    """Index, as `gather` takes it, of the points of each path that still move."""
    rows = state.first[:, None] + torch.arange(points, device=state.first.device)
    return rows[..., None].expand(-1, -1, state.controls.shape[2])


def _with_midpoints(controls: Tensor, first: Tensor, badness: Tensor, insert: Tensor) -> Tensor:
    """Insert midpoints into the two worst segments of the chosen paths; pad the others."""
    worst = badness.topk(2, dim=1).indices.sort(dim=1).values + first[:, None]
    count = controls.shape[1]
    # segment s turns into s and s + 1/2: sort rows by these keys to put the midpoints in place
    index = worst[..., None].expand(-1, -1, controls.shape[2])
    middles = (controls.gather(1, index) + controls.gather(1, index + 1)) / 2
    keys = torch.cat([torch.arange(count).expand(len(controls), -1).to(worst), worst], dim=1) * 2.0
    keys[:, count:] += 1.0
    grown = torch.cat([controls, middles], dim=1)
    order = keys.argsort(dim=1)[..., None].expand(-1, -1, controls.shape[2])
    padded = torch.cat([controls, controls[:, -1:].expand(-1, 2, -1)], dim=1)
    return chosen(insert, grown.gather(1, order), padded)
