"""What taking entries by number, and adding them up by number, leaves of the freedom of a space.

The one idea: along the axis of the numbers entries stand for themselves; along the others they go
through as they are, where the numbers are the same for all of them.
"""

from collections.abc import Callable
from typing import Any

from morseloss.networks.symmetry.traced.operations.pointwise import filled, pointwise
from morseloss.networks.symmetry.traced.reader import Reader, Value
from morseloss.networks.symmetry.traced.spaces import Flat, Tree, size_of_tree
from morseloss.networks.symmetry.traced.world import ONE

__all__ = ["OPERATIONS"]

WHY = "its entries are taken by number"


def _gathered(reader: Reader, value: Value, dim: int, index: Value, **_: Any) -> Value:
    """Of each row the entries of its numbers."""
    value = reader.plain(value)
    dim %= len(value.axes)
    through = _through(reader, value, dim, index)
    return Value((*through[:dim], reader.world.fixed(index.shape[dim], WHY), *through[dim + 1 :]))


def _through(reader: Reader, value: Value, dim: int, index: Value) -> list[Tree]:
    """Return the axes of what is taken; those along which numbers differ are fixed."""
    index = pointwise(reader, index, end=filled)
    axes = []
    for place, (axis, numbers) in enumerate(zip(value.axes, index.axes, strict=True)):
        alike = numbers is ONE or isinstance(numbers, Flat)
        if place == dim or not alike or size_of_tree(axis) != size_of_tree(numbers):
            reader.world.fix(axis, WHY)
            reader.world.fix(numbers, WHY)
            axis = reader.world.fixed(size_of_tree(numbers), WHY)
        axes.append(axis)
    return axes


def _added_by_number(reader: Reader, target: Value, dim: int, index: Value, source: Value) -> Value:
    """Sums of the entries that have one number, on top of what is there."""
    target, source = reader.plain(target), reader.plain(source)
    dim %= len(target.axes)
    return _onto(reader, target, dim, _through(reader, source, dim, index))


def _onto(reader: Reader, target: Value, dim: int, axes: list[Tree]) -> Value:
    """Return axes of a target that something was added to, along one by number."""
    reader.world.fix(target.axes[dim], WHY)
    made = []
    for place, (axis, own) in enumerate(zip(axes, target.axes, strict=True)):
        if place == dim:
            axis = reader.world.fixed(size_of_tree(own), WHY)
        elif size_of_tree(axis) != size_of_tree(own):
            raise NotImplementedError
        elif not target.zero:
            axis = reader.met(axis, own, reader.added)
        made.append(axis)
    return Value(tuple(made))


def _rows_added(
    reader: Reader, target: Value, dim: int, index: Value, source: Value, alpha: float = 1
) -> Value:  # fmt: skip
    """As above, with one number a row."""
    target, source = reader.plain(target), reader.plain(source)
    dim %= len(target.axes)
    reader.world.fix(source.axes[dim], WHY)
    for axis in index.axes:
        reader.world.fix(axis, WHY)
    return _onto(reader, target, dim, [*source.axes])


def _reduced_by_number(
    reader: Reader, target: Value, dim: int, index: Value, source: Value, how: str, **_: Any
) -> Value:  # fmt: skip
    """Sums, means or extremes of the entries that have one number."""
    if how in ("amax", "amin"):
        target, source = (pointwise(reader, part, scale="kept") for part in (target, source))
    elif how not in ("sum", "mean"):
        target, source = (pointwise(reader, part) for part in (target, source))
    return _added_by_number(reader, target, dim, index, source)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "gather": _gathered, "scatter_add": _added_by_number, "index_add": _rows_added,
    "scatter_reduce": _reduced_by_number,
}  # fmt: skip
