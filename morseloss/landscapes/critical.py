"""`CriticalPoints`: where the gradient vanishes, with index and certificate; merging duplicates.

The one idea: a point is what its Hessian eigenvalues say, and where one of them is too close to
zero to tell, the row is marked degenerate and its index stays -1: never guessed. Since signs
decide, everything here is in float64.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._rows import finite, joined, take
from morseloss._shapes import Indices, Points, Rows, Values
from morseloss.caution import caution
from morseloss.kinds import check_kind
from morseloss.landscapes.boxes.walls import restricted_jet, snapped
from morseloss.landscapes.certificate import Certificate
from morseloss.landscapes.landscape import Landscape, check_landscape
from morseloss.landscapes.spaces.space import EUCLIDEAN, Space
from morseloss.landscapes.units import InUnits, units_of
from morseloss.status import Status, summary
from morseloss.tables import sketch
from morseloss.tables.contents import as_array, hash_of, rows_chosen, same
from morseloss.tables.table import Table, frame_of, html_of

__all__ = [
    "CriticalPoints",
    "Origins",
    "check_critical",
    "classify",
    "in_float64",
    "join",
    "match",
    "merge",
    "ranked",
    "tied",
]

# of the largest curvature: an eigenvalue below it counts as zero, by how well points are known
ZERO_TOLERANCE = {torch.float64: 1e-7, torch.float32: 1e-3}
FOUND = "find them by `find_minima` or `critical_points`, or pass a tensor through `classify`"
MERGE_TOLERANCE = 1e-6  # of 1 and the size of the points: those closer are one
DEGENERATE_MERGE_TOLERANCE = 1e-3  # of the same, where the gradient hardly rises
ROUND_OFF = 16  # units in the last place of the terms of a value; 2 were seen
SURE = 1e5  # Newton steps: points farther apart are two
DIFFERENT = 1e-11  # of 1 and the usual size of a value: those farther apart are never one
COLUMNS = ("points", "values", "indices", "eigenvalues", "residuals", "status")


@dataclass(frozen=True, eq=False)
class Origins:
    """What became of each start of a search.

    Attributes
    ----------
    status : Tensor, shape (starts,), int64
        A `Status` for each start.
    rows : Tensor, shape (starts,), int64
        The row of the critical point that the start led to, -1 where it led to none.
    points : Tensor, shape (starts, dim)
        Where each start ended.
    """

    status: Indices
    rows: Indices
    points: Points

    def __post_init__(self) -> None:
        _own(self, "status", "rows", "points")

    def __repr__(self) -> str:
        count = len(self.status)
        starts = f"{count} start{'' if count == 1 else 's'}"
        return f"Origins({starts}: {summary(self.status.tolist())})"


@dataclass(frozen=True, eq=False)
class CriticalPoints:
    """Critical points of a landscape, ordered by value, those of one value by their coordinates.

    They are a sequence of positions, and `np.asarray(points)` their array; a mask, a slice or rows
    choose points: `points[points.values < 0]`. Two sets are equal where their columns and spaces
    are, however they were found. `to_frame()` is their table in pandas.

    Attributes
    ----------
    points : Tensor, shape (n, dim)
        Positions.
    values : Tensor, shape (n,)
        Values of the landscape; `merge` makes those equal that only round-off tells apart.
    indices : Tensor, shape (n,), int64
        Morse index (number of negative Hessian eigenvalues), -1 for a degenerate point.
    eigenvalues : Tensor, shape (n, dim)
        Hessian eigenvalues, ascending, [value]/[point]^2; of a point on walls of the domain those
        of the restriction to them, and infinite ones for the walls.
    residuals : Tensor, shape (n,)
        Gradient norms, [value]/[point].
    status : Tensor, shape (n,), int64
        `Status.CONVERGED` or `Status.DEGENERATE`; `classify` marks as `NONFINITE` a point whose
        value, gradient or Hessian is not finite.
    origins : Origins or None
        What became of the starts of the search, if there was one.
    certificate : Certificate or None
        The counts that speak for completeness, where all critical points were sought.
    space : Space
        Which points are one; that of the landscape.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.analytic.SixHumpCamel().critical_points
    CriticalPoints(15 points in R^2: 6 minima, 7 of index 1, 2 of index 2)
    """

    points: Points
    values: Values
    indices: Indices
    eigenvalues: Float[Tensor, "batch dim"]
    residuals: Values
    status: Indices
    origins: Origins | None = field(default=None, compare=False)
    certificate: Certificate | None = field(default=None, compare=False)
    space: Space = EUCLIDEAN

    def __post_init__(self) -> None:
        _own(self, *COLUMNS)

    __eq__, __hash__ = same, hash_of
    to_frame, _repr_html_ = frame_of, html_of

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.points)

    def __getitem__(self, rows: Any) -> Any:
        chosen = rows_chosen(len(self), rows)
        if isinstance(chosen, int):
            return self.points[chosen]
        return self.take(torch.from_numpy(chosen).to(self.points.device))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return as_array(self.points.numpy(force=True).copy(), dtype, copy)

    def table(self) -> Table:
        """Return the points as a table: `to_frame` and notebooks show it."""
        names = ("points", "values", "indices", "residuals", "eigenvalues")
        points, values, indices, residuals, curvatures = (
            getattr(self, name).numpy(force=True) for name in names
        )
        columns = {"x": points, "value": values, "index": indices, "residual": residuals}
        columns |= {"curvature": curvatures}
        columns |= {"status": np.array([Status(s).name.lower() for s in self.status.tolist()])}
        flat = points.shape[1] <= 2
        picture = sketch.of_places(points, indices) if flat else sketch.of_levels(values, indices)
        return Table(repr(self), columns, "CriticalPoint", picture)

    def of_index(self, index: int) -> "CriticalPoints":
        """Return the rows of one Morse index (-1: the degenerate ones)."""
        return self.take((self.indices == index).nonzero().flatten())

    def take(self, rows: Rows) -> "CriticalPoints":
        """Return the given rows, in their order, without origins and certificate."""
        return take(replace(self, origins=None, certificate=None), rows)

    def __repr__(self) -> str:
        counts = []
        for index in sorted(set(self.indices.tolist()), key=lambda i: (i < 0, i)):
            count = int((self.indices == index).sum())
            minima = "minimum" if count == 1 else "minima"
            names = {-1: "degenerate", 0: minima}
            counts.append(f"{count} {names.get(index, f'of index {index}')}")
        kinds = f": {', '.join(counts)}" if counts else ""
        points = f"{len(self)} point{'' if len(self) == 1 else 's'}"
        return f"CriticalPoints({points} in {self.space.named(self.points.shape[1])}{kinds})"


def check_critical(landscape: Landscape, points: object, name: str) -> None:
    """Pass critical points of a landscape, by their kind; `name` is what the caller calls them.

    Raises
    ------
    ValueError
        If one of the two is something else, or they live on two different spaces.
    """
    check_landscape(landscape)
    check_kind(name, points, CriticalPoints, FOUND)
    if isinstance(points, CriticalPoints) and points.space != landscape.space:
        raise ValueError(
            f"`{name}` must lie on the space of {landscape!r}, {landscape.space!r}, got points on "
            f"{points.space!r}, where others count as one; use "
            f"`merge(classify(landscape, {name}.points))`"
        )


def classify(
    landscape: Landscape, points: Points, *, curvature: float | Values | None = None
) -> CriticalPoints:
    """Return the points with value, eigenvalues, index and residual, in the order given.

    Parameters
    ----------
    landscape : Landscape
    points : Tensor, shape (n, dim)
        Critical points, as good as they are known: points in float32 are known to a few digits
        only, and an eigenvalue has to be larger there for its sign to be believed.
    curvature : float or Tensor of shape (n,), optional
        Scale against which an eigenvalue counts as zero, [value]/[point]^2, one for all or one a
        point; by default the largest eigenvalue at these points.

    Returns
    -------
    CriticalPoints
        In float64, in which signs are decided; on a torus, at the representatives of the points.

    Raises
    ------
    ValueError
        If the points are not those of the landscape's space, one a row.
    """
    check_landscape(landscape)
    check_kind("points", points, Tensor, "use `torch.as_tensor(...)`")
    if points.ndim != 2 or points.shape[1] != landscape.dim:
        raise ValueError(
            f"`points` must have shape (n, {landscape.dim}) for {landscape!r}, got "
            f"{tuple(points.shape)}; give one point a row"
        )
    tolerance, points = ZERO_TOLERANCE.get(points.dtype, 1e-3), points.double()
    space, points = landscape.space, landscape.space.canonical(points)
    if not len(points):  # nothing to ask: many a callable takes no empty batch
        none = points[:, 0]
        return CriticalPoints(points, none, none.long(), points, none, none.long(), space=space)
    values, gradients, hessians = landscape.jet(points)
    known = finite(values, gradients, hessians)
    hessians = torch.where(known[:, None, None], hessians, 0.0)
    gradients, eigenvalues, across = restricted_jet(landscape, points, gradients, hessians)
    given = curvature
    if curvature is None:
        curvature = float(torch.where(eigenvalues.isinf(), 0.0, eigenvalues).abs().max())
    scales = torch.as_tensor(curvature).to(eigenvalues)
    flat = (eigenvalues.abs().amin(-1) <= tolerance * scales) | ~known
    flat |= across <= tolerance * torch.where(across.isinf(), 0.0, across).max().maximum(scales)
    indices = torch.where(flat, -1, (eigenvalues < 0).sum(-1))
    status = torch.where(flat, int(Status.DEGENERATE), int(Status.CONVERGED))
    status = torch.where(known, status, int(Status.NONFINITE))
    units = units_of(landscape) if given is None else None
    if units is not None:  # what is flat on one axis may be steep on another
        inner = classify(InUnits(landscape, units), points / units.to(points))
        indices, status = inner.indices, inner.status
    residuals = gradients.norm(dim=-1)
    return CriticalPoints(points, values, indices, eigenvalues, residuals, status, space=space)


def in_float64(landscape: Landscape, points: CriticalPoints) -> CriticalPoints:
    """Return the points as they are, or classified again where they came in another precision."""
    if points.points.dtype == torch.float64:
        return points
    return classify(landscape, snapped(landscape, points.points))


def merge(points: CriticalPoints, *, within: float | None = None) -> CriticalPoints:
    """Return the distinct points, ordered by value; of equal ones the smallest residual stays.

    Points of one value, by a symmetry say, stand in the order of their coordinates. `origins` of
    the result tells which row each input row became.

    Parameters
    ----------
    points : CriticalPoints
    within : float, optional
        Points of one index closer than this are one; by default 1e-6 (of degenerate ones 1e-3) of
        1 and the largest coordinate. Where coordinates are far below 1, say what is close.
    """
    check_kind("points", points, CriticalPoints, FOUND)
    groups = _close_groups(points, within)
    order = np.lexsort((points.residuals.cpu().numpy(), groups))
    first = order[np.unique(groups[order], return_index=True)[1]]
    if within is None and type(points.space) is Space and len(first):
        _check_apart(points, first[groups])
    distinct = tied(points.take(torch.from_numpy(first).to(points.points.device)))
    rank = ranked(distinct)
    place = torch.empty_like(rank)
    place[rank] = torch.arange(len(rank), device=rank.device)
    origins = Origins(points.status, place.cpu()[torch.from_numpy(groups).long()], points.points)
    return replace(distinct.take(rank), origins=origins)


def tied(points: CriticalPoints) -> CriticalPoints:
    """Return the points with one value for those that only round-off tells apart.

    Which of two wells of equal depth is the elder must not hang on the last bit of a sum. No value
    moves by more than round-off of its own terms, nor by more than 1e-11 of 1 and the usual size
    of a value, and none moves up.
    """
    values = points.values.detach().cpu().numpy().astype(np.float64)
    slacks, order = _round_off(points), np.argsort(values, kind="stable")
    level = order[0] if len(order) else 0
    for row in order:
        if not values[row] - values[level] <= min(slacks[row], slacks[level]):
            level = row
        values[row] = values[level]
    return replace(points, values=torch.from_numpy(values).to(points.values))


def ranked(points: CriticalPoints) -> Rows:
    """Return the rows in the order of value, then of coordinates that are apart."""
    where = points.points.detach().cpu().numpy()
    slack = MERGE_TOLERANCE * _extent(where) / max(1, where.shape[1]) ** 0.5
    where = points.space.ordering(points.points.detach(), slack).cpu().numpy()
    order = np.argsort(where, axis=0)
    apart = np.diff(np.take_along_axis(where, order, axis=0), axis=0, prepend=-np.inf) > slack
    places = np.empty(where.shape, dtype=np.int64)
    np.put_along_axis(places, order, apart.cumsum(axis=0), axis=0)
    rank = np.lexsort((*places.T[::-1], points.values.detach().cpu().numpy()))
    return torch.from_numpy(rank).to(points.points.device)


def join(first: CriticalPoints, second: CriticalPoints) -> CriticalPoints:
    """Return the rows of both, in order, without origins."""
    alone = (replace(part, origins=None, certificate=None) for part in (first, second))
    return joined(*alone)


def match(points: Points, known: Float[Tensor, "known dim"], space: Space = EUCLIDEAN) -> Indices:
    """Return for each point the row of the same point among `known`, -1 where there is none."""
    if not len(known) or not len(points):
        return torch.full((len(points),), -1, device=points.device)
    there = points.isfinite().all(-1)
    wanted = torch.where(there[:, None], points, 0.0).detach()
    distances, rows = space.closest(wanted, known.detach())
    near = distances <= MERGE_TOLERANCE * (1 + float(known.abs().max()))
    return torch.where(near & there, rows, -1)


def _own(self: object, *names: str) -> None:
    """Hold tensors of one's own, so that no later change of the caller's reaches them."""
    for name in names:
        object.__setattr__(self, name, getattr(self, name).clone())


def _close_groups(points: CriticalPoints, within: float | None) -> np.ndarray:
    """Label rows: rows of one index linked by a chain of close neighbours share a label.

    Rows that agree to a thousandth of the tolerance stand for one another: many starts that end at
    one point would else be as many neighbours of each other.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    everywhere = points.points.cpu().numpy()
    kinds, scale = points.indices.cpu().numpy(), _extent(everywhere)
    parts = MERGE_TOLERANCE, DEGENERATE_MERGE_TOLERANCE
    close, far = (part * scale if within is None else within for part in parts)
    cells = np.column_stack([kinds, np.rint(everywhere / (1e-3 * close))])
    _, first, cell_of = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    where, flat = everywhere[first], kinds[first] < 0
    near = points.space.pairs(where, close)
    near = near[kinds[first][near[:, 0]] == kinds[first][near[:, 1]]]
    loose = points.space.pairs(where[flat], far)
    pairs = np.concatenate([near, np.flatnonzero(flat)[loose].reshape(-1, 2)])
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(where),) * 2)
    return connected_components(links, directed=False)[1][cell_of.ravel()]


def _check_apart(points: CriticalPoints, kept: np.ndarray) -> None:
    """Warn of points that count as one, though Newton's steps there tell them apart by far."""
    where, rows = points.points.double(), torch.from_numpy(kept).to(points.points.device)
    steps, gaps = points.residuals / points.eigenvalues.abs().amin(-1), where - where[rows]
    known = steps + steps[rows] + torch.finfo(torch.float64).eps * where.abs().amax(-1)
    gaps = gaps.norm(dim=-1) * ((points.indices >= 0) & (gaps.norm(dim=-1) > SURE * known))
    if gaps[row := int(gaps.argmax())] > 0:
        caution(
            f"points {row} and {kept[row]} are {float(gaps[row]):.1e} apart, known to "
            f"{float(known[row]):.0e}, and count as one: what is close counts beside 1; give the "
            "landscape a `box` of the size of what is on it, or `merge` a `within`"
        )


def _extent(where: np.ndarray) -> float:
    """The size of coordinates, against which two of them count as the same."""
    return 1.0 + (np.abs(where).max() if len(where) else 0.0)


def _round_off(points: CriticalPoints) -> np.ndarray:
    """The most by which round-off moves each value: a sum of terms as large as these.

    How large is a guess, the rise of the quadratic model over the way to 0, hence `DIFFERENT`.
    """
    where, values = points.points.double(), points.values.double().abs()
    reach = 1 + where.abs().amax(-1)
    terms = torch.maximum(values, points.eigenvalues.double().abs().amax(-1) * reach**2)
    slacks = ROUND_OFF * torch.finfo(points.values.dtype).eps * terms
    size = 1 + (values[values.isfinite()].median() if values.isfinite().any() else 0.0)
    return slacks.nan_to_num(0.0).clamp_max(DIFFERENT * size).detach().cpu().numpy()
