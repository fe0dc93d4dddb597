"""Tensors at the door of what is differentiable: floats, of fitting shapes, on one device.

The one idea: a tensor keeps its dtype and its device; what is refused is named with what to do.
"""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morseloss.kinds import kind_of

__all__ = ["check_same_device", "floats", "integers_of", "numbers"]


def floats(name: str, given: Any, shape: str) -> Float[Tensor, "..."]:
    """Return a tensor of floats as it is.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    given : Tensor
        What came.
    shape : str
        What it should be, for the message.

    Raises
    ------
    ValueError
        If it is no tensor, or one of integers or of complex numbers, or on the device "meta".

    Examples
    --------
    >>> floats("values", torch.zeros(2), "(n,)")
    tensor([0., 0.])
    """
    if not isinstance(given, Tensor):
        raise ValueError(
            f"`{name}` must be a torch tensor of shape {shape}, got {kind_of(given)}; use "
            f"`torch.as_tensor({name})`, or `ml.barcode` where no gradient is wanted"
        )
    if not given.is_floating_point():
        raise ValueError(
            f"`{name}` must hold floats, which alone have gradients, got {given.dtype}; use "
            f"`{name}.double()`"
        )
    if given.device.type == "meta":
        raise ValueError(f"`{name}` must hold numbers, got a tensor on the device meta, without")
    return given


def integers_of(name: str, given: Any) -> Tensor:
    """Return whole numbers as a tensor, wherever they are.

    Raises
    ------
    ValueError
        If they are others.

    Examples
    --------
    >>> integers_of("edges", [[0, 1]])
    tensor([[0, 1]])
    """
    try:
        found = given if isinstance(given, Tensor) else torch.as_tensor(np.array(given))
    except (TypeError, ValueError) as error:
        raise ValueError(f"`{name}` must hold integers, got {kind_of(given)} ({error})") from None
    whole = not (found.is_floating_point() or found.is_complex() or found.dtype == torch.bool)
    if found.numel() and not whole:
        raise ValueError(
            f"`{name}` must hold integers, rows of minima, got {found.dtype}; use `{name}.long()`"
        )
    return found.long()


def check_same_device(**tensors: Tensor) -> None:
    """Pass tensors that lie on one device.

    Raises
    ------
    ValueError
        If they lie on two.

    Examples
    --------
    >>> check_same_device(a=torch.zeros(1), b=torch.zeros(2))
    """
    (first, one), *others = tensors.items()
    for name, other in others:
        if other.device != one.device:
            raise ValueError(
                f"`{first}` and `{name}` must be on one device, got {one.device} and "
                f"{other.device}; use `{name}.to({first}.device)`"
            )


def numbers(tensor: Tensor) -> np.ndarray:
    """Return the numbers of a tensor of floats, exactly, as float64 on the CPU."""
    return tensor.detach().cpu().double().numpy()
