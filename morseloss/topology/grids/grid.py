"""`Grid`: values on a grid, read at the door from whatever array a user has.

The one idea: what is not there is nan. Masks, masked arrays and infinite values all become that, so
that nothing behind the door needs to know of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

from morseloss.kinds import kind_of
from morseloss.tables.table import Tabled
from morseloss.topology.door import borrowing, flags, reals, sealed, shown

__all__ = ["Cells", "Grid", "as_grid", "check_bottoms", "check_values"]

Cells = Literal["vertices", "pixels"]
MOST_AXES = 4
SHORTEST = 3  # periodic axis on which a cell has two neighbours


@dataclass(frozen=True, eq=False)
class Grid:
    """Hold what `as_grid` has read.

    Parameters
    ----------
    values : ndarray, shape of the grid, float64
        In rows of the last axis; nan, or inf, where a cell is not there.
    pixels : bool
        Whether values stand on pixels, in place of vertices.
    periodic : tuple of bool
        Which axes are.
    """

    values: Float[np.ndarray, "..."]
    pixels: bool
    periodic: tuple[bool, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Cells along each axis."""
        return self.values.shape

    def __repr__(self) -> str:
        size = " x ".join(map(str, self.shape))
        return f"Grid({size} {'pixels' if self.pixels else 'vertices'})"


def as_grid(values: Any, cells: Any, periodic: Any, mask: Any) -> Grid:
    """Read a grid.

    Parameters
    ----------
    values : array_like, 1 to 4 axes
        Real numbers or bools of any width that float64 holds exactly.
    cells : {"vertices", "pixels"}
        What the values stand on.
    periodic : bool or sequence of bool
        Of all axes or of each.
    mask : array_like of bool, shape of the grid, or None
        Where a cell is there.

    Raises
    ------
    ValueError
        If one of them is none of this, or a periodic axis has fewer than 3 cells.

    Examples
    --------
    >>> as_grid([[0, 1], [2, 3]], "vertices", False, None)
    Grid(2 x 2 vertices)
    """
    array = _values(values)
    if not isinstance(cells, str) or cells not in ("vertices", "pixels"):
        raise ValueError(
            '`cells` must be "vertices" (values on the corners of squares, joined along axes) or '
            f'"pixels" (values on the squares, joined in corners too), got {shown(cells)}'
        )
    wraps = _periodic(periodic, array.shape)
    if mask is not None:
        array = np.where(_there(mask, array.shape), array, np.nan)
    return Grid(sealed(array), cells == "pixels", wraps)


def check_bottoms(grid: Grid, minima: Int[np.ndarray, " n"]) -> None:
    """Refuse a grid in which nothing is there, or that has no bottom.

    Parameters
    ----------
    grid : Grid
        The values.
    minima : ndarray of int, shape (n,)
        Flat indices of its minima.

    Raises
    ------
    ValueError
        If there is no minimum, or one of -inf.
    """
    if len(minima) == 0:
        raise ValueError(
            "`values` must hold a cell that is there, got none: all are masked, nan or inf; an "
            "entry of `mask` is True where a cell is there"
        )
    endless = minima[np.isneginf(grid.values.reshape(-1)[minima])]
    if len(endless):
        cell = tuple(map(int, np.unravel_index(endless[0], grid.shape)))
        raise ValueError(
            f"`values` must be above -inf, got -inf in cell {cell}; give it a finite value, or nan "
            "if it is not there"
        )


def check_values(grid: Grid) -> None:
    """Refuse what `check_bottoms` does, where the minima are not known.

    Raises
    ------
    ValueError
        If nothing is there, or a value is -inf.
    """
    flat = grid.values.reshape(-1)
    lowest = np.atleast_1d(np.where(flat < np.inf, flat, np.inf).argmin())
    check_bottoms(grid, lowest[flat[lowest] < np.inf])


def _values(given):
    """Return real numbers in 1 to 4 axes as float64, nan where a masked array has no value."""
    counts = isinstance(given, np.ma.MaskedArray) and given.dtype.kind in "iu"
    flat, shape = _opened("values", given.filled(0) if counts else given)
    kind = str(flat.dtype)
    if kind == "object" or "complex" in kind:
        cure = (
            "take the real part or the modulus"
            if "complex" in kind
            else 'convert it, `.astype("float64")`'
        )
        raise ValueError(f"`values` must hold real numbers, got dtype {kind}; {cure}")
    if not 1 <= len(shape) <= MOST_AXES or 0 in shape:
        cure = "; take slices of it" if len(shape) > MOST_AXES else ""
        raise ValueError(
            f"`values` must have 1 to {MOST_AXES} axes and at least one cell, got shape "
            f"{shape}{cure}"
        )
    if "bool" in kind:
        flat = flat.byte() if hasattr(flat, "byte") else flat.astype(np.uint8)
    with borrowing():  # a grid is read and forgotten
        numbers = reals("values", flat).reshape(shape)
    if isinstance(given, np.ma.MaskedArray):
        return np.where(np.ma.getmaskarray(given), np.nan, numbers)
    return numbers


def _there(mask, shape):
    """Return where cells are there, one bool for each."""
    flat, given = _opened("mask", mask)
    if given != shape:
        raise ValueError(f"`mask` must have the shape of `values`, {shape}, got {given}")
    return flags("mask", flat).reshape(shape)


def _opened(name, given):
    """Return the entries of an array or a tensor in one axis, and its shape."""
    array: Any = given
    try:
        if isinstance(given, type) or not hasattr(given, "detach"):
            array = np.asarray(np.ma.getdata(array))
        flat, shape = array.reshape(-1), tuple(array.shape)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"`{name}` must be an array, got {kind_of(given)} ({error}); make a dense array of it"
        ) from error
    if isinstance(given, Tabled) or (shape == () and str(flat.dtype) == "object"):
        raise ValueError(
            f"`{name}` must be an array of numbers, got {kind_of(given)}; make an array of it"
        )
    return flat, shape


def _periodic(given, shape):
    """Return which axes are periodic."""
    given = given[()] if isinstance(given, np.ndarray) else given
    if isinstance(given, bool | np.bool_):
        wraps = (bool(given),) * len(shape)
    else:
        wraps = tuple(given) if isinstance(given, Sequence | np.ndarray) else ()
        if len(wraps) != len(shape) or not all(isinstance(one, bool | np.bool_) for one in wraps):
            raise ValueError(
                f"`periodic` must be a bool, or one for each of the {len(shape)} axes, got "
                f"{shown(given)}"
            )
    for axis, (wrap, length) in enumerate(zip(wraps, shape, strict=True)):
        if wrap and length < SHORTEST:
            whom = "the cell itself" if length == 1 else "the other cell"
            raise ValueError(
                f"a periodic axis must have at least {SHORTEST} cells, got {length} on axis {axis} "
                f"of shape {shape}: both neighbours of a cell would be {whom}; leave the axis not "
                "periodic, in degree 0 the bars are the same"
            )
    return tuple(map(bool, wraps))
