"""Straight lines between networks of one recipe, as trained and aligned, and a null beside them.

The one idea: published barriers are of lines, so every recipe gets the same rows: training and
test loss and error rate at the ends and half way, and the literature's barriers by name; the null
is a network against its own shuffled copy, whose aligned line is level where the matching works.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from morseloss._shapes import Points
from morseloss.networks import (
    ActivationMatching,
    Descent,
    NetworkLandscape,
    Run,
    WeightMatching,
    align,
    along,
    barriers,
    lines,
    symmetry_of,
)
from morseloss.networks.training.optimisers import Momentum
from validation.images import Images
from validation.published.fusing import fused

__all__ = [
    "ACTIVATIONS", "AS_TRAINED", "MATCHINGS", "NULL", "WEIGHTS", "Recipe", "Triangle", "midpoint",
    "repair", "row",
]  # fmt: skip

TIMES = 5
HIGHEST = 0.05  # rate of REPAIR
IMAGES = 4096  # on which activations are compared, at most
AS_TRAINED, WEIGHTS, ACTIVATIONS = "as trained", "weights matched", "activations matched"
NULL = "copies of one, aligned"
Near = WeightMatching | ActivationMatching
Matching = Callable[[NetworkLandscape, Points, Points], Points]


def _as_trained(landscape: NetworkLandscape, starts: Points, ends: Points) -> Points:
    return ends


def _exchanged(
    landscape: NetworkLandscape,
    starts: Points,
    ends: Points,
    *,
    criterion: WeightMatching | ActivationMatching,
) -> Points:
    """Exchange hidden units and do nothing else, as the published ones do."""
    symmetry = symmetry_of(landscape).permutations
    return align(landscape, starts, ends, symmetry=symmetry, criterion=criterion)


MATCHINGS: Mapping[str, Matching] = {
    AS_TRAINED: _as_trained,
    WEIGHTS: partial(_exchanged, criterion=WeightMatching()),
    ACTIVATIONS: partial(_exchanged, criterion=ActivationMatching(IMAGES)),
}
"""Which copies of the second networks the lines lead to."""


@dataclass(frozen=True)
class Triangle:
    """The rate goes up in a line to the highest, and down to zero in another.

    Parameters
    ----------
    highest : float
    peak, epochs : float
        When the highest is reached, and the end.
    """

    highest: float
    peak: float
    epochs: float

    def rate(self, step: int, per_epoch: int) -> float:
        """Return the rate of a step, counted from 0."""
        epoch = step / per_epoch
        places, heights = (0.0, self.peak, self.epochs), (0.0, self.highest, 0.0)
        return float(np.interp(epoch, places, heights))


@dataclass(frozen=True)
class Recipe:
    """One architecture and how it is trained.

    Parameters
    ----------
    name : str
        Of its folder.
    module : nn.Sequential
    descent : Descent
    networks : int
        All pairs of them are joined by lines.
    plain : nn.Sequential, optional
        What networks are made into before they are joined, where they are trained with batch
        normalisation: the same without it.
    """

    name: str
    module: nn.Sequential
    descent: Descent
    networks: int
    plain: nn.Sequential | None = None


def repair(epochs: int, size: int) -> Descent:
    """Return REPAIR's recipe: momentum, the rate up for a tenth of the epochs, then down to 0."""
    rate = Triangle(HIGHEST, peak=epochs / 10, epochs=epochs)
    return Descent(rate, epochs, size, Momentum(0.9), finish=None, dtype=torch.float32)


def row(
    recipe: Recipe, parts: Mapping[str, Images], folder: Path, seed: int,
    measured: Sequence[str] = ("train", "test"),
) -> dict[str, Any]:  # fmt: skip
    """Train the networks of a recipe on `parts["train"]`, or go on with it, and measure lines.

    Returns
    -------
    dict
        `"lines"` has, for each matching and for the null, each part of the data, each measure
        (`"loss"`, `"error"`) and each name of a barrier, one number a line.
    """
    points = _networks(recipe, parts["train"], folder, seed)
    joined = recipe.plain or recipe.module
    lands = {name: _landscape(joined, part) for name, part in parts.items()}
    train = lands["train"]
    first, second = torch.triu_indices(len(points), len(points), 1)
    ends = {
        name: (points[first], match(train, points[first], points[second]))
        for name, match in MATCHINGS.items()
    }
    copies = _shuffled(train, points, seed)
    ends[NULL] = points, MATCHINGS[WEIGHTS](train, points, copies)
    return {
        "recipe": recipe.name,
        "parameters": train.dim,
        "networks": len(points),
        "lines": {
            name: {part: _measured(lands[part], *pair) for part in measured}
            for name, pair in ends.items()
        },
    }


def midpoint(found: dict[str, Any], kind: str, part: str, measure: str) -> tuple[float, float]:
    """Return a measure half way itself, its mean over lines, and the standard error over lines."""
    values = np.array(found["lines"][kind][part][measure]["middle"])
    error = np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else np.nan
    return float(values.mean()), float(error)


def _networks(recipe: Recipe, images: Images, folder: Path, seed: int) -> Points:
    """Train networks, or read those that are there, normalised by all images where they are."""
    land = _landscape(recipe.module, images)
    with Run(folder / recipe.name, land, seed=seed) as run:
        run.train(recipe.networks, recipe.descent)
        points = run.minima.to(land.device, torch.float32)
    if recipe.plain is None:
        return points
    return fused(recipe.module, recipe.plain, points, images[0])


def _landscape(module: nn.Module, images: Images) -> NetworkLandscape:
    inputs, targets = images
    return NetworkLandscape(module, nn.functional.cross_entropy, inputs, targets)


def _shuffled(landscape: NetworkLandscape, points: Points, seed: int) -> Points:
    symmetry, draws = symmetry_of(landscape).permutations, torch.Generator().manual_seed(seed)
    return symmetry.act(points, symmetry.random(len(points), generator=draws))


def _measured(landscape: NetworkLandscape, starts: Tensor, ends: Tensor) -> dict[str, Any]:
    """Barriers of each measure by name, its ends, and what it is half way, one number a line."""
    found = along(landscape, lines(starts, ends), times=TIMES)
    named = barriers(found)
    return {
        measure: {
            **{name: part.tolist() for name, part in named[measure].items()},
            "ends": ((values[:, 0] + values[:, -1]) / 2).tolist(),
            "middle": values[:, TIMES // 2].tolist(),
        }
        for measure, values in found.measures.items()
    }
