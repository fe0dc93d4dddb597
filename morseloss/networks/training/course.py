"""`Descent`: how networks are trained, from the first mini-batch to the last full gradient.

The one idea: a recipe is one value. A training takes it, a folder keeps it by its fields, and two
of them can be compared.
"""

from dataclasses import dataclass

import torch

from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.optimisers import Adam, Optimiser
from morseloss.networks.training.schedules import Schedule

__all__ = ["Descent"]


@dataclass(frozen=True)
class Descent:
    """How networks are trained: on mini-batches, then on all images.

    Parameters
    ----------
    schedule : Schedule
        `Constant`, `Cosine`, `Cyclical` or `Ramp`.
    epochs : int
        Passes over the images on mini-batches.
    size : int
        Images in a mini-batch; all networks see the same ones.
    optimiser : Optimiser
        `Adam` or `Momentum`, for the mini-batches.
    finish : LBFGS or None
        Descends on all images afterwards, as `converge` does; `Rounding` where activations have
        kinks, as ReLU. None leaves it out, and no status is `CONVERGED`.
    steps : int
        Gradients on all images at most.
    dtype : torch.dtype
        In which networks are trained: float64 where the gradient norm shall become small.

    Raises
    ------
    ValueError
        If a field is of another kind, or out of its range.

    Examples
    --------
    >>> from morseloss.networks import Cosine, Descent
    >>> Descent(Cosine(0.03, 20), epochs=20, size=32).steps
    3000
    """

    schedule: Schedule
    epochs: int
    size: int
    optimiser: Optimiser = Adam()
    finish: LBFGS | None = LBFGS()
    steps: int = 3000
    dtype: torch.dtype = torch.float64

    def __post_init__(self) -> None:
        self._check_kinds()
        whole = all(n % 1 == 0 for n in (self.epochs, self.size, self.steps))
        if not whole or min(self.epochs, self.steps) < 0 or self.size < 1:
            raise ValueError(
                "`epochs` and `steps` must be whole numbers, 0 or more, and `size` 1 or more, got "
                f"{self.epochs}, {self.steps} and {self.size}"
            )

    def _check_kinds(self) -> None:
        kinds = {
            "schedule": (isinstance(self.schedule, Schedule), "Cosine(0.03, epochs)"),
            "optimiser": (isinstance(self.optimiser, Optimiser), "Adam()"),
            "finish": (self.finish is None or isinstance(self.finish, LBFGS), "LBFGS() or None"),
            "dtype": (getattr(self.dtype, "is_floating_point", False), "torch.float64"),
        }
        for name, (fits, example) in kinds.items():
            if not fits:
                raise ValueError(f"`{name}` must be as {example}, got {getattr(self, name)!r}")
