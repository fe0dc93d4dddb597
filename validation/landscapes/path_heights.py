"""Heights of optimised paths: upper bounds of the exact pass, whatever the method.

Claim: the height of a path, taken over its continuum, is never below the exact minimax height of
its ends; the highest value at its nodes is, for methods with few of them.
Source: Definition 1; Algorithms 2 and 3; design of `heights`. Referee: catalogued saddles.
Tolerance: 1e-12 of the largest value.
"""

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import INK, PASS
from validation.report import Outcome
from validation.style import zeros

TITLE = "Heights of paths are upper bounds"
NONE = 1e-17  # where an error that is exactly zero is drawn
TOLERANCE = 1e-12
RATES = {
    "MuellerBrown()": 2e-4,
    "SixHumpCamel()": 1e-2,
    "Himmelblau()": 2e-3,
    "DoubleWell(2)": 2e-2,
}
LANDSCAPES = (
    ml.analytic.MuellerBrown(),
    ml.analytic.SixHumpCamel(),
    ml.analytic.Himmelblau(),
    ml.analytic.DoubleWell(2),
)


def methods(rate: float) -> dict[str, object]:
    """Return the methods by name, with a learning rate that suits the landscape."""
    path = ml.GradientPath(points=12, learning_rate=rate)
    return {
        "straight line": ml.GradientPath(points=3, learning_rate=1e-300),
        "Algorithm 2, 20 points": ml.GradientPath(points=20, learning_rate=rate),
        "Algorithm 3, loss": ml.RefinedPath(path, ml.LossCriterion()),
        "Algorithm 3, distance": ml.RefinedPath(path, ml.DistanceCriterion()),
        "polygonal chain, 3 bends": ml.PolygonalChain(bends=3),
        "Bezier, 3 bends": ml.BezierCurve(bends=3),
        "climbing string": ml.ClimbingString(images=15),
    }


def run(seed: int) -> Outcome:
    """Measure all methods on all pairs of minima."""
    rows = []
    for landscape in LANDSCAPES:
        minima = landscape.critical_points.of_index(0)
        saddles = landscape.critical_points.of_index(1)
        full = ml.build_graph(landscape, minima, saddles)
        exact = ml.minimax(full)
        pairs = np.stack(np.triu_indices(len(minima), 1))
        passes = exact[pairs[0], pairs[1]]
        size = np.abs(exact).max()
        for name, method in methods(RATES[repr(landscape)]).items():
            counted = ml.Counted(landscape)
            paths = ml.find_paths(
                counted,
                minima.points[pairs[0]],
                minima.points[pairs[1]],
                method,
                generator=torch.Generator().manual_seed(seed),
                max_steps=400,
            )
            gradients = counted.gradients + counted.products
            top = ml.heights(counted, paths).values.numpy()
            nodes = landscape.value(paths.controls.flatten(0, 1)).reshape(len(paths), -1)
            network = ml.minimax((full.values, pairs.T, np.maximum(top, passes)))
            rows.append(
                {
                    "landscape": repr(landscape),
                    "method": name,
                    "pairs": len(passes),
                    "lowest_excess": float((top - passes).min() / size),
                    "excess": ((top - passes) / size).tolist(),
                    "nodes_below_pass": int((nodes.amax(1).numpy() < passes - 1e-9 * size).sum()),
                    "excess_of_graph": float((network[pairs[0], pairs[1]] - passes).max() / size),
                    "gradients_per_pair": gradients / len(passes),
                }
            )
    lowest = min(row["lowest_excess"] for row in rows)
    low = sum(row["nodes_below_pass"] for row in rows)
    total = sum(row["pairs"] for row in rows)
    return Outcome(
        f"no height below the pass by more than {TOLERANCE:g}",
        f"lowest excess {lowest:.1e} on {total} paths; the highest node lies below the pass on "
        f"{low} of them",
        lowest >= -TOLERANCE,
        {"rows": rows},
    )


def draw(data: dict) -> Figure:
    """Draw how far above the pass each method's paths stay."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    landscapes = sorted({row["landscape"] for row in data["rows"]})
    names = list(methods(1.0))
    panels = figure.subplots(1, len(landscapes), sharey=True)
    for axes, landscape in zip(panels, landscapes, strict=True):
        rows = {row["method"]: row for row in data["rows"] if row["landscape"] == landscape}
        for place, name in enumerate(names):
            excess = np.maximum(rows[name]["excess"], NONE)
            axes.plot(excess, np.full(len(excess), place), "o", alpha=0.5, color=INK)
            graph = max(rows[name]["excess_of_graph"], NONE)
            axes.plot(graph, place, "|", color=PASS, markersize=16, markeredgewidth=2.4)
        axes.set(xscale="log", xlim=(NONE / 4, 100), xticks=[1e-12, 1e-6, 1])
        zeros(axes, NONE, "none", upright=False)
        axes.set_title(landscape.removesuffix("()"))
        axes.set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    figure.supxlabel(
        "height above the exact pass, relative (dot: a pair; stroke: worst pair, from the graph)",
        fontsize=9,
    )
    return figure
