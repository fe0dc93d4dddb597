"""Theorem 2 over finished ways: whether heights fall on all pairs when networks grow (digits).

Claim: between 4 networks 64-16-16-10, all 6 pairs, the best way found climbs strictly less high
after 16 units a layer have become 32 (tanh, ReLU), or an identity layer has been put in (ReLU), at
2000 gradients on all images a way of its own network, the regulariser's shift taken off. Over swept
paths of 70 gradients (`networks_embeddings`) it did on 1 of 6 pairs for ReLU from 16 to 32 units.
Ends descend on from the embedded points, pushed by a hundredth in their new weights. As a control
the ends in the small network descend for as many gradients more, and the ways between those are the
ones that heights are held against; these ways are lowered a second time from other random numbers,
which tells what a repetition alone would do.
Told beside it and not judged: how far ends fell, how high tops lie above the higher end, the same
at the first looks.
Source: section 3.6 of the paper, Theorem 2: it speaks of minimax heights, of which found ones are
upper bounds.
Tolerance: none; 1e-9 of a height counts as rounding.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from morseloss.networks import (
    LBFGS,
    Embedded,
    NetworkLandscape,
    Relay,
    Relayed,
    converge,
    deepened,
    widened,
)
from morseloss.plot.style import AID, INK, PASS
from validation.modules import dense
from validation.networks.all_ways import every_way, minima_in, no_higher
from validation.networks.minima_on_digits import DECAY, on_digits
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Theorem 2 over finished ways: heights of all pairs when networks grow (digits)"
NETWORKS, EPOCHS, STEPS, FURTHER, PUSH = 4, 60, 2000, 1000, 1e-2
BUDGET = 2000.0  # gradients on all images, a way
METHOD, END = Relay(), LBFGS(ftol=0.0)
ROUNDING = 1e-9
REPEAT = 100  # added to the seed

Grow = Callable[[nn.Module, Tensor], Embedded]
CASES: dict[str, tuple[str, Grow]] = {
    "ReLU, 16 to 32 units": ("ReLU", lambda module, points: widened(module, points, 32)),
    "ReLU, identity layer": ("ReLU", lambda module, points: deepened(module, points, "0")),
    "tanh, 16 to 32 units": ("tanh", lambda module, points: widened(module, points, 32)),
}
ACTIVATIONS = {"ReLU": nn.ReLU, "tanh": nn.Tanh}


def run(seed: int) -> Outcome:
    """Join all pairs in the small networks, twice, and in the larger ones."""
    folder, rows = runs_of("networks_larger"), []
    small: dict[str, tuple[Tensor, list[Relayed]]] = {}
    for name, (kind, grow) in CASES.items():
        module = dense(64, width=16, activation=ACTIVATIONS[kind])
        if kind not in small:
            small[kind] = _small(folder / kind, on_digits(module), seed)
        minima, found = small[kind]
        larger = grow(module, minima)
        land = on_digits(larger.module)
        ends = converge(land, _pushed(module, larger, grow, seed), END, max_steps=FURTHER).points
        file = folder / f"{name.replace(', ', ' ').replace(' ', '-')}.pt"
        ways = every_way(file, land, ends, METHOD, budget=BUDGET, seed=seed)
        rows.append({"case": name, **_told(larger.shift(DECAY), found, ways)})
    return judged({"budget": BUDGET, "rows": rows})


def _small(folder: Path, land: NetworkLandscape, seed: int) -> tuple[Tensor, list[Relayed]]:
    """Minima, and ways between where they are after as many gradients more, lowered twice."""
    minima = minima_in(folder, land, NETWORKS, seed, epochs=EPOCHS, steps=STEPS)
    ends = converge(land, minima, END, max_steps=FURTHER).points
    ways = [
        every_way(folder / f"{again}.pt", land, ends, METHOD, budget=BUDGET, seed=again)
        for again in (seed, seed + REPEAT)
    ]
    return minima, ways


def _pushed(module: nn.Module, larger: Embedded, grow: Grow, seed: int) -> Tensor:
    """Embedded points with a little noise in those weights that depend on no point."""
    size = sum(part.numel() for part in module.parameters())
    two = grow(module, torch.tensor([[0.0], [1.0]], dtype=torch.float64).expand(2, size))
    draws = torch.Generator().manual_seed(seed)
    noise = torch.randn(larger.points.shape, generator=draws, dtype=torch.float64)
    return larger.points + PUSH * torch.eq(*two.points) * noise


def _told(shift: float, found: list[Relayed], ways: Relayed) -> dict[str, Any]:
    """Heights and higher ends of all pairs, in the small and in the larger network."""
    first, again = found
    return {
        "shift": shift,
        "gradients": [(part.per_pair[-1]).item() for part in (first, again, ways)],
        "old_heights": no_higher(first, -1).tolist(),
        "repeated": no_higher(again, -1).tolist(),
        "heights": (no_higher(ways, -1) - shift).tolist(),
        "first_looks": [no_higher(first, 0).tolist(), (no_higher(ways, 0) - shift).tolist()],
        "old_ends": first.values[first.pairs].amax(1).tolist(),
        "ends": (ways.values[ways.pairs].amax(1) - shift).tolist(),
    }


def judged(data: dict) -> Outcome:
    """Count the pairs whose height fell, from the numbers alone."""
    rows = data["rows"]
    return Outcome(
        f"at {data['budget']:.0f} gradients a way heights fall for every pair in every case",
        "; ".join(_said(row) for row in rows),
        all(bool(_falls(row).all()) for row in rows),
        data,
    )


def _falls(row: dict[str, Any], height: str = "heights") -> np.ndarray:
    """Which heights are lower than in the small network by more than rounding."""
    old = np.array(row["old_heights"])
    return old - np.array(row[height]) > ROUNDING * np.abs(old)


def _said(row: dict[str, Any]) -> str:
    old, new, ends, old_ends = (
        np.array(row[name]) for name in ("old_heights", "heights", "ends", "old_ends")
    )
    fall, off = old - new, np.abs(old - np.array(row["repeated"]))
    early, late = (np.array(part) for part in row["first_looks"])
    return (
        f"{row['case']}: {_falls(row).sum()} of {len(old)}, by {fall.mean():.1e} ± "
        f"{fall.std(ddof=1) / len(fall) ** 0.5:.1e} where repeating moves a height by up to "
        f"{off.max():.1e}; ends fell by {(old_ends - ends).mean():.1e}, above the higher end "
        f"{(old - old_ends).mean():.1e}, then {(new - ends).mean():.1e}; at the first looks "
        f"{(early > late).sum()} of {len(old)}"
    )


def draw(data: dict) -> Figure:
    """Draw heights over higher ends of each pair, before and after."""
    figure = Figure(figsize=(3.8 * len(data["rows"]), 4.2), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(data["rows"])))
    for axes, row in zip(panels, data["rows"], strict=True):
        places = np.arange(len(row["heights"]))
        for shift, ends, tops, colour, label in (
            (-0.14, row["old_ends"], row["old_heights"], PASS, "small network, end to top"),
            (0.14, row["ends"], row["heights"], INK, "larger network"),
        ):
            axes.vlines(places + shift, ends, tops, color=colour, linewidth=3, label=label)
            axes.plot(places + shift, ends, "o", color=colour, markersize=4)
        axes.plot(
            places - 0.3, row["repeated"], "_", color=AID, markersize=9,
            label="top, lowered a second time",
        )  # fmt: skip
        axes.set_xticks(places, [str(place + 1) for place in places])
        axes.set(xlabel="pair of minima", xlim=(-0.6, len(places) - 0.4))
        axes.margins(y=0.1)
        axes.set_title(
            f"{row['case']}\n{_falls(row).sum()} of {len(places)} lower", fontsize="medium"
        )
    panels[0].set_ylabel("loss on all images, shift taken off")
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False
    )
    return figure
