"""Recipes of Appendix F: how the paper trained, as printed there or in the papers that it names.

The one idea: a recipe is a `Descent` and a weight decay; whole experiments take it as it is, small
ones replace lengths and rates and say so.
"""

from dataclasses import dataclass

from morseloss.networks import Constant, Descent, Momentum, Ramp
from morseloss.networks.training.schedules import Schedule

__all__ = ["RECIPES", "Recipe", "Steps"]


@dataclass(frozen=True)
class Steps:
    """A rate that falls to a tenth at some epochs.

    Parameters
    ----------
    highest : float
    at : tuple of float
        Epochs.
    """

    highest: float
    at: tuple[float, ...]

    def rate(self, step: int, per_epoch: int) -> float:
        """Return the rate of a step, counted from 0."""
        return self.highest * 0.1 ** sum(step >= epoch * per_epoch for epoch in self.at)


@dataclass(frozen=True)
class Recipe:
    """How networks of one experiment were trained.

    Attributes
    ----------
    descent : Descent
        Without a descent on all images afterwards: the paper has none.
    decay : float
        Weight decay. Table 1 calls its column the norm of the weights.
    source : str
    """

    descent: Descent
    decay: float
    source: str


def _sgd(
    schedule: Schedule, epochs: int, size: int, decay: float, source: str, *, ahead: bool = False
) -> Recipe:
    momentum = Momentum(0.9, nesterov=ahead)
    return Recipe(Descent(schedule, epochs, size, momentum, finish=None), decay, source)


_TABLE = "Table 1 and Appendix F"
_LI = "Li et al. 2018, section 6, as Appendix F says"
RECIPES = {
    "cifar10, constant": _sgd(Constant(1e-4), 4500, 256, 5e-3, _TABLE),
    "cifar10, annealed": _sgd(Ramp(10, 80, 1e-2, 1e-4), 300, 256, 5e-3, _TABLE),
    "svhn, constant": _sgd(Constant(1e-4), 1500, 256, 5e-4, _TABLE),
    "svhn, annealed": _sgd(Ramp(50, 100, 5e-2, 1e-4), 100, 256, 5e-4, _TABLE),
    "skips": _sgd(Steps(0.1, (150, 225, 275)), 300, 128, 5e-4, _LI, ahead=True),
    "deep, no skips": _sgd(Steps(0.01, (150, 225, 275)), 300, 128, 5e-4, _LI, ahead=True),
    "wide": _sgd(
        Ramp(100, 180, 0.1, 1e-3), 200, 128, 5e-4, "Garipov et al. 2018, as Appendix F says"
    ),
}
