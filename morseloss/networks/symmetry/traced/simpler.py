"""`simpler_of`: rarer operations of torch, said by those that the reader knows.

The one idea: what an operation leaves of the freedom follows from what it is made of, where torch
or a line of mathematics says of what; then it needs no rule of its own.
"""

from collections.abc import Callable, Sequence
from string import ascii_letters
from typing import Any

import torch
from torch import Tensor
from torch._decomp import get_decompositions

__all__ = ["simpler_of"]

aten = torch.ops.aten


def trilinear(
    one: Tensor,
    two: Tensor,
    three: Tensor,
    *axes: Sequence[int],
    unroll_dim: int = 1,
) -> Tensor:
    """A product of three tensors, summed over some axes: what `nn.Bilinear` calls.

    `axes` are those that each of the three lacks, and those that are summed over.
    """
    letters = ascii_letters[: one.ndim + len(axes[0])]
    told = ["".join(c for i, c in enumerate(letters) if i not in gone) for gone in axes]
    return torch.einsum(f"{','.join(told[:3])}->{told[3]}", one, two, three)


def distances(one: Tensor, other: Tensor, order: float, mode: int | None = None) -> Tensor:
    """Distances of all rows of one from all of the other: what `torch.cdist` calls."""
    apart = one[..., :, None, :] - other[..., None, :, :]
    return (apart**2).sum(-1) ** 0.5 if order == 2 else torch.linalg.vector_norm(apart, order, -1)


SIMPLER: dict[Any, Callable[..., Any]] = {
    **get_decompositions([
        aten._weight_norm_interface, aten.pixel_shuffle, aten.pixel_unshuffle, aten.channel_shuffle
    ]),
    aten._trilinear.default: trilinear,
    aten._cdist_forward.default: distances,
}  # fmt: skip


def simpler_of(func: Any) -> Callable[..., Any] | None:
    """Return what an operation is made of, if it is to be written down as that."""
    if func in SIMPLER:
        return SIMPLER[func]
    composed = torch._C._dispatch_has_kernel_for_dispatch_key(
        func.name(), "CompositeImplicitAutograd"
    )
    return func.decompose if composed else None
