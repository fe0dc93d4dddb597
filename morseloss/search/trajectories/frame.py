"""`Frame`: critical points with an oriented basis at each, seen from above or from below.

The one idea: everything that starts, ends or orients a flow line is here, and turning the landscape
upside down turns all of it at once: stable becomes unstable, and flow lines to maxima are found as
those to minima are.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._shapes import Hessians, Indices, SomePoints, SomeRows, SomeValues
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.spaces.space import EUCLIDEAN, Space
from morseloss.search.eigenmodes import eigenmodes
from morseloss.search.modes import across, along
from morseloss.search.trajectories.trust import trust_radii

__all__ = ["Frame", "frame"]

THIRD_STEP = 0.05  # of the trust radius, for differences of Hessians
START = 0.05  # of the trust radius: how far from its point a trajectory starts


@dataclass(frozen=True, eq=False)
class Frame:
    """Non-degenerate critical points, with what the flow near them needs.

    Attributes
    ----------
    points : Tensor, shape (n, dim)
    values : Tensor, shape (n,)
    indices : Tensor, shape (n,), int64
    radii : Tensor, shape (n,)
        Balls in which the Hessian decides; see `trust_radii`.
    eigenvalues : Tensor, shape (n, dim)
        Of the Hessian, ascending.
    modes : Tensor, shape (n, dim, dim)
        Its eigenvectors as columns. The first k, in this order, orient the unstable space of a
        point of index k.
    thirds : Tensor, shape (n, dim, dim, dim)
        Third derivatives along the modes.
    turned : bool
        Whether this is the landscape upside down.
    space : Space
        Of the points: each stands for all its images.
    """

    points: SomePoints
    values: SomeValues
    indices: Indices
    radii: SomeValues
    eigenvalues: Float[Tensor, "n dim"]
    modes: Hessians
    thirds: Float[Tensor, "n dim dim dim"]
    turned: bool = False
    space: Space = EUCLIDEAN

    def __len__(self) -> int:
        return len(self.values)

    @property
    def dim(self) -> int:
        """Dimension of the space."""
        return self.points.shape[1]

    def of_index(self, index: int) -> SomeRows:
        """Return the rows of one index."""
        return (self.indices == index).nonzero().flatten()

    def named(self, row: int) -> str:
        """Return the name of a point in a message, with its value in the landscape right way up."""
        value = float(self.values[row])
        return f"point {row} (value {(-value if self.turned else value) + 0.0:.6g})"

    def dual(self) -> "Frame":
        """Return the frame of the landscape upside down, rows in the same order."""
        return Frame(
            self.points,
            -self.values,
            self.dim - self.indices,
            self.radii,
            -self.eigenvalues.flip(-1),
            self.modes.flip(-1),
            -self.thirds.flip(-1, -2, -3),
            not self.turned,
            self.space,
        )

    def beside(self, rows: SomeRows, unstable: Float[Tensor, "batch index"]) -> SomePoints:
        """Return points on the unstable manifolds, to second order.

        Parameters
        ----------
        rows : Tensor, shape (batch,), int64
            Points of one index k.
        unstable : Tensor, shape (batch, k)
            Coordinates in the unstable space.

        Notes
        -----
        The manifold is the graph `s_a = -sum_jk T_ajk u_j u_k / (2 (lambda_a - lambda_j -
        lambda_k))`, T the third derivatives: what is left invariant by the flow to this order.
        """
        k = unstable.shape[1]
        curvature, thirds = self.eigenvalues[rows], self.thirds[rows]
        stable = curvature[:, k:, None, None]
        pair = curvature[:, None, :k, None] + curvature[:, None, None, :k]
        bend = -thirds[:, k:, :k, :k] / (stable - pair)
        bent = 0.5 * torch.einsum("najk,nj,nk->na", bend, unstable, unstable)
        return self.at(rows, torch.cat([unstable, bent], dim=1))

    def at(self, rows: SomeRows, coordinates: Float[Tensor, "batch dim"]) -> SomePoints:
        """Return the points of given coordinates along the modes."""
        return self.points[rows] + across(self.modes[rows], coordinates)

    def circle(self, rows: SomeRows, angles: SomeValues) -> Float[Tensor, "_ 2"]:
        """Unstable coordinates of starts that leave the trust region evenly spread over the angles.

        The linear flow is followed back from the circle of the trust radius, so that a direction in
        which it is slow gets its share of trajectories.
        """
        rates, radii = -self.eigenvalues[rows, :2], self.radii[rows]
        exits = radii[:, None] * torch.stack([angles.cos(), angles.sin()], dim=1)
        low, high = torch.zeros_like(angles), math.log(1 / START) / rates.amin(1)
        for _ in range(60):
            middle = (low + high) / 2
            far = (exits * (-rates * middle[:, None]).exp()).norm(dim=-1) > START * radii
            low, high = torch.where(far, middle, low), torch.where(far, high, middle)
        return exits * (-rates * high[:, None]).exp()

    def images(
        self, rows: Int[Tensor, "..."], points: Float[Tensor, "... dim"]
    ) -> Float[Tensor, "... dim"]:
        """Return for each point the nearest image of the critical point of the given row."""
        return self.space.nearest(points, self.points[rows])

    def image(self, row: int, point: Float[Tensor, " dim"]) -> Float[Tensor, " dim"]:
        """Return the image of one critical point that is nearest to a point."""
        return self.space.nearest(point, self.points[row])

    def coordinates(
        self,
        rows: Int[Tensor, "*batch"],
        points: Float[Tensor, "*batch dim"],
        centres: Float[Tensor, "*batch dim"] | None = None,
    ) -> Float[Tensor, "*batch dim"]:
        """Return coordinates along the modes of the given rows, from their points or images."""
        centres = self.points[rows] if centres is None else centres
        return along(self.modes[rows], points - centres)

    def orientation(self) -> Float[Tensor, " n"]:
        """Return the sign by which `dual` orients: stable before unstable space against R^d."""
        dual = self.modes.flip(-1)
        signs = []
        for row, index in enumerate(self.indices.tolist()):
            stable = dual[row, :, : self.dim - index]
            signs.append(torch.cat([stable, self.modes[row, :, :index]], dim=1))
        return torch.linalg.det(torch.stack(signs)).sign()


def frame(landscape: Landscape, points: CriticalPoints) -> Frame:
    """Return the frame of non-degenerate critical points of a landscape.

    Parameters
    ----------
    landscape : Landscape
    points : CriticalPoints
        At least one.

    Returns
    -------
    Frame
    """
    places, radii = points.points, trust_radii(landscape, points)
    eigenvalues, modes = eigenmodes(landscape.hessian(places))
    ways = (THIRD_STEP * radii)[:, None, None] * modes.mT
    n, dim = places.shape
    both = torch.stack([places[:, None] + ways, places[:, None] - ways])
    hessians = landscape.hessian(both.reshape(-1, dim)).reshape(2, n, dim, dim, dim)
    change = (hessians[0] - hessians[1]) / (2 * THIRD_STEP * radii)[:, None, None, None]
    thirds = torch.einsum("nji,najk,nkl->nail", modes, change, modes)
    return Frame(
        places,
        points.values,
        points.indices,
        radii,
        eigenvalues,
        modes,
        thirds,
        space=landscape.space,
    )
