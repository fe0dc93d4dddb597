"""Minima, and ways between all pairs of them, in a folder that can be gone on with.

The one idea: a relay joins each network to the lowest, which is enough for bars; where heights of
all pairs are asked for, their ways are lowered together and kept in a file beside the minima.
"""

from pathlib import Path

import torch
from torch import Tensor

from morseloss.networks import (
    LBFGS,
    Cosine,
    Descent,
    NetworkLandscape,
    Relay,
    Relayed,
    Run,
    all_pairs,
    relay,
)
from morseloss.networks.relays.kept import parts_of, relayed_of

__all__ = ["every_way", "minima_in", "no_higher"]

SIZE, RATE, FLAT = 128, 3e-3, 1e-4


def minima_in(
    folder: Path, land: NetworkLandscape, count: int, seed: int, *, epochs: int, steps: int
) -> Tensor:
    """Return so many trained networks, lowest loss first, in float64."""
    descent = Descent(Cosine(RATE, epochs), epochs, SIZE, finish=LBFGS(ftol=FLAT), steps=steps)
    with Run(folder, land, seed=seed) as run:
        run.train(count, descent)
        return run.minima.double()


def every_way(
    file: Path, land: NetworkLandscape, points: Tensor, method: Relay, *, budget: float, seed: int
) -> Relayed:
    """Return ways between all pairs of points, so many gradients on all images each."""
    kept = torch.load(file, weights_only=True) if file.exists() else None

    def keep(found: Relayed) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save(parts_of(found), file)

    return relay(
        land, points, method, budget=budget, pairs=torch.from_numpy(all_pairs(len(points))),
        generator=torch.Generator().manual_seed(seed), keep=keep,
        resume=relayed_of(*kept) if kept else None,
    )  # fmt: skip


def no_higher(found: Relayed, look: int) -> Tensor:
    """Return the height of each way at a look, in the order of `all_pairs`; no end is higher."""
    return torch.maximum(found.tops[look], found.values[found.pairs].amax(1))
