"""One experiment with paths that are finished: networks, relays, and both nulls, for each case.

The one idea: a row of numbers for each architecture, from a run in a folder, so that what was
interrupted goes on; every length stands with its budget in gradients on all images a way, its
error over bars, and what the method leaves where the answer is known.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from morseloss.networks import (
    LBFGS,
    Cosine,
    Descent,
    Ladder,
    NetworkLandscape,
    Relay,
    Run,
    closed_null,
    converge,
    copies_null,
    ladder,
)
from validation.images import Images
from validation.modules import dense

__all__ = ["NULLS", "Case", "Experiment", "lengths_at", "rows", "told"]

NULLS = {"closed": closed_null, "copies": copies_null}
RATE, SIZE, FLAT, FURTHER = 3e-3, 128, 1e-4, 100
METHOD = Relay()
PRICES = (1e-3, 1e-4, 1e-5)


@dataclass(frozen=True)
class Case:
    """One architecture with its weight decay, batch-normalised or not."""

    depth: int
    width: int
    decay: float
    normalised: bool = False

    def __str__(self) -> str:
        return f"{self.depth}-{self.width}-{self.decay:g}" + "-normalised" * self.normalised


@dataclass(frozen=True)
class Experiment:
    """What is done for each case.

    Parameters
    ----------
    cases : tuple of Case
    networks : int
    epochs, steps : int
        Of their training: on mini-batches with Adam, then on all images with L-BFGS.
    budget : float
        Gradients on all images a way, of the relay and of both nulls.
    method : Relay
        How ways are lowered.
    nulls : tuple of Case, optional
        Cases that have both nulls beside them; by default all.
    """

    cases: tuple[Case, ...]
    networks: int
    epochs: int
    steps: int
    budget: float
    method: Relay = METHOD
    nulls: tuple[Case, ...] | None = None


def rows(experiment: Experiment, images: Images, folder: Path, seed: int) -> list[dict[str, Any]]:
    """Train and join networks of each case, in folders beside each other; one row a case."""
    return [_of_case(case, experiment, images, folder, seed) for case in experiment.cases]


def lengths_at(part: dict[str, Any], budget: float) -> tuple[float, float]:
    """Mean length of bars at the last look within a budget, and its standard error over bars."""
    within = max(1, int(np.searchsorted(part["budgets"], budget * (1 + 1e-9), "right")))
    lengths = np.array(part["lengths"][within - 1])
    error = np.std(lengths, ddof=1) / len(lengths) ** 0.5 if len(lengths) > 1 else np.nan
    return float(lengths.mean()), float(error)


def _of_case(
    case: Case, experiment: Experiment, images: Images, folder: Path, seed: int
) -> dict[str, Any]:
    inputs, targets = images
    module = dense(inputs.shape[1], case.depth, case.width, normalised=case.normalised)
    land = NetworkLandscape(
        module, nn.functional.cross_entropy, inputs, targets, weight_decay=case.decay
    )
    method = experiment.method
    beside = NULLS if experiment.nulls is None or case in experiment.nulls else {}
    with Run(folder / str(case), land, seed=seed) as run:
        descent = Descent(
            Cosine(RATE, experiment.epochs), experiment.epochs, SIZE,
            finish=LBFGS(ftol=FLAT), steps=experiment.steps,
        )  # fmt: skip
        run.train(experiment.networks, descent)
        found = run.relay(method=method, budget=experiment.budget * 2 / experiment.networks)
        further = converge(land, found.points, LBFGS(ftol=0.0), max_steps=FURTHER)
        return {
            **asdict(case),
            "parameters": land.dim,
            "births": found.values.tolist(),
            "falls": (found.values - land.value(further.points)).tolist(),
            "sample": told(ladder(found, land.value(found.stations))),
            **{
                kind: told(ladder(run.relay(method=method, null=null, budget=experiment.budget)))
                for kind, null in beside.items()
            },
        }


def told(found: Ladder) -> dict[str, Any]:
    """Return a ladder as JSON has it."""
    return {
        "budgets": found.budgets.tolist(),
        "births": found.births.tolist(),
        "lengths": found.lengths.tolist(),
        "falling": found.falling.tolist(),
        "with_stations": _numbers(found.with_stations),
        "limit": found.limit(),
        "prices": {f"{eps:g}": _numbers(found.prices(eps)) for eps in PRICES},
    }


def _numbers(values: Sequence[float] | np.ndarray) -> list[float | None]:
    """Numbers as JSON has them; None for what is not finite."""
    return [float(value) if np.isfinite(value) else None for value in values]
