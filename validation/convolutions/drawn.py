"""`draw_rows`: minima, tops at each budget, and bars beside what the method leaves, for each case.

The one idea: two panels, one case a column; what is pale was seen at a smaller budget.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from morseloss.plot.style import INK, LEAF, PASS
from validation.convolutions.measures import bars, births, left, tops

__all__ = ["draw_bars", "draw_rows", "draw_tops"]

KINDS = {
    "closed": ("from a network to itself", "s", INK),
    "copies": ("to its shuffled copy", "^", LEAF),
    "falls": ("births may still fall", "_", "0.35"),
}
FLOOR = 1e-6  # of the picture


def draw_rows(rows: list[dict[str, Any]], width: float = 0.45) -> Figure:
    """Draw both panels; so many inches a case."""
    figure = Figure(figsize=(max(9.0, 2 * width * len(rows) + 3), 5.0), layout="constrained")
    left_axes, right_axes = figure.subplots(1, 2)
    draw_tops(left_axes, rows)
    draw_bars(right_axes, rows)
    return figure


def draw_tops(ax: Axes, rows: list[dict[str, Any]]) -> None:
    """Draw losses of networks, and at which their bars end, at each budget."""
    budgets = _budgets(rows)
    for look, budget in enumerate(budgets):
        label = f"tops at {budget:.0f} gradients a way"
        there = [tops(row, min(look, _last(row))) for row in rows]  # what is level stays so
        _dots(ax, there, "o", PASS, label, 0.12, (look + 1) / len(budgets))
    _dots(ax, [births(row) for row in rows], "s", INK, "minima", -0.12, 1.0)
    _columns(ax, rows, "loss, weight decay included")


def draw_bars(ax: Axes, rows: list[dict[str, Any]]) -> None:
    """Draw bars at the last budget, and what nulls climb and births may fall."""
    last = _budgets(rows)[-1]
    found = [np.maximum(bars(row), FLOOR) for row in rows]
    _dots(ax, found, "o", PASS, f"bars at {last:.0f} gradients a way", -0.15, 1.0)
    for place, (kind, (label, marker, colour)) in enumerate(KINDS.items()):
        there = [(x, left(row)[kind]) for x, row in enumerate(rows) if kind in left(row)]
        if there:
            x, y = np.array(there).T
            ax.plot(x + 0.1 * place, np.maximum(y, FLOOR), marker, color=colour, label=label)
    _columns(ax, rows, f"climb above the higher end\n(below {FLOOR:g} drawn there)")


def _last(row: dict[str, Any]) -> int:
    return len(row["sample"]["budgets"]) - 1


def _budgets(rows: list[dict[str, Any]]) -> list[float]:
    """Budgets of the looks, of the row that was looked at most often."""
    return rows[max(range(len(rows)), key=lambda place: _last(rows[place]))]["sample"]["budgets"]


def _dots(
    ax: Axes, columns: list[np.ndarray], marker: str, colour: str, label: str, shift: float,
    shade: float,
) -> None:  # fmt: skip
    places = np.concatenate(
        [np.full(len(column), place + shift) for place, column in enumerate(columns)]
    )
    ax.plot(
        places, np.concatenate(columns), marker, color=colour, alpha=shade, markersize=4,
        label=label,
    )  # fmt: skip


def _columns(ax: Axes, rows: list[dict[str, Any]], label: str) -> None:
    ax.set_yscale("log")
    names = [row["name"] for row in rows]
    ax.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize="small")
    ax.set(xlim=(-0.5, len(names) - 0.5), ylabel=label)
    ax.legend(fontsize="small", ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
