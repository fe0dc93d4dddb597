"""Bars of a wide residual network that has far more weights than images.

Claim, the paper's: WRN-16-10 has bars although its 17.1M weights exceed its images 300 times
(Figure 10, Table 6: losses 0.0028 ± 0.0005). Here WRN-16-2, 692,964 weights, 3 networks on the
first 128 training images of CIFAR-100 with their 20 superclasses, pooled to 16 x 16: 5400 weights
an image. They are trained by Adam for 40 epochs and then by L-BFGS, weight decay 1e-4. What is
asked is whether any mean bar lies two standard errors above what ways from a network to itself
still climb at the same budget, or births may fall: only then has such a network bars that are its
landscape's. Heights are given at two budgets, of about 45 and 146 gradients on all images a way.
Measured: it fails. Bars fell from 0.35 to 0.047 ± 0.024, closed ways from 1.7 to 0.41, and those to
shuffled copies are at 0.17: all are unfinished, and no length is told from what the method leaves.
Source: section 8, Figure 10, Table 6 of the paper; Zagoruyko and Komodakis 2016.
Tolerance: two standard errors over bars.
Needs the data and half an hour: `python -m validation images_wide --data FOLDER` may be stopped at
any moment, and the same command goes on. Whole: `whole_wide`.
"""

from functools import partial

import torch
from matplotlib.figure import Figure

from morseloss.networks import LBFGS, Cosine, Descent, Relay
from validation.convolutions.drawn import draw_rows
from validation.convolutions.joined import Case, Experiment, read, rows
from validation.convolutions.measures import SIGNIFICANT, resolved, said
from validation.convolutions.residual import wide_resnet
from validation.report import Outcome
from validation.runs import runs_of, timed

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "A wide residual network far beyond its images (Figure 10, Table 6)"
DATA, IMAGES, TESTS, SIDE = "cifar100-coarse", 128, 1000, 16
DESCENT = Descent(Cosine(1e-3, 40), 40, 32, finish=LBFGS(ftol=1e-4), steps=60, dtype=torch.float32)
EXPERIMENT = Experiment(
    (Case("WRN-16-2", partial(wide_resnet, 16, 2, classes=20), DESCENT, 1e-4),),
    networks=3, budget=120.0,
    method=Relay(
        size=32, first=100, join=60, stations=1, descent=30, evaluations=8, tolerance=1e-5
    ),
)  # fmt: skip


def run(seed: int) -> Outcome:
    """Train and join networks, in a folder that can be gone on with."""
    folder, data = runs_of("images_wide"), read(DATA, IMAGES, TESTS, SIDE)
    with timed(folder) as before:
        found = rows(EXPERIMENT, data, folder, seed)
    return judged({"rows": found, "earlier_seconds": before})


def judged(data: dict) -> Outcome:
    """Hold the mean bar against what the method leaves, from the numbers alone."""
    found = data["rows"]
    return Outcome(
        f"the mean bar lies {SIGNIFICANT:.0f} standard errors above what closed ways climb and "
        "births may fall",
        "; ".join(
            f"{said(row)}, {row['parameters'] / row['images']:.0f} weights an image, test error "
            f"{sum(row['test_errors']) / len(row['test_errors']):.2f}"
            for row in found
        ),
        all(resolved(row) for row in found),
        data,
    )


def draw(data: dict) -> Figure:
    """Draw minima and tops, and lengths beside the null."""
    return draw_rows(data["rows"])
