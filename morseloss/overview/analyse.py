"""`analyse`: from a landscape to minima, graph, critical points, complex and bars in one call.

The one idea: it takes the surest way that there is for each part, says which one it was, and goes
on where one fails.
"""

import sys
from dataclasses import replace
from functools import partial

import torch

from morseloss._shapes import Points
from morseloss.complexes.boundary import morse_complex
from morseloss.complexes.morse import MorseComplex
from morseloss.graphs.build import build_graph
from morseloss.graphs.graph import LandscapeGraph, many
from morseloss.graphs.persistence import barcode
from morseloss.kinds import check_count
from morseloss.landscapes.certificate import Certificate
from morseloss.landscapes.critical import CriticalPoints, classify, join, match, merge
from morseloss.landscapes.landscape import Box, Landscape, check_box, check_landscape, sample_box
from morseloss.landscapes.measured import measured
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.trigonometric import TrigonometricPolynomial
from morseloss.landscapes.wrappers import unwrapped
from morseloss.overview import verdicts
from morseloss.overview.analysis import Analysis
from morseloss.overview.attempts import Attempts
from morseloss.search.complete.critical_set import critical_points
from morseloss.search.iterate import Progress
from morseloss.search.minima import find_minima
from morseloss.topology.diagram import Diagram

__all__ = ["analyse"]

MOST_VARIABLES = 4  # in which all flow lines can be followed
MOST_DEGENERATE = 50  # minima between which passes are sought
MOST_COVERED = 3  # variables of a box that is covered by series
MOST_PATHS = 5_000  # to complex critical points of a polynomial


def analyse(
    landscape: Landscape,
    *,
    starts: int = 256,
    box: Box | None = None,
    generator: torch.Generator | None = None,
    progress: Progress | None = None,
) -> Analysis:
    """Find what there is to find of a landscape, and say what is certified.

    Parameters
    ----------
    landscape : Landscape
        Of any kind that the searches take: a polynomial, a smooth function with a box, one on a
        box with walls (`OnBox`), on a torus (`Periodic`), up to symmetry (`Quotient`).
    starts : int
        How many searches begin at random, where critical points cannot be counted.
    box : Tensor, shape (2, dim), optional
        Where they begin; by default in the box of the landscape.
    generator : torch.Generator, optional
        By which starts are drawn. By default one of seed 0: two calls find the same.
    progress : callable, optional
        Gets three counts of whatever search goes on.

    Returns
    -------
    Analysis
        What could be found; what could not be is None there or empty, and `open` says why. In up to
        four variables critical points of every index and the Morse complex are in it, in more
        minima and the passes between them.

    Raises
    ------
    ValueError
        If it is no landscape, or that of a network, no box is known, or the count of starts is no
        positive integer: nothing could begin.

    Examples
    --------
    >>> import morseloss as ml
    >>> print(ml.analyse(ml.analytic.Himmelblau()))  # doctest: +ELLIPSIS
    Himmelblau()
    points   CriticalPoints(9 points in R^2: 4 minima, 4 of index 1, 1 of index 2)
    graph    LandscapeGraph(4 minima, 4 edges)
    complex  MorseComplex(9 critical points: 4 minima, 4 of index 1, 1 of index 2; 12 flow lines)
    bars     Diagram(5 bars: 4 of degree 0, 1 of degree 1, 1 essential)
    ...
    """
    check_landscape(landscape)
    networks = sys.modules.get("morseloss.networks")  # whoever has a network has imported it
    if networks is not None and isinstance(landscape, networks.NetworkLandscape):
        raise ValueError(
            f"`landscape` must be a function of few variables, got {landscape!r}; train networks "
            "and join them by paths, in a `networks.Run`"
        )
    generator = torch.Generator().manual_seed(0) if generator is None else generator
    check_count("starts", starts)
    begun = sample_box(landscape, starts, generator=generator, box=box)
    attempts = Attempts()
    points = _points(landscape, begun, attempts, progress)
    minima, points = _minima(landscape, points, begun, attempts, progress)
    graph = _graph(landscape, points, minima, attempts, progress)
    points = _with_passes(landscape, points, graph)
    complex = _complex(landscape, points, attempts, progress)
    if graph is None and complex is not None:
        graph = complex.graph()
    certified, open_ = _verdicts(points, graph, complex)
    for sentence in [*verdicts.of_starts(minima), *open_]:
        attempts.note(sentence)
    bars = _bars(graph, complex)
    sentences = tuple(attempts.sentences)
    return Analysis(
        landscape, points, minima, graph, complex, bars, tuple(certified), sentences,
        landscape.box if box is None else check_box(box, landscape.dim),
    )  # fmt: skip


def _points(
    landscape: Landscape, starts: Points, attempts: Attempts, progress: Progress | None
) -> CriticalPoints:
    """Return critical points of every index, by count where that is possible, else by searches."""
    if landscape.dim > MOST_VARIABLES:
        attempts.note(
            f"critical points of index 2 and higher were not sought, nor a Morse complex: there "
            f"are {landscape.dim} variables, more than {MOST_VARIABLES}"
        )
        return classify(landscape, starts[:0])
    found = None
    if _countable(landscape):
        step = partial(critical_points, landscape, progress=progress)
        found = attempts.of("critical points were not counted", CriticalPoints, step)
    if found is None:
        rounds = {"rounds": 1} if attempts.sentences else {}  # a count failed: not to be forced
        step = partial(critical_points, landscape, starts, **rounds, progress=progress)
        found = attempts.of("critical points of every index: none", CriticalPoints, step)
    return classify(landscape, starts[:0]) if found is None else found


def _countable(landscape: Landscape) -> bool:
    """Tell whether critical points can be counted, or covered on a box, in reasonable time."""
    inner = unwrapped(landscape)
    if isinstance(inner, Polynomial):
        return (inner.degree - 1) ** inner.dim <= MOST_PATHS
    if isinstance(inner, TrigonometricPolynomial):
        return True
    known = landscape.box is not None or landscape.domain is not None
    return known and landscape.dim <= MOST_COVERED


def _minima(
    landscape: Landscape,
    points: CriticalPoints,
    starts: Points,
    attempts: Attempts,
    progress: Progress | None,
) -> tuple[CriticalPoints, CriticalPoints]:
    """Return the minima, and the critical points with those that only descents led to."""
    if _settled(points):
        return points.of_index(0), points
    step = partial(find_minima, landscape, starts, progress=progress)
    found = attempts.of("minima", CriticalPoints, step)
    if found is None:
        return points.of_index(0), points
    fresh = _missed(landscape, found, points)
    minima = _united(landscape, points.of_index(0), found)
    if len(fresh):
        if points.certificate is not None:
            attempts.note(
                f"descents led to {many(len(fresh), 'minimum', 'minima')} that the search for "
                "critical points of every index had missed"
            )
        points = _joined(landscape, points, fresh)
    return replace(minima, origins=found.origins), points


@measured
def _missed(landscape: Landscape, minima: CriticalPoints, points: CriticalPoints) -> CriticalPoints:
    """Return the minima that are not among the points, and whose place is well known."""
    missed = match(minima.points, points.points, landscape.space) < 0
    return minima[missed & (minima.indices == 0)]


@measured
def _united(_: Landscape, points: CriticalPoints, more: CriticalPoints) -> CriticalPoints:
    """Return both, each point once."""
    return merge(join(points, more))


def _joined(landscape: Landscape, points: CriticalPoints, more: CriticalPoints) -> CriticalPoints:
    """Return all points, counted anew where they had been counted."""
    both, counts = _united(landscape, points, more), points.certificate
    if counts is not None:
        counts = Certificate.of(both.indices, characteristic=counts.characteristic)
    return replace(both, origins=None, certificate=counts)


def _settled(points: CriticalPoints) -> bool:
    """Tell whether no minimum can be missing, and none is in doubt."""
    counts = points.certificate
    return counts is not None and counts.complete and counts.consistent


def _graph(
    landscape: Landscape,
    points: CriticalPoints,
    minima: CriticalPoints,
    attempts: Attempts,
    progress: Progress | None,
) -> LandscapeGraph | None:
    """Return the graph of the minima: of the passes known where they are all, else searched."""
    if not len(minima):
        attempts.note("no graph and no bars of degree 0: no minimum is known")
        return None
    flat = int((minima.indices < 0).sum())
    if flat > MOST_DEGENERATE:
        attempts.note(
            f"no graph: {flat} minima are degenerate, more than {MOST_DEGENERATE}: they seem to "
            "fill a curve or a surface; divide the symmetry out by `Quotient`, or use `perturb`"
        )
        return None
    saddles, rounds = points.of_index(1), {"rounds": 0} if _settled(points) else {}
    step = partial(build_graph, landscape, minima, saddles, **rounds, progress=progress)
    return attempts.of("no graph", LandscapeGraph, step)


def _with_passes(
    landscape: Landscape, points: CriticalPoints, graph: LandscapeGraph | None
) -> CriticalPoints:
    """Return the critical points with minima and passes of the graph, where these were sought."""
    if graph is None or graph.points is None or points.certificate is not None:
        return points
    wells = torch.tensor(graph.points).to(points.points)
    points = _joined(landscape, points, _missed(landscape, classify(landscape, wells), points))
    if graph.peaks is None or graph.exact is None or not graph.exact.any():
        return points
    peaks = torch.from_numpy(graph.peaks[graph.exact]).to(points.points)
    return _joined(landscape, points, classify(landscape, peaks))


def _complex(
    landscape: Landscape, points: CriticalPoints, attempts: Attempts, progress: Progress | None
) -> MorseComplex | None:
    """Return the Morse complex, where it can be followed."""
    if landscape.dim > MOST_VARIABLES or not len(points):
        return None
    step = partial(morse_complex, landscape, points, progress=progress)
    return attempts.of("no Morse complex", MorseComplex, step)


def _bars(graph: LandscapeGraph | None, complex: MorseComplex | None) -> Diagram | None:
    if complex is not None:
        return complex.diagram()
    return None if graph is None else barcode(graph)


def _verdicts(
    points: CriticalPoints, graph: LandscapeGraph | None, complex: MorseComplex | None
) -> tuple[list[str], list[str]]:
    """Return what is certified of all parts, and what is open."""
    parts = [verdicts.of_points(points)]
    parts += [] if graph is None else [verdicts.of_graph(graph)]
    parts += [] if complex is None else [verdicts.of_complex(complex, graph)]
    return [s for sure, _ in parts for s in sure], [s for _, open_ in parts for s in open_]
