"""`align`: the copy of a network, among its symmetric ones, that lies near another network.

The one idea: exchanging hidden units changes the vector and not the loss, so a path may end at any
copy. With the other groups held still the nearest order of one group is an assignment problem,
solved exactly; groups are taken in turn until nothing moves.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points, SomePoints
from morseloss.landscapes.landscape import check_points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.symmetry import Element, Group, Symmetry
from morseloss.networks.symmetry.unit_groups import units_first

__all__ = ["align"]

GAIN = 1e-6  # of the squared distance: less is round-off of float32, not a better copy


def align(
    landscape: NetworkLandscape,
    reference: SomePoints,
    points: Points,
    *,
    symmetry: Symmetry | None = None,
    restarts: int = 0,
    generator: torch.Generator | None = None,
) -> Points:
    """Return copies of networks, of the same loss, that lie near a reference.

    Parameters
    ----------
    landscape : NetworkLandscape
    reference : Tensor, shape (1, dim) or (batch, dim)
        One for all rows, or one a row: `align(land, minima[i], minima[j])` for pairs `i, j`.
    points : Tensor, shape (batch, dim)
    symmetry : Symmetry, optional
        What may be exchanged. Read off the module if it is a chain of layers (`symmetry_of`).
    restarts : int
        Also try so many random copies of each row, groups in random order, and keep the nearest.
    generator : torch.Generator, optional
        Needed by restarts.

    Returns
    -------
    Tensor, shape (batch, dim)
        The numbers of `points` in another order, with other signs: the loss is the same to
        round-off. Never farther from the reference than `points` was, up to round-off.

    Raises
    ------
    ValueError
        If shapes do not fit, the module is no chain and no symmetry is given, a given one changes
        the outputs, or a generator is missing.

    Notes
    -----
    Each point of a sample may be replaced by a copy for each path anew: a path that continues from
    a copy is a copy of a path that continues from the point. The copy found is a nearest one with
    respect to each group, not among all copies; that problem is hard.

    References
    ----------
    Ainsworth, Hayase, Srinivasa, "Git Re-Basin: merging models modulo permutation symmetries",
    2023, section 3.2 (weight matching).

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape
    >>> from morseloss.networks.symmetry.alignment import align
    >>> from morseloss.networks.symmetry.layer_chain import symmetry_of
    >>> module = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    >>> x, y = torch.randn(20, 4), torch.arange(20) % 2
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y)
    >>> generator, symmetry = torch.Generator().manual_seed(0), symmetry_of(land.pure)
    >>> point = torch.randn(1, land.dim, generator=generator)
    >>> copy = symmetry.act(point, symmetry.random(1, generator=generator))
    >>> bool((copy == point).all()), bool((align(land, point, copy) == point).all())
    (False, True)
    """
    check_points(landscape, points, "points")
    check_points(landscape, reference, "reference")
    if len(reference) not in (1, len(points)) or restarts < 0 or reference.dtype != points.dtype:
        raise ValueError(
            f"`reference` must have 1 or {len(points)} rows of the dtype of `points`, "
            f"{points.dtype}, and `restarts` be 0 or more; got {len(reference)} rows of "
            f"{reference.dtype} and {restarts}"
        )
    if restarts and generator is None:
        raise ValueError(
            "restarts draw copies at random: pass `generator`, for instance "
            "`torch.Generator().manual_seed(0)`"
        )
    symmetry = symmetry_of(landscape.pure) if symmetry is None else symmetry
    symmetry.check(landscape)
    reference, order = reference.expand_as(points), list(range(len(symmetry.groups)))
    best = _matched(symmetry, reference, points, order)
    for _ in range(restarts):
        start = symmetry.act(points, symmetry.random(len(points), generator=generator))  # pyright: ignore[reportArgumentType]
        order = torch.randperm(len(order), generator=generator).tolist()
        other = _matched(symmetry, reference, start, order)
        best = torch.where(_nearer(reference, other, best)[:, None], other, best)
    return best


def _matched(symmetry: Symmetry, reference: Points, points: Points, order: Sequence[int]) -> Points:
    """Match group after group, in sweeps, until no row moves."""
    points, moving = points.clone(), torch.arange(len(points), device=points.device)
    while len(moving):
        now, wanted = points[moving], reference[moving]
        moved = torch.zeros(len(moving), dtype=torch.bool, device=points.device)
        for place in order:
            other = _group_matched(symmetry, place, wanted, now)
            nearer = _nearer(wanted, other, now)
            now, moved = torch.where(nearer[:, None], other, now), moved | nearer
        points[moving] = now
        moving = moving[moved]
    return points


def _nearer(reference: Points, first: Points, second: Points) -> Tensor:
    """Whether the first lies nearer than the second, by more than round-off."""
    squares = ((first - reference) ** 2).sum(1), ((second - reference) ** 2).sum(1)
    return squares[0] < squares[1] * (1 - GAIN)


def _group_matched(symmetry: Symmetry, place: int, reference: Points, points: Points) -> Points:
    """Return the rows with one group in the order that brings them nearest."""
    from scipy.optimize import linear_sum_assignment

    group, signs = symmetry.groups[place], _signs(symmetry.groups[place])
    likeness, which = _likeness(symmetry, place, reference, points).max(1)
    orders = torch.stack(
        [
            torch.as_tensor(linear_sum_assignment(table, maximize=True)[1])
            for table in likeness.cpu().numpy()
        ]
    )
    chosen = which.cpu().gather(2, orders[..., None])[..., 0]
    alone = Symmetry(symmetry.layout, [group])
    return alone.act(points, Element((orders,), (signs[chosen].movedim(2, 1),)))


def _likeness(
    symmetry: Symmetry, place: int, reference: Points, points: Points
) -> Float[Tensor, "batch signs units units"]:
    """Inner products of unit i of the reference with unit j of the points, for all signs of it.

    Where a parameter holds the group along two axes this is its linear part at the present order.
    """
    group, size = symmetry.groups[place], symmetry.sizes[place]
    wanted, given = symmetry.layout.split(reference), symmetry.layout.split(points)
    signs, total = _signs(group), points.new_zeros(len(points), 1, size, size)
    for axis in group.axes:
        target, units = (units_first(parts[axis.name], axis, size) for parts in (wanted, given))
        sign = signs[:, list(axis.flips)].prod(1).to(points)
        total = total + sign[:, None, None] * (target @ units.mT)[:, None]
    return total


def _signs(group: Group) -> Float[Tensor, "signs flips"]:
    """All signs that a unit of the group can have."""
    if not group.flips:
        return torch.ones(1, 0)
    both = torch.tensor([1.0, -1.0])
    return torch.cartesian_prod(*[both] * group.flips).reshape(-1, group.flips)
