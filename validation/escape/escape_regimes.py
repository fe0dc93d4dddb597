"""Three regimes of descent near a local minimum (Figure 14).

Claim: as the learning rate grows, descent from near the minimum first converges to it, up to 2 over
the curvature; then it neither converges nor leaves, up to the threshold; beyond it, it leaves. On
a two-point landscape every trajectory below 2 over the curvature converges, and every one between
that and the threshold is bounded; those that leave do so above the threshold only.
Source: Appendix D of the paper, Figure 14.
Tolerance: none between the two rates; 1 % around 2 over the curvature, where descent is slow.
"""

import numpy as np
from matplotlib.figure import Figure

from morseloss.escape import Regime, descend, least_rate, orbit, threshold, two_point
from morseloss.plot.escape import orbits
from morseloss.plot.style import AID, INK, LEAF, PASS
from validation.report import Outcome

TITLE = "Three regimes of gradient descent (Figure 14)"
LOCAL, LOWEST, SIXTH = (0.0, 0.0, 2.0), (1.0, -0.1, 0.5), 1.0
START = 0.05
RATES = 4000
SHOWN = 40  # points of each trajectory


def run(seed: int) -> Outcome:
    """Run one start at many rates; nothing is random."""
    del seed
    found = two_point(LOCAL, LOWEST, [SIXTH]).basins
    stable = 2 / found.curvatures[0]
    bound = threshold(found, START).rates[0]
    least = least_rate(found, START)
    rates = np.linspace(0.2 * stable, 1.35 * bound, RATES)
    runs = descend(found, rates, START)
    below = rates < 0.99 * stable
    between = (rates > 1.01 * stable) & (rates < bound)
    above = rates > bound
    out = runs.steps > 0
    right = [
        bool((runs.regimes[below] == Regime.CONVERGES).all()),
        bool((runs.regimes[between] == Regime.BOUNDED).all()),
        bool(out[above].any() and not out[~above].any()),
    ]
    shares = [float(np.mean(runs.regimes[above] == regime)) for regime in Regime]
    examples = [0.8 * stable, 0.5 * (stable + bound), 1.02 * float(bound)]
    return Outcome(
        "converges below 2/curvature, bounded up to the threshold, leaves above",
        f"2/curvature {stable:.4f}, threshold {bound:.6f}, least escape rate {least.rates[0]:.6f}; "
        f"above it {shares[Regime.LEAVES] + shares[Regime.DIVERGES]:.0%} of the rates leave, "
        f"{shares[Regime.DIVERGES]:.0%} without bound, {shares[Regime.BOUNDED]:.0%} stay",
        all(right),
        {
            "rates": rates[::4].round(6).tolist(),
            "regimes": runs.regimes[::4].tolist(),
            "stable": float(stable),
            "threshold": float(bound),
            "examples": examples,
            "orbits": [orbit(found, rate, START, SHOWN).tolist() for rate in examples],
        },
    )


def draw(data: dict) -> Figure:
    """Draw one trajectory of each regime, and the regime of every rate."""
    figure = Figure(figsize=(12, 5.2), layout="constrained")
    axes = figure.subplot_mosaic([list("abc"), list("ddd")], height_ratios=(2.6, 1))
    land = two_point(LOCAL, LOWEST, [SIXTH]).polynomials[0]
    titles = ("converges", "bounded, does not converge", "leaves")
    rows = zip(data["orbits"], data["examples"], titles, strict=True)
    for key, (path, rate, title) in zip("abc", rows, strict=True):
        ax = axes[key]
        near = title != titles[-1]
        orbits(land, [np.array(path)], ax, window=(-0.14, 0.36) if near else (-0.2, 1.65))
        ax.set(ylim=(-0.003, 0.022) if near else (-0.125, 0.05))
        ax.set_title(f"{title}: rate {rate:.3f}", fontsize="medium")
    _draw_rates(axes["d"], data)
    return figure


def _draw_rates(ax, data: dict) -> None:
    rates, regimes = np.array(data["rates"]), np.array(data["regimes"])
    for row, colour in enumerate((INK, AID, PASS, LEAF)):
        here = regimes == row
        turns = np.flatnonzero(np.diff(here, prepend=False, append=False)).reshape(-1, 2)
        spans = [(rates[a], rates[min(b, len(rates) - 1)] - rates[a]) for a, b in turns]
        ax.broken_barh(spans, (-row - 0.35, 0.7), color=colour, linewidth=0)
    ax.set_yticks([0, -1, -2, -3], ["converges", "bounded", "leaves", "diverges"])
    for rate, name in ((data["stable"], "2 / curvature"), (data["threshold"], "threshold")):
        ax.axvline(rate, color=INK, linewidth=0.8, linestyle="--")
        ax.annotate(f"{name} ", (rate, 0.5), ha="right", va="bottom", fontsize=8)
    ax.set(xlabel="learning rate", ylim=(-3.6, 1.6), xlim=(rates[0], rates[-1]))
