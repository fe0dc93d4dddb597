"""Ten ResNet-20 on CIFAR-10 and the lowest ways between them, beside AutoNEB's.

Claim: training losses of the minima and of the saddles of the minimum spanning tree lie within a
factor of two of the published 0.0162 and 0.0324.
Source: Draxler et al., "Essentially no barriers in neural network energy landscape", 2018; numbers
of their `Evaluate.ipynb`: ten minima, losses without weight decay, saddles by AutoNEB, 0.0162 above
the minima. Here curves with three bends, each with a quarter of the mini-batches of a training, in
its place; the recipe is that of He et al., 2016, without shifted and mirrored images. Batch
normalisation is by the images given, at each point of a path (statistics reset); theirs is not
told.
Tolerance: a factor of two on the means.
Not measured yet. Needs CIFAR-10 and a GPU: `python -m validation --preset gpu --data FOLDER --out
FOLDER --missing --minutes 9`, given again until it returns something else than 2.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn

import morseloss as ml
from morseloss.networks import Descent, Momentum, NetworkLandscape, Run, SweptCurve, Training, along
from morseloss.plot.style import INK, PASS
from validation.convolutions.photographs import photographs, standardised
from validation.convolutions.recipes import Steps
from validation.convolutions.residual import resnet
from validation.images import folder_of
from validation.report import Outcome
from validation.runs import runs_of
from validation.whole.on_gpu import gpu, watched

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Ten ResNet-20 on CIFAR-10 and the saddles of their spanning tree, beside AutoNEB's"
PUBLISHED = {"minima": 0.0162, "saddles": 0.0324}
DEPTH, WIDTH, NETWORKS, IMAGES = 20, 16, 10, None
EPOCHS, SIZE, DECAY, RATE = 164, 128, 1e-4, 0.1
SHARE, TIMES, POINTS, CHUNK = 0.25, 33, 16, 5000
FACTOR = 2.0
NEEDS = (
    "2 PFLOP a training, and with 45 curves 43 PFLOP by arithmetic, an hour where 12 TFLOP a "
    "second are reached"
)


def run(seed: int) -> Outcome:
    """Train networks and join all pairs of them, in a folder that can be gone on with."""
    device = gpu(NEEDS, "networks_published_depth")
    folder = runs_of("networks_published_resnet")
    with watched(device, folder) as usage:
        found = _found(_landscape(device), folder / "networks", seed)
    return judged({**found, "usage": usage})


def judged(data: dict[str, Any]) -> Outcome:
    """Judge minima and saddles."""
    means = {"minima": np.mean(data["births"]), "saddles": np.mean(data["deaths"])}
    errors = {
        "minima": np.std(data["births"], ddof=1) / len(data["births"]) ** 0.5,
        "saddles": np.std(data["deaths"], ddof=1) / len(data["deaths"]) ** 0.5,
    }
    ratios = {name: float(mean / PUBLISHED[name]) for name, mean in means.items()}
    told = ", ".join(
        f"{name} {mean:.4g} ± {errors[name]:.1g} / {PUBLISHED[name]:.4g} ({ratios[name]:.2f})"
        for name, mean in means.items()
    )
    return Outcome(
        "minima and saddles within a factor of two of AutoNEB's",
        f"training loss, ours / published: {told}; mean bar {np.mean(data['lengths']):.3g}; curves "
        f"with {data['gradients']:.0f} gradients on all {data['images']} images; {data['batches']}",
        all(1 / FACTOR <= ratio <= FACTOR for ratio in ratios.values()),
        data,
    )


def draw(data: dict[str, Any]) -> Figure:
    """Draw the bars, and where the published means are."""
    figure = Figure(figsize=(6, 4), dpi=100)
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    finite = sorted(zip(data["bar_births"], data["deaths"], strict=True))
    for place, (birth, death) in enumerate(finite):
        axes.plot([place, place], [birth, death], color=INK, lw=4)
    lowest = min(data["births"])
    axes.plot(-1, lowest, "o", color=INK, label="lowest minimum")
    for name, value in PUBLISHED.items():
        axes.axhline(
            value, color=PASS, ls="--" if name == "saddles" else ":", label=f"{name}, published"
        )
    axes.set(xlabel="bars", ylabel="training loss", ylim=(0, None), xticks=[])
    axes.legend(frameon=False)
    return figure


def _landscape(device: torch.device) -> NetworkLandscape:
    (inputs, targets), (others, _) = (
        photographs(folder_of(), "cifar10", part, count)
        for part, count in (("train", IMAGES), ("test", 1))
    )
    inputs = standardised(inputs, others)[0]
    return NetworkLandscape(
        resnet(DEPTH, WIDTH), nn.functional.cross_entropy, inputs.to(device), targets.to(device),
        weight_decay=DECAY, chunk=CHUNK,
    )  # fmt: skip


def _found(land: NetworkLandscape, folder: Path, seed: int) -> dict[str, Any]:
    steps = int(SHARE * EPOCHS * (len(land) // SIZE))
    rate = Steps(RATE, (EPOCHS / 2, 3 * EPOCHS / 4))
    descent = Descent(rate, EPOCHS, SIZE, Momentum(0.9), finish=None, dtype=torch.float32)
    training = Training(SweptCurve(steps=steps), steps, SIZE, points=POINTS, dtype=torch.float32)
    with Run(folder, land, seed=seed) as run:
        run.train(NETWORKS, descent)
        run.connect("curves", training, together=NETWORKS)
        paths, edges = run.paths("curves"), run.graph("curves").edges
    paths = replace(paths, controls=paths.controls.to(land.device))
    seen = along(land, paths, times=TIMES, metrics={})
    losses = seen.measure("loss").double().cpu().numpy()
    births = np.zeros(NETWORKS)
    births[edges[:, 0]], births[edges[:, 1]] = losses[:, 0], losses[:, -1]
    bars = ml.barcode((births, edges, losses.max(1)))
    finite = np.isfinite(bars.lifetimes)
    return {
        "births": births.tolist(),
        "bar_births": bars.births[finite].tolist(),
        "deaths": bars.deaths[finite].tolist(),
        "lengths": bars.lifetimes[finite].tolist(),
        "tops": losses.max(1).tolist(),
        "gradients": steps * SIZE / len(land),
        "images": len(land),
        "batches": seen.convention,
    }
