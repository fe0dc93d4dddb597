"""A network inside a larger one: the loss is kept, and Theorem 2 is carried out (section 3.5).

Claim: (1) networks on scikit-learn's digits compute the same after zeros have been added to their
hidden layers or channels, or an identity layer behind a ReLU; the loss with weight decay then rises
by half the weight decay for each of the ones, no more and no less. (2) Theorem 2: between minima
that the embedded ones descend to, the best path found climbs strictly less high than the best one
found in the small network, the regulariser's shift taken off, for every pair in every case.
The theorem speaks of minimax heights, of which found ones are upper bounds. So both networks get
the same number of steps on the same mini-batches, from the same paths: what more steps alone would
do is no lowering. "Not higher" is then nearly for free, as the old path is one of the larger
network; "strictly lower" is what a new direction must bring. By chance alone a pair would fall in
at most half the cases. The height is what the theorem calls the penalty; how far it is above the
higher end, which falls too, is told beside it and not judged.
Source: sections 3.5 and 3.6 of the paper, Theorem 2 and its proof.
Tolerance: (1) 1e-12 of the loss, in float64; (2) none: 1e-9 of a height counts as rounding.
"""

from collections.abc import Callable

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from torch import nn

import morseloss as ml
from morseloss.networks import (
    Embedded,
    Lowering,
    SweptCurve,
    Training,
    all_pairs,
    deepened,
    initial,
    lowering,
    widened,
)
from morseloss.plot.style import AID, INK, PASS
from validation.modules import dense
from validation.networks.minima_on_digits import DECAY, convolutional, on_digits, trained
from validation.report import Outcome

__all__ = ["TITLE", "draw", "run"]

TITLE = "Networks inside larger ones: the loss is kept; Theorem 2"
TOLERANCE = 1e-12
MINIMA, STEPS, SIZE = 4, 1000, 128
EPOCHS, DESCENT = 100, 1000  # of the minima: on mini-batches, then steps on all images
VECTORS = 20

Points = torch.Tensor
Grow = Callable[[nn.Module, Points], Embedded]


def _wider(module: nn.Module, points: Points) -> Embedded:
    return widened(module, points, 32)


def _deeper(module: nn.Module, points: Points) -> Embedded:
    return deepened(module, points, "0")


def _more_channels(module: nn.Module, points: Points) -> Embedded:
    return widened(module, points, {"0": 16})


KEPT: dict[str, tuple[nn.Module, Grow]] = {
    "tanh, 16 to 32 units": (dense(64, width=16, activation=nn.Tanh), _wider),
    "ReLU, 16 to 32 units": (dense(64, width=16), _wider),
    "ReLU, identity layer": (dense(64, width=16), _deeper),
    "convolution, 8 to 16 channels": (convolutional(8), _more_channels),
    "convolution, identity layer": (convolutional(8), _deeper),
}
LOWERED = tuple(KEPT)[:3]


def run(seed: int) -> Outcome:
    """Embed random vectors in all ways, and paths between minima in those of `LOWERED`."""
    kept = [_kept(name, seed) for name in KEPT]
    minima: dict[str, Points] = {}
    rows = []
    for name in LOWERED:
        module, kind = KEPT[name][0], name.split(",")[0]
        if kind not in minima:
            minima[kind] = trained(
                on_digits(module), MINIMA, seed, epochs=EPOCHS, max_steps=DESCENT
            ).points
        rows.append(_lowered(name, minima[kind], seed))
    worst = max(max(row["error"], row["error_with_decay"]) for row in kept)
    told = "; ".join(
        f"{row['case']}: {sum(row['falls'])} of {len(row['falls'])}, median by {row['fall']:.2g} "
        f"(above the higher end {row['penalties'][0]:.2g}, then {row['penalties'][1]:.2g})"
        for row in rows
    )
    return Outcome(
        f"loss kept to {TOLERANCE:g}; best heights fall for every pair in every case",
        f"loss kept to {worst:.0e} in {len(kept)} ways; heights fall: {told}",
        worst <= TOLERANCE and all(all(row["falls"]) for row in rows),
        {"kept": kept, "rows": rows},
    )


def _kept(name: str, seed: int) -> dict:
    """Compare losses, without weight decay and with it, before and after."""
    module, grow = KEPT[name]
    land = on_digits(module)
    points = initial(land, VECTORS, generator=torch.Generator().manual_seed(seed))
    larger = grow(module, points)
    before, after = land.value(points), on_digits(larger.module).value(larger.points)
    shift, half = larger.shift(DECAY), DECAY / 2
    bare = before - half * (points**2).sum(1), after - half * (larger.points**2).sum(1)
    return {
        "case": name,
        "parameters": [land.dim, larger.points.shape[1]],
        "shift": shift,
        "error": float(((bare[1] - bare[0]) / bare[0]).abs().max()),
        "error_with_decay": float(((after - shift - before) / before).abs().max()),
    }


def _lowered(name: str, minima: Points, seed: int) -> dict:
    """Join all pairs in the small network, and lower the paths in the larger one."""
    module, grow = KEPT[name]
    land, method = on_digits(module), SweptCurve(steps=STEPS)
    first, second = minima[torch.from_numpy(all_pairs(len(minima)).T)]
    generator = torch.Generator().manual_seed(seed)
    paths = ml.find_paths(
        land.batches(SIZE, generator=generator), first, second, method,
        generator=generator, max_steps=STEPS,
    )  # fmt: skip
    found = lowering(
        land, paths, lambda points: grow(module, points),
        Training(method, STEPS, SIZE, points=16), generator=generator,
    )  # fmt: skip
    return {"case": name, "shift": found.shift, **_told(found)}


def _told(found: Lowering) -> dict:
    return {
        "falls": found.holds.tolist(),
        "fall": float(np.median(found.old_heights - found.heights)),
        "old_heights": found.old_heights.tolist(),
        "inherited": found.inherited.tolist(),
        "heights": found.heights.tolist(),
        "old_ends": found.old_values.amax(1).tolist(),
        "ends": found.values.amax(1).tolist(),
        "penalties": [float(np.median(p)) for p in (found.old_penalties, found.penalties)],
        "gradient_norms": found.gradient_norms.tolist(),
    }


def draw(data: dict) -> Figure:
    """Draw the best heights and the higher ends of each pair, before and after."""
    figure = Figure(figsize=(3.6 * len(data["rows"]), 4.4), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(data["rows"])))
    for axes, row in zip(panels, data["rows"], strict=True):
        for pair, falls in enumerate(row["falls"]):
            for shift, ends, tops, colour in (
                (-0.14, row["old_ends"], row["old_heights"], PASS),
                (0.14, row["ends"], row["heights"], INK),
            ):
                x = pair + shift
                axes.plot([x, x], [ends[pair], tops[pair]], color=colour, linewidth=3)
            if not falls:
                at = max(row["old_heights"][pair], row["heights"][pair])
                axes.annotate(
                    "=", (pair, at), (0, 4), textcoords="offset points", ha="center",
                    color=AID, fontsize=11,
                )  # fmt: skip
        axes.set_xticks(range(len(row["falls"])), [str(k + 1) for k in range(len(row["falls"]))])
        axes.set(xlim=(-0.6, len(row["falls"]) - 0.4), xlabel="pair of minima")
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.margins(y=0.12)
        axes.set_title(
            f"{row['case']}\n{sum(row['falls'])} of {len(row['falls'])} lower", fontsize="medium"
        )
    panels[0].set_ylabel("loss on all images, shift taken off")
    figure.legend(
        handles=[
            Line2D([], [], color=PASS, linewidth=3, label="small network, higher end to top"),
            Line2D([], [], color=INK, linewidth=3, label="larger network"),
            Line2D([], [], color=AID, marker="$=$", linestyle="", label="no lower path found"),
        ],
        loc="outside lower center", ncols=3, frameon=False,
    )  # fmt: skip
    return figure
