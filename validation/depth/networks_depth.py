"""How the loss barcode changes with depth (Figures 2, 3, 18 in small, on scikit-learn's digits).

Claim: of fully connected ReLU networks with 2, 3 and 4 hidden layers of 32 units, the barcode moves
down with depth: minima, and with them the ends of bars, lie lower. Whether bars also get *shorter*,
as the paper has it, is measured beside it and not judged: without and with the alignment of hidden
units, and at three budgets, since all heights are those of the best paths found.
Source: sections 3.6 and 4.1 of the paper, Appendix E.
Tolerance: the mean of the births, and that of the deaths, fall from each depth to the next by more
than twice their standard error over networks.
"""

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure

from validation.depth.swept import SIGNIFICANT, Experiment, rows, told
from validation.depth.swept_figure import draw_depths
from validation.images import digits
from validation.networks.minima_on_digits import IMAGES
from validation.report import Outcome

__all__ = ["TITLE", "draw", "run"]

TITLE = "Fully connected networks on digits: the barcode with depth (Figures 2, 3, 18 in small)"
EXPERIMENT = Experiment(
    depths=(2, 3, 4), minima=6, epochs=96, steps=1000, weight_decay=1e-3,
    budgets=((3000, 3), (9000, 1), (30000, 1)), batch=64,
)  # fmt: skip


def run(seed: int) -> Outcome:
    """Train the networks of each depth, and join them several times over."""
    with TemporaryDirectory() as folder:
        return judged({"rows": rows(EXPERIMENT, digits(), Path(folder), seed)})


def judged(data: dict) -> Outcome:
    """Hold births and deaths of each depth against those of the next, from the numbers alone."""
    found = data["rows"]
    steps = EXPERIMENT.budgets[0][0]
    down = min(
        min(_down([row["value"] for row in found])),
        min(_down([_deaths(row, steps) for row in found])),
    )
    births = ", ".join(f"{np.mean(row['value']):.4f}" for row in found)
    return Outcome(
        f"births and deaths fall with depth by more than {SIGNIFICANT:.0f} standard errors",
        f"mean birth {births}; least fall {down:.1f} standard errors; mean length of bars "
        + told(EXPERIMENT, found, IMAGES),
        bool(down > SIGNIFICANT),
        data,
    )


def _deaths(row: dict, steps: int) -> np.ndarray:
    (part,) = (p for p in row["paths"] if (p["kind"], p["steps"]) == ("aligned", steps))
    return np.array(part["deaths"], float)[:, 1:].mean(axis=0)


def _down(groups: list) -> list[float]:
    """By how many standard errors the mean of each group lies below that of the group before."""

    def part(one, two):
        error = np.hypot(*(np.std(g, ddof=1) / len(g) ** 0.5 for g in (one, two)))
        return (np.mean(one) - np.mean(two)) / error

    return [part(one, two) for one, two in itertools.pairwise(groups)]


def draw(data: dict) -> Figure:
    """Draw the bars of each depth with their error bars, TO-scores and mean lengths."""
    return draw_depths({"digits": data["rows"]})
