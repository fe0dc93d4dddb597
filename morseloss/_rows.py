"""Rows of dataclasses of tensors: taken, put back, joined, chosen, looked at.

The one idea: in a record of struct-of-arrays every tensor has one row a point, a path or whatever
the record is about, so what is done to rows is done field by field, once for all records. A record
inside a record is one of the same rows; what is neither a tensor nor a record stays as it is.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import torch
from jaxtyping import Bool
from torch import Tensor

__all__ = ["chosen", "finite", "joined", "put", "take"]

S = TypeVar("S", bound=Any)
"""A tensor, or a dataclass of tensors, all with the same number of rows."""


def take(record: S, rows: Tensor) -> S:
    """Return the given rows, by number or by a mask."""
    return _each(lambda part: part[rows], record)


def put(whole: S, rows: Tensor, record: S) -> S:
    """Return the whole with the rows of these numbers replaced by those of a record.

    Where the record has more columns than the whole (points of a path that has grown), the whole
    repeats its last one.
    """
    return _each(lambda old, new: _widened(old, new).index_copy(0, rows, new), whole, record)


def joined(first: S, *others: S) -> S:
    """Return all rows, those of one record after those of the other."""
    return _each(lambda *parts: torch.cat(parts), first, *others)


def chosen(mask: Bool[Tensor, " rows"], new: S, old: S) -> S:
    """Return the rows of the new record where the mask is set, those of the old one elsewhere."""
    return _each(lambda a, b: a if a is b else torch.where(_spread(mask, a), a, b), new, old)


def finite(*parts: Tensor) -> Bool[Tensor, " rows"]:
    """Return in which rows all numbers of all parts are finite."""
    good = [part.isfinite() for part in parts]
    rows = [part.flatten(1).all(1) if part.ndim > 1 else part for part in good]
    return torch.stack(rows).all(0)


def _each(form: Callable[..., Tensor], first: Any, *others: Any) -> Any:
    """Apply a function to each tensor of records of one kind."""
    if isinstance(first, Tensor):
        return form(first, *others)
    if not is_dataclass(first) or isinstance(first, type):
        return first
    changed = {}
    for name in (field.name for field in fields(first)):
        part = getattr(first, name)
        made = _each(form, part, *(getattr(other, name) for other in others))
        if made is not part:
            changed[name] = made
    return replace(first, **changed) if changed else first


def _spread(mask: Tensor, part: Tensor) -> Tensor:
    """The mask with as many axes as the part has."""
    return mask.reshape(-1, *[1] * (part.ndim - 1))


def _widened(part: Tensor, like: Tensor) -> Tensor:
    if part.ndim < 2 or part.shape[1] == like.shape[1]:
        return part
    more = like.shape[1] - part.shape[1]
    return torch.cat([part, part[:, -1:].expand(-1, more, *part.shape[2:])], dim=1)
