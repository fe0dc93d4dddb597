"""`align`: the copy of a network, among its symmetric ones, that lies near another network.

The one idea: exchanging hidden units changes the vector and not the loss, so a path may end at any
copy. With the other groups held still the nearest order of one group is an assignment problem,
solved exactly; groups are taken in turn until nothing moves.
"""

import torch

from morseloss._shapes import Points, SomePoints
from morseloss.landscapes.landscape import check_points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.symmetry.matching.criteria import WEIGHTS, Criterion
from morseloss.networks.symmetry.matching.freedom import freedom
from morseloss.networks.symmetry.matching.nearest import nearest
from morseloss.networks.symmetry.matching.sweeps import GAIN, matched, moves_of, polished
from morseloss.networks.symmetry.symmetry import Symmetry

__all__ = ["align", "check_restarts"]


def align(
    landscape: NetworkLandscape,
    reference: SomePoints,
    points: Points,
    *,
    symmetry: Symmetry | None = None,
    criterion: Criterion = WEIGHTS,
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
        What may be exchanged. By default what `symmetry_of` reads off the module.
    criterion : Criterion
        By what they are near: `WeightMatching` or `ActivationMatching`.
    restarts : int
        Also try so many random copies of each row, groups in random order, and keep the nearest.
    generator : torch.Generator, optional
        Needed by restarts.

    Returns
    -------
    Tensor, shape (batch, dim)
        The numbers of `points` in another order, with other signs: the loss is the same to
        round-off. Never farther from the reference than `points` was, as the criterion sees it,
        up to round-off.

    Raises
    ------
    ValueError
        If shapes do not fit, no symmetry is given of a module that cannot be traced, a given
        one changes the outputs, or a generator is missing.

    Notes
    -----
    Each point of a sample may be replaced by a copy for each path anew: a path that continues from
    a copy is a copy of a path that continues from the point. The copy found is a nearest one with
    respect to each group, not among all copies; that problem is hard. Where the outputs of both on
    a few images are nearly the same, units are first told by what their weights contribute to
    outputs, which is the same number in every copy: so copies of one network are found again as a
    rule.

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
    >>> from morseloss.networks import symmetry_of
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
    if len(reference) not in (1, len(points)) or reference.dtype != points.dtype:
        raise ValueError(
            f"`reference` must have 1 or {len(points)} rows of the dtype of `points`, "
            f"{points.dtype}; got {len(reference)} rows of {reference.dtype}"
        )
    check_restarts(restarts, generator)
    symmetry = freedom(landscape, symmetry)
    networks = criterion.sight(landscape, symmetry, points)
    references = criterion.sight(landscape, symmetry, reference)
    if len(reference) == 1:
        references = references.take(torch.zeros(len(points), dtype=torch.long))
    moves, wanted = moves_of(networks.seen_symmetry), references.seen
    best = nearest(landscape, networks, references, moves)
    for _ in range(restarts):
        start = networks.act(symmetry.random(len(points), generator=generator))  # pyright: ignore[reportArgumentType]
        order = torch.randperm(len(moves), generator=generator).tolist()
        other = matched(start, wanted, [moves[place] for place in order])
        best = best.where(other.squares(wanted) < best.squares(wanted) * (1 - GAIN), other)
    return polished(best, reference.expand_as(points)).points


def check_restarts(restarts: int, generator: torch.Generator | None) -> None:
    """See that there is something to draw restarts with.

    Raises
    ------
    ValueError
        If there is not, or `restarts` is no number of them.
    """
    if not isinstance(restarts, int) or restarts < 0:
        raise ValueError(f"`restarts` must be a whole number, 0 or more, got {restarts!r}")
    if restarts and not isinstance(generator, torch.Generator):
        raise ValueError(
            "restarts draw copies at random: pass `generator`, for instance "
            "`torch.Generator().manual_seed(0)`"
        )
