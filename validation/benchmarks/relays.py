"""How much less a gradient of a relay costs when all ways are lowered together.

Two questions, in one process, on one thread, in turns. What does a gradient on all images cost in a
relay of 10 networks, 9 ways to the lowest or all 45 pairs, when all ways are lowered together, and
when they are lowered one after the other? And where does the gain come from: what does a gradient
cost, of mini-batches in single precision and of all images in double precision, for one network,
for those of one way, and for those of all; and in plain torch, one network after the other?
Stages of the relay have a tenth of their usual length, and looks for tops, which go path by path,
have not: they are 41 in 100 of these gradients, and usually 6, so the gain is somewhat larger
in a whole relay. CPU time counts; wall time stands beside it, and means little on a machine with
other work. Of the ways one after the other some are timed. That 9 ways decide the bars of 45 pairs
comes on top.
"""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from morseloss.networks import NetworkLandscape, Relay, all_pairs, relay
from morseloss.plot.style import INK, LEAF, PASS
from validation.modules import dense
from validation.networks.minima_on_digits import DECAY, on_digits, trained
from validation.report import Outcome

__all__ = ["TITLE", "draw", "run"]

TITLE = "Ways of a relay together against one after the other: time a gradient"
NETWORKS, EPOCHS, STEPS = 10, 3, 10
METHOD = Relay(first=250, join=60, descent=25, tolerance=1e-12)  # a tenth as long as usual
BUDGET = 180.0  # gradients on all images, a way
CASES = ((8, 9), (32, 9), (32, 45), (128, 9))  # width, ways
JUDGED, FACTOR = (32, 9), 3
ALONE, ROUNDS = 2, 2
GRADIENTS = 5  # times that each gradient is timed
CLOCKS = ("cpu", "wall")


def run(seed: int) -> Outcome:
    """Time relays and gradients of each width, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rows = [_relays(width, ways, seed) for width, ways in CASES]
        gradients = [_gradients(width, seed) for width in dict(CASES)]
    finally:
        torch.set_num_threads(threads)
    judged = next(row for row in rows if (row["width"], row["ways"]) == JUDGED)
    gain = judged["alone"]["cpu"] / judged["together"]["cpu"]
    told = "; ".join(
        f"width {row['width']}, {row['ways']} ways: {1000 * row['alone']['cpu']:.2f} ms alone, "
        f"{1000 * row['together']['cpu']:.2f} together, "
        f"{row['alone']['cpu'] / row['together']['cpu']:.1f} times (wall "
        f"{row['alone']['wall'] / row['together']['wall']:.1f})"
        for row in rows
    )
    parts = "; ".join(_gain(row) for row in gradients)
    return Outcome(
        f"at least {FACTOR} times less a gradient for {NETWORKS} networks 64-32-32-10, 9 ways",
        f"{told}. Of gradients alone: {parts}",
        gain >= FACTOR,
        {"images": len(on_digits(dense(64))), "relays": rows, "gradients": gradients},
    )


def _gain(row: dict[str, Any]) -> str:
    small, whole = row["float32, 256 images"], row["float64, all images"]
    batch = row["float64, 256 images"]
    return (
        f"width {row['width']}: mini-batches {small['1'] / small['9']:.1f} times less for 9, all "
        f"images {whole['3'] / whole['27']:.1f} times less for 27 than for 3; float64 mini-batches "
        f"of 10 {batch['plain'] / batch['10']:.1f} times faster than plain torch"
    )


def _relays(width: int, ways: int, seed: int) -> dict[str, Any]:
    """Seconds a gradient of all ways together, and of some of them one by one, in turns."""
    land = on_digits(dense(64, width=width))
    points = trained(land, NETWORKS, seed, epochs=EPOCHS, max_steps=STEPS).points.double()
    points = points[land.value(points).argsort()]
    pairs = torch.from_numpy(all_pairs(NETWORKS))[:ways]  # the first 9 lead to the lowest
    measured: dict[str, list[tuple[float, float]]] = {"together": [], "alone": []}
    for turn in range(ROUNDS):
        measured["together"].append(_timed(land, points, pairs))
        for way in range(ALONE):
            row = (turn * ALONE + way) % ways
            measured["alone"].append(_timed(land, points, pairs[row : row + 1]))
    return {
        "width": width,
        "ways": ways,
        **{
            kind: {
                name: median(part)
                for name, part in zip(CLOCKS, zip(*some, strict=True), strict=True)
            }
            for kind, some in measured.items()
        },
    }


def _timed(land: NetworkLandscape, points: Tensor, pairs: Tensor) -> tuple[float, float]:
    """Seconds of CPU and of the clock for a gradient of a relay."""
    draws = torch.Generator().manual_seed(len(pairs))
    cpu, wall = time.process_time(), time.perf_counter()
    found = relay(land, points, METHOD, budget=BUDGET, pairs=pairs, generator=draws)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    spent = float(found.spent[-1])
    return cpu / spent, wall / spent


def _gradients(width: int, seed: int) -> dict[str, Any]:
    """Seconds a gradient of one network, among so many, and in plain torch."""
    land = on_digits(dense(64, width=width))
    batch = land.batch(torch.arange(256))
    generator = torch.Generator().manual_seed(seed)
    points = 0.1 * torch.randn(36, land.dim, generator=generator, dtype=torch.float64)
    found: dict[str, Any] = {"width": width}
    for name, some, rows, counts in (
        ("float32, 256 images", batch, points.float(), (1, 9, 36)),
        ("float64, 256 images", batch, points, (1, 10)),
        ("float64, all images", land, points, (1, 3, 27)),
    ):
        works = {str(k): lambda s=some, p=rows[:k]: s.gradient(p) for k in counts}
        works["plain"] = _plain(some, width, rows[0])
        seconds = _best(list(works.values()))
        found[name] = {
            key: taken / (1 if key == "plain" else int(key))
            for key, taken in zip(works, seconds, strict=True)
        }
    return found


def _plain(land: NetworkLandscape, width: int, point: Tensor) -> Callable[[], object]:
    """A gradient as torch has it, of one network."""
    module = dense(64, width=width).to(point.dtype)
    nn.utils.vector_to_parameters(point, module.parameters())
    inputs, targets = land.inputs.to(point.dtype), land.targets
    weights = list(module.parameters())

    def gradient() -> object:
        value = nn.functional.cross_entropy(module(inputs), targets)
        squares = torch.stack([(weight**2).sum() for weight in weights]).sum()
        return torch.autograd.grad(value + DECAY / 2 * squares, weights)

    return gradient


def _best(works: Sequence[Callable[[], object]]) -> list[float]:
    """The least CPU seconds of each, measured in turns."""
    least = [np.inf] * len(works)
    for _ in range(GRADIENTS):
        for place, work in enumerate(works):
            start = time.process_time()
            work()
            least[place] = min(least[place], time.process_time() - start)
    return [float(one) for one in least]


def draw(data: dict) -> Figure:
    """Draw the time a gradient in relays, and of gradients by themselves."""
    figure = Figure(figsize=(12, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    rows = data["relays"]
    for place, (kind, colour) in enumerate((("alone", PASS), ("together", INK))):
        heights = [1000 * row[kind]["cpu"] for row in rows]
        bars = left.bar(
            np.arange(len(rows)) + 0.36 * (place - 0.5), heights, 0.34, color=colour,
            label={"alone": "one after the other", "together": "together"}[kind],
        )  # fmt: skip
        left.bar_label(bars, fmt="%.2g", fontsize=8)
    named = [f"64-{row['width']}-{row['width']}-10\n{row['ways']} ways" for row in rows]
    left.set_xticks(range(len(rows)), named, fontsize=8)
    left.set(ylabel="ms of CPU, a gradient on all images", title="in a relay")
    left.margins(y=0.1)
    left.legend(frameon=False, fontsize="small")
    _draw_gradients(right, data["gradients"])
    return figure


def _draw_gradients(ax: Axes, rows: list[dict[str, Any]]) -> None:
    for name, colour in (("float32, 256 images", LEAF), ("float64, all images", PASS)):
        for row, line in zip(rows, ("-", "--", ":"), strict=False):
            part = {int(key): value for key, value in row[name].items() if key != "plain"}
            ax.plot(
                list(part), [1000 * value for value in part.values()], "o", linestyle=line,
                color=colour, label=f"{name}, width {row['width']}",
            )  # fmt: skip
            ax.plot(0.8, 1000 * row[name]["plain"], "x", color=colour)
    ax.plot([], [], "x", color="0.4", label="plain torch")
    ax.set(
        xscale="log", yscale="log", xlabel="networks together", title="by itself",
        ylabel="ms of CPU, a gradient of one network",
    )  # fmt: skip
    ax.set_xticks([1, 3, 9, 27], ["1", "3", "9", "27"])
    ax.set_xticks([], minor=True)
    ax.legend(frameon=False, fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5))
