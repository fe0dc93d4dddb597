"""`same` and `hash_of`: objects of arrays that are equal where what they hold is.

The one idea: `==` of two arrays is an array, of two objects made of arrays it is True or False, and
equal objects have one hash. Fields that say how something was found (`compare=False`) don't count.
"""

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

__all__ = ["as_array", "hash_of", "rows_chosen", "same"]


def as_array(made: np.ndarray, dtype: Any, copy: bool | None) -> np.ndarray:
    """Return an array that was just made as numpy's `__array__` wants it.

    Raises
    ------
    ValueError
        If it may not be a copy: there is no such array to look at.
    """
    if copy is False:
        raise ValueError("the array is made on request; use `np.asarray` without `copy=False`")
    return made if dtype is None else made.astype(dtype)


def rows_chosen(count: int, rows: Any) -> int | Int[np.ndarray, " chosen"]:
    """Return what stands between the brackets of a sequence as one row, or as an array of rows.

    Parameters
    ----------
    count : int
        How many rows there are.
    rows : int, slice, mask or rows
        Of Python, numpy or torch.

    Raises
    ------
    IndexError
        If there is no such row, or it is none of these.

    Examples
    --------
    >>> rows_chosen(3, -1), rows_chosen(3, slice(None, None, -1)).tolist()
    (2, [2, 1, 0])
    """
    plain = rows.numpy(force=True) if hasattr(rows, "detach") else rows
    chosen = np.arange(count)[plain]
    if chosen.ndim == 0 and not isinstance(plain, bool | np.bool_):
        return int(chosen)
    if chosen.ndim != 1:
        raise IndexError(
            f"rows are chosen by a row, a slice, a mask or a list of rows, got {rows!r}"
        )
    return np.ascontiguousarray(chosen)


def same(self: Any, other: Any) -> bool:
    """Tell whether two objects of one class hold the same, number by number; nan equals nan.

    Parameters
    ----------
    self : object
        Of a dataclass of arrays, tensors, sparse matrices, records of such, or plain values.
    other : object
        Anything; what is of another class is never the same.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.Diagram([0.0], [np.inf]) == ml.Diagram([0.0], [np.inf]), ml.Diagram([0.0], [1.0]) == 3
    (True, False)
    """
    if self is other:
        return True
    return type(self) is type(other) and all(
        _alike(getattr(self, field.name), getattr(other, field.name))
        for field in fields(self)
        if field.compare
    )


def hash_of(self: Any) -> int:
    """Return a hash that equal objects share: that of the numbers in the first field.

    Examples
    --------
    >>> import morseloss as ml
    >>> len({ml.Diagram([0.0], [np.inf]), ml.Diagram([-0.0], [np.inf])})
    1
    """
    first = _plain(getattr(self, fields(self)[0].name)).astype(np.float64)
    return hash((type(self), first.shape, (np.nan_to_num(first) + 0.0).tobytes()))  # -0 is 0


def _alike(one: Any, other: Any) -> bool:
    """Tell whether two parts hold the same."""
    if one is other:
        return True
    if hasattr(one, "tocoo") and hasattr(other, "tocoo"):
        return one.shape == other.shape and not (one != other).nnz
    if _is_array(one) and _is_array(other):
        one, other = _plain(one), _plain(other)
        return np.array_equal(one, other, equal_nan=one.dtype.kind == other.dtype.kind == "f")
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if is_dataclass(one) and type(one).__eq__ is object.__eq__:
        return same(one, other)
    return not _is_array(one) and not _is_array(other) and bool(one == other)


def _is_array(part: Any) -> bool:
    return isinstance(part, np.ndarray) or hasattr(part, "detach")


def _plain(part: Any) -> np.ndarray:
    """Return the numbers of an array or a tensor, wherever it lies."""
    return part.detach().cpu().numpy() if hasattr(part, "detach") else np.asarray(part)
