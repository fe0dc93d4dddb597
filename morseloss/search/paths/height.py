"""`heights`: how high each path climbs, over its whole continuum and not over its nodes.

The one idea: sample every piece, then close in on every sampled top that could be the highest. A
height that is too low is the one error that a barcode cannot afford.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points, Values
from morseloss.kinds import check_count, check_kind
from morseloss.landscapes.landscape import Landscape, check_landscape
from morseloss.search.paths.curve import Paths, asked

__all__ = ["Heights", "candidates", "closed_in", "heights", "values_at"]

GOLDEN = (5**0.5 - 1) / 2  # of a bracket, kept at each look


@dataclass(frozen=True, eq=False)
class Heights:
    """The top of each path.

    Attributes
    ----------
    values : Tensor, shape (paths,)
        Highest value on the path: its barrier, an upper bound of the minimax height of its ends.
        Infinite where the landscape is not a number somewhere on the path.
    times : Tensor, shape (paths,)
        When the path is there, in [0, 1].
    points : Tensor, shape (paths, dim)
        Where that is.
    sampled : Tensor, shape (paths, samples)
        Values at times spread evenly from 0 to 1, among which the top was looked for; infinite
        where the landscape is not a number.
    """

    values: Values
    times: Values
    points: Points
    sampled: Float[Tensor, "paths samples"]


def heights(landscape: Landscape, paths: Paths, *, samples: int = 16, closing: int = 36) -> Heights:
    """Return the highest value on each path, ends included.

    Parameters
    ----------
    landscape : Landscape
    paths : Paths
    samples : int
        Points on each piece of a path (segment of a polyline) before closing in. A bump narrower
        than two of them can hide; raise it for a rough landscape.
    closing : int
        Golden-section steps around each sampled top; 36 bring the time to 1e-8 of a piece, the
        value to round-off.

    Returns
    -------
    Heights

    Raises
    ------
    ValueError
        If one of the two is something else, or there are fewer than two samples a piece.

    References
    ----------
    Barannikov et al., Loss barcode, Algorithm 1, line 8: the maximum over t in [0, 1].

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> land = ml.analytic.DoubleWell(1, tilt=(0.0,))
    >>> line = torch.tensor([[[-1.0], [1.0]]], dtype=torch.float64)
    >>> ml.heights(land, ml.Paths(line, ml.Polyline(), torch.tensor([1]))).values
    tensor([1.], dtype=torch.float64)
    """
    check_landscape(landscape)
    check_kind("paths", paths, Paths, "find them by `find_paths`")
    check_count("samples", samples, least=2)
    check_count("closing", closing, least=0)
    count = paths.curve.pieces(paths.controls.shape[1]) * samples
    grid = torch.linspace(0, 1, count + 1, dtype=paths.controls.dtype).to(paths.controls.device)
    points = paths.at(grid)
    values = asked(landscape.value, points)
    values = values.nan_to_num(nan=torch.inf, posinf=torch.inf, neginf=-torch.inf)
    path, at = candidates(values)
    width = 1.0 / count
    times = grid[at]
    low, high = (times - width).clamp_min(0), (times + width).clamp_max(1)
    tops, when = closed_in(values_at(landscape, paths, path), low, high, closing)
    tops = tops.nan_to_num(nan=torch.inf, posinf=torch.inf, neginf=-torch.inf)
    better = tops > values[path, at]
    tops, when = torch.where(better, tops, values[path, at]), torch.where(better, when, times)
    best = _argmax_by(path, tops, len(values))
    ends = paths.controls[torch.arange(len(paths)), :, :]
    weights = paths.curve.weights(when[best][:, None], paths.controls.shape[1])
    return Heights(tops[best], when[best], (weights @ ends)[:, 0], values)


def candidates(values: Tensor, slack: Tensor | float = 0.0) -> tuple[Tensor, Tensor]:
    """Return the sampled tops that could hide the highest point: their paths and places.

    Parameters
    ----------
    values : Tensor, shape (paths, samples)
    slack : Tensor, shape (paths, 1), or float
        By which the highest may be undercut all the same, where samples are not exact.
    """
    padded = torch.nn.functional.pad(values, (1, 1), value=-torch.inf)
    left, right = padded[:, :-2], padded[:, 2:]
    bend = (values - left) + (values - right)
    bend = torch.where(bend.isfinite(), bend.abs(), (values - torch.maximum(left, right)).abs())
    highest = values.amax(1, keepdim=True)
    reach = (values + bend + slack >= highest) | (values == highest)
    path, at = ((values >= left) & (values >= right) & reach).nonzero(as_tuple=True)
    return path, at


def values_at(landscape: Landscape, paths: Paths, path: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the values on some of the paths as a function of one time on each."""
    controls = paths.controls[path]

    def value(times: Tensor) -> Tensor:
        weights = paths.curve.weights(times[:, None], controls.shape[1])
        return landscape.value((weights @ controls)[:, 0])

    return value


def closed_in(
    value: Callable[[Tensor], Tensor], low: Tensor, high: Tensor, steps: int
) -> tuple[Tensor, Tensor]:
    """Return the top in each bracket of times, by golden sections: values and times."""
    inner, outer = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    first, second = value(inner), value(outer)
    for _ in range(steps):
        left = first > second
        low, high = torch.where(left, low, inner), torch.where(left, outer, high)
        fresh = torch.where(left, high - GOLDEN * (high - low), low + GOLDEN * (high - low))
        found = value(fresh)
        inner, outer = torch.where(left, fresh, outer), torch.where(left, inner, fresh)
        first, second = torch.where(left, found, second), torch.where(left, first, found)
    return torch.maximum(first, second), torch.where(first > second, inner, outer)


def _argmax_by(group: Tensor, values: Tensor, groups: int) -> Tensor:
    """For each group, the position of its largest value (the first of equal ones)."""
    best = values.new_full((groups,), -torch.inf)
    best = best.scatter_reduce(0, group, values, "amax")
    hit = (values == best[group]).nonzero().flatten().flip(0)
    where = torch.zeros(groups, dtype=torch.long, device=values.device)
    return where.scatter(0, group[hit], hit)
