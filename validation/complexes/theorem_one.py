"""Theorem 1 at work: scores of zero without convexity, and pairs that cancel one by one.

Claim: (a) `x^4 + y^4 + 12 x^2 y^2 + x^2 + y^2` is not convex and has one critical point by
certificate, so all its TO-scores are zero; its level sets are round in other coordinates.
(b) Along `(1 - s) L + s |x|^2` critical points disappear in pairs, and each pair that disappears
between two values of s had a bar no longer than twice the change of the function on the box: bars
shrink to zero where pairs merge, until one minimum is left.
Source: Theorem 1 and Appendix B of the paper, stability of persistence.
Tolerance: none; the bound of (b) is a theorem.
"""

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import INK, LEAF, PASS
from validation.ensembles import wavy_polynomial
from validation.report import Outcome

TITLE = "Theorem 1: zero scores without convexity; pairs cancel as their bars shrink"
STEPS = 40


def run(seed: int) -> Outcome:
    """Check the flower-shaped bowl, and follow two families."""
    generator = torch.Generator().manual_seed(seed)
    bowl = ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 2): 12, (2, 0): 1, (0, 2): 1})
    points = ml.critical_points(bowl)
    scores = [
        ml.to_score(ml.morse_complex(bowl, points).diagram(), degree=degree) for degree in (0, 1)
    ]
    grid = torch.cartesian_prod(*[torch.linspace(-1, 1, 41, dtype=torch.float64)] * 2)
    curvature = float(torch.linalg.eigvalsh(bowl.hessian(grid)).min())
    bowl_holds = len(points) == 1 and points.certificate.complete and max(scores) == 0
    families = [followed(dim, degree, generator) for dim, degree in ((2, 6), (3, 4))]
    lost = [pair for family in families for pair in family["lost"]]
    short = sum(pair["length"] <= pair["allowed"] for pair in lost)
    ends = [family["bars"][-1] for family in families]
    return Outcome(
        "scores 0, not convex; every pair that disappears was short; one minimum left",
        f"scores {max(scores):g}, least curvature {curvature:.2f}, {points.certificate!r}; "
        f"{short} of {len(lost)} pairs short when they disappeared, {ends} bars left",
        bool(bowl_holds and curvature < 0 and short == len(lost) and set(ends) == {1}),
        {"curvature": curvature, "scores": scores, "families": families},
    )


def followed(dim: int, degree: int, generator: torch.Generator) -> dict:
    """The bars along a family that ends in a bowl, and those that disappear."""
    start = wavy_polynomial(dim, degree, generator)
    low, high = start.box
    corner = torch.cartesian_prod(*[torch.linspace(0, 1, 21, dtype=torch.float64)] * dim)
    sample = low + (high - low) * corner
    # close together where the pairs cancel
    times = np.append(0.0, 1 - np.geomspace(0.4, 0.03, STEPS - 1))
    lengths, degrees, bars, lost = [], [], [], []
    before = None
    for time in times.tolist():
        landscape = blended(start, time)
        diagram = ml.morse_complex(landscape, ml.critical_points(landscape)).diagram()
        finite = diagram.finite
        lengths.append(diagram.lifetimes[finite].tolist())
        degrees.append(diagram.degrees[finite].tolist())
        bars.append(len(diagram))
        values = landscape.value(sample)
        if before is not None:
            earlier, at = before
            allowed = 2 * float((values - at).abs().max())
            lost += disappeared(earlier, diagram, allowed, time)
        before = diagram, values
    return {"dim": dim, "times": times.tolist(), "lengths": lengths, "degrees": degrees,
            "bars": bars, "lost": lost}  # fmt: skip


def blended(start: ml.Polynomial, time: float) -> ml.Polynomial:
    """Return `(1 - time) L + time |x|^2`."""
    terms = {exponents: (1 - time) * number for exponents, number in start.terms.items()}
    for axis in range(start.dim):
        square = tuple(2 * (k == axis) for k in range(start.dim))
        terms[square] = terms.get(square, 0.0) + time
    return ml.Polynomial(terms)


def disappeared(earlier: ml.Diagram, later: ml.Diagram, allowed: float, time: float) -> list[dict]:
    """The shortest bars of each degree, as many as are fewer than before."""
    lost = []
    for degree in np.unique(earlier.degrees).tolist():
        bars = earlier.of_degree(degree)
        fewer = len(bars) - len(later.of_degree(degree))
        for length in np.sort(bars.lifetimes[bars.finite])[: max(fewer, 0)].tolist():
            lost.append({"time": time, "degree": degree, "length": length, "allowed": allowed})
    return lost


def draw(data: dict) -> Figure:
    """Draw the lengths of the bars where the pairs cancel."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    colours, markers = (INK, PASS, LEAF), "os^"
    for axes, family in zip(figure.subplots(1, 2), data["families"], strict=True):
        left = 1 - np.array(family["times"][1:])
        for degree in range(family["dim"]):
            points = [
                (at, length)
                for at, row, kinds in zip(
                    left, family["lengths"][1:], family["degrees"][1:], strict=True
                )
                for length, kind in zip(row, kinds, strict=True)
                if kind == degree
            ]
            if points:
                x, y = np.array(points).T
                axes.plot(x, y, markers[degree], color=colours[degree], markersize=3)
                axes.lines[-1].set_label(f"degree {degree}")
        axes.set(yscale="log", xlim=(0.4, 0.0), xlabel="1 - s: share of L left")
        axes.set(ylabel="length of the bars", title=f"(1 - s) L + s |x|², d = {family['dim']}")
        axes.legend(fontsize=8, loc="lower left")
    return figure
