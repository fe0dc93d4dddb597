"""What sums, products and functions of single entries leave of the freedom of a space.

The one idea: a sum lets all matrices act, a function of single entries permutations only, and what
it does to scales and signs is in its name: odd, even, positively homogeneous, or none of these.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import torch

from morseloss.networks.symmetry.traced.charges import Charge
from morseloss.networks.symmetry.traced.reader import Reader, Taken, Value
from morseloss.networks.symmetry.traced.spaces import Flat, Leaf, Tree, Void, found, size_of_tree
from morseloss.networks.symmetry.traced.world import ONE

__all__ = ["OPERATIONS", "add", "filled", "multiply", "noted", "pointwise"]

ODD = (
    "tanh", "sin", "tan", "asin", "atan", "sinh", "asinh", "atanh", "erf", "trunc", "round",
    "softshrink", "hardshrink",
)  # fmt: skip
POSITIVE = ("relu", "leaky_relu", "rrelu_with_noise")
FREE_AT_ZERO = ("gelu", "silu", "elu", "mish", "hardswish", "expm1", "log1p", "relu6", "celu")
OTHERS = (
    "sigmoid", "exp", "exp2", "log", "log2", "softplus", "hardsigmoid", "logit", "erfc", "floor",
    "ceil", "threshold", "erfinv", "isnan", "isinf", "logical_not",
)  # fmt: skip


def operand(reader: Reader, part: Any) -> Value:
    """Return a value of an argument, which may be a number."""
    return part if isinstance(part, Value) else reader.constant(part)


def broadcast(*values: Value) -> list[list[Tree]]:
    """Return the axes of values, with what is alike along an axis where one is lacking."""
    rank = max(len(value.axes) for value in values)
    rows = [[ONE] * (rank - len(value.axes)) + [*value.axes] for value in values]
    sizes = [max(size_of_tree(row[i]) for row in rows) for i in range(rank)]
    return [
        [
            (Void(n) if value.zero else Flat(n)) if size_of_tree(tree) == 1 < n else tree
            for tree, n in zip(row, sizes, strict=True)
        ]
        for value, row in zip(values, rows, strict=True)
    ]


def add(reader: Reader, one: Any, other: Any, *, alpha: float = 1) -> Value:
    """A sum or a difference."""
    one, other = operand(reader, one), operand(reader, other)
    gain = one.gain or other.gain
    shifted = _shift(reader, one, other) or _shift(reader, other, one) if gain else None
    if not shifted:
        one, other, gain = reader.plain(one), reader.plain(other), ""
    rows = broadcast(one, other)
    if one.zero or other.zero:
        axes = rows[0] if other.zero else rows[1]
        return Value(tuple(axes), gain=gain)
    axes = [reader.met(a, b, reader.added) for a, b in zip(*rows, strict=True)]
    return Value(tuple(axes), gain=gain)


def _shift(reader: Reader, value: Value, shift: Value) -> bool:
    """Whether a parameter is added to units that wait for their gain; then it is noted."""
    if not (value.gain and shift.parameter and not shift.gain):
        return False
    pair = _only(value, shift)
    return pair is not None and noted(reader, value.gain, *pair, shift.parameter, "shifts")


def noted(reader: Reader, gain: str, units: Tree, own: Tree, parameter: str, kind: str) -> bool:
    """Note who reads units that wait for a gain, or is added to them; say whether that goes."""
    taken = reader.taken[gain]
    if size_of_tree(own) != size_of_tree(taken.tree):
        return False
    parts, along = reader.pairs(taken.tree, own), reader.pairs(taken.tree, units)
    if not parts or not along or any(len(b.charge.scale) != 1 for _, b in parts):
        return False
    if any(reader.root(b) is not found(taken.spaces[_number(a)])[0] for a, b in along):
        return False
    for gained, leaf in parts:
        getattr(taken, kind)[_number(gained)][_number(leaf)] = parameter
    taken.uses[parameter] += 1
    return True


def _number(leaf: Leaf) -> int:
    return leaf.charge.scale[0][0]


def _only(value: Value, part: Value) -> tuple[Tree, Tree] | None:
    """Return the one axis along which a parameter of one axis lies, of a value and of it."""
    if len(value.axes) < len(part.axes):
        return None
    rows = broadcast(value, part)
    pairs = [(a, b) for a, b in zip(*rows, strict=True) if not isinstance(b, Flat) and b is not ONE]
    return pairs[0] if len(pairs) == 1 else None


def multiply(reader: Reader, one: Any, other: Any, *, times: int = 1) -> Value:
    """A product, or a quotient where `times` is -1."""
    square = one is other and isinstance(one, Value) and times == 1
    one, other = operand(reader, one), operand(reader, other)
    if square and not one.squared:
        return Value(reader.plain(one).axes, squared=True)
    for value, gain in ((one, other), (other, one)):
        if times == 1 and gain.parameter and (held := _gained(reader, value, gain)):
            return held
    simple = [v for v in (one, other) if v.constant is not None and v.constant.numel() == 1]
    if simple and not simple[0].zero and (times == 1 or simple[0] is other):
        kept = other if simple[0] is one else one
        if len(kept.axes) >= len(simple[0].axes):
            return Value(kept.axes, squared=kept.squared, gain=kept.gain)
    one, other = reader.plain(one), reader.plain(other)
    join = lambda a, b: reader.multiplied(a, b, times)  # noqa: E731
    pairs = zip(*broadcast(one, other), strict=True)
    return Value(tuple(reader.met(a, b, join) for a, b in pairs))


def _gained(reader: Reader, value: Value, gain: Value) -> Value | None:
    """A value that waits to be multiplied by a gain, if it is one that readers may take over."""
    name = gain.parameter
    if name in reader.kept or gain.gain or value.parameter or value.constant is not None:
        return None
    value = reader.plain(value)
    pair = _only(value, gain)
    parts = reader.pairs(*pair) if pair else None
    if not pair or not parts or any(len(own.charge.scale) != 1 for _, own in parts):
        return None
    if any(reader.root(units).exchanged or reader.root(units).pinned for units, _ in parts):
        return None
    spaces = {_number(own): units.space for units, own in parts}
    taken = reader.taken.setdefault(name, Taken(pair[1], spaces))
    if any(found(taken.spaces[n])[0] is not found(space)[0] for n, space in spaces.items()):
        reader.failed.add(name)
    taken.times += 1
    return Value(value.axes, gain=name)


def pointwise(
    reader: Reader, value: Value, *, scale: str = "none", sign: str = "none", end: Any = None
) -> Value:
    """A function of single entries.

    `scale` and `sign` are what it does to them: "kept", "lost" (any is allowed, and none comes
    out) or "none" allowed.
    """

    def charge(leaf: Leaf) -> Charge:
        reader.world.vanish(leaf.charge, scale=scale == "none", sign=sign == "none")
        kept = leaf.charge.scale if scale == "kept" else ()
        return Charge(kept, leaf.charge.sign if sign == "kept" else frozenset())

    value = reader.plain(value)
    return Value(tuple(reader.acted(axis, charge, end) for axis in value.axes))


def filled(part: Tree) -> Tree:
    """Zeros that become another number."""
    return Flat(part.size) if isinstance(part, Void) else part


def _power(reader: Reader, value: Any, exponent: Any) -> Value:
    if isinstance(exponent, Value):
        if exponent.constant is None or exponent.constant.numel() != 1:
            return compare(reader, value, exponent)
        exponent = float(exponent.constant)
    if not isinstance(value, Value):
        return pointwise(reader, exponent, end=filled)
    if exponent == 1:
        return value
    if exponent == 2 and not value.squared:
        return Value(reader.plain(value).axes, squared=True)
    power = Fraction(exponent).limit_denominator(1000)
    value = reader.plain(value)

    def charge(leaf: Leaf) -> Charge:
        if power.denominator != 1:
            reader.world.vanish(leaf.charge, scale=False)
        return leaf.charge.power(power)

    end = filled if power <= 0 else None
    return Value(tuple(reader.acted(axis, charge, end) for axis in value.axes))


def compare(reader: Reader, *values: Any) -> Value:
    """Any function of entries at one place, of which nothing but exchanges is known."""
    held = [pointwise(reader, operand(reader, value), end=filled) for value in values]
    return _together(reader, held)


def _together(reader: Reader, values: list[Value]) -> Value:
    """Tie the units of values on which only exchanges act."""
    first = values[0]
    for other in values[1:]:
        pairs = zip(*broadcast(first, other), strict=True)
        first = Value(tuple(reader.met(a, b, reader.multiplied) for a, b in pairs))
    return first


def _against(reader: Reader, value: Any, other: Any) -> Value:
    """A comparison; with 0 it does not see positive scales."""
    other = operand(reader, other)
    if isinstance(value, Value) and other.zero:
        return pointwise(reader, value, scale="lost", end=filled)
    return compare(reader, value, other)


def _where(reader: Reader, mask: Value, one: Any, other: Any) -> Value:
    """One or the other: units are scaled alike in both."""
    mask = pointwise(reader, mask, end=filled)
    sides = [reader.plain(operand(reader, part)) for part in (one, other)]
    lone = [s for s, t in zip(sides, sides[::-1], strict=True) if t.zero]
    if lone:
        return multiply(reader, mask, lone[0])
    for side in sides:
        for axis in side.axes:
            reader.world.restrict(axis, "exchanged")
    both = broadcast(*sides, mask)
    pairs = zip(*both[:2], strict=True)
    axes = [reader.met(a, b, reader.added) for a, b in pairs]
    return multiply(reader, Value(tuple(axes)), mask)


def _masked(reader: Reader, value: Value, mask: Value, filling: Any) -> Value:
    return _where(reader, mask, filling, value)


def _extreme(reader: Reader, one: Any, other: Any) -> Value:
    """The larger or the smaller: units are scaled alike, by positive numbers."""
    sides = [pointwise(reader, operand(reader, p), scale="kept") for p in (one, other)]
    pairs = zip(*broadcast(*sides), strict=True)
    return Value(tuple(reader.met(a, b, reader.added) for a, b in pairs))


def _clamp(reader: Reader, value: Value, low: Any = None, high: Any = None) -> Value:
    if any(isinstance(edge, Value) for edge in (low, high)):
        return compare(reader, *[p for p in (value, low, high) if p is not None])
    if low is not None and high is not None and low == -high:
        return pointwise(reader, value, sign="kept")
    if (low in (0, None) and high is None) or (low is None and high == 0):
        return pointwise(reader, value, scale="kept")
    inside = (low is None or low <= 0) and (high is None or high >= 0)
    return pointwise(reader, value, end=None if inside else filled)


def _prelu(reader: Reader, value: Value, slope: Value) -> Value:
    value = pointwise(reader, value, scale="kept")
    slope = pointwise(reader, slope)
    return multiply(reader, value, slope)


def _named(**rule: Any) -> Callable[..., Value]:
    return lambda reader, value, *_, **__: pointwise(reader, value, **rule)


def _glu(reader: Reader, value: Value, dim: int = -1) -> Value:
    value = reader.plain(value)
    dim %= len(value.axes)
    half = value.shape[dim] // 2
    one, other = reader.world.cut(value.axes[dim], half)
    parts = [Value((*value.axes[:dim], part, *value.axes[dim + 1 :])) for part in (one, other)]
    return multiply(reader, parts[0], pointwise(reader, parts[1]))


def _triangle(reader: Reader, value: Value, part: Callable[..., Any], diagonal: int) -> Value:
    return multiply(reader, value, part(torch.ones(value.shape[-2:]), diagonal))


def _linear(reader: Reader, value: Value, *_: Any, **__: Any) -> Value:
    return Value(value.axes, None, value.parameter, value.squared, value.gain)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": lambda r, a, b, alpha=1: add(r, a, b, alpha=alpha),
    "sub": lambda r, a, b, alpha=1: add(r, a, b, alpha=-alpha),
    "rsub": lambda r, a, b, alpha=1: add(r, a, b, alpha=-alpha),
    "mul": multiply,
    "div": lambda r, a, b, rounding_mode=None: multiply(r, a, b, times=-1)
    if rounding_mode is None else compare(r, a, b),
    "neg": lambda r, a: Value(a.axes, squared=a.squared, gain=a.gain),
    "pow": _power,
    "square": lambda r, a: _power(r, a, 2),
    "sqrt": lambda r, a: _power(r, a, 0.5),
    "rsqrt": lambda r, a: _power(r, a, -0.5),
    "reciprocal": lambda r, a: _power(r, a, -1),
    "abs": _named(scale="kept", sign="lost"),
    "sign": _named(scale="lost", sign="kept"),
    "sgn": _named(scale="lost", sign="kept"),
    "cos": _named(sign="lost", end=filled),
    "cosh": _named(sign="lost", end=filled),
    "clamp": _clamp,
    "clamp_min": lambda r, a, low: _clamp(r, a, low),
    "clamp_max": lambda r, a, high: _clamp(r, a, None, high),
    "hardtanh": lambda r, a, low=-1, high=1: _clamp(r, a, low, high),
    "_prelu_kernel": _prelu,
    "where": _where,
    "masked_fill": _masked,
    "maximum": _extreme,
    "minimum": _extreme,
    "glu": _glu,
    "log_sigmoid_forward": lambda r, a: (pointwise(r, a, end=filled),) * 2,
    "tril": lambda r, a, diagonal=0: _triangle(r, a, torch.tril, diagonal),
    "triu": lambda r, a, diagonal=0: _triangle(r, a, torch.triu, diagonal),
    "addcmul": lambda r, a, b, c, value=1: add(r, a, multiply(r, b, c)),
    "addcdiv": lambda r, a, b, c, value=1: add(r, a, multiply(r, b, c, times=-1)),
    "lerp": lambda r, a, b, w: add(r, a, multiply(r, add(r, b, a), w)),
    **dict.fromkeys(ODD, _named(sign="kept")),
    **dict.fromkeys(POSITIVE, _named(scale="kept")),
    **dict.fromkeys(FREE_AT_ZERO, _named()),
    **dict.fromkeys(OTHERS, _named(end=filled)),
    **dict.fromkeys(("gt", "lt", "ge", "le", "eq", "ne"), _against),
    **dict.fromkeys(
        ("atan2", "fmod", "remainder", "logaddexp", "logical_and", "logical_or", "bitwise_and",
         "bitwise_or", "copysign", "hypot"), compare,
    ),
}  # fmt: skip
