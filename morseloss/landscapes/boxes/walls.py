"""Walls of a domain: whether the landscape falls inward on all of them, and which hold a point.

The one idea: where minus the gradient points inward on the whole boundary, nothing leaves the box
downhill, and its sublevel sets are those of the critical points inside. Where it does not, a wall
from which the landscape grows inward holds what falls against it: there the critical points are
those of the restriction to the wall.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Points, SomePoints, SomeRows, SomeValues, Values
from morseloss.landscapes.landscape import Box, Landscape

__all__ = ["growth_inward", "inward", "outside", "restricted_jet", "snapped", "wall_slopes"]

SAMPLES = 256  # on each wall
CORNERS = 8  # dimension up to which all corners are looked at
LOWEST = 8  # samples of each wall from which the slope is followed down
FIRST_STEP = 0.1  # in widths of the box
ROUNDS = 40
SNAP = 1e-6  # of the width: what float32 may be off a wall


def outside(landscape: Landscape, points: Points) -> Bool[Tensor, " batch"]:
    """Return which points lie outside the domain; none does where there is no domain."""
    if landscape.domain is None:
        return torch.zeros(len(points), dtype=torch.bool, device=points.device)
    low, high = landscape.domain.to(points)
    return ((points < low) | (points > high)).any(-1)


def inward(landscape: Landscape, device: torch.device | None = None) -> bool:
    """Return whether minus the gradient points inward on the whole boundary of the domain.

    Samples of every wall, from the lowest of which the slope is followed down, decide it: that is
    strong evidence, not a proof. Where there is no domain there is no wall.

    Parameters
    ----------
    landscape : Landscape
    device : torch.device, optional
        Where to evaluate it.

    Raises
    ------
    ValueError
        If a slope across a wall is not a number.

    References
    ----------
    Barannikov et al., Loss barcode, Appendix A.
    """
    if landscape.domain is None:
        return True
    domain = landscape.domain.to(device)
    unit, axes, sides = (part.to(domain.device) for part in _sampled(landscape.dim))
    slopes = _slopes(landscape, domain[0] + (domain[1] - domain[0]) * unit, axes, sides)
    _check_numbers(landscape, domain[0] + (domain[1] - domain[0]) * unit, slopes, axes)
    if bool((slopes <= 0).any()):
        return False
    rows = _lowest(slopes, 2 * axes + (sides > 0))
    points, slopes = _followed(landscape, domain, unit[rows], axes[rows], sides[rows])
    _check_numbers(landscape, points, slopes, axes[rows])
    return bool((slopes > 0).all())


def _check_numbers(
    landscape: Landscape, points: SomePoints, slopes: SomeValues, axes: SomeRows
) -> None:
    lost = slopes.isnan().nonzero().flatten().tolist()
    if lost:
        axis, place = int(axes[lost[0]]), ", ".join(f"{x:.4g}" for x in points[lost[0]].tolist())
        raise ValueError(
            f"{landscape!r} must be smooth up to the walls of its domain, got a slope that is no "
            f"number on the wall x{axis} = {float(points[lost[0], axis]):g}, at ({place}); take a "
            "box inside of which it is smooth"
        )


def snapped(landscape: Landscape, points: Points) -> Points:
    """Return the points in float64, those that are on a wall in their own precision on it."""
    exact = points.double()
    if landscape.domain is None:
        return exact
    slack = SNAP * (landscape.domain[1] - landscape.domain[0]).to(exact)
    for side in landscape.domain.to(exact):
        exact = torch.where((exact - side).abs() <= slack, side, exact)
    return exact


def growth_inward(
    landscape: Landscape, points: Points, gradients: Gradients
) -> Float[Tensor, "batch dim"]:
    """Return the slopes inward of the walls that points lie on, nan along the other axes."""
    if landscape.domain is None:
        return torch.full_like(gradients, torch.nan)
    low, high = landscape.domain.to(points)
    growth = torch.where(points == low, gradients, torch.nan)
    return torch.where(points == high, -gradients, growth)


def restricted_jet(
    landscape: Landscape, points: Points, gradients: Gradients, hessians: Hessians
) -> tuple[Gradients, Float[Tensor, "batch dim"], Values]:
    """Return gradient and Hessian eigenvalues of the restriction to the walls that hold a point.

    A wall holds a point on it where the landscape grows inward.

    Returns
    -------
    gradients : Tensor, shape (n, dim)
        0 across the walls that hold.
    eigenvalues : Tensor, shape (n, dim)
        Ascending; infinite for every wall that holds.
    across : Tensor, shape (n,)
        The least slope across a wall, in either sense, as a curvature on the width of the box,
        [value]/[point]^2; infinite for a point on no wall.
    """
    if landscape.domain is None:
        far = torch.full_like(gradients[:, 0], torch.inf)
        return gradients, torch.linalg.eigvalsh(hessians), far
    growth = growth_inward(landscape, points, gradients)
    held = growth > 0
    width = (landscape.domain[1] - landscape.domain[0]).to(points)
    free = ~held[:, :, None] & ~held[:, None, :]
    above = 1 + 2 * torch.linalg.matrix_norm(hessians, ord=float("inf"))
    hessians = torch.where(free, hessians, 0.0) + torch.diag_embed(above[:, None] * held)
    eigenvalues = torch.linalg.eigvalsh(hessians)
    last = torch.arange(points.shape[1]).to(held.device) >= (~held).sum(-1, keepdim=True)
    across = (growth.abs() / width).nan_to_num(torch.inf).amin(-1)
    return (
        torch.where(held, 0.0, gradients),
        torch.where(last, torch.inf, eigenvalues),
        across,
    )


def wall_slopes(landscape: Landscape) -> SomeValues:
    """Return for each axis the steepest slope across its two walls, as far as samples tell."""
    if landscape.domain is None:
        return torch.zeros(landscape.dim, dtype=torch.float64)
    unit, axes, sides = (part.to(landscape.domain.device) for part in _sampled(landscape.dim))
    low, high = landscape.domain
    slopes = _slopes(landscape, low + (high - low) * unit, axes, sides).abs()
    return torch.stack([slopes[axes == axis].max() for axis in range(landscape.dim)])


def _lowest(slopes: SomeValues, walls: SomeRows) -> SomeRows:
    """Return the rows of each wall at which the slope outward is lowest."""
    rows = [(walls == wall).nonzero().flatten() for wall in walls.unique().tolist()]
    return torch.cat([part[slopes[part].argsort(stable=True)[:LOWEST]] for part in rows])


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
