"""Two-sided bars: no path climbs less, proved on covers of cells.

Claim: on the toys the communication height of every pair of minima is known from below to a
millionth, within seconds; on random polynomials in one to three variables the lower end of no bar
is above the exact death, and close to it, also where a pass is missing in the graph, so that the
death there is too high.
Source: Definition 1 of the paper: the infimum over all paths.
Tolerance: the gap asked for, 1e-6 of the range in one and two variables and 1e-3 in three; 10 s a
pair; a lower end may be above the exact death by 1e-9 of the range, its own rounding.
"""

import itertools
import time
import warnings
from dataclasses import replace

import numpy as np
import torch
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

import morseloss as ml
from morseloss.plot.style import EMBER, INK, SEA
from validation.ensembles import gaussian_polynomial, wavy_polynomial
from validation.report import Outcome
from validation.style import below

TITLE = "Bars with proved lower ends"
GAPS = {1: 1e-6, 2: 1e-6, 3: 1e-3}
RANDOM = {1: 20, 2: 20, 3: 3}
DEGREES = {1: (4, 6, 8, 10), 2: (4, 6), 3: (4,)}
CLOSER = (1e-2, 1e-4, 1e-6, 1e-8)
SECONDS = 10.0
ROUNDING = 1e-9
LOPSIDED = ml.Polynomial(
    {
        (6, 0): 1.0, (0, 6): 0.8, (4, 2): 0.3, (4, 0): -3.1, (0, 4): -2.3, (2, 2): -0.4,
        (2, 0): 2.2, (0, 2): 1.5, (3, 1): 0.25, (1, 1): -0.2, (1, 2): 0.15, (1, 0): 0.12,
        (0, 1): -0.09,
    }
)  # fmt: skip
TOYS = {
    "Müller-Brown": ml.analytic.MuellerBrown(),
    "six-hump camel": ml.analytic.SixHumpCamel(),
    "Himmelblau": ml.analytic.Himmelblau(),
    "degree 6": LOPSIDED,
}
KINDS = ("below", "not known", "above")
COLOURS = (SEA[1], EMBER[4], "#e4e3de")
WINDOW = 0.06  # of the box, around the pass that is drawn


def run(seed: int) -> Outcome:
    """Bracket pairs of the toys, and bars of random polynomials with and without a pass."""
    generator = torch.Generator().manual_seed(seed)
    pairs = [row for name, land in TOYS.items() for row in _pairs(name, land)]
    gaps = [row for name, land in TOYS.items() for row in _closer(name, land)]
    bars = [
        row
        for dim, count in RANDOM.items()
        for number in range(count)
        for row in _bars(_drawn(dim, number, generator))
    ]
    worst = max(row["gap"] for row in pairs)
    slowest = max(row["seconds"] for row in pairs)
    above = max(row["above"] for row in (*pairs, *gaps, *bars))
    closed = sum(row["gap"] <= 1.001 * GAPS[row["dim"]] for row in bars if not row["planted"])
    whole = [row for row in bars if not row["planted"]]
    planted = [row for row in bars if row["planted"]]
    told = sum(row["told"] for row in planted)
    holds = (
        worst <= 1.001 * GAPS[2]
        and slowest < SECONDS
        and above <= ROUNDING
        and closed == len(whole)
        and told == len(planted) > 0
    )
    return Outcome(
        f"{len(pairs)} pairs of minima to {GAPS[2]:.0e} in {SECONDS:.0f} s each; {len(whole)} "
        f"random barcodes to {GAPS[2]:.0e}, in three variables {GAPS[3]:.0e}; no lower end above "
        f"the exact death, nor in {len(planted)} barcodes without a pass",
        f"pairs to {worst:.2e} in at most {slowest:.1f} s; {closed} of {len(whole)} barcodes; "
        f"lower ends above deaths by {max(above, 0.0):.0e} of the range; {told} of {len(planted)} "
        "missing passes told",
        holds,
        {"pairs": pairs, "gaps": gaps, "bars": bars, "cells": _around_a_pass()},
    )


def _pairs(name: str, land: ml.Landscape) -> list[dict]:
    """Every pair of minima, to the gap of the claim."""
    graph = ml.build_graph(land, ml.critical_points(land))
    every = itertools.combinations(range(len(graph)), 2)
    return [{"name": name, **_pair(land, graph, *pair, GAPS[2])} for pair in every]


def _closer(name: str, land: ml.Landscape) -> list[dict]:
    """The pair with the highest pass between, to smaller and smaller gaps."""
    graph = ml.build_graph(land, ml.critical_points(land))
    heights = ml.minimax(graph)
    pair = np.unravel_index(int(heights.argmax()), heights.shape)
    return [{"name": name, **_pair(land, graph, *map(int, pair), gap)} for gap in CLOSER]


def _pair(
    land: ml.Landscape, graph: ml.LandscapeGraph, first: int, second: int, gap: float
) -> dict:
    points = torch.from_numpy(graph.points.copy())
    height = torch.tensor([ml.minimax(graph)[first, second]])
    start = time.perf_counter()
    found = ml.communication(
        land, points[first, None], points[second, None], heights=height, tolerance=gap
    )
    seconds = time.perf_counter() - start
    left = float(height - found.lower)
    part = left / float(height - graph.values[[first, second]].min())
    return {
        "first": first, "second": second, "height": float(height), "gap": max(part, 0.0),
        "above": -part, "seconds": seconds, "cells": len(found.cover),
    }  # fmt: skip


def _drawn(dim: int, number: int, generator: torch.Generator) -> ml.Polynomial:
    family = (gaussian_polynomial, wavy_polynomial)[number % 2]
    return family(dim, DEGREES[dim][number // 2 % len(DEGREES[dim])], generator)


def _bars(land: ml.Polynomial) -> list[dict]:
    """The bars of a polynomial, and those of its graph without the pass of the shortest bar."""
    graph = ml.build_graph(land, ml.critical_points(land))
    exact = ml.barcode(graph)
    if not exact.finite.any():
        return []
    ranged = float(exact.deaths[exact.finite].max() - exact.births.min())
    rows, cases = [], [(graph, False)]
    lacking = _without_a_pass(graph, exact)
    if lacking is not None:
        cases.append((lacking, True))
    for case, planted in cases:
        start = time.perf_counter()
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            found = ml.bracketed(land, case, tolerance=GAPS[land.dim])
        seconds = time.perf_counter() - start
        true = exact.deaths[np.argsort(exact.birth_cells)][found.birth_cells]
        ends = found.finite & np.isfinite(true)
        gaps = (true - found.lower)[ends] / ranged
        rows.append(
            {
                "dim": land.dim, "degree": land.degree, "planted": planted, "bars": int(ends.sum()),
                "gap": float(gaps.max()), "above": float(-gaps.min()), "seconds": seconds,
                "told": any("missing in the graph" in str(w.message) for w in said),
            }
        )  # fmt: skip
    return rows


def _without_a_pass(graph: ml.LandscapeGraph, exact: ml.Diagram) -> ml.LandscapeGraph | None:
    """Take the pass of a bar away where the graph stays in one piece, so that the bar is longer."""
    for row in np.flatnonzero(exact.finite):
        kept = np.arange(len(graph.weights)) != exact.death_cells[row]
        lacking = replace(
            graph, edges=graph.edges[kept], weights=graph.weights[kept], peaks=None, exact=None,
            paths=None, edge_names=None,
        )  # fmt: skip
        bars = ml.barcode(lacking)
        longer = bars.deaths[bars.finite].sum() > exact.deaths[exact.finite].sum() + 1e-3
        if bars.finite.sum() == exact.finite.sum() and longer:
            return lacking
    return None


def _around_a_pass() -> list[list[float]]:
    """Cells around the lower pass of Müller-Brown: corner, width, and what is known."""
    land = ml.analytic.MuellerBrown()
    points = land.critical_points
    minima, top = points.of_index(0).points, points.of_index(1)
    rows = torch.tensor([1]), torch.tensor([2])
    found = ml.communication(
        land, minima[rows[0]], minima[rows[1]], heights=top.values[:1], tolerance=1e-4
    )
    cells, box = found.cover, land.box
    low, high = (
        (box[0] + torch.from_numpy(side) * (box[1] - box[0])).numpy()
        for side in cells.cells.boxes()
    )
    level = float(found.lower)
    kinds = np.where(cells.lower >= level, 2, np.where(cells.upper < level, 0, 1))
    middle, reach = top.points[0].numpy(), WINDOW * (box[1] - box[0]).numpy()
    near = ((high > middle - reach) & (low < middle + reach)).all(1)
    table = np.concatenate([low, high - low, kinds[:, None]], 1)[near]
    return [[round(x, 6) for x in row] for row in table.tolist()]


def draw(data: dict) -> Figure:
    """Draw cells around a pass by what is known of them, and gaps against seconds."""
    figure = Figure(figsize=(9.5, 4.4), layout="constrained")
    near, gaps = figure.subplots(1, 2)
    for kind, colour in enumerate(COLOURS):
        boxes = [Rectangle(row[:2], *row[2:4]) for row in data["cells"] if row[4] == kind]
        near.add_collection(PatchCollection(boxes, fc=colour, ec="white", linewidths=0.4))
    land = ml.analytic.MuellerBrown()
    top, size = land.critical_points.of_index(1), WINDOW * (land.box[1] - land.box[0])
    middle = top.points[0]
    low, high = (middle - size).tolist(), (middle + size).tolist()
    sides = [torch.linspace(*ends, 200) for ends in zip(low, high, strict=True)]
    grid = torch.cartesian_prod(*sides).double()
    near.contour(
        *sides, land.value(grid).reshape(200, 200).T, [float(top.values[0])], colors=INK,
        linewidths=0.8,
    )  # fmt: skip
    near.plot(*middle.tolist(), "x", color=INK)
    near.set(
        xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel="x", ylabel="y",
        title="Cells around a pass, level a little below",
    )  # fmt: skip
    near.legend(
        handles=[Patch(color=c, label=k) for c, k in zip(COLOURS, KINDS, strict=True)],
        loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=3,
    )  # fmt: skip
    names = list(dict.fromkeys(row["name"] for row in data["gaps"]))
    for name, marker in zip(names, "os^D"[: len(names)], strict=True):
        rows = [row for row in data["gaps"] if row["name"] == name]
        gaps.plot(
            [row["gap"] for row in rows], [row["cells"] for row in rows], marker + "-",
            label=f"{name}, up to {max(row['seconds'] for row in rows):.2f} s", markersize=5,
        )  # fmt: skip
    gaps.set(
        xscale="log", ylim=(0, None), xlabel="gap to the exact height, part of the range",
        ylabel="cells", title="The highest of all pairs, the closer the more cells",
    )  # fmt: skip
    gaps.invert_xaxis()
    below(gaps, columns=2)
    return figure
