"""How bars of a small residual network vary over samples of networks and over paths.

Claim, the paper's: barcodes of samples of 4 networks are robust and do not depend on random
initialisations (Figure 11). Here the network of Table 5, in the reading of 195k weights, has 8
channels first in place of 16; 6 networks are trained on the first 256 images of CIFAR-10, pooled to
16 x 16, weight decay 1e-3, by SGD with S(10, 40, 3e-2, 1e-4) for 50 epochs and then by 60 steps of
L-BFGS. All 15 pairs are joined by swept curves, twice over, at two budgets, of 25 and 100 gradients
on all images a path. Samples of 4 networks, each with paths of one of the repetitions, give the
deviation of minima and of the penalties at each place, lowest first. It is held against the mean,
and beside it stands by how many deviations means fall from one budget to the other: error bars over
samples see nothing of that.
Source: section 8, Figure 11 and Appendix E of the paper.
Tolerance: at both budgets deviations are below half of the mean penalty, at each place.
Measured: deviations over samples are 10 to 19 % of mean penalties at 25 gradients, 10 to 14 % at
100, and means fall from one budget to the other by more than a hundred of these deviations, from
0.16 to 0.19 down to 0.008 to 0.010. Bars of one budget are robust; they are bars of that budget.
Needs the data and ten minutes: `python -m validation images_robust --data FOLDER` may be stopped at
any moment, and the same command goes on. Whole: `whole_robust`.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from morseloss.networks import (
    LBFGS,
    Descent,
    Momentum,
    Ramp,
    Run,
    SweptCurve,
    Training,
    resampled,
)
from morseloss.plot.style import INK, PASS
from validation.convolutions.joined import Case, Photographs, errors_of, landscape_of, read
from validation.convolutions.residual import table_five
from validation.report import Outcome
from validation.runs import runs_of, timed

__all__ = ["TITLE", "Sampled", "draw", "judged", "row_of", "run"]

TITLE = "A small residual network: bars over samples of 4 networks (Figure 11)"
IMAGES, TESTS, SIDE = 256, 1000, 16
ENOUGH = 0.5  # of the mean penalty
ANNEALED = Descent(
    Ramp(10, 40, 3e-2, 1e-4), 50, 32, Momentum(0.9), finish=LBFGS(ftol=1e-4), steps=60,
    dtype=torch.float32,
)  # fmt: skip


@dataclass(frozen=True)
class Sampled:
    """Networks, paths between all of them, and samples.

    Attributes
    ----------
    networks, sample : int
        How many there are, and how many of them a sample holds.
    budgets : tuple of float
        Gradients on all images a path, without looks for tops.
    repeats, draws : int
        How often all paths are optimised, and how many samples are drawn.
    size : int
        Images in a mini-batch of a path.
    points : int
        On a path, at which its height is looked for before closing in.
    """

    networks: int = 6
    sample: int = 4
    budgets: tuple[float, ...] = (25.0, 100.0)
    repeats: int = 2
    draws: int = 60
    size: int = 32
    points: int = 16


EXPERIMENT = Sampled()
CASES = {"CIFAR-10": Case("annealed", partial(table_five, 8, last=False), ANNEALED, 1e-3)}


def run(seed: int) -> Outcome:
    """Train and join networks, in a folder that can be gone on with."""
    folder, data = runs_of("images_robust"), read("cifar10", IMAGES, TESTS, SIDE)
    with timed(folder) as before:
        found = [
            row_of(name, case, EXPERIMENT, data, folder / name, seed)
            for name, case in CASES.items()
        ]
    return judged({"rows": found, "earlier_seconds": before})


def row_of(
    name: str,
    case: Case,
    experiment: Sampled,
    data: Photographs,
    folder: Path,
    seed: int,
    *,
    chunk: int | None = None,
) -> dict[str, Any]:
    """Train and join networks, and return deviations over samples at each budget."""
    land = landscape_of(case, data, chunk)
    with Run(folder, land, seed=seed) as run:
        run.train(experiment.networks, case.descent)
        errors = errors_of(land, run.minima, data)
        parts = [_at(budget, run, experiment, seed) for budget in experiment.budgets]
    return {
        "name": name, "parameters": land.dim, "images": len(land), **errors, "budgets": parts,
    }  # fmt: skip


def _at(budget: float, run: Run, experiment: Sampled, seed: int) -> dict[str, Any]:
    size = min(experiment.size, len(run.landscape))
    steps = max(1, round(budget * len(run.landscape) / size))
    training = Training(
        SweptCurve(steps=steps), steps, size, points=experiment.points, dtype=torch.float32
    )
    label = f"{budget:g} gradients"
    run.connect(label, training, repeats=experiment.repeats)
    found = resampled(
        [run.graph(label, repeat) for repeat in range(experiment.repeats)],
        experiment.sample, draws=experiment.draws, generator=torch.Generator().manual_seed(seed),
    )  # fmt: skip
    return {
        "budget": budget,
        "births": found.births.mean.tolist(),
        "spread_of_births": found.births.deviation.tolist(),
        "penalties": found.lifetimes.mean[1:].tolist(),
        "spread_of_penalties": found.lifetimes.deviation[1:].tolist(),
        "draws": found.lifetimes.draws[:, 1:].tolist(),
    }


def judged(data: dict) -> Outcome:
    """Hold deviations over samples against means, from the numbers alone."""
    shares = [_shares(part) for row in data["rows"] for part in row["budgets"]]
    return Outcome(
        f"deviations over samples of 4 are below {ENOUGH} of the mean penalty, at both budgets",
        "; ".join(_said(row) for row in data["rows"]),
        bool(np.max(shares) < ENOUGH),
        data,
    )


def _shares(part: dict[str, Any]) -> np.ndarray:
    """Deviation over mean at each place; nothing of nothing is no deviation."""
    means, spreads = np.array(part["penalties"]), np.array(part["spread_of_penalties"])
    return np.where(spreads > 0, spreads / np.where(means > 0, means, 1.0), 0.0)


def _said(row: dict[str, Any]) -> str:
    first, last = row["budgets"][0], row["budgets"][-1]
    falls = np.array(first["penalties"]) - np.array(last["penalties"])
    spreads = np.array(last["spread_of_penalties"])
    told = "; ".join(
        f"at {part['budget']:g} gradients penalties {_several(part['penalties'])} ± "
        f"{_several(part['spread_of_penalties'])}, minima ± {max(part['spread_of_births']):.1e}"
        for part in row["budgets"]
    )
    return (
        f"{row['name']}: {told}; from the first budget to the last means fall by "
        f"{_several(falls / np.where(spreads > 0, spreads, np.inf), '.1f')} deviations; test "
        f"errors {np.mean(row['test_errors']):.2f}"
    )


def _several(numbers: Any, form: str = ".1e") -> str:
    return ", ".join(f"{number:{form}}" for number in numbers)


def draw(data: dict) -> Figure:
    """Draw penalties of all samples at each place and budget, with mean and deviation."""
    figure = Figure(figsize=(5.5 * len(data["rows"]) + 1, 4.2), layout="constrained")
    panels = figure.subplots(1, len(data["rows"]), squeeze=False)[0]
    for ax, row in zip(panels, data["rows"], strict=True):
        places = np.arange(1, len(row["budgets"][0]["penalties"]) + 1)
        for shift, colour, part in zip((-0.15, 0.15), (INK, PASS), row["budgets"], strict=True):
            for draw in part["draws"]:
                ax.plot(places + shift, draw, ".", color=colour, alpha=0.15)
            ax.errorbar(
                places + shift, part["penalties"], part["spread_of_penalties"], fmt="o",
                color=colour, capsize=3, label=f"{part['budget']:g} gradients a path",
            )  # fmt: skip
        ax.set_xticks(places)
        ax.set(xlabel="place of the minimum, lowest but one first", ylabel="penalty")
        ax.set_title(f"{row['name']}: samples of networks", fontsize="medium")
        ax.set_ylim(bottom=0)
        ax.legend(frameon=False, fontsize="small")
    return figure
