"""The loss barcode with depth on MNIST itself: what a processor manages of Figures 2, 3, 18-20.

Claim, the paper's: of fully connected networks with more hidden layers, on all 60000 images of
MNIST, bars are shorter. Here with 2, 3 and 4 layers and 5 networks each, without alignment as in
the paper; with it, and at three times the steps a path, beside.
Source: section 4.1 of the paper, Figures 2 and 3; Appendix E, Figure 18; Appendix H.
Tolerance: the mean length of the bars falls from the first depth to the last by more than two
standard errors (jackknife over networks), at both budgets.
Needs the data: `python -m validation networks_mnist --data FOLDER`.
"""

from pathlib import Path

import torch
from matplotlib.figure import Figure

from validation.depth.swept import SIGNIFICANT, Experiment, falls, rows, slopes_of, told
from validation.depth.swept_figure import draw_depths, draw_slopes
from validation.images import folder_of, idx
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "measured_on", "run"]

TITLE = "Networks on MNIST, 2 to 4 layers: are bars at small budgets shorter with depth?"
EXPERIMENT = Experiment(
    depths=(2, 3, 4), minima=5, epochs=48, steps=300, weight_decay=1e-3,
    budgets=((3000, 2), (9000, 1)), dtype=torch.float32,
)  # fmt: skip


def run(seed: int) -> Outcome:
    """Train and join networks, in a folder that can be gone on with."""
    return measured_on("MNIST", runs_of("networks_mnist"), seed)


def measured_on(name: str, folder: Path, seed: int) -> Outcome:
    """Do the experiment on the named images, and hold it against the paper."""
    images = idx(folder_of(), name)
    found = rows(EXPERIMENT, images, folder, seed)
    slopes = slopes_of(EXPERIMENT, images, folder, seed)
    return judged({"name": name, "images": len(images[1]), "rows": found, "slopes": slopes})


def judged(data: dict) -> Outcome:
    """Hold the bars against the paper, from the numbers alone."""
    found = data["rows"]
    fall = [falls(found, "as trained", steps) for steps, _ in EXPERIMENT.budgets]
    return Outcome(
        "bars get shorter with depth, as the paper has it, whose budget is not told",
        told(EXPERIMENT, found, data["images"]),
        min(fall) > SIGNIFICANT,
        data,
    )


def draw(data: dict) -> Figure:
    """Draw bars, TO-scores and mean lengths, and the slopes along a path."""
    figure = draw_depths({data["name"]: data["rows"]}, slopes=True)
    draw_slopes(figure, data["slopes"])
    return figure
