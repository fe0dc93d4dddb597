"""`Quotient`: a landscape up to its symmetries, and the check that they are symmetries of it.

The one idea: along an orbit nothing changes, so the Hessian across it is that of the quotient. The
directions along it get the curvature of a bowl instead of none: searches never move that way, and
an index counts what happens across alone.
"""

import torch
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Points, Values
from morseloss.kinds import check_kind
from morseloss.landscapes.landscape import Jet, Landscape, check_landscape
from morseloss.landscapes.symmetries.action import Action

__all__ = ["Quotient"]

PROBES = 6  # points at which a symmetry is tried
OFF = 1e-9  # of 1, the value and what round-off of a point makes of it, by which one may be off


class Quotient(Landscape):
    """A landscape up to a group of symmetries: points of one orbit are one.

    Values and gradients are those of the base. Its Hessian is that across the orbit; along it the
    curvature is the mean size of those across, so that zero modes that symmetry explains neither
    make a point degenerate nor count in its index.

    Parameters
    ----------
    base : Landscape
    symmetry : Action, optional
        `Particles`, `MatrixGroup` or `Translations`; by default what the base knows of itself.

    Attributes
    ----------
    base : Landscape
    symmetry : Action

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
    CriticalPoints(1 point in R^12: 1 minimum)
    """

    def __init__(self, base: Landscape, symmetry: Action | None = None) -> None:
        check_landscape(base, "base")
        symmetry = getattr(base, "symmetry", None) if symmetry is None else symmetry
        if symmetry is None:
            raise ValueError(
                f"{base!r} knows no symmetry of its own; pass `Particles`, `MatrixGroup` or "
                "`Translations`"
            )
        check_kind("symmetry", symmetry, Action, "pass `Particles(7)`, say")
        _check_fits(base, symmetry)
        self.base, self.symmetry = base, symmetry
        self.dim, self.box = base.dim, base.box
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

    def __repr__(self) -> str:
        return f"Quotient({self.base!r}, {self.symmetry!r})"


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


def _check_fits(base: Landscape, symmetry: Action) -> None:
    if symmetry.dim != base.dim:
        raise ValueError(
            f"`symmetry` must act on R^{base.dim}, the space of {base!r}, got {symmetry!r}, which "
            f"acts on points of {symmetry.dim} coordinates; give every particle its coordinates"
        )
    if base.domain is not None:
        raise ValueError(
            f"`base` must have no domain, got {base!r}: walls are not symmetric; use the landscape "
            "without `OnBox`"
        )


def _check_symmetric(base: Landscape, symmetry: Action) -> None:
    """Refuse what is no symmetry of the landscape, at points of its box or near the origin."""
    generator = torch.Generator().manual_seed(0)
    unit = torch.rand(PROBES, base.dim, generator=generator, dtype=torch.float64)
    low, high = (-torch.ones(base.dim), torch.ones(base.dim)) if base.box is None else base.box
    points = low + (high - low) * unit
    values = base.value(points)
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
