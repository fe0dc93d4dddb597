"""`Epochs`: many networks part of the way through their mini-batches, as it can be stored.

The one idea: the order of the images is a function of one seed and the epoch, so points, optimiser
memory and two numbers are all there is to a training, and it goes on with the same bits.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from morseloss._shapes import Indices, Points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.training.optimisers import Memory, Optimiser
from morseloss.networks.training.schedules import Schedule

__all__ = ["Epochs"]


@dataclass
class Epochs:
    """Training on mini-batches, all runs on the same ones; changes in place.

    Attributes
    ----------
    points : Tensor, shape (runs, dim)
    kept : Tensor, shape (runs, dim)
        Points at the start of the epoch, known to have a finite loss and gradient.
    memory : dict of Tensor, shape (runs, dim)
        Of the optimiser.
    good : Tensor, shape (runs,), bool
        False once a loss or gradient was not finite.
    steps : Tensor, shape (runs,), int64
        Steps made before that.
    losses : list of Tensor, shape (runs,)
        Mean over each epoch.
    seed : int
        Gives the order of the images.
    """

    points: Points
    kept: Points
    memory: Memory
    good: Tensor
    steps: Indices
    seed: int
    losses: list[Tensor] = field(default_factory=list)

    @classmethod
    def begin(cls, starts: Points, optimiser: Optimiser, seed: int) -> "Epochs":
        """Return the state before the first step."""
        count = torch.zeros(len(starts), dtype=torch.long, device=starts.device)
        points = starts.detach().clone()
        return cls(points, points.clone(), optimiser.init(points), count == 0, count, seed)

    @property
    def ends(self) -> Points:
        """Points of the runs; of those that failed, the last good ones."""
        return torch.where(self.good[:, None], self.points, self.kept)

    def order(self, images: int) -> Tensor:
        """Return the order of the images in the next epoch."""
        own = torch.Generator().manual_seed(self.seed + len(self.losses))
        return torch.randperm(images, generator=own)

    def advance(
        self, landscape: NetworkLandscape, optimiser: Optimiser, schedule: Schedule, size: int
    ) -> None:
        """Go through one epoch; images left over at its end are not seen in it."""
        per_epoch = len(landscape) // size
        order = self.order(len(landscape)).to(landscape.device)
        first, total = len(self.losses) * per_epoch, torch.zeros_like(self.points[:, 0])
        for place in range(per_epoch):
            images = landscape.batch(order[place * size : (place + 1) * size])
            values, gradients = images.value_and_gradient(self.points)
            # a sum is finite only if its terms are; rows that failed go on as nan, which costs
            # nothing and disturbs no other row
            self.good = self.good & values.isfinite() & gradients.sum(1).isfinite()
            if place == 0:
                torch.where(self.good[:, None], self.points, self.kept, out=self.kept)
            rate = schedule.rate(first + place, per_epoch)
            optimiser.step(self.points, gradients, self.memory, rate, first + place)
            del gradients  # or the next ones would be computed beside them
            self.steps += self.good
            total += values
        self.losses.append(torch.where(self.good, total / per_epoch, torch.nan))

    def state_dict(self) -> dict[str, Tensor | int]:
        """Return tensors and numbers by name; the tensors are those that change."""
        empty = self.points.new_zeros(0, len(self.points))
        memory = {f"memory.{name}": part for name, part in self.memory.items()}
        return {
            "points": self.points,
            "kept": self.kept,
            "good": self.good,
            "steps": self.steps,
            "losses": torch.stack(self.losses) if self.losses else empty,
            "seed": self.seed,
            **memory,
        }

    @classmethod
    def load(cls, state: dict, device: torch.device) -> "Epochs":
        """Return the training that was stored."""
        parts = {
            name: part.to(device, copy=True)
            for name, part in state.items()
            if isinstance(part, Tensor)
        }
        memory = {
            name.removeprefix("memory."): part
            for name, part in parts.items()
            if name.startswith("memory.")
        }
        return cls(
            parts["points"], parts["kept"], memory, parts["good"], parts["steps"],
            int(state["seed"]), list(parts["losses"]),
        )  # fmt: skip
