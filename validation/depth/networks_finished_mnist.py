"""Bars of ReLU networks on MNIST over paths that are lowered until they settle, 2 and 4 layers.

Claim: 5 networks of 32 units a layer on all 60000 images, joined over stations, have no mean bar
that lies two standard errors above what the same method leaves on ways from a network to itself or
to a shuffled copy, or births may fall. At 1000 gradients a way nothing has settled yet.
Source: section 4.1 of the paper, Figures 2 and 3.
Tolerance: two standard errors over bars.
Needs the data and hours: `python -m validation networks_finished_mnist --data FOLDER` may be
stopped at any moment, and the same command goes on.
"""

from pathlib import Path

from validation.depth.finished import Case, Experiment, rows
from validation.depth.networks_finished import draw, judged
from validation.images import folder_of, idx
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "measured_on", "run"]

TITLE = "Bars of 5 networks on MNIST over finished paths, 2 and 4 layers, with both nulls"
EXPERIMENT = Experiment(
    cases=(Case(2, 32, 1e-3), Case(4, 32, 1e-3)), networks=5, epochs=48, steps=300, budget=1000.0
)


def run(seed: int) -> Outcome:
    """Train and join networks, in a folder that can be gone on with."""
    return measured_on("MNIST", runs_of("networks_finished_mnist"), seed)


def measured_on(name: str, folder: Path, seed: int) -> Outcome:
    """Train and join networks on the images of this name."""
    found = rows(EXPERIMENT, idx(folder_of(), name), folder, seed)
    return judged({"budget": EXPERIMENT.budget, "rows": found})
