"""`Torus`: R^d where some coordinates are angles, a torus or a cylinder.

The one idea: points that differ by whole periods are one. Translations carry gradients, modes and
orientations along unchanged, so a flow line may be followed in R^d and identified at its end.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from morseloss.landscapes.spaces.space import EUCLIDEAN, USUAL, Places, Space, Together

__all__ = ["Torus", "torus"]

SEAM = 2.0**-44  # of a period: what lies so little below a whole one is round-off above it


@dataclass(frozen=True)
class Torus(Space):
    """Coordinates of which some are periodic.

    Parameters
    ----------
    periods : tuple of float
        One for each axis, `inf` for one that is not periodic; `torus` makes R^d of none at all.

    Examples
    --------
    >>> import torch
    >>> Torus((1.0, float("inf"))).canonical(torch.tensor([[-0.25, -0.25], [1.0, 1.0]]))
    tensor([[ 0.7500, -0.2500],
            [ 0.0000,  1.0000]])
    """

    periods: tuple[float, ...]

    @property
    def euler(self) -> int:
        """The alternating count of a complete set: 0, since a circle is a factor."""
        return 0

    @property
    def girth(self) -> float:
        """The shortest period."""
        return min(self.periods)

    def rescaled(self, units: Float[Tensor, " dim"]) -> Space:
        """Return the torus of the same points in other units, one an axis."""
        periods = torch.tensor(self.periods, dtype=torch.float64) / units
        return Torus(tuple(periods.tolist()))

    def closed(self, dim: int) -> tuple[int, ...]:
        """Return the periodic axes."""
        return tuple(axis for axis in range(dim) if math.isfinite(self.periods[axis]))

    def named(self, dim: int) -> str:
        """Return the name of the space, circles first."""
        circles = len(self.closed(dim))
        free = dim - circles
        round_part = "S^1" if circles == 1 else f"T^{circles}"
        return round_part + (f" x R^{free}" if free > 1 else " x R" if free else "")

    def canonical(self, points: Places) -> Places:
        """Return the image of each point in `[0, period)` on every periodic axis.

        What lies below 0, or below a period, by no more than round-off is 0.
        """
        periodic, periods = self._axes(points)
        folded = points - periods * (points / periods + SEAM).floor()
        return torch.where(periodic, folded.clamp_min(0.0), points)

    def ordering(self, points: Places, slack: float) -> Places:
        """Return coordinates by which points are ordered, the seam moved down by `slack`."""
        periodic, _ = self._axes(points)
        return torch.where(periodic, self.canonical(points + slack), points)

    def nearest(self, points: Together, others: Together) -> Together:
        """Return for each point the image of the other one of its row that is nearest to it."""
        periodic, periods = self._axes(points)
        return others + torch.where(periodic, periods * ((points - others) / periods).round(), 0.0)

    def images(self, starts: Places, ends: Places) -> Float[Tensor, "images *batch dim"]:
        """Return the nearest image of each end, then the other way round each periodic axis."""
        near = self.nearest(starts, ends)
        back = torch.where(near > starts, -1.0, 1.0)
        images = [near]
        for axis, period in enumerate(self.periods):
            if math.isfinite(period):
                other = near.clone()
                other[..., axis] += period * back[..., axis]
                images.append(other)
        return torch.stack(images)

    def distances(
        self, points: Places, known: Float[Tensor, "known dim"], compute_mode: str = USUAL
    ) -> Float[Tensor, "*batch known"]:
        """Return the distance of each point to the nearest image of each known one."""
        total = points.new_zeros(*points.shape[:-1], len(known))
        for axis, period in enumerate(self.periods):
            gaps = points[..., axis, None] - known[:, axis]
            if math.isfinite(period):
                gaps = gaps - period * (gaps / period).round()
            total = total + gaps**2
        return total.sqrt()

    def pairs(self, places: Float[np.ndarray, "n dim"], reach: float) -> Int[np.ndarray, "pairs 2"]:
        """Return all pairs of rows at most so far apart."""
        from scipy.spatial import KDTree

        sides = [period if math.isfinite(period) else 0.0 for period in self.periods]
        folded = self.canonical(torch.from_numpy(places)).numpy()
        return KDTree(folded, boxsize=sides).query_pairs(reach, output_type="ndarray")

    def _axes(self, like: Tensor) -> tuple[Bool[Tensor, " dim"], Float[Tensor, " dim"]]:
        """Which axes are periodic, and the periods, 1 where there is none."""
        periods = torch.tensor(self.periods, dtype=like.dtype, device=like.device)
        return periods.isfinite(), torch.where(periods.isfinite(), periods, 1.0)


def torus(periods: tuple[float, ...]) -> Space:
    """Return the space of these periods, R^d where all are infinite."""
    return Torus(periods) if any(map(math.isfinite, periods)) else EUCLIDEAN
