"""The figure of an experiment at several depths: bars, TO-scores, mean lengths (Figures 2, 3, 18).

The one idea: one line of panels a data set, drawn from the rows of `depth` alone.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.networks import uncertainty
from morseloss.plot.style import INK, PASS
from validation.depth.swept import KINDS, trend

__all__ = ["draw_depths", "draw_slopes"]

COLOURS = {"as trained": PASS, "aligned": INK}
MARKERS = {"as trained": "o", "aligned": "s"}
LINES = ("-", "--", ":")


def draw_depths(sets: dict[str, list[dict[str, Any]]], *, slopes: bool = False) -> Figure:
    """Draw a line of panels a data set; with `slopes`, leave a last line of two panels free."""
    lines = len(sets) + slopes
    figure = Figure(figsize=(13, 4.2 * lines), layout="constrained")
    grids = figure.subfigures(lines, 1, squeeze=False)[:, 0]
    for grid, (name, found) in zip(grids, sets.items(), strict=False):
        bars, scores, lengths = grid.subplots(1, 3, width_ratios=(2.2, 1, 1))
        _draw_bars(bars, found)
        bars.set_title(f"{name}: bars as trained, lowest minimum first", fontsize="medium")
        _draw_scores(scores, found)
        _draw_lengths(lengths, found)
    return figure


def draw_slopes(figure: Figure, record: dict[str, Any]) -> None:
    """Draw Figures 19 and 20 into the last line: slopes along and across a path in training.

    Step 0, the straight line, is left out: beside it all the others would be flat.
    """
    left, right = figure.subfigs[-1].subplots(1, 2)
    for ax, part, label in (
        (left, "tangential", "gradient norm along the path"),
        (right, "normal", "gradient norm across the path"),
    ):
        kept = [pair for pair in zip(record["steps"], record[part], strict=True) if pair[0]]
        for place, (step, values) in enumerate(kept):
            shade = 0.25 + 0.75 * place / max(len(kept) - 1, 1)
            ax.plot(record["times"], values, color=INK, alpha=shade, label=f"step {step}")
        ax.set(xlabel="time along the path", ylabel=label, xlim=(0, 1), ylim=(0, None))
    right.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    left.set_title(record["title"], fontsize="medium")


def _draw_bars(ax: Axes, found: list[dict[str, Any]]) -> None:
    """Bars with the range of all repeats, at the smallest budget."""
    steps = min(part["steps"] for part in found[0]["paths"])
    many, labels = [], []
    for row in found:
        (part,) = (p for p in row["paths"] if (p["kind"], p["steps"]) == ("as trained", steps))
        births = np.array(row["value"])
        draws = [np.nan_to_num(np.array(deaths, float), nan=np.inf) for deaths in part["deaths"]]
        many.append(uncertainty([ml.Diagram(births, deaths) for deaths in draws]))
        labels.append(f"{row['depth']} hidden layers")
    ml.plot.uncertainty(many, ax, labels=labels)
    ax.set_ylabel("loss on all images")


def _draw_scores(ax: Axes, found: list[dict[str, Any]]) -> None:
    steps = min(part["steps"] for part in found[0]["paths"])
    for kind in KINDS:
        draws = [
            part["scores"]
            for row in found
            for part in row["paths"]
            if (part["kind"], part["steps"]) == (kind, steps)
        ]
        middle = [np.mean(scores) for scores in draws]
        off = [np.std(scores, ddof=1) if len(scores) > 1 else 0.0 for scores in draws]
        ax.errorbar(
            [row["depth"] for row in found], middle, off, color=COLOURS[kind],
            marker=MARKERS[kind], capsize=3, label=kind,
        )  # fmt: skip
    _by_depth(ax, found, "TO-score, deviation of repeats")


def _draw_lengths(ax: Axes, found: list[dict[str, Any]]) -> None:
    budgets = sorted({part["steps"] for part in found[0]["paths"]})
    for kind in KINDS:
        for place, steps in enumerate(budgets):
            lengths, errors = trend(found, kind, steps)
            aside, line = 0.04 * (place - (len(budgets) - 1) / 2), LINES[place % len(LINES)]
            ax.errorbar(
                [row["depth"] + aside for row in found], lengths, errors, color=COLOURS[kind],
                marker=MARKERS[kind], linestyle=line, capsize=3, label=f"{kind}, {steps} steps",
            )  # fmt: skip
    _by_depth(ax, found, "mean length of bars, jackknife error")


def _by_depth(ax: Axes, found: list[dict[str, Any]], title: str) -> None:
    depths = [row["depth"] for row in found]
    ax.set(xlabel="hidden layers", xticks=depths, ylim=(0, None))
    ax.set_title(title, fontsize="medium")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)
