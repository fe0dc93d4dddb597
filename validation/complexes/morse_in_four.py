"""Random quartics in four variables: every bar in every degree.

Claim: all of up to 81 critical points are found, no complex is refused, the boundary of a boundary
is zero over the integers (lines of index 2 followed downward, of index 3 upward), the bars over Z/2
are those over Q, those of degree 0 are the referee's (SciPy's descents, gudhi's SimplexTree), and
on sums of wells in skew coordinates every bar in every degree is that of Künneth's formula.
Source: Appendix A of the paper. Referee: `validation/referee.py`; a grid with three correct digits
would need more memory than there is.
Tolerance: 1e-9 of the largest value.
"""

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from validation.complexes.morse_complexes import TOLERANCE, drawn, exact_error, same, shown
from validation.landscapes.random_polynomials import bar_error
from validation.referee import exact_barcode
from validation.report import Outcome

TITLE = "Morse complexes in four variables"
WIDE = 20  # times the length of a bar, beyond which values have a logarithmic scale
CASES = (("sum of wells", 3), ("wavy", 5), ("gaussian", 12))


def run(seed: int) -> Outcome:
    """Compute and compare all complexes."""
    generator = torch.Generator().manual_seed(seed)
    rows = [tried(family, generator) for family, count in CASES for _ in range(count)]
    good = sum(row["good"] for row in rows)
    worst = max(row.get("error", 0.0) for row in rows)
    bars = sum(row.get("bars", 0) for row in rows)
    full = sum(row.get("points") == [16, 32, 24, 8, 1] for row in rows)
    exact = sum(row["family"] == "sum of wells" and row["good"] for row in rows)
    return Outcome(
        f"100 % complete, no refusal, all bars to {TOLERANCE:g} relative",
        f"{good} of {len(rows)} polynomials, {bars} bars, {full} with all 81 critical points "
        f"real; {exact} equal to Künneth's bars in all degrees, worst {worst:.1e}",
        good == len(rows),
        {"rows": rows},
    )


def tried(family: str, generator: torch.Generator) -> dict:
    """Compute one complex and compare; what goes wrong is a row too."""
    landscape, exact = drawn(family, 4, 4, generator)
    row: dict = {"family": family}
    try:
        points = ml.critical_points(landscape)
        complex = ml.morse_complex(landscape, points)
    except (ValueError, ml.SearchError) as problem:
        return row | {"good": False, "refused": str(problem), "terms": shown(landscape)}
    bars = complex.diagram()
    row |= {
        "points": np.bincount(complex.indices, minlength=5).tolist(),
        "lines": len(complex.lines),
        "bars": len(bars),
        "births": bars.births.tolist(),
        "deaths": bars.deaths.tolist(),
        "degrees": bars.degrees.tolist(),
        "complete": points.certificate.complete,
        "alpha": points.certificate.alpha,
        "fields_agree": same(bars, complex.diagram(characteristic=2)),
    }
    places, indices = points.points.numpy(), points.indices.numpy()
    row["error"] = bar_error(ml.interop.to_array(bars), exact_barcode(landscape, places, indices))
    if exact is not None:
        row["error"] = max(row["error"], exact_error(bars, exact))
    agree = row["complete"] and row["fields_agree"]
    return row | {"good": bool(agree and row["error"] <= TOLERANCE)}


def draw(data: dict) -> Figure:
    """Draw the bars of the first polynomial of each family, by degree."""
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    for axes, (family, _) in zip(figure.subplots(1, len(CASES)), CASES, strict=True):
        row = next(r for r in data["rows"] if r["family"] == family and "bars" in r)
        bars = ml.Diagram(row["births"], row["deaths"], row["degrees"])
        ml.plot.barcode(bars, axes)
        if axes.get_legend() is not None:
            axes.get_legend().remove()
        if np.ptp(bars.births) > WIDE * np.median(bars.lifetimes[bars.finite]):
            axes.set_yscale("symlog", linthresh=1.0)
            axes.set_ylim(2 * min(bars.births.min(), 0), None)
            axes.set_ylabel("value, symmetric logarithm")
        counts = ", ".join(map(str, row["points"]))
        axes.set_xlabel("bar, by degree and birth")
        axes.set_title(f"{family}\n{counts} points of index 0 to 4", pad=14)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure
