"""What descent does in the long run: period doubling, chaos, and the crisis at the threshold.

Claim: on `x^2 - x^3 + c x^6` the minimum loses its stability at 2 over the curvature to a cycle of
two steps; cycles of 4, 8 and 16 follow, at rates whose gaps shrink by the factor 4.67 of
Feigenbaum; chaos follows, and at the threshold, where the orbit of the turning point lands on the
pass, the attractor is gone. What is left of it holds each trajectory for a time that depends on
every digit of the rate: this is why Figure 17 is irregular.
Source: Appendix D of the paper, Figure 17; Feigenbaum, "Quantitative universality for a class of
nonlinear transformations", 1978.
Tolerance: the first cycle within 1e-3 of 2 over the curvature; the last measured ratio of gaps
between 4.2 and 5.2.
"""

import itertools

import numpy as np
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.escape import Attractors, attractors, basins, orbit, threshold
from morseloss.plot.escape import bifurcation
from morseloss.plot.style import AID, INK, PASS
from validation.report import Outcome

TITLE = "Period doubling, chaos, and the crisis at the escape threshold"
TERMS = {2: 1.0, 3: -1.0, 6: 0.1}
START = 0.05
RATES = 700
FEIGENBAUM = 4.669


def run(seed: int) -> Outcome:
    """Follow one start at many rates; nothing is random."""
    del seed
    found = basins(ml.Polynomial(TERMS), near=0.0)
    bound = threshold(found, START)
    stable = 2 / float(found.curvatures[0])
    rate, turn = float(bound.rates[0]), float(bound.turns[0])
    doublings = [_doubling(found, period, stable, rate) for period in (1, 2, 4, 8)]
    gaps = np.diff(doublings)
    ratios = gaps[:-1] / gaps[1:]
    landing = orbit(found, rate, turn, int(bound.chains[0]))
    missed = abs(landing[-1] - float(found.right[0]))
    late = attractors(found, np.linspace(0.97 * stable, 1.06 * rate, RATES), START, kept=16)
    below = late.rates < rate
    holds = (
        abs(doublings[0] / stable - 1) < 1e-3
        and 4.2 < ratios[-1] < 5.2
        and missed < 1e-6
        and not late.left[below].any()
        and late.left[~below].any()
    )
    return Outcome(
        "doubling at 2/curvature, gaps shrinking by 4.67, turning point lands on the pass",
        f"doublings at {', '.join(f'{d:.6f}' for d in doublings)} (2/curvature {stable:g}), gaps "
        f"shrink by {', '.join(f'{r:.2f}' for r in ratios)}; the turning point misses the pass by "
        f"{missed:.0e} after {bound.chains[0]} steps at the threshold {rate:.6f}",
        bool(holds),
        {
            "rates": late.rates.round(6).tolist(),
            "points": [[round(p, 4) for p in row] for row in late.points[:, :16].tolist()],
            "left": late.left.tolist(),
            "threshold": rate,
            "doublings": doublings,
            "landing": landing.tolist(),
            "gate": float(found.right[0]),
        },
    )


def _doubling(found, period: int, low: float, high: float) -> float:
    """The rate at which the attractor stops having this period, by sections."""
    low = 0.9 * low
    for _ in range(7):
        rates = np.linspace(low, high, 60)
        periods = attractors(found, rates, START, transient=60_000, kept=64).periods(1e-5)
        longer = (periods > period) | (periods == 0)
        first = int(longer.argmax())
        low, high = float(rates[max(first - 1, 0)]), float(rates[first])
    return high


def draw(data: dict) -> Figure:
    """Draw the attractor at every rate, and the orbit that decides the threshold."""
    figure = Figure(figsize=(12, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2.2, 1))
    points = np.array(data["points"], dtype=float)
    late = Attractors(np.array(data["rates"]), points, np.array(data["left"]))
    bifurcation(late, left, data["threshold"])
    for line in left.lines[:1]:
        line.set(marker=".", markersize=1.2, alpha=0.5)
    for rate in data["doublings"]:
        left.axvline(rate, color=INK, linewidth=0.5, linestyle=":", label="doubling")
    left.axhline(data["gate"], color=PASS, linewidth=0.8, linestyle="--", label="pass")
    left.set_title("where descent stays, rate by rate")
    legend = dict(zip(*left.get_legend_handles_labels()[::-1], strict=True))
    left.legend(
        legend.values(), legend.keys(), loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=4
    )
    _draw_web(right, data)
    return figure


def _draw_web(ax, data: dict) -> None:
    low, high = min(data["landing"]) - 0.15, data["gate"] + 0.15
    x = np.linspace(low, high, 400)
    slope = sum(power * number * x ** (power - 1) for power, number in TERMS.items())
    ax.plot(x, x - data["threshold"] * slope, color=INK, label="x - rate p'(x)")
    ax.plot(x, x, color=AID, linewidth=0.7)
    path = data["landing"]
    for here, there in itertools.pairwise(path):
        ax.plot([here, here, there], [here, there, there], color=PASS, linewidth=1)
    ax.plot(path[0], path[0], "o", color=PASS, markerfacecolor="white", label="turning point")
    ax.plot(data["gate"], data["gate"], "X", color=PASS, markersize=9, label="pass")
    ax.set(xlabel="x", ylabel="next x", xlim=(low, high), ylim=(low, high))
    ax.set_title("the turning point lands on the pass", fontsize="medium")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3)
