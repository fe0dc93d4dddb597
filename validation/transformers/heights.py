"""Losses along paths on a sample of a long text, with the error that comes of sampling.

The one idea: a height is the difference of two losses on the same windows, so its error is that of
the difference, from block to block, and far smaller than that of either loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from morseloss._shapes import Points
from morseloss.networks import NetworkLandscape, along
from morseloss.search.paths.curve import Paths

__all__ = ["Sample", "losses_on", "measured_on"]

TIMES = 25


@dataclass(frozen=True, eq=False)
class Sample:
    """Blocks of windows, spread evenly over a text.

    Attributes
    ----------
    blocks : tuple of NetworkLandscape
    """

    blocks: tuple[NetworkLandscape, ...]

    @classmethod
    def of(cls, landscape: NetworkLandscape, blocks: int, block: int) -> "Sample":
        """Return so many blocks of so many windows, fewer where there are not as many."""
        count = min(blocks * block, len(landscape))
        rows = torch.linspace(0, len(landscape) - 1, count).round().long()
        return cls(tuple(landscape.batch(rows[k::blocks]) for k in range(blocks)))

    def profiles(self, paths: Paths, times: int) -> np.ndarray:
        """Return losses, shape (blocks, paths, times)."""
        found = [along(land, paths, times=times, metrics={}).values for land in self.blocks]
        return torch.stack(found).double().cpu().numpy()


def losses_on(sample: dict[str, Sample], points: Points) -> dict[str, Any]:
    """Return losses of networks, by the part of the text: a list for each, one entry a block."""
    return {
        name: torch.stack([land.value(points) for land in part.blocks], 1).tolist()
        for name, part in sample.items()
    }


def measured_on(
    sample: dict[str, Sample], paths: Paths, pairs: Sequence[tuple[int, int]], times: int = TIMES
) -> dict[str, Any]:
    """Return what is measured along paths, by the part of the text: lists, one entry a path.

    `"profiles"` are mean losses; `"penalties"` what the highest lies above the higher end, with
    `"errors"` from block to block.
    """
    found = {name: part.profiles(paths, times) for name, part in sample.items()}
    told: dict[str, Any] = {"pairs": [list(pair) for pair in pairs]}
    for name, part in found.items():
        penalties = [_penalty(part[:, path]) for path in range(part.shape[1])]
        told[name] = {
            "profiles": part.mean(0).round(6).tolist(),
            "penalties": [penalty for penalty, _ in penalties],
            "errors": [error for _, error in penalties],
        }
    return told


def _penalty(profile: np.ndarray) -> tuple[float, float]:
    """Height of the top above the higher end, and its error over blocks, shape (blocks, times)."""
    mean = profile.mean(0)
    end = 0 if mean[0] >= mean[-1] else -1
    above = profile[:, mean.argmax()] - profile[:, end]
    return float(above.mean()), float(np.std(above, ddof=1) / len(above) ** 0.5)
