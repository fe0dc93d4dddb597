"""One experiment on photographs: networks, ways between them, nulls, errors, for each case.

The one idea: a row of numbers a case, from a run in a folder, so that what was interrupted goes on;
every length stands with its budget in gradients on all images a way, and with what the same method
leaves on ways from a network to itself, where nothing has to be climbed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from morseloss._shapes import Points
from morseloss.networks import (
    LBFGS,
    Descent,
    NetworkLandscape,
    Relay,
    Relayed,
    Run,
    closed_null,
    converge,
    copies_null,
    ladder,
    symmetry_of,
)
from validation.convolutions.photographs import photographs, pooled, standardised
from validation.convolutions.single import SingleLandscape, off
from validation.depth.finished import told
from validation.images import folder_of

__all__ = [
    "Case",
    "Experiment",
    "Photographs",
    "errors_of",
    "landscape_of",
    "of_case",
    "read",
    "rows",
]

Null = Callable[..., Relayed]
NULLS: dict[str, Null] = {"closed": closed_null, "copies": copies_null}
MANY = 1000  # images at a time, at least, where outputs are asked for
CACHED = 32  # images at a time on a CPU, whose layers stay in the cache


@dataclass(frozen=True)
class Photographs:
    """Images to train on, and others to test on; colours standardised by the first.

    Attributes
    ----------
    inputs, targets : Tensor
    test_inputs, test_targets : Tensor
    """

    inputs: Tensor
    targets: Tensor
    test_inputs: Tensor
    test_targets: Tensor

    def to(self, device: torch.device) -> "Photographs":
        """Return the same on a device."""
        return Photographs(*(part.to(device) for part in vars(self).values()))


@dataclass(frozen=True)
class Case:
    """One architecture with its recipe.

    Attributes
    ----------
    name : str
        Of its folder and in the figure.
    module : callable
        Makes it.
    descent : Descent
    decay : float
    """

    name: str
    module: Callable[[], nn.Module]
    descent: Descent
    decay: float


@dataclass(frozen=True)
class Experiment:
    """What is done for each case.

    Attributes
    ----------
    cases : tuple of Case
    networks : int
    budget : float
        Gradients on all images a way, of the relay and of the nulls.
    method : Relay
        How ways are lowered.
    chunk : int, optional
        Images at a time. By default all, where batch normalisation sees them together.
    nulls : tuple of str
        Of `NULLS`; copies only where the symmetry of the module can be read.
    controls : int
        Networks of each null.
    further : int
        Gradients by which the networks descend further, to see whether they are minima.
    """

    cases: tuple[Case, ...]
    networks: int
    budget: float
    method: Relay
    chunk: int | None = None
    nulls: tuple[str, ...] = ("closed", "copies")
    controls: int = 1
    further: int = 20


def read(
    name: str, images: int | None, tests: int | None, side: int = 32, folder: Path | None = None
) -> Photographs:
    """Return the first images of a data set, pooled to so many pixels a side."""
    where = folder_of(folder)
    (inputs, targets), (others, classes) = (
        photographs(where, name, part, count)
        for part, count in (("train", images), ("test", tests))
    )
    inputs, others = standardised(pooled(inputs, side), pooled(others, side))
    return Photographs(inputs, targets, others, classes)


def rows(
    experiment: Experiment, data: Photographs, folder: Path, seed: int
) -> list[dict[str, Any]]:
    """Train and join networks of each case, in folders beside each other; one row a case."""
    return [of_case(case, experiment, data, folder, seed) for case in experiment.cases]


def of_case(
    case: Case, experiment: Experiment, data: Photographs, folder: Path, seed: int
) -> dict[str, Any]:
    """Train and join networks of one case, or go on with that; return its numbers."""
    land = landscape_of(case, data, experiment.chunk)
    method, budget = experiment.method, experiment.budget
    with Run(folder / case.name, land, seed=seed) as run:
        run.train(experiment.networks, case.descent)
        found = run.relay(method=method, budget=budget * 2 / experiment.networks)
        further = converge(land, found.points, LBFGS(ftol=0.0), max_steps=experiment.further)
        controls = {
            name: told(ladder(run.relay(method=method, null=null, budget=budget)))
            for name, null in _nulls(land, experiment).items()
        }
    return {
        "name": case.name,
        "parameters": land.dim,
        "images": len(land),
        "decay": case.decay,
        "births": found.values.tolist(),
        "falls": (found.values - further.values).tolist(),
        "off": off(land, found.points),
        **errors_of(land, found.points, data),
        "sample": told(ladder(found, land.value(found.stations))),
        **controls,
    }


def landscape_of(case: Case, data: Photographs, chunk: int | None = None) -> SingleLandscape:
    """Return the loss of a case on all images.

    Batch normalisation sees `chunk` images together, by default all of them. What goes without is
    computed in chunks too, on a CPU in small ones.
    """
    module, images = case.module(), len(data.targets)
    joint = any(isinstance(part, nn.BatchNorm2d) for part in module.modules())
    room = chunk or images
    size = room if joint or data.inputs.is_cuda else min(CACHED, room)
    return SingleLandscape(
        module, cross_entropy, data.inputs, data.targets, weight_decay=case.decay, chunk=size
    )


def errors_of(land: NetworkLandscape, points: Points, data: Photographs) -> dict[str, list[float]]:
    """Return losses without weight decay, and the shares of wrong images, trained and tested.

    Batch normalisation sees as many images of each set together as in the landscape.
    """
    parts = {
        "train": (data.inputs, data.targets),
        "test": (data.test_inputs, data.test_targets),
    }
    found: dict[str, list[float]] = {}
    with torch.no_grad():
        for part, (inputs, targets) in parts.items():
            outputs = [_outputs(land, point[None].float(), inputs) for point in points]
            found[f"{part}_losses"] = [float(cross_entropy(one, targets)) for one in outputs]
            found[f"{part}_errors"] = [
                float((one.argmax(1) != targets).float().mean()) for one in outputs
            ]
    return found


def _outputs(land: NetworkLandscape, point: Points, inputs: Tensor) -> Tensor:
    """Outputs of one network, in parts as large as the chunks of the landscape, or larger."""
    parts = -(-len(inputs) // max(land.chunk, MANY))
    return torch.cat([land.outputs(point, part)[0] for part in inputs.tensor_split(parts)])


def _nulls(land: NetworkLandscape, experiment: Experiment) -> dict[str, Null]:
    """Return the nulls asked for, of the first networks; copies only where they can be made."""
    chosen = {name: NULLS[name] for name in experiment.nulls}
    try:
        symmetry_of(land)
    except ValueError:
        chosen.pop("copies", None)
    return {name: _of_first(null, experiment.controls) for name, null in chosen.items()}


def _of_first(null: Null, count: int) -> Null:
    """The null of the first networks alone."""

    @wraps(null)
    def of_first(landscape: NetworkLandscape, points: Points, *args: Any, **named: Any) -> Relayed:
        return null(landscape, points[:count], *args, **named)

    return of_first
