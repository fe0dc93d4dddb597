"""Every landscape of the catalogue, from random starts to its exact barcode.

Claim: `find_minima` and `build_graph` give the exact barcode of all landscapes of the catalogue,
and the exact minimax height between every pair of minima.
Source: Definition 2. Referee: catalogued critical points, SciPy's descents, gudhi's persistence.
Tolerance: 1e-10 of the largest value.
"""

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import AID, INK, PASS, arrow
from validation.landscapes.random_polynomials import bar_error
from validation.referee import exact_barcode
from validation.report import Outcome
from validation.style import zeros

TITLE = "Barcodes of the catalogue"
NONE = 1e-17  # where an error that is exactly zero is drawn
TOLERANCE = 1e-10
LANDSCAPES = (
    ml.analytic.EasyAndHard(),
    ml.analytic.DoubleWell(1),
    ml.analytic.DoubleWell(2),
    ml.analytic.DoubleWell(3),
    ml.analytic.DoubleWell(4),
    ml.analytic.SixHumpCamel(),
    ml.analytic.Himmelblau(),
    ml.analytic.MuellerBrown(),
    ml.analytic.Rastrigin(dim=1, wells=5),
    ml.analytic.Rastrigin(dim=2, wells=2),
    ml.analytic.Rastrigin(dim=3, wells=1),
)


def run(seed: int) -> Outcome:
    """Compare the package with the referee on the catalogue."""
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for landscape in LANDSCAPES:
        starts = ml.sample_box(landscape, 1024, generator=generator)
        counted = ml.Counted(landscape)
        graph = ml.build_graph(counted, ml.find_minima(landscape, starts))
        bars = ml.barcode(graph)
        known = landscape.critical_points
        exact = exact_barcode(landscape, known.points.numpy(), known.indices.numpy())
        rows.append(
            {
                "landscape": repr(landscape),
                "minima": len(graph),
                "edges": len(graph.edges),
                "pairs": len(graph) * (len(graph) - 1) // 2,
                "gradients": counted.gradients,
                "products": counted.products,
                "bar_error": bar_error(np.stack([bars.births, bars.deaths], axis=1), exact),
                "pair_error": _pair_error(landscape, graph),
                "to_score": ml.to_score(bars),
                "deaths": bars.deaths.tolist(),
                "births": bars.births.tolist(),
            }
        )
    worst = max(max(row["bar_error"], row["pair_error"]) for row in rows)
    right = sum(max(row["bar_error"], row["pair_error"]) <= TOLERANCE for row in rows)
    return Outcome(
        f"all bars and all pairs to {TOLERANCE:g} relative",
        f"{right} of {len(rows)} landscapes, worst error {worst:.1e}",
        right == len(rows),
        {"rows": rows},
    )


def _pair_error(landscape: ml.Landscape, graph: ml.LandscapeGraph) -> float:
    """Largest error of a minimax height, against the graph of all catalogued saddles."""
    known = landscape.critical_points
    full = ml.build_graph(landscape, known.of_index(0), known.of_index(1))
    if len(full) != len(graph):
        return float("inf")
    order = [int(np.abs(full.points - point).sum(axis=1).argmin()) for point in graph.points]
    exact = ml.minimax(full)[np.ix_(order, order)]
    ours = ml.minimax(graph)
    return float(np.abs(ours - exact).max() / np.abs(exact).max())


def draw(data: dict) -> Figure:
    """Draw the errors of bars and pairs, and the barcodes they are of, each on its own scale."""
    figure = Figure(figsize=(10, 5.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1.5, 1))
    rows = data["rows"]
    for column, row in enumerate(rows):
        births, deaths = np.array(row["births"]), np.array(row["deaths"])
        essential = np.isinf(deaths)
        low, size = births.min(), np.ptp(np.append(births, deaths[~essential]))
        places = column + 0.8 * (np.arange(len(births)) + 0.5) / len(births) - 0.4
        width = float(np.clip(14 / len(births), 0.5, 2))
        tops = (deaths[~essential] - low) / size
        starts = (births - low) / size
        upper.vlines(places[~essential], starts[~essential], tops, INK, linewidth=width)
        arrow(upper, float(places[essential][0]), float(starts[essential][0]), width=1.2)
    upper.set(ylabel="value, from the lowest\nminimum to the highest pass", ylim=(-0.04, 1.12))
    for key, marker, colour, aside, label in (
        ("bar_error", "o", INK, -0.12, "bars"),
        ("pair_error", "s", PASS, 0.12, "heights between two minima"),
    ):
        places = np.arange(len(rows)) + aside
        errors = [max(row[key], NONE) for row in rows]
        lower.plot(places, errors, marker, color=colour, label=label)
    lower.axhline(TOLERANCE, color=AID, linestyle="--", label="tolerance")
    lower.set(yscale="log", ylabel="largest relative error")
    zeros(lower, NONE, "none")
    names = [f"{_folded(row['landscape'])}\n{row['minima']} minima" for row in rows]
    lower.set_xticks(range(len(names)), names, fontsize="x-small")
    figure.legend(*lower.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _folded(name: str) -> str:
    """The name of a landscape in lines short enough to stand side by side."""
    return name.removesuffix("()").replace("(", "\n(").replace(", ", ",\n")
