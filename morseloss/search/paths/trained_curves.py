"""Curves with few parameters: `PolygonalChain` and `BezierCurve`, trained on the mean value.

    b_j <- b_j - rate * Adam(mean over t of w_j(t) grad L(x(t))),  x(t) = sum_j w_j(t) b_j

The one idea: only the bends b_j move, and each step lowers the mean value at a few times. The mean
is not the maximum: the height is measured afterwards, on the whole curve.

State: the control points, and the running means of Adam, all changed in place.
Step: one of Adam, at the next few times.
It stops after a given number of steps, at which the rate has faded to zero.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Indices, Points, Values
from morseloss.landscapes.landscape import Landscape, check_generator
from morseloss.search.adam import Decays, move, remember
from morseloss.search.paths.curve import Bezier, Curve, Polyline, asked, straight, tiny
from morseloss.status import Status

__all__ = ["BezierCurve", "CurveState", "PolygonalChain", "TrainedCurve"]

DECAYS = Decays(0.9, 0.99)
SMALL = 1e-6  # of the mean gradient: one so small does not count as one

Times = TypeVar("Times")


@dataclass(frozen=True)
class CurveState(Generic[Times]):
    """Control points of each curve with the running means of Adam.

    Attributes
    ----------
    controls : Tensor, shape (paths, controls, dim)
    means, squares : Tensor, shape (paths, controls - 2, dim)
        Running means of the gradients and of their squares.
    sizes : Tensor, shape (paths,)
        Mean (root mean square) difference of a parameter between the ends.
    steps : Tensor, shape (paths,)
        Steps done.
    status : Tensor, shape (paths,), int64
    times : torch.Generator, or Tensor of shape (paths,)
        Where the next times come from.
    """

    controls: Float[Tensor, "paths controls dim"]
    means: Float[Tensor, "paths bends dim"]
    squares: Float[Tensor, "paths bends dim"]
    sizes: Values
    steps: Indices
    status: Indices
    times: Times


@dataclass(frozen=True)
class TrainedCurve(ABC, Generic[Times]):
    """What all such curves share: bends trained by Adam on the mean value over uniform times."""

    bends: int = 1
    samples: int = 16
    learning_rate: float = 0.04
    steps: int = 300

    curve: Curve = field(default_factory=Polyline, init=False, repr=False)

    def __post_init__(self) -> None:
        if min(self.bends, self.samples, self.steps) < 1 or not self.learning_rate > 0:
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
    ) -> CurveState[Times]:
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
        check_generator(generator)
        controls = straight(starts, ends, self.bends + 2)
        zeros = torch.zeros(len(starts), dtype=torch.long, device=starts.device)
        means, squares = (torch.zeros_like(controls[:, 1:-1]) for _ in range(2))
        sizes = (ends - starts).norm(dim=-1) / starts.shape[-1] ** 0.5
        times, status = self._drawn(starts, generator), zeros + int(Status.RUNNING)
        return CurveState(controls, means, squares, sizes, zeros, status, times)

    def step(self, landscape: Landscape, state: CurveState[Times]) -> CurveState[Times]:
        """Return the curves after one step of Adam at the next times; tensors are reused."""
        times, density = self._times(state)
        weights = self.curve.weights(times, self.bends + 2).to(state.controls)
        points = weights @ state.controls
        gradients = asked(landscape.gradient, points)
        shares = weights[..., 1:-1] / (self.samples * density[..., None]).to(weights)
        slopes = shares.mT @ gradients
        fine = slopes.sum((1, 2)).isfinite()
        moving = fine & (state.status == Status.RUNNING)
        if slopes.is_cuda or not bool(fine.all()):  # a look costs nothing on a CPU
            slopes.masked_fill_(~fine[:, None, None], 0.0)
        remember(slopes, state.means, state.squares, DECAYS)
        done = state.steps + 1
        size = state.squares.mean((1, 2), keepdim=True)
        # a square of a small number is 0 in single precision, and its mean is not
        floor = SMALL * (size / (1 - DECAYS.squares ** done[:, None, None])).sqrt()
        move(
            state.controls[:, 1:-1], state.means, state.squares, slopes,
            rates=torch.where(moving, self._rate(state), 0.0)[:, None, None],
            counts=done[:, None, None], decays=DECAYS, floor=floor + tiny(floor),
        )  # fmt: skip
        status = torch.where(done >= self.steps, int(Status.CONVERGED), state.status)
        status = torch.where(fine, status, int(Status.NONFINITE))
        return replace(
            state,
            steps=done,
            status=torch.where(state.status == Status.RUNNING, status, state.status),
        )

    @abstractmethod
    def _drawn(self, starts: Points, generator: torch.Generator) -> Times:
        """Return what the times of all steps follow from."""

    @abstractmethod
    def _times(self, state: CurveState[Times]) -> tuple[Tensor, Tensor]:
        """Return the times of a step, shape (samples,) or (paths, samples), and their density."""

    def _rate(self, state: CurveState[Times]) -> Values:
        """Length of a step for one parameter: a part of its mean difference between the ends."""
        done = (state.steps / self.steps).to(state.sizes)
        return self.learning_rate * state.sizes * self._fading(done)

    def _fading(self, done: Tensor) -> Tensor:
        """Return the part of the first rate that is left, after that part of the training."""
        return (1 + torch.cos(math.pi * done.clamp(0, 1))) / 2


@dataclass(frozen=True)
class _ByChance(TrainedCurve[torch.Generator]):
    """Times drawn afresh each step, evenly by chance, the same for all paths."""

    def _drawn(self, starts: Points, generator: torch.Generator) -> torch.Generator:
        return generator

    def _times(self, state: CurveState[torch.Generator]) -> tuple[Tensor, Tensor]:
        times = torch.rand(self.samples, generator=state.times, dtype=torch.float64)
        times = times.to(state.controls)
        return times, torch.ones_like(times)


@dataclass(frozen=True)
class PolygonalChain(_ByChance):
    """A polygonal chain with a few bends, trained on the mean value over uniform times.

    Parameters
    ----------
    bends : int
        Control points between the ends.
    samples : int
        Times drawn afresh each step, the same for all paths.
    learning_rate : float
        First step of Adam, in units of the mean (root mean square) difference of a parameter
        between the ends; falls to zero as a cosine.
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
class BezierCurve(_ByChance):
    """A Bezier curve with a few inner control points, trained on the mean value.

    Parameters
    ----------
    bends : int
        Control points between the ends.
    samples : int
        Times drawn afresh each step, the same for all paths.
    learning_rate : float
        First step of Adam, in units of the mean (root mean square) difference of a parameter
        between the ends; falls to zero as a cosine.
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
