"""`Samples`: the trajectories of descending discs that have been followed, in their cyclic order.

The one idea: a disc is known by neighbours. A trajectory may begin on the first circle of its disc,
or between two neighbours on a lower level: where the flow pulls them apart by more than a float can
tell on the circle, it is cut and refined there.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from morseloss._rows import joined, take
from morseloss._shapes import SomeRows, SomeValues

__all__ = ["Samples"]


@dataclass(frozen=True, eq=False)
class Samples:
    """Trajectories, ordered by disc and then along its circle.

    Attributes
    ----------
    discs : Tensor, shape (samples,), int64
    angles : Tensor, shape (samples,)
        On the first circle; nan for a trajectory that begins on a lower level.
    stages : Tensor, shape (samples,), int64
        Column of the level on which it begins, -1 for the first circle.
    crossings : Tensor, shape (samples, levels, dim)
        Where it crosses each level from there on, nan where it does not.
    basins : Tensor, shape (samples,), int64
        The basin it ends in, -1 for none.
    origins : Tensor, shape (samples, 2), int64
        The run and the row in it.
    """

    discs: Int[Tensor, " samples"]
    angles: SomeValues
    stages: Int[Tensor, " samples"]
    crossings: Float[Tensor, "samples levels dim"]
    basins: Int[Tensor, " samples"]
    origins: Int[Tensor, "samples 2"]

    def __len__(self) -> int:
        return len(self.discs)

    def next(self) -> SomeRows:
        """Return for each sample the next one on its disc, after the last one the first."""
        rows = torch.arange(len(self))
        last = torch.ones(len(self), dtype=torch.bool)
        last[:-1] = self.discs[1:] != self.discs[:-1]
        first = torch.zeros(int(self.discs.max()) + 1 if len(self) else 0, dtype=torch.long)
        first[self.discs.flip(0)] = rows.flip(0)
        return torch.where(last, first[self.discs], rows + 1)

    def pairs(self, rows: SomeRows) -> "tuple[Samples, Samples]":
        """Return the given samples, and those next to them."""
        return take(self, rows), take(self, self.next()[rows])

    def inserted(self, fresh: "Samples", behind: SomeRows) -> "Samples":
        """Return these with fresh ones, each behind a row; those behind one row in their order."""
        order = torch.cat([torch.arange(len(self)), behind]).argsort(stable=True)
        return take(joined(self, fresh), order)

    def shared(self, others: "Samples") -> Bool[Tensor, "samples levels"]:
        """Return the levels on which each sample and another one of the same row both are known."""
        columns = torch.arange(self.crossings.shape[1])
        return columns >= torch.maximum(self.stages, others.stages)[:, None]
