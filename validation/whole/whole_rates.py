"""Figure 6 whole: small constant rate against annealed rate on CIFAR-10 and SVHN.

Claim, the paper's, as in `images_rates`: test errors and tops are higher at a small constant rate.
8 networks of each type, that of Table 5 with 195,210 weights, on all images; rates, epochs and
weight decay as Table 1 and Appendix F print them, with no descent on all images afterwards. Ways at
100 gradients on all images each.
Source: section 5, Figure 6, Tables 1, 5 and 7, Appendix F of the paper.
Tolerance: permutation tests at a level of 0.05, on both data sets.
Not measured yet. Needs both data sets and a GPU: `python -m validation --preset gpu --data FOLDER
--out FOLDER --missing --minutes 9`, given again until it returns something else than 2.
"""

from functools import partial

from matplotlib.figure import Figure

from morseloss.networks import Relay
from validation.convolutions import images_rates
from validation.convolutions.joined import Case, Experiment, read, rows
from validation.convolutions.recipes import RECIPES
from validation.convolutions.residual import table_five
from validation.report import Outcome
from validation.runs import runs_of
from validation.whole.on_gpu import gpu, watched

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Figure 6 whole: constant against annealed rate, 8 networks a type, CIFAR-10 and SVHN"
NEEDS = "by arithmetic 330 PFLOP, five hours where 20 TFLOP a second are reached"
IMAGES = TESTS = None
EXPERIMENTS = {
    name: Experiment(
        tuple(
            Case(kind, partial(table_five, last=False), recipe.descent, recipe.decay)
            for kind in ("constant", "annealed")
            for recipe in (RECIPES[f"{name}, {kind}"],)
        ),
        networks=8, budget=100.0, chunk=5000, controls=2, nulls=("closed",),
        method=Relay(size=512, first=2500, join=600, stations=1, descent=20, tolerance=1e-5),
    )
    for name in ("cifar10", "svhn")
}  # fmt: skip


def run(seed: int) -> Outcome:
    """Train and join networks of both types on both data sets, in folders to be gone on with."""
    device, folder = gpu(NEEDS, "images_rates"), runs_of("whole_rates")
    data = {name: read(name, IMAGES, TESTS).to(device) for name in EXPERIMENTS}
    with watched(device, folder) as usage:
        found = {
            name: rows(experiment, data[name], folder / name, seed)
            for name, experiment in EXPERIMENTS.items()
        }
    return judged({"sets": found, "usage": usage})


def judged(data: dict) -> Outcome:
    """Hold both types against each other on both data sets, from the numbers alone."""
    parts = {name: images_rates.judged({"rows": found}) for name, found in data["sets"].items()}
    one = next(iter(parts.values()))
    return Outcome(
        f"{one.expected}, on both data sets",
        "; ".join(f"{name}: {part.measured}" for name, part in parts.items()),
        all(part.holds for part in parts.values()),
        data,
    )


def draw(data: dict) -> Figure:
    """Draw tops, bars and test errors, one data set below the other."""
    figure = Figure(figsize=(13, 4.8 * len(data["sets"])), layout="constrained")
    panels = figure.subplots(len(data["sets"]), 3, squeeze=False)
    for axes, (name, found) in zip(panels, data["sets"].items(), strict=True):
        images_rates.draw_on(axes, found)
        axes[1].set_title(name, y=1.2)
    return figure
