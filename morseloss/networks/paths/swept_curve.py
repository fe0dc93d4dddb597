"""`SweptCurve`: our own path method for networks, of which gradients come in mini-batches.

The one idea: a Bezier curve with a few bends is trained on the mean loss, and its times are not
drawn by chance but sweep the curve evenly, more often where the bends can move it. What is left of
the noise is that of the mini-batches.
"""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from morseloss._shapes import Points, Values
from morseloss.search.paths.curve import Bezier, Curve
from morseloss.search.paths.trained_curves import CurveState, TrainedCurve

__all__ = ["SweptCurve"]

TURN = (5**0.5 - 1) / 2  # multiples of the golden ratio are spread most evenly over [0, 1]


@dataclass(frozen=True)
class SweptCurve(TrainedCurve[Values]):
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
    >>> from morseloss.networks.paths.swept_curve import SweptCurve
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

    curve: Curve = field(default_factory=Bezier, init=False, repr=False)

    def _drawn(self, starts: Points, generator: torch.Generator) -> Values:
        """Where the sweep of each path begins, in [0, 1): of all at the same place."""
        offset = float(torch.rand((), generator=generator, dtype=torch.float64))
        return torch.full((len(starts),), offset, dtype=torch.float64, device=starts.device)

    def _times(self, state: CurveState[Values]) -> tuple[Tensor, Tensor]:
        first = state.steps[:, None] * self.samples
        count = first + torch.arange(self.samples, device=first.device)
        even = (state.times[:, None] + count * TURN) % 1.0
        times = torch.arccos(1 - 2 * even) / math.pi
        # at the very ends nothing moves: any positive density will do
        return times, (math.pi / 2 * torch.sin(math.pi * times)).clamp_min(1e-6)

    def _fading(self, done: Tensor) -> Tensor:
        return (1 - done).clamp_min(0)
