"""`WeightMatching` and `ActivationMatching`: by what networks are near each other.

The one idea: a criterion says what is seen of networks. Units are alike whose weights are, or units
that are active on the same images.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from morseloss._shapes import Points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.symmetry.matching.activations import activations
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.symmetry import Symmetry

__all__ = ["WEIGHTS", "ActivationMatching", "Criterion", "WeightMatching"]


@runtime_checkable
class Criterion(Protocol):
    """What is seen of networks, when they are brought near each other."""

    def sight(self, landscape: NetworkLandscape, symmetry: Symmetry, points: Points) -> Sight:
        """Return the networks and what is seen of them."""
        ...


@dataclass(frozen=True)
class WeightMatching:
    """Networks are near whose parameter vectors are.

    References
    ----------
    Ainsworth, Hayase, Srinivasa, "Git Re-Basin: merging models modulo permutation symmetries",
    2023, section 3.2.
    """

    def sight(self, landscape: NetworkLandscape, symmetry: Symmetry, points: Points) -> Sight:
        """Return the networks, seen as they are."""
        return Sight.of_weights(symmetry, points)


WEIGHTS = WeightMatching()


@dataclass(frozen=True)
class ActivationMatching:
    """Units are alike that are active on the same images: by their correlations.

    Each unit is centred and scaled to one length over the images, or places of them, wherever it
    goes into a layer or comes out of one. Copies found so may lie farther away as vectors. Factors
    of units, and matrices that are no rotations, are then set by the weights.

    Parameters
    ----------
    images : int
        The first of the landscape's, at most.

    Raises
    ------
    ValueError
        If it is below 2.

    References
    ----------
    Li et al., "Convergent learning: do different neural networks learn the same representations?",
    2016, section 3.
    Ainsworth, Hayase, Srinivasa, "Git Re-Basin", 2023, section 3.1.
    """

    images: int = 256

    def __post_init__(self) -> None:
        if not isinstance(self.images, int) or self.images < 2:
            raise ValueError(
                f"`images` must be a whole number, 2 or more: one image tells no units apart; got "
                f"{self.images!r}"
            )

    def sight(self, landscape: NetworkLandscape, symmetry: Symmetry, points: Points) -> Sight:
        """Return the networks and the activations of their units.

        Raises
        ------
        ValueError
            If the units of a group go through no layer whose activations can be read.
        """
        return Sight(symmetry, points, *activations(landscape, symmetry, points, self.images))
