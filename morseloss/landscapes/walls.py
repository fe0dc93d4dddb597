"""`check_walls`: whether minus the gradient points inward on the whole boundary of a domain.

The one idea: where it does, nothing leaves the box downhill, and its sublevel sets are those of the
critical points inside. Where it does not, they may begin on a wall, at a place that is no critical
point, and no graph or complex of the points inside tells of it: that is refused.
"""

import math

import torch
from jaxtyping import Bool
from torch import Tensor

from morseloss._shapes import Points, SomePoints, SomeRows, SomeValues
from morseloss.landscapes.landscape import Box, Landscape

__all__ = ["check_walls", "outside"]

SAMPLES = 256  # on each wall
CORNERS = 8  # dimension up to which all corners are looked at
LOWEST = 8  # samples of each wall from which the slope is followed down
FIRST_STEP = 0.1  # in widths of the box
ROUNDS = 40


def outside(landscape: Landscape, points: Points) -> Bool[Tensor, " batch"]:
    """Return which points lie outside the domain; none does where there is no domain."""
    if landscape.domain is None:
        return torch.zeros(len(points), dtype=torch.bool, device=points.device)
    low, high = landscape.domain.to(points)
    return ((points < low) | (points > high)).any(-1)


def check_walls(landscape: Landscape, device: torch.device | None = None) -> None:
    """Pass a landscape whose barcode on its domain is that of its critical points inside.

    Minus the gradient has to point inward on the whole boundary. Samples of every wall, from the
    lowest of which the slope is followed down, decide it: that is strong evidence, not a proof.

    Parameters
    ----------
    landscape : Landscape
        Any; one without a domain passes.
    device : torch.device, optional
        Where to evaluate it.

    Raises
    ------
    ValueError
        If it does not; the place where the landscape falls outward most is named.

    References
    ----------
    Barannikov et al., Loss barcode, Appendix A.
    """
    if landscape.domain is None:
        return
    domain = landscape.domain.to(device)
    points, slopes, axes = _lowest(landscape, domain)
    if bool((slopes > 0).all()):
        return
    row = int(slopes.nan_to_num(nan=-math.inf).argmin())
    axis, place = int(axes[row]), ", ".join(f"{x:.4g}" for x in points[row].tolist())
    sides = " x ".join(f"[{low:g}, {high:g}]" for low, high in domain.T.tolist())
    raise ValueError(
        f"minus the gradient must point inward on the whole boundary of the domain {sides} of "
        f"{landscape!r}; on the wall x{axis} = {float(points[row, axis]):g}, at ({place}), the "
        f"slope outward is {float(slopes[row]):.4g}. Sublevel sets may begin on a wall, at a "
        "minimum that is no critical point, so the critical points inside do not tell its "
        "barcode: move the wall to where the landscape rises outward, or drop the domain (use it "
        "without `OnBox`, or without `box` in a file) for the barcode of the whole space"
    )


def _lowest(landscape: Landscape, domain: Box) -> tuple[SomePoints, SomeValues, SomeRows]:
    """Return points of all walls at which the slope outward is low, these slopes, the axes."""
    unit, axes, sides = (part.to(domain.device) for part in _sampled(landscape.dim))
    slopes = _slopes(landscape, domain[0] + (domain[1] - domain[0]) * unit, axes, sides)
    walls = 2 * axes + (sides > 0)
    kept = [
        rows[slopes[rows].nan_to_num(nan=-math.inf).argsort(stable=True)[:LOWEST]]
        for rows in ((walls == wall).nonzero().flatten() for wall in range(2 * landscape.dim))
    ]
    rows = torch.cat(kept)
    return *_followed(landscape, domain, unit[rows], axes[rows], sides[rows]), axes[rows]


def _sampled(dim: int) -> tuple[SomePoints, SomeRows, SomeValues]:
    """Return points of every wall of the unit box, the axes across the walls, and the sides."""
    generator = torch.Generator().manual_seed(0)
    inner = torch.rand(SAMPLES, dim, generator=generator, dtype=torch.float64)
    if dim <= CORNERS:
        ends = [torch.arange(2, dtype=torch.float64)] * dim
        inner = torch.cat([torch.cartesian_prod(*ends).reshape(-1, dim), inner])
    points = inner.repeat(2 * dim, 1, 1)
    for wall in range(2 * dim):
        points[wall, :, wall // 2] = wall % 2
    walls = torch.arange(2 * dim).repeat_interleave(len(inner))
    return points.flatten(0, 1), walls // 2, (2 * (walls % 2) - 1).double()


def _followed(
    landscape: Landscape, domain: Box, unit: SomePoints, axes: SomeRows, sides: SomeValues
) -> tuple[SomePoints, SomeValues]:
    """Follow the slope outward down along the walls, from points of the unit box."""
    low, width = domain[0], domain[1] - domain[0]
    across = torch.zeros_like(unit).scatter(1, axes[:, None], sides[:, None])
    steps = torch.full_like(sides, FIRST_STEP)
    slopes = _slopes(landscape, low + width * unit, axes, sides)
    for _ in range(ROUNDS):
        ways = width * landscape.hvp(low + width * unit, across)
        ways = torch.where(across != 0, 0.0, ways).nan_to_num(0.0, 0.0, 0.0)
        ways = ways / ways.norm(dim=-1, keepdim=True).clamp_min(torch.finfo(ways.dtype).tiny)
        moved = (unit - steps[:, None] * ways).clamp(0.0, 1.0)
        there = _slopes(landscape, low + width * moved, axes, sides)
        better = there < slopes
        unit = torch.where(better[:, None], moved, unit)
        slopes = torch.where(better, there, slopes)
        steps = torch.where(better, steps, steps / 2)
    return low + width * unit, slopes


def _slopes(
    landscape: Landscape, points: SomePoints, axes: SomeRows, sides: SomeValues
) -> SomeValues:
    """Return the slopes outward across the walls."""
    return sides * landscape.gradient(points).gather(1, axes[:, None])[:, 0]
