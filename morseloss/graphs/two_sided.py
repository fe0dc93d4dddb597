"""`bracketed`: the barcode of a graph with a proved lower end beside every death.

The one idea: an edge shows that a bar dies at or below its weight; that it does not die much
earlier is shown on a cover of the box by cells, through which nothing flows a little below.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from morseloss.caution import caution
from morseloss.graphs.graph import LandscapeGraph, as_graph
from morseloss.graphs.persistence import barcode
from morseloss.kinds import check_count
from morseloss.landscapes.landscape import Landscape, check_landscape
from morseloss.search.brackets.bracket import Question, answered, cover
from morseloss.search.brackets.communication import (
    CELLS,
    check_inside,
    check_tolerance,
    studied,
)
from morseloss.topology.diagram import Diagram

__all__ = ["bracketed"]

SAME = 1e-9  # of the largest value: what two computations of one may differ by


def bracketed(
    landscape: Landscape, graph: Any, *, tolerance: float = 1e-6, cells: int = CELLS
) -> Diagram:
    """Return the barcode of a graph of minima, with proved lower ends of the deaths.

    A bar of a graph is an upper bound: a pass that nobody found would end it earlier. Here every
    path from its minimum to a lower point is shown to climb to `lower` at least: on a cover of the
    box by cells, each with a lower bound of the landscape, none of the cells that may lie below
    link the two. Points that are lower may be minima that nobody knows, too.

    Parameters
    ----------
    landscape : Landscape
        Smooth, in one to three variables. A coercive polynomial is studied on all of R^d, any other
        landscape on its `domain` or `box`: then the lower end speaks of paths inside.
    graph : LandscapeGraph
        Of this landscape, with the points of its minima, as `build_graph` returns it.
    tolerance : float
        Wanted gap between lower end and death, as part of the range from the lowest minimum to the
        highest death.
    cells : int
        Most cells; when they are spent the gap is what it is by then.

    Returns
    -------
    Diagram
        The bars of `barcode`, with `lower`: one a bar, nan where a bar is essential.

    Raises
    ------
    ValueError
        If there are more than three variables, no box is known, the graph has no points or other
        ones than minima in the box.
    SearchError
        If the landscape is not smooth: no series converges somewhere.

    Warns
    -----
    UserWarning
        If a path is lower than a death says: a pass or a minimum is missing in the graph. The lower
        end is that of the landscape all the same.

    Notes
    -----
    For a polynomial the lower end is proved up to rounding, of which a bound is subtracted. For
    another function it is proved of its series; what they leave is measured, at finitely many
    places, and subtracted too. Minima of equal value stand in the order of their rows, as in
    `barcode`.

    References
    ----------
    Barannikov et al., Loss barcode, Definition 1.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.SixHumpCamel()
    >>> bars = ml.bracketed(land, ml.build_graph(land, land.critical_points))
    >>> bool((bars.deaths - bars.lower)[bars.finite].max() < 1e-5)
    True
    """
    check_landscape(landscape)
    check_tolerance(tolerance)
    check_count("cells", cells)
    box, walled = studied(landscape)
    graph = as_graph(graph)
    minima = _minima(landscape, graph)
    check_inside(landscape, minima, box, "graph.points")
    bars = barcode(graph)
    finite = np.flatnonzero(bars.finite)
    lower = np.full(len(bars), np.nan)
    if not len(finite):
        return replace(bars, lower=lower)
    lowest, highest = float(bars.births.min()), float(bars.deaths[finite].max())
    found = cover(landscape, box, minima, above=highest if walled else None)
    places = found.whole.unit(minima)
    missed = []
    for row in finite:
        own, death = int(bars.birth_cells[row]), float(bars.deaths[row])
        elders = places[bars.birth_cells[:row]]
        below = float(found.floors[bars.birth_cells[row:]].min())  # of equal ones the least
        question = Question(places[own], elders, below)
        part = tolerance * (highest - lowest) / (death - lowest)
        found, low, high = answered(found, question, death, part, lowest, most=cells)
        lower[row] = max(low, float(bars.births[row]))
        missed += [(row, high)] if high < death else []
    if missed:
        row, high = missed[0]
        caution(
            f"{len(missed)} bar{'s die' if len(missed) > 1 else ' dies'} earlier than the graph "
            f"says: from minimum {bars.birth_cells[row]} a path that climbs to {high:.6g} at most "
            f"leads to a lower point, and the death is {bars.deaths[row]:.6g}; a pass or a minimum "
            "is missing in the graph: search with more starts"
        )
    return replace(bars, lower=lower)


def _minima(landscape: Landscape, graph: LandscapeGraph) -> torch.Tensor:
    """Return the points of a graph, which must be those of its values.

    Raises
    ------
    ValueError
        If they are not.
    """
    if graph.points is None:
        raise ValueError(
            "`graph` must know the points of its minima, got none; take a graph of `build_graph`, "
            "or pass `points` to `LandscapeGraph`"
        )
    if graph.points.shape[1] != landscape.dim:
        raise ValueError(
            f"`graph.points` must have {landscape.dim} coordinates for {landscape!r}, got "
            f"{graph.points.shape[1]}; pass the landscape that the graph is of"
        )
    points = torch.from_numpy(graph.points.copy())
    values = landscape.value(points).detach().numpy()
    gaps = np.abs(values - graph.values)
    row = int(gaps.argmax())
    if not gaps[row] <= SAME * (1 + np.abs(graph.values).max()):
        raise ValueError(
            f"`graph.values` must be those of {landscape!r} at `graph.points`, got "
            f"{graph.values[row]} for {values[row]} in row {row}; pass the landscape that the "
            "graph is of"
        )
    return points
