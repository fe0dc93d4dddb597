"""What patches of images and bags of words leave of the freedom of what they are made of.

The one idea: entries are gathered by place, so pixels and words stand for themselves; channels go
through as they are.
"""

from collections.abc import Callable
from typing import Any

from morseloss.networks.symmetry.traced.operations.pointwise import pointwise
from morseloss.networks.symmetry.traced.reader import Reader, Value
from morseloss.networks.symmetry.traced.world import product

__all__ = ["OPERATIONS"]

LARGEST = 2  # the mode of a bag that takes the largest entry


def _patches(reader: Reader, value: Value, *_: Any) -> Value:
    """Each pixel of a patch beside the channel: `nn.Unfold`."""
    value, (size,) = reader.plain(value), reader.sizes
    for axis in value.axes[2:]:
        reader.world.fix(axis, "pixels")
    entries = reader.world.fixed(size[1] // value.shape[1], "pixels")
    places = reader.world.fixed(size[2], "pixels")
    return Value((value.axes[0], product((value.axes[1], entries)), places))


def _image(reader: Reader, value: Value, *_: Any) -> Value:
    """Patches added up where they lie: `nn.Fold`."""
    value, (size,) = reader.plain(value), reader.sizes
    channels = size[1]
    channel, entries = reader.world.regrouped(
        (value.axes[1],), (channels, value.shape[1] // channels)
    )
    for axis in (entries, value.axes[2]):
        reader.world.fix(axis, "pixels")
    return Value((value.axes[0], channel, *(reader.world.fixed(n, "pixels") for n in size[2:])))


def _bag(
    reader: Reader, table: Value, words: Value, offsets: Value, frequent: bool = False,
    mode: int = 0, *_: Any,
) -> Any:  # fmt: skip
    """Rows of an embedding, added up or the largest of them."""
    table = reader.plain(table)
    reader.world.fix(table.axes[0], "an embedding's rows are inputs")
    row = Value(table.axes[1:])
    if mode == LARGEST:
        row = pointwise(reader, row, scale="kept")
    bags, *others = reader.sizes
    found = Value((reader.world.fixed(bags[0]), *row.axes))
    return found, *(reader.fresh(size) for size in others)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "im2col": _patches, "col2im": _image,
    "_embedding_bag": _bag, "_embedding_bag_forward_only": _bag,
}  # fmt: skip
