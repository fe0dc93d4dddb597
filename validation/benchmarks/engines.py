"""Engines of gradients: the one that is chosen is the fastest for many networks.

`engines_for` orders them by module and device. Here each engine computes the same gradients, of
fully connected networks and of CNN-1-32, of one network and of several, at mini-batches of 128. One
network alone is shown and does not count: the package computes many.
"""

from typing import Any

import torch
from matplotlib.figure import Figure
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.loss.engine import Dense, Looped, Mapped
from morseloss.networks.loss.layers import chain_of
from morseloss.networks.training.initial import initial
from validation.benchmarks.networks import times
from validation.modules import dense
from validation.report import Outcome
from validation.style import below, dots

__all__ = ["TITLE", "draw", "run"]

TITLE = "Engines: the one chosen is the fastest"
SIZE, SLACK = 128, 1.15


def run(seed: int) -> Outcome:
    """Time all engines on the CPU with two threads, and on a GPU if there is one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    generator = torch.Generator().manual_seed(seed)
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    try:
        table = [row for device in devices for row in _engines(generator, torch.device(device))]
    finally:
        torch.set_num_threads(threads)
    worst = max(row["chosen"] / row["fastest"] for row in table if row["networks"] > 1)
    gains = ", ".join(
        f"{row['networks']} {row['module'].split()[0]} on {row['device']}: {row['engine']}, "
        f"{max(row['seconds'].values()) / row['chosen']:.1f} times the slowest"
        for row in table
        if row["networks"] > 1
    )
    return Outcome(
        f"chosen for several networks: at most {SLACK} times the time of the fastest",
        f"at most {worst:.2f} times; {gains}",
        worst <= SLACK,
        {"engines": table},
    )


def convolutional() -> nn.Module:
    """Return CNN-1-32 of the paper's Table 2."""
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(8), nn.Flatten(),
        nn.Linear(16 * 32, 10),
    )  # fmt: skip


def _engines(generator: torch.Generator, device: torch.device) -> list[dict[str, Any]]:
    """Seconds a gradient of each engine, for two kinds of networks and two numbers of them."""
    table = []
    for name, module, shape, counts in (
        ("FC 784-32-32-10", dense(784), (784,), (1, 10, 100)),
        ("CNN-1-32", convolutional(), (3, 32, 32), (1, 5, 10)),
    ):
        inputs = torch.rand(SIZE, *shape, generator=generator).to(device)
        targets = torch.randint(0, 10, (SIZE,), generator=generator).to(device)
        loss = nn.functional.cross_entropy
        land = NetworkLandscape(module, loss, inputs, targets)
        engines: list[Any] = [Looped(land.pure, loss), Mapped(land.pure, loss)]
        if layers := chain_of(land.pure.module):
            engines.append(Dense(land.pure, loss, layers))
        chosen = type(land.engine).__name__
        for count in counts:
            points = initial(land, count, generator=generator, dtype=torch.float32).to(device)
            works = [
                lambda e=engine, p=points, x=inputs, y=targets: e.gradients(p, x, y)
                for engine in engines
            ]
            seconds = dict(zip([type(e).__name__ for e in engines], times(*works), strict=True))
            table.append(
                {"device": device.type, "module": name, "networks": count, "seconds": seconds,
                 "engine": chosen, "chosen": seconds[chosen], "fastest": min(seconds.values())}
            )  # fmt: skip
    return table


def draw(data: dict) -> Figure:
    """Draw the time of a gradient of one network."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.add_subplot()
    rows = data["engines"]
    columns = {
        label: [
            1000 * row["seconds"][name] / row["networks"] if name in row["seconds"] else None
            for row in rows
        ]
        for name, label in (
            ("Looped", "Looped"),
            ("Mapped", "Mapped"),
            ("Dense", "Dense (fully connected networks alone)"),
        )
    }
    names = [f"{r['networks']} x {r['module'].split()[0]}\n{r['device']}" for r in rows]
    dots(axes, names, columns)
    axes.set_ylabel("milliseconds a gradient of one network")
    below(axes, depth=0.16)
    return figure
