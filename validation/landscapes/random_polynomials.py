"""Random coercive polynomials: every bar equals the exact one.

Claim: from random starts, `find_minima`, `find_saddles` and `build_graph` give the loss barcode of
random coercive polynomials in 1, 2 and 3 variables, degree 4 to 10, bar by bar.
Source: Definition 2 of the paper. Referee: `validation/referee.py`.
Tolerance: 1e-9 of the range of the finite births and deaths.
"""

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy.optimize import linear_sum_assignment

import morseloss as ml
from morseloss.plot.style import AID
from validation.ensembles import gaussian_polynomial, wavy_polynomial
from validation.referee import critical_points, exact_barcode
from validation.report import Outcome
from validation.style import below, zeros

TITLE = "Barcodes of random polynomials"
NONE = 1e-17  # where an error that is exactly zero is drawn
TOLERANCE = 1e-9
SIZES = {1: (4, 6, 8, 10), 2: (4, 6, 8, 10), 3: (4, 6, 8, 10)}
WAVY = {1: (4, 6, 8, 10), 2: (4, 6, 8, 10), 3: (4, 6)}
REFEREE_STARTS = {1: 400, 2: 4000, 3: 6000}
STARTS = 1024
REPEATS = 6


def run(seed: int) -> Outcome:
    """Compare the package with the referee on all polynomials."""
    generator = torch.Generator().manual_seed(seed)
    cases = [
        (family, dim, degree)
        for _ in range(REPEATS)
        for family, sizes in ((gaussian_polynomial, SIZES), (wavy_polynomial, WAVY))
        for dim, degrees in sizes.items()
        for degree in degrees
    ]
    rows = [compared(family(dim, degree, generator), generator) for family, dim, degree in cases]
    for row, (family, dim, degree) in zip(rows, cases, strict=True):
        row.update(family=family.__name__, dim=dim, degree=degree)
    bars = sum(row["bars"] for row in rows)
    wrong = [row for row in rows if not row["error"] <= TOLERANCE]
    worst = max(row["error"] for row in rows)
    strings = sum(row["error_of_strings_alone"] <= TOLERANCE for row in rows)
    return Outcome(
        f"100 % of the bars to {TOLERANCE:g} relative",
        f"{len(rows) - len(wrong)} of {len(rows)} polynomials, {bars} bars, worst {worst:.1e} "
        f"(strings alone, without `find_saddles`: {strings} of {len(rows)})",
        not wrong,
        {"rows": rows, "starts": STARTS},
    )


def compared(landscape: ml.Polynomial, generator: torch.Generator) -> dict:
    """Return the largest relative error of a bar; `inf` where their numbers differ."""
    starts = ml.sample_box(landscape, STARTS, generator=generator)
    minima = ml.find_minima(landscape, starts)
    saddles = ml.find_saddles(landscape, starts)
    graph = ml.build_graph(landscape, minima, saddles)
    strings = ml.build_graph(landscape, minima)
    points, indices = critical_points(landscape, generator, starts=REFEREE_STARTS[landscape.dim])
    exact = exact_barcode(landscape, points, indices)
    return {
        "bars": len(exact),
        "minima": len(graph),
        "edges": len(graph.edges),
        "saddles": int((indices == 1).sum()),
        "exact_edges": bool(graph.exact.all()),
        "error": bar_error(_bars(graph), exact),
        "error_of_strings_alone": bar_error(_bars(strings), exact),
    }


def _bars(graph: ml.LandscapeGraph) -> np.ndarray:
    bars = ml.barcode(graph)
    return np.stack([bars.births, bars.deaths], axis=1)


def bar_error(ours: np.ndarray, exact: np.ndarray) -> float:
    """Return the largest difference of matched bars over the size of the values, or `inf`.

    Bars are matched one to one, essential with essential; sorting would swap bars whose births
    differ by rounding only.
    """
    size = np.abs(exact[np.isfinite(exact)]).max()
    worst = 0.0
    for essential in (True, False):
        left, right = (bars[np.isinf(bars[:, 1]) == essential] for bars in (ours, exact))
        if len(left) != len(right):
            return float("inf")
        columns = 1 if essential else 2
        gaps = np.abs(left[:, None, :columns] - right[None, :, :columns]).max(axis=2)
        worst = max(worst, gaps[linear_sum_assignment(gaps)].max(initial=0.0))
    return float(worst / max(size, 1e-300))


def draw(data: dict) -> Figure:
    """Draw the error of every polynomial against its number of bars."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    for dim, marker in ((1, "o"), (2, "s"), (3, "^")):
        rows = [row for row in data["rows"] if row["dim"] == dim]
        error = [max(row["error"], NONE) for row in rows]
        label = f"{dim} variable{'s' if dim > 1 else ''}"
        aside = 1.04 ** (dim - 2)  # or they would hide each other
        axes.plot([aside * r["bars"] for r in rows], error, marker, markersize=4, label=label)
    axes.axhline(TOLERANCE, color=AID, linestyle="--", label="tolerance")
    axes.set(xscale="log", yscale="log", xlabel="bars")
    axes.set_ylabel("largest relative error of a bar")
    zeros(axes, NONE, "none")
    axes.set_title("Random coercive polynomials: the package against the referee")
    below(axes, columns=4, depth=0.16)
    return figure
