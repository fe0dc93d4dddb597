"""Bars of residual networks with and without skips, 8, 20 and 56 layers.

Claim, the paper's: with depth bars get shorter with skips and longer without (Figure 7, Table 8).
Here they have 8 channels in the first stage in place of 16, and 8, 20 and 56 layers in place of 20,
56 and 110; 3 networks each are trained on the first 128 images of CIFAR-10, pooled to 16 x 16, by
Adam for 60 epochs and then by L-BFGS, weight decay 1e-4. Ways over stations join them; heights are
given at two budgets, of about 45 and 150 gradients on all images a way, births apart from lengths,
beside what ways to itself and to a copy still climb. A network that has more than a tenth of its
images wrong is said not to have trained: its bar mixes a failure to train with a barrier, as in the
paper, where ResNet-110-NS has a training loss of 0.153 ± 0.058.
Measured: it fails. No network of 56 layers without skips has trained: losses 1.6 to 1.9, half of
its images wrong and more. Where all have, bars of so small a budget get longer with depth with
skips as well, 0.022, 0.16 and 0.69, without 0.074 and 1.3, and so do ways from a network to itself,
which climb 0.25, 1.2 and 1.9, and 0.46 and 2.0, and to its shuffled copy, 0.21, 0.51 and 1.5, and
0.43 and 2.1: no bar is told from what the method leaves. From the first budget to the last bars
fell by 0.5 to 0.9 with skips, and without by 0.2 to 0.7 where networks have trained: with skips
ways are sooner found, and with depth later.
Source: section 6, Figure 7, Table 8 of the paper; Li et al. 2018.
Tolerance: two standard errors over bars, from each depth to the next, all networks trained.
Needs the data and half an hour: `python -m validation images_skips --data FOLDER` may be stopped at
any moment, and the same command goes on. Whole: `whole_skips`.
"""

from functools import partial
from itertools import pairwise
from typing import Any

import torch
from matplotlib.figure import Figure

from morseloss.networks import LBFGS, Cosine, Descent, Relay
from validation.convolutions.drawn import draw_rows
from validation.convolutions.joined import Case, Experiment, read, rows
from validation.convolutions.measures import SIGNIFICANT, apart, bars, resolved, said, untrained
from validation.convolutions.residual import resnet
from validation.report import Outcome
from validation.runs import runs_of, timed

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Residual networks of 8, 20 and 56 layers, with and without skips (Figure 7, Table 8)"
IMAGES, TESTS, SIDE = 128, 1000, 16
DESCENT = Descent(Cosine(3e-3, 60), 60, 32, finish=LBFGS(ftol=1e-4), steps=60, dtype=torch.float32)
EXPERIMENT = Experiment(
    tuple(
        Case(f"ResNet-{depth}{'-NS' * (not skips)}", partial(resnet, depth, 8, skips=skips),
             DESCENT, 1e-4)
        for skips in (True, False) for depth in (8, 20, 56)
    ),
    networks=3, budget=120.0,
    method=Relay(
        size=32, first=100, join=60, stations=1, descent=30, evaluations=8, tolerance=1e-5
    ),
)  # fmt: skip


def run(seed: int) -> Outcome:
    """Train and join networks of each kind, in a folder that can be gone on with."""
    folder, data = runs_of("images_skips"), read("cifar10", IMAGES, TESTS, SIDE)
    with timed(folder) as before:
        found = rows(EXPERIMENT, data, folder, seed)
    return judged({"rows": found, "earlier_seconds": before})


def judged(data: dict) -> Outcome:
    """Hold bars against depth, with and without skips, from the numbers alone."""
    found = data["rows"]
    plain = [row for row in found if row["name"].endswith("-NS")]
    skipping = [row for row in found if row not in plain]
    shorter = [apart(bars(one), bars(other)) for one, other in pairwise(skipping)]
    longer = [apart(bars(other), bars(one)) for one, other in pairwise(plain)]
    lost = {row["name"]: untrained(row) for row in found if untrained(row)}
    told = [row["name"] for row in found if resolved(row)]
    return Outcome(
        "bars get shorter with depth with skips and longer without, each time by "
        f"{SIGNIFICANT:.0f} standard errors, all networks trained",
        f"with skips shorter by {_several(shorter)}, without longer by {_several(longer)} standard "
        f"errors; not trained: {_counted(lost)}; bars longer than what the method leaves: "
        f"{', '.join(told) or 'none'}. {'; '.join(_said(row) for row in found)}",
        not lost and all(step > SIGNIFICANT for step in (*shorter, *longer)),
        data,
    )


def _counted(lost: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in lost.items()) or "none"


def _several(numbers: list[float]) -> str:
    return ", ".join(f"{number:.1f}" for number in numbers)


def _said(row: dict[str, Any]) -> str:
    wrong = sum(row["test_errors"]) / len(row["test_errors"])
    return f"{said(row)}, test error {wrong:.2f}"


def draw(data: dict) -> Figure:
    """Draw minima and tops of each network, and lengths beside the null."""
    return draw_rows(data["rows"], width=0.7)
