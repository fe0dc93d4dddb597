"""Networks on digits in one frame: nearer than by any reference, cycles closed, lines lower.

Claim: for fully connected networks (ReLU, tanh), a small convolutional and a residual net, 4 of
each, (1) one frame for all (`universe`) has a smaller sum of squared distances than all networks
aligned to any one of them; (2) pairs that are aligned one by one are nearer still, and do not close
their cycles: some units do not come back; (3) straight lines in one frame climb less than between
networks that were aligned to the lowest; (4) the line between residual nets, aligned, climbs at
most half as high as between nets as trained. Told beside it: activation matching, and heights of
swept paths.
Measured: (1) and (2) hold for all four, (3) not for convolutions (0.216 nats against 0.193) and the
residual net, (4) not: lines between residual nets climb 2.3 to 2.5 aligned or not. Nearer is not
lower. Swept paths climb least between pairs, 5 to 42 % of what they do between nets as trained.
Source: C2M3 (Crisostomi et al., 2024, sections 3, 4); Git Re-Basin (Ainsworth et al., 2023).
Tolerance: none; means over pairs.
Trained by Adam, batch 128, cosine rate from 3e-3, then L-BFGS; weight decay 1e-3.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from morseloss.networks import NetworkLandscape, SweptCurve, Training, link
from morseloss.plot.style import INK, LEAF, PASS
from validation.alignment.frames import (
    Copies,
    as_pairs,
    by_pairs,
    by_universe,
    cycle_defect,
    measured_on,
    single,
)
from validation.alignment.subjects import ResidualNet
from validation.images import digits
from validation.modules import dense
from validation.networks.all_ways import minima_in
from validation.networks.minima_on_digits import DECAY
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Networks on digits in one frame, and aligned pair by pair: distances, cycles, lines"
SUBJECTS = ("ReLU", "tanh", "convolutional", "residual")
NETWORKS, EPOCHS, STEPS = 4, 30, 100
PATH = 60  # steps of a swept path, 128 images each
RESTARTS = 5


def run(seed: int) -> Outcome:
    """Train, align and join networks of each kind."""
    return judged({"path": PATH, "rows": [_row(name, seed) for name in SUBJECTS]})


def _module(name: str) -> nn.Module:
    if name == "residual":
        return ResidualNet()
    if name == "convolutional":
        return nn.Sequential(
            nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(64, 10),
        )  # fmt: skip
    return dense(64, activation=nn.ReLU if name == "ReLU" else nn.Tanh)


def _row(name: str, seed: int) -> dict[str, Any]:
    inputs, targets = digits()
    images = inputs if name in ("ReLU", "tanh") else inputs.unflatten(1, (1, 8, 8))
    land = NetworkLandscape(
        _module(name), nn.functional.cross_entropy, images, targets, weight_decay=DECAY
    )
    folder = runs_of("networks_alignment") / name
    points = minima_in(folder, land, NETWORKS, seed, epochs=EPOCHS, steps=STEPS)
    generator = torch.Generator().manual_seed(seed)
    restarts = {"restarts": RESTARTS, "generator": generator}
    ways: dict[str, Copies] = {
        "as trained": as_pairs(points),
        "pairs": by_pairs(land, points, "weights"),
        "one frame": by_universe(land, points, "weights", **restarts),
        "pairs, activations": by_pairs(land, points, "activations"),
        "one frame, activations": by_universe(land, points, "activations"),
    }
    ways |= {f"to network {row + 1}": single(land, points, row) for row in range(NETWORKS)}
    return {
        "name": name,
        "parameters": land.dim,
        "values": land.value(points).tolist(),
        "defect": cycle_defect(land, points, ways["pairs"]),
        "ways": {way: measured_on(copies, land) for way, copies in ways.items()},
        "paths": {
            way: _climbs(land, ways[way], folder / f"{way}.pt", seed)
            for way in ("as trained", "pairs", "one frame", "to network 1")
        },
    }


def _climbs(land: NetworkLandscape, copies: Copies, file: Path, seed: int) -> list[float]:
    """How far swept paths climb above their higher ends."""
    if file.exists():
        heights: Tensor = torch.load(file, weights_only=True)
    else:
        training = Training(SweptCurve(steps=PATH), PATH, 128, dtype=torch.float32)
        heights = link(
            land, *copies, training, generator=torch.Generator().manual_seed(seed)
        ).heights
        torch.save(heights, file)
    ends = torch.stack([land.value(end) for end in copies])
    return (heights - ends.amax(0)).tolist()


def judged(data: dict) -> Outcome:
    """Hold frames against references and pairs, from the numbers alone."""
    rows = data["rows"]
    return Outcome(
        "one frame nearer than by any reference and its lines lower, pairs nearer still without "
        "closing cycles, and lines of residual nets at most half as high",
        "; ".join(map(_said, rows)),
        all(_holds(row) for row in rows),
        data,
    )


def _mean(row: dict[str, Any], way: str) -> float:
    return float(np.mean(row["ways"][way]["barriers"][0]))


def _squares(row: dict[str, Any]) -> tuple[float, float, list[float]]:
    ways = row["ways"]
    singles = [found["squares"] for way, found in ways.items() if way.startswith("to network")]
    return ways["pairs"]["squares"], ways["one frame"]["squares"], singles


def _holds(row: dict[str, Any]) -> bool:
    pairs, frame, singles = _squares(row)
    nearer = pairs <= frame < min(singles) and row["defect"] > 0
    lower = _mean(row, "one frame") < _mean(row, "to network 1")
    half = row["name"] != "residual" or 2 * _mean(row, "one frame") <= _mean(row, "as trained")
    return nearer and lower and half


def _said(row: dict[str, Any]) -> str:
    pairs, frame, singles = _squares(row)
    means = ", ".join(
        f"{way} {_mean(row, way):.3f}"
        for way in ("as trained", "to network 1", "one frame", "pairs", "pairs, activations")
    )
    paths = ", ".join(f"{way} {np.mean(climbs):.4f}" for way, climbs in row["paths"].items())
    return (
        f"{row['name']}: squared distances {row['ways']['as trained']['squares']:.0f} as trained, "
        f"{min(singles):.0f} to {max(singles):.0f} by references, {frame:.0f} in one frame, "
        f"{pairs:.0f} by pairs, where {row['defect']:.0%} of units do not come back; lines climb "
        f"{means}; swept paths {paths}"
    )


def draw(data: dict) -> Figure:
    """Draw distances and climbs of lines by alignment, a panel a kind of network."""
    rows = data["rows"]
    figure = Figure(figsize=(3.4 * len(rows), 3.6), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(rows)))
    kinds = {"as trained": (INK, "x"), "pairs": (PASS, "o"), "one frame": (LEAF, "D")}
    for axes, row in zip(panels, rows, strict=True):
        for way, found in row["ways"].items():
            colour, marker = kinds.get(way.split(",")[0], ("0.6", "s"))
            hollow = "none" if "activations" in way else "full"
            axes.plot(
                found["squares"], np.mean(found["barriers"][0]), marker, color=colour,
                fillstyle=hollow, label=way if not way.startswith("to network") else "_",
            )  # fmt: skip
        axes.plot([], [], "s", color="0.6", label="to one network")
        axes.set(xlabel="sum of squared distances", yscale="log")
        axes.set_title(row["name"], fontsize="medium")
    panels[0].set_ylabel("climb of the straight line, mean")
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=6, frameon=False
    )
    return figure
