"""Lines between networks trained by Adam at several rates on MNIST, beside a published sweep.

Claim: where Adam's rate is low, matched hidden units bring the test loss half way on the line below
a third of that of the line as trained; where it is high, they leave more than half of it.
Source: Fort, dissect-git-re-basin, 2022: 3 layers of 512 units, 50 epochs at a constant rate, one
pair each; numbers read off its figure by eye, to about 0.05. Here 5 epochs and 3 pairs.
Tolerance: as claimed, on means over pairs; the ratio to the published numbers is only told.
Needs the data: `python -m validation networks_published_rates --data FOLDER`, about ten minutes on
one core; it may be stopped, and the same command goes on.
"""

import torch
from matplotlib.figure import Figure

from morseloss.networks import Constant, Descent
from validation.images import folder_of, idx
from validation.modules import dense
from validation.published.lines import AS_TRAINED, WEIGHTS, Recipe, midpoint, row
from validation.published.page import besides, drawn_beside
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Lines between networks of Adam at four rates on MNIST, beside dissect-git-re-basin's"
DEPTH, WIDTH, NETWORKS, EPOCHS, SIZE = 3, 512, 3, 5, 500
RATES = (5e-3, 1e-2, 2e-2, 4e-2)
PUBLISHED = {  # rate: test loss half way, as trained and matched
    5e-3: (2.16, 0.10),
    1e-2: (1.93, 0.24),
    2e-2: (2.08, 1.18),
    4e-2: (2.95, 2.22),
}
KINDS = (AS_TRAINED, WEIGHTS)
LOW, HIGH = 1 / 3, 1 / 2


def run(seed: int) -> Outcome:
    """Train the networks of each rate and measure their lines."""
    parts = {part: idx(folder_of(), "MNIST", part) for part in ("train", "test")}
    folder, found = runs_of("networks_published_rates"), {}
    for rate in RATES:
        descent = Descent(Constant(rate), EPOCHS, SIZE, finish=None, dtype=torch.float32)
        recipe = Recipe(f"rate-{rate:g}", dense(784, DEPTH, WIDTH), descent, NETWORKS)
        found[str(rate)] = row(recipe, parts, folder, seed, ("test",))
    return judged({"epochs": EPOCHS, "rows": found})


def judged(data: dict) -> Outcome:
    """Judge what matching leaves at the lowest and at the highest rate."""
    rows = list(data["rows"].values())
    told = besides(data, PUBLISHED, KINDS, "test", "loss")
    means = [[midpoint(found, kind, "test", "loss")[0] for kind in KINDS] for found in rows]
    left = [matched / apart for apart, matched in means]
    return Outcome(
        f"matching leaves less than {LOW:.2g} of the loss half way at the lowest rate, more than "
        f"{HIGH:.2g} at the highest",
        f"it leaves {', '.join(f'{part:.2g}' for part in left)}; test loss half way, mean over "
        f"{told.pairs} pairs, ours / published, {data['epochs']} epochs: {told}; null: {told.null}",
        left[0] < LOW and left[-1] > HIGH,
        data,
    )


def draw(data: dict) -> Figure:
    """Draw losses half way against the rate, ours and the published ones."""
    figure = drawn_beside(data, PUBLISHED, KINDS, "test", "loss", "learning rate of Adam")
    axes = figure.axes[0]
    axes.set_xscale("log")
    axes.set_xticks(RATES, [f"{rate:g}" for rate in RATES])
    axes.minorticks_off()
    return figure
