"""Algorithm 1 as printed against union-find: how far apart, and why.

Claim: a bar of Algorithm 1, which looks at direct edges only, is never shorter than that of
union-find; both agree on every graph whose weights are minimax already; on random complete graphs
the TO-score of Algorithm 1 is larger, and ever more so for more minima.
Source: Algorithm 1 and Definition 1 of the paper. Tolerance: none, comparisons are exact.
"""

import numpy as np
from matplotlib.figure import Figure

import morseloss as ml
from validation.report import Outcome

TITLE = "Algorithm 1 as printed against union-find"
SIZES = (4, 10, 30, 100, 300)
REPEATS = 40
STEPS = (0, 3, 10, 30, 100, 300, 1000)


def run(seed: int) -> Outcome:
    """Compare the two rules on random graphs, minimax graphs and half-finished paths."""
    rng = np.random.default_rng(seed)
    random = [_random(n, rng) for n in SIZES]
    paths = _unfinished_paths()
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


def _unfinished_paths() -> list[dict]:
    """The six-hump camel with paths of Algorithm 2 after more and more steps."""
    landscape = ml.analytic.SixHumpCamel()
    minima = landscape.critical_points.of_index(0)
    exact = ml.to_score(ml.barcode(ml.build_graph(landscape, minima)))
    method = ml.GradientPath(points=20, learning_rate=1e-2, tol=0.0)
    rows = []
    for steps in STEPS:
        graph = ml.graph_from_paths(landscape, minima, method, max_steps=steps)
        union, direct = _both(graph)
        rows.append(
            {
                "steps": steps,
                "union": ml.to_score(union),
                "direct": ml.to_score(direct),
                "exact": exact,
                "total_union": float(union.lifetimes[union.finite].sum()),
                "total_direct": float(direct.lifetimes[direct.finite].sum()),
                "never_shorter": bool((direct.deaths >= union.deaths).all()),
            }
        )
    return rows


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
    """Draw the ratio against the number of minima, and total length against path steps."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    size = [row["minima"] for row in data["random"]]
    left.plot(size, [row["ratio"] for row in data["random"]], "o-", label="ratio of TO-scores")
    share = [100 * row["differing"] for row in data["random"]]
    left.plot(size, share, "s--", label="bars that differ, %")
    left.set(xscale="log", yscale="log", xlabel="minima", title="Random complete graphs")
    left.legend()
    steps = [max(row["steps"], 1) for row in data["paths"]]
    right.plot(steps, [row["total_direct"] for row in data["paths"]], "s--", label="Algorithm 1")
    right.plot(steps, [row["total_union"] for row in data["paths"]], "o-", label="union-find")
    right.set(
        xscale="log",
        xlabel="steps of Algorithm 2 (1: none)",
        ylabel="total length of finite bars",
        title="Six-hump camel: unfinished paths",
    )
    right.legend()
    return figure
