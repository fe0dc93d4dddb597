"""`Solutions`: distinct complex solutions of a system, and the real points among them.

The one idea: a regular solution counts once however many paths led to it, a singular one with its
multiplicity; the real ones are their own conjugates, polished in real arithmetic.
"""

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Complex, Float
from torch import Tensor

from morseloss._rows import take
from morseloss._shapes import Indices
from morseloss.landscapes.boxes.main_axes import MainAxes
from morseloss.landscapes.boxes.walls import outside
from morseloss.landscapes.certificate import Certificate
from morseloss.landscapes.critical import CriticalPoints, classify, merge
from morseloss.landscapes.landscape import Landscape
from morseloss.search.complete.smale import ALPHA
from morseloss.search.complete.tracking import Ends
from morseloss.status import Status

__all__ = ["Solutions", "distinct", "real_points"]

SAME_RADII = 1e-5  # singular ends closer than this, in units of the radii, are one


@dataclass(frozen=True, eq=False)
class Solutions:
    """Distinct complex solutions: multiplicities, alphas (inf where singular), beta; paths away.

    The multiplicity of one that is not isolated is 0.
    """

    points: Complex[Tensor, "batch dim"]
    multiplicities: Indices
    alphas: Tensor
    betas: Tensor
    radii: Tensor
    away: Complex[Tensor, "paths dim"]

    @property
    def count(self) -> int:
        """Solutions, counted with multiplicity."""
        return int(self.multiplicities.sum())

    @property
    def spread(self) -> Complex[Tensor, " dim"] | None:
        """One of the solutions that fill a curve or a surface, if there are any."""
        rows = (self.multiplicities == 0).nonzero().flatten()
        return self.points[rows[0]] if len(rows) else None

    def real(self) -> Bool[Tensor, " batch"]:
        """Solutions that are their own conjugates, among solutions closed under conjugation."""
        shift = (self.points.imag.abs() / self.radii).amax(-1)
        slack = torch.where(self.alphas < ALPHA, 4 * self.betas + 1e-12, 1e-4)
        return shift <= slack


def distinct(
    ends: Ends,
    alphas: Float[Tensor, " arrived"],
    betas: Float[Tensor, " arrived"],
    radii: Float[Tensor, " dim"],
    gaps: Float[Tensor, "arrived arrived"],
) -> Solutions:
    """Return the distinct ends of paths; a regular one counts once however many led to it.

    Parameters
    ----------
    ends : Ends
    alphas, betas : Tensor, shape (arrived,)
        Of the ends that arrived.
    radii : Tensor, shape (dim,)
        Unit of length of each variable.
    gaps : Tensor, shape (arrived, arrived)
        How far the ends that arrived are from one another, in these units.
    """
    arrived = take(ends, ends.status == Status.CONVERGED)
    away = ends.points[ends.status == Status.DIVERGED]
    regular = alphas < ALPHA
    reach = torch.where(regular, 2 * betas + 1e-14, SAME_RADII)
    same = gaps <= reach[:, None] + reach[None, :]
    if not len(same):
        return Solutions(arrived.points, arrived.windings, alphas, betas, radii, away)
    first = same.long().argmax(1)  # the first of those at the same place
    chosen = (first == torch.arange(len(first))).nonzero().flatten()
    counts = torch.stack([(first == row).sum() for row in chosen])
    return Solutions(
        arrived.points[chosen],
        torch.where(regular[chosen], 1, counts),
        torch.where(regular[chosen], alphas[chosen], math.inf),
        betas[chosen],
        radii,
        away,
    )


def real_points(
    landscape: Landscape,
    solutions: Solutions,
    expected: int,
    rounds: int,
    axes: MainAxes | None = None,
) -> CriticalPoints:
    """Return the real ones among the complex solutions, polished in real arithmetic.

    Where `axes` are given the solutions are in these coordinates, the points are not.
    """
    real = solutions.real()
    regular = solutions.alphas[real] < ALPHA
    rows = solutions.points[real].real.contiguous()
    if axes is not None:
        rows = rows @ torch.from_numpy(axes.axes.T.copy()) + torch.from_numpy(axes.origin)
    for _ in range(2):
        _, gradients, hessians = landscape.jet(rows) if len(rows) else (rows, rows, rows)
        if len(rows):
            moves = torch.linalg.solve_ex(hessians, gradients).result
            rows = torch.where(regular[:, None], rows - moves, rows)
    found = classify(landscape, rows)
    # several in one place, or a curve of them: degenerate, whatever it looks like
    several = solutions.multiplicities[real] != 1
    indices = torch.where(several, -1, found.indices)
    status = torch.where(several, int(Status.DEGENERATE), found.status)
    points = _inside(landscape, merge(replace(found, indices=indices, status=status)))
    certified = solutions.alphas[torch.isfinite(solutions.alphas)]
    return replace(
        points,
        origins=None,
        certificate=Certificate.of(
            points.indices,
            expected=expected,
            found=solutions.count,
            real=int(real.sum()),
            alpha=float(certified.max()) if len(certified) else math.nan,
            rounds=rounds,
            away=len(solutions.away),
            characteristic=landscape.space.euler,
        ),
    )


def _inside(landscape: Landscape, points: CriticalPoints) -> CriticalPoints:
    if landscape.domain is None:
        return points
    return points.take((~outside(landscape, points.points)).nonzero().flatten())
