"""`Database`: the minima and passes of a landscape that are known so far, and what was tried.

The one idea: a pass enters with its two descents, and the minima at their feet enter with it; so
what is there is certified and hangs together, and what it cost is counted.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from morseloss._shapes import Indices
from morseloss.caution import caution
from morseloss.graphs.graph import LandscapeGraph, many
from morseloss.landscapes.boxes.walls import inward, outside
from morseloss.landscapes.critical import (
    CriticalPoints,
    check_critical,
    classify,
    in_float64,
    join,
    match,
    merge,
    tied,
)
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.symmetries.quotient import unexplained
from morseloss.landscapes.wrappers import Counted
from morseloss.search.flow import descend
from morseloss.search.saddles import zero_scales
from morseloss.status import Status

__all__ = ["Database", "check_database", "counted", "extended"]

OTHER = 1e-8  # of 1 and a value: more, and the points are not of this landscape


@dataclass(frozen=True, eq=False)
class Database:
    """Certified minima and passes, and what was tried to find them.

    Attributes
    ----------
    minima : CriticalPoints
        Of index 0, gradient at round-off, in the order in which they were found.
    passes : CriticalPoints
        Of index 1, across the orbit where the landscape has symmetries, each with two descents
        that arrived.
    ends : Tensor, shape (passes, 2), int64
        Rows of the two minima below each pass; one and the same where it leads to another copy.
    tried : Tensor, shape (minima,), int64
        Climbs out of each minimum.
    joined : Tensor, shape (pairs, 2), int64
        Rows of minima between which a string was laid.
    lost : CriticalPoints
        Points of index 1 from which a descent did not arrive, with the status of that descent.
    gradients, products : int
        Gradients and Hessian-vector products spent, a Hessian as `dim` products.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.SixHumpCamel()
    >>> ml.Database.begun(land, land.critical_points.of_index(0))
    Database(6 minima, 0 passes; 0 climbs)
    """

    minima: CriticalPoints
    passes: CriticalPoints
    ends: Int[Tensor, "passes 2"]
    tried: Indices
    joined: Int[Tensor, "pairs 2"]
    lost: CriticalPoints
    gradients: int = 0
    products: int = 0

    @classmethod
    def begun(
        cls,
        landscape: Landscape,
        minima: CriticalPoints,
        saddles: CriticalPoints | None = None,
    ) -> "Database":
        """Return the database of these minima, and of the passes among given saddles.

        Parameters
        ----------
        landscape : Landscape
        minima : CriticalPoints
            As `find_minima` gives them; degenerate ones are left out, and so are other indices.
        saddles : CriticalPoints, optional
            As `find_saddles` gives them; other rows than those of index 1 are left out.

        Raises
        ------
        ValueError
            If there is no minimum among them, they are of another landscape, or minus the gradient
            does not point inward on the boundary of its domain.
        """
        check_critical(landscape, minima, "minima")
        if not inward(landscape, minima.points.device):
            raise ValueError(
                f"a database holds minima and passes inside a domain, but walls of {landscape!r} "
                "hold some: minus the gradient does not point inward everywhere; `build_graph` "
                "knows walls"
            )
        minima = in_float64(landscape, minima)
        flat = minima.points[minima.indices < 0]
        if len(flat):
            caution(
                f"{len(flat)} degenerate points are left out: whether they are minima is not "
                "certified" + unexplained(landscape, flat)
            )
        inside = ~outside(landscape, minima.points)
        kept = minima.take((inside & (minima.indices == 0)).nonzero().flatten())
        if not len(kept):
            raise ValueError(f"`minima` must hold at least one minimum, got {minima!r}")
        none = torch.zeros(0, dtype=torch.long)
        nothing, kept = kept.take(none), replace(merge(kept), origins=None)
        begun = cls(
            kept,
            nothing,
            none.reshape(0, 2),
            torch.zeros(len(kept), dtype=torch.long),
            none.reshape(0, 2),
            nothing,
        )
        check_database(landscape, begun)
        if saddles is None:
            return begun
        check_critical(landscape, saddles, "saddles")
        land = Counted(landscape)
        return counted(extended(land, begun, merge(saddles.of_index(1))), land)

    def graph(self) -> LandscapeGraph:
        """Return the graph of the minima, one exact edge a pass, in the order of the database."""
        values = tied(self.minima).values.detach().cpu().numpy()
        weights, edges = tied(self.passes).values.detach().cpu().numpy(), self.ends.cpu().numpy()
        floor = values[edges].max(axis=1, initial=-np.inf)
        return LandscapeGraph(
            values,
            edges,
            np.maximum(weights, floor),
            points=self.minima.points.detach().cpu().numpy(),
            peaks=self.passes.points.detach().cpu().numpy(),
            exact=np.ones(len(edges), dtype=bool),
        )

    def __repr__(self) -> str:
        minima = many(len(self.minima), "minimum", "minima")
        passes = many(len(self.passes), "pass", "passes")
        return f"Database({minima}, {passes}; {many(int(self.tried.sum()), 'climb')})"


def check_database(landscape: Landscape, database: Database) -> None:
    """Pass a database whose values are those of the landscape.

    Raises
    ------
    ValueError
        If one is not.
    """
    if not len(database.minima):
        raise ValueError("the database must hold at least one minimum, got none: it is damaged")
    for name in ("minima", "passes"):
        points = getattr(database, name)
        if points.space != landscape.space:
            raise ValueError(
                f"the {name} of the database lie on {points.space!r}, and {landscape!r} on "
                f"{landscape.space!r}; pass the landscape that it was begun with"
            )
        if not len(points) or points.points.shape[1] != landscape.dim:
            if len(points):
                raise ValueError(
                    f"the {name} of the database have {points.points.shape[1]} coordinates, and "
                    f"{landscape!r} has {landscape.dim}; pass the landscape that it was begun with"
                )
            continue
        there = landscape.value(points.points)
        size = 1 + there.abs() + points.values.abs()
        off = ~((there - points.values).abs() <= OTHER * size)  # nan is off, too
        if bool(off.any()):
            row = int(off.nonzero()[0])
            raise ValueError(
                f"the {name} of the database are not of {landscape!r}: row {row} has the value "
                f"{float(points.values[row]):.8g} there, and {float(there[row]):.8g} on this "
                "landscape; pass the one that it was begun with"
            )


def extended(landscape: Landscape, database: Database, saddles: CriticalPoints) -> Database:
    """Return the database with those saddles that are new, and the minima at their feet.

    Parameters
    ----------
    landscape : Landscape
    database : Database
    saddles : CriticalPoints
        Of index 1, distinct.
    """
    space = landscape.space
    met = torch.cat([database.passes.points, database.lost.points])
    new = (match(saddles.points, met, space) < 0) & ~outside(landscape, saddles.points)
    fresh = saddles.take(new.nonzero().flatten())
    if not len(fresh):
        return database
    descents = descend(landscape, fresh)
    scales = zero_scales(landscape, descents.state)
    feet = classify(landscape, descents.state.points, curvature=scales)
    arrived = (descents.state.status == Status.CONVERGED) & (feet.indices == 0)
    arrived &= ~outside(landscape, feet.points)
    both = arrived.reshape(-1, 2).all(1)
    astray = torch.where(arrived, -1, descents.state.status).reshape(-1, 2).amax(1)
    lost = replace(fresh, status=astray).take((~both).nonzero().flatten())
    feet = feet.take(both.repeat_interleave(2).nonzero().flatten())
    minima = _with(database.minima, feet)
    tried = torch.zeros(len(minima), dtype=torch.long)
    tried[: len(database.tried)] = database.tried
    ends = match(feet.points, minima.points, space).reshape(-1, 2).cpu()
    return replace(
        database,
        minima=minima,
        passes=join(database.passes, fresh.take(both.nonzero().flatten())),
        ends=torch.cat([database.ends, ends]),
        tried=tried,
        lost=join(database.lost, lost),
    )


def counted(database: Database, landscape: Counted) -> Database:
    """Return the database with what this landscape was asked for on its bill."""
    gradients = database.gradients + landscape.gradients
    return replace(database, gradients=gradients, products=database.products + landscape.products)


def _with(minima: CriticalPoints, feet: CriticalPoints) -> CriticalPoints:
    """The minima, then those feet that are none of them."""
    new = (match(feet.points, minima.points, minima.space) < 0).nonzero().flatten()
    return join(minima, merge(feet.take(new))) if len(new) else minima
