"""Random families of Appendix D: members of evenly spread bar lengths, in numbers without units.

One-point families: `x^2 + a x^3 + b x^4 + d x^5 + c x^6` with a, b, d standard normal. Two-point
families: curvature 2 at the local minimum 0, and at the global minimum 1 the value -v and the
curvature w, with v and w log-uniform on [0.05, 2] and [1, 50]. A polynomial with any other local
minimum is one of these after scaling x and the value, up to the global minimum's curvature and
depth. The coefficient c runs over the widest interval of a grid on which the bar exists, the pass
stays on one side, and (for two points) there is no third minimum.
"""

import numpy as np
import torch
from numpy.polynomial import polynomial

import morseloss as ml
from morseloss.escape import Basins, basins

__all__ = ["KINDS", "families", "rows_of_family"]

KINDS = ("one point", "two points")
GRID = np.geomspace(1e-3, 1e3, 600)
LEAST_RANGE = 1.3  # of the longest bar to the shortest, for a family to be taken


def families(
    kind: str, count: int, members: int, generator: torch.Generator
) -> tuple[np.ndarray, Basins]:
    """Draw families; return their numbers, and the basins of all members, family by family."""
    numbers, rows = [], []
    while len(rows) < count:
        drawn, base, direction = _drawn(kind, generator)
        coefficients = _spread(base, direction, members, wells=2 if kind == KINDS[1] else None)
        if coefficients is not None:
            numbers.append(drawn)
            rows.append(base + coefficients[:, None] * direction)
    return np.array(numbers), basins(np.concatenate(rows), near=0.0)


def _drawn(kind: str, generator: torch.Generator) -> tuple[list[float], np.ndarray, np.ndarray]:
    if kind == KINDS[0]:
        numbers = torch.randn(3, generator=generator, dtype=torch.float64).tolist()
        return numbers, np.array([0.0, 0.0, 1.0, *numbers, 0.0]), np.eye(7)[6]
    unit = torch.rand(2, generator=generator, dtype=torch.float64).numpy()
    depth, curvature = 0.05 * 40 ** unit[0], 50 ** unit[1]
    return [depth, curvature], *rows_of_family(depth, curvature)


def rows_of_family(depth: float, curvature: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the Hermite quintic and the cubes of a two-point family."""
    quintic = ml.Polynomial.from_derivatives(
        {0.0: (0.0, 0.0, 2.0), 1.0: (-float(depth), 0.0, float(curvature))}
    )
    base = np.zeros(7)
    for (power,), coefficient in quintic.terms.items():
        base[power] = coefficient
    return base, polynomial.polyfromroots([0.0] * 3 + [1.0] * 3)


def _spread(
    base: np.ndarray, direction: np.ndarray, members: int, wells: int | None
) -> np.ndarray | None:
    """Coefficients at which bar lengths are evenly spread, or None if they hardly vary."""
    found = basins(base + GRID[:, None] * direction, near=0.0)
    good = (found.faults == 0) & (np.abs(found.minima) < 1e-9)
    if wells is not None:
        good &= np.isfinite(found.wells).sum(axis=1) == wells
    sides = np.where(good, np.sign(found.saddles), 0.0)
    runs = np.split(np.arange(len(GRID)), np.flatnonzero(np.diff(sides)) + 1)
    run = max((r for r in runs if sides[r[0]]), key=len, default=np.arange(0))
    lengths = found.lengths[run]
    if len(run) < 10 or lengths.max() < LEAST_RANGE * lengths.min():
        return None
    order = np.argsort(lengths)
    wanted = np.linspace(lengths.min(), lengths.max(), members + 2)[1:-1]
    return np.interp(wanted, lengths[order], GRID[run][order])
