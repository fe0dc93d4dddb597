"""Union-find against gudhi's SimplexTree, to the last bit.

Claim: the bars of any weighted graph (pieces, loops, parallel edges, ties, negative values) are
those of gudhi's persistence of the same filtered complex, bit by bit.
Source: elder rule; Definition 2 of the paper. Tolerance: none.
"""

import numpy as np
from matplotlib.figure import Figure

import morseloss as ml
from validation.ensembles import random_graph
from validation.referee import simplex_tree_bars
from validation.report import Outcome

TITLE = "Graph against gudhi's SimplexTree"
SIZES = [(n, m) for n in (1, 2, 5, 20, 100, 1000, 10_000) for m in (0, n // 2, 2 * n, 5 * n)]
LEVELS = (0, 50, 5)


def run(seed: int) -> Outcome:
    """Compare on random graphs of every size, without ties, with some, with many."""
    rng = np.random.default_rng(seed)
    rows = []
    for n, m in SIZES:
        for levels in LEVELS:
            values, edges, weights = random_graph(n, m, rng, levels=levels)
            bars = ml.barcode((values, edges, weights))
            ours = np.stack([bars.births, bars.deaths], axis=1)
            ours = ours[np.lexsort((ours[:, 1], ours[:, 0]))]
            theirs = simplex_tree_bars(values, edges, weights)
            rows.append(
                {
                    "minima": n,
                    "edges": m,
                    "levels": levels,
                    "essential": int(np.isinf(ours[:, 1]).sum()),
                    "equal": bool(np.array_equal(ours, theirs)),
                }
            )
    equal = sum(row["equal"] for row in rows)
    bars = sum(row["minima"] for row in rows)
    return Outcome(
        "equal bits, every graph",
        f"{equal} of {len(rows)} graphs, {bars} bars",
        equal == len(rows),
        {"rows": rows},
    )


def draw(data: dict) -> Figure:
    """Draw which graphs agree, by size and ties."""
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    panels = figure.subplots(1, len(LEVELS), sharey=True)
    for axes, levels in zip(panels, LEVELS, strict=True):
        rows = [row for row in data["rows"] if row["levels"] == levels]
        for equal, marker, label in ((True, "o", "equal bits"), (False, "x", "different")):
            some = [row for row in rows if row["equal"] == equal]
            count = sum(row["equal"] == equal for row in data["rows"])
            size = [row["minima"] for row in some]
            axes.plot(
                size, [r["edges"] / r["minima"] for r in some], marker, label=f"{label} ({count})"
            )
        axes.set(xscale="log", xlabel="minima")
        axes.set_title(f"{levels} levels" if levels else "no ties")
    panels[0].set_ylabel("edges per minimum")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
