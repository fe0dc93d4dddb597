"""One experiment at several depths: networks, paths between them, bars (section 4.1 of the paper).

The one idea: a row of numbers a depth, from a run in a folder, so that what was interrupted goes
on; whether bars change with depth is judged by the jackknife over networks, since all bars of a
barcode share its paths.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

import morseloss as ml
from morseloss.networks import (
    LBFGS,
    Archive,
    Cyclical,
    Descent,
    NetworkLandscape,
    Run,
    SlopeRecord,
    SweptCurve,
    Training,
    repeated,
    subgraph,
)
from validation.images import Images
from validation.modules import dense

__all__ = ["KINDS", "Experiment", "falls", "rows", "slopes_of", "told", "trend"]

LOWEST, HIGHEST, CYCLES = 1e-4, 3e-3, 6  # rates of the cyclical schedule; each cycle half as high
SIZE = 128  # images a step of the training
KINDS = {"as trained": False, "aligned": True}
SIGNIFICANT = 2.0  # standard errors


@dataclass(frozen=True)
class Experiment:
    """What is done at each depth.

    Parameters
    ----------
    depths : tuple of int
        Hidden layers.
    minima : int
        Networks, from random starts.
    epochs, steps : int
        Of their training: on mini-batches with Adam, then on all images with L-BFGS.
    weight_decay : float
    budgets : tuple of (int, int)
        Steps of a path, and how many times all paths are trained with so many.
    batch : int
        Images a step of a path.
    dtype : torch.dtype
        In which networks are trained. Paths are trained in single precision, and all values are
        measured in double.
    """

    depths: tuple[int, ...]
    minima: int
    epochs: int
    steps: int
    weight_decay: float
    budgets: tuple[tuple[int, int], ...]
    batch: int = 128
    dtype: torch.dtype = torch.float64

    def gradients(self, steps: int, images: int) -> float:
        """Return the budget of so many steps: gradients on all images, for one path."""
        return steps * min(self.batch, images) / images


def rows(experiment: Experiment, images: Images, folder: Path, seed: int) -> list[dict[str, Any]]:
    """Train and join networks of each depth, in folders beside each other; one row a depth."""
    return [_of_depth(depth, experiment, images, folder, seed) for depth in experiment.depths]


def _of_depth(
    depth: int, experiment: Experiment, images: Images, folder: Path, seed: int
) -> dict[str, Any]:
    land = _landscape(depth, experiment, images)
    row: dict[str, Any] = {"depth": depth, "parameters": land.dim, "paths": []}
    with Run(folder / f"depth-{depth}", land, seed=seed) as run:
        cycles = Cyclical(LOWEST, HIGHEST, half=experiment.epochs / CYCLES / 2, shrink=0.5)
        descent = Descent(
            cycles, experiment.epochs, SIZE, finish=LBFGS(ftol=1e-4), steps=experiment.steps,
            dtype=experiment.dtype,
        )  # fmt: skip
        run.train(experiment.minima, descent)
        for name in ("value", "gradient_norm", "fall"):
            row[name] = [measure[name] for measure in run.measures]
        for kind, aligned in KINDS.items():
            for steps, repeats in experiment.budgets:
                label = f"{kind}, {steps} steps"
                method = SweptCurve(steps=steps)
                batch = min(experiment.batch, len(land))
                training = Training(method, steps, batch, aligned, dtype=torch.float32)
                run.connect(label, training, repeats=repeats)
                graphs = [run.graph(label, repeat) for repeat in range(repeats)]
                row["paths"].append({"kind": kind, "steps": steps, **_summary(graphs)})
    return row


def _landscape(depth: int, experiment: Experiment, images: Images) -> NetworkLandscape:
    inputs, targets = images
    return NetworkLandscape(
        dense(inputs.shape[1], depth), nn.functional.cross_entropy, inputs, targets,
        weight_decay=experiment.weight_decay,
    )  # fmt: skip


def _summary(graphs: Sequence[ml.LandscapeGraph]) -> dict[str, Any]:
    """Bars of all repeats, and the mean length with its error."""
    again = repeated(graphs)
    floor = graphs[0].values[graphs[0].edges].max(axis=1)
    length, error = _mean_length(graphs)
    return {
        "deaths": again.deaths.draws.tolist(),
        "scores": again.score.draws.tolist(),
        "length": length,
        "error": error,
        "penalty": float(np.median([graph.weights - floor for graph in graphs])),
    }


def _mean_length(graphs: Sequence[ml.LandscapeGraph]) -> tuple[float, float]:
    """Mean length of finite bars, over repeats; its standard error by the jackknife over minima."""
    count = len(graphs[0])

    def mean(without: int | None) -> float:
        kept = np.array([row for row in range(count) if row != without])
        bars = [ml.barcode(subgraph(graph, kept)) for graph in graphs]
        return float(np.mean([bar.lifetimes[np.isfinite(bar.lifetimes)].mean() for bar in bars]))

    fewer = np.array([mean(row) for row in range(count)])
    spread = np.sqrt((count - 1) / count * ((fewer - fewer.mean()) ** 2).sum())
    return mean(None), float(spread)


def trend(found: list[dict[str, Any]], kind: str, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean length of the bars at each depth, and its standard error."""
    parts = [
        part
        for row in found
        for part in row["paths"]
        if (part["kind"], part["steps"]) == (kind, steps)
    ]
    return np.array([part["length"] for part in parts]), np.array([part["error"] for part in parts])


def falls(found: list[dict[str, Any]], kind: str, steps: int) -> float:
    """Return by how many standard errors bars at the last depth are shorter than at the first."""
    lengths, errors = trend(found, kind, steps)
    return float((lengths[0] - lengths[-1]) / np.hypot(errors[0], errors[-1]))


def told(experiment: Experiment, found: list[dict[str, Any]], images: int) -> str:
    """Return in words how the mean length of bars changes with depth, at which budget."""
    parts = []
    for kind in KINDS:
        for steps, _ in experiment.budgets:
            lengths, errors = trend(found, kind, steps)
            fall = falls(found, kind, steps)
            way = "shorter" if fall > SIGNIFICANT else "longer"
            way = way if abs(fall) > SIGNIFICANT else "no trend"
            numbers = ", ".join(
                f"{length:.2g} ± {error:.1g}" for length, error in zip(lengths, errors, strict=True)
            )
            parts.append(
                f"{kind}, {experiment.gradients(steps, images):.0f} gradients a path: {numbers} "
                f"({way}, {abs(fall):.1f} standard errors)"
            )
    return "; ".join(parts)


def slopes_of(
    experiment: Experiment, images: Images, folder: Path, seed: int, *, looks: int = 6
) -> dict[str, Any]:
    """Train one path of the least deep networks again, and look at its slopes now and then."""
    inputs, targets = images
    depth, steps = experiment.depths[0], experiment.budgets[0][0]
    land = _landscape(depth, experiment, images)
    with Archive(folder / f"depth-{depth}") as archive:
        ends = archive.minima[:2].float().to(inputs.device)
    method = SweptCurve(steps=steps)
    generator = torch.Generator().manual_seed(seed)
    record = SlopeRecord(land, method.curve, every=max(1, steps // looks))
    ml.find_paths(
        land.batches(min(experiment.batch, len(targets)), generator=generator), ends[:1], ends[1:],
        method, generator=generator, max_steps=steps, trace=record,
    )  # fmt: skip
    return {
        "title": f"a path of networks with {depth} hidden layers, while it is trained",
        "steps": record.steps,
        "times": record.slopes[0].times.tolist(),
        **{
            part: [getattr(look, part)[0].tolist() for look in record.slopes]
            for part in ("tangential", "normal")
        },
    }
