"""Whether the barcode is stable when there are more networks (section 3.3 of the paper).

Claim: of nested sets of 4, 8, 16 and 32 ReLU networks 64-16-16-10 on digits, in random order, the
mean bar stays the same from set to set, where each *way* has had the same number of gradients on
all images: no step from one set to the next is more than two standard errors of the difference.
Not judged, and told beside it: the same at equal gradients a *pair* of networks, which is what more
networks cost as the paper counts it. A relay joins each network to the lowest, so there each way
has `n / 2` times as many, and bars fall: that is the budget and not the landscape. It was paid for
in the two smallest sets only. The TO-score is that of the longest bar, which can only be drawn
longer from a larger set. Bars with stations as points, births, how far these may still fall, the
bottleneck distance between the finite bars of successive sets, and both nulls at the smallest set.
With more networks the lowest of all lies lower, so even without any noise a barcode moves.
Source: section 3.3, "behaves quite stable with increasing number of minima".
Tolerance: two standard errors over bars. Sets share networks and are lowered anew each, so the
errors of a difference are somewhat too large, and those of a set, whose bars share the lowest
network, somewhat too small.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.networks import (
    LBFGS,
    Cosine,
    Descent,
    Ladder,
    Relay,
    Relayed,
    Run,
    converge,
    ladder,
)
from morseloss.plot.style import AID, INK, LEAF, PASS
from validation.depth.finished import NULLS, lengths_at, told
from validation.modules import dense
from validation.networks.minima_on_digits import on_digits
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Barcodes of nested sets of 4 to 32 networks on digits, at equal gradients a way and a pair"
SETS, WIDTH = (4, 8, 16, 32), 16
EPOCHS, STEPS, SIZE, RATE, FLAT, FURTHER = 60, 2000, 128, 3e-3, 1e-4, 100
WAY = 2100.0  # gradients on all images of each way, at which sets are compared
FAR = {4: 2100.0, 8: 4200.0, 16: 2100.0, 32: 2100.0}  # a way; to equal gradients a pair, two
METHOD = Relay()
SIGNIFICANT, TINY = 2.0, 1e-12  # standard errors, and the least that one is


def run(seed: int) -> Outcome:
    """Train the networks once and join each set, in folders that can be gone on with."""
    folder, land = runs_of("networks_many"), on_digits(dense(64, width=WIDTH))
    with Run(folder / "all", land, seed=seed) as whole:
        finish = LBFGS(ftol=FLAT)
        whole.train(
            SETS[-1], Descent(Cosine(RATE, EPOCHS), EPOCHS, SIZE, finish=finish, steps=STEPS)
        )
        minima = whole.minima.double()
    order = torch.randperm(len(minima), generator=torch.Generator().manual_seed(seed))
    minima = minima[order]
    values = land.value(minima)
    further = converge(land, minima, LBFGS(ftol=0.0), max_steps=FURTHER)
    rows, nulls = [], {}
    for count in SETS:
        with Run(folder / str(count), land, seed=seed + count) as part:
            part.add(minima[:count], f"the first {count}")
            part.relay(method=METHOD, budget=FAR[count] * 2 / count)
            rows.append({"networks": count, "far": FAR[count], **told(part.ladder("relay"))})
            if count == SETS[0]:
                nulls = {name: told(_null(part, null)) for name, null in NULLS.items()}
    return judged(
        {
            "way": WAY, "parameters": land.dim, "births": values.tolist(),
            "falls": (values - land.value(further.points)).tolist(), "rows": rows, **nulls,
        }
    )  # fmt: skip


def _null(part: Run, null: Callable[..., Relayed]) -> Ladder:
    return ladder(part.relay(method=METHOD, budget=WAY, null=null))


def judged(data: dict) -> Outcome:
    """Compare each set with the next, from the numbers alone."""
    rows, way = data["rows"], data["way"]
    means = [lengths_at(row, way) for row in rows]
    steps = [
        (after[0] - before[0]) / max(np.hypot(before[1], after[1]), TINY)
        for before, after in pairwise(means)
    ]
    return Outcome(
        f"mean bars at {way:.0f} gradients a way: no set differs from the next by more than "
        f"{SIGNIFICANT:.0f} standard errors",
        f"{'; '.join(_said(row, data) for row in rows)}; steps of "
        f"{', '.join(f'{step:+.1f}' for step in steps)} standard errors; bottleneck distances "
        f"{', '.join(f'{far:.1e}' for far in _distances(rows, way))}; nulls at {way:.0f}: closed "
        f"{lengths_at(data['closed'], way)[0]:.1e}, copies {lengths_at(data['copies'], way)[0]:.1e}"
        f"; births may fall {max(data['falls']):.1e}",
        bool(np.abs(steps).max() <= SIGNIFICANT),
        data,
    )


def _said(row: dict[str, Any], data: dict) -> str:
    mean, error = lengths_at(row, data["way"])
    equal = _of_equal_pairs(row, data)
    return (
        f"{row['networks']} networks: {mean:.1e} ± {error:.1e}, TO-score "
        f"{ml.to_score(_bars(row, data['way'])):.1e}"
        + (f" (at {_pair(data):.0f} a pair {equal[0]:.1e} ± {equal[1]:.1e})" if equal else "")
    )


def _pair(data: dict) -> float:
    """Gradients a pair of the smallest set, when each of its ways had those of a way."""
    return data["way"] * 2 / data["rows"][0]["networks"]


def _of_equal_pairs(row: dict[str, Any], data: dict) -> tuple[float, float] | None:
    """Mean bar at as many gradients a pair as the smallest set had; None if it was not paid for."""
    asked = _pair(data) * row["networks"] / 2
    return lengths_at(row, asked) if asked <= row["far"] else None


def _bars(row: dict[str, Any], budget: float) -> ml.Diagram:
    """The barcode at the last look within a budget, with its endless bar left out."""
    within = max(1, int(np.searchsorted(row["budgets"], budget, "right")))
    births = np.array(row["births"])
    return ml.Diagram(births=births, deaths=births + np.array(row["lengths"][within - 1]))


def _distances(rows: list[dict[str, Any]], budget: float) -> list[float]:
    """Bottleneck distances between the finite bars of successive sets."""
    bars = [_bars(row, budget) for row in rows]
    return [ml.bottleneck_distance(before, after) for before, after in pairwise(bars)]


def draw(data: dict) -> Figure:
    """Draw mean and longest bars over the sets, and the barcodes themselves."""
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_means(left, data)
    _draw_bars(right, data)
    return figure


def _draw_means(ax: Axes, data: dict) -> None:
    rows, way = data["rows"], data["way"]
    counts = np.array([row["networks"] for row in rows])
    means, errors = np.array([lengths_at(row, way) for row in rows]).T
    ax.errorbar(
        counts, means, errors, fmt="o-", color=PASS, capsize=3, label=f"{way:.0f} gradients a way"
    )
    longest = [max(_bars(row, way).lifetimes) for row in rows]
    ax.plot(counts, longest, "v:", color=PASS, fillstyle="none", label="longest bar there")
    equal = [(row["networks"], *part) for row in rows if (part := _of_equal_pairs(row, data))]
    at, mean, error = np.array(equal).T
    ax.errorbar(
        at, mean, error, fmt="s--", color=LEAF, capsize=3,
        label=f"{_pair(data):.0f} gradients a pair",
    )  # fmt: skip
    for name, style, label in (
        ("closed", "--", "ways from a network to itself"),
        ("copies", ":", "ways to its shuffled copy"),
    ):
        ax.axhline(lengths_at(data[name], way)[0], color=INK, linestyle=style, label=label)
    top = 1.5 * max(longest) or None  # room for the legend
    ax.set(xscale="log", ylim=(0, top), xlabel="networks", ylabel="length of bars")
    ax.set_xticks(counts, [str(count) for count in counts])
    ax.set_xticks([], minor=True)
    ax.legend(frameon=False, fontsize="small", ncols=2, loc="upper center")


def _draw_bars(ax: Axes, data: dict) -> None:
    """The bars of each set side by side, in the order of their births, where they lie."""
    ticks = []
    for place, row in enumerate(data["rows"]):
        bars = _bars(row, data["way"])
        xs = place + np.linspace(-0.35, 0.35, len(bars))
        order = np.argsort(bars.births)
        ax.vlines(xs, bars.births[order], bars.deaths[order], color=PASS, linewidth=1.6)
        ax.plot(xs, bars.births[order], "o", color=INK, markersize=2.5)
        lowest = min(data["births"][: row["networks"]])
        ax.hlines(lowest, place - 0.4, place + 0.4, color=AID, linewidth=1.1)
        ticks.append(str(row["networks"]))
    ax.plot([], [], color=AID, label="lowest network")
    ax.plot([], [], "o", color=INK, markersize=2.5, label="births")
    ax.set_xticks(range(len(ticks)), ticks)
    ax.set(xlabel="networks", ylabel="loss on all images")
    ax.legend(frameon=False, fontsize="small")
