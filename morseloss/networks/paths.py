"""`SweptCurve`: our own path method for networks, of which gradients come in mini-batches.

The one idea: a Bezier curve with a few bends is trained on the mean loss, and its times are not
drawn by chance but sweep the curve evenly, more often where the bends can move it. What is left of
the noise is that of the mini-batches.
"""

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Indices, Points, Values
from morseloss.landscape import Landscape
from morseloss.search.curve import Bezier
from morseloss.search.string import straight, tiny
from morseloss.status import Status

__all__ = ["SweptCurve", "SweptState"]

MEAN_DECAY, SQUARE_DECAY = 0.9, 0.99
SMALL = 1e-6  # a gradient that is so small a part of the others does not count as one
TURN = (5**0.5 - 1) / 2  # multiples of the golden ratio are spread most evenly over [0, 1]


@dataclass(frozen=True)
class SweptState:
    """Control points of each curve with the running means of Adam.

    Attributes
    ----------
    controls : Tensor, shape (paths, controls, dim)
    means, squares : Tensor, shape (paths, controls - 2, dim)
        Running means of the gradients and of their squares.
    offsets : Tensor, shape (paths,), float64
        Where the sweep begins, in [0, 1).
    steps : Tensor, shape (paths,)
        Steps done.
    status : Tensor, shape (paths,), int64
    """

    controls: Float[Tensor, "paths controls dim"]
    means: Float[Tensor, "paths bends dim"]
    squares: Float[Tensor, "paths bends dim"]
    offsets: Values
    steps: Indices
    status: Indices


@dataclass(frozen=True)
class SweptCurve:
    """A Bezier curve trained on the mean value along it, at times that sweep it evenly.

    Parameters
    ----------
    bends : int
        Control points between the ends.
    samples : int
        Times each step. 1 is best on mini-batches: the next one is at another time anyway.
    learning_rate : float
        First step of Adam, in units of the mean (root mean square) difference of a parameter
        between the ends; falls to zero in a line.
    steps : int
        Length of the training. On mini-batches of `size` out of `n` images it costs
        `steps * samples * size / n` full gradients a path.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Notes
    -----
    At step `s` the time is `t = arccos(1 - 2 u) / pi` with `u = (offset + s g) mod 1` and `g` the
    golden ratio: density `pi / 2 sin(pi t)`. The gradients are divided by it, so what is lowered is
    the mean over uniform times, as Garipov et al. do, with less noise: near the ends, where a
    bend hardly moves the curve, few gradients are spent. All paths have the same times, so a path
    does not depend on those beside it.

    Drawing times near the top instead, by powers of the excess, was tried and gained nothing that
    lasts: once the mean is low, so is the top. Choose the images of a mini-batch so that the budget
    allows about 3000 steps; with more budget, first take more images.

    References
    ----------
    Garipov et al., "Loss surfaces, mode connectivity, and fast ensembling of DNNs", 2018.
    Barannikov et al., Loss barcode, section 3.2, second realization.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> import morseloss as ml
    >>> from morseloss.networks import NetworkLandscape
    >>> from morseloss.networks.paths import SweptCurve
    >>> seed = torch.Generator().manual_seed(0)
    >>> x, y = torch.randn(64, 4, generator=seed), torch.arange(64) % 2
    >>> module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y, weight_decay=1e-2)
    >>> ends = torch.randn(2, land.dim, generator=seed, dtype=torch.float64)
    >>> batches = land.batches(16, generator=seed)
    >>> method = SweptCurve(steps=100)
    >>> ml.find_paths(batches, ends[:1], ends[1:], method, generator=seed)
    Paths(1 Bezier(), 5 control points: 1 converged)
    """

    bends: int = 3
    samples: int = 1
    learning_rate: float = 0.06
    steps: int = 3000

    curve = Bezier()

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
    ) -> SweptState:
        """Return straight curves.

        Raises
        ------
        ValueError
            If there is no generator.
        """
        if generator is None:
            raise ValueError(
                "SweptCurve draws where its sweep begins: pass `generator`, for instance "
                "`torch.Generator().manual_seed(0)`"
            )
        offset = float(torch.rand((), generator=generator, dtype=torch.float64))
        controls = straight(starts, ends, self.bends + 2)
        zeros = torch.zeros(len(starts), dtype=torch.long, device=starts.device)
        return SweptState(
            controls,
            torch.zeros_like(controls[:, 1:-1]),
            torch.zeros_like(controls[:, 1:-1]),
            torch.full((len(starts),), offset, dtype=torch.float64, device=starts.device),
            zeros,
            zeros + int(Status.RUNNING),
        )

    def step(self, landscape: Landscape, state: SweptState) -> SweptState:
        """Return the curves after one step of Adam at the next times."""
        times, density = self._times(state)
        weights = self.curve.weights(times, self.bends + 2).to(state.controls)
        points = weights @ state.controls
        gradients = landscape.gradient(points.flatten(0, 1)).reshape(points.shape)
        shares = weights[..., 1:-1] / (self.samples * density[..., None]).to(weights)
        slopes = shares.mT @ gradients
        means = MEAN_DECAY * state.means + (1 - MEAN_DECAY) * slopes
        squares = SQUARE_DECAY * state.squares + (1 - SQUARE_DECAY) * slopes**2
        count = (state.steps + 1)[:, None, None].to(means)
        root = (squares / (1 - SQUARE_DECAY**count)).sqrt()
        # a square of a small number is 0 in single precision, and its mean is not
        floor = SMALL * root.square().mean((1, 2), keepdim=True).sqrt() + tiny(root)
        moves = means / (1 - MEAN_DECAY**count) / (root + floor)
        bent = state.controls.clone()
        bent[:, 1:-1] -= self._rate(state)[:, None, None] * moves
        fine = bent.isfinite().flatten(1).all(1)
        status = torch.where(state.steps + 1 >= self.steps, int(Status.CONVERGED), state.status)
        status = torch.where(fine, status, int(Status.NONFINITE))
        running = state.status == Status.RUNNING
        return replace(
            state,
            controls=torch.where((running & fine)[:, None, None], bent, state.controls),
            means=means,
            squares=squares,
            steps=state.steps + 1,
            status=torch.where(running, status, state.status),
        )

    def _times(self, state: SweptState) -> tuple[Tensor, Tensor]:
        """The times of this step and their density, each of shape (paths, samples)."""
        first = state.steps[:, None] * self.samples
        count = first + torch.arange(self.samples, device=first.device)
        even = (state.offsets[:, None] + count * TURN) % 1.0
        times = torch.arccos(1 - 2 * even) / math.pi
        # at the very ends nothing moves: any positive density will do
        return times, (math.pi / 2 * torch.sin(math.pi * times)).clamp_min(1e-6)

    def _rate(self, state: SweptState) -> Tensor:
        """Length of a step for one parameter, for each path."""
        difference = state.controls[:, -1] - state.controls[:, 0]
        size = difference.norm(dim=-1) / difference.shape[-1] ** 0.5
        return self.learning_rate * size * (1 - state.steps / self.steps).to(size).clamp_min(0)
