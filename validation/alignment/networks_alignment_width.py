"""GPTs of 32 to 256 units on Shakespeare: what matching leaves of a line, against width.

Claim: between two GPTs of 2 layers the wider they are, the smaller the share of the line's barrier
that is left to the copies nearest by weights; at 256 units, the published width, it is at most the
published share, and so it is to copies that are learned from there.
Source: Theus et al., "Generalized linear mode connectivity for transformers", 2025: GPT-2 of 6
layers, 256 wide, on the same text, 2.02 nats as trained, 0.34 by weight matching, 0.02 learned.
Tolerance: none; one pair a width. A barrier is the most by which the loss on the line is above the
straight line between the losses of its ends, on text that was held out.
Measured: it fails. By weights 0.41, 0.44, 0.60 and 1.12 are left at 32, 64, 128 and 256 units: the
wider, the more, though copies by weights are nearer at each width than those by activations, which
leave 0.34, 0.35, 0.36 and 0.27. Copies learned from those by weights, for 500 steps, leave 0.10,
0.11, 0.13 and 0.14. So width alone does not explain what is published; recipe and depth are others.
Trained by Adam, 14000 windows of 64 characters, batch 16, 3 epochs, warmed up to a rate of 1e-3 and
down to 0, no decay. Needs the text, and about an hour of one core:
`python -m validation networks_alignment_width --data FOLDER` may be stopped, and goes on.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from morseloss.networks import Descent, NetworkLandscape, Run, Turning
from morseloss.plot.style import INK, LEAF, PASS
from validation.alignment.frames import Copies, as_pairs, by_pairs, kept, learned, measured_on
from validation.alignment.subjects import GPT, windows
from validation.images import folder_of
from validation.published.lines import Triangle
from validation.report import Outcome
from validation.runs import runs_of, timed

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Lines between GPTs of 32 to 256 units on Shakespeare: what matching leaves, by width"
WIDTHS, LAYERS, HEAD = (32, 64, 128, 256), 2, 16  # units; units a head
LENGTH, WINDOWS, LOOKS, LATER = 64, 14000, 128, 15000  # characters; windows to train, to measure
EPOCHS, RATE, BATCH = 3, 1e-3, 16
TURNING = Turning(steps=500, rate=1e-2, size=16)
TIMES = 11  # on a line
AS_TRAINED = "as trained"
PUBLISHED = {"weights": 0.34 / 2.02, "learned": 0.02 / 2.02}


def run(seed: int) -> Outcome:
    """Train two networks of each width in a folder that can be gone on with, and align them."""
    folder = runs_of("networks_alignment_width")
    with timed(folder) as before:
        rows = [_row(width, folder / str(width), seed) for width in WIDTHS]
    return judged({"rows": rows, "earlier_seconds": before})


def _row(width: int, folder: Path, seed: int) -> dict[str, Any]:
    trained, others = _land(width, WINDOWS, 0), _land(width, LOOKS, LATER)
    few = trained.batch(torch.arange(LOOKS))
    rate = Triangle(RATE, peak=EPOCHS / 10, epochs=EPOCHS)
    with Run(folder / "networks", trained, seed=seed) as run:
        run.train(2, Descent(rate, EPOCHS, BATCH, finish=None, dtype=torch.float32), together=1)
        points = run.minima.double()
    ways = _ways(few, trained, points, folder, seed)
    return {
        "width": width,
        "parameters": trained.dim,
        "values": [land.value(points.float()).tolist() for land in (few, others)],
        "ways": {
            way: measured_on(copies, few, others, dtype=torch.float32, times=TIMES)
            for way, copies in ways.items()
        },
    }


def _land(width: int, count: int, skip: int) -> NetworkLandscape:
    inputs, targets, symbols = windows(folder_of(), LENGTH, count, skip=skip)
    module = GPT(symbols, LENGTH, layers=LAYERS, width=width, heads=width // HEAD)
    return NetworkLandscape(module, nn.functional.cross_entropy, inputs, targets, chunk=256)


def _ways(
    few: NetworkLandscape, trained: NetworkLandscape, points: Tensor, folder: Path, seed: int
) -> dict[str, Copies]:
    """Align in all ways; what was found is kept in the folder."""
    return kept(folder, {
        AS_TRAINED: lambda _: as_pairs(points),
        "weights": lambda _: by_pairs(few, points, "weights"),
        "activations": lambda _: by_pairs(few, points, "activations"),
        "learned": lambda found: learned(trained, found["weights"], TURNING, seed),
    })  # fmt: skip


def judged(data: dict) -> Outcome:
    """Hold what is left against width and against what is published, from the numbers alone."""
    left = {way: _left(data, way) for way in data["rows"][0]["ways"] if way != AS_TRAINED}
    falls = bool((np.diff(left["weights"]) < 0).all())
    reached = {way: left[way][-1] <= share for way, share in PUBLISHED.items()}
    told = "; ".join(
        f"{way} {', '.join(f'{x:.2f}' for x in shares)}" for way, shares in left.items()
    )
    sizes = ", ".join(str(row["width"]) for row in data["rows"])
    published = ", ".join(f"{way} {share:.2f}" for way, share in PUBLISHED.items())
    before = ", ".join(f"{nats:.2f}" for nats in _barriers(data, AS_TRAINED))
    losses = ", ".join(f"{np.mean(row['values'][1]):.2f}" for row in data["rows"])
    return Outcome(
        "the share that matching by weights leaves falls with width, and at the published width it "
        "is at most the published one, learned too",
        f"{sizes} units: losses {losses}, lines as trained {before} nats, on text held out; left: "
        f"{told}; published: {published}",
        falls and all(reached.values()),
        data,
    )


def _barriers(data: dict, way: str) -> np.ndarray:
    """Barriers on text held out, by width."""
    return np.array([np.mean(row["ways"][way]["barriers"][1]) for row in data["rows"]])


def _left(data: dict, way: str) -> np.ndarray:
    return _barriers(data, way) / _barriers(data, AS_TRAINED)


def draw(data: dict) -> Figure:
    """Draw the share that is left against width, by alignment, beside the published ones."""
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    widths = [row["width"] for row in data["rows"]]
    colours = {"weights": INK, "activations": LEAF, "learned": PASS}
    for way, colour in colours.items():
        axes.plot(widths, _left(data, way), "o-", color=colour, label=way)
    for way, share in PUBLISHED.items():
        axes.plot(256, share, "s", ms=9, mfc="none", color=colours[way], label=f"{way}, published")
    axes.set_xscale("log", base=2)
    axes.set_xticks(widths, [str(width) for width in widths])
    axes.set(xlabel="units of the residual stream", ylim=(0, None))
    axes.set_ylabel("share of the line's barrier that is left")
    axes.legend(frameon=False)
    return figure
