"""Lines and curves between small transformers on Shakespeare, beside published ones.

Claim: heads and hidden units exchanged, the residual stream turned and heads mixed inside leave at
most half of the barrier of the line as trained, and a curve with the mini-batches of one training
leaves less still; published are a sixth after matching, and 0.04 to 0.06 nats on chains.
Source: Theus et al., "Generalized linear mode connectivity for transformers", 2025, Table 1: GPT-2
of 6 layers and 256 units on Tiny Shakespeare, weights matched by permutations and orthogonal maps.
Zhang et al., arXiv:2605.09991, Table 1: the same size on five other texts, by AdamW. Both as told
by others. Convention: held-out loss, highest above the ends interpolated in time.
Tolerance: as claimed, on means over pairs; the networks are far smaller and less trained, so the
ratio to the published numbers is only told.
Needs the data: `python -m validation networks_published_gpt --data FOLDER`, half an hour on one
core; networks and curves are those of `networks_shakespeare`.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from morseloss.plot.style import INK, PASS
from validation.images import folder_of
from validation.report import Outcome
from validation.runs import runs_of
from validation.texts import shakespeare
from validation.transformers import networks_shakespeare
from validation.transformers.joined import AS_TRAINED, MATCHED, found_on

__all__ = ["TITLE", "barriers", "draw", "judged", "run"]

TITLE = "Lines and curves between small transformers on Shakespeare, beside published ones"
PUBLISHED = {"line, as trained": 2.02, "line, matched": 0.34, "curve, matched": 0.05}
HALF = 0.5


def run(seed: int) -> Outcome:
    """Train networks, lines and curves of one training's length, or read those that are there."""
    experiment = replace(networks_shakespeare.EXPERIMENT, budgets=(1,))
    text = shakespeare(folder_of())
    return judged(found_on(experiment, text, runs_of("networks_shakespeare"), seed))


def barriers(data: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return barriers of held-out loss above the interpolated ends, one a pair."""
    found = {
        "line, as trained": data["lines"][AS_TRAINED],
        "line, matched": data["lines"][MATCHED],
        "curve, matched": data["curves"]["1"][MATCHED],
    }
    return {name: _above(np.array(part["held out"]["profiles"])) for name, part in found.items()}


def judged(data: dict[str, Any]) -> Outcome:
    """Judge what matching and curves leave."""
    found = barriers(data)
    means = {name: float(values.mean()) for name, values in found.items()}
    left = means["line, matched"] / means["line, as trained"]
    told = "; ".join(
        f"{name} {values.mean():.3g} ± {_error(values):.1g} / {PUBLISHED[name]:.3g} "
        f"({values.mean() / PUBLISHED[name]:.2f})"
        for name, values in found.items()
    )
    losses = np.mean([np.mean(blocks) for blocks in data["losses"]["held out"]])
    return Outcome(
        "matching leaves at most half of the line's barrier, a curve less still",
        f"held-out barrier in nats over {len(found['line, matched'])} pairs, ours / published: "
        f"{told}; matching leaves {left:.2f} of the line's barrier, published 0.17; networks have "
        f"{losses:.3g} nats held out, {data['parameters']} weights",
        left <= HALF and means["curve, matched"] < means["line, matched"],
        data,
    )


def draw(data: dict[str, Any]) -> Figure:
    """Draw barriers of each kind, ours pair by pair, and the published ones."""
    figure = Figure(figsize=(6, 4), dpi=100)
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    found = barriers(data)
    for place, (name, values) in enumerate(found.items()):
        axes.plot(np.full(len(values), place), values, "o", color=INK, ms=4)
        axes.plot(place, PUBLISHED[name], "s", color=PASS, mfc="none", ms=7)
    axes.plot([], [], "o", color=INK, ms=4, label=f"ours, {data['parameters']} weights")
    axes.plot([], [], "s", color=PASS, mfc="none", ms=7, label="published, about 5 million")
    axes.set_xticks(range(len(found)), list(found))
    axes.set(ylabel="barrier of held-out loss, nats", ylim=(0, None))
    axes.legend(frameon=False)
    return figure


def _above(profiles: np.ndarray) -> np.ndarray:
    times = np.linspace(0, 1, profiles.shape[1])
    between = (1 - times) * profiles[:, :1] + times * profiles[:, -1:]
    return (profiles - between).max(1)


def _error(values: np.ndarray) -> float:
    return float(np.std(values, ddof=1) / len(values) ** 0.5) if len(values) > 1 else float("nan")
