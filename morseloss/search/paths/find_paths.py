"""`find_paths`: optimise paths between pairs of points, all pairs in one batch, by any method.

The one idea: a path method is a solver like any other. Its state holds the control points of all
pairs, one gradient call a step serves them all, and finished pairs leave the batch.
"""

from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

import torch

from morseloss._shapes import Points
from morseloss.kinds import check_kind
from morseloss.landscapes.landscape import Landscape, check_points
from morseloss.search.iterate import Progress, Trace, iterate
from morseloss.search.paths.curve import Curve, Paths
from morseloss.status import Interrupted

__all__ = ["PathMethod", "find_paths", "within"]


@runtime_checkable
class PathMethod(Protocol):
    """What `find_paths` asks of a method; see `ClimbingString` for the shortest one."""

    @property
    def curve(self) -> Curve:
        """How the paths run between their control points."""
        ...

    def init(
        self,
        landscape: Landscape,
        starts: Points,
        ends: Points,
        generator: torch.Generator | None,
    ) -> Any:
        """Return the state of straight paths; its `controls` has shape (pairs, k, dim)."""
        ...

    def step(self, landscape: Landscape, state: Any) -> Any:
        """Return the state after one step of all paths."""
        ...


def find_paths(
    landscape: Landscape,
    starts: Points,
    ends: Points,
    method: PathMethod,
    *,
    generator: torch.Generator | None = None,
    max_steps: int = 1000,
    progress: Progress | None = None,
    trace: Trace | None = None,
) -> Paths:
    """Optimise one path for each row of `starts` and `ends`.

    Parameters
    ----------
    landscape : Landscape
    starts, ends : Tensor, shape (pairs, dim)
        The two ends of each path; they do not move.
    method : PathMethod
        `GradientPath` (Algorithm 2), `RefinedPath` (Algorithm 3), `PolygonalChain`,
        `BezierCurve` or `ClimbingString`.
    generator : torch.Generator, optional
        Needed by the methods that draw times at random: `PolygonalChain`, `BezierCurve`.
    max_steps : int
        Paths that are not finished by then keep the status `RUNNING`; they are valid paths.
    progress : callable, optional
        Gets `(step, running, total)` every few steps.
    trace : callable, optional
        Gets the running state and its rows among the pairs, at the start and after every step,
        `SlopeRecord` say. Tensors may be changed by the next step: copy what is to be kept.

    Returns
    -------
    Paths
        In the order of the pairs, in the domain where the landscape has one. `heights` tells how
        high they climb.

    Raises
    ------
    ValueError
        If the ends do not fit each other or the landscape, the method is none, or a generator is
        missing.
    Interrupted
        At an interrupt from the keyboard; `found` holds the paths as they are.

    References
    ----------
    Barannikov et al., Loss barcode, section 3.2.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> land = ml.analytic.MuellerBrown()
    >>> minima = land.critical_points.of_index(0).points
    >>> paths = ml.find_paths(land, minima[:1], minima[1:2], ml.ClimbingString())
    >>> bool(ml.heights(land, paths).values < -40)
    True
    """
    check_points(landscape, starts, "starts")
    check_points(landscape, ends, "ends")
    check_kind("method", method, PathMethod, "pass an object such as `ClimbingString()`")
    if starts.shape != ends.shape:
        raise ValueError(
            f"`starts` and `ends` must have one shape, got {tuple(starts.shape)} and "
            f"{tuple(ends.shape)}"
        )
    state = method.init(landscape, starts, ends, generator)
    if trace is not None:
        trace(state, torch.arange(len(starts), device=starts.device))
    try:
        state = iterate(
            method, landscape, state, max_steps=max_steps, progress=progress, trace=trace
        )
    except Interrupted as stop:
        state = stop.found
        paths = Paths(state.controls, method.curve, state.status)
        raise Interrupted(within(landscape, paths)) from None
    return within(landscape, Paths(state.controls, method.curve, state.status))


def within(landscape: Landscape, paths: Paths) -> Paths:
    """Return the paths with their control points in the domain, hence all of them in it.

    A path that took a way round outside would be too low for the box, in which only ways inside
    count.
    """
    if landscape.domain is None:
        return paths
    low, high = landscape.domain.to(paths.controls)
    return replace(paths, controls=paths.controls.clamp(low, high))
