"""Whether weight decay decides if bars get shorter with depth, on scikit-learn's digits.

Claim, the paper's: deeper fully connected ReLU networks have shorter bars. The paper does not say
how strong its weight decay was, so it is tried over four orders of magnitude: at the strongest
some networks of 4 layers collapse to zero, at the weakest the loss is a ten thousandth. With 2, 3
and 4 hidden layers, as trained and aligned, at one small budget a path: lengths are prices there.
Source: section 4.1 of the paper, Figures 2 and 3.
Tolerance: at one weight decay at least, the mean length of the bars as trained falls from 2 to 4
layers by more than two standard errors (jackknife over networks).
"""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from morseloss.plot.style import AID, INK, LEAF, PASS, PLUM
from validation.depth.swept import KINDS, SIGNIFICANT, Experiment, falls, rows, trend
from validation.images import digits
from validation.networks.minima_on_digits import IMAGES
from validation.report import Outcome

__all__ = ["TITLE", "draw", "run"]

TITLE = "Depth on digits: are bars at a small budget shorter with it at any weight decay?"
DECAYS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
EXPERIMENT = Experiment(
    depths=(2, 3, 4), minima=5, epochs=96, steps=400, weight_decay=DECAYS[0],
    budgets=((3000, 1),), batch=64,
)  # fmt: skip
COLOURS = (LEAF, PASS, INK, AID, PLUM)


def run(seed: int) -> Outcome:
    """Do the experiment at each weight decay."""
    steps, _ = EXPERIMENT.budgets[0]
    parts = []
    with TemporaryDirectory() as folder:
        for decay in DECAYS:
            experiment = replace(EXPERIMENT, weight_decay=decay)
            found = rows(experiment, digits(), Path(folder) / str(decay), seed)
            parts.append({"weight_decay": decay, "steps": steps, "rows": found})
    return judged({"parts": parts})


def judged(data: dict) -> Outcome:
    """Hold bars at each weight decay against the claim, from the numbers alone."""
    parts, (steps, _) = data["parts"], EXPERIMENT.budgets[0]
    fall = [falls(part["rows"], "as trained", steps) for part in parts]
    return Outcome(
        f"bars shorter with depth, by more than {SIGNIFICANT:.0f} standard errors, somewhere",
        f"at {EXPERIMENT.gradients(steps, IMAGES):.0f} gradients a path: "
        + "; ".join(_told(part) for part in parts),
        max(fall) > SIGNIFICANT,
        data,
    )


def _told(part: dict) -> str:
    lengths, errors = trend(part["rows"], "as trained", part["steps"])
    fall = falls(part["rows"], "as trained", part["steps"])
    numbers = ", ".join(
        f"{length:.2g} ± {error:.1g}" for length, error in zip(lengths, errors, strict=True)
    )
    way = "shorter" if fall > 0 else "longer"
    return f"{part['weight_decay']:.0e}: {numbers} ({way} by {abs(fall):.1f} standard errors)"


def draw(data: dict) -> Figure:
    """Draw mean births and mean lengths against depth, one line a weight decay."""
    figure = Figure(figsize=(11, 3.8), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    for part, colour in zip(data["parts"], COLOURS, strict=False):
        found, label = part["rows"], f"weight decay $10^{{{np.log10(part['weight_decay']):.0f}}}$"
        depths = [row["depth"] for row in found]
        births = [np.mean(row["value"]) for row in found]
        left.plot(depths, births, color=colour, marker="o", label=label)
        for ax, kind in zip((middle, right), KINDS, strict=True):
            lengths, errors = trend(found, kind, part["steps"])
            _draw_lengths(ax, depths, lengths, errors, colour)
    budget = f"{EXPERIMENT.gradients(data['parts'][0]['steps'], IMAGES):.0f} gradients a path"
    for ax, title in ((left, "mean birth"), (middle, f"mean length as trained, {budget}"),
                      (right, f"mean length aligned, {budget}")):  # fmt: skip
        ax.set(xlabel="hidden layers", xticks=depths, yscale="log")
        ax.set_title(title, fontsize="medium")
    left.set_ylabel("loss on all images")
    hollow = Line2D([], [], marker="o", color=AID, markerfacecolor="white", linestyle="")
    handles, labels = left.get_legend_handles_labels()
    labels.append("error as large as the length")
    figure.legend([*handles, hollow], labels, loc="outside lower center", ncols=3)
    return figure


def _draw_lengths(ax, depths, lengths, errors, colour: str) -> None:
    """Draw lengths with errors; one that would reach down to 0 has no end on this axis."""
    lengths, errors = np.array(lengths), np.array(errors)
    open_ = errors >= lengths
    down = np.where(open_, 0.0, errors)
    ax.errorbar(depths, lengths, (down, errors), color=colour, marker="o", capsize=3)
    ax.plot(np.array(depths)[open_], lengths[open_], "o", color=colour, markerfacecolor="white",
            zorder=3)  # fmt: skip
