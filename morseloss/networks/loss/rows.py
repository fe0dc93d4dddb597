"""Rows: data with one row an image, as a tensor or a tuple or dict of tensors.

The one idea: inputs, targets and outputs may be of several tensors; what is done to rows is done to
each of them. What cannot be data is refused here, by name.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

__all__ = [
    "Tree", "cast", "check_data", "device_of", "like", "mapped", "sliceable", "spread", "stacked",
    "taken", "tensors_of",
]  # fmt: skip

Tree = Any
"""A tensor, or a tuple or dict of trees; outputs of a module may be other objects of tensors."""

DEPTH = 4  # of objects within objects


def tensors_of(tree: Tree, depth: int = DEPTH) -> list[Tensor]:
    """Return the tensors of a tree, or of any object that holds some."""
    if isinstance(tree, Tensor):
        return [tree]
    if depth < 0:
        return []
    if isinstance(tree, Mapping):
        parts = tree.values()
    elif isinstance(tree, tuple | list):
        parts = tree
    else:
        held = hasattr(tree, "__dict__") and not isinstance(tree, type)
        parts = vars(tree).values() if held else ()
    return [tensor for part in parts for tensor in tensors_of(part, depth - 1)]


def mapped(tree: Tree, change: Callable[[Tensor], Tensor]) -> Tree:
    """Return a tree of changed tensors."""
    if isinstance(tree, Tensor):
        return change(tree)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(mapped(part, change) for part in tree))
    if isinstance(tree, tuple | list):
        return type(tree)(mapped(part, change) for part in tree)
    if isinstance(tree, dict):
        fresh = copy.copy(tree)
        for key, part in tree.items():
            fresh[key] = mapped(part, change)
        return fresh
    if hasattr(tree, "__dict__") and tensors_of(tree):
        fresh = copy.copy(tree)
        vars(fresh).update({key: mapped(part, change) for key, part in vars(tree).items()})
        return fresh
    return tree


def sliceable(tree: Tree, rows: int) -> bool:
    """Return whether a tree has so many rows in each tensor, and nothing but tensors."""
    if isinstance(tree, tuple | list | dict):
        parts = tree.values() if isinstance(tree, dict) else tree
        return all(sliceable(part, rows) for part in parts)
    return isinstance(tree, Tensor) and tree.ndim > 0 and len(tree) == rows


def taken(tree: Tree, rows: Tensor | slice) -> Tree:
    """Return some rows."""
    return tree[rows] if isinstance(tree, Tensor) else mapped(tree, lambda part: part[rows])


def stacked(trees: list[Tree]) -> Tree:
    """Return several trees as one, with an axis for them in front.

    Raises
    ------
    TypeError
        If they are not made of tuples and dicts.
    """
    first = trees[0]
    if isinstance(first, Tensor):
        return torch.stack(trees)
    if isinstance(first, tuple | list):
        return tuple(stacked(list(parts)) for parts in zip(*trees, strict=True))
    if isinstance(first, Mapping):
        return {key: stacked([tree[key] for tree in trees]) for key in first}
    raise TypeError(f"outputs of class {type(first).__name__} cannot be stacked; return a tensor")


def cast(tree: Tree, dtype: torch.dtype) -> Tree:
    """Return the numbers in a precision; integers stay as they are."""
    if isinstance(tree, Tensor):
        return like(tree, dtype)
    return mapped(tree, lambda part: like(part, dtype))


def like(tensor: Tensor, dtype: torch.dtype, device: torch.device | None = None) -> Tensor:
    """Return real or complex numbers in a precision, integers as they are, on a device."""
    if tensor.is_floating_point():
        return tensor.to(device, dtype)
    return tensor.to(device, dtype.to_complex()) if tensor.is_complex() else tensor.to(device)


def device_of(tree: Tree) -> torch.device:
    """Return where the first tensor is."""
    return tensors_of(tree)[0].device


def spread(images: int, most: int) -> Tensor:
    """Return rows spread evenly over all images, the first and the last among them."""
    count = min(images, most)
    return torch.linspace(0, images - 1, count, dtype=torch.float64).round().long()


def check_data(inputs: Tree, targets: Tree) -> tuple[Tree, Tree]:
    """Return inputs and targets as plain tensors that ask for no gradient.

    Raises
    ------
    ValueError
        If they are no tensors of one length on one device, or hold `nan` or `inf`: tensor and
        image are named.
    """
    named = [*_named(inputs, "inputs"), *_named(targets, "targets")]
    for name, part in named:
        _check_tensor(name, part)
    (first, lead), *others = named
    for name, part in others:
        if part.device != lead.device:
            raise ValueError(f"`{first}` are on {lead.device}, `{name}` on {part.device}; move one")
        if len(part) != len(lead):
            raise ValueError(
                f"`{first}` and `{name}` must have one row an image, got {len(lead)} and "
                f"{len(part)}"
            )
    if lead.device.type == "meta":
        raise ValueError(f"`{first}` are on meta and hold no numbers; pass some that do")
    for name, part in named:
        _check_finite(name, part)
    return mapped(inputs, _plain), mapped(targets, _plain)


def _named(tree: Tree, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, tuple) and tree:
        for place, part in enumerate(tree):
            yield from _named(part, f"{name}[{place}]")
    elif isinstance(tree, dict) and tree:
        for key, part in tree.items():
            yield from _named(part, f"{name}[{key!r}]")
    else:
        yield name, tree


def _check_tensor(name: str, part: Any) -> None:
    wanted = f"`{name}` must be a tensor with one row an image, or a tuple or dict of such"
    if not isinstance(part, Tensor):
        way = "; use `torch.as_tensor(...)`" if hasattr(part, "__array__") else ""
        raise ValueError(f"{wanted}, got {type(part).__name__}{way or _ways(part)}")
    if part.layout != torch.strided or part.is_nested or part.is_quantized:
        raise ValueError(f"{wanted}, got a {part.layout} tensor; use `.to_dense()`")
    if not part.ndim or not len(part):
        raise ValueError(f"{wanted}, got shape {tuple(part.shape)}")


def _ways(part: Any) -> str:
    if isinstance(part, list):
        return "; use `torch.stack(...)` for images, `tuple(...)` for several arguments"
    return "; a loader or data set stands alone, with no `targets`" if hasattr(
        part, "__getitem__"
    ) else ""  # fmt: skip


def _check_finite(name: str, part: Tensor) -> None:
    if not (part.is_floating_point() or part.is_complex()) or not part.numel():
        return
    real = torch.view_as_real(part) if part.is_complex() else part
    real = real if real.dtype in (torch.float32, torch.float64) else real.float()
    if all(bool(edge.isfinite()) for edge in real.aminmax()):
        return
    bad = (~real.isfinite()).reshape(len(part), -1).any(1).nonzero().flatten()
    kind = "nan" if bool(real[bad[0]].isnan().any()) else "inf"
    raise ValueError(
        f"`{name}` must be finite, got {kind} in image {int(bad[0])} ({len(bad)} of {len(part)} "
        "images are not finite); drop or fill them"
    )


def _plain(part: Tensor) -> Tensor:
    part = part.detach()
    if type(part) is not Tensor:
        part = part.as_subclass(Tensor)
    return part.clone() if part.is_inference() else part
