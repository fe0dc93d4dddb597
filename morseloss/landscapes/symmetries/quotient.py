"""`Quotient`: a landscape up to its symmetries, and the check that they are symmetries of it.

The one idea: along an orbit nothing changes, so the Hessian across it is that of the quotient. The
directions along it get the curvature of a bowl instead of none: searches never move that way, and
an index counts what happens across alone.
"""

import torch
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Indices, Points, Values
from morseloss.kinds import check_kind
from morseloss.landscapes.landscape import Jet, Landscape, check_landscape, check_points
from morseloss.landscapes.spaces.space import EUCLIDEAN
from morseloss.landscapes.symmetries.action import SAME, GroupAction
from morseloss.landscapes.symmetries.matrix_group import MatrixGroup
from morseloss.landscapes.symmetries.orbits import Orbits
from morseloss.landscapes.symmetries.slices import Slice
from morseloss.landscapes.wrappers import unwrapped

__all__ = ["Quotient", "unexplained"]

PROBES = 6  # points at which a symmetry is tried
ZERO_TOLERANCE = 1e-7  # of the largest curvature at a point: less is none
OFF = 1e-9  # of 1, the value and what round-off of a point makes of it, by which one may be off


class Quotient(Landscape):
    """A landscape up to a group of symmetries: points of one orbit are one.

    Values and gradients are those of the base. Its Hessian is that across the orbit; along it the
    curvature is the mean size of those across, so that zero modes that symmetry explains neither
    make a point degenerate nor count in its index.

    Parameters
    ----------
    base : Landscape
    symmetry : GroupAction, optional
        `Particles`, `MatrixGroup` or `Translations`; by default what the base knows of itself.

    Attributes
    ----------
    base : Landscape
    symmetry : GroupAction

    Raises
    ------
    ValueError
        If the symmetry is of another space or none of the landscape: the element, the point and the
        difference of values are named; or if the base is studied on a domain.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> land = ml.Quotient(ml.LennardJones(4))
    >>> starts = ml.sample_box(land, 64, generator=torch.Generator().manual_seed(0))
    >>> ml.find_minima(land, starts)
    CriticalPoints(1 point in R^12 up to symmetry: 1 minimum)
    """

    def __init__(self, base: Landscape, symmetry: GroupAction | None = None) -> None:
        check_landscape(base, "base")
        symmetry = getattr(base, "symmetry", None) if symmetry is None else symmetry
        if symmetry is None:
            raise ValueError(
                f"{base!r} knows no symmetry of its own; pass `Particles`, `MatrixGroup` or "
                "`Translations`"
            )
        check_kind("symmetry", symmetry, GroupAction, "pass `Particles(7)`, say")
        _check_fits(base, symmetry)
        self.base, self.symmetry = base, symmetry
        self.dim, self.box, self.space = base.dim, base.box, Orbits(symmetry)
        _check_symmetric(base, symmetry)

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return self.base.value(points)

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points, which have no part along the orbit."""
        return _across(self.symmetry.tangents(points), self.base.gradient(points))

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the products of the Hessians with the vectors of the same rows."""
        return (self.hessian(points) @ vectors[..., None])[..., 0]

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians across the orbits, with a bowl along them."""
        return _bowled(self.symmetry.tangents(points), self.base.hessian(points))

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian together."""
        values, gradients, hessians = self.base.jet(points)
        tangents = self.symmetry.tangents(points)
        return values, _across(tangents, gradients), _bowled(tangents, hessians)

    def point_group_orders(self, points: Points) -> list[int]:
        """Return how many elements, up to continuous motion, leave each point where it is.

        For particles the order of the point group: 20 for a pentagonal bipyramid.

        Raises
        ------
        ValueError
            If the points are none of the space, or there are none.

        Examples
        --------
        >>> import torch, morseloss as ml
        >>> square = ml.Quotient(ml.analytic.DoubleWell(2, (0.0, 0.0)), ml.MatrixGroup.generated_by(
        ...     [[[0.0, -1.0], [1.0, 0.0]], [[-1.0, 0.0], [0.0, 1.0]]]))
        >>> square.point_group_orders(torch.tensor([[1.0, 1.0], [0.0, 0.0]]).double())
        [2, 8]
        """
        check_points(self, points, "points")
        rows = self.symmetry.centred(points).detach().cpu().double().numpy()
        slacks = SAME * (1.0 + abs(rows).max(axis=1))
        return [
            self.symmetry.stabiliser(row, float(slack))
            for row, slack in zip(rows, slacks, strict=True)
        ]

    def orbit_sizes(self, points: Points) -> list[int]:
        """Return of how many copies, each free to move, the orbit of each point is.

        For N equal particles `2 N! / h`, h the order of the point group: the permutation-inversion
        isomers.
        """
        return [self.symmetry.order // order for order in self.point_group_orders(points)]

    def zero_modes(self, points: Points) -> tuple[Indices, Indices]:
        """Return how many zero modes the Hessian has at each point, and how many symmetry explains.

        Those that it does not explain make a critical point degenerate: a further symmetry, a flat
        valley, or particles that flew apart.
        """
        tangents = self.symmetry.tangents(points)
        explained = (tangents.norm(dim=1) > 0.5).sum(1)
        sizes = torch.linalg.eigvalsh(_bowled(tangents, self.base.hessian(points))).abs()
        more = sizes <= ZERO_TOLERANCE * sizes.amax(1, keepdim=True)
        return explained + more.sum(1), explained

    def slice(self) -> "Slice":
        """Return the landscape on the points across the free directions, in fewer coordinates.

        For translations it is the same quotient, and everything works on it, the Morse complex
        above degree 0 too.

        Raises
        ------
        ValueError
            If the symmetry is other than translations along fixed directions.
        """
        if not isinstance(self.symmetry, MatrixGroup) or not self.symmetry.free:
            raise ValueError(
                f"only translations along fixed directions have a slice, got {self.symmetry!r}"
            )
        return Slice(self.base, self.symmetry.along)

    def __repr__(self) -> str:
        return f"Quotient({self.base!r}, {self.symmetry!r})"


def unexplained(landscape: Landscape, points: Points) -> str:
    """Return what symmetry has to do with zero modes at degenerate points, to end a message with.

    Parameters
    ----------
    landscape : Landscape
        Any.
    points : Tensor, shape (n, dim)
        At least one.
    """
    landscape = unwrapped(landscape)
    if not isinstance(landscape, Quotient):
        return "; a symmetry with zero modes is divided out by `Quotient`"
    zero, explained = landscape.zero_modes(points)
    row = int((zero - explained).argmax())
    return (
        f"; the Hessian has {int(zero[row])} zero modes there, of which the symmetry explains "
        f"{int(explained[row])}"
    )


def _across(tangents: Tensor, vectors: Points) -> Points:
    """Return what of each vector is across the orbit."""
    if not tangents.shape[2]:
        return vectors
    return vectors - (tangents @ (tangents.mT @ vectors[..., None]))[..., 0]


def _bowled(tangents: Tensor, hessians: Hessians) -> Hessians:
    """Return the Hessians across the orbits, with the mean size of their curvatures along them."""
    dim, count = tangents.shape[1:]
    if not count:
        return hessians
    along = tangents @ tangents.mT
    across = torch.eye(dim).to(hessians) - along
    held = across @ hessians @ across
    sizes = torch.linalg.matrix_norm(held) / max(1, dim - count) ** 0.5
    held = held + sizes.clamp_min(torch.finfo(sizes.dtype).tiny)[:, None, None] * along
    return (held + held.mT) / 2


def _check_fits(base: Landscape, symmetry: GroupAction) -> None:
    if symmetry.dim != base.dim:
        raise ValueError(
            f"`symmetry` must act on R^{base.dim}, the space of {base!r}, got {symmetry!r}, which "
            f"acts on points of {symmetry.dim} coordinates; give every particle its coordinates"
        )
    if base.space != EUCLIDEAN:
        raise ValueError(
            f"`base` must be a landscape on R^{base.dim}, got {base!r} on "
            f"{base.space.named(base.dim)}, whose own identifications would be forgotten; for "
            "several symmetries use one group of all of them (`MatrixGroup.generated_by`)"
        )
    if base.domain is not None:
        raise ValueError(
            f"`base` must have no domain, got {base!r}: walls are not symmetric; use the landscape "
            "without `OnBox`"
        )


def _check_symmetric(base: Landscape, symmetry: GroupAction) -> None:
    """Refuse what is no symmetry of the landscape, at points of its box or near the origin."""
    generator = torch.Generator().manual_seed(0)
    unit = torch.rand(PROBES, base.dim, generator=generator, dtype=torch.float64)
    low, high = (-torch.ones(base.dim), torch.ones(base.dim)) if base.box is None else base.box
    points = low + (high - low) * unit
    values = base.value(points)
    points, values = points[values.isfinite()], values[values.isfinite()]
    if not len(points):
        where = "in its box" if base.box is not None else "near the origin; give it a box"
        raise ValueError(
            f"`base` must be finite somewhere for its symmetry to be tried, got {base!r}, which is "
            f"finite at none of {PROBES} points {where}"
        )
    slopes = base.gradient(points).norm(dim=1) * (1 + points.norm(dim=1))
    allowed = OFF * (1 + values.abs() + slopes)
    for name, moved in symmetry.generated(points):
        off = (base.value(moved) - values).abs()
        row = int((off / allowed).nan_to_num(torch.inf).argmax())
        if not off[row] <= allowed[row]:
            place = [round(x, 4) for x in points[row].tolist()]
            raise ValueError(
                f"{symmetry!r} is no symmetry of {base!r}: {name} takes the point {place} from "
                f"value {float(values[row]):.8g} to {float(base.value(moved)[row]):.8g}, off by "
                f"{float(off[row]):.3g}; leave it out, or mend the landscape"
            )
