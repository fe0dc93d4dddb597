"""`Edges`: what is known between neighbouring trajectories of a disc.

The one idea: an edge is open until its ends are so close, on every level, that nothing can hide
between them; a part remembers how wide the whole was, since the parts of a curve without a leap
are shorter than the whole.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from morseloss._rows import put, take
from morseloss._shapes import SomeRows, SomeValues

__all__ = ["Edges"]


@dataclass(frozen=True, eq=False)
class Edges:
    """What lies between neighbouring samples: nothing, a flow line, or too much to tell.

    Attributes
    ----------
    open : Tensor of bool, shape (samples,)
        To be refined.
    columns : Tensor, shape (samples,), int64
        The level on which they part, or at whose saddle a flow line ends.
    lines : Tensor of bool, shape (samples,)
    signs : Tensor, shape (samples,)
    gaps, before : Tensor, shape (samples, levels)
        How far the ends are apart on each level, and how far those of the edge were of which this
        one is a part; infinite where that is not known.
    """

    open: Bool[Tensor, " samples"]
    columns: Int[Tensor, " samples"]
    lines: Bool[Tensor, " samples"]
    signs: SomeValues
    gaps: Float[Tensor, "samples levels"]
    before: Float[Tensor, "samples levels"]

    @classmethod
    def unknown(cls, count: int, levels: int) -> "Edges":
        """Return so many open edges of which nothing is known."""
        no = torch.zeros(count, dtype=torch.bool)
        far = torch.full((count, levels), torch.inf, dtype=torch.float64)
        return cls(~no, no.long(), no, no.double(), far, far)

    def divided(self, behind: SomeRows) -> "Edges":
        """Return these with the rows divided, by as many samples as stand behind each."""
        rows = behind.unique()
        parent = take(self, rows)
        open_again = replace(parent, open=torch.ones_like(parent.open), before=parent.gaps)
        divided = put(self, rows, open_again)
        whole = torch.cat([torch.arange(len(self.open)), behind])
        return take(divided, whole.sort(stable=True).values)
