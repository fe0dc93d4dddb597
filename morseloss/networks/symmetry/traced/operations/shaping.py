"""What views, cuts and joins of tensors do to the trees of their axes.

The one idea: nothing is computed here, entries only get other places; the trees follow them, and
where entries of one space go different ways, it is cut.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from morseloss.networks.symmetry.traced.operations.pointwise import broadcast
from morseloss.networks.symmetry.traced.reader import Reader, Value
from morseloss.networks.symmetry.traced.spaces import (
    Cat,
    Choice,
    Flat,
    Index,
    Leaf,
    Mul,
    Tree,
    Void,
    size_of_tree,
)
from morseloss.networks.symmetry.traced.world import ONE, Mismatch, product

__all__ = ["OPERATIONS", "VIEWS", "cat"]

CAST = "is taken apart by number"


def view(reader: Reader, value: Value, shape: Sequence[int], *_: Any, **__: Any) -> Value:
    """Other axes, in the same order of entries."""
    total = 1
    for size in value.shape:
        total *= size
    known = 1
    for size in shape:
        known *= size if size != -1 else 1
    sizes = tuple(total // known if size == -1 else size for size in shape)
    try:
        return replace(value, axes=tuple(reader.world.regrouped(value.axes, sizes)), constant=None)
    except Mismatch:
        why = f"a view of {list(value.shape)} as {list(sizes)} does not fit other views"
        for axis in reader.plain(value).axes:
            reader.noted(why, axis)
            reader.world.fix(axis, why)
        return Value(tuple(reader.world.fixed(size, why) for size in sizes))


def permute(reader: Reader, value: Value, dims: Sequence[int]) -> Value:
    """Axes in another order."""
    return replace(value, axes=tuple(value.axes[d] for d in dims), constant=None)


def transpose(reader: Reader, value: Value, one: int, other: int) -> Value:
    """Two axes exchanged."""
    axes = [*value.axes]
    axes[one], axes[other] = axes[other], axes[one]
    return replace(value, axes=tuple(axes), constant=None)


def _t(reader: Reader, value: Value) -> Value:
    return replace(value, axes=value.axes[::-1], constant=None)


def expand(reader: Reader, value: Value, shape: Sequence[int], **_: Any) -> Value:
    """Axes along which all is alike."""
    rank = len(shape)
    axes = [ONE] * (rank - len(value.axes)) + [*value.axes]
    grown = [
        (Void(n) if value.zero else Flat(n)) if n > 1 and size_of_tree(axis) == 1 else axis
        for axis, n in zip(axes, shape, strict=True)
    ]
    return replace(value, axes=tuple(grown), constant=None)


def repeat(reader: Reader, value: Value, times: Sequence[int]) -> Value:
    """The same again, along each axis."""
    axes = [ONE] * (len(times) - len(value.axes)) + [*value.axes]
    grown = [product((Flat(n), axis)) for n, axis in zip(times, axes, strict=True)]
    return replace(value, axes=tuple(grown), constant=None)


def unsqueeze(reader: Reader, value: Value, dim: int) -> Value:
    """One more axis."""
    dim %= len(value.axes) + 1
    return replace(value, axes=(*value.axes[:dim], ONE, *value.axes[dim:]), constant=None)


def squeeze(reader: Reader, value: Value, dims: int | Sequence[int] | None = None) -> Value:
    """Without axes of one entry."""
    rank = len(value.axes)
    listed = range(rank) if dims is None else [dims] if isinstance(dims, int) else dims
    gone = {d % rank for d in listed}
    axes = [
        a for i, a in enumerate(value.axes) if i not in gone or size_of_tree(a) != 1
    ]  # fmt: skip
    return replace(value, axes=tuple(axes), constant=None)


def select(reader: Reader, value: Value, dim: int, index: int) -> Value:
    """One entry along an axis."""
    dim %= len(value.axes)
    index %= value.shape[dim]
    part = narrow(reader, value, dim, index, index + 1)
    return replace(part, axes=(*part.axes[:dim], *part.axes[dim + 1 :]))


def narrow(reader: Reader, value: Value, dim: int, start: int, end: int) -> Value:
    """Some entries along an axis, one after the other."""
    axis = reader.world.opened(value.axes[dim])
    size = size_of_tree(axis)
    if (start, end) == (0, size):
        return value
    if isinstance(axis, Index):
        if end - start > 1:
            return narrow(reader, reader.plain(value), dim, start, end)
        axes = tuple(_chosen(reader, part, axis.number, start) for part in value.axes)
        return replace(value, axes=(*axes[:dim], ONE, *axes[dim + 1 :]))
    if isinstance(axis, Leaf) and not reader.root(axis).bare:
        if reader.world.recast(axis.space, size):
            part = reader.world.fixed(end - start, CAST)
            return replace(value, axes=(*value.axes[:dim], part, *value.axes[dim + 1 :]))
    if isinstance(axis, Choice):
        return narrow(reader, reader.plain(value), dim, start, end)
    part = _piece(reader, axis, start, end)
    return replace(value, axes=(*value.axes[:dim], part, *value.axes[dim + 1 :]), constant=None)


def _piece(reader: Reader, axis: Tree, start: int, end: int) -> Tree:
    world, size = reader.world, size_of_tree(axis)
    try:
        _, rest = world.cut(axis, start) if start else (ONE, axis)
        part, _ = world.cut(rest, end - start) if end < size else (rest, ONE)
        return ONE if end - start == 1 and not isinstance(part, Void) else part
    except Mismatch:
        if isinstance(axis, Mul) and (found := _inner(reader, axis, start, end)) is not None:
            return found
        why = f"entries {start} to {end} of {size} are taken apart"
        world.fix(axis, why)
        return world.fixed(end - start, why)


def _inner(reader: Reader, axis: Mul, start: int, end: int) -> Tree | None:
    """A piece within one entry of the slowest factor, all of whose entries are told apart."""
    first, *rest = axis.parts
    block = size_of_tree(axis) // size_of_tree(first)
    if start // block != (end - 1) // block:
        return None
    reader.world.fix(first, CAST)
    return _piece(reader, product(rest), start % block, (end - 1) % block + 1)


def _chosen(reader: Reader, tree: Tree, number: int, index: int) -> Tree:
    tree = reader.world.opened(tree)
    if isinstance(tree, Choice) and tree.number == number:
        return tree.parts[index]
    if isinstance(tree, Choice):
        parts = tuple(_chosen(reader, part, number, index) for part in tree.parts)
        return Choice(tree.number, parts)
    if isinstance(tree, Mul):
        return product(_chosen(reader, part, number, index) for part in tree.parts)
    if isinstance(tree, Cat):
        return reader.world.row([_chosen(reader, part, number, index) for part in tree.parts])
    return tree


def cut_out(
    reader: Reader, value: Value, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Value:
    """A slice."""
    dim %= len(value.axes)
    size = value.shape[dim]
    start, end, step = slice(start, end, step).indices(size)
    if step == 1:
        return narrow(reader, value, dim, start, end)
    axis = value.axes[dim]
    if size % step or end - start != size - start or start >= step:
        raise NotImplementedError
    outer, inner = reader.world.regrouped((axis,), (size // step, step))
    reader.world.fix(inner, CAST)
    return replace(value, axes=(*value.axes[:dim], outer, *value.axes[dim + 1 :]), constant=None)


def split(reader: Reader, value: Value, sizes: int | Sequence[int], dim: int = 0) -> Any:
    """Consecutive slices."""
    dim %= len(value.axes)
    total = value.shape[dim]
    if isinstance(sizes, int):
        sizes = [min(sizes, total - start) for start in range(0, total, sizes)]
    parts, start = [], 0
    for size in sizes:
        parts.append(narrow(reader, value, dim, start, start + size))
        start += size
    return tuple(parts)


def unbind(reader: Reader, value: Value, dim: int = 0) -> Any:
    """Each entry along an axis by itself."""
    dim %= len(value.axes)
    return tuple(select(reader, value, dim, i) for i in range(value.shape[dim]))


def cat(reader: Reader, values: Sequence[Value], dim: int = 0) -> Value:
    """Tensors one after the other."""
    values = [reader.plain(v) for v in values if v.shape != (0,)]
    dim %= len(values[0].axes)
    axes = []
    for place in range(len(values[0].axes)):
        trees = [v.axes[place] for v in values]
        if place == dim:
            parts = [
                Void(size_of_tree(v.axes[dim])) if v.zero else v.axes[dim] for v in values
            ]  # fmt: skip
            axes.append(reader.world.row(parts) if sum(map(size_of_tree, parts)) > 1 else ONE)
            continue
        trees = [t for t, v in zip(trees, values, strict=True) if not v.zero] or trees[:1]
        first, *others = trees
        for other in others:
            first = reader.met(first, other, reader.added)
        axes.append(first)
    return Value(tuple(axes))


def stack(reader: Reader, values: Sequence[Value], dim: int = 0) -> Value:
    """Tensors along a new axis."""
    dim %= len(values[0].axes) + 1
    found = cat(reader, [unsqueeze(reader, v, dim) for v in values], dim)
    fresh = reader.world.fixed(len(values), "stacked")
    return Value((*found.axes[:dim], fresh, *found.axes[dim + 1 :]))


def pad(reader: Reader, value: Value, widths: Sequence[int], filling: float = 0) -> Value:
    """Constants before and after."""
    axes = [*value.axes]
    padded = {len(axes) - 1 - i // 2 for i, width in enumerate(widths) if width}
    if value.squared or reader.waits(value) in {None, *padded}:
        value = reader.plain(value)
        axes = [*value.axes]
    for place in range(len(widths) // 2):
        low, high = widths[2 * place : 2 * place + 2]
        dim = len(axes) - 1 - place
        if not (low or high):
            continue
        if low < 0 or high < 0:
            raise NotImplementedError
        if filling:
            value = _filled(reader, value, dim, (low, high), filling)
            axes = [*value.axes]
            continue
        around = [Void(low)] * bool(low), [Void(high)] * bool(high)
        axes[dim] = reader.world.row([*around[0], axes[dim], *around[1]])
    return Value(tuple(axes), gain=value.gain)


def _filled(
    reader: Reader, value: Value, dim: int, widths: tuple[int, int], filling: float
) -> Value:
    """Numbers that are not 0 before and after, along one axis."""
    low, high = (
        reader.constant(torch.full((*value.shape[:dim], n, *value.shape[dim + 1 :]), filling))
        for n in widths
    )
    return cat(reader, [low, value, high], dim)


def _kept(reader: Reader, value: Value, *_: Any, **__: Any) -> Value:
    return replace(value, constant=None)


def _copied(reader: Reader, target: Value, source: Value, *_: Any) -> Value:
    return expand(reader, source, target.shape)


def _scattered(
    reader: Reader, target: Value, source: Value, dim: int = 0, start: Any = None,
    end: Any = None, step: int = 1,
) -> Value:  # fmt: skip
    dim %= len(target.axes)
    size = target.shape[dim]
    start, end, step = slice(start, end, step).indices(size)
    if step != 1:
        raise NotImplementedError
    if (start, end) == (0, size):
        return source
    parts = [source]
    if start:
        parts.insert(0, narrow(reader, target, dim, 0, start))
    if end < size:
        parts.append(narrow(reader, target, dim, end, size))
    return cat(reader, parts, dim)


def _put_one(reader: Reader, target: Value, source: Value, dim: int, index: int) -> Value:
    dim %= len(target.axes)
    index %= target.shape[dim]
    return _scattered(reader, target, unsqueeze(reader, source, dim), dim, index, index + 1)


def _mirrored(reader: Reader, value: Value, *rest: Any) -> Value:
    """Entries in another order along some axes."""
    dims = {d % len(value.axes) for d in (rest[-1] or range(len(value.axes)))}
    if value.squared or reader.waits(value) in {None, *dims}:
        value = reader.plain(value)
    axes = []
    for place, axis in enumerate(value.axes):
        if place in dims and not isinstance(axis, Flat | Void):
            reader.world.fix(axis, "its entries get another order")
            axis = reader.world.fixed(size_of_tree(axis))
        axes.append(axis)
    return Value(tuple(axes), gain=value.gain)


def _taken(reader: Reader, value: Value, dim: int, index: Value) -> Value:
    """Entries by number along an axis."""
    value = reader.plain(value)
    dim %= len(value.axes)
    axis, size = reader.world.opened(value.axes[dim]), value.shape[dim]
    numbers = index.constant
    got: Tree | None = None
    if numbers is not None and numbers.ndim == 1 and len(numbers) % size == 0:
        times, plain = len(numbers) // size, torch.arange(size)
        if torch.equal(numbers.cpu(), plain.repeat_interleave(times)):
            got = product((axis, Flat(times)))
        elif torch.equal(numbers.cpu(), plain.repeat(times)):
            got = product((Flat(times), axis))
    if got is None:
        reader.world.fix(axis, "its entries are taken by number")
        shape = tuple(index.shape)
        fresh = tuple(
            Flat(n) if isinstance(axis, Flat) and n > 1 else reader.world.fixed(n) for n in shape
        )
        return Value((*value.axes[:dim], *fresh, *value.axes[dim + 1 :]))
    return Value((*value.axes[:dim], got, *value.axes[dim + 1 :]))


def _indexed(reader: Reader, value: Value, indices: Sequence[Value | None]) -> Value:
    places = [i for i, index in enumerate(indices) if index is not None]
    if len(places) == 1:
        return _taken(reader, value, places[0], indices[places[0]])  # pyright: ignore
    value = reader.plain(value)
    for place in places:
        reader.world.fix(value.axes[place], "its entries are taken by number")
    if places != list(range(places[0], places[-1] + 1)):
        raise NotImplementedError
    held = [index for index in indices if index is not None]
    rows = broadcast(*[Value(index.axes) for index in held])
    shape = [max(size_of_tree(row[i]) for row in rows) for i in range(len(rows[0]))]
    fresh = [reader.world.fixed(size) for size in shape]
    axes = (*value.axes[: places[0]], *fresh, *value.axes[places[-1] + 1 :])
    return Value(axes)


def _looked_up(reader: Reader, table: Value, index: Value, *_: Any) -> Value:
    """Rows of an embedding."""
    table = reader.plain(table)
    reader.world.fix(table.axes[0], "an embedding's rows are inputs")
    axes = tuple(reader.world.fixed(size_of_tree(axis)) for axis in index.axes)
    return Value((*axes, table.axes[1]))


def _strided(reader: Reader, value: Value, shape: Sequence[int], *_: Any) -> Value:
    """Other strides, where axes of one entry alone come or go."""
    if [n for n in shape if n > 1] != [n for n in value.shape if n > 1]:
        raise NotImplementedError
    return view(reader, value, shape)


VIEWS: dict[str, Callable[..., Any]] = {
    "view": view, "_unsafe_view": view, "reshape": view, "_reshape_alias": view,
    "permute": permute, "transpose": transpose, "t": _t, "expand": expand,
    "unsqueeze": unsqueeze, "squeeze": squeeze, "select": select, "slice": cut_out,
    "split": split, "split_with_sizes": split, "unsafe_split": split,
    "unsafe_split_with_sizes": split, "unbind": unbind, "detach": _kept, "alias": _kept,
    "clone": _kept, "contiguous": _kept, "_to_copy": _kept, "lift_fresh_copy": _kept,
    "lift_fresh": _kept, "view_copy": view, "narrow": lambda r, v, d, s, n: narrow(
        r, v, d % len(v.axes), s, s + n),
}  # fmt: skip
OPERATIONS: dict[str, Callable[..., Any]] = {
    **VIEWS,
    "cat": cat, "stack": stack, "repeat": repeat, "constant_pad_nd": pad, "copy": _copied,
    "slice_scatter": _scattered, "select_scatter": _put_one, "flip": _mirrored, "roll": _mirrored,
    "index_select": _taken, "index": _indexed, "embedding": _looked_up, "as_strided": _strided,
}  # fmt: skip
