"""`link`: one batch of pairs of networks, joined by optimised paths, and how high these climb.

The one idea: a path may be trained on mini-batches and in single precision; its height is measured
on all images, in double precision, on the whole curve. It is the best found, never the barrier.
"""

import math
import time
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Indices, Points, Values
from morseloss.graphs.graph import many
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.network_heights import network_heights
from morseloss.networks.symmetry.alignment import align
from morseloss.search.iterate import Progress
from morseloss.search.paths.curve import Curve, Paths
from morseloss.search.paths.find_paths import PathMethod, find_paths
from morseloss.status import Status

__all__ = ["Links", "Training", "link"]


@dataclass(frozen=True)
class Training:
    """How paths are trained.

    Parameters
    ----------
    method : PathMethod
        `BezierCurve`, `PolygonalChain`, `GradientPath`, ...
    max_steps : int
    size : int or None
        Images in a mini-batch; None takes all images in each step.
    aligned : bool
        End at the copy of the second network that lies nearest the first (`align`).
    points : int
        On each path at which its height is measured, at least, before closing in.
    dtype : torch.dtype
        In which paths are trained.

    Raises
    ------
    ValueError
        If a number is below 1.
    """

    method: PathMethod
    max_steps: int
    size: int | None = None
    aligned: bool = False
    points: int = 64
    dtype: torch.dtype = torch.float64

    def __post_init__(self) -> None:
        if min(self.max_steps, self.size or 1, self.points) < 1:
            raise ValueError(
                "`max_steps`, `size` and `points` must be 1 or more, got "
                f"{self.max_steps}, {self.size} and {self.points}"
            )


@dataclass(frozen=True, eq=False)
class Links:
    """Paths between pairs of networks.

    Attributes
    ----------
    controls : Tensor, shape (pairs, controls, dim)
        Control points, the ends (or copies of them) first and last.
    curve : Curve
    heights : Tensor, shape (pairs,)
        Highest loss on each path, on all images, in float64: an upper bound of the pass.
    times : Tensor, shape (pairs,)
        Where it is reached.
    status : Tensor, shape (pairs,), int64
    lowest : Tensor, shape (pairs,)
        Where the height is that of an end, the lowest loss seen on the path: if it is lower, that
        end is no minimum. nan where the top lies between the ends.
    profiles : Tensor, shape (pairs, times)
        Losses on all images along each path, at times spread evenly from 0 to 1, in float64.
    seconds : float
        That it took.
    """

    controls: Float[Tensor, "pairs controls dim"]
    curve: Curve
    heights: Values
    times: Values
    status: Indices
    lowest: Values
    profiles: Float[Tensor, "pairs times"]
    seconds: float

    @property
    def paths(self) -> Paths:
        """The paths themselves."""
        return Paths(self.controls, self.curve, self.status)

    def records(self) -> list[dict[str, Any]]:
        """Return what is noted of each path."""
        lowest = [None if math.isnan(number) else number for number in self.lowest.tolist()]
        status = [Status(code).name.lower() for code in self.status.tolist()]
        parts = zip(self.heights.tolist(), self.times.tolist(), lowest, status, strict=True)
        return [
            {"height": top, "time": time, "lowest": low, "curve": repr(self.curve), "status": kind}
            for top, time, low, kind in parts
        ]

    def tensors(self) -> list[dict[str, Tensor]]:
        """Return control points and profile of each path."""
        parts = zip(self.controls, self.profiles, strict=True)
        return [{"controls": controls, "profile": profile} for controls, profile in parts]

    def __len__(self) -> int:
        return len(self.heights)

    def __repr__(self) -> str:
        return f"Links({many(len(self), 'path')} up to {float(self.heights.max()):.6g})"


def link(
    landscape: NetworkLandscape,
    starts: Points,
    ends: Points,
    training: Training,
    *,
    generator: torch.Generator,
    progress: Progress | None = None,
) -> Links:
    """Join networks by paths, all pairs together.

    Parameters
    ----------
    landscape : NetworkLandscape
    starts, ends : Tensor, shape (pairs, dim)
    training : Training
    generator : torch.Generator
        Draws mini-batches and times.
    progress : callable, optional
        Gets `(step, running, total)`.

    Returns
    -------
    Links

    References
    ----------
    Barannikov et al., Loss barcode, section 3.2 and Algorithm 1, lines 7 and 8.
    """
    begun = time.monotonic()
    if training.aligned:
        ends = align(landscape, starts, ends)
    whole, size = landscape, training.size
    paths = find_paths(
        whole if size is None else whole.batches(size, generator=generator),
        starts.to(training.dtype),
        ends.to(training.dtype),
        training.method,
        generator=generator,
        max_steps=training.max_steps,
        progress=progress,
    )
    top = network_heights(whole, paths, points=training.points)
    lowest = _lowest(whole, paths, top.times, training.points)
    return Links(
        paths.controls, paths.curve, top.values, top.times, paths.status, lowest, top.sampled,
        time.monotonic() - begun,
    )  # fmt: skip


def _lowest(landscape: NetworkLandscape, paths: Paths, times: Values, points: int) -> Values:
    """Lowest values on the paths that are highest at an end."""
    found = torch.full_like(times, torch.nan)
    grid = torch.linspace(0, 1, points + 1, dtype=torch.float64, device=times.device)
    for row in ((times == 0) | (times == 1)).nonzero().flatten().tolist():  # few, and long
        part = slice(row, row + 1)
        one = Paths(paths.controls[part].double(), paths.curve, paths.status[part])
        found[row] = landscape.value(one.at(grid)[0]).amin()
    return found
