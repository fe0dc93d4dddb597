"""How many steps of how many trajectories a second, against plain NumPy and the machine's limit.

The batch holds chaotic trajectories on `x^2 - x^3 + c x^6`, each with its own learning rate, which
neither leave nor settle, so that every step is taken. The peers are NumPy loops over vectors at the
best of several batch sizes: one as it is first written, which evaluates the gradient by Horner's
rule and masks those that leave; one tuned by hand, in place, with the rates multiplied into the
coefficients. The goal is set against the first, whatever the number of threads: NumPy has one. The
limit is that of fused multiply-adds on registers, measured by a loop that does nothing else; a step
counts as the ten operations of its five multiply-adds. All in one run, best of several rounds each.
With a GPU the same batch, wider, is also stepped there.
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.escape import basins, threshold
from morseloss.escape.descents.descent import leave
from morseloss.escape.descents.maps import maps_of
from validation.report import Outcome

__all__ = ["TITLE", "draw", "run"]

TITLE = "Descents: steps a second, against a NumPy loop and the machine's limit"
TERMS = {2: 1.0, 3: -1.0, 6: 0.1}
START = 0.05
ROWS = 1 << 16
STEPS = 2048
BATCHES = (1024, 4096, 16384, 65536)
ROUNDS = 5
ON_GPU = 1 << 22  # trajectories side by side on a GPU, if there is one
FACTOR = 20


def run(seed: int) -> Outcome:
    """Time one batch three ways; nothing is random."""
    del seed
    found = basins(ml.Polynomial(TERMS), near=0.0)
    bound = float(threshold(found, START).rates[0])
    threads = torch.get_num_threads()
    rates = np.linspace(0.9 * bound, 0.999 * bound, ROWS)
    try:
        torch.set_num_threads(1)
        ours = ROWS * STEPS / _best(_kernel(found, rates))
        whole = ROWS * STEPS / _best(_whole(found, rates))
        plain = {n: n * STEPS / _best(_plain(found, rates[:: ROWS // n])) for n in BATCHES}
        tuned = {n: n * STEPS / _best(_tuned(found, rates[:: ROWS // n])) for n in BATCHES}
        limit = _limit()
        torch.set_num_threads(2)
        both = ROWS * STEPS / _best(_kernel(found, rates))
    finally:
        torch.set_num_threads(threads)
    peer, best = max(plain.values()), max(tuned.values())
    wide = _on_gpu(found, bound) if torch.cuda.is_available() else None
    device = f"; {wide / 1e9:.0f}e9 on the GPU, {wide / peer:.0f} times plain" if wide else ""
    return Outcome(
        f"at least {FACTOR} times a plain NumPy loop, on two threads",
        f"{ours / 1e9:.2f}e9 steps/s on one thread ({whole / 1e9:.2f}e9 with looks and batches), "
        f"{both / 1e9:.2f}e9 on two; plain NumPy {peer / 1e9:.3f}e9: {ours / peer:.1f} and "
        f"{both / peer:.1f} times; tuned NumPy {best / 1e9:.3f}e9: {ours / best:.1f} and "
        f"{both / best:.1f} times; {10 * ours / limit:.0%} of the {limit / 1e9:.0f} GFlop/s "
        f"that one core does in registers{device}",
        both >= FACTOR * peer,
        {
            "kernel": ours,
            "whole": whole,
            "two threads": both,
            "gpu": wide,
            "plain": {str(n): speed for n, speed in plain.items()},
            "tuned": {str(n): speed for n, speed in tuned.items()},
            "limit": limit,
        },
    )


def _best(work: Callable[[], object]) -> float:
    work()
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _kernel(found, rates: np.ndarray) -> Callable[[], object]:
    many = found.take(np.zeros(len(rates), dtype=int))
    gates = many.left - many.minima, many.right - many.minima
    maps = maps_of(many.coefficients, rates, *gates, np.zeros(len(rates)))
    points = torch.full((len(rates),), START, dtype=torch.float64)
    return lambda: maps.advance(points, STEPS)


def _whole(found, rates: np.ndarray) -> Callable[[], object]:
    many = found.take(np.zeros(len(rates), dtype=int))
    return lambda: leave(many, rates, np.full(len(rates), START), STEPS)


def _on_gpu(found, bound: float) -> float:
    many, rates = found.take(np.zeros(ON_GPU, int)), np.linspace(0.9, 0.999, ON_GPU) * bound
    gates = many.left - many.minima, many.right - many.minima
    device = torch.device("cuda")
    maps = maps_of(many.coefficients, rates, *gates, np.zeros(ON_GPU), device)
    points = torch.full((ON_GPU,), START, dtype=torch.float64, device=device)

    def work() -> None:
        maps.advance(points, STEPS)
        torch.cuda.synchronize()

    return ON_GPU * STEPS / _best(work)


def _plain(found, rates: np.ndarray) -> Callable[[], object]:
    slopes = found.coefficients[0, 1:] * np.arange(1, 7)
    low, high = float(found.left[0]), float(found.right[0])

    def work() -> np.ndarray:
        points = np.full(len(rates), START)
        still, steps = np.ones(len(rates), bool), np.zeros(len(rates))
        for _ in range(STEPS):
            gradient = slopes[5]
            for power in (4, 3, 2, 1, 0):
                gradient = gradient * points + slopes[power]
            points = points - rates * gradient
            still = still & (points >= low) & (points <= high)
            steps = steps + still
        return steps

    return work


def _tuned(found, rates: np.ndarray) -> Callable[[], object]:
    slopes = found.coefficients[0, 1:] * np.arange(1, 7)
    maps = -rates * slopes[:, None]
    maps[1] += 1
    low, high = float(found.left[0]), float(found.right[0])

    def work() -> np.ndarray:
        points, after = np.full(len(rates), START), np.empty(len(rates))
        still, inside = np.ones(len(rates), bool), np.empty(len(rates), bool)
        steps = np.zeros(len(rates))
        for _ in range(STEPS):
            np.multiply(maps[5], points, out=after)
            for power in (4, 3, 2, 1):
                after += maps[power]
                after *= points
            after += maps[0]
            np.less_equal(after, high, out=inside)
            still &= inside
            np.greater_equal(after, low, out=inside)
            still &= inside
            steps += still
            points, after = after, points
        return steps

    return work


def _limit() -> float:
    """Operations a second of fused multiply-adds on one core, 2 each."""
    from numba import njit

    @njit(fastmath={"contract"}, nogil=True)
    def spin(count, factor, shift):
        lanes = np.arange(64) * 0.01
        for _ in range(count):
            for lane in range(64):
                x = lanes[lane]
                for _ in range(24):
                    x = x * factor + shift
                lanes[lane] = x
        return lanes.sum()

    count = 100_000
    return 2 * 24 * 64 * count / _best(lambda: spin(count, 0.99, 0.01))


def draw(data: dict) -> Figure:
    """Draw the speeds and the limit."""
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.add_subplot()
    names = [f"NumPy, {kind}, batches of {n}" for kind in ("plain", "tuned") for n in data[kind]]
    names += ["morseloss, whole search", "morseloss, steps alone", "two threads"]
    names += ["GPU"] if data["gpu"] else []
    speeds = [
        *data["plain"].values(),
        *data["tuned"].values(),
        data["whole"],
        data["kernel"],
        data["two threads"],
        *([data["gpu"]] if data["gpu"] else []),
    ]
    colours = (
        ["#d5b29a"] * len(data["plain"])
        + ["#c8875b"] * len(data["tuned"])
        + ["#6494bd"]
        + ["#17324d"] * (len(names) - len(data["plain"]) - len(data["tuned"]) - 1)
    )
    axes.barh(names, speeds, color=colours)
    limit = data["limit"] / 10
    axes.axvline(limit, color="black", linestyle="--", linewidth=0.9)
    axes.annotate("limit of one core ", (limit, 0), ha="right", fontsize=8)
    for row, speed in enumerate(speeds):
        axes.annotate(f" {speed / 1e9:.2f}e9", (speed, row), va="center", fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set(xlabel="steps of a trajectory a second")
    return figure
