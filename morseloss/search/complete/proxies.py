"""Chebyshev proxies of a gradient: a box cut into cells until a short series fits on each.

The one idea: a smooth function is a short series on a cell that is small enough, and a function
that is not smooth shows by cells that never are. What a series leaves is measured twice, by its
last coefficients and at places that it was not fitted to.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morseloss._rows import joined, put, take
from morseloss.landscapes.landscape import Box, Landscape
from morseloss.search.complete.chebyshev import coefficients, nodes, summed
from morseloss.search.iterate import Progress
from morseloss.status import SearchError

__all__ = ["COUNTS", "LEVEL", "Cover", "Proxies", "excluded", "proxies", "refitted", "size"]

COUNTS = {1: 32, 2: 24, 3: 16}  # nodes an axis, by dimension
LAST = 3  # coefficients an axis, that tell what is left: two may vanish by symmetry
CLOSE = 1e-11  # of the largest gradient on a cell
LEVEL = 1e-13  # of the largest rise on a cell: one that rises less, to one side, is flat
NOISE, SMALL = 1e-6, 2.0**-10  # on a cell so small, of the box, more is left by round-off only
SAFETY = 4.0  # on what was measured of the error
MOST, HELD = 1 << 18, 1 << 26  # cells, and coefficients at a time: then a function is not smooth
THIN = 2.0**-30  # of the box: the width of a cell that is no longer cut
ROWS = 1 << 16  # points a call
OVERLAP = 1e-6  # of a cell: a zero on a wall between two lies inside one of them
PLACES = ((0.31, -0.57, 0.73), (-0.83, 0.12, -0.39), (0.66, 0.91, 0.05), (-0.21, -0.94, -0.68))


@dataclass(frozen=True, eq=False)
class Proxies:
    """Cells, each with one series a component of the gradient.

    Attributes
    ----------
    low, high : Tensor, shape (cells, dim)
        Corners.
    series : Tensor, shape (cells, dim, n, ..., n)
    errors : Tensor, shape (cells, dim)
        Bounds on what the series leave of the gradient, [value]/[point], as measured.
    """

    low: Float[Tensor, "cells dim"]
    high: Float[Tensor, "cells dim"]
    series: Float[Tensor, "cells dim ..."]
    errors: Float[Tensor, "cells dim"]

    def __len__(self) -> int:
        return len(self.low)

    def rises(self) -> Float[Tensor, " cells"]:
        """Return a bound on how much the landscape rises on each cell."""
        return (size(self.series) * (self.high - self.low)).sum(1)


@dataclass(frozen=True, eq=False)
class Cover:
    """A box covered by cells.

    Attributes
    ----------
    cells : Proxies
        Those on which the gradient may vanish.
    count, flat : int
        How many there are, with those on which it does not; how many of them are flat.
    error, slip : float
        The largest error of a series, [value]/[point], and the largest product of an error and
        the width of its cell, [value].
    rise, bend : float
        The largest bounds, over all cells, on how much the landscape rises, [value], and on how
        much its gradient changes, [value]/[point]^2.
    """

    cells: Proxies
    count: int = 0
    flat: int = 0
    error: float = 0.0
    slip: float = 0.0
    rise: float = 0.0
    bend: float = 0.0

    def more(self, fitting: Proxies) -> "Cover":
        """Return the cover with more cells."""
        if not len(fitting):
            return self
        width = fitting.high - fitting.low
        return Cover(
            joined(self.cells, take(fitting, ~excluded(fitting))),
            self.count + len(fitting),
            self.flat,
            max(self.error, float(fitting.errors.max())),
            max(self.slip, float((fitting.errors * width).sum(1).max())),
            max(self.rise, float(fitting.rises().max())),
            max(self.bend, float((2 * size(fitting.series) / width).max())),
        )


def proxies(landscape: Landscape, box: Box, *, progress: Progress | None = None) -> Cover:
    """Fit the gradient on a box of at most three variables.

    Raises
    ------
    SearchError
        If the gradient is not finite somewhere, or too many cells stay on which no series fits;
        `found` holds the `Cover` as far as it goes.
    """
    low, high = _cut(box[:1], box[1:], torch.ones(1, landscape.dim, dtype=torch.bool))
    none = take(_fitted(landscape, low, high)[0], low[:, 0] > high[:, 0])
    cover, rounds = Cover(none), 0
    held = HELD // (landscape.dim * COUNTS[landscape.dim] ** landscape.dim)
    while len(low):
        cells, tails, steady = _widened(landscape, low, high, box, cover)
        sizes = size(cells.series)
        small = ((high - low) <= SMALL * (box[1] - box[0])).all(1, keepdim=True)
        bounds = torch.where(small, NOISE, CLOSE) * sizes
        rough = (tails > bounds[..., None]).any(1)
        fits = (cells.errors <= SAFETY**2 * bounds).all(1) & ~rough.any(1)
        flat = (steady & (cells.rises() <= LEVEL * cover.rise)) | (sizes == 0).all(1)
        cover = cover.more(take(cells, fits & ~flat))
        cover = replace(
            cover, count=cover.count + int(flat.sum()), flat=cover.flat + int(flat.sum())
        )
        fine = fits | flat
        rough |= ~rough.any(1, keepdim=True)  # no axis tells: all of them
        low, high = _cut(low[~fine], high[~fine], rough[~fine])
        rounds += 1
        if progress is not None:
            progress(rounds, len(low), len(low) + cover.count)
        thin = bool(((high - low) < THIN * (box[1] - box[0])).any())
        many = len(low) + cover.count > MOST or len(low) + len(cover.cells) > held
        if thin or many:
            raise SearchError(
                f"the gradient of {landscape!r} has no series that converges on the cell from "
                f"{_shown(low[0])} to {_shown(high[0])}, one of {len(low)}: it is not smooth "
                "there, or has far too many waves, or its values carry too few digits (float32, "
                "coordinates far from 0); take a box without that place, or pass `starts`",
                cover,
            )
    return cover


def excluded(cells: Proxies) -> Bool[Tensor, " cells"]:
    """Return where a component is larger in the middle than all that varies of it."""
    constants = cells.series.flatten(2)[..., 0].abs()
    return (2 * constants > size(cells.series) + cells.errors).any(1)


def size(series: Float[Tensor, "cells dim ..."]) -> Float[Tensor, "cells dim"]:
    """Return a bound on each series: the absolute sum of its coefficients."""
    return series.abs().flatten(2).sum(2)


def _widened(
    landscape: Landscape, low: Tensor, high: Tensor, box: Box, cover: Cover
) -> tuple[Proxies, Tensor, Tensor]:
    """Fit cells a little wider than they are; beyond the box too, where the gradient goes on."""
    wide = OVERLAP * (high - low)
    cells, tails, steady = _fitted(landscape, low - wide, high + wide)
    wrong = (~cells.errors.isfinite()).any(1).nonzero().flatten()
    if not len(wrong):
        return cells, tails, steady
    inner = (low - wide).clamp_min(box[0])[wrong], (high + wide).clamp_max(box[1])[wrong]
    within, ends, sides = _fitted(landscape, *inner)
    bad = (~within.errors.isfinite()).any(1).nonzero().flatten()
    if len(bad):
        raise SearchError(
            f"the gradient of {landscape!r} is not finite everywhere between "
            f"{_shown(inner[0][bad[0]])} and {_shown(inner[1][bad[0]])}; take a box on which it "
            "is, or pass `starts`",
            cover,
        )
    cells = put(cells, wrong, within)
    return cells, tails.index_copy(0, wrong, ends), steady.index_copy(0, wrong, sides)


def _fitted(
    landscape: Landscape, low: Tensor, high: Tensor
) -> tuple[Proxies, Float[Tensor, "cells dim axes"], Bool[Tensor, " cells"]]:
    """Series on cells, what their last coefficients along each axis add up to, and a sign.

    The last is whether some component has one sign wherever it was asked.
    """
    dim, count = landscape.dim, COUNTS[landscape.dim]
    line = nodes(count, low)
    grid = torch.cartesian_prod(*[line] * dim).reshape(-1, dim)
    probes = torch.tensor(PLACES, dtype=low.dtype)[:, :dim]
    middle, half = (high + low) / 2, (high - low) / 2
    points = middle[:, None] + half[:, None] * torch.cat([grid, probes])
    calls = points.flatten(0, 1).split(ROWS)
    gradients = torch.cat([landscape.gradient(part) for part in calls]).detach()
    values, checks = gradients.reshape(points.shape).mT.split([len(grid), len(probes)], -1)
    series = coefficients(values.reshape(len(low), dim, *[count] * dim))
    misses = [
        (summed(series, place.expand_as(low)) - checks[..., row]).abs()
        for row, place in enumerate(probes)
    ]
    tails = torch.stack(
        [
            series.narrow(axis + 2, count - LAST, LAST).abs().flatten(2).sum(2)
            for axis in range(dim)
        ],
        -1,
    )
    errors = SAFETY * torch.stack([*misses, tails.sum(-1)]).amax(0)
    asked = gradients.reshape(points.shape)
    steady = ((asked > 0).all(1) | (asked < 0).all(1)).any(-1)
    return Proxies(low, high, series, errors), tails, steady


def refitted(landscape: Landscape, low: Tensor, high: Tensor) -> Proxies:
    """Return cells fitted anew, each with the errors of its own size."""
    return _fitted(landscape, low, high)[0]


def _cut(low: Tensor, high: Tensor, axes: Bool[Tensor, "cells dim"]) -> tuple[Tensor, Tensor]:
    """Halve cells along the given axes of each."""
    for axis in range(low.shape[1]):
        cut = axes[:, axis]
        middle = (low[cut, axis] + high[cut, axis]) / 2
        lower, upper = high[cut].clone(), low[cut].clone()
        lower[:, axis], upper[:, axis] = middle, middle
        axes = torch.cat([axes[~cut], axes[cut], axes[cut]])
        low, high = (
            torch.cat([low[~cut], low[cut], upper]),
            torch.cat([high[~cut], lower, high[cut]]),
        )
    return low, high


def _shown(point: Float[Tensor, " dim"]) -> str:
    return "(" + ", ".join(f"{x:.6g}" for x in point.tolist()) + ")"
