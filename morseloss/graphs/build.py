"""`build_graph` and `graph_from_paths`: from minima to the weighted graph between them.

The one idea: an edge is a saddle and its two descents, so its weight is exact; or it is a path, and
its weight an upper bound. `exact` says which.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from morseloss.caution import caution
from morseloss.graphs.graph import LandscapeGraph, many
from morseloss.graphs.joining.find_passes import Choice, find_passes
from morseloss.graphs.joining.images import all_pairs
from morseloss.graphs.joining.passes import Loose, Passes
from morseloss.graphs.walled import graph_on_box
from morseloss.kinds import check_kind, kind_of
from morseloss.landscapes.boxes.walls import inward, outside
from morseloss.landscapes.critical import CriticalPoints, check_critical, in_float64, ranked, tied
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.measured import measured
from morseloss.landscapes.symmetries.quotient import unexplained
from morseloss.search.iterate import Progress
from morseloss.search.paths.find_paths import PathMethod, find_paths
from morseloss.search.paths.height import heights
from morseloss.search.paths.string import ClimbingString
from morseloss.status import Interrupted, summary

__all__ = ["build_graph", "graph_from_paths"]

OTHER = 1e-6  # of 1 and the size of two values: more is neither a tie nor another batch


@measured
def build_graph(
    landscape: Landscape,
    minima: CriticalPoints,
    saddles: CriticalPoints | None = None,
    *,
    pairs: Choice | None = None,
    string: ClimbingString = ClimbingString(),
    max_steps: int = 12,
    rounds: int = 4,
    progress: Progress | None = None,
) -> LandscapeGraph:
    """Connect minima by the saddles between them, with exact barriers.

    Parameters
    ----------
    landscape : Landscape
        Smooth, of a dimension in which Hessians are cheap; on a domain (`OnBox`), also a little
        beyond its walls.
    minima : CriticalPoints
        As `find_minima` gives them; other rows than minima are left out, and those outside the
        domain; degenerate ones stay.
    saddles : CriticalPoints, optional
        Saddles of index 1 that are known already, from `find_saddles` say.
    pairs : callable, optional
        Called with the positions of all minima known, shape (minima, dim), gives pairs of their
        rows, integers of shape (pairs, 2), between which a string is settled whether it can change
        a bar or not. `lambda points: torch.combinations(torch.arange(len(points)))` takes all
        pairs, at a cost that grows with the square of the minima. By default none.
    string : ClimbingString
        The strings between neighbours that climbs from the straight line did not join.
    max_steps : int
        Steps for each string before it is climbed.
    rounds : int
        How often the search returns to minima discovered on the way and to pairs which the graph
        connects no better than their string, each time with twice the images. 0 takes the given
        `saddles` alone.
    progress : callable, optional
        Gets `(pairs done, pairs left, pairs)` of each kind of search while it goes on.

    Returns
    -------
    LandscapeGraph
        Nodes are the minima in the order given, then those discovered. An edge with `exact` True
        is a certified saddle: gradient at round-off, one negative eigenvalue, both descents
        followed into the wells of the minima it joins; a saddle between a minimum and itself is a
        loop. Where no saddle could be certified below a string, that string is the edge, with
        `exact` False. Searches miss a pass now and then: pass `saddles` as well where each one
        counts.

    Raises
    ------
    ValueError
        If there is no minimum among `minima`, or `pairs` gives none.
    SearchError
        If a descent leaves the domain, or a point is degenerate on a wall of it.
    Interrupted
        At an interrupt from the keyboard; `found` is the graph as known by then. To go on, pass
        `ml.classify(landscape, torch.tensor(stop.found.peaks))` as `saddles`.

    Warns
    -----
    UserWarning
        If minima are degenerate, if descents did not arrive, or if an edge is not exact.

    Notes
    -----
    Neighbours are minima next to each other in the coordinates in which wells are round on average:
    by Delaunay's triangulation in up to three variables, the `3 dim` nearest in more. After a
    search without warnings every two neighbours are joined by a pass, or by a chain of passes over
    minima between them, or at or below a settled string; and none of them above the straight line.
    Pieces that stay apart are joined by their nearest minima. In the plane a pass costs about 75
    gradients and Hessian-vector products where minima are many. What is not tried, unless `pairs`
    asks for it: a string between minima that are no neighbours, or that a pass or chain joins. A
    lower pass there, than all that are found, would be missed.

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
    minima = _nodes(landscape, minima)
    if pairs is not None and not callable(pairs):
        raise ValueError(
            f"`pairs` must be a callable from positions of minima to pairs of rows, got "
            f"{kind_of(pairs)}; for all pairs pass "
            "`lambda points: torch.combinations(torch.arange(len(points)))`"
        )
    check_kind("string", string, ClimbingString, "pass `ClimbingString()`")
    if saddles is not None:
        check_critical(landscape, saddles, "saddles")
    if not inward(landscape, minima.points.device):
        settings = {"pairs": pairs, "string": string, "max_steps": max_steps, "rounds": rounds}
        built = partial(build_graph, **settings, progress=progress)
        return graph_on_box(built, landscape, minima, saddles)
    try:
        passes, loose = find_passes(
            landscape,
            minima,
            saddles,
            string,
            pairs=pairs,
            max_steps=max_steps,
            rounds=rounds,
            progress=progress,
        )
    except Interrupted as stop:
        raise Interrupted(_assembled(stop.found, [])) from None
    if len(passes.lost):
        caution(
            f"{many(len(passes.lost), 'saddle is', 'saddles are')} left out: descents from there "
            "did not arrive "
            f"({summary(passes.lost.status.tolist())}); the landscape may not be coercive, or its "
            "box too small"
        )
    if loose:
        apart = torch.cat([rest.pairs for rest in loose]).tolist()
        caution(
            f"{many(len(apart), 'edge is', 'edges are')} not exact: no saddle was certified below "
            f"the string between minima {apart[:5]}: an upper bound (see `exact`). Pass more "
            "`saddles`, or raise `rounds`"
        )
    return _assembled(passes, loose)


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
        On a domain (`OnBox`), smooth a little beyond its walls.
    minima : CriticalPoints
        Other rows than minima are left out, and those outside the domain.
    method : PathMethod
        `GradientPath`, `RefinedPath`, `PolygonalChain`, `BezierCurve` or `ClimbingString`.
    generator, max_steps, progress
        As for `find_paths`.

    Returns
    -------
    LandscapeGraph
        Complete but for pairs along whose paths the landscape is not finite; `exact` is False
        for every edge.

    Raises
    ------
    ValueError
        If there is no minimum among `minima`.

    Warns
    -----
    UserWarning
        If pairs are left without an edge.

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
    minima = _nodes(landscape, minima)
    if not inward(landscape, minima.points.device):
        settings = {"generator": generator, "max_steps": max_steps, "progress": progress}
        return graph_on_box(
            lambda soft, nodes, _: graph_from_paths(soft, nodes, method, **settings),
            landscape,
            minima,
        )
    pairs = all_pairs(len(minima))
    if not len(pairs):
        values, points = _arrays(minima.values, minima.points)
        return LandscapeGraph(values, pairs.numpy(), np.zeros(0), points)
    starts, ends = minima.points[pairs[:, 0]], minima.points[pairs[:, 1]]
    ends = landscape.space.nearest(starts, ends)
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
    finite = top.values.isfinite().cpu()
    if not finite.all():
        caution(
            f"pairs {pairs[~finite].tolist()[:5]} have no edge: the landscape is not finite along "
            f"their paths ({int((~finite).sum())} in all); try another method or start elsewhere"
        )
    pairs, kept = pairs[finite], finite.to(top.values.device)
    lines = paths.polylines(1 if paths.controls.shape[1] > 8 else 16)[kept]
    values, points = _arrays(minima.values, minima.points)
    # rounding, of another batch or of a curve's weights, may put a top a hair below an end
    weights, peaks = _arrays(top.values[kept], top.points[kept])
    weights = np.maximum(weights, values[pairs].max(axis=1))
    exact = np.zeros(len(pairs), dtype=bool)
    return LandscapeGraph(
        values, pairs.numpy(), weights, points, peaks, exact, tuple(_arrays(*lines))
    )


def _nodes(landscape: Landscape, points: CriticalPoints) -> CriticalPoints:
    check_critical(landscape, points, "minima")
    points = in_float64(landscape, points)
    there = landscape.value(points.points) if len(points) else points.values
    off = (there - points.values).abs() > OTHER * (1 + there.abs() + points.values.abs())
    if bool(off.any()):
        row = int(off.nonzero()[0])
        raise ValueError(
            f"`minima` are not of {landscape!r}: the value in row {row} is "
            f"{float(points.values[row]):.8g}, and {float(there[row]):.8g} on this landscape; find "
            "them on it, or pass their points through `classify`"
        )
    inside = ~outside(landscape, points.points)
    kept = points.take((inside & (points.indices <= 0)).nonzero().flatten())
    if not len(kept):
        where = "" if landscape.domain is None else f" in the domain of {landscape!r}"
        raise ValueError(f"`minima` must hold at least one minimum{where}, got {points!r}")
    flat = (kept.indices < 0).nonzero().flatten().tolist()
    if flat:
        caution(
            f"minima in rows {flat[:5]} are degenerate ({len(flat)} in all): whether they are "
            "minima is not certified, and if they line a flat valley they are one minimum, not "
            "many; break the symmetry, or keep one of them"
            + unexplained(landscape, kept.points[flat])
        )
    return kept


def _assembled(passes: Passes, loose: list[Loose]) -> LandscapeGraph:
    """The graph of certified passes, lowest first, then of the strings that stand in for others."""
    saddles, minima = tied(passes.saddles), tied(passes.minima)
    passes, order = replace(passes, saddles=saddles, minima=minima), ranked(saddles)
    rows, filtration = order.cpu().numpy(), passes.filtration()
    points, peaks = _arrays(passes.minima.points, passes.saddles.points[order])
    edges, weights = [filtration.edges[rows]], [filtration.weights[rows]]
    exact, tops = [np.ones(len(rows), dtype=bool)], [peaks]
    paths = [
        np.concatenate([down[::-1], up[1:]])
        for i in rows
        for down, up in [_arrays(*passes.lines[2 * i : 2 * i + 2])]
    ]
    for rest in loose:
        pairs, values, places = _arrays(rest.pairs, rest.tops.values, rest.tops.points)
        edges.append(pairs)
        weights.append(values)
        exact.append(np.zeros(len(pairs), dtype=bool))
        tops.append(places)
        paths += _arrays(*rest.strings)
    return LandscapeGraph(
        filtration.values,
        np.concatenate(edges),
        np.concatenate(weights),
        points=points,
        peaks=np.concatenate(tops),
        exact=np.concatenate(exact),
        paths=tuple(paths),
    )


def _arrays(*tensors: Tensor) -> list[np.ndarray]:
    return [tensor.detach().cpu().numpy() for tensor in tensors]
