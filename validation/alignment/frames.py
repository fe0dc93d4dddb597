"""What alignments are held against each other by: distances, lines, cycles.

The one idea: an alignment gives a copy of each network for each pair. How near and how low these
are is measured alike, whether copies were found pair by pair or for all at once.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from morseloss.networks import (
    ActivationMatching,
    NetworkLandscape,
    Turning,
    WeightMatching,
    align,
    turned,
    universe,
)
from morseloss.networks.symmetry.matching.criteria import Criterion

__all__ = [
    "Copies",
    "as_pairs",
    "by_pairs",
    "by_universe",
    "cycle_defect",
    "kept",
    "learned",
    "measured_on",
    "single",
]

Copies = tuple[Tensor, Tensor]
"""The ends of each pair: (pairs, dim) twice."""

TIMES = 25  # on a line
CRITERIA: dict[str, Criterion] = {"weights": WeightMatching(), "activations": ActivationMatching()}


def pairs_of(count: int) -> tuple[list[int], list[int]]:
    """Return the rows of all pairs."""
    first, second = zip(*combinations(range(count), 2), strict=True)
    return list(first), list(second)


def as_pairs(points: Tensor) -> Copies:
    """Return all pairs of networks as they are."""
    first, second = pairs_of(len(points))
    return points[first], points[second]


def by_pairs(land: NetworkLandscape, points: Tensor, criterion: str, **options: Any) -> Copies:
    """Return all pairs, the second of each aligned to the first."""
    first, second = as_pairs(points)
    return first, align(land, first, second, criterion=CRITERIA[criterion], **options)


def single(land: NetworkLandscape, points: Tensor, row: int) -> Copies:
    """Return all pairs of networks that were aligned to one of them."""
    return as_pairs(align(land, points[row : row + 1], points))


def by_universe(land: NetworkLandscape, points: Tensor, criterion: str, **options: Any) -> Copies:
    """Return all pairs in one frame."""
    return as_pairs(universe(land, points, criterion=CRITERIA[criterion], **options))


def learned(land: NetworkLandscape, copies: Copies, turning: Turning, seed: int) -> Copies:
    """Return the same pairs, the second of each turned until the line between them is low."""
    first, second = copies
    generator = torch.Generator().manual_seed(seed)
    low = turned(land, first.float(), second.float(), turning, generator=generator)
    return first, low.double()


def kept(
    folder: Path, asked: Mapping[str, Callable[[dict[str, Copies]], Copies]]
) -> dict[str, Copies]:
    """Return the copies of each way, read from the folder or found now and kept there.

    Each way gets what was found before it.
    """
    found: dict[str, Copies] = {}
    for name, ask in asked.items():
        file = folder / f"{name}.pt"
        if file.exists():
            first, second = torch.load(file, weights_only=True)
            found[name] = first, second
        else:
            found[name] = ask(found)
            torch.save(list(found[name]), file)
    return found


def measured_on(
    copies: Copies,
    *lands: NetworkLandscape,
    dtype: torch.dtype = torch.float64,
    times: int = TIMES,
) -> dict[str, Any]:
    """Return the sum of squared distances, and barriers of lines on each landscape, by pair."""
    first, second = copies
    ends = list(zip(first, second, strict=True))
    barriers = [[_barrier(value, *pair, times) for pair in ends] for value in _in(lands, dtype)]
    return {"squares": float((first - second).square().sum()), "barriers": barriers}


def _in(lands: Sequence[NetworkLandscape], dtype: torch.dtype) -> list[Callable[[Tensor], Tensor]]:
    return [lambda points, land=land: land.value(points.to(dtype)).double() for land in lands]


def _barrier(value: Callable[[Tensor], Tensor], start: Tensor, end: Tensor, looks: int) -> float:
    """How far the line climbs above the straight line between the losses of its ends, at most."""
    times = torch.linspace(0, 1, looks, dtype=torch.float64)
    values = torch.cat([value((start + time * (end - start))[None]) for time in times])
    return float((values - values[0] - times * (values[-1] - values[0])).max())


def cycle_defect(land: NetworkLandscape, points: Tensor, copies: Copies) -> float:
    """Return the share of hidden units that do not come back along a cycle of three networks.

    Where units are exchanged and flipped only: biases of hidden units tell them apart.
    """
    layout, count = land.pure.layout, len(points)
    names = [name for name in layout.names if name.endswith("bias")][:-1]
    orders: dict[tuple[int, int], list[Tensor]] = {}
    for place, (i, j) in enumerate(combinations(range(count), 2)):
        before, after = layout.split(points[j]), layout.split(copies[1][place])
        orders[i, j] = [_order(before[name], after[name]) for name in names]
        orders[j, i] = [order.argsort() for order in orders[i, j]]
    lost, all_units = 0, 0
    for i, j, k in permutations(range(count), 3):
        for one, two, three in zip(orders[i, j], orders[j, k], orders[k, i], strict=True):
            back = three[two[one]]
            lost += int((back != torch.arange(len(back))).sum())
            all_units += len(back)
    return lost / all_units


def _order(before: Tensor, after: Tensor) -> Tensor:
    """Where each unit was before, told by the size of its bias."""
    return before.abs().argsort()[after.abs().argsort().argsort()]
