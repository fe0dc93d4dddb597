"""`PolynomialMaps`: gradient steps of many polynomials, by numba on the CPU or torch on a device.

The one idea: `x - rate p'(x)` is a polynomial in x, so its coefficients are all a trajectory needs.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morseloss.escape.descents.drive import fused
from morseloss.escape.descents.horner import FUSED, advance
from morseloss.escape.series import derivative

__all__ = ["PolynomialMaps", "maps_of"]


@dataclass(frozen=True, eq=False)
class PolynomialMaps:
    """One gradient step for each row; distances are measured from the local minimum.

    Attributes
    ----------
    maps : Tensor, shape (powers, rows)
        Coefficients of the step, the highest power first.
    low, high : Tensor, shape (rows,)
        A trajectory leaves at the first step beyond them.
    tolerances : Tensor, shape (rows,)
        A row has settled where a step is no longer than this.
    by_torch : bool
        Step by torch in place of the kernel of the CPU.
    """

    maps: Float[Tensor, "powers rows"]
    low: Float[Tensor, " rows"]
    high: Float[Tensor, " rows"]
    tolerances: Float[Tensor, " rows"]
    by_torch: bool = False

    def advance(self, points: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """Return the points after so many steps, and how many came before leaving."""
        after, inside = points.clone(), torch.zeros_like(points)
        if self.by_torch:
            state = after, torch.ones_like(points), inside
            constants = self.maps, self.low, self.high
            many = fused(_step, points.device)
            after, _, inside = many(state, steps, *constants)
        else:
            maps, low, high = self.maps.numpy(), self.low.numpy(), self.high.numpy()
            advance(maps, after.numpy(), low, high, inside.numpy(), steps)
        return after, inside

    def settled(self, points: Tensor) -> Tensor:
        """Return which rows stand at an attracting fixed point, to the tolerance."""
        value, slope = torch.zeros_like(points), torch.zeros_like(points)
        for coefficient in self.maps:
            slope = slope * points + value
            value = value * points + coefficient
        return ((value - points).abs() <= self.tolerances) & (slope.abs() < 1)

    def take(self, rows: Tensor) -> "PolynomialMaps":
        """Return the maps of the given rows."""
        return replace(
            self,
            maps=self.maps[:, rows].contiguous(),
            low=self.low[rows],
            high=self.high[rows],
            tolerances=self.tolerances[rows],
        )


def _step(
    state: tuple[Tensor, Tensor, Tensor], maps: Tensor, low: Tensor, high: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    points, still, inside = state
    after = maps[0].expand_as(points)
    for power in range(1, len(maps)):
        after = after * points + maps[power]
    still = torch.where((after >= low) & (after <= high), still, 0.0)
    return after, still, inside + still


def maps_of(
    coefficients: Float[np.ndarray, "rows powers"],
    rates: Float[np.ndarray, " rows"],
    low: Float[np.ndarray, " rows"],
    high: Float[np.ndarray, " rows"],
    tolerances: Float[np.ndarray, " rows"],
    device: torch.device | None = None,
) -> PolynomialMaps:
    """Multiply the learning rates into the coefficients."""
    steps = -rates[:, None] * derivative(coefficients)
    steps[:, 1] += 1.0
    missing = -(steps.shape[1] - 1) % FUSED
    filled = np.pad(steps, ((0, 0), (0, missing)))[:, ::-1].T

    def tensor(array: np.ndarray) -> Tensor:
        return torch.tensor(np.ascontiguousarray(array, dtype=float), device=device)

    return PolynomialMaps(
        tensor(filled), tensor(low), tensor(high), tensor(tolerances), device is not None
    )
