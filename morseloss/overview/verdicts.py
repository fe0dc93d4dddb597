"""Verdicts: what speaks for critical points, a graph and a complex, and what is left open.

The one idea: a sentence says no more than was counted, measured or proved.
"""

import numpy as np

from morseloss.complexes.morse import MorseComplex
from morseloss.graphs.graph import LandscapeGraph, many
from morseloss.graphs.persistence import barcode
from morseloss.landscapes.critical import CriticalPoints
from morseloss.status import Status, summary
from morseloss.topology.distances.bottleneck import bottleneck_distance

__all__ = ["of_complex", "of_graph", "of_points", "of_starts"]

SAME = 1e-9  # of 1 and the range of values: bars that differ by less agree

Verdicts = tuple[list[str], list[str]]
"""What is certified, and what is open."""


def of_points(points: CriticalPoints) -> Verdicts:
    """Return what speaks for critical points: counts, and how well each is known."""
    sure, doubts = [], []
    known = points[points.indices >= 0]
    if len(known):
        most = float(known.residuals.max())
        sure.append(
            f"gradients at {many(len(known), 'critical point')} are "
            f"{f'at most {most:.0e}' if most else '0'}, and no curvature there is near 0: the "
            "indices are known"
        )
    flat = len(points) - len(known)
    if flat:
        doubts.append(
            f"{many(flat, 'critical point is', 'critical points are')} degenerate, of unknown "
            "index: break the symmetry, divide it out by `Quotient`, or use `perturb`"
        )
    counts = points.certificate
    if counts is None:
        doubts.append("minima and passes are those that searches led to: there may be others")
    elif counts.complete and counts.expected:
        proved = f", each proved by Smale's alpha, {counts.alpha:.0e}" * (counts.alpha < 0.157)
        sure.append(
            f"no critical point is missing: {counts.found} of {counts.expected} complex ones were "
            f"found, {counts.real} of them real{proved}"
        )
        if counts.away:
            doubts.append(
                f"{many(counts.away, 'more complex one lies', 'more complex ones lie')} at "
                "infinity, by the way paths ran off: that is not proved"
            )
    elif counts.complete and counts.consistent:
        sure.append(
            f"no critical point is missing from the box: {counts.cells} cells hold a known number "
            f"each, of series that fit the gradient within {counts.fit_error:.0e}, as measured"
        )
    else:
        doubts.append(
            "critical points may be missing: nothing but their alternating count can be checked, "
            f"which is {counts.euler} and should be {counts.characteristic}"
        )
    if counts is not None and counts.consistent:
        sure.append(f"the alternating count of critical points is {counts.euler}, as it must be")
    return sure, doubts


def of_starts(minima: CriticalPoints) -> list[str]:
    """Return what became of starts that did not arrive at a minimum."""
    if minima.origins is None or not len(minima):
        return []
    status = minima.origins.status
    astray = status[(status != Status.CONVERGED) & (status != Status.DEGENERATE)]
    if not len(astray):
        return []
    usual = Status(int(astray.mode().values))
    return [
        f"{len(astray)} of {many(len(status), 'start')} led to no minimum "
        f"({summary(astray.tolist())}): most of them: {usual.message}"
    ]


def of_graph(graph: LandscapeGraph) -> Verdicts:
    """Return how many edges are certified passes, and how many upper bounds."""
    edges = len(graph.weights)
    exact = int(np.count_nonzero(graph.exact)) if graph.exact is not None else 0
    sure, doubts = [], []
    if exact:
        sure.append(
            f"{exact} of {many(edges, 'edge')}: certified saddles, both descents followed, weights "
            "that are values of passes"
        )
    if exact < edges:
        doubts.append(
            f"{edges - exact} of {many(edges, 'edge')}: paths, weights that are upper bounds"
        )
    apart = int(np.count_nonzero(np.isinf(barcode(graph).deaths)))
    if apart > 1:
        doubts.append(f"the graph has {apart} pieces: passes between them are not known")
    return sure, doubts


def of_complex(complex: MorseComplex, graph: LandscapeGraph | None) -> Verdicts:
    """Return what speaks for a complex: its boundary, and the bars of the graph."""
    sure = ["the boundary of a boundary is 0 over the integers: no flow line is missing by count"]
    if graph is None:
        return sure, []
    off = bottleneck_distance(complex.diagram(), barcode(graph), degree=0)
    if off <= SAME * (1 + float(np.ptp(complex.values))):
        return [*sure, "bars of degree 0 of the graph and of the complex agree"], []
    return sure, [
        f"bars of degree 0 of the graph and of the complex differ by {off:.3g}: a pass or a flow "
        "line is wrong or missing; those of the complex are shown"
    ]
