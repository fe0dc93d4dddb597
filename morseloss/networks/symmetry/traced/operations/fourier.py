"""What Fourier transforms and complex numbers leave of the freedom of a space.

The one idea: all of it is linear over real numbers, so real matrices go through along every axis
that is not transformed; what is transformed, and the two parts of a number, stand for themselves.
"""

from collections.abc import Callable, Sequence
from typing import Any

from morseloss.networks.symmetry.traced.operations.pointwise import add
from morseloss.networks.symmetry.traced.reader import Reader, Value

__all__ = ["OPERATIONS"]


def _transformed(reader: Reader, value: Value, dims: Sequence[int], *_: Any) -> Value:
    """A Fourier transform along some axes, of real or complex numbers, or back."""
    value, (size,) = reader.plain(value), reader.sizes
    axes = [*value.axes]
    for dim in dims:
        reader.world.fix(axes[dim], "pixels")
        axes[dim] = reader.world.fixed(size[dim], "frequencies")
    return Value(tuple(axes))


def _paired(reader: Reader, value: Value) -> Value:
    """Pairs of real numbers along the last axis as complex ones."""
    value = reader.plain(value)
    reader.world.fix(value.axes[-1], "parts of complex numbers")
    return Value(value.axes[:-1])


def _unpaired(reader: Reader, value: Value) -> Value:
    """Complex numbers as pairs of real ones."""
    value = reader.plain(value)
    return Value((*value.axes, reader.world.fixed(2, "parts of complex numbers")))


def _kept(reader: Reader, value: Value, *_: Any) -> Value:
    """What is linear over real numbers, entry by entry."""
    return Value(reader.plain(value).axes)


OPERATIONS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("_fft_r2c", "_fft_c2r", "_fft_c2c"), _transformed),
    "view_as_complex": _paired, "view_as_real": _unpaired, "complex": lambda r, a, b: add(r, a, b),
    **dict.fromkeys(("_conj", "_conj_physical", "conj_physical", "resolve_conj"), _kept),
}  # fmt: skip
