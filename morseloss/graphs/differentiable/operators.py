"""Code on plain numbers as operators of torch, which `torch.func` and `torch.compile` pass through.

The one idea: what an operator computes is whole numbers, rows of something, so it has no derivative
and needs none; torch must know what shape they have, and how `vmap` hands over a batch.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["operator_of"]

HOUSE = torch.library.Library("morseloss", "DEF")  # lives as long as its operators are to live


def operator_of(
    signature: str, code: Callable[..., Tensor], shape: Callable[..., Tensor]
) -> Callable[..., Tensor]:
    """Return a function as an operator of torch.

    Parameters
    ----------
    signature : str
        Name and arguments as torch writes them: tensors, with leading axes of a batch, come first.
    code : callable
        What it does; it returns one tensor of integers, with the same leading axes.
    shape : callable
        The same for tensors without numbers: it returns an empty tensor.
    """
    name = signature.partition("(")[0]
    HOUSE.define(f"{signature} -> Tensor")
    HOUSE.impl(name, code, "CompositeExplicitAutograd")
    operator = getattr(torch.ops.morseloss, name)

    def batched(info: Any, in_dims: tuple[int | None, ...], *given: Any) -> tuple[Tensor, int]:
        parts = [
            part
            if not isinstance(part, Tensor)
            else part.expand(info.batch_size, *part.shape)
            if dim is None
            else part.movedim(dim, 0)
            for part, dim in zip(given, in_dims, strict=True)
        ]
        return operator(*parts), 0

    torch.library.register_fake(f"morseloss::{name}", shape, lib=HOUSE)
    torch.library.register_vmap(f"morseloss::{name}", batched, lib=HOUSE)
    return operator
