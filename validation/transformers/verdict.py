"""What the paper says of transformers, judged by numbers, and their figure.

The one idea: two questions with an answer each. Do seeds fall into two levels: is the largest gap
between their losses far wider than the rest and than the error of sampling? So it is by chance for
some samples of one law, and how often is told beside it. Does a barrier stay:
at the largest budget, is the mean penalty above that of a loop from a network to itself, whose
pass is known?
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import INK, PASS
from validation.report import Outcome
from validation.transformers.joined import AS_TRAINED, CLOSED, MATCHED, PERMUTED

__all__ = ["by_chance", "draw", "judged", "levels", "penalty"]

GAP, SIGNIFICANT = 3.0, 2.0
DRAWS = 100_000
FALL = 1e-3  # nats
STAYS, GONE = "a barrier stays", "none is seen"
COLOURS = {AS_TRAINED: INK, MATCHED: PASS, CLOSED: "0.6"}


def judged(data: dict[str, Any]) -> Outcome:
    """Judge the paper's two statements."""
    last = max(data["curves"], key=int)
    gap, within, error = levels(data)
    two = gap > GAP * within and gap > SIGNIFICANT * error
    stays = {kind: _stays(data, last, kind) for kind in (AS_TRAINED, MATCHED)}
    parts = [
        f"losses {_numbers(data)}: largest gap {gap:.2g}, spread on its sides {within:.2g}, error "
        f"of a difference {error:.1g}: {_levels(two, len(data['losses']['train']))}"
    ]
    for kind in (AS_TRAINED, MATCHED):
        line = _line(data, kind)
        curves = ", ".join(f"{_told(data, budget, kind)} at {budget}x" for budget in data["curves"])
        parts.append(
            f"{kind}: line {line:.3g}; curves {curves}, mean bar {_bar(data, last, kind):.2g}: "
            f"{stays[kind]}"
        )
    parts.append(f"only permuted: line {_line(data, PERMUTED):.3g}")
    loops = ", ".join(f"{_told(data, budget, CLOSED)} at {budget}x" for budget in data["curves"])
    below = np.mean([_below(data, last, kind) for kind in (AS_TRAINED, MATCHED)])
    return Outcome(
        f"two levels of loss, and a barrier that stays at {last} times the budget, as in the paper",
        f"{data['parameters']} weights, {data['tokens']} tokens, a training is "
        f"{data['experiment']['lengths']}; " + "; ".join(parts) + f"; null, loops: {loops}; at "
        f"{last}x curves fall by {below:.2g} below their lower end"
        + ", so the ends are no minima"
        * bool(below > FALL),
        bool(two and stays[AS_TRAINED] == STAYS),
        data,
    )


def levels(data: dict[str, Any]) -> tuple[float, float, float]:
    """Return the largest gap between losses, the widest spread on a side, and a gap's error."""
    blocks = np.array(data["losses"]["train"])
    blocks = blocks[blocks.mean(1).argsort()]
    gap, within, cut = (part[0] for part in _gaps(blocks.mean(1)[None]))
    apart = blocks[cut + 1] - blocks[cut]
    error = np.std(apart, ddof=1) / len(apart) ** 0.5
    return float(gap), float(within), float(error)


def by_chance(count: int) -> float:
    """Return how often so many losses drawn from one normal law have a gap as wide as asked."""
    draws = np.random.default_rng(0).standard_normal((DRAWS, count))
    gap, within, _ = _gaps(np.sort(draws, axis=1))
    return float(np.mean(gap > GAP * within))


def penalty(data: dict[str, Any], budget: str, kind: str) -> tuple[float, float]:
    """Return the mean penalty of curves, and its standard error: over curves, and of sampling."""
    found = data["curves"][budget][kind]["train"]
    values = np.array(found["penalties"])
    sampling = float(np.mean(found["errors"]))
    over = np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return float(values.mean()), float(np.hypot(over, sampling))


def draw(data: dict[str, Any]) -> Figure:
    """Draw losses along lines and curves, and the barcodes."""
    budgets = list(data["curves"])
    figure = Figure(figsize=(4 * (len(budgets) + 1), 7), dpi=100)
    figure.set_layout_engine("constrained")
    for row, kind in enumerate((AS_TRAINED, MATCHED)):
        panels = [("line", data["lines"][kind])]
        panels += [(f"{budget}x", data["curves"][budget][kind]) for budget in budgets]
        shared = None
        for column, (name, found) in enumerate(panels):
            place = row * len(panels) + column + 1
            axes = figure.add_subplot(2, len(panels), place, sharey=shared if column > 1 else None)
            shared = axes if column == 1 else shared
            _profiles(axes, found, COLOURS[kind])
            axes.set_title(f"{kind}, {name}", fontsize=9)
            if column:
                _bars(axes, data, budgets[column - 1], kind)
                _profiles(axes, data["curves"][budgets[column - 1]][CLOSED], COLOURS[CLOSED])
                axes.plot([], [], color=COLOURS[CLOSED], label="null: a loop")
                axes.legend(frameon=False, fontsize=7, loc="upper center")
            if not column:
                axes.set_ylabel("loss, nats a token")
            axes.set_xlabel("time on the path" + " | bars" * bool(column))
    return figure


def _gaps(losses: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return largest gaps, wider spreads of their two sides, and where they are.

    Losses are in order, shape (samples, count).
    """
    gaps = np.diff(losses, axis=1)
    cut, rows = gaps.argmax(1), np.arange(len(losses))
    below, above = losses[rows, cut] - losses[:, 0], losses[:, -1] - losses[rows, cut + 1]
    return gaps[rows, cut], np.maximum(below, above), cut


def _levels(two: bool, count: int) -> str:
    if not two:
        return "no two levels"
    return f"two levels, as {by_chance(count):.0%} of draws from one normal law have"


def _stays(data: dict[str, Any], budget: str, kind: str) -> str:
    """Say whether what curves leave is more than nothing, and more than is left of loops."""
    found, error = penalty(data, budget, kind)
    null, null_error = penalty(data, budget, CLOSED)
    if found <= SIGNIFICANT * error:
        return GONE
    more = found - null > SIGNIFICANT * float(np.hypot(error, null_error))
    return STAYS if more else "no more than the method leaves on loops"


def _line(data: dict[str, Any], kind: str) -> float:
    return float(np.mean(data["lines"][kind]["train"]["penalties"]))


def _told(data: dict[str, Any], budget: str, kind: str) -> str:
    mean, error = penalty(data, budget, kind)
    return f"{mean:.2g} ± {error:.1g}"


def _numbers(data: dict[str, Any]) -> str:
    losses = sorted(float(np.mean(blocks)) for blocks in data["losses"]["train"])
    return ", ".join(f"{loss:.4g}" for loss in losses)


def _below(data: dict[str, Any], budget: str, kind: str) -> float:
    profiles = np.array(data["curves"][budget][kind]["train"]["profiles"])
    return float(np.mean(np.minimum(profiles[:, 0], profiles[:, -1]) - profiles.min(1)))


def _barcode(data: dict[str, Any], budget: str, kind: str) -> ml.Diagram:
    found = data["curves"][budget][kind]
    births = np.array([np.mean(blocks) for blocks in data["losses"]["train"]])
    pairs = np.array(found["pairs"])
    tops = births[pairs].max(1) + np.array(found["train"]["penalties"])
    return ml.barcode((births, pairs, tops))


def _bar(data: dict[str, Any], budget: str, kind: str) -> float:
    lifetimes = _barcode(data, budget, kind).lifetimes
    return float(lifetimes[np.isfinite(lifetimes)].mean())


def _profiles(axes: Axes, found: dict[str, Any], colour: str) -> None:
    profiles = np.array(found["train"]["profiles"])
    times = np.linspace(0, 1, profiles.shape[1])
    axes.plot(times, profiles.T, color=colour, lw=1)


def _bars(axes: Axes, data: dict[str, Any], budget: str, kind: str) -> None:
    """Bars beside the curves, on the same scale of losses."""
    bars = _barcode(data, budget, kind)
    top = max(float(np.max(profile)) for profile in _every(data))
    for place, (birth, death) in enumerate(zip(bars.births, bars.deaths, strict=True)):
        at = 1.1 + 0.07 * place
        axes.plot([at, at], [birth, min(death, top)], color=COLOURS[kind], lw=3)
        axes.plot(at, birth, color=COLOURS[kind], marker="o", ms=5)


def _every(data: dict[str, Any]) -> list[list[float]]:
    return [
        profile
        for found in data["curves"].values()
        for kind in found.values()
        for profile in kind["train"]["profiles"]
    ]
