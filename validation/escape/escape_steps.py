"""Steps to leave against the learning rate are irregular, for every bar length (Figure 17).

Claim: on `x^2 - x^3 + c x^6` with c chosen for several bar lengths, no rate below the threshold
leaves; above it the number of steps jumps irregularly between neighbouring rates, while its mean
grows towards the threshold like the distance to it to the power -1/2, as at a boundary crisis.
Source: Appendix D of the paper, Figure 17; Grebogi, Ott, Yorke, "Crises, sudden changes in chaotic
attractors", 1983, for the power.
Tolerance: the fitted power lies between -0.8 and -0.3 for each length.
"""

import numpy as np
from matplotlib.figure import Figure

from morseloss.escape import descend, one_point, threshold
from morseloss.plot.escape import escape_steps
from morseloss.plot.style import INK, PASS
from validation.report import Outcome

TITLE = "Steps to leave against the rate: irregular, with a power law at the threshold (Figure 17)"
COEFFICIENTS = (0.02, 0.06, 0.1)
START = 0.01
RATES = 900
AVERAGED = 4000  # rates in each mean near the threshold
STEPS = 20_000


def run(seed: int) -> Outcome:
    """Count the steps of each member at many rates; nothing is random."""
    del seed
    family = one_point([0, 0, 2, -6, 0, 0], COEFFICIENTS)
    bound = threshold(family.basins, START)
    rows = [_counted(family, bound.rates, row) for row in range(len(family))]
    powers = [row["power"] for row in rows]
    silent = all(row["below"] == 0 for row in rows)
    jumps = [row["jump"] for row in rows]
    return Outcome(
        "none leaves below the threshold, power between -0.8 and -0.3",
        f"powers {', '.join(f'{p:.2f}' for p in powers)}; none below: {silent}; neighbouring rates "
        f"differ by a factor of up to {max(jumps):.0f}; "
        f"{', '.join(format(row['stays'], '.0%') for row in rows)} of the rates above never leave",
        bool(silent and all(-0.8 < p < -0.3 for p in powers)),
        {"rows": rows},
    )


def _counted(family, bounds: np.ndarray, row: int) -> dict:
    found, bound = family.basins.take([row]), float(bounds[row])
    rates = np.linspace(0.997 * bound, 1.012 * bound, RATES)
    steps = descend(found, rates, START, max_steps=STEPS).steps
    above = rates > bound
    out = steps[above & (steps > 0)]
    gaps = np.geomspace(1e-6, 1e-3, 7)
    means = []
    for gap in gaps:
        near = bound * (1 + gap * np.linspace(0.8, 1.25, AVERAGED))
        count = descend(found, near, START, max_steps=STEPS * 10).steps
        means.append(float(count[count > 0].mean()))
    power = float(np.polyfit(np.log(gaps), np.log(means), 1)[0])
    return {
        "length": float(family.lengths[row]),
        "threshold": bound,
        "rates": rates.round(8).tolist(),
        "steps": steps.tolist(),
        "below": int((steps[~above] > 0).sum()),
        "stays": float((steps[above] < 0).mean()),
        "jump": float(np.exp(np.abs(np.diff(np.log(out))).max())),
        "gaps": gaps.tolist(),
        "means": means,
        "power": power,
    }


def draw(data: dict) -> Figure:
    """Draw the steps at every rate for each length, and the mean near the threshold."""
    rows = data["rows"]
    figure = Figure(figsize=(12, 2.6 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), 2, width_ratios=(2.4, 1))
    for (left, right), row in zip(grid, rows, strict=True):
        escape_steps(np.array(row["rates"]), np.array(row["steps"]), left)
        left.axvline(row["threshold"], color=INK, linewidth=0.8, linestyle="--")
        left.legend(handles=left.patches[:1], loc="upper right")
        left.set_title(f"bar length {row['length']:.4f} (dashed: the threshold)")
        gaps, means = np.array(row["gaps"]), np.array(row["means"])
        right.plot(gaps, means, "o", color=PASS)
        slope = means[0] * (gaps / gaps[0]) ** -0.5
        right.plot(gaps, slope, color=INK, linewidth=0.8, label="power -1/2")
        right.set(xscale="log", yscale="log", xlabel="rate / threshold - 1", ylabel="mean steps")
        right.set_title(f"fitted power {row['power']:.2f}", fontsize="medium")
        right.legend(frameon=False, fontsize=8)
    return figure
