"""The one door for numbers: what a caller hands over is read exactly, or refused by name.

The one idea: a real number is an int or a float that float64 holds to the last bit, an integer is
an int, a flag is a bool, and nothing else is any of them; so every form of input (arrays, matrices,
networkx, files) means the same numbers. What is read belongs to the reader: it is read-only, and no
array of the caller's.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields
from itertools import chain
from typing import Any, NoReturn

import numpy as np
from jaxtyping import Bool, Float, Int

from morseloss.tables.table import Tabled

__all__ = [
    "borrowing",
    "flags",
    "integers",
    "listed",
    "number",
    "owned",
    "reals",
    "rebuilt",
    "sealed",
    "shown",
]

EXACT = 2**53  # up to here float64 holds every integer
BORROWED = ContextVar("borrowed", default=False)  # in this call, whether arrays are copied
LARGEST = np.iinfo(np.int64).max
SHAPES = {0: "be a single number", 1: "have one axis", 2: "have two axes"}


def reals(name: str, given: Any, axes: int = 1) -> Float[np.ndarray, "..."]:
    """Return real numbers as a read-only float64 array of the reader's own.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    given : array_like
        numpy array, torch tensor, list, or what else numpy makes an array of.
    axes : int
        How many the array must have.

    Raises
    ------
    ValueError
        If it has more or fewer axes, an entry is masked, or is no int or float, or float64 does not
        hold it exactly; the message names the first such entry.

    Examples
    --------
    >>> reals("values", [0, 0.5])
    array([0. , 0.5])
    """
    array = _plain(name, given, axes, "fiu")
    if array.dtype.kind == "O":
        return owned(_elements(name, array, _real, np.float64))
    if array.size and (array.dtype.kind not in "fiu" or array.dtype.itemsize > 8):
        _wrong(name, "real numbers", f"dtype {array.dtype}", "convert them to float64")
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8:
        large = (array > EXACT) | (array < -EXACT)
        for entry in array[large].tolist():
            _real(name, entry)
    return owned(array.astype(np.float64, copy=False))


def integers(name: str, given: Any, axes: int = 1) -> Int[np.ndarray, "..."]:
    """Return integers as a read-only array of the reader's own: int32 if it was, else int64.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    given : array_like
        Whatever `reals` takes; 1.0 and True are no integers.
    axes : int
        How many the array must have.

    Raises
    ------
    ValueError
        If it has more or fewer axes, or an entry is masked, no int, or beyond 64 bits.

    Examples
    --------
    >>> integers("edges", [[0, 1]], axes=2)
    array([[0, 1]])
    """
    array = _plain(name, given, axes, "iu")
    if array.dtype.kind == "O":
        return owned(_elements(name, array, _integer, np.int64))
    if array.size and array.dtype.kind not in "iu":
        cure = f"use `{name}.astype(np.int64)`" if array.dtype.kind == "f" else "convert them"
        _wrong(name, "integers", f"dtype {array.dtype}", cure)
    if array.size and array.dtype == np.uint64:
        _integer(name, int(array.max()))
    kind = np.int32 if array.dtype == np.int32 else np.int64
    return owned(array.astype(kind, copy=False))


def flags(name: str, given: Any) -> Bool[np.ndarray, " n"]:
    """Return bools in one axis as a read-only array of the reader's own; 1 and "True" are none.

    Raises
    ------
    ValueError
        If it has another number of axes, or an entry is masked or no bool.
    """
    array = _plain(name, given, 1, "b")
    if array.dtype.kind == "O":
        return owned(_elements(name, array, _flag, np.bool_))
    if array.size and array.dtype.kind != "b":
        _wrong(name, "True or False", f"dtype {array.dtype}", "convert them")
    return owned(array.astype(np.bool_, copy=False))


def number(name: str, given: Any) -> float:
    """Return a single real number, as strictly as `reals`.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> number("weight", 2)
    2.0
    """
    if type(given) is float:
        return given
    return float(reals(name, given, axes=0))


def owned(array: np.ndarray) -> np.ndarray:
    """Return an array into which nobody writes: a copy, unless its memory is read-only already."""
    if type(array) is np.ndarray and _read_only(array):
        return array
    array = np.asarray(array).view() if BORROWED.get() else np.array(array)
    array.flags.writeable = False
    return array


@contextmanager
def borrowing() -> Iterator[None]:
    """Let objects made in the block look at their caller's arrays in place of copying them.

    For objects that nobody sees, from which something new is computed.

    Examples
    --------
    >>> mine = np.zeros(2)
    >>> with borrowing():
    ...     looked_at = reals("values", mine)
    >>> np.shares_memory(looked_at, mine), looked_at.flags.writeable, mine.flags.writeable
    (True, False, True)
    """
    token = BORROWED.set(True)
    try:
        yield
    finally:
        BORROWED.reset(token)


def sealed(array: np.ndarray) -> np.ndarray:
    """Make an array that was just computed read-only, so that an object takes it over as it is.

    Examples
    --------
    >>> sealed(np.zeros(2)).flags.writeable
    False
    """
    array.setflags(write=False)
    return array


def rebuilt(self: Any) -> tuple[type, tuple]:
    """Return how a frozen dataclass is made again, checks and all: its `__reduce__`.

    Copies and pickles of arrays can be written into; made through the constructor they cannot.
    """
    return type(self), tuple(getattr(self, field.name) for field in fields(self))


def listed(names: Any, most: int = 8) -> str:
    """Return names for a message, the first few of many.

    Examples
    --------
    >>> listed(range(100), most=2)
    '[0, 1, ... (100 in all)]'
    """
    names = list(names)
    parts = [shown(name) for name in names[:most]]
    more = [f"... ({len(names)} in all)"] if len(names) > most else []
    return f"[{', '.join(parts + more)}]"


def shown(entry: Any) -> str:
    """Return what came, for a message, in at most 80 characters."""
    if isinstance(entry, int) and abs(entry) > 10**60:
        return f"an integer of {entry.bit_length()} bits"
    if isinstance(entry, str | bytes):
        entry = entry[:100]
    try:
        text = " ".join(repr(entry).split())
    except ValueError:  # an integer of thousands of digits is in it
        text = f"a {type(entry).__name__}"
    return text if len(text) <= 80 else f"{text[:76]} ..."


def _plain(name: str, given: Any, axes: int, kinds: str = "fiub") -> np.ndarray:
    """Return an array with so many axes, whose dtype says what it holds.

    A list of anything but these kinds becomes an array of objects, so that the first wrong one can
    be named.

    Raises
    ------
    ValueError
        If there is none.
    """
    if isinstance(given, list | tuple):
        array = _from_list(name, given, axes)
        array = array if array.dtype.kind in kinds or not array.size else array.astype(object)
    elif isinstance(given, np.ma.MaskedArray):
        if np.ma.is_masked(given):
            _wrong(name, "numbers", "a masked entry", "leave masked entries out, or fill them in")
        array = np.asarray(given.data)
    elif hasattr(given, "detach"):
        array = _from_tensor(name, given)
    else:
        array = _asked(name, given)
    if array.ndim != axes and not (axes > 1 and array.shape == (0,)):
        cure = f"; use `{name}.ravel()`" if axes == 1 and array.ndim > 1 else ""
        raise ValueError(f"`{name}` must {SHAPES[axes]}, got shape {array.shape}{cure}")
    return array


def _asked(name: str, given: Any) -> np.ndarray:
    """Return what numpy makes of an object; what it leaves as it is has no axis and is refused."""
    if isinstance(
        given, Tabled
    ):  # a graph is no matrix here, nor a diagram a column: that's a slip
        _wrong(name, "numbers", f"{shown(given)}", f"use `numpy.asarray({name})` if that is meant")
    try:
        array = np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:
        _wrong(name, "numbers", f"a {type(given).__name__} ({error})", "make an array of it")
    if array.dtype.kind == "O" and array.ndim == 0 and not isinstance(given, int | np.ndarray):
        _wrong(name, "numbers", f"{shown(given)} of {type(given).__name__}", "make an array of it")
    return array


def _from_list(name: str, given: list | tuple, axes: int) -> np.ndarray:
    """Return the array of a list; of a list of other things than numbers, one of objects."""
    rows: Any = given
    for _ in range(axes - 1):
        if not rows or not set(map(type, rows)) <= {list, tuple}:
            break
        rows = list(chain.from_iterable(rows))
    kinds = set(map(type, rows))
    try:
        if kinds <= {float, np.float64} or (
            kinds == {int} and -EXACT <= min(rows) <= max(rows) <= EXACT
        ):
            return np.array(given)
        if kinds <= {int, float, np.float64, np.int64, bool, np.bool_, str}:
            return np.array(given, dtype=object)
        return _stacked(name, given, axes)
    except ValueError as error:
        if str(error).startswith(f"`{name}`"):
            raise
        _wrong(name, "rows of one length", "others", "complete them")


def _stacked(name: str, given: list | tuple, axes: int) -> np.ndarray:
    """Return the objects of a list whose rows may be arrays, tensors or lists themselves."""
    if axes <= 1:
        array = np.empty(len(given), dtype=object)
        array[:] = list(map(_Opaque, given))
        return array
    rows = [_plain(name, row, axes - 1).astype(object) for row in given]
    return np.array(rows, dtype=object)


class _Opaque:
    """An entry of a list, kept from numpy, which would look into it."""

    def __init__(self, entry: Any) -> None:
        self.entry = entry


def _from_tensor(name: str, tensor: Any) -> np.ndarray:
    """Return the numbers of a torch tensor, bfloat16 too; topology does not import torch."""
    if getattr(tensor, "requires_grad", False):
        _wrong(name, "numbers", "a tensor with a gradient", f"use `{name}.detach()`")
    device = getattr(getattr(tensor, "device", None), "type", "cpu")
    if device != "cpu":
        _wrong(name, "numbers", f"a tensor on {device}", f"use `{name}.cpu()`")
    try:
        wide = tensor.double() if tensor.is_floating_point() else tensor
        return wide.resolve_neg().numpy()
    except (AttributeError, TypeError, RuntimeError) as error:
        kind = getattr(tensor, "dtype", type(tensor).__name__)
        _wrong(name, "numbers", f"a tensor of {kind} ({error})", "make a dense array of it")


def _elements(
    name: str, array: np.ndarray, read: Callable[[str, Any, str], Any], kind: type
) -> np.ndarray:
    """Return an array of objects, each read by itself."""
    wide = array.shape[-1] if array.ndim > 1 else 1
    entries = [
        read(name, _single(name, entry), f" in row {place // wide}" if array.ndim else "")
        for place, entry in enumerate(array.ravel().tolist())
    ]
    return np.array(entries, dtype=kind).reshape(array.shape)


def _single(name: str, entry: Any) -> Any:
    """Return what a numpy scalar, or an array or tensor without axes, holds; others as they are."""
    entry = entry.entry if isinstance(entry, _Opaque) else entry
    if not isinstance(entry, np.generic | np.ndarray) and not hasattr(entry, "detach"):
        return entry
    array = _plain(name, entry, 0)
    if array.dtype.kind in "fiub" and array.dtype.itemsize <= 8:
        return array.item()
    return array[()]


def _real(name: str, entry: Any, where: str = "") -> float:
    if isinstance(entry, float):  # which longdouble is not
        return float(entry)
    if not isinstance(entry, int) or isinstance(entry, bool):
        kind = type(entry).__name__
        _wrong(
            name, "real numbers", f"{shown(entry)} of {kind}{where}", "make floats or ints of them"
        )
    if abs(entry) > EXACT and (abs(entry) >= 2**1024 or int(float(entry)) != entry):
        cure = "subtract a common value, or round it yourself"
        _wrong(name, "numbers that float64 holds exactly", shown(entry) + where, cure)
    return float(entry)


def _integer(name: str, entry: Any, where: str = "") -> int:
    if not isinstance(entry, int) or isinstance(entry, bool):
        kind = type(entry).__name__
        _wrong(name, "integers", f"{shown(entry)} of {kind}{where}", "make ints of them")
    if not -LARGEST - 1 <= entry <= LARGEST:
        _wrong(name, "integers of 64 bits", shown(entry) + where, "number from 0")
    return int(entry)


def _flag(name: str, entry: Any, where: str = "") -> bool:
    if not isinstance(entry, bool):
        kind = type(entry).__name__
        _wrong(name, "True or False", f"{shown(entry)} of {kind}{where}", "make bools of them")
    return entry


def _read_only(array: np.ndarray) -> bool:
    """Tell whether no array writes into this memory: not the array, nor any that it is a view of.

    The memory itself must be that of an array, for files and buffers change, or of bytes.
    """
    base: Any = array
    while isinstance(base, np.ndarray):
        if base.flags.writeable or type(base) is not np.ndarray:
            return False
        base = base.base
    return base is None or isinstance(base, bytes)


def _wrong(name: str, wanted: str, came: str, cure: str) -> NoReturn:
    raise ValueError(f"`{name}` must hold {wanted}, got {came}; {cure}")
