"""How long the whole way takes, from a polynomial to its bars in every degree.

The peer is gudhi's CubicalComplex on the coarsest grid, of a doubling sequence, whose bars have
three correct digits: bottleneck distance in every degree below 1e-3 of the range of the finite
ends. In four variables no grid that fits into memory has three digits; the finest one tried is
shown with its error. One thread for both, in one run.
"""

import time
from statistics import median

import gudhi
import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import AID, INK, PASS
from validation.ensembles import wavy_polynomial
from validation.referee import inward_box
from validation.report import Outcome
from validation.style import below

__all__ = ["TITLE", "draw", "run"]

TITLE = "Time from a polynomial to its bars in every degree"
DIGITS = 1e-3
CASES = (
    # dimension, degree, critical points, repeats, limit in seconds, grids
    (2, 6, 25, 9, 1.0, (65, 129, 257, 513)),
    (3, 4, 27, 7, 5.0, (33, 65, 129)),
    (4, 4, 81, 3, 60.0, (9, 17)),
)


def run(seed: int) -> Outcome:
    """Time the cases on polynomials all of whose critical points are real."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        generator = torch.Generator().manual_seed(seed)
        rows = [_timed(*case, generator) for case in CASES]
    finally:
        torch.set_num_threads(threads)
    parts = [
        f"d = {r['dim']}, {r['points']} points: {r['seconds']:.2f} s (gudhi {r['gudhi']:.2f} s on "
        f"{r['grid']}^{r['dim']}, error {r['error']:.0e})"
        for r in rows
    ]
    limits = ", ".join(f"{r['limit']:g} s" for r in rows)
    return Outcome(
        f"medians under {limits}",
        "; ".join(parts),
        all(r["seconds"] <= r["limit"] for r in rows),
        {"rows": rows},
    )


def _timed(
    dim: int,
    degree: int,
    points: int,
    repeats: int,
    limit: float,
    grids: tuple[int, ...],
    generator: torch.Generator,
) -> dict:
    seconds, parts = [], []
    landscape = bars = None
    while len(seconds) < repeats:
        candidate = wavy_polynomial(dim, degree, generator, strength=1.0)
        start = time.perf_counter()
        found = ml.critical_points(candidate)
        if len(found) != points:
            continue
        middle = time.perf_counter()
        complex = ml.morse_complex(candidate, found)
        end = time.perf_counter()
        landscape, bars = candidate, complex.diagram()
        seconds.append(time.perf_counter() - start)
        parts.append((middle - start, end - middle, time.perf_counter() - end))
    grid, peer, error = _gridded(landscape, bars, grids)
    return {
        "dim": dim,
        "degree": degree,
        "points": points,
        "limit": limit,
        "seconds": median(seconds),
        "slowest": max(seconds),
        "critical_points": median(p[0] for p in parts),
        "morse_complex": median(p[1] for p in parts),
        "diagram": median(p[2] for p in parts),
        "grid": grid,
        "gudhi": peer,
        "error": error,
    }


def _gridded(
    landscape: ml.Landscape, bars: ml.Diagram, grids: tuple[int, ...]
) -> tuple[int, float, float]:
    """The first grid with three digits, gudhi's time on it, and its relative error."""
    box = inward_box(landscape, 9)
    ends = np.concatenate([bars.births, bars.deaths[bars.finite]])
    size, seconds, error = 0, 0.0, np.inf
    for size in grids:
        start = time.perf_counter()
        axes = [np.linspace(a, b, size) for a, b in box.T]
        mesh = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, landscape.dim)
        values = landscape.value(torch.from_numpy(mesh)).numpy()
        cubes = gudhi.CubicalComplex(vertices=values.reshape((size,) * landscape.dim))
        cubes.compute_persistence(homology_coeff_field=2, min_persistence=0)
        theirs = [cubes.persistence_intervals_in_dimension(k) for k in range(landscape.dim)]
        seconds = time.perf_counter() - start
        distances = [
            ml.bottleneck_distance(ml.interop.to_array(bars, k), theirs[k], metric="chebyshev")
            for k in range(landscape.dim)
        ]
        error = float(max(distances) / np.ptp(ends))
        if error <= DIGITS:
            break
    return size, seconds, error


def draw(data: dict) -> Figure:
    """Draw the whole time and its parts beside the peer's and the limit."""
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.add_subplot()
    rows = data["rows"]
    places = np.arange(len(rows))
    parts = (("critical_points", "o"), ("morse_complex", "s"), ("diagram", "^"))
    whole = np.sum([[r[part] for r in rows] for part, _ in parts], axis=0)
    axes.plot(places - 0.15, whole, "_", color=INK, markersize=26, markeredgewidth=2.5)
    axes.lines[-1].set_label("morseloss, all of it, of which")
    for part, marker in parts:
        axes.plot(
            places - 0.15, [r[part] for r in rows], marker, color=INK, markerfacecolor="white",
            markersize=6, label=part,
        )  # fmt: skip
    axes.plot(places + 0.2, [r["gudhi"] for r in rows], "D", color=PASS, markersize=7)
    axes.lines[-1].set_label("gudhi's CubicalComplex")
    for place, row, seconds in zip(places, rows, whole, strict=True):
        limit = axes.hlines(row["limit"], place - 0.4, place + 0.4, AID, "dashed")
        note = f"{row['grid']}^{row['dim']}\nerror {row['error']:.0e}"
        axes.annotate(
            note, (place + 0.2, row["gudhi"]), (9, 0), textcoords="offset points", va="center",
            fontsize="x-small", color=PASS,
        )  # fmt: skip
        axes.annotate(
            f"{seconds:.2g} s ", (place - 0.15, seconds), (-16, 0), textcoords="offset points",
            ha="right", va="center", fontsize="x-small", color=INK,
        )  # fmt: skip
    limit.set_label("limit")
    names = [f"d = {r['dim']}, degree {r['degree']}\n{r['points']} points" for r in rows]
    axes.set_xticks(places, names)
    axes.set(yscale="log", ylabel="seconds", xlim=(-0.5, len(rows) - 0.4))
    axes.set_title("From a polynomial to its bars")
    below(axes, depth=0.18)
    return figure
