"""Curves and `Paths`: a path is control points, and a curve that says how to read between them.

The one idea: a point on a path at time t is a weighted mean of its control points. A polyline's
weights are hats, a Bezier curve's are Bernstein polynomials; everything else (heights, training,
pictures) needs only the weights.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Indices, Points
from morseloss.status import summary

__all__ = ["Bezier", "Curve", "Paths", "Polyline", "asked", "straight", "tiny"]


@runtime_checkable
class Curve(Protocol):
    """How a path runs between its control points."""

    def weights(self, times: Tensor, controls: int) -> Tensor:
        """Return weights, shape `(*times.shape, controls)`, of the points at times in [0, 1]."""
        ...

    def pieces(self, controls: int) -> int:
        """Return the number of smooth pieces, of equal length in time."""
        ...


@dataclass(frozen=True)
class Polyline:
    """Straight segments from node to node, each taking the same time."""

    def weights(self, times: Tensor, controls: int) -> Tensor:
        """Return the hat functions at the times, shape `(*times.shape, controls)`."""
        nodes = torch.arange(controls, dtype=times.dtype, device=times.device)
        return (1 - (times[..., None] * (controls - 1) - nodes).abs()).clamp_min(0)

    def pieces(self, controls: int) -> int:
        """Return the number of segments."""
        return controls - 1


@dataclass(frozen=True)
class Bezier:
    """The Bezier curve of the control points; only the first and the last lie on it."""

    def weights(self, times: Tensor, controls: int) -> Tensor:
        """Return the Bernstein polynomials at the times, shape `(*times.shape, controls)`."""
        degree = controls - 1
        powers = torch.arange(controls, dtype=times.dtype, device=times.device)
        binomials = [math.comb(degree, power) for power in range(controls)]
        scale = torch.tensor(binomials, dtype=times.dtype, device=times.device)
        t = times[..., None]
        return scale * t**powers * (1 - t) ** (degree - powers)

    def pieces(self, controls: int) -> int:
        """Return the number of pieces into which the curve is cut to look for its top."""
        return 4 * (controls - 1)


@dataclass(frozen=True, eq=False)
class Paths:
    """Paths between pairs of points, all with the same number of control points.

    Attributes
    ----------
    controls : Tensor, shape (paths, controls, dim)
        Control points; the first and the last are the ends.
    curve : Curve
        `Polyline()` or `Bezier()`.
    status : Tensor, shape (paths,), int64
        `Status.CONVERGED` where the method finished, `RUNNING` where its steps ran out.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> ends = torch.tensor([[[0.0], [1.0]]], dtype=torch.float64)
    >>> line = ml.Paths(ends, ml.Polyline(), torch.tensor([1]))
    >>> line.at(torch.tensor([0.25], dtype=torch.float64))
    tensor([[[0.2500]]], dtype=torch.float64)
    """

    controls: Float[Tensor, "paths controls dim"]
    curve: Curve
    status: Indices

    def __len__(self) -> int:
        return len(self.controls)

    def at(self, times: Tensor) -> Tensor:
        """Return the points at times of shape (t,) or (paths, t), as (paths, t, dim)."""
        return self.curve.weights(times, self.controls.shape[1]) @ self.controls

    def polylines(self, per_piece: int = 1) -> Float[Tensor, "paths points dim"]:
        """Return points along each path, the ends of its pieces among them."""
        pieces = self.curve.pieces(self.controls.shape[1])
        times = torch.linspace(0, 1, pieces * per_piece + 1, dtype=self.controls.dtype)
        return self.at(times.to(self.controls.device))

    def __repr__(self) -> str:
        kind = f"{len(self)} {self.curve}, {self.controls.shape[1]} control points"
        return f"Paths({kind}: {summary(self.status.tolist())})"


def straight(starts: Points, ends: Points, count: int) -> Float[Tensor, "paths count dim"]:
    """Return `count` points evenly spread from each start to its end."""
    times = torch.linspace(0, 1, count, dtype=starts.dtype, device=starts.device)[None, :, None]
    return starts[:, None] * (1 - times) + ends[:, None] * times


def asked(ask: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    """Return what a landscape answers, values or gradients, at points of shape (paths, ..., dim).

    The answers to all points come at once, and have the shape (paths, ...), then that of one.
    """
    answers = ask(points.flatten(0, -2))
    return answers.reshape(*points.shape[:-1], *answers.shape[1:])


def tiny(numbers: Tensor) -> float:
    """Return the least positive normal number of a tensor's dtype, to divide by instead of 0."""
    return torch.finfo(numbers.dtype).tiny
