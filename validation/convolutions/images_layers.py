"""Bars of the paper's convolutional networks: channels, layers and batch normalisation.

Claim, the paper's: losses at the passes fall with channels and, faster, with layers (Figure 4);
with batch normalisation both minima and passes lie lower, at each depth (Figure 5). The six
networks of Tables 2 to 4, 3 of each, are trained on the first 500 images of CIFAR-10, weight decay
1e-3, by Adam for 40 epochs and then by L-BFGS; ways over stations join them. Heights are given at
three budgets, of about 35, 120 and 230 gradients on all images a way, beside what ways from a
network to itself and to its shuffled copy still climb there, and how far births fall in 20 further
gradients. Batch normalisation sees all images together.
Measured: it fails. Tops do fall with channels, 0.105, 0.081 and 0.074 for one layer, by 2.7 and 6.7
standard errors, and from one to two layers, 0.047, but to three they rise to 0.054 at this budget.
With batch normalisation minima lie higher in all six networks, with and without weight decay, and
tops in five. No mean bar is longer than what closed ways still climb, 0.15 to 0.5, so lengths, 6e-3
to 1e-1, tell how fast ways fall; shuffled copies (of one network each) leave about as much, with
batch normalisation more. On 128 images tops did not fall with channels, and of two and three
layers no bar was longer than 2e-4.
Source: section 4.2, Figures 4 and 5, Tables 2 to 4 of the paper.
Tolerance: two standard errors over bars.
Needs the data and two hours of a core: `python -m validation images_layers --data FOLDER` may be
stopped at any moment, and the same command goes on. Whole: `whole_layers`.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from morseloss.networks import LBFGS, Cosine, Descent, Relay
from validation.convolutions.cnn import CNNS, cnn
from validation.convolutions.drawn import draw_rows
from validation.convolutions.joined import Case, Experiment, read, rows
from validation.convolutions.measures import SIGNIFICANT, apart, births, resolved, said, tops
from validation.report import Outcome
from validation.runs import runs_of, timed

__all__ = ["TITLE", "cases", "draw", "judged", "run"]

TITLE = "Convolutional networks of 1 to 3 layers, with and without batch normalisation (Figs 4, 5)"
IMAGES, TESTS = 500, 500
DESCENT = Descent(Cosine(3e-3, 40), 40, 32, finish=LBFGS(ftol=1e-4), steps=60, dtype=torch.float32)
METHOD = Relay(
    size=32, first=160, join=60, stations=1, descent=30, evaluations=8, tolerance=1e-5
)  # fmt: skip
WIDER = ("CNN-1-32", "CNN-1-64", "CNN-1-128")
DEEPER = ("CNN-1-32", "CNN-2-32", "CNN-3-32")
BN = ", BN"


def cases(descent: Descent, decay: float) -> tuple[Case, ...]:
    """Return the six networks, then the same with batch normalisation."""
    return tuple(
        Case(f"CNN-{layers}-{channels}{BN * normalised}",
             partial(cnn, layers, channels, normalised=normalised), descent, decay)
        for normalised in (False, True)
        for layers, channels in CNNS
    )  # fmt: skip


EXPERIMENT = Experiment(cases(DESCENT, 1e-3), networks=3, budget=200.0, method=METHOD)


def run(seed: int) -> Outcome:
    """Train and join networks of each kind, in a folder that can be gone on with."""
    folder, data = runs_of("images_layers"), read("cifar10", IMAGES, TESTS)
    with timed(folder) as before:
        found = rows(EXPERIMENT, data, folder, seed)
    return judged({"rows": found, "earlier_seconds": before})


def judged(data: dict) -> Outcome:
    """Hold tops against channels, layers and batch normalisation, from the numbers alone."""
    found = {row["name"]: row for row in data["rows"]}
    plain = [name for name in found if name + BN in found]
    steps = {
        "tops fall with channels": _steps(found, WIDER),
        "with layers": _steps(found, DEEPER),
        "minima with batch normalisation": _normalised(found, plain, births),
        "tops with it": _normalised(found, plain, tops),
    }
    words = ", ".join(f"{what} by {_several(some)}" for what, some in steps.items())
    told = [row["name"] for row in data["rows"] if resolved(row)]
    return Outcome(
        "tops fall with channels and with layers, minima and tops with batch normalisation, each "
        f"time by {SIGNIFICANT:.0f} standard errors",
        f"{words} standard errors; bars longer than what the method leaves: "
        f"{', '.join(told) or 'none'}. {'; '.join(said(row) for row in data['rows'])}",
        all(step > SIGNIFICANT for some in steps.values() for step in some),
        data,
    )


def _steps(found: dict[str, Any], names: tuple[str, ...]) -> list[float]:
    """By how many standard errors tops fall from each to the next."""
    return [apart(tops(found[one]), tops(found[other])) for one, other in pairwise(names)]


def _normalised(
    found: dict[str, Any], names: list[str], what: Callable[[dict[str, Any]], np.ndarray]
) -> list[float]:
    """By how many standard errors a number lies lower with batch normalisation."""
    return [apart(what(found[name]), what(found[name + BN])) for name in names]


def _several(numbers: list[float]) -> str:
    return ", ".join(f"{number:.1f}" for number in numbers)


def draw(data: dict) -> Figure:
    """Draw minima and tops of each network, and lengths beside the null."""
    return draw_rows(data["rows"])
