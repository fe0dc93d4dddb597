"""Small constant rate against annealed rate: bars, tops and test errors at equal training loss.

Claim, the paper's: networks trained at a small constant rate (type 1) generalise worse than those
of an annealed rate (type 2) at nearly the same training loss; the tops of their bars lie higher,
and so bars tell the worse networks from the training images alone (Figure 6, Tables 1, 5 and 7).
Here the network of Table 5, in the reading of 195k weights, has 8 channels first in place of 16; 6
networks of each type are trained by SGD with momentum on the first 512 images of CIFAR-10, pooled
to 16 x 16, weight decay 1e-3: type 1 at 1e-3 for 150 epochs, type 2 by S(10, 40, 3e-2, 1e-4) for
50, and both then by 60 steps of L-BFGS, since a bar needs a minimum. Ways over stations join
networks of one type; heights are given at three budgets, of about 60, 154 and 270 gradients on all
images a way, beside what ways to itself and to a shuffled copy still climb, of one network of each
type. Whether the longer bar is the worse network is asked of all networks, and within each type.
Measured: it holds at this budget, p = 0.004, at training losses without weight decay of 0.0041 and
0.0039. But bars tell the types, not the networks: within a type their rank correlation with test
errors is 0.1, p = 0.4. And both still fall, from 0.16 to 0.078 and from 0.11 to 0.022, well below
what closed ways leave, 0.69 and 0.43. The way from one network to its own shuffled copy, which
knows nothing of others, leaves 0.092 and 0.037, more than the bars and as far apart: what is seen
may be the work. With one network of each type that is an observation, and no test.
Source: section 5, Figure 6, Tables 1, 5 and 7, Appendix F of the paper; Li, Wei and Ma 2019.
Tolerance: permutation tests at a level of 0.05, one-sided, with type 1 worse on test images.
Needs the data and half an hour: `python -m validation images_rates --data FOLDER` may be stopped at
any moment, and the same command goes on. Whole: `whole_rates`.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from morseloss.networks import LBFGS, Constant, Descent, Momentum, Ramp, Relay
from morseloss.plot.style import INK, PASS
from validation.convolutions.drawn import draw_bars, draw_tops
from validation.convolutions.joined import Case, Experiment, read, rows
from validation.convolutions.measures import apart, bars, births, resolved, said, tops
from validation.convolutions.permuted import higher, together
from validation.convolutions.residual import table_five
from validation.report import Outcome
from validation.runs import runs_of, timed

__all__ = ["TITLE", "draw", "draw_on", "judged", "run"]

TITLE = "Small constant rate against annealed rate (Figure 6, Tables 1, 5, 7)"
IMAGES, TESTS, SIDE = 512, 2000, 16
LEVEL = 0.05
ANNEALED = Descent(
    Ramp(10, 40, 3e-2, 1e-4), 50, 32, Momentum(0.9), finish=LBFGS(ftol=1e-4), steps=60,
    dtype=torch.float32,
)  # fmt: skip
CONSTANT = replace(ANNEALED, schedule=Constant(1e-3), epochs=150)
EXPERIMENT = Experiment(
    tuple(
        Case(name, partial(table_five, 8, last=False), descent, 1e-3)
        for name, descent in (("constant", CONSTANT), ("annealed", ANNEALED))
    ),
    networks=6, budget=200.0,
    method=Relay(
        size=64, first=320, join=100, stations=1, descent=30, evaluations=8, tolerance=1e-5
    ),
)  # fmt: skip


def run(seed: int) -> Outcome:
    """Train and join networks of both types, in a folder that can be gone on with."""
    folder, data = runs_of("images_rates"), read("cifar10", IMAGES, TESTS, SIDE)
    with timed(folder) as before:
        found = rows(EXPERIMENT, data, folder, seed)
    return judged({"rows": found, "earlier_seconds": before})


def judged(data: dict) -> Outcome:
    """Hold tops and bars of both types against each other, from the numbers alone."""
    small, annealed = data["rows"]
    chances = {
        "test errors": higher(np.array(small["test_errors"]), np.array(annealed["test_errors"])),
        "tops": higher(tops(small), tops(annealed)),
        "bars": higher(bars(small), bars(annealed)),
    }
    both = [of_bars(row) for row in data["rows"]]
    rank, chance = together(both, within=False)
    own, own_chance = together(both, within=True)
    levels = ", ".join(f"{what} p = {p:.3f}" for what, p in chances.items())
    losses = apart(births(small), births(annealed))
    told = [row["name"] for row in data["rows"] if resolved(row)]
    return Outcome(
        f"constant rate higher than annealed in test errors and tops, p < {LEVEL}",
        f"constant above annealed: {levels}, minima by {losses:.1f} standard errors; longer bars "
        f"have larger test errors: rank correlation {rank:.2f}, p = {chance:.3f}, within types "
        f"{own:.2f}, p = {own_chance:.3f}; bars longer than what the method leaves: "
        f"{', '.join(told) or 'none'}. {'; '.join(_said(row) for row in data['rows'])}",
        max(chances["test errors"], chances["tops"]) < LEVEL,
        data,
    )


def of_bars(row: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return lengths of bars, and test errors of the networks that they belong to."""
    losses = np.array(row["births"])
    which = [int(np.abs(losses - birth).argmin()) for birth in row["sample"]["births"]]
    return bars(row), np.array(row["test_errors"])[which]


def _said(row: dict[str, Any]) -> str:
    return f"{said(row)}, test errors {np.mean(row['test_errors']):.3f}"


def draw(data: dict) -> Figure:
    """Draw tops and bars of both types, and bars over test errors."""
    figure = Figure(figsize=(13, 4.8), layout="constrained")
    draw_on(figure.subplots(1, 3), data["rows"])
    return figure


def draw_on(axes: np.ndarray, found: list[dict[str, Any]]) -> None:
    """Draw the same on three axes."""
    draw_tops(axes[0], found)
    draw_bars(axes[1], found)
    _draw_errors(axes[2], found)


def _draw_errors(ax: Axes, found: list[dict[str, Any]]) -> None:
    for row, colour, marker in zip(found, (PASS, INK), "os", strict=True):
        lengths, errors = of_bars(row)
        ax.plot(errors, np.maximum(lengths, 1e-6), marker, color=colour, label=row["name"])
    ax.set(yscale="log", xlabel="share of test images that are wrong", ylabel="length of the bar")
    ax.legend(frameon=False, fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0))
