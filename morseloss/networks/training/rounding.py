"""`Rounding`: L-BFGS on a loss whose kinks are rounded off, ever less.

The one idea: at a kink the gradient of a ReLU network jumps, and second-order steps, which learn
how gradients change, crawl. A rounded loss has none, so they stride; its gradient does vanish, and
its norm is a measure of how far an end is from a minimum.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from morseloss._rows import chosen
from morseloss._shapes import Points, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.training.lbfgs import LBFGS, LBFGSState
from morseloss.networks.training.rounded import Rounded
from morseloss.status import Status

__all__ = ["Rounding"]


@dataclass(frozen=True)
class Rounding(LBFGS):
    """L-BFGS over stages, each with kinks rounded off less widely; the last one goes on.

    Values that are reported are those of the network itself; gradient norms are those of the
    rounded loss, and `CONVERGED` where that is at most `gtol` in the last stage.

    Parameters
    ----------
    memory, gtol, ftol, window
        As of `LBFGS`; they judge in the last stage only.
    widths : tuple of float
        Descending and positive, in the units of what goes into an activation: each a stage. Wide
        ones find lower minima; to stay at the minimum near by, take the small ones alone.
    stage : int
        Gradients in each stage but the last.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    Chen, "Smoothing methods for nonsmooth, nonconvex minimization", Mathematical Programming 134,
    2012, section 3.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape, Rounding, converge
    >>> seed = torch.Generator().manual_seed(0)
    >>> x, y = torch.randn(64, 4, generator=seed), torch.arange(64) % 2
    >>> module = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y, weight_decay=1e-2)
    >>> start = torch.randn(2, land.dim, generator=seed, dtype=torch.float64)
    >>> converge(land, start, Rounding(widths=(0.1, 0.01), stage=100), max_steps=2000)
    Trained(2 runs of 30 parameters: 2 converged)
    """

    widths: tuple[float, ...] = (0.3, 0.1, 0.03, 0.01, 0.003)
    stage: int = 300

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "widths", tuple(self.widths))
        down = all(a > b for a, b in zip(self.widths, self.widths[1:], strict=False))
        if not self.widths or not down or not self.widths[-1] > 0 or self.stage < 1:
            raise ValueError(
                "`widths` must descend and be positive, `stage` be 1 or more, got "
                f"{self.widths} and {self.stage}"
            )

    def init(self, landscape: Landscape, points: Points) -> LBFGSState:
        """Return the state at the points, on the widest loss."""
        state = super().init(Rounded(landscape, self.widths[0]), points)
        return replace(state, status=self._going(state.status, 0))

    def step(self, landscape: Landscape, state: LBFGSState) -> LBFGSState:
        """Return the state after one more gradient of each row, on the loss of its stage."""
        done = int(state.steps.max())
        rounded = Rounded(landscape, self._width(done))
        if done and done % self.stage == 0 and done // self.stage < len(self.widths):
            found = self._entered(rounded, state)
        else:
            found = super().step(rounded, state)
        running = state.status == Status.RUNNING
        status = torch.where(running, self._going(found.status, done), found.status)
        return replace(found, status=status)

    def seen(self, landscape: Landscape, state: LBFGSState) -> tuple[Values, Values]:
        """Return the losses of the networks themselves, and the gradient norms of the rounded."""
        return landscape.value(state.points), state.norms

    def _entered(self, rounded: Rounded, state: LBFGSState) -> LBFGSState:
        """The state on the loss of the next stage: of the curvature before nothing is known."""
        fresh = super().init(rounded, state.points)
        running = state.status == Status.RUNNING
        found = chosen(running, fresh, state)
        return replace(found, steps=state.steps + running.long())

    def _width(self, done: int) -> float:
        return self.widths[min(done // self.stage, len(self.widths) - 1)]

    def _going(self, status: Tensor, done: int) -> Tensor:
        """Nothing has ended before the last stage, unless it failed."""
        if done // self.stage >= len(self.widths) - 1:
            return status
        ended = (status == Status.CONVERGED) | (status == Status.STALLED)
        return torch.where(ended, int(Status.RUNNING), status)
