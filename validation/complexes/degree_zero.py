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
from morseloss.plot.style import AID, INK, PASS
from validation.landscapes.exact_catalogue import LANDSCAPES
from validation.landscapes.random_polynomials import bar_error
from validation.report import Outcome
from validation.style import below, zeros

TITLE = "Degree 0 of the Morse complex against the graph, on the catalogue"
NONE = 1e-18  # where an error that is exactly zero is drawn
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
    """Draw how far points and bars of degree 0 are from what is known, landscape by landscape."""
    figure = Figure(figsize=(8, 4.4), layout="constrained")
    axes = figure.add_subplot()
    rows = data["rows"]
    for key, marker, colour, label in (
        ("bars_error", "o", INK, "bars of degree 0, complex against graph"),
        ("points_error", "s", PASS, "critical points, found against known"),
    ):
        errors = [max(row[key], NONE) for row in rows]
        axes.plot(errors, range(len(rows)), marker, color=colour, label=label)
    axes.axvline(TOLERANCE, color=AID, linestyle="--", label="tolerance")
    names = [f"{r['landscape'].removesuffix('()')}, {sum(r['points'])} points" for r in rows]
    axes.set_yticks(range(len(rows)), names)
    axes.set(xscale="log", xlabel="largest relative error")
    axes.invert_yaxis()
    axes.grid(axis="y", color="#e4e4e4", linewidth=0.8)
    zeros(axes, NONE, "none", upright=False)
    below(axes, columns=2, depth=0.16)
    return figure
