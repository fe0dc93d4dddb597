"""Algorithm 1 as printed against union-find: how far apart, and why.

Claim: a bar of Algorithm 1, which looks at direct edges only, is never shorter than that of
union-find; both agree on every graph whose weights are minimax already; on random complete graphs
the TO-score of Algorithm 1 is larger, and ever more so for more minima.
Source: Algorithm 1 and Definition 1 of the paper. Tolerance: none, comparisons are exact.
"""

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import AID, INK, PASS
from validation.ensembles import wavy_polynomial
from validation.report import Outcome

TITLE = "Algorithm 1 as printed against union-find"
SIZES = (4, 10, 30, 100, 300)
REPEATS = 40
STEPS = (0, 3, 10, 30, 100, 300, 1000)


def run(seed: int) -> Outcome:
    """Compare the two rules on random graphs, minimax graphs and half-finished paths."""
    rng = np.random.default_rng(seed)
    random = [_random(n, rng) for n in SIZES]
    paths = _unfinished_paths(torch.Generator().manual_seed(seed))
    never_shorter = all(row["never_shorter"] for row in random + paths)
    agree = all(row["agree_on_minimax"] for row in random)
    ratios = ", ".join(f"{row['ratio']:.1f} (n = {row['minima']})" for row in random)
    return Outcome(
        "never shorter; equal on minimax weights",
        f"never shorter: {never_shorter}; equal on minimax weights: {agree}; "
        f"TO-score larger by the factor {ratios}",
        never_shorter and agree,
        {"random": random, "paths": paths},
    )


def _random(n: int, rng: np.random.Generator) -> dict:
    """Random complete graphs: values uniform, passes exponential above the higher end."""
    rows, columns = np.triu_indices(n, 1)
    edges = np.stack([rows, columns], axis=1)
    ratios, differing, shorter, agree = [], [], False, True
    for _ in range(REPEATS):
        values = rng.uniform(size=n)
        weights = values[edges].max(axis=1) + rng.exponential(0.3, len(edges))
        union, direct = _both((values, edges, weights))
        ratios.append(ml.to_score(direct) / ml.to_score(union))
        differing.append(float(np.mean(union.deaths != direct.deaths)))
        shorter |= bool((direct.deaths < union.deaths).any())
        lowest = ml.minimax((values, edges, weights))[rows, columns]
        union, direct = _both((values, edges, lowest))
        agree &= bool(np.array_equal(union.deaths, direct.deaths))
    return {
        "minima": n,
        "ratio": float(np.median(ratios)),
        "differing": float(np.mean(differing)),
        "never_shorter": not shorter,
        "agree_on_minimax": agree,
    }


def _unfinished_paths(generator: torch.Generator) -> list[dict]:
    """A random polynomial with many minima, paths of Algorithm 2 after more and more steps."""
    landscape = wavy_polynomial(2, 8, generator)
    starts = ml.sample_box(landscape, 1024, generator=generator)
    minima = ml.find_minima(landscape, starts)
    saddles = ml.find_saddles(landscape, starts)
    exact = _total(ml.barcode(ml.build_graph(landscape, minima, saddles)))
    method = ml.GradientPath(points=30, learning_rate=5e-4, tol=0.0)
    rows = []
    for steps in STEPS:
        graph = ml.graph_from_paths(landscape, minima, method, max_steps=steps)
        union, direct = _both(graph)
        rows.append(
            {
                "steps": steps,
                "minima": len(union),
                "differing": int((union.deaths != direct.deaths).sum()),
                "union": _total(union),
                "direct": _total(direct),
                "exact": exact,
                "never_shorter": bool((direct.deaths >= union.deaths).all()),
            }
        )
    return rows


def _total(bars: ml.Diagram) -> float:
    return float(bars.lifetimes[bars.finite].sum())


def _both(graph) -> tuple[ml.Diagram, ml.Diagram]:
    """Both barcodes with bars in the same order, that of their minima.

    Raises
    ------
    RuntimeError
        If the two rules disagree on which minima there are.
    """
    union, direct = ml.barcode(graph), ml.direct_barcode(graph)
    if not np.array_equal(union.birth_cells, direct.birth_cells):
        raise RuntimeError("the two rules must have one bar for every minimum, in one order")
    return union, direct


def draw(data: dict) -> Figure:
    """Draw ratio and part of differing bars by minima, and total length against path steps."""
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    axes = figure.subplot_mosaic([["ratio", "length"], ["part", "length"]])
    size = [row["minima"] for row in data["random"]]
    axes["ratio"].plot(size, [row["ratio"] for row in data["random"]], "s-", color=PASS)
    axes["ratio"].set(ylabel="TO-score, times\nunion-find's", ylim=(0, None))
    axes["ratio"].set_title("Algorithm 1 on random complete graphs")
    share = [100 * row["differing"] for row in data["random"]]
    axes["part"].plot(size, share, "s-", color=PASS)
    axes["part"].set(ylabel="bars that\ndiffer, %", ylim=(0, None), xlabel="minima")
    for name in ("ratio", "part"):
        axes[name].set_xscale("log")
    right, steps = axes["length"], [max(row["steps"], 1) for row in data["paths"]]
    right.plot(steps, [row["direct"] for row in data["paths"]], "s--", color=PASS)
    right.lines[-1].set_label("Algorithm 1")
    right.plot(steps, [row["union"] for row in data["paths"]], "o-", color=INK, label="union-find")
    right.axhline(data["paths"][0]["exact"], color=AID, linestyle=":", label="exact", zorder=0)
    right.set(
        xscale="log",
        xlabel="steps of Algorithm 2 (1: none)",
        ylabel="total length of finite bars",
        title=f"Unfinished paths between {data['paths'][0]['minima']} minima",
    )
    right.legend()
    return figure
