"""How many gradients the exact passes cost, and what a batch of pairs gains.

Two questions, in one run. How many gradient evaluations does `build_graph` need until every pair of
minima has its exact minimax height, a Hessian counted as `dim` gradients more? And how much longer
do 1,000 pairs on one landscape take one after another than together?
The peer is topsearch, whose counts for whole landscapes are listed as they were measured elsewhere.
"""

import itertools
import time
from statistics import median
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from validation.report import Outcome
from validation.style import below, dots

__all__ = ["TITLE", "draw", "run"]

TITLE = "Gradients for exact passes; 1,000 pairs in a batch"
TOPSEARCH = {"MuellerBrown()": 2200, "SixHumpCamel()": 13_800, "Himmelblau()": 8200}
TOLERANCE = 1e-10
PAIRS = 1000
ALONE = 60


def run(seed: int) -> Outcome:
    """Measure both."""
    passes, batch = [_passes(land) for land in _landscapes()], _batch(seed)
    fewer = all(row["total"] < row["topsearch"] for row in passes)
    exact = all(row["error"] <= TOLERANCE for row in passes)
    counts = ", ".join(f"{row['total']} against {row['topsearch']}" for row in passes)
    return Outcome(
        f"all pairs to {TOLERANCE:g}, fewer gradients than topsearch; {PAIRS} pairs together at "
        "least 50 times faster than one after another",
        f"worst error {max(row['error'] for row in passes):.1e}; {counts}; {batch['ratio']:.0f} "
        "times faster",
        fewer and exact and batch["ratio"] >= 50,
        {"passes": passes, "batch": batch},
    )


def _landscapes() -> tuple[ml.Landscape, ...]:
    return ml.analytic.MuellerBrown(), ml.analytic.SixHumpCamel(), ml.analytic.Himmelblau()


def _passes(landscape: Any) -> dict[str, Any]:
    minima = landscape.critical_points.of_index(0)
    full = ml.build_graph(landscape, minima, landscape.critical_points.of_index(1))
    exact = ml.minimax(full)
    counted = ml.Counted(landscape)
    start = time.perf_counter()
    graph = ml.build_graph(counted, minima)
    seconds = time.perf_counter() - start
    found = ml.minimax(graph)
    return {
        "landscape": repr(landscape),
        "pairs": len(minima) * (len(minima) - 1) // 2,
        "error": float(np.abs(found - exact).max() / np.abs(exact).max()),
        "gradients": counted.gradients,
        "products": counted.products,
        "total": counted.gradients + counted.products,
        "values": counted.values,
        "topsearch": TOPSEARCH[repr(landscape)],
        "seconds": seconds,
    }


def _batch(seed: int) -> dict[str, Any]:
    """Strings and heights of 1,000 pairs together; then of some of them one after another."""
    landscape = ml.analytic.Rastrigin(dim=2, wells=3)
    points = landscape.critical_points.of_index(0).points
    pairs = torch.tensor(list(itertools.combinations(range(len(points)), 2)))
    chosen = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(seed))[:PAIRS]
    starts, ends = points[pairs[chosen, 0]], points[pairs[chosen, 1]]

    def seconds(first: int, last: int) -> float:
        start = time.perf_counter()
        method = ml.ClimbingString()
        some = slice(first, last)
        paths = ml.find_paths(landscape, starts[some], ends[some], method, max_steps=12)
        ml.heights(landscape, paths)
        return time.perf_counter() - start

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small batches gain nothing from more, and a busy core spoils both
    seconds(0, PAIRS), seconds(0, 1)
    together, alone = [], []
    for pair in range(ALONE):
        alone.append(seconds(pair, pair + 1))
        together.append(seconds(0, PAIRS))
    torch.set_num_threads(threads)
    # the mean, not the median: the sum over all pairs is what one after another would take
    in_turn = PAIRS * sum(alone) / len(alone)
    return {
        "landscape": repr(landscape),
        "pairs": PAIRS,
        "together": median(together),
        "one_after_another": in_turn,
        "measured_alone": ALONE,
        "ratio": in_turn / median(together),
    }


def draw(data: dict) -> Figure:
    """Draw gradient evaluations against the peer's."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.add_subplot()
    rows = data["passes"]
    columns = {
        label: [row[key] for row in rows]
        for key, label in (
            ("gradients", "morseloss, gradients alone"),
            ("total", "morseloss, a Hessian as dim gradients"),
            ("topsearch", "topsearch"),
        )
    }
    dots(axes, [row["landscape"].removesuffix("()") for row in rows], columns, "{:.0f}")
    axes.set(ylabel="gradient evaluations, all pairs", title="Exact passes")
    below(axes, depth=0.12)
    return figure
