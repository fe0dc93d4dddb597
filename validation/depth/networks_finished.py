"""Whether bars of ReLU networks on digits, over finished paths, are told from the method's error.

Claim: they are not, at any depth from 1 to 6 hidden layers of 32 units, nor with a tenth of the
weight decay. At 4000 gradients on all images a way, the mean bar of 4 networks lies no higher than
the largest of three numbers that owe nothing to the landscape between them: what ways from a
network to itself still climb, whose true climb is 0; what ways to its own shuffled copy climb; and
how far the births would still fall in 100 gradients of L-BFGS, which is the least of it: with kinks
rounded off they fall more (`networks_births`). So such bars say neither that minima get easier to
escape with depth, as the paper has it, nor harder, as small budgets suggest. With many layers it is
the closed ways that decide, and they are strict: there and back is a longer journey.
Beside it, not judged: prices, limits, bars with stations as points, and births and deaths, which
fall with depth.
Source: Definition 1 and sections 3.6 and 4.1 of the paper.
Tolerance: two standard errors over bars.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from morseloss.plot.style import INK, LEAF, PASS
from validation.depth.finished import Case, Experiment, lengths_at, rows
from validation.images import digits
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Bars of 4 networks on digits over finished paths, 1 to 6 layers, with both nulls"
EXPERIMENT = Experiment(
    cases=(
        *(Case(depth, 32, 1e-3) for depth in (1, 2, 3, 4, 6)),
        *(Case(depth, 32, 1e-4) for depth in (1, 2, 4, 6)),
    ),
    networks=4, epochs=60, steps=3000, budget=4000.0,
)  # fmt: skip
SIGNIFICANT = 2.0  # standard errors
FLOOR = 1e-7  # of the picture
KINDS = {
    "sample": ("between networks", "o", PASS),
    "closed": ("from a network to itself", "s", INK),
    "copies": ("to its shuffled copy", "^", LEAF),
}


def run(seed: int) -> Outcome:
    """Train and join networks of each case, in a folder that can be gone on with."""
    folder = runs_of("networks_finished")
    found = rows(EXPERIMENT, digits(), folder, seed)
    return judged({"budget": EXPERIMENT.budget, "rows": found})


def judged(data: dict) -> Outcome:
    """Hold the mean bar of each case against what the method leaves, from the numbers alone."""
    found = data["rows"]
    told = [_resolved(row, data["budget"]) for row in found]
    return Outcome(
        f"no mean bar at {data['budget']:.0f} gradients a way lies {SIGNIFICANT:.0f} standard "
        "errors above what closed ways or copies climb or births may fall",
        "; ".join(_said(row, data["budget"]) for row in found),
        not any(told),
        data,
    )


def _resolved(row: dict[str, Any], budget: float) -> bool:
    """Whether the mean bar lies above all of the method's own error, or has no error of its own."""
    mean, error = lengths_at(row["sample"], budget)
    beside = [lengths_at(row[kind], budget)[0] for kind in ("closed", "copies")]
    return not mean - SIGNIFICANT * error <= max(*beside, *row["falls"])


def _said(row: dict[str, Any], budget: float) -> str:
    """The numbers of a case in words."""
    (mean, error), (closed, _), (copies, _) = (lengths_at(row[kind], budget) for kind in KINDS)
    return (
        f"{row['depth']} layers, decay {row['decay']:g}: {mean:.1e} ± {error:.1e} (closed "
        f"{closed:.1e}, copies {copies:.1e}, births may fall {max(row['falls']):.1e})"
    )


def draw(data: dict) -> Figure:
    """Draw mean lengths over their budgets, and at the end beside both nulls, for each decay."""
    decays = sorted({row["decay"] for row in data["rows"]}, reverse=True)
    figure = Figure(figsize=(11, 4.4 * len(decays)), layout="constrained")
    axes = figure.subplots(len(decays), 2, squeeze=False, sharey=True)
    for (left, right), decay in zip(axes, decays, strict=True):
        some = [row for row in data["rows"] if row["decay"] == decay]
        _draw_ladders(left, some)
        _draw_ends(right, some, data["budget"])
        left.set_title(f"weight decay {decay:g}", fontsize="medium")
        right.set_title(f"at {data['budget']:.0f} gradients a way", fontsize="medium")
    figure.supylabel(
        f"mean climb above the higher end\n(below {FLOOR:g} drawn there)", fontsize="medium"
    )
    return figure


def _draw_ladders(ax: Axes, some: list[dict[str, Any]]) -> None:
    for place, row in enumerate(some):
        part = row["sample"]
        shade = min(1.0, 0.45 + 0.55 * place / max(len(some) - 1, 1))
        means = np.maximum(np.mean(part["lengths"], axis=1), FLOOR)
        style = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))[place % 5]
        ax.plot(
            part["budgets"], means, color=PASS, alpha=shade, linestyle=style,
            label=f"{row['depth']} layer{'s' * (row['depth'] > 1)}",
        )  # fmt: skip
    ax.set(xscale="log", yscale="log", xlabel="gradients on all images, a way")
    ax.set_xticks([500, 1000, 2000, 4000], ["500", "1000", "2000", "4000"])
    ax.set_xticks([], minor=True)
    ax.legend(frameon=False, fontsize="small")


def _draw_ends(ax: Axes, some: list[dict[str, Any]], budget: float) -> None:
    places = np.arange(len(some))
    for shift, (kind, (label, marker, colour)) in zip((-0.15, 0, 0.15), KINDS.items(), strict=True):
        means, errors = np.array([lengths_at(row[kind], budget) for row in some]).T
        down = np.minimum(errors, means - FLOOR).clip(0)
        ax.errorbar(
            places + shift, np.maximum(means, FLOOR), [down, errors], fmt=marker, color=colour,
            markersize=5, capsize=2, linewidth=1, label=label,
        )  # fmt: skip
    falls = [max(row["falls"]) for row in some]
    ax.plot(places + 0.3, falls, "_", color="0.35", markersize=12, label="births may still fall")
    ax.set_xticks(places, [str(row["depth"]) for row in some])
    ax.set(xlabel="hidden layers", xlim=(-0.5, len(some) - 0.3))
    ax.legend(frameon=False, fontsize="small")
