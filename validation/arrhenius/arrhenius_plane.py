"""The Arrhenius law in the plane, for bars of degree 0 and for those between indices 1 and 2.

Claim: the Witten Laplacian on functions has one eigenvalue `exp(-2 length / h)` for every finite
bar of degree 0, and on 1-forms, besides those, one for every bar of degree 1. The exponents,
extrapolated to temperature zero from eigenvalues that know nothing of bars, are the lengths.
Wells of different depths whose bars are known by hand, turned and skewed sums of random wells,
random polynomials, and the Mueller-Brown surface (whose only bars are of degree 0).
Source: Section 9 of the paper; Le Peutrec, Nier and Viterbo 2013.
Tolerance: 3 % of each length.
"""

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss import witten
from validation.arrhenius.arrhenius_line import draw_ladder, powers
from validation.ensembles import random_wells, sum_of_wells, wavy_polynomial
from validation.report import Outcome

TITLE = "Arrhenius law in the plane: exponents are the lengths of the bars of degree 0 and 1"
TOLERANCE = 0.03
COLOURS = ("#17324d", "#a63d17")
CELLS = 112
SHORTEST = 0.05  # of the range of the critical values: shorter bars are not compared
RANDOM = (("wavy, degree 4", 2), ("wavy, degree 6", 1), ("skewed wells", 1))
KNOWN = ([4.0, 3.4, 3.4], [3.4])  # bars of `known_wells`, by the Kuenneth formula


def run(seed: int) -> Outcome:
    """Compare all bars of both degrees of all landscapes."""
    generator = torch.Generator().manual_seed(seed)
    lands: list[tuple[str, ml.Landscape]] = [
        ("known wells", known_wells()),
        ("equal wells", ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 2): -2})),
        ("Mueller-Brown", ml.analytic.MuellerBrown()),
    ]
    lands += [(name, random(name, generator)) for name, count in RANDOM for _ in range(count)]
    rows = [row for name, land in lands for row in compared(name, land)]
    kept = [(row["degree"], bar) for row in rows for bar in row["bars"] if bar["share"] > SHORTEST]
    off = [[abs(b["exponent"] / b["length"] - 1) for d, b in kept if d == k] for k in (0, 1)]
    inside = sum(abs(b["exponent"] - b["length"]) <= 2 * b["error"] for _, b in kept)
    short = sum(len(row["bars"]) for row in rows) - len(kept)
    known = max(
        abs(bar["length"] - wanted)
        for row, lengths in zip(rows[:2], KNOWN, strict=True)
        for bar, wanted in zip(row["bars"], lengths, strict=True)
    )
    return Outcome(
        f"all bars of both degrees within {TOLERANCE:.0%}",
        f"{len(off[0])} bars of degree 0 within {max(off[0]):.2%}, {len(off[1])} of degree 1 "
        f"within {max(off[1]):.2%}, median {np.median(off[0] + off[1]):.2%}, on {len(lands)} "
        f"landscapes; {inside} within twice the stated error; {short} bars too short beside the "
        "range",
        bool(max(off[0] + off[1]) <= TOLERANCE and known < 1e-8),
        {"rows": rows},
    )


def known_wells() -> ml.Polynomial:
    """Return `f(x) + g(y)`: f has a bar of length 3.4, g one of length 4."""
    f = {(4, 0): 3.0, (3, 0): 0.8, (2, 0): -7.2}
    g = {(0, 4): 3.0, (0, 3): 2.0, (0, 2): -9.0}
    return ml.Polynomial(f | g)


def random(name: str, generator: torch.Generator) -> ml.Polynomial:
    """Return a random polynomial of the kind that the name tells."""
    if name == "skewed wells":
        return sum_of_wells([random_wells(4, generator) for _ in range(2)], generator)
    return wavy_polynomial(2, int(name.split()[-1]), generator)


def compared(name: str, land: ml.Landscape) -> list[dict]:
    """The bars of both degrees and their exponents, with the ladders of eigenvalues."""
    known = getattr(land, "critical_points", None)
    complex = ml.morse_complex(land, ml.critical_points(land) if known is None else known)
    bars = complex.diagram()
    rows = []
    for degree in (0, 1):
        if bars.of_degree(degree).finite.any():
            rows.append({"name": name, "degree": degree, **exponents_of(land, complex, degree)})
    return rows


def exponents_of(land: ml.Landscape, complex: ml.MorseComplex, degree: int) -> dict:
    """The bars of one degree beside the exponents of the eigenvalues."""
    at = witten.ladder(land, complex, degree=degree, cells=CELLS)
    law = witten.arrhenius(land, complex, at, degree=degree, cells=CELLS)
    columns = {
        "length": law.lengths,
        "exponent": law.exponents,
        "error": law.errors,
        "share": law.lengths / np.ptp(complex.values),
    }
    return {
        "bars": [
            dict(zip(columns, numbers, strict=True))
            for numbers in np.stack(list(columns.values()), axis=1).tolist()
        ],
        "temperatures": law.temperatures.tolist(),
        "powers": powers(law).tolist(),
        "rest": law.rest.tolist(),
    }


def draw(data: dict) -> Figure:
    """Draw the ladders of one landscape, and for all bars how far the exponents are off."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    name = max(data["rows"], key=lambda row: len(row["bars"]))["name"]
    shown = [row for row in data["rows"] if row["name"] == name][:2]
    for row in shown:
        draw_ladder(left, row, COLOURS[row["degree"]])
    left.set_title(f"{name}: on functions (blue), on forms (red)")
    for degree, marker in ((0, "o"), (1, "s")):
        bars = [b for row in data["rows"] if row["degree"] == degree for b in row["bars"]]
        share = np.array([bar["share"] for bar in bars])
        off = np.array([abs(bar["exponent"] / bar["length"] - 1) for bar in bars], dtype=float)
        right.plot(share, off, marker, color=COLOURS[degree], label=f"degree {degree}",
                   markersize=6, markeredgecolor="white")  # fmt: skip
    right.axhline(TOLERANCE, color="#8a8f98", linewidth=1, linestyle="--")
    right.axvspan(SHORTEST / 2, SHORTEST, color="#ecebe6", zorder=0)
    right.set(xscale="log", yscale="log", xlim=(SHORTEST / 2, 1.1))
    right.xaxis.set_minor_formatter("")
    right.set(xlabel="length / range of the critical values", ylabel="|exponent / length - 1|")
    right.set_title("all bars (dashed: 3 %; grey: not compared)")
    right.legend(frameon=False, loc="lower left")
    return figure
