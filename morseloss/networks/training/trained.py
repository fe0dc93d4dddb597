"""`Trained`: networks after training, with what was measured of them.

The one idea: convergence is two numbers a run, the gradient norm on all images and the last
relative fall of the loss; both are reported, and a status says which of them was reached.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Indices, Points, Values
from morseloss.graphs.graph import many
from morseloss.status import Status, summary

__all__ = ["History", "Trained"]


@dataclass(frozen=True, eq=False)
class History:
    """How the losses fell.

    Attributes
    ----------
    losses : Tensor, shape (epochs, runs)
        Mean loss over the mini-batches of each epoch; nan where a run has met non-finite numbers.
    steps : Tensor, shape (looks,), int64
        Full-data steps done at each look of the finishing phase.
    values, gradient_norms : Tensor, shape (looks, runs)
        Loss on all images and its gradient norm at each look.
    """

    losses: Float[Tensor, "epochs runs"]
    steps: Indices
    values: Float[Tensor, "looks runs"]
    gradient_norms: Float[Tensor, "looks runs"]


@dataclass(frozen=True, eq=False)
class Trained:
    """Networks trained together.

    Attributes
    ----------
    points : Tensor, shape (runs, dim)
        Parameter vectors; of a run that met non-finite numbers, its last good state.
    values : Tensor, shape (runs,)
        Loss on all images.
    gradient_norms : Tensor, shape (runs,)
        Gradient norm on all images, [value]/[point]; by `Rounding`, of the loss with its kinks
        rounded off.
    falls : Tensor, shape (runs,)
        Relative fall of the loss over the last window of full-data steps; infinite where there
        was none.
    status : Tensor, shape (runs,), int64
        `CONVERGED`: the gradient norm is small. `STALLED`: the loss is flat, the gradient norm is
        not small. `RUNNING`: steps ran out. `NONFINITE`: a loss or gradient was not finite.
        `DIVERGED`: the loss is far above that of the start. The last two have failed.
    steps : Tensor, shape (runs,), int64
        Steps made, on mini-batches and on all images, until the run ended or failed.
    history : History

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.networks.training.convergence import converge
    >>> bowl = ml.Function(lambda x: (x**4 + x**2).sum(-1), dim=2)
    >>> converge(bowl, torch.ones(3, 2, dtype=torch.float64))
    Trained(3 runs of 2 parameters: 3 converged)
    """

    points: Points
    values: Values
    gradient_norms: Values
    falls: Values
    status: Indices
    steps: Indices
    history: History

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        runs = f"{many(len(self), 'run')} of {self.points.shape[1]} parameters"
        return f"Trained({runs}: {summary(self.status.tolist())})"

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence a run: how it ended, what was measured, what to try."""
        return tuple(self._note(run) for run in range(len(self)))

    def good(self) -> Tensor:
        """Return the rows of the runs that did not fail, lowest loss first."""
        failed = (self.status == Status.NONFINITE) | (self.status == Status.DIVERGED)
        rows = (~failed).nonzero().flatten()
        return rows[torch.argsort(self.values[rows], stable=True)]

    def _note(self, run: int) -> str:
        status, steps = Status(int(self.status[run])), int(self.steps[run])
        value, norm = float(self.values[run]), float(self.gradient_norms[run])
        fall = float(self.falls[run])
        told = f"loss {value:.6g}, gradient norm {norm:.1e}, last relative fall {fall:.1e}"
        if status == Status.NONFINITE:
            return (
                f"run {run} met a loss or gradient that is not finite at step {steps}; its last "
                f"good state is kept ({told}); lower the learning rate"
            )
        if status == Status.DIVERGED:
            return (
                f"run {run} ended after {steps} steps, far above the loss of its start ({told}); "
                "lower the learning rate"
            )
        if status == Status.STALLED:
            return (
                f"run {run} is on a plateau after {steps} steps ({told}): the loss is flat and the "
                "gradient is not small, as at a kink of ReLU; go on by `Rounding`, or lower `ftol`"
            )
        if status == Status.RUNNING:
            return (
                f"run {run} was still moving after {steps} steps ({told}); raise `max_steps`, or "
                "pass `finish` if there was none"
            )
        return f"run {run} converged after {steps} steps ({told})"
