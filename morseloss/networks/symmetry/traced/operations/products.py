"""What products of matrices and convolutions tie to each other.

The one idea: the sum over an axis of a product is kept if one side acts by the inverse transpose of
the other; so all matrices may act there.
"""

from collections.abc import Callable, Sequence
from typing import Any

from morseloss.networks.symmetry.traced.operations.pointwise import add, noted
from morseloss.networks.symmetry.traced.reader import Reader, Value
from morseloss.networks.symmetry.traced.spaces import Tree, Void, size_of_tree
from morseloss.networks.symmetry.traced.world import ONE, product

__all__ = ["OPERATIONS"]


def contract(reader: Reader, one: Value, other: Value, axis: int, against: int) -> str:
    """Sum over an axis of one and of the other; return a gain that waits on, along another axis."""
    if one.zero or other.zero:
        return ""
    trees = one.axes[axis], other.axes[against]
    reader.met(*trees, reader.contracted)
    sides = (one, trees[0], other, trees[1], axis), (other, trees[1], one, trees[0], against)
    waiting = ""
    for value, units, weight, own, place in sides:
        along = reader.waits(value)
        if value.gain and along not in (None, place % len(value.axes)) and not weight.gain:
            waiting = value.gain
        elif value.gain:
            _read(reader, value, units, weight, own)
    return waiting


def _read(reader: Reader, value: Value, units: Tree, weight: Value, own: Tree) -> None:
    """Note who reads units that wait for their gain."""
    plain = weight.parameter and not weight.gain
    if not plain or not noted(reader, value.gain, units, own, weight.parameter, "readers"):
        reader.failed.add(value.gain)
        reader.world.restrict(units, "exchanged")


def _open(reader: Reader, *values: Value) -> list[Value]:
    """Values without squares and parts told apart; gains may wait on."""
    return [v if v.gain and not v.squared else reader.plain(v) for v in values]


def mm(reader: Reader, one: Value, other: Value) -> Value:
    """A product of matrices, or of a matrix and a vector."""
    one, other = _open(reader, one, other)
    gain = contract(reader, one, other, -1, 0)
    return _zeroed((*one.axes[:-1], *other.axes[1:]), one, other, gain)


def bmm(reader: Reader, one: Value, other: Value) -> Value:
    """Products of matrices, one a row."""
    one, other = _open(reader, one, other)
    if 0 in (reader.waits(one), reader.waits(other)):
        one, other = reader.plain(one), reader.plain(other)
    gain = contract(reader, one, other, 2, 1)
    rows = reader.met(one.axes[0], other.axes[0], reader.multiplied)
    return _zeroed((rows, one.axes[1], other.axes[2]), one, other, gain)


def _zeroed(axes: tuple[Tree, ...], one: Value, other: Value, gain: str) -> Value:
    if one.zero or other.zero:
        axes = tuple(Void(n) if (n := size_of_tree(a)) > 1 else ONE for a in axes)
    return Value(axes, gain=gain)


def _plus(make: Callable[..., Value]) -> Callable[..., Value]:
    def sum_(
        reader: Reader, shift: Value, one: Value, other: Value, *, beta: float = 1, alpha: float = 1
    ) -> Value:
        found_ = make(reader, one, other)
        return add(reader, found_, shift) if beta else found_

    return sum_


def convolution(
    reader: Reader, value: Value, weight: Value, bias: Value | None, stride: Any, padding: Any,
    dilation: Any, transposed: bool, output_padding: Any, groups: int,
) -> Value:  # fmt: skip
    """A convolution, of channels in groups."""
    (value, weight), world = _open(reader, value, weight), reader.world
    channels = value.axes[1]
    outer, inner = (weight.axes[1], weight.axes[0]) if transposed else weight.axes[:2]
    for axis in (*value.axes[2:], *weight.axes[2:]):
        world.fix(axis, "pixels")
    if groups == 1:
        reader_axes = (
            Value((channels,), gain=value.gain),
            Value((inner,), parameter=weight.parameter),
        )
        contract(reader, *reader_axes, 0, 0)  # pixels are no units that could wait
        made = outer
    else:
        value = reader.plain(value)
        group, channel = world.regrouped((channels,), (groups, size_of_tree(channels) // groups))
        split = inner if transposed else outer
        own, rest = world.regrouped((split,), (groups, size_of_tree(split) // groups))
        read, made = (rest, outer) if transposed else (inner, rest)
        reader.met(channel, read, reader.contracted)
        made = product((reader.met(group, own, reader.multiplied), made))
    pixels = _pixels(value.shape[2:], weight.shape[2:], (stride, padding, dilation, output_padding),
                     transposed=transposed)  # fmt: skip
    axes = (value.axes[0], made, *(world.fixed(size, "pixels") for size in pixels))
    found_ = Value(axes)
    if bias is None:
        return found_
    row = Value((*bias.axes, *[ONE] * len(pixels)), parameter=bias.parameter)
    return add(reader, found_, row)


def _pixels(
    sizes: Sequence[int], kernel: Sequence[int], how: tuple[Any, ...], *, transposed: bool
) -> list[int]:
    rank = len(sizes)
    strides, paddings, dilations, more = ([*p] * rank if len(p) == 1 else p for p in how)
    found_ = []
    for i, size in enumerate(sizes):
        reach = dilations[i] * (kernel[i] - 1) + 1
        if transposed:
            found_.append((size - 1) * strides[i] - 2 * paddings[i] + reach + more[i])
        else:
            found_.append((size + 2 * paddings[i] - reach) // strides[i] + 1)
    return found_


OPERATIONS: dict[str, Callable[..., Any]] = {
    "mm": mm, "mv": mm, "dot": mm, "vdot": mm, "bmm": bmm, "addmm": _plus(mm), "addmv": _plus(mm),
    "baddbmm": _plus(bmm), "convolution": convolution,
    "_sparse_mm": mm, "_sparse_addmm": _plus(mm),
    "_convolution": lambda r, *args: convolution(r, *args[:9]),
}  # fmt: skip
