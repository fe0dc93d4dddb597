"""Section 4.1 of the paper, whole: Figures 2, 3, 18, 19 and 20 on MNIST and FashionMNIST.

Claim, the paper's: of fully connected networks with 2, 3, 4, 6 and 8 hidden layers of 32 units, 10
networks each and all 45 pairs of them joined, the bars get shorter and the TO-score falls with
depth. Networks are trained with Adam and a cyclical rate, then with L-BFGS; paths three times over,
as they are and with hidden units aligned.
Source: section 4.1; Appendix E; Appendix H.
Tolerance: on both data sets the mean length of the bars as trained falls from the first depth to
the last by more than two standard errors (jackknife over networks).
Needs the data, and asks for a GPU: `python -m validation --preset paper --data FOLDER`. It can be
stopped at any moment and goes on when started again.
"""

import torch
from matplotlib.figure import Figure

from validation.depth.swept import SIGNIFICANT, Experiment, falls, rows, slopes_of, told
from validation.depth.swept_figure import draw_depths, draw_slopes
from validation.images import IDX, folder_of, idx
from validation.report import Outcome
from validation.runs import runs_of, timed

__all__ = ["TITLE", "draw", "run"]

TITLE = "Fully connected networks on MNIST and FashionMNIST, 2 to 8 layers (Figures 2, 3, 18-20)"
EXPERIMENT = Experiment(
    depths=(2, 3, 4, 6, 8), minima=10, epochs=48, steps=300, weight_decay=1e-3,
    budgets=((3000, 3),), dtype=torch.float32,
)  # fmt: skip


def run(seed: int) -> Outcome:
    """Train and join networks on both data sets, in folders that can be gone on with."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    folder, found = runs_of("networks_paper"), {}
    with timed(folder) as before:
        for name in IDX:
            inputs, targets = (part.to(device) for part in idx(folder_of(), name))
            found[name] = rows(EXPERIMENT, (inputs, targets), folder / name, seed)
        slopes = slopes_of(EXPERIMENT, (inputs, targets), folder / name, seed)
    steps = EXPERIMENT.budgets[0][0]
    return Outcome(
        "bars get shorter with depth on both, as the paper has it",
        "; ".join(
            f"{name}: {told(EXPERIMENT, part, len(targets))}" for name, part in found.items()
        ),
        min(falls(part, "as trained", steps) for part in found.values()) > SIGNIFICANT,
        {"device": device, "rows": found, "slopes": slopes, "earlier_seconds": before},
    )


def draw(data: dict) -> Figure:
    """Draw bars, TO-scores and mean lengths of each data set, and the slopes along a path."""
    figure = draw_depths(data["rows"], slopes=True)
    draw_slopes(figure, data["slopes"])
    return figure
