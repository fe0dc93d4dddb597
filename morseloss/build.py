"""`build_graph`: from minima to the weighted graph of the passes between them.

The one idea: an edge is a saddle and its two descents, so its weight is exact. Climbs out of every
minimum and strings between all pairs of them only propose saddles. The strings' heights are upper
bounds that anybody can check, so the graph must connect each pair at or below its string; where it
does not, a pass is still missing, and the search goes on there.
"""

import itertools
import warnings
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._shapes import Points, Rows
from morseloss.critical import CriticalPoints, classify, join, match, merge
from morseloss.graph import LandscapeGraph
from morseloss.landscape import Landscape
from morseloss.search.curve import Paths
from morseloss.search.dynamics import SaddleDynamics
from morseloss.search.flow import descend
from morseloss.search.height import heights
from morseloss.search.iterate import Progress
from morseloss.search.paths import PathMethod, find_paths
from morseloss.search.saddles import find_saddles
from morseloss.search.string import ClimbingString, respaced, tops
from morseloss.status import Status, summary
from morseloss.topology import Filtration
from morseloss.topology.minimax import minimax

__all__ = ["build_graph", "graph_from_paths"]

BATCH = 4096  # pairs whose strings are settled together
CLIMB = SaddleDynamics(index=1, rtol=0.5)
SLACK = 1e-9
OFF = 1e-2
CLIMB_STEPS = 40


@dataclass(frozen=True, eq=False)
class _Passes:
    """What is known so far: minima, saddles, and which minima each saddle joins by which lines."""

    minima: CriticalPoints
    saddles: CriticalPoints
    ends: Int[Tensor, "saddles 2"]
    lines: tuple[Float[Tensor, "_ dim"], ...]

    def filtration(self) -> Filtration:
        """The graph of what is known; rounding never puts a saddle below its minima."""
        values, weights = _arrays(self.minima.values, self.saddles.values)
        edges = self.ends.cpu().numpy()
        return Filtration(values, edges, np.maximum(weights, values[edges].max(axis=1)))


def build_graph(
    landscape: Landscape,
    minima: CriticalPoints,
    saddles: CriticalPoints | None = None,
    *,
    string: ClimbingString = ClimbingString(),  # noqa: B008 - frozen, a plain value
    max_steps: int = 12,
    rounds: int = 4,
    progress: Progress | None = None,
) -> LandscapeGraph:
    """Connect minima by the saddles between them, with exact barriers.

    Parameters
    ----------
    landscape : Landscape
        Smooth, of a dimension in which Hessians are cheap.
    minima : CriticalPoints
        As `find_minima` gives them; other rows than minima are left out, degenerate ones stay.
    saddles : CriticalPoints, optional
        Saddles of index 1 that are known already, from `find_saddles` say.
    string : ClimbingString
        The strings that look for more between every pair of minima, after a climb out of every
        minimum both ways along its softest mode.
    max_steps : int
        Steps for each string before it is climbed.
    rounds : int
        How often the search returns to pairs which the graph connects no better than their
        string, each time with twice the images, and to minima discovered on the way.
    progress : callable, optional
        Gets `(pairs done, pairs left, pairs)` while the strings settle.

    Returns
    -------
    LandscapeGraph
        Nodes are the minima in the order given, then those discovered. Pass `saddles` as well
        where every pass counts: strings and climbs alone miss one now and then. An edge with `exact` True
        is a certified saddle: gradient at round-off, one negative eigenvalue, both descents
        followed to the minima it joins; a saddle between a minimum and itself is a loop. Where no
        saddle could be certified below a string, that string is the edge, with `exact` False.

    Raises
    ------
    ValueError
        If there is no minimum among `minima`.

    Warns
    -----
    UserWarning
        If minima are degenerate, if descents did not arrive, or if an edge is not exact.

    References
    ----------
    Barannikov et al., Loss barcode, section 3.2 and Algorithm 1.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> land = ml.analytic.MuellerBrown()
    >>> starts = ml.sample_box(land, 64, generator=torch.Generator().manual_seed(0))
    >>> ml.build_graph(land, ml.find_minima(land, starts)).weights.round(6)
    array([-72.24894 , -40.664844])
    """
    minima = _nodes(minima)
    none = torch.zeros(0, dtype=torch.long, device=minima.points.device)
    known = _Passes(minima, minima.take(none), none.reshape(0, 2), ())
    if saddles is not None:
        known = _extended(landscape, known, saddles.of_index(1))
    climbed, strung, loose = 0, 0, []
    for _ in range(rounds):
        fresh = known.minima.take(torch.arange(climbed, len(known.minima)))
        climbed = len(known.minima)
        known = _extended(landscape, known, _climbed(landscape, _off(landscape, fresh, 0)))
        pairs = _pairs(strung, len(known.minima))
        if not len(pairs):
            break
        strung = len(known.minima)
        for done in range(0, len(pairs), BATCH):
            some = pairs[done : done + BATCH]
            if progress is not None:
                progress(done, len(pairs) - done, len(pairs))
            known, left = _connected(landscape, known, some, string, max_steps, rounds)
            loose += left
    return _assembled(known, _still_loose(known, loose))


def graph_from_paths(
    landscape: Landscape,
    minima: CriticalPoints,
    method: PathMethod,
    *,
    generator: torch.Generator | None = None,
    max_steps: int = 1000,
    progress: Progress | None = None,
) -> LandscapeGraph:
    """Connect every pair of minima by one optimised path, weighted by its height.

    The paper's graph: each weight is an upper bound of the pass, read off the path found.

    Parameters
    ----------
    landscape : Landscape
    minima : CriticalPoints
        Other rows than minima are left out.
    method : PathMethod
        `GradientPath`, `RefinedPath`, `PolygonalChain`, `BezierCurve` or `ClimbingString`.
    generator, max_steps, progress
        As for `find_paths`.

    Returns
    -------
    LandscapeGraph
        Complete; `exact` is False for every edge.

    References
    ----------
    Barannikov et al., Loss barcode, Algorithm 1, lines 6 to 9.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.Himmelblau()
    >>> method = ml.GradientPath(learning_rate=2e-3)
    >>> ml.graph_from_paths(land, land.critical_points, method)
    LandscapeGraph(4 minima, 6 edges)
    """
    minima = _nodes(minima)
    pairs = _pairs(0, len(minima))
    if not len(pairs):
        values, points = _arrays(minima.values, minima.points)
        return LandscapeGraph(values, pairs.numpy(), np.zeros(0), points)
    starts, ends = minima.points[pairs[:, 0]], minima.points[pairs[:, 1]]
    paths = find_paths(
        landscape,
        starts,
        ends,
        method,
        generator=generator,
        max_steps=max_steps,
        progress=progress,
    )
    top = heights(landscape, paths)
    lines = paths.polylines(1 if paths.controls.shape[1] > 8 else 16)
    values, points = _arrays(minima.values, minima.points)
    weights, peaks = _arrays(top.values, top.points)
    exact = np.zeros(len(pairs), dtype=bool)
    return LandscapeGraph(
        values, pairs.numpy(), weights, points, peaks, exact, tuple(_arrays(*lines))
    )


def _nodes(points: CriticalPoints) -> CriticalPoints:
    kept = points.take((points.indices <= 0).nonzero().flatten())
    if not len(kept):
        raise ValueError(f"`minima` must hold at least one minimum, got {points!r}")
    flat = (kept.indices < 0).nonzero().flatten().tolist()
    if flat:
        warnings.warn(
            f"minima in rows {flat[:5]} are degenerate ({len(flat)} in all): whether they are "
            "minima is not certified, and if they line a flat valley they are one minimum, not "
            "many; break the symmetry, or keep one of them",
            stacklevel=3,
        )
    return kept


Pairs = Int[Tensor, "pairs 2"]


def _pairs(old: int, count: int) -> Pairs:
    """All pairs of rows below `count` of which the second is not below `old`."""
    fresh = [pair for pair in itertools.combinations(range(count), 2) if pair[1] >= old]
    return torch.tensor(fresh, dtype=torch.long).reshape(-1, 2)


Loose = tuple[int, int, float, Tensor, Tensor]
"""A pair that only its string connects: both rows, height, top, images."""


def _connected(
    landscape: Landscape,
    known: _Passes,
    pairs: Pairs,
    string: ClimbingString,
    max_steps: int,
    rounds: int,
) -> tuple[_Passes, list[Loose]]:
    """Return what is known once the strings of these pairs were climbed, and what stays loose."""
    points = known.minima.points
    pairs = pairs.to(points.device)
    starts, ends = points[pairs[:, 0]], points[pairs[:, 1]]
    paths = find_paths(landscape, starts, ends, string, max_steps=max_steps)
    top = heights(landscape, paths)
    for _ in range(rounds):
        known = _extended(landscape, known, _climbed(landscape, tops(landscape, paths)))
        missing = _missing(known, pairs, top.values)
        if not len(missing):
            return known, []
        pairs = pairs[missing]
        finer = respaced(paths.controls[missing], 2 * paths.controls.shape[1] - 1)
        paths = _settled(landscape, string, finer, max_steps)
        top = heights(landscape, paths)
    missing = _missing(known, pairs, top.values).tolist()
    return known, [
        (*pairs[i].tolist(), float(top.values[i]), top.points[i], paths.controls[i])
        for i in missing
    ]


def _settled(
    landscape: Landscape, string: ClimbingString, controls: Tensor, max_steps: int
) -> Paths:
    """Strings from given images, settled further."""
    state = string.init(landscape, controls[:, 0], controls[:, -1])
    state = type(state)(controls, state.status)
    for _ in range(max_steps):
        state = string.step(landscape, state)
    return Paths(state.controls, string.curve, state.status)


def _missing(known: _Passes, pairs: Pairs, bounds: Tensor) -> Rows:
    """Rows of the pairs that the graph connects only above the height of their string."""
    barriers = torch.from_numpy(minimax(known.filtration())).to(bounds)
    size = bounds.abs().amax() + barriers.diagonal().abs().amax()
    worse = barriers[pairs[:, 0], pairs[:, 1]] > bounds + SLACK * size
    return worse.nonzero().flatten()


def _climbed(landscape: Landscape, starts: Points) -> CriticalPoints | None:
    """Saddles of index 1 above the tops of strings."""
    if not len(starts):
        return None
    found = find_saddles(landscape, starts, solver=CLIMB, max_steps=CLIMB_STEPS)
    saddles, origins = found.of_index(1), found.origins
    rested = (origins.status == Status.WRONG_INDEX) if origins is not None else torch.zeros(0)
    if origins is not None and rested.any():
        # a string by symmetry on a summit: leave it sideways, along its second mode
        summits = merge(classify(landscape, origins.points[rested]))
        summits = summits.take((summits.indices > 1).nonzero().flatten())
        if len(summits):
            aside = _off(landscape, summits, 1)
            more = find_saddles(landscape, aside, solver=CLIMB, max_steps=CLIMB_STEPS)
            saddles = join(saddles, more.of_index(1))
    return saddles


def _off(landscape: Landscape, points: CriticalPoints, mode: int) -> Float[Tensor, "both dim"]:
    """Two points for each critical point, a small way off it along one of its Hessian modes."""
    where = points.points
    modes = torch.linalg.eigh(landscape.hessian(where)).eigenvectors[..., mode]
    way = OFF * (1 + where.abs().amax(-1, keepdim=True)) * modes
    return torch.cat([where - way, where + way])


def _extended(landscape: Landscape, known: _Passes, saddles: CriticalPoints | None) -> _Passes:
    """Return what is known with more saddles: new ones descended, new minima at their feet."""
    if saddles is None or not len(saddles):
        return known
    fresh = saddles.take((match(saddles.points, known.saddles.points) < 0).nonzero().flatten())
    if not len(fresh):
        return known
    fresh = merge(fresh)
    descents = descend(landscape, fresh)
    ends = classify(landscape, descents.state.points, curvature=float(descents.state.scales.max()))
    arrived = (descents.state.status == Status.CONVERGED) | (ends.indices < 0)
    both = arrived.reshape(-1, 2).all(1)
    if not both.all():
        lost = summary(descents.state.status[~arrived].tolist())
        warnings.warn(
            f"{int((~both).sum())} of {len(both)} saddles are left out: descents from them did "
            f"not arrive ({lost}); the landscape may not be coercive, or its box too small",
            stacklevel=4,
        )
    rows = both.nonzero().flatten()
    fresh, feet = fresh.take(rows), ends.take(both.repeat_interleave(2).nonzero().flatten())
    lines = [descents.lines[2 * i + side] for i in rows.tolist() for side in (0, 1)]
    minima = _with_new(known.minima, feet)
    return _Passes(
        minima,
        join(known.saddles, fresh),
        torch.cat([known.ends, match(feet.points, minima.points).reshape(-1, 2)]),
        (*known.lines, *lines),
    )


def _with_new(minima: CriticalPoints, feet: CriticalPoints) -> CriticalPoints:
    new = (match(feet.points, minima.points) < 0).nonzero().flatten()
    return join(minima, merge(feet.take(new))) if len(new) else minima


def _still_loose(known: _Passes, loose: list[Loose]) -> list[Loose]:
    """Those loose pairs which later rounds have not connected either."""
    if not loose:
        return []
    pairs = torch.tensor([entry[:2] for entry in loose])
    bounds = torch.tensor([entry[2] for entry in loose], dtype=torch.float64)
    left = [loose[i] for i in _missing(known, pairs, bounds).tolist()]
    if left:
        warnings.warn(
            f"{len(left)} edges are not exact: no saddle was certified below the string between "
            f"minima {[entry[:2] for entry in left[:5]]}; their weights are upper bounds (see "
            "`exact`). Pass more `saddles`, or raise `rounds`",
            stacklevel=3,
        )
    return left


def _assembled(known: _Passes, loose: list[Loose]) -> LandscapeGraph:
    order = known.saddles.values.argsort(stable=True)
    rows = order.cpu().numpy()
    filtration = known.filtration()
    values, edges, weights = filtration.values, filtration.edges[rows], filtration.weights[rows]
    points, peaks = _arrays(known.minima.points, known.saddles.points[order])
    paths = [
        np.concatenate([down[::-1], up[1:]])
        for i in order.tolist()
        for down, up in [_arrays(known.lines[2 * i], known.lines[2 * i + 1])]
    ]
    exact = np.ones(len(edges), dtype=bool)
    for first, second, height, top, images in loose:
        edges = np.concatenate([edges, [[first, second]]])
        weights, exact = np.append(weights, height), np.append(exact, False)
        peaks = np.concatenate([peaks, *_arrays(top[None])])
        paths += _arrays(images)
    return LandscapeGraph(values, edges, weights, points, peaks, exact, tuple(paths))


def _arrays(*tensors: Tensor) -> list[np.ndarray]:
    return [tensor.detach().cpu().numpy() for tensor in tensors]
