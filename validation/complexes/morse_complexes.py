"""Random polynomials in one, two and three variables: every bar in every degree.

Claim: `critical_points` finds all critical points (the count of complex solutions, Smale's alpha,
and the referee's own Newton searches agree), `morse_complex` refuses none, the boundary of a
boundary is zero over the integers, the bars over Z/2 are those over Q, those of degree 0 are those
of the graph of passes, and every bar in every degree is right: to rounding against Künneth's
formula on sums of wells in skew coordinates, within the error of the grid against gudhi's
CubicalComplex on the others. Lines that can be followed from either end count the same both ways,
signs and all, unless the other way, which no bar needs, is refused; this is tried in space, and in
the plane on the polynomials without exact bars.
Source: Appendix A of the paper. Referee: `validation/referee.py`.
Tolerance: 1e-9 of the largest value; on grids `dim/2 lambda h^2`.
"""

import time

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import AID
from validation.ensembles import gaussian_polynomial, random_wells, sum_of_wells, wavy_polynomial
from validation.landscapes.random_polynomials import bar_error
from validation.referee import bars_of_sum, critical_points, cubical_bars, inward_box
from validation.report import Outcome
from validation.style import zeros

TITLE = "Morse complexes of random polynomials, every degree"
NONE = 1e-17  # where an error that is exactly zero is drawn
TOLERANCE = 1e-9
CASES = (
    *[("gaussian", 1, degree) for degree in (4, 6, 8, 10)],
    *[("wavy", 1, degree) for degree in (4, 6, 8, 10)],
    *[("gaussian", 2, degree) for degree in (4, 6, 8)],
    *[("wavy", 2, degree) for degree in (4, 6)],
    *[("sum of wells", 2, degree) for degree in (4, 6)],
    *[("gaussian", 3, 4), ("gaussian", 3, 6), ("wavy", 3, 4)],
    *[("sum of wells", 3, 4)] * 2,
)
REPEATS = 10
GRIDS = {1: 4001, 2: 161, 3: 41}
STARTS = {1: 400, 2: 4000, 3: 6000}


def run(seed: int) -> Outcome:
    """Compare the package with the referees on all polynomials."""
    generator = torch.Generator().manual_seed(seed)
    rows = [tried(*case, generator) for _ in range(REPEATS) for case in CASES]
    good = sum(row["good"] for row in rows)
    bars = sum(row.get("bars", 0) for row in rows)
    worst = max(row.get("error", 0.0) for row in rows)
    grids = [row for row in rows if row.get("gridded")]
    told = sum(row["told_by_grid"] for row in grids)
    sides = [row.get("sides") for row in rows if row.get("sides") != "not tried"]
    return Outcome(
        f"100 % complete, no refusal, all bars to {TOLERANCE:g} relative; lines the same both ways",
        f"{good} of {len(rows)} polynomials, {bars} bars, worst {worst:.1e} against exact bars and "
        f"critical values; on {len(grids)} grids all bars within the error of the grid, "
        f"{told} of {sum(row.get('bars', 0) for row in grids)} longer than it; lines "
        f"counted from the other end agree on {sides.count('agree')} of {len(sides)}, "
        f"differ on {sides.count('differ')}, are refused on {sides.count('refused')}",
        good == len(rows),
        {"rows": rows},
    )


def tried(family: str, dim: int, degree: int, generator: torch.Generator) -> dict:
    """Compute one complex and compare; what goes wrong is a row too."""
    row: dict = {"family": family, "dim": dim, "degree": degree}
    landscape, exact = drawn(family, dim, degree, generator)
    start = time.perf_counter()
    try:
        points = ml.critical_points(landscape)
        complex = ml.morse_complex(landscape, points)
    except (ValueError, ml.SearchError) as problem:
        return row | {"good": False, "refused": str(problem), "terms": shown(landscape)}
    seconds = time.perf_counter() - start
    bars = complex.diagram()
    row |= {
        "seconds": seconds,
        "points": np.bincount(complex.indices, minlength=dim + 1).tolist(),
        "lines": len(complex.lines),
        "bars": len(bars),
        "complete": points.certificate.complete,
        "alpha": points.certificate.alpha,
        "fields_agree": same(bars, complex.diagram(characteristic=2)),
        "sides": "not tried",
        "degree_0_error": degree_0_error(landscape, points, bars),
    }
    if dim == 3 or (dim == 2 and exact is None):
        row["sides"] = both_sides(landscape, points, complex)
    if exact is None:
        row |= compared_with_grid(landscape, bars)
        row["error"] = value_error(landscape, complex, generator)
    else:
        row["error"] = exact_error(bars, exact)
    errors = row["error"], row["degree_0_error"]
    agree = row["complete"] and row["fields_agree"] and row["sides"] != "differ"
    row["good"] = bool(agree and max(errors) <= TOLERANCE and row.get("within_grid", True))
    return row


def drawn(
    family: str, dim: int, degree: int, generator: torch.Generator
) -> tuple[ml.Polynomial, list | None]:
    """A random polynomial of the family, and its bars where they are known exactly."""
    if family == "sum of wells":
        pieces = [random_wells(degree, generator) for _ in range(dim)]
        return sum_of_wells(pieces, generator), bars_of_sum(pieces)
    make = gaussian_polynomial if family == "gaussian" else wavy_polynomial
    return make(dim, degree, generator), None


def same(first: ml.Diagram, second: ml.Diagram) -> bool:
    """Whether two diagrams have the same bars with the same cells."""
    names = ("births", "deaths", "degrees", "birth_cells", "death_cells")
    return all(np.array_equal(getattr(first, name), getattr(second, name)) for name in names)


def shown(landscape: ml.Polynomial) -> list:
    """The terms of a polynomial, to repeat what went wrong."""
    return [[list(exponents), number] for exponents, number in landscape.terms.items()]


def both_sides(landscape: ml.Landscape, points: ml.CriticalPoints, complex: ml.MorseComplex) -> str:
    """Whether the discs that the complex does not use count the same lines."""
    for index, upward in ((1, True), (2, False)) if landscape.dim == 2 else ((2, True),):
        try:
            lines = ml.flow_lines(landscape, points, index, upward=upward)
        except ml.SearchError:
            return "refused"
        other = lines.boundary(complex.values, complex.indices).toarray()
        columns = complex.indices == index
        if not np.array_equal(other[:, columns], complex.boundary.toarray()[:, columns]):
            return "differ"
    return "agree"


def degree_0_error(landscape: ml.Landscape, points: ml.CriticalPoints, bars: ml.Diagram) -> float:
    """Largest relative difference to the bars of the graph of passes."""
    graph = ml.build_graph(landscape, points.of_index(0), points.of_index(1), rounds=0)
    found = ml.barcode(graph)
    return bar_error(*[ml.interop.to_array(diagram) for diagram in (bars, found)])


def exact_error(bars: ml.Diagram, exact: list) -> float:
    """Largest relative difference to exact bars; `inf` if the numbers of a degree differ."""
    errors = []
    for degree in range(max(k for k, _, _ in exact) + 1):
        wanted = np.array([(b, d) for k, b, d in exact if k == degree]).reshape(-1, 2)
        found = ml.interop.to_array(bars, degree)
        if len(wanted) or len(found):
            errors.append(bar_error(found, wanted) if len(found) == len(wanted) else np.inf)
    return float(max(errors))


def value_error(
    landscape: ml.Landscape, complex: ml.MorseComplex, generator: torch.Generator
) -> float:
    """Largest relative difference to the critical values of the referee's Newton searches."""
    places, indices = critical_points(landscape, generator, starts=STARTS[landscape.dim])
    values = landscape.value(torch.from_numpy(places)).numpy()
    if len(values) != len(complex):
        return float("inf")
    worst = 0.0
    for index in range(landscape.dim + 1):
        ours, theirs = np.sort(complex.values[complex.indices == index]), values[indices == index]
        if len(ours) != len(theirs):
            return float("inf")
        worst = max(worst, np.abs(ours - np.sort(theirs)).max(initial=0.0))
    return float(worst / max(np.abs(values).max(), 1e-300))


def compared_with_grid(landscape: ml.Landscape, bars: ml.Diagram) -> dict:
    """Distance to gudhi's bars in every degree, and how many bars are longer than the error."""
    box = inward_box(landscape)
    theirs, allowed, step = cubical_bars(landscape, box, GRIDS[landscape.dim])
    distances = [
        ml.bottleneck_distance(ml.interop.to_array(bars, k), theirs[k], metric="chebyshev")
        for k in range(landscape.dim)
    ]
    return {
        "gridded": True,
        "step": step,
        "grid_error": allowed,
        "distances": distances,
        "within_grid": max(distances) <= allowed,
        "told_by_grid": int((bars.lifetimes > 2 * allowed).sum()),
    }


def draw(data: dict) -> Figure:
    """Draw the distance to the grid against its error, and the error to exact bars."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for dim, marker in ((1, "o"), (2, "s"), (3, "^")):
        grids = [r for r in data["rows"] if r["dim"] == dim and r.get("gridded")]
        left.plot(
            [r["grid_error"] for r in grids],
            [max(*r["distances"], 1e-16) for r in grids],
            marker,
            markersize=4,
            alpha=0.6,
            label=f"{dim} variable{'s' if dim > 1 else ''}",
        )
        rows = [r for r in data["rows"] if r["dim"] == dim and "error" in r]
        right.plot(
            [sum(r["points"]) for r in rows],
            [max(r["error"], NONE) for r in rows],
            marker,
            markersize=4,
            alpha=0.6,
        )
    ends = np.array([1e-7, 30.0])
    left.plot(ends, ends, "--", color=AID, label="error of the grid")
    left.set(xscale="log", yscale="log", xlabel="error of the grid, dim/2 λ h²")
    left.set_ylabel("bottleneck distance, all degrees")
    left.set_title("Against gudhi's CubicalComplex")
    left.legend(loc="upper left")
    right.axhline(TOLERANCE, color=AID, linestyle="--", label="tolerance")
    right.set(yscale="log", xlabel="critical points")
    right.set_ylabel("largest relative error")
    zeros(right, NONE, "none")
    right.legend()
    right.set_title("Against exact bars and critical values")
    return figure
