"""Bounds of a landscape on cells, from Chebyshev series of its values.

The one idea: a series on a few large cells is also the series on every part of them, after a
matrix; on a small part it is a constant, slopes and curvatures, whose least value is known, and a
rest that its absolute coefficients bound.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss.landscapes.landscape import Box, Landscape
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.wrappers import unwrapped
from morseloss.search.brackets.dyadic import Dyadic, children, uniform
from morseloss.search.complete.chebyshev import coefficients, nodes, restricted, summed
from morseloss.search.complete.proxies import COUNTS, LAST, PLACES, SAFETY
from morseloss.status import SearchError

__all__ = ["Series", "bounds", "fitted"]

FIRST = 2  # halvings before the first fit
ROUND_OFF = 1e-15  # of the size of a sum, for each of its terms
CLOSE = 1e-11  # of the size of a series: what it may leave
MOST = 1 << 14  # cells, after which a function is not smooth
THIN = 28  # halvings, after which there is a kink
TOGETHER = 1 << 22  # coefficients
EXACT = 33  # nodes an axis, up to which a polynomial is its own series


@dataclass(frozen=True, eq=False)
class Series:
    """A landscape on a box, as a series on each of a few cells.

    Attributes
    ----------
    box : Tensor, shape (2, dim)
    cells : Dyadic
        Parts of the box.
    series : Tensor, shape (cells, 1, n, ..., n)
    errors : Tensor, shape (cells,)
        What they leave of the values, rounding included, [value].
    """

    box: Box
    cells: Dyadic
    series: Float[Tensor, "cells 1 ..."]
    errors: Float[Tensor, " cells"]

    def unit(self, points: Float[Tensor, "points dim"]) -> Float[np.ndarray, "points dim"]:
        """Return where points lie in the box, as parts of its width."""
        return ((points.double() - self.box[0]) / (self.box[1] - self.box[0])).numpy()

    def rise(self) -> float:
        """Return a bound on how much the landscape rises over all of the box, [value]."""
        return float(2 * _size(self.series).max())


def fitted(landscape: Landscape, box: Box) -> Series:
    """Fit the values on a box of at most three variables.

    Raises
    ------
    SearchError
        If a value is not finite, or no series converges on some cell: it is not smooth there.
    """
    cells = uniform(FIRST, landscape.dim)
    polynomial = unwrapped(landscape)
    if isinstance(polynomial, Polynomial):
        count = max(max(e) for e in polynomial.terms) + 1
        if count <= EXACT:
            # sizes of terms bound what rounding does to their sum
            sizes = Polynomial({e: abs(c) for e, c in polynomial.terms.items()})
            low, high = _corners(cells, box, np.arange(len(cells)))
            series, _ = _through(landscape, low, high, max(count, LAST))
            sums = count * landscape.dim + len(polynomial.terms)
            rounding = ROUND_OFF * sums * sizes.value(torch.maximum(low.abs(), high.abs()))
            return Series(box, cells, series, rounding + _rounding(series))
    series, errors = _through(landscape, *_corners(cells, box, np.arange(len(cells))))
    while True:
        rough = (errors > CLOSE * _size(series)) & (errors > CLOSE**1.2 * _size(series).max())
        if not rough.any():
            return Series(box, cells, series, errors + _rounding(series))
        cells, parents, fresh = children(cells, rough.numpy().nonzero()[0])
        if len(cells) > MOST or cells.levels.max() > THIN:
            place = _corners(cells, box, fresh.nonzero()[0][:1])[0][0]
            raise SearchError(
                f"the values of {landscape!r} have no series that converges near "
                f"{tuple(float(f'{x:.6g}') for x in place)}: it is not smooth there, or has far "
                "too many waves; take a box without that place, or leave its bars one-sided"
            )
        series, errors = series[parents], errors[parents]
        rows = torch.from_numpy(fresh.nonzero()[0])
        new = _through(landscape, *_corners(cells, box, fresh.nonzero()[0]))
        series, errors = series.index_copy(0, rows, new[0]), errors.index_copy(0, rows, new[1])


def bounds(
    whole: Series, cells: Dyadic, rows: Int[np.ndarray, " rows"]
) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " rows"]]:
    """Return a lower and an upper bound of the landscape on some of the cells."""
    low, high = (torch.from_numpy(side[rows]) for side in cells.boxes())
    homes = whole.cells.holding(((low + high) / 2).numpy())
    left, right = (torch.from_numpy(side[homes]) for side in whole.cells.boxes())
    low, high = (2 * (side - left) / (right - left) - 1 for side in (low, high))
    found = [
        _extremes(restricted(whole.series[home], low[part], high[part]), whole.errors[home])
        for part, home in _batches(torch.from_numpy(homes), whole.series[:1].numel())
    ]
    lower, upper = (torch.cat(side).numpy() for side in zip(*found, strict=True))
    return lower, upper


def _batches(homes: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    for part in torch.arange(len(homes)).split(max(1, TOGETHER // size)):
        yield part, homes[part]


def _extremes(
    series: Float[Tensor, "cells 1 ..."], errors: Float[Tensor, " cells"]
) -> tuple[Float[Tensor, " cells"], Float[Tensor, " cells"]]:
    """Bounds of series: what depends on one variable, to second order, exactly, and the rest."""
    series = series[:, 0]
    dim, zero = series.ndim - 1, (0,) * (series.ndim - 1)
    rest = _size(series) - series[:, *zero].abs()
    lower, upper = series[:, *zero].clone(), series[:, *zero].clone()
    for axis in range(dim):
        slope, bend = (series[:, *(k if a == axis else 0 for a in range(dim))] for k in (1, 2))
        rest = rest - slope.abs() - bend.abs()
        lower += _least(slope, bend)
        upper -= _least(slope, -bend)
    return lower - rest.clamp_min(0) - errors, upper + rest.clamp_min(0) + errors


def _least(slope: Tensor, bend: Tensor) -> Tensor:
    """The least value of `slope x + bend (2 x^2 - 1)` on `[-1, 1]`."""
    inner = slope.abs() < 4 * bend
    vertex = -(slope**2) / (8 * torch.where(inner, bend, 1.0)) - bend
    return torch.where(inner, vertex, bend - slope.abs())


def _through(
    landscape: Landscape, low: Tensor, high: Tensor, count: int | None = None
) -> tuple[Tensor, Tensor]:
    """Series through values at nodes, and what they leave, measured at their ends and in between.

    Raises
    ------
    SearchError
        If a value is not finite.
    """
    dim = landscape.dim
    count = count or COUNTS[dim]
    grid = torch.cartesian_prod(*[nodes(count, low)] * dim).reshape(-1, dim)
    probes = torch.tensor(PLACES, dtype=low.dtype)[:, :dim]
    middle, half = (high + low) / 2, (high - low) / 2
    points = (middle[:, None] + half[:, None] * torch.cat([grid, probes])).flatten(0, 1)
    values = torch.cat([landscape.value(part) for part in points.split(1 << 16)]).detach()
    bad = (~values.isfinite()).nonzero().flatten()
    if len(bad):
        raise SearchError(
            f"the value of {landscape!r} is not finite at {points[bad[0]].tolist()}; take a box on "
            "which it is"
        )
    at_nodes, checks = values.reshape(len(low), -1).split([len(grid), len(probes)], 1)
    series = coefficients(at_nodes.reshape(len(low), 1, *[count] * dim))
    misses = [
        (summed(series, place.expand_as(low))[:, 0] - checks[:, row]).abs()
        for row, place in enumerate(probes)
    ]
    last = [_size(series.narrow(axis + 2, count - LAST, LAST)) for axis in range(dim)]
    return series, SAFETY * torch.stack([*misses, torch.stack(last).sum(0)]).amax(0)


def _corners(cells: Dyadic, box: Box, rows: Int[np.ndarray, " rows"]) -> tuple[Tensor, Tensor]:
    low, high = (torch.from_numpy(side[rows]) for side in cells.boxes())
    return box[0] + low * (box[1] - box[0]), box[0] + high * (box[1] - box[0])


def _size(series: Float[Tensor, "cells ..."]) -> Float[Tensor, " cells"]:
    """The absolute sum of coefficients: a bound."""
    return series.abs().flatten(1).sum(1)


def _rounding(series: Float[Tensor, "cells 1 ..."]) -> Float[Tensor, " cells"]:
    """What sums of as many terms as a series has an axis add, to each of its coefficients."""
    return ROUND_OFF * series.shape[-1] ** (series.ndim - 1) * _size(series)
