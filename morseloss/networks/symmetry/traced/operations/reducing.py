"""What sums, extremes, norms and pooling leave of the freedom of the axes that they run over.

The one idea: a sum keeps the vector of ones, a sum of squares all rotations, an extreme the
permutations.
"""

from collections.abc import Callable, Sequence
from typing import Any

from morseloss.networks.symmetry.traced.operations.pointwise import filled, pointwise
from morseloss.networks.symmetry.traced.reader import Reader, Value
from morseloss.networks.symmetry.traced.spaces import Leaf, Tree, Void, size_of_tree
from morseloss.networks.symmetry.traced.world import ONE

__all__ = ["OPERATIONS", "reduced"]


def dims_of(value: Value, dims: int | Sequence[int] | None) -> set[int]:
    """Return the axes that are meant, all of them without any."""
    rank = len(value.axes)
    if isinstance(dims, int):
        dims = [dims]
    return {d % rank for d in dims} if dims else set(range(rank))


def reduced(value: Value, dims: set[int], *, keepdim: bool) -> Value:
    """A value without some axes, or with one entry along them."""
    axes = [(ONE if i in dims else a) for i, a in enumerate(value.axes) if keepdim or i not in dims]
    if value.zero:
        axes = [Void(n) if (n := size_of_tree(a)) > 1 else ONE for a in axes]
    return Value(tuple(axes), gain=value.gain)


def closed(reader: Reader, tree: Tree, *flags: str, sign: bool = True) -> None:
    """Restrict an axis over which something runs; units cannot be scaled there."""
    reader.world.restrict(tree, *flags)
    for leaf in reader.world.leaves(tree):
        reader.world.vanish(leaf.charge, sign=sign)


def total(
    reader: Reader, value: Value, dims: Any = None, keepdim: bool = False, **_: Any
) -> Value:  # fmt: skip
    """A sum or a mean, of squares too."""
    over = dims_of(value, dims)
    if not value.squared:
        if reader.waits(value) in {None, *over}:
            value = reader.plain(value)
        for place in over:
            closed(reader, value.axes[place], "ones")
        return reduced(value, over, keepdim=keepdim)
    axes = []
    for place, axis in enumerate(value.axes):
        if place in over:
            closed(reader, axis, "orthogonal", sign=False)
            axes.append(axis)
        else:
            axes.append(reader.acted(axis, lambda leaf: leaf.charge.power(2)))
    return reduced(Value(tuple(axes)), over, keepdim=keepdim)


def extreme(
    reader: Reader, value: Value, dims: Any = None, keepdim: bool = False, *_: Any
) -> Value:  # fmt: skip
    """A maximum or a minimum."""
    value = reader.plain(value)
    over = dims_of(value, dims)
    for place in over:
        closed(reader, value.axes[place], "exchanged")
    return reduced(pointwise(reader, value, scale="kept"), over, keepdim=keepdim)


def _extreme_and_place(
    reader: Reader, value: Value, dim: int | None = None, keepdim: bool = False
) -> Any:  # fmt: skip
    """An extreme along an axis, with its place; without an axis that of all entries."""
    found = extreme(reader, value, dim, keepdim)
    return found if dim is None else (found, _beside(reader, value, dim, keepdim))


def _place(reader: Reader, value: Value, dim: int | None = None, keepdim: bool = False) -> Value:
    """The number of an entry, by which entries are told apart."""
    value = reader.plain(value)
    over = dims_of(value, dim)
    for place in over:
        reader.world.fix(value.axes[place], "its entries are told by number")
    return reduced(pointwise(reader, value, scale="lost", end=filled), over, keepdim=keepdim)


def _beside(reader: Reader, value: Value, dim: int, keepdim: bool) -> Value:
    return reader.beside(1, lambda: _place(reader, value, dim, keepdim))


def _sorted(reader: Reader, value: Value, dim: int, size: int) -> Any:
    """Entries by size along an axis, the first few of them."""
    value = pointwise(reader, value, scale="kept")
    dim %= len(value.axes)
    closed(reader, value.axes[dim], "exchanged")

    def made(part: Value) -> Value:
        axis = reader.world.fixed(size, "sorted")
        return Value((*part.axes[:dim], axis, *part.axes[dim + 1 :]))

    return made(value), reader.beside(1, lambda: made(_place(reader, value, dim, keepdim=True)))


def _largest(reader: Reader, value: Value, size: int, dim: int = -1, *_: Any) -> Any:
    return _sorted(reader, value, dim, size)


def _in_order(reader: Reader, value: Value, dim: int = -1, *_: Any, **how: Any) -> Any:
    dim = how.get("dim", dim)
    return _sorted(reader, value, dim, value.shape[dim])


def _any(
    reader: Reader, value: Value, dims: Any = None, keepdim: bool = False, *_: Any, **__: Any
) -> Value:  # fmt: skip
    """Whatever does not depend on the order of entries."""
    value = pointwise(reader, value)
    return reduced(value, dims_of(value, dims), keepdim=keepdim)


def softmax(reader: Reader, value: Value, dim: int, *_: Any) -> Value:
    """Of which only permutations are known."""
    return pointwise(reader, value)


def variance(
    reader: Reader, value: Value, dims: Any = None, *_: Any, correction: Any = None,
    keepdim: bool = False,
) -> Value:  # fmt: skip
    """Squares of what is left without the mean."""
    value = reader.plain(value)
    over = dims_of(value, dims)
    axes = []
    for place, axis in enumerate(value.axes):
        if place in over:
            closed(reader, axis, "orthogonal", "ones")
            axes.append(axis)
        else:
            axes.append(reader.acted(axis, lambda leaf: leaf.charge.power(2)))
    return reduced(Value(tuple(axes)), over, keepdim=keepdim)


def _variance_and_mean(reader: Reader, value: Value, dims: Any = None, **how: Any) -> Any:
    keepdim = bool(how.get("keepdim", False))
    return variance(reader, value, dims, **how), total(reader, value, dims, keepdim)


def norm(
    reader: Reader, value: Value, order: float = 2, dims: Any = None, keepdim: bool = False,
    **_: Any,
) -> Value:  # fmt: skip
    """A length."""
    value = reader.plain(value)
    over = dims_of(value, dims)
    for place in over:
        closed(reader, value.axes[place], "orthogonal" if order == 2 else "exchanged", sign=False)
    axes = [
        axis if place in over else reader.acted(axis, lambda leaf: leaf.charge.power(1))
        for place, axis in enumerate(value.axes)
    ]

    def unsigned(leaf: Leaf) -> Any:
        return type(leaf.charge)(leaf.charge.scale)

    kept = reduced(Value(tuple(axes)), over, keepdim=keepdim)
    return Value(tuple(reader.acted(axis, unsigned) for axis in kept.axes))


def _run(reader: Reader, value: Value, dim: int, **_: Any) -> Value:
    """Sums up to each entry: its place matters."""
    value = reader.plain(value)
    reader.world.fix(value.axes[dim], "sums run along it")
    return value


def _pooled(rank: int, *, linear: bool, several: bool = False) -> Callable[..., Any]:
    def pool(reader: Reader, value: Value, *rest: Any, **named: Any) -> Any:
        value = reader.plain(value)
        if not linear:
            value = pointwise(reader, value, scale="kept")
        for axis in value.axes[-rank:]:
            reader.world.fix(axis, "pixels")
        sizes = reader.sizes
        made = [
            Value((*value.axes[:-rank], *(reader.world.fixed(n, "pixels") for n in size[-rank:])))
            for size in sizes
        ]
        return tuple(made) if several else made[0]

    return pool


OPERATIONS: dict[str, Callable[..., Any]] = {
    "sum": total, "mean": total, "amax": extreme, "amin": extreme, "logsumexp": _any,
    "argmax": _place, "argmin": _place, "topk": _largest, "prod": _any, "any": _any, "all": _any,
    "_softmax": softmax, "_log_softmax": softmax, "_safe_softmax": softmax, "softmax": softmax,
    "var": variance, "std": _any, "var_mean": _variance_and_mean, "linalg_vector_norm": norm,
    "max": _extreme_and_place, "min": _extreme_and_place, "sort": _in_order,
    "norm": norm, "cumsum": _run, "cumprod": _run,
    "_adaptive_avg_pool2d": _pooled(2, linear=True),
    "_adaptive_avg_pool3d": _pooled(3, linear=True),
    "adaptive_avg_pool1d": _pooled(1, linear=True),
    **{f"avg_pool{n}d": _pooled(n, linear=True) for n in (1, 2, 3)},
    **{f"max_pool{n}d_with_indices": _pooled(n, linear=False, several=True) for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": _pooled(n, linear=False, several=True) for n in (1, 2, 3)},
    **{
        f"{kind}{n}d": _pooled(n, linear=True)
        for kind in ("upsample_nearest", "_upsample_nearest_exact", "reflection_pad",
                     "replication_pad") for n in (1, 2, 3)
    },
    "upsample_linear1d": _pooled(1, linear=True), "upsample_bilinear2d": _pooled(2, linear=True),
    "upsample_trilinear3d": _pooled(3, linear=True),
    "upsample_bicubic2d": _pooled(2, linear=True),
    "_upsample_bilinear2d_aa": _pooled(2, linear=True),
}  # fmt: skip
