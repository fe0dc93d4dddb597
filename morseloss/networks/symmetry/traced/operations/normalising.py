"""What batch, layer, group and root-mean-square normalisation leave of the freedom of a space.

The one idea: over images each channel stays by itself, so it may change sign; over channels what
keeps the length of a vector, and its mean where that is subtracted, may act on them.
"""

from collections.abc import Callable, Sequence
from typing import Any

from morseloss.networks.symmetry.traced.operations.pointwise import add, multiply, pointwise
from morseloss.networks.symmetry.traced.operations.reducing import closed
from morseloss.networks.symmetry.traced.reader import Reader, Value
from morseloss.networks.symmetry.traced.world import ONE, product

__all__ = ["OPERATIONS"]


def layer_norm(
    reader: Reader, value: Value, shape: Sequence[int], weight: Value | None, bias: Value | None,
    eps: float,
) -> Any:  # fmt: skip
    """Over the last axes, without their mean."""
    made = _over_last(reader, value, len(shape), "orthogonal", "ones")
    first, second = (_moment(reader, made, len(shape), place) for place in (1, 2))
    return _affine(reader, made, weight, bias), first, second


def rms_norm(
    reader: Reader, value: Value, shape: Sequence[int], weight: Value | None = None,
    eps: float | None = None,
) -> Any:  # fmt: skip
    """Over the last axes, with their mean."""
    made = _over_last(reader, value, len(shape), "orthogonal")
    return _affine(reader, made, weight, None), _moment(reader, made, len(shape), 1)


def _over_last(reader: Reader, value: Value, rank: int, *flags: str) -> Value:
    value = reader.plain(value)
    kept = pointwise(reader, Value(value.axes[:-rank]), sign="kept").axes
    for axis in value.axes[-rank:]:
        closed(reader, axis, *flags, sign="ones" in flags)
    return Value((*kept, *value.axes[-rank:]))


def _moment(reader: Reader, value: Value, rank: int, place: int) -> Value:
    axes = (*value.axes[:-rank], *[ONE] * rank)
    return reader.beside(place, lambda: pointwise(reader, Value(axes)))


def _affine(
    reader: Reader, value: Value, weight: Value | None, bias: Value | None, axis: int | None = None
) -> Value:
    """Multiply by a gain and add a shift, along the last axis or a channel's."""
    more = 0 if axis is None else len(value.axes) - 1 - axis
    if weight is not None:
        value = multiply(reader, value, _along(weight, more))
    return value if bias is None else add(reader, value, _along(bias, more))


def _along(part: Value, more: int) -> Value:
    return Value((*part.axes, *[ONE] * more), part.constant, part.parameter)


def batch_norm(
    reader: Reader, value: Value, weight: Value | None, bias: Value | None, means: Value | None,
    variances: Value | None, training: bool,
) -> Any:  # fmt: skip
    """Each channel over all images and pixels, or by running statistics."""
    value = reader.plain(value)
    more = len(value.axes) - 2
    if training or means is None or variances is None:
        for axis in (value.axes[0], *value.axes[2:]):
            closed(reader, axis, "orthogonal", "ones")
        channels = pointwise(reader, Value(value.axes[1:2]), sign="kept").axes
        made = Value((value.axes[0], *channels, *value.axes[2:]))
    else:
        made = value if means.zero else add(reader, value, _along(means, more))
        widths = _along(pointwise(reader, variances), more)
        made = multiply(reader, made, widths, times=-1)
    made = _affine(reader, made, weight, bias, 1)
    held = [
        reader.beside(place, lambda: pointwise(reader, Value(value.axes[1:2]))) for place in (1, 2)
    ]
    return made, *held


def group_norm(
    reader: Reader, value: Value, weight: Value | None, bias: Value | None, images: int,
    channels: int, pixels: int, groups: int, eps: float,
) -> Any:  # fmt: skip
    """Each group of channels over all its pixels."""
    value, world = reader.plain(value), reader.world
    group, channel = world.regrouped((value.axes[1],), (groups, channels // groups))
    for axis in (channel, *value.axes[2:]):
        closed(reader, axis, "orthogonal", "ones")
    first, kept = pointwise(reader, Value((value.axes[0], group)), sign="kept").axes
    made = Value((first, product((kept, channel)), *value.axes[2:]))
    held = [
        reader.beside(place, lambda: pointwise(reader, Value((first, kept)))) for place in (1, 2)
    ]
    return _affine(reader, made, weight, bias, 1), *held


OPERATIONS: dict[str, Callable[..., Any]] = {
    "native_layer_norm": layer_norm,
    "_fused_rms_norm": rms_norm,
    "native_group_norm": group_norm,
    "native_batch_norm": lambda r, x, w, b, m, v, training, momentum, eps: batch_norm(
        r, x, w, b, m, v, training),
    "_native_batch_norm_legit": lambda r, x, w, b, *rest: batch_norm(
        r, x, w, b, *(rest[:2] if len(rest) == 5 else (None, None)), rest[-3]),
    "_native_batch_norm_legit_no_training": lambda r, x, w, b, m, v, momentum, eps: batch_norm(
        r, x, w, b, m, v, False),
}  # fmt: skip
