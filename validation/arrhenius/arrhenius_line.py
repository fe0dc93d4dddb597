"""The Arrhenius law on a line: exponents of all small eigenvalues are lengths of bars.

Claim: the eigenvalues of the Witten Laplacian, computed on a grid with no use of bars, have the
exponents `exp(-2 length / h)`: one for every finite bar of the Morse complex, extrapolated to
temperature zero. Polynomials with known bars, with equal ones, and random ones with three wells
and more. Logarithms of eigenvalues go down to some -20,000. Stated errors are estimates: how many
bars lie within twice theirs is told, not judged.
Source: Section 9 of the paper; Le Peutrec, Nier and Viterbo 2013.
Tolerance: 1 % of each length, however short the bar.
"""

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss import witten
from validation.ensembles import random_wells
from validation.report import Outcome

TITLE = "Arrhenius law on a line: exponents of the small eigenvalues are the lengths of the bars"
TOLERANCE = 0.01
RANDOM = ((6, 8), (8, 8), (10, 8))  # degree, how many
NAMED = {
    "easy and hard": ml.analytic.EasyAndHard(),
    "equal wells": ml.Polynomial({4: 1.0, 2: -2.0}),
    "Chebyshev 8": ml.Polynomial({8: 128.0, 6: -256.0, 4: 160.0, 2: -32.0, 1: 0.2}),
}


def run(seed: int) -> Outcome:
    """Compare all bars of all landscapes."""
    generator = torch.Generator().manual_seed(seed)
    lands = list(NAMED.items())
    for degree, count in RANDOM:
        for _ in range(count):
            terms = dict(enumerate(random_wells(degree, generator).tolist()))
            lands.append((f"random, degree {degree}", ml.Polynomial(terms)))
    rows = [compared(name, land) for name, land in lands]
    bars = [bar for row in rows for bar in row["bars"]]
    apart = [off(bar) for bar in bars]
    shortest = min(bar["share"] for bar in bars)
    inside = sum(abs(bar["exponent"] - bar["length"]) <= 2 * bar["error"] for bar in bars)
    least = min(row["least"] for row in rows)
    return Outcome(
        f"all bars within {TOLERANCE:.0%}",
        f"{len(bars)} bars of {len(rows)} landscapes, the shortest {shortest:.1%} of its range, "
        f"within a part of {max(apart):.0e}, median {np.median(apart):.0e}, eigenvalues down to "
        f"1e{least:.0f}; {inside} within twice the stated error",
        bool(max(apart) <= TOLERANCE),
        {"rows": rows},
    )


def off(bar: dict) -> float:
    """Relative difference of the exponent from the length."""
    return abs(bar["exponent"] / bar["length"] - 1)


def compared(name: str, land: ml.Landscape) -> dict:
    """The bars of one landscape and their exponents, with the ladder of eigenvalues."""
    complex = ml.morse_complex(land, ml.critical_points(land))
    law = witten.arrhenius(land, complex)
    share = law.lengths / np.ptp(complex.values)
    bars = [
        {"length": length, "exponent": exponent, "error": error, "share": part}
        for length, exponent, error, part in zip(
            law.lengths.tolist(), law.exponents.tolist(), law.errors.tolist(), share.tolist(),
            strict=True,
        )
    ]  # fmt: skip
    good = powers(law)
    return {
        "name": name,
        "bars": bars,
        "temperatures": law.temperatures.tolist(),
        "powers": good.tolist(),
        "rest": law.rest.tolist(),
        "least": float(np.nanmin(good)),
    }


def powers(law: witten.Arrhenius) -> np.ndarray:
    """Decimal logarithms of the resolved eigenvalues over the temperature, others nan."""
    logs = law.log_eigenvalues - np.log(law.temperatures)[:, None]
    return np.where(law.status == witten.Resolution.RESOLVED, logs / np.log(10), np.nan)


def draw(data: dict) -> Figure:
    """Draw one ladder, and for all bars how far the exponents are off."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    # the one with the most lengths that the eye tells apart
    row = max(data["rows"], key=lambda row: len({round(8 * b["share"]) for b in row["bars"]}))
    draw_ladder(left, row, "#17324d")
    left.set_title(f"{row['name']}: one eigenvalue a bar")
    bars = [bar for row in data["rows"] for bar in row["bars"]]
    share = np.array([bar["share"] for bar in bars])
    right.axhline(TOLERANCE, color="#8a8f98", linewidth=1, linestyle="--")
    right.plot(
        share, list(map(off, bars)), "o", color="#17324d", markersize=5, markeredgecolor="white"
    )
    right.set(xscale="log", yscale="log", xlim=(share.min() / 2, 1.2))
    right.set(xlabel="length / range of the critical values", ylabel="|exponent / length - 1|")
    right.set_title("all bars (dashed: 1 %)")
    return figure


def draw_ladder(axes, row: dict, colour: str) -> None:
    """Draw eigenvalues over 1/h, and lines of the slopes that the bars give."""
    at = np.array(row["temperatures"])
    for bar, height in zip(row["bars"], np.array(row["powers"], dtype=float).T, strict=True):
        known = np.flatnonzero(np.isfinite(height))
        if not len(known):
            continue
        last = known[-1]
        slope = -2 * bar["length"] / np.log(10)
        axes.plot(1 / at, height[last] + slope * (1 / at - 1 / at[last]), color=colour, alpha=0.5)
        axes.plot(1 / at, height, "o", color=colour, markersize=4.5, markeredgecolor="white")
    axes.plot(1 / at, np.log10(np.array(row["rest"]) / at), color="#8a8f98", linestyle=":")
    axes.set(xlabel="1 / temperature", ylabel="log10 (eigenvalue / temperature)")
