"""Arguments: what may be passed to a landscape of networks and its methods.

The one idea: what is wrong is told before anything is computed, with what came and what to do.
"""

from typing import Any

import torch
from torch import Tensor

from morseloss._shapes import Points
from morseloss.landscapes.landscape import Landscape

__all__ = ["alike", "check_numbers", "check_vectors", "told"]


def check_numbers(weight_decay: float, chunk: int) -> tuple[float, int]:
    """Return weight decay and chunk as numbers.

    Raises
    ------
    ValueError
        If one is no number, or out of its range.
    """
    try:
        fits = 0 <= weight_decay < float("inf") and chunk >= 1 and int(chunk) == chunk
    except (TypeError, ValueError, RuntimeError):
        fits = False
    if not fits:
        raise ValueError(
            "`weight_decay` must be 0 or more and `chunk` a whole number of 1 or more, got "
            f"{told(weight_decay)} and {told(chunk)}"
        )
    return float(weight_decay), int(chunk)


def check_vectors(points: Points, landscape: Landscape, device: torch.device) -> None:
    """Pass a batch of parameter vectors, finite or not.

    Raises
    ------
    ValueError
        If it is anything else, or on another device.
    """
    if (
        isinstance(points, Tensor)
        and points.ndim == 2
        and points.shape[1] == landscape.dim
        and points.dtype in (torch.float64, torch.float32)
        and points.device == device
    ):
        return
    wanted = f"`points` must be vectors of shape (batch, {landscape.dim}) for {landscape!r}"
    if not isinstance(points, Tensor):
        raise ValueError(f"{wanted}, got {type(points).__name__}; use `torch.as_tensor(...)`")
    if points.ndim != 2 or points.shape[1] != landscape.dim:
        way = "; use `points[None]`" if points.ndim == 1 else ""
        raise ValueError(f"{wanted}, got shape {tuple(points.shape)}{way}")
    if points.device != device:
        raise ValueError(f"{wanted}, on {device}, got {points.device}; move one")
    raise ValueError(f"{wanted}, in float64 or float32, got {points.dtype}; convert them")


def told(thing: Any) -> str:
    """Return what came, in a few words."""
    if isinstance(thing, Tensor):
        return f"shape {tuple(thing.shape)} of {thing.dtype}"
    return f"{thing!r:.60}"


def alike(found: Tensor, held: Tensor) -> bool:
    """Return whether two tensors hold the same numbers, to the precision of the second."""
    if not isinstance(found, Tensor) or found.shape != held.shape:
        return False
    return torch.allclose(found.detach().to(held), held, equal_nan=True)
