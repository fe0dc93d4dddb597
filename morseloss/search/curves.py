"""Curves with few parameters: `PolygonalChain` and `BezierCurve`, trained on the mean value.

The one idea: only the bends move, and each step lowers the mean value at a few times drawn afresh.
The mean is not the maximum: the height is measured afterwards, on the whole curve.
"""

import math
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Indices, Points
from morseloss.landscape import Landscape
from morseloss.search.curve import Bezier, Curve, Polyline
from morseloss.search.string import straight, tiny
from morseloss.status import Status

__all__ = ["BezierCurve", "CurveState", "PolygonalChain"]

MEAN_DECAY, SQUARE_DECAY = 0.9, 0.99


@dataclass(frozen=True)
class CurveState:
    """Control points of each curve with the running means of Adam.

    Attributes
    ----------
    controls : Tensor, shape (paths, controls, dim)
    means, squares : Tensor, shape (paths, controls - 2, dim)
        Running means of the gradients and of their squares.
    steps : Tensor, shape (paths,)
        Steps done.
    status : Tensor, shape (paths,), int64
    generator : torch.Generator
        Draws the times.
    """

    controls: Float[Tensor, "paths controls dim"]
    means: Float[Tensor, "paths bends dim"]
    squares: Float[Tensor, "paths bends dim"]
    steps: Indices
    status: Indices
    generator: torch.Generator


@dataclass(frozen=True)
class _TrainedCurve:
    """What both curves share: bends trained by Adam on the mean value at random times."""

    bends: int = 1
    samples: int = 16
    learning_rate: float = 0.03
    steps: int = 300

    curve: Curve = field(default_factory=Polyline, init=False, repr=False)

    def __post_init__(self) -> None:
        numbers = (self.bends, self.samples, self.steps)
        if min(numbers) < 1 or not self.learning_rate > 0:
            raise ValueError(
                "`bends`, `samples` and `steps` must be 1 or more, `learning_rate` positive; "
                f"got {self}"
            )

    def init(
        self,
        landscape: Landscape,
        starts: Points,
        ends: Points,
        generator: torch.Generator | None,
    ) -> CurveState:
        """Return straight curves.

        Raises
        ------
        ValueError
            If there is no generator.
        """
        if generator is None:
            raise ValueError(
                f"{type(self).__name__} draws times at random: pass `generator`, for instance "
                "`torch.Generator().manual_seed(0)`"
            )
        controls = straight(starts, ends, self.bends + 2)
        zeros = torch.zeros(len(starts), dtype=torch.long, device=starts.device)
        still = torch.zeros_like(controls[:, 1:-1])
        return CurveState(controls, still, still, zeros, zeros + int(Status.RUNNING), generator)

    def step(self, landscape: Landscape, state: CurveState) -> CurveState:
        """Return the curves after one Adam step on the mean value at fresh times."""
        times = torch.rand(self.samples, generator=state.generator, dtype=torch.float64)
        weights = self.curve.weights(times.to(state.controls), state.controls.shape[1])
        points = weights @ state.controls
        gradients = landscape.gradient(points.flatten(0, 1)).reshape(points.shape)
        bends = weights[:, 1:-1].T @ gradients / self.samples
        means = MEAN_DECAY * state.means + (1 - MEAN_DECAY) * bends
        squares = SQUARE_DECAY * state.squares + (1 - SQUARE_DECAY) * bends**2
        count = (state.steps + 1)[:, None, None]
        mean = means / (1 - MEAN_DECAY**count)
        root = (squares / (1 - SQUARE_DECAY**count)).sqrt()
        moves = -self._rate(state)[:, None, None] * mean / (root + tiny(root))
        running = (state.status == Status.RUNNING) & moves.isfinite().flatten(1).all(1)
        bent = torch.cat(
            [state.controls[:, :1], state.controls[:, 1:-1] + moves, state.controls[:, -1:]], dim=1
        )
        status = torch.where(state.steps + 1 >= self.steps, int(Status.CONVERGED), state.status)
        status = torch.where(running, status, int(Status.NONFINITE))
        return replace(
            state,
            controls=torch.where(running[:, None, None], bent, state.controls),
            means=means,
            squares=squares,
            steps=state.steps + 1,
            status=torch.where(state.status == Status.RUNNING, status, state.status),
        )

    def _rate(self, state: CurveState) -> Tensor:
        """Length of a step: a part of the distance of the ends, falling to zero as a cosine."""
        distance = (state.controls[:, -1] - state.controls[:, 0]).norm(dim=-1)
        done = (state.steps / self.steps).clamp(0, 1)
        return self.learning_rate * distance * (1 + torch.cos(math.pi * done)) / 2


@dataclass(frozen=True)
class PolygonalChain(_TrainedCurve):
    """A polygonal chain with a few bends, trained on the mean value over uniform times.

    Parameters
    ----------
    bends : int
        Control points between the ends.
    samples : int
        Times drawn afresh each step, the same for all paths.
    learning_rate : float
        First step of Adam, in units of the distance between the ends; falls to zero as a cosine.
    steps : int
        Length of the training.

    References
    ----------
    Garipov et al., "Loss surfaces, mode connectivity, and fast ensembling of DNNs", 2018; the paper
    takes it for its larger experiments (section 3.2).

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> land = ml.analytic.SixHumpCamel()
    >>> minima = land.critical_points.of_index(0).points
    >>> generator = torch.Generator().manual_seed(0)
    >>> chain = ml.PolygonalChain()
    >>> ml.find_paths(land, minima[:1], minima[1:2], chain, generator=generator)
    Paths(1 Polyline(), 3 control points: 1 converged)
    """

    curve: Curve = field(default_factory=Polyline, init=False, repr=False)


@dataclass(frozen=True)
class BezierCurve(_TrainedCurve):
    """A Bezier curve with a few inner control points, trained on the mean value.

    Parameters
    ----------
    bends : int
        Control points between the ends.
    samples : int
        Times drawn afresh each step, the same for all paths.
    learning_rate : float
        First step of Adam, in units of the distance between the ends; falls to zero as a cosine.
    steps : int
        Length of the training.

    References
    ----------
    Garipov et al., "Loss surfaces, mode connectivity, and fast ensembling of DNNs", 2018.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.BezierCurve(bends=2).curve
    Bezier()
    """

    curve: Curve = field(default_factory=Bezier, init=False, repr=False)
