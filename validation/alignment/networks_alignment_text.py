"""Small GPTs on Shakespeare: the straight line between them, as trained and aligned.

Claim: of 3 GPTs of 2 layers, 64 wide, 4 heads (112,000 weights), trained on characters, the line
between two climbs at most half as high, where heads and neurons are exchanged and the residual
stream is turned, than between networks as trained, on windows they were trained on and on others;
so it does in one frame for all three; exchanges alone do not reach that.
Source: Theus et al., "Generalized linear mode connectivity for transformers", 2025: GPT-2 of 6
layers, 256 wide, on the same text, 2.02 nats as trained, 0.34 by weight matching, 0.02 learned.
Tolerance: none; means over pairs. A barrier is the most by which the loss on the line is above the
straight line between the losses of its ends.
Measured: it holds. Of 1.81 nats 0.88 are left by weights, 0.84 in one frame, 0.66 by activations
and 0.21 by copies that are learned from there, 0.05 on other windows; exchanges alone leave 1.51.
Trained by Adam, 4096 windows of 64 characters, batch 16, 10 epochs, cosine rate from 3e-3, no decay
(matching is known to work for some rates only). Needs the text, and about half an hour:
`python -m validation networks_alignment_text --data FOLDER` may be stopped, and goes on.
"""

from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from morseloss.networks import (
    Cosine,
    Descent,
    NetworkLandscape,
    Turning,
    initial,
    symmetry_of,
    train,
)
from morseloss.plot.style import INK, LEAF
from validation.alignment.frames import (
    Copies,
    as_pairs,
    by_pairs,
    by_universe,
    kept,
    learned,
    measured_on,
)
from validation.alignment.subjects import GPT, windows
from validation.images import folder_of
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Lines between small GPTs on Shakespeare, as trained, aligned and in one frame"
LENGTH, WINDOWS, LOOKS, LATER = 64, 4096, 128, 15000  # characters; windows to train and to measure
LAYERS, WIDTH, HEADS = 2, 64, 4
NETWORKS, EPOCHS, RATE, BATCH = 3, 10, 3e-3, 16
TURNING = Turning(steps=500, rate=1e-2, size=16)
TIMES = 11  # on a line
PUBLISHED = {"as trained": 2.02, "weights": 0.34, "learned": 0.02}


def run(seed: int) -> Outcome:
    """Train networks in a folder that can be gone on with, and align them in all ways."""
    trained, others = (_land(WINDOWS, 0), _land(LOOKS, LATER))
    folder = runs_of("networks_alignment_text")
    points = _networks(trained, folder, seed)
    few = trained.batch(torch.arange(LOOKS))
    ways = _ways(few, trained, points, folder, seed)
    measured = {
        way: measured_on(copies, few, others, dtype=torch.float32, times=TIMES)
        for way, copies in ways.items()
    }
    values = [land.value(points).tolist() for land in (few, others)]
    return judged({"parameters": trained.dim, "values": values, "ways": measured})


def _networks(land: NetworkLandscape, folder: Path, seed: int) -> Tensor:
    """Train networks together, or read them."""
    done, state = folder / "networks.pt", folder / "training.pt"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        generator = torch.Generator().manual_seed(seed)
        found = train(
            land, initial(land, NETWORKS, generator=generator),
            Descent(Cosine(RATE, EPOCHS), EPOCHS, BATCH, finish=None, dtype=torch.float32),
            generator=generator, checkpoint=lambda now: torch.save(now, state),
            resume=torch.load(state) if state.exists() else None,
        )  # fmt: skip
        torch.save(found.points, done)
    return torch.load(done, weights_only=True).double()


def _land(count: int, skip: int) -> NetworkLandscape:
    inputs, targets, symbols = windows(folder_of(), LENGTH, count, skip=skip)
    module = GPT(symbols, LENGTH, layers=LAYERS, width=WIDTH, heads=HEADS)
    return NetworkLandscape(module, nn.functional.cross_entropy, inputs, targets, chunk=256)


def _ways(
    few: NetworkLandscape, trained: NetworkLandscape, points: Tensor, folder: Path, seed: int
) -> dict[str, Copies]:
    """Align in all ways; what was found is kept in the folder."""
    exchanges = symmetry_of(few).permutations
    return kept(folder, {
        "as trained": lambda _: as_pairs(points),
        "exchanged": lambda _: by_pairs(few, points, "weights", symmetry=exchanges),
        "weights": lambda _: by_pairs(few, points, "weights"),
        "activations": lambda _: by_pairs(few, points, "activations"),
        "learned": lambda found: learned(trained, found["activations"], TURNING, seed),
        "one frame": lambda _: by_universe(few, points, "weights"),
    })  # fmt: skip


def judged(data: dict) -> Outcome:
    """Hold barriers against those as trained, from the numbers alone."""
    before = _mean(data, "as trained")
    low = [_mean(data, way) for way in ("weights", "one frame")]
    holds = all((2 * found <= before).all() for found in low)
    holds &= bool((2 * _mean(data, "exchanged") > before).all())
    told = ", ".join(
        f"{way} {_mean(data, way)[0]:.2f} ({_mean(data, way)[1]:.2f})" for way in data["ways"]
    )
    published = ", ".join(f"{way} {nats:g}" for way, nats in PUBLISHED.items())
    return Outcome(
        "lines between aligned GPTs, and in one frame, at most half as high as between GPTs as "
        "trained; exchanges alone do not do it",
        f"losses {np.mean(data['values'][0]):.2f} ({np.mean(data['values'][1]):.2f} on other "
        f"windows); barriers in nats, on other windows in brackets: {told}; published for a larger "
        f"one: {published}",
        bool(holds),
        data,
    )


def _mean(data: dict, way: str) -> np.ndarray:
    """Mean barriers over pairs, on windows trained on and on others."""
    return np.mean(data["ways"][way]["barriers"], axis=1)


def draw(data: dict) -> Figure:
    """Draw the barriers of all pairs by alignment."""
    figure = Figure(figsize=(7.2, 3.8), layout="constrained")
    axes = figure.subplots()
    ways = list(data["ways"])
    for place, way in enumerate(ways):
        for shift, colour, barriers, label in zip(
            (-0.12, 0.12), (LEAF, INK), data["ways"][way]["barriers"],
            ("windows trained on", "other windows"), strict=True,
        ):  # fmt: skip
            axes.plot(
                [place + shift] * len(barriers), barriers, "o", color=colour,
                label="_" if place else label,
            )  # fmt: skip
    axes.axhline(_mean(data, "as trained")[0] / 2, color="0.7", lw=0.8)
    axes.set_xticks(range(len(ways)), [way.replace(", ", ",\n") for way in ways])
    axes.set(ylabel="climb of the line, nats", ylim=(0, None))
    axes.legend(frameon=False)
    return figure
