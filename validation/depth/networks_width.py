"""Whether bars go where parameters outnumber images, over finished paths (digits, ReLU).

Claim: they do, and stay where parameters are fewer. Of 4 fully connected ReLU networks with 2 and
with 4 hidden layers the mean bar is told from nothing (by two standard errors over its bars, and
from how far births still fall) at about 2000 gradients on all images a way, if and only if the
network has fewer parameters than there are images, 1797.
Beside it, not judged: the same with batch normalisation over all images; prices to bars
of 1e-3 and 1e-4; and for the smallest network what ways from it to itself and to its shuffled copy
still climb, below which a bar says nothing (`networks_finished` has these for 32 units and more
gradients, and a tenth of the weight decay).
Source: Definition 1 and sections 4.1 and 4.2 of the paper, where widths and batch normalisation are
varied.
Tolerance: two standard errors over bars, which share the lowest network.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from morseloss.plot.style import AID, INK, LEAF, PASS
from validation.depth.finished import Case, Experiment, lengths_at, rows
from validation.images import digits
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Bars over finished paths against width, with and without batch normalisation (digits)"
EXPERIMENT = Experiment(
    cases=(
        *(Case(2, width, 1e-3) for width in (8, 16, 32)),
        *(Case(2, width, 1e-3, normalised=True) for width in (8, 16)),
        *(Case(4, width, 1e-3) for width in (8, 16, 32)),
        Case(2, 32, 1e-3, normalised=True),
        Case(2, 128, 1e-3),
        Case(4, 32, 1e-3, normalised=True),
        Case(2, 512, 1e-3),
    ),
    networks=4, epochs=60, steps=1500, budget=2000.0, nulls=(Case(2, 8, 1e-3),),
)  # fmt: skip
AT = 2100.0  # gradients a way, at which looks of the budget's last round are taken
SIGNIFICANT = 2.0  # standard errors
FLOOR = 1e-7  # of the picture
LOOKS = {2: ("o", "-"), 4: ("^", "--")}


def run(seed: int) -> Outcome:
    """Train and join networks of each case, in a folder that can be gone on with."""
    found = rows(EXPERIMENT, digits(), runs_of("networks_width"), seed)
    return judged({"budget": AT, "images": len(digits()[0]), "rows": found})


def judged(data: dict) -> Outcome:
    """Ask of each plain case whether bars stay, from the numbers alone."""
    found, budget = data["rows"], data["budget"]
    asked = [row for row in found if not row["normalised"]]
    holds = all(_stays(row, budget) == (row["parameters"] < data["images"]) for row in asked)
    return Outcome(
        f"without batch normalisation bars stay at {budget:.0f} gradients a way just where "
        f"parameters are fewer than the {data['images']} images",
        "; ".join(_said(row, budget) for row in found),
        holds,
        data,
    )


def _stays(row: dict[str, Any], budget: float) -> bool:
    """Whether the mean bar is told from nothing and from what births still fall."""
    mean, error = lengths_at(row["sample"], budget)
    return mean - SIGNIFICANT * error > max(row["falls"])


def _said(row: dict[str, Any], budget: float) -> str:
    mean, error = lengths_at(row["sample"], budget)
    nulls = ", ".join(
        f"{kind} {lengths_at(row[kind], budget)[0]:.1e}"
        for kind in ("closed", "copies")
        if kind in row
    )
    return (
        f"{row['depth']} x {row['width']}{', normalised' * row['normalised']} "
        f"({row['parameters']} parameters): {mean:.1e} ± {error:.1e}, "
        f"{'stays' if _stays(row, budget) else 'is not told from nothing'} (births may fall "
        f"{max(row['falls']):.1e}{', ' * bool(nulls)}{nulls})"
    )


def draw(data: dict) -> Figure:
    """Draw mean bars over parameters, plain and normalised, and prices of the plain cells."""
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_lengths(left, data)
    _draw_prices(right, data["rows"])
    return figure


def _draw_lengths(ax: Axes, data: dict) -> None:
    for depth, (marker, line) in LOOKS.items():
        for normalised, colour in ((False, PASS), (True, LEAF)):
            part = [
                row for row in data["rows"]
                if (row["depth"], row["normalised"]) == (depth, normalised)
            ]  # fmt: skip
            if part:
                label = f"{depth} layers{', normalised' * normalised}"
                _draw_cells(ax, part, data["budget"], label, (marker, line, colour))
    for kind, mark in (("closed", "_"), ("copies", "x")):
        some = [row for row in data["rows"] if kind in row]
        ax.plot(
            [row["parameters"] for row in some],
            _seen([lengths_at(row[kind], data["budget"])[0] for row in some]),
            mark, color=INK, markersize=9, label=f"{kind} null",
        )  # fmt: skip
    ax.axvline(data["images"], color=AID, linewidth=1.1)
    ax.annotate(
        "images", (data["images"], 1), (4, -12), xycoords=("data", "axes fraction"),
        textcoords="offset points", color=AID,
    )  # fmt: skip
    ax.set(xscale="log", yscale="log", xlabel="parameters")
    ax.set_ylabel(f"mean bar at {data['budget']:.0f} gradients a way")
    ax.legend(frameon=False, fontsize="x-small")


def _draw_cells(
    ax: Axes, part: list[dict[str, Any]], budget: float, label: str, look: tuple[str, str, str]
) -> None:
    marker, line, colour = look
    means, errors = np.array([lengths_at(row["sample"], budget) for row in part]).T
    down = np.minimum(errors, means - FLOOR).clip(0)
    ax.errorbar(
        [row["parameters"] for row in part], _seen(means), [down, errors], marker=marker,
        linestyle=line, color=colour, capsize=2, linewidth=1.2, label=label,
    )  # fmt: skip


def _seen(means: Sequence[float] | np.ndarray) -> np.ndarray:
    return np.maximum(means, FLOOR)


def _draw_prices(ax: Axes, rows: list[dict[str, Any]]) -> None:
    """Mean bars against the gradients that they had cost, of the plain cells."""
    for row in rows:
        if row["normalised"]:
            continue
        part, (marker, line) = row["sample"], LOOKS[row["depth"]]
        shade = {8: 0.25, 16: 0.4, 32: 0.6, 128: 0.8}.get(row["width"], 1.0)
        ax.plot(
            part["budgets"], _seen(np.mean(part["lengths"], axis=1)), marker=marker,
            linestyle=line, color=PASS, alpha=shade, markersize=4,
            label=f"{row['depth']} x {row['width']}",
        )  # fmt: skip
    for within in (1e-3, 1e-4):
        ax.axhline(within, color=AID, linewidth=0.8, linestyle=":")
    ax.set(xscale="log", yscale="log", xlabel="gradients on all images, a way")
    ax.set_xticks([500, 1000, 2000], ["500", "1000", "2000"])
    ax.set_xticks([], minor=True)
    ax.legend(frameon=False, fontsize="x-small", ncols=2)
