"""All common zeros of series on cells: boxes cut and shrunk until each holds none or one.

The one idea: multiplied by the inverse of its linear part, a system is `x + c + rest`, and the rest
is at most its absolute sum of coefficients. So zeros lie within `-c ± rest`: if that misses the box
there is none, if it lies inside there is one, and only one where the rest has slopes below 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morseloss._rows import joined, take
from morseloss.search.complete.chebyshev import restricted
from morseloss.search.complete.proxies import Proxies, excluded, size
from morseloss.search.iterate import Progress
from morseloss.status import SearchError

__all__ = ["Zeros", "isolated"]

SHRUNK = 0.6  # of a box: where more than that is left, it is halved
BLUR = 16.0  # errors: a component that says no more than these is not asked
ROUND_OFF = 4e-16  # of the size of a series, in each step
INFLATED = 1e-6  # of a box, by which what is left of it is widened
OFF = 0.03  # of half a box: cuts are there, and not where the zeros of even functions are
TOGETHER = 1 << 22  # coefficients
ROUNDS = 400
MOST = 1 << 13  # boxes at a time, beside eight a cell, after which zeros fill a curve
STEADY = 0.25  # the slopes of the rest, below which Newton from inside arrives


@dataclass(frozen=True, eq=False)
class Zeros:
    """Boxes, each with what is known of the zeros inside.

    Attributes
    ----------
    low, high : Tensor, shape (boxes, dim)
        Corners.
    single : Tensor, shape (boxes,), bool
        Whether there is exactly one; otherwise it is not known whether there is any.
    rises : Tensor, shape (boxes,)
        Bounds on how much the landscape rises on each, [value].
    """

    low: Float[Tensor, "boxes dim"]
    high: Float[Tensor, "boxes dim"]
    single: Bool[Tensor, " boxes"]
    rises: Float[Tensor, " boxes"]

    def __len__(self) -> int:
        return len(self.low)

    def middles(self) -> Float[Tensor, "boxes dim"]:
        """Return the middle of each box."""
        return (self.low + self.high) / 2


def isolated(cells: Proxies, *, progress: Progress | None = None) -> Zeros:
    """Return boxes that hold all zeros of the functions that the series stand for.

    Raises
    ------
    SearchError
        If the boxes become too many: zeros fill a curve; `found` holds those that were isolated.
    """
    found = _boxes(take(cells, torch.zeros(0, dtype=torch.long)))
    rows = torch.arange(len(cells))
    for part in rows.split(max(1, TOGETHER // max(1, cells.series[:1].numel()))):
        for boxes in _of_cells(take(cells, part), found):
            found = joined(found, boxes)
        if progress is not None:
            progress(int(part[-1]) + 1, len(rows) - int(part[-1]) - 1, len(rows))
    return found


def _of_cells(cells: Proxies, found: Zeros) -> Iterator[Zeros]:
    """The boxes of some cells, as they are found; `found` is what there was before."""
    most = MOST + 8 * len(cells)
    for _ in range(ROUNDS):
        cells = take(cells, ~excluded(cells))
        low, high, single, lost = _enclosed(cells)
        ends = ~lost & (single | _blurred(cells).all(1))
        yield _boxes(_parts(take(cells, ends), low[ends], high[ends]), single[ends])
        going = ~(ends | lost)
        if not going.any():
            return
        cells = _closer(take(cells, going), low[going], high[going])
        if len(cells) > most:
            middle = ((cells.low + cells.high) / 2)[len(cells) // 2].tolist()
            raise SearchError(
                "critical points are not isolated, or nearly not: they seem to fill a curve or a "
                f"surface through {tuple(float(f'{x:.6g}') for x in middle)}; `perturb` it, or "
                "take away what makes it symmetric",
                found,
            )
    yield _boxes(cells)


def _enclosed(cells: Proxies) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Where in `[-1, 1]` of each cell its zeros can be, whether there is exactly one, or none."""
    series, errors = cells.series, cells.errors
    dim, count = errors.shape[1], series.shape[-1]
    linear = torch.stack([_coefficient(series, axis) for axis in range(dim)], -1)
    inverse, fault = torch.linalg.inv_ex(linear)
    known = (fault == 0) & inverse.flatten(1).isfinite().all(1)
    inverse = torch.where(known[:, None, None], inverse, 0.0)
    turned = torch.einsum("cij,cj...->ci...", inverse, series)
    blur = torch.einsum("cij,cj->ci", inverse.abs(), errors + ROUND_OFF * size(series))
    degrees = _degrees(turned)
    beyond = turned.abs() * (sum(degrees) > 1)
    rest = beyond.flatten(2).sum(2) + blur
    slopes = (beyond * sum(degree**2 for degree in degrees)).flatten(2).sum(2) + blur * count**2
    centre = -turned.flatten(2)[..., 0]
    rest = torch.where(known[:, None], rest, torch.inf)
    low, high = centre - rest, centre + rest
    single = ((low >= -1) & (high <= 1) & (slopes < STEADY)).all(1) & known
    lost = ((low > 1) | (high < -1)).any(1)
    # in a box as narrow as its errors nothing could be said of slopes
    wide = 2 / STEADY * count**2 * blur
    return (low - wide).clamp_min(-1.0), (high + wide).clamp_max(1.0), single, lost


def _blurred(cells: Proxies) -> Bool[Tensor, "cells dim"]:
    """Which components are too small on a cell, against their errors, to say more."""
    return size(cells.series) <= BLUR * (cells.errors + ROUND_OFF * size(cells.series))


def _closer(cells: Proxies, low: Tensor, high: Tensor) -> Proxies:
    """Look at what is left of each cell, or at two parts of it."""
    wide = INFLATED * (high - low)
    low, high = (low - wide).clamp_min(-1.0), (high + wide).clamp_max(1.0)
    halve = ((high - low) > 2 * SHRUNK).all(1)
    axis = _roughest(cells)[halve]
    left, right = high[halve].clone(), low[halve].clone()
    cut = (low[halve] + high[halve]).gather(1, axis[:, None]) / 2
    left.scatter_(1, axis[:, None], cut + OFF)
    right.scatter_(1, axis[:, None], cut - OFF)
    rows = torch.arange(len(cells))
    rows = torch.cat([rows[~halve], rows[halve], rows[halve]])
    low, high = (
        torch.cat([low[~halve], low[halve], right]),
        torch.cat([high[~halve], left, high[halve]]),
    )
    return _parts(take(cells, rows), low, high)


def _roughest(cells: Proxies) -> Tensor:
    """The axis along which the components that still say something vary most."""
    says = torch.where(_blurred(cells), 0.0, 1 / size(cells.series).clamp_min(1e-300))
    weights = cells.series.abs() * says.reshape(*says.shape, *[1] * (cells.series.ndim - 2))
    varying = [(weights * degree**2).flatten(1).sum(1) for degree in _degrees(cells.series)]
    return torch.stack(varying, -1).argmax(-1)


def _parts(cells: Proxies, low: Tensor, high: Tensor) -> Proxies:
    """Parts of cells, given in their `[-1, 1]`."""
    middle, half = (cells.high + cells.low) / 2, (cells.high - cells.low) / 2
    errors = cells.errors + ROUND_OFF * size(cells.series)
    series = restricted(cells.series, low, high)
    return Proxies(middle + half * low, middle + half * high, series, errors)


def _boxes(cells: Proxies, single: Tensor | None = None) -> Zeros:
    if single is None:
        single = torch.zeros(len(cells), dtype=torch.bool)
    return Zeros(cells.low, cells.high, single, cells.rises())


def _coefficient(series: Tensor, axis: int) -> Float[Tensor, "cells dim"]:
    """The coefficients of one variable alone."""
    ones = [int(other == axis) for other in range(series.ndim - 2)]
    return series[:, :, *ones]


def _degrees(series: Tensor) -> list[Tensor]:
    """The degree in each variable of every coefficient."""
    dim, count = series.ndim - 2, series.shape[-1]
    line = torch.arange(count, dtype=series.dtype)
    shapes = [[count if other == axis else 1 for other in range(dim)] for axis in range(dim)]
    return [line.reshape(shape).expand(*[count] * dim) for shape in shapes]
