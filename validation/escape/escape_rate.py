"""Where the escape learning rate is essentially linear in the length of the bar (Figure 12).

Claim: for `x^2 - x^4 + c x^6` and `x^2 - x^3 + c x^6` the least learning rate at which descent from
x = 0.01 leaves the minimum 0 is a linear function of the length of its bar, R^2 at least 0.99, both
rising. Brackets have a relative width of 1e-6. A two-point family (Figures 15 and 16) is drawn
beside them, whatever its R^2. The measured rate is never below the threshold of the theorem in
`morseloss.escape.descents.threshold`.
Source: Section 9 and Appendix D of the paper, Figures 12, 15 and 16.
Tolerance: R^2 >= 0.99; relative width of the brackets 1e-6; 1e-5 below the threshold.
"""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from morseloss.escape import Family, least_rate, linear_law, one_point, threshold, two_point
from morseloss.plot.escape import escape_law
from morseloss.plot.style import INK, PASS, SEA, ramp
from validation.report import Outcome

TITLE = "Selected families: the escape rate is linear in the bar length (Figure 12)"
MEMBERS = 24
START = 0.01
LEAST = 0.99
WINDOWS = {
    "x² - x⁴ + c x⁶": (-2.2, 2.2),
    "x² - x³ + c x⁶": (-0.5, 2.2),
    "two points: quintic + c (x - a)³ (x - b)³": (-0.35, 1.3),
}
"""The families, and from where to where they are drawn."""


def run(seed: int) -> Outcome:
    """Measure the escape rates of three families; nothing is random."""
    del seed
    quartic, cubic, hermite = WINDOWS
    families = {
        quartic: one_point([0, 0, 2, 0, -24, 0], np.linspace(0.05, 0.245, MEMBERS)),
        cubic: one_point([0, 0, 2, -6, 0, 0], np.linspace(0.01, 0.1, MEMBERS)),
        hermite: two_point((0.0, 0.0, 2.0), (1.0, -0.1, 5.0), np.linspace(0.1, 6.0, MEMBERS)),
    }
    rows = [_measured(name, family) for name, family in families.items()]
    paper = rows[:2]
    linear = all(r["r_squared"] >= LEAST and r["slope"] > 0 for r in paper)
    tight = max(max(r["widths"]) for r in rows) <= 1e-6
    above = min(min(np.divide(r["rates"], r["thresholds"])) for r in rows)
    words = ", ".join(f"{r['r_squared']:.4f}" for r in rows)
    return Outcome(
        f"R² at least {LEAST} for both families of the paper's kind, brackets within 1e-6",
        f"R² {words} (the last: two points); widths up to "
        f"{max(max(r['widths']) for r in rows):.1e}; rate over threshold from {above:.7f}",
        bool(linear and tight and above > 1 - 1e-5),
        {"families": rows},
    )


def _measured(name: str, family: Family) -> dict:
    least, bound = least_rate(family.basins, START), threshold(family.basins, START)
    law = linear_law(family.lengths, least.rates)
    return {
        "name": name,
        "coefficients": family.coefficients.tolist(),
        "terms": [sorted((k[0], v) for k, v in p.terms.items()) for p in family.polynomials],
        "lengths": family.lengths.tolist(),
        "rates": least.rates.tolist(),
        "widths": (least.rates / least.below - 1).tolist(),
        "thresholds": bound.rates.tolist(),
        "chains": bound.chains.tolist(),
        "slope": law.slope,
        "r_squared": law.r_squared,
    }


def draw(data: dict) -> Figure:
    """Draw the members of each family, and the rates against the lengths."""
    families = data["families"]
    figure = Figure(figsize=(10, 3.4 * len(families)), layout="constrained")
    colours = ramp((*SEA[:5], PASS))
    for (left, right), family in zip(figure.subplots(len(families), 2), families, strict=True):
        x = np.linspace(*WINDOWS[family["name"]], 500)
        lengths = np.array(family["lengths"])
        shade = ScalarMappable(Normalize(lengths.min(), lengths.max()), colours)
        for row in range(0, len(family["terms"]), 3):
            y = sum(number * x**power for power, number in family["terms"][row])
            left.plot(x, y, color=shade.to_rgba(lengths[row]), linewidth=1.2)
        top = 1.6 * max(family["lengths"])
        left.set(ylim=(-2 * top, 1.2 * top), xlim=x[[0, -1]], xlabel="x", ylabel="value")
        left.set_title(family["name"], fontsize="medium")
        left.plot(0, 0, "o", color=INK)
        bar = figure.colorbar(shade, ax=left, aspect=30, pad=0.02)
        bar.ax.set_title("bar", fontsize="small", loc="left")
        bar.outline.set_visible(False)
        escape_law(np.array(family["lengths"]), np.array(family["rates"]), right)
    return figure
