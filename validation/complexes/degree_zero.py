"""Degree 0 of the Morse complex against the graph of passes, on the catalogue.

Claim: on every landscape of the catalogue `critical_points` finds the catalogued points
(polynomials by count, the others from starts), and the bars of degree 0 of `morse_complex` are
those of `build_graph` from starts, to rounding.
Source: Remark 1 of the paper. Tolerance: 1e-10 of the largest value.
"""

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from validation.landscapes.exact_catalogue import LANDSCAPES
from validation.landscapes.random_polynomials import bar_error
from validation.report import Outcome

TITLE = "Degree 0 of the Morse complex against the graph, on the catalogue"
TOLERANCE = 1e-10
STARTS = 2048


def run(seed: int) -> Outcome:
    """Compare both ways on every landscape."""
    generator = torch.Generator().manual_seed(seed)
    rows = [compared(landscape, generator) for landscape in LANDSCAPES]
    right = sum(max(r["bars_error"], r["points_error"]) <= TOLERANCE for r in rows)
    worst = max(max(r["bars_error"], r["points_error"]) for r in rows)
    certified = sum(r["complete"] for r in rows)
    return Outcome(
        f"all points and all bars of degree 0 to {TOLERANCE:g} relative",
        f"{right} of {len(rows)} landscapes ({certified} complete by count), worst {worst:.1e}",
        right == len(rows),
        {"rows": rows},
    )


def compared(landscape: ml.Landscape, generator: torch.Generator) -> dict:
    """Compute the complex and the graph of one landscape."""
    polynomial = isinstance(landscape, ml.Polynomial)
    starts = ml.sample_box(landscape, STARTS, generator=generator)
    points = ml.critical_points(landscape, None if polynomial else starts)
    known = landscape.critical_points
    size = float(known.values.abs().max())
    same = len(points) == len(known) and bool((points.indices == known.indices).all())
    complex = ml.morse_complex(landscape, points)
    bars = complex.diagram()
    graph = ml.build_graph(landscape, ml.find_minima(landscape, starts))
    mine, theirs = (ml.interop.to_array(diagram) for diagram in (bars, ml.barcode(graph)))
    return {
        "landscape": repr(landscape),
        "points": np.bincount(complex.indices, minlength=landscape.dim + 1).tolist(),
        "complete": points.certificate.complete,
        "points_error": float((points.values - known.values).abs().max() / size) if same else 9.0,
        "bars_error": bar_error(mine, theirs),
        "scores": [ml.to_score(bars, degree=k) for k in range(landscape.dim)],
    }


def draw(data: dict) -> Figure:
    """Draw the TO-score of every degree."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.add_subplot()
    colours = ("#17324d", "#a63d17", "#5d7a3a", "#8a8f98")
    for degree in range(4):
        rows = [(k, r["scores"][degree]) for k, r in enumerate(data["rows"])
                if len(r["scores"]) > degree]  # fmt: skip
        places, scores = np.array(rows).T
        scales = np.array([max(data["rows"][int(k)]["scores"]) or 1.0 for k in places])
        bars = axes.bar(places + 0.2 * (degree - 1.5), scores / scales, 0.18)
        for bar in bars:
            bar.set_color(colours[degree])
        bars.set_label(f"degree {degree}")
    names = [r["landscape"].replace("(", "\n(").replace("wells=", "") for r in data["rows"]]
    axes.set_xticks(range(len(names)), names, fontsize=7)
    axes.set(ylabel="TO-score, the largest degree's 1", ylim=(0, 1.15))
    axes.set_title("TO-scores of every degree, all from one Morse complex")
    axes.legend(fontsize=8, ncols=4, loc="upper center")
    return figure
