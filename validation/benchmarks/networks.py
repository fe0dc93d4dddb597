"""How much faster many networks are trained together, and what that costs in memory.

Three questions, in one run, on two threads. How much longer do ten fully connected networks
784-32-32-10 take to train one after another, by plain torch and by ours, than together, and the 45
Bezier paths between them? Which share of the machine's arithmetic is used, where the limit is that
of large products of matrices, and an operation counts only if the gradient needs it? And how much
memory is held at most, against parameters, gradients and optimiser state? The data are random
numbers of MNIST's shape: times do not depend on what they show. Other work on the machine spoils
the two threads, so run it on a quiet one.
"""

import itertools
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn

import morseloss as ml
from morseloss.networks import NetworkLandscape, SweptCurve
from morseloss.networks.training.epochs import Epochs
from morseloss.networks.training.initial import initial
from morseloss.networks.training.optimisers import Adam
from morseloss.networks.training.schedules import Constant
from validation.modules import dense
from validation.report import Outcome
from validation.style import below, dots

__all__ = ["TITLE", "draw", "run", "times"]

TITLE = "Networks together against one after another: time, arithmetic, memory"
NETWORKS, SIZE, STEPS, ROUNDS = 10, 128, 24, 7
FACTOR, SHARE = 3, 1.5
WEIGHTS = 784 * 32 + 32 * 32 + 32 * 10
FLOP = 6 * WEIGHTS - 2 * 784 * 32  # of a gradient, an image; images need no gradient


def run(seed: int) -> Outcome:
    """Measure all of it on two threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        generator = torch.Generator().manual_seed(seed)
        land = _landscape(generator, device)
        limit = _limit(device)
        training = _training(land, generator)
        paths = _paths(land, generator)
        memory = {
            "training": _memory(land, generator), "paths": _memory_of_paths(land, generator)
        }  # fmt: skip
    finally:
        torch.set_num_threads(threads)
    share = NETWORKS * SIZE * FLOP / training["together"] / limit
    gains = [min(part["plain"], part["ours"]) / part["together"] for part in (training, paths)]
    return Outcome(
        f"at least {FACTOR} times faster together, both; at most {SHARE} times the sum of "
        "parameters, gradients and state",
        f"training {gains[0]:.1f} times (plain torch {training['plain'] / training['together']:.1f}"
        f"), 45 paths {gains[1]:.1f} times (plain torch {paths['plain'] / paths['together']:.1f}); "
        f"{share:.0%} of {limit / 1e9:.0f} GFlop/s; memory {memory['training']['ratio']:.2f} "
        f"(training) and {memory['paths']['ratio']:.2f} (paths) times the sum, activations apart",
        min(gains) >= FACTOR
        and all(round(part["ratio"], 2) <= SHARE for part in memory.values()),
        {"device": str(device), "training": training, "paths": paths, "limit": limit,
         "share": share, "memory": memory, "gains": gains},
    )  # fmt: skip


def _landscape(generator: torch.Generator, device: torch.device, images: int = 4096) -> Any:
    inputs = torch.rand(images, 784, generator=generator).to(device)
    targets = torch.randint(0, 10, (images,), generator=generator).to(device)
    return NetworkLandscape(
        dense(784), nn.functional.cross_entropy, inputs, targets, weight_decay=1e-4
    )


def times(*works: Callable[[], object]) -> list[float]:
    """Return the median seconds of each, measured in turns."""
    seconds: list[list[float]] = [[] for _ in works]
    for attempt in range(ROUNDS + 1):
        for place, work in enumerate(works):
            _wait()
            start = time.perf_counter()
            work()
            _wait()
            if attempt:
                seconds[place].append(time.perf_counter() - start)
    return [median(times) for times in seconds]


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _training(land: NetworkLandscape, generator: torch.Generator) -> dict[str, float]:
    """Seconds a step of ten networks: together, ours one by one, plain torch one by one."""
    starts = initial(land, NETWORKS, generator=generator, dtype=torch.float32)
    images = land.batch(torch.arange(SIZE * STEPS))

    def ours(rows: torch.Tensor) -> None:
        state = Epochs.begin(rows, Adam(), seed=0)
        state.advance(images, Adam(), Constant(1e-3), SIZE)

    def alone() -> None:
        for row in starts:
            ours(row[None])

    def plain() -> None:
        for _ in range(NETWORKS):
            _plain(images)

    together, one_by_one, torch_alone = times(lambda: ours(starts), alone, plain)
    return {
        "together": together / STEPS,
        "ours": one_by_one / STEPS,
        "plain": torch_alone / STEPS,
    }


def _plain(images: NetworkLandscape) -> None:
    """Train one network as one would with torch alone."""
    module = dense(784).to(images.inputs.device)
    optimiser = torch.optim.Adam(module.parameters(), lr=1e-3, weight_decay=1e-4)
    order = torch.randperm(len(images)).to(images.inputs.device)
    for rows in order.split(SIZE):
        optimiser.zero_grad()
        nn.functional.cross_entropy(module(images.inputs[rows]), images.targets[rows]).backward()
        optimiser.step()


def _paths(land: NetworkLandscape, generator: torch.Generator) -> dict[str, float]:
    """Seconds a step of 45 Bezier paths, one time drawn a step as in the recipe of its authors."""
    points = initial(land, NETWORKS, generator=generator, dtype=torch.float32)
    pairs = torch.tensor(list(itertools.combinations(range(NETWORKS), 2))).T
    starts, ends = points[pairs[0]], points[pairs[1]]
    steps = 8

    def ours(some: slice) -> None:
        batches = land.batches(SIZE, generator=torch.Generator().manual_seed(0))
        method = ml.BezierCurve(steps=steps, samples=1)
        draws = torch.Generator().manual_seed(0)
        ml.find_paths(batches, starts[some], ends[some], method, generator=draws, max_steps=steps)

    def alone() -> None:
        for pair in range(len(starts)):
            ours(slice(pair, pair + 1))

    def plain() -> None:
        for start, end in zip(starts, ends, strict=True):
            _plain_curve(land, start, end, steps)

    together, one_by_one, torch_alone = times(lambda: ours(slice(None)), alone, plain)
    return {
        "pairs": len(starts),
        "together": together / steps,
        "ours": one_by_one / steps,
        "plain": torch_alone / steps,
    }


def _plain_curve(
    land: NetworkLandscape, start: torch.Tensor, end: torch.Tensor, steps: int
) -> None:
    """Train one Bezier curve as one would with torch alone."""
    bend = ((start + end) / 2).requires_grad_()
    optimiser = torch.optim.Adam([bend], lr=0.01)
    order = torch.randperm(len(land)).to(bend.device)
    for rows, t in zip(order.split(SIZE), torch.rand(steps).tolist(), strict=False):
        point = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
        outputs = land.pure(land.pure.layout.split(point), land.inputs[rows])
        value = nn.functional.cross_entropy(outputs, land.targets[rows])
        optimiser.zero_grad()
        (value + 5e-5 * (point**2).sum()).backward()
        optimiser.step()


def _limit(device: torch.device) -> float:
    """Operations a second of the best of some products of large matrices, in float32."""
    best = 0.0
    for size in (512, 1024, 2048):
        matrix = torch.randn(size, size, device=device)
        out = torch.empty_like(matrix)
        (seconds,) = times(lambda m=matrix, o=out: torch.mm(m, m, out=o))
        best = max(best, 2 * size**3 / seconds)
    return best


def _memory(land: NetworkLandscape, generator: torch.Generator) -> dict[str, float]:
    """Peak of what an epoch allocates and holds, against parameters, gradients and Adam's state."""
    rows = 200
    starts = initial(land, rows, generator=generator, dtype=torch.float32)
    state = Epochs.begin(starts, Adam(), seed=0)
    held = sum(part.nbytes for part in (state.points, state.kept, *state.memory.values()))

    def peak(size: int) -> int:
        images = land.batch(torch.arange(2 * size))
        return held + peak_bytes(lambda: state.advance(images, Adam(), Constant(1e-3), size))

    few, twice = peak(16), peak(32)
    activations, total = twice - few, 4 * starts.nbytes
    return {"networks": rows, "peak": few, "activations": activations, "sum": total,
            "ratio": (few - activations) / total}  # fmt: skip


def _memory_of_paths(land: NetworkLandscape, generator: torch.Generator) -> dict[str, float]:
    """The same of a step of paths with three bends; their ends do not move and are held too."""
    starts, ends = initial(land, 80, generator=generator, dtype=torch.float32).chunk(2)
    method = SweptCurve()
    state = method.init(land, starts, ends, generator)
    held = state.controls.nbytes + state.means.nbytes + state.squares.nbytes

    def peak(size: int) -> int:
        images = land.batch(torch.arange(size))
        return held + peak_bytes(lambda: method.step(images, state))

    few, twice = peak(16), peak(32)
    activations, total = twice - few, 4 * state.means.nbytes
    return {"paths": len(starts), "peak": few, "activations": activations, "sum": total,
            "ratio": (few - activations) / total}  # fmt: skip


def peak_bytes(work: Callable[[], object]) -> int:
    """Return the most bytes that were allocated during the work beyond those before it."""
    work()
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        work()
        return torch.cuda.max_memory_allocated() - before
    with torch.profiler.profile(profile_memory=True) as profile:
        work()
    recorded = profile.profiler
    assert recorded is not None, "the profiler keeps what it recorded"
    events: list[Any] = recorded.kineto_results.events()
    sizes = [
        e.nbytes() for e in sorted(events, key=lambda e: e.start_ns()) if e.name() == "[memory]"
    ]
    return int(np.cumsum([0, *sizes]).max())


def draw(data: dict) -> Figure:
    """Draw the times a step."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    columns = {
        label: [1000 * data[part][key] for part in ("training", "paths")]
        for key, label in (
            ("together", "together"),
            ("ours", "ours, one by one"),
            ("plain", "torch, one by one"),
        )
    }
    dots(axes, ["10 networks", "45 Bezier paths"], columns)
    axes.set_ylabel("milliseconds a step, all of them")
    below(axes, depth=0.1)
    return figure
